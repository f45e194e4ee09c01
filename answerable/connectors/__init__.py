"""Connectors: to systems that are not ours, and back."""
