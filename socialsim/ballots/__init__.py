"""Ballots: profiles of rankings, where they come from, and what voting rules make of them."""
