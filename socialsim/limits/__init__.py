"""Games with many agents in the limit of infinitely many: mean fields, graphons, closures and learning flows."""
