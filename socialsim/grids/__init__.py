"""Worlds of cells: maps as text, what an agent on them sees, and pictures of them."""
