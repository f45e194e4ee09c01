"""A small city whose roads department is another city's server: `a_connected_city(folder, other)`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from answerable.catalogue.city import City
from answerable.catalogue.connectorstructs import Open311Connector
from answerable.connectors import followers, senders
from answerable.connectors.adapters.georeport import Client
from answerable.connectors.adapters.open311 import Open311Server
from answerable.journal.followers import run_follower
from tests.builders.other_city import OtherCity
from tests.builders.packs import said
from tests.builders.requests import a_small_city

CODE = "next-door"


def a_connector(endpoint: str, **changes: Any) -> dict[str, Any]:
    """The entry of departments.toml."""
    return {
        "kind": "open311", "code": CODE, "endpoint": endpoint, "services": {"pothole": "ROAD"},
        "attributes": {"pothole": {"size": "SIZE"}}, "values": {"pothole": {"size": {"big": "L", "small": "S"}}},
        "poll_seconds": 1,
    } | changes  # fmt: skip


def a_connected_city(folder: Path, other: OtherCity, **changes: Any) -> City:
    """The small city in force, its works department next door."""
    works = {
        "code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
        "connector": a_connector(other.url, **changes),
    }  # fmt: skip
    return a_small_city(folder, departments=[works, an_office_department()])


def an_office_department() -> dict[str, Any]:
    """Parks, who work in our own pages."""
    return {"code": "parks", "name": said("Parks"), "queues": [{"code": "trees", "name": said("Trees")}]}


def an_adapter(city: City, *, timeout_seconds: float = 5.0) -> Open311Server:
    """The adapter the city's pack names."""
    named: Open311Connector = city.connectors[CODE]
    client = Client(endpoint=named.endpoint, api_key="a-key", read_seconds=timeout_seconds)
    return Open311Server(named=named, client=client, zone=ZoneInfo("America/Toronto"), timeout_seconds=timeout_seconds)


def read_journal() -> None:
    """The connectors room knows what happened to requests."""
    while run_follower(followers.FOLLOWER):
        pass


def sent(adapter: Open311Server) -> int:
    """What was due was tried once; gives how many tries that were."""
    read_journal()
    return senders.send_due(CODE, adapter)


def asked(adapter: Open311Server) -> bool:
    """The other city was asked how our work stands."""
    return senders.ask_for_news(CODE, adapter, every_seconds=0)
