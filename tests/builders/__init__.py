"""Builders with good defaults, for tests."""
