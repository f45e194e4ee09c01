"""A small city whose works department is written to by e-mail: `a_mailed_city(folder)`, `an_adapter(city, office)`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from answerable.catalogue.city import City
from answerable.connectors import senders
from answerable.connectors.adapters.mail import MailDepartment
from answerable.plumbing.mail import post_of
from tests.builders.connected import an_office_department, read_journal
from tests.builders.packs import said
from tests.builders.post_office import PostOffice
from tests.builders.requests import a_small_city

CODE = "works-mail"
WORKS = "works@northbridge.example"


def a_connector(**changes: Any) -> dict[str, Any]:
    """The entry of departments.toml."""
    return {
        "kind": "mail", "code": CODE, "to": WORKS, "language": "fr", "services": {"pothole": "Nid-de-poule"},
        "poll_seconds": 1,
    } | changes  # fmt: skip


def a_mailed_city(folder: Path, **changes: Any) -> City:
    """The small city in force; works gets mail, parks works in our pages."""
    works = {
        "code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
        "connector": a_connector(**changes),
    }  # fmt: skip
    return a_small_city(folder, departments=[works, an_office_department()])


def an_adapter(city: City, office: PostOffice) -> MailDepartment:
    """The adapter the city's pack names, its mail going to that post office."""
    named: Any = city.connectors[CODE]
    return MailDepartment(
        named=named, city=city, post=post_of(office.url, sender="no-reply@311.example", outbox=Path("unused"))
    )


def sent(adapter: MailDepartment) -> int:
    """What was due was tried once; gives how many tries that were."""
    read_journal()
    return senders.send_due(CODE, adapter)
