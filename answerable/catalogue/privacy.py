"""What the catalogue keeps about people: nothing; it holds the city's own services and published places."""

from answerable.plumbing.privacy import PLAIN

COLUMNS = {
    f"{table}.{column}": PLAIN
    for table, columns in {
        "PlaceSet": ("content_hash",),
        "Version": ("pack", "content_hash", "document"),
        "Publication": ("by",),
        "AreaSet": ("content_hash", "file"),
        "NamedPlace": (
            "kind",
            "key",
            "name",
            "street",
            "number",
            "district",
            "label",
            "postal",
            "area_kind",
            "area_keys",
        ),
    }.items()
    for column in columns
}
