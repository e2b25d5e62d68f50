"""Games of the literature, each with its theory."""
