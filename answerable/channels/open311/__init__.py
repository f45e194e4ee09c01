"""Open311 GeoReport v2: other people's programs report and read by the field's standard."""
