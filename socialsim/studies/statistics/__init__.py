"""What a study shows: differences, comparisons that were registered, sensitivity."""
