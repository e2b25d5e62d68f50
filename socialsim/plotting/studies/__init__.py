"""Figures of parameter studies: estimates over factors, how sure they are, and which factor matters."""
