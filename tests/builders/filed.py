"""A small city whose works department takes files: `a_filed_city(folder, endpoint)`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from answerable.catalogue.city import City
from answerable.connectors import senders
from answerable.connectors.adapters.drops import drop_of
from answerable.connectors.adapters.files import FilesDepartment
from tests.builders.connected import an_office_department, read_journal
from tests.builders.packs import said
from tests.builders.requests import a_small_city

CODE = "works-files"
CSV: dict[str, Any] = {
    "columns": {"WO_NO": "order", "TYPE": "service", "SIZE": "answer:size", "STREET": "address", "LAT": "lat",
                "TEXT": "words", "SOURCE": "text:311", "DUE": "due_at", "PICTURES": "photos", "KEY": "key"},
    "acknowledgement": {"order": "WO_NO", "reference": "ASSET", "word": "RESULT", "words": "REASON"},
    "news": {"order": "WO_NO", "word": "STATUS", "words": "REMARK", "at": "WHEN", "on": "PLANNED", "photos": "PICS"},
}  # fmt: skip
XML: dict[str, Any] = {
    "format": "xml", "root": "Auftraege", "record": "Auftrag",
    "columns": {"@nr": "order", "Art": "service", "Ort/Strasse": "address", "Ort/@lat": "lat", "Text": "words"},
    "acknowledgement": {"order": "@nr", "reference": "Nummer", "word": "Ergebnis", "words": "Grund"},
    "news": {"order": "@nr", "word": "Stand/@wort", "words": "Stand", "at": "Stand/@zeit"},
}  # fmt: skip


def a_connector(endpoint: str, **changes: Any) -> dict[str, Any]:
    """The entry of departments.toml."""
    return {
        "kind": "files", "code": CODE, "endpoint": endpoint, "services": {"pothole": "ROAD"}, "quiet_seconds": 0,
        "statuses": {"ABGESCHLOSSEN": "resolved:completed", "NICHT UNSER": "refused"},
    } | CSV | changes  # fmt: skip


def a_filed_city(folder: Path, endpoint: str, **changes: Any) -> City:
    """The small city in force; works takes files, parks works in our pages."""
    works = {
        "code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
        "connector": a_connector(endpoint, **changes),
    }  # fmt: skip
    return a_small_city(folder, departments=[works, an_office_department()])


def an_adapter(city: City, *, secret: str = "") -> FilesDepartment:
    """The adapter the city's pack names."""
    named: Any = city.connectors[CODE]
    drop = drop_of(named.endpoint, host_key=named.host_key, secret=secret)
    return FilesDepartment(named=named, drop=drop, zone=ZoneInfo("America/Toronto"))


def sent(adapter: FilesDepartment) -> int:
    """What was due was tried once; gives how many tries that were."""
    read_journal()
    return senders.send_due(CODE, adapter)


def asked(adapter: FilesDepartment) -> bool:
    """The folders were looked into."""
    return senders.ask_for_news(CODE, adapter, every_seconds=0)
