"""Scenarios and the compiled loops that run them."""
