"""Changes of the catalogue's tables."""
