"""The addresses and kinds of published files."""

from __future__ import annotations

PREFIX = "/open-data/v1/"
"""Where published files are served; the addresses below it never change."""

MEDIA_TYPES = {
    ".csv": "text/csv", ".csv.gz": "application/gzip", ".parquet": "application/vnd.apache.parquet",
    ".geojson": "application/geo+json", ".geojson.gz": "application/gzip", ".json": "application/json",
}  # fmt: skip
"""The media type of each kind of file."""

FORMATS = {
    ".csv": "CSV", ".csv.gz": "CSV, gzip", ".parquet": "Parquet", ".geojson": "GeoJSON",
    ".geojson.gz": "GeoJSON, gzip", ".json": "JSON",
}  # fmt: skip


def ending(name: str) -> str:
    """The ending that says a file's kind, such as `.csv.gz`."""
    return "." + name.split(".", 1)[1]


def media_type(name: str) -> str:
    """The media type of a file."""
    return MEDIA_TYPES.get(ending(name), "application/octet-stream")
