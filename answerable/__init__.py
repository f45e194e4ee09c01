"""Answerable: the open-source 311 platform for cities."""

__version__ = "0.1.0"
