"""The specification of the house, as tests."""
