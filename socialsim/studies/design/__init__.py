"""What a study asks for: factors, designs, and the points that they name."""
