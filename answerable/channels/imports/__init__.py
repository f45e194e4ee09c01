"""Importing other records: layouts recognised, rows read, mended or refused with a reason, and taken over.

`./311 import FILE`.  The canonical form, the repairs and the refusals are told in docs/handbook/imports.md.
"""
