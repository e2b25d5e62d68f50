"""Designs in which results decide what is run next: sequential stopping and search."""
