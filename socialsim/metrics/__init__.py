"""Pure functions from arrays to estimates."""
