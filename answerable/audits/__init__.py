"""Closures looked at again: a random sample each night, judged by somebody else, published as a rate."""
