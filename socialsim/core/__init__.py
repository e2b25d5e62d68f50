"""What every layer shares: errors, parameters, random streams, estimates, result tables."""
