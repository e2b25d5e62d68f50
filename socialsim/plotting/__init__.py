"""Figures from result tables."""
