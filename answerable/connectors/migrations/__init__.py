"""Shapes of the tables, in order."""
