"""The field crew's pages: made for a telephone in one hand, with or without a signal."""
