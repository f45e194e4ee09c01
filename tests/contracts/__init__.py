"""What every adapter of a port must keep."""
