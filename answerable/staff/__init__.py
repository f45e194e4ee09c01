"""The staff room."""
