"""The Mesa model around an environment, its population and its network."""
