"""Tests of the house: rules of this code base that a machine can watch, each with the remedy in its message."""
