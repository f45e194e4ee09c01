"""The promises room."""
