"""Checks of the connectors that departments.toml names."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from answerable.catalogue.bench import Bench, answers_of, did_you_mean
from answerable.catalogue.city import OFFICE
from answerable.catalogue.connectorstructs import (
    Connector,
    FilesConnector,
    MailConnector,
    Open311Connector,
    RestConnector,
)
from answerable.catalogue.structs import OUTCOME_CODES, Service

_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_KEY_PARTS = 2
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_NEEDS_MORE = frozenset({"already_programmed", "cannot_be_done", "entered_in_error", "not_city_responsibility"})
"""Outcomes that need a date, reason or name, which a status word does not bring."""

MEANINGS: tuple[str, ...] = (
    "acknowledged",
    "scheduled",
    "in_progress",
    "scheduled",
    "asked",
    "refused",
    "unread",
    *(f"resolved:{code}" for code in OUTCOME_CODES if code not in _NEEDS_MORE),
)
"""What another system's word may mean here: `scheduled` needs their date to move anything, `unread` asks a person."""


def check_connectors(bench: Bench) -> None:
    """Every connector has a name of its own, an address, and maps what exists."""
    taken: set[str] = {OFFICE}
    for index, department in enumerate(bench.pack.departments):
        if department.connector is not None:
            place = f"{bench.at('departments', index)} › connector"
            if department.connector.code in taken:
                remedy = f"Choose another; '{OFFICE}' is the department's own pages."
                bench.add(f"{place} › code", "the code is taken.", value=department.connector.code, remedy=remedy)
            taken.add(department.connector.code)
            _connector(bench, department.connector, place)


def _connector(bench: Bench, connector: Connector, place: str) -> None:
    """What every kind has, then what this kind has beside it."""
    for code in connector.services:
        bench.refer(f"{place} › services", part="services", code=code, word="service")
    for word, meaning in connector.statuses.items():
        if meaning not in MEANINGS:
            remedy = did_you_mean(meaning, MEANINGS) or f"Use one of: {', '.join(MEANINGS)}."
            bench.add(f"{place} › statuses › {word}", "no such meaning.", value=meaning, remedy=remedy)
    match connector:
        case Open311Connector():
            check_address(bench, connector.endpoint, place, "Give the https:// address that /services.xml is below")
            _mapping(bench, connector, place)
        case RestConnector():
            check_address(bench, connector.endpoint, place, "Give the https:// address that /work-orders is below")
        case MailConnector():
            _mail(bench, connector, place)
        case FilesConnector():
            _files(bench, connector, place)


def _mail(bench: Bench, connector: MailConnector, place: str) -> None:
    """Addresses are addresses, of services that are passed on; the reply page's words are ours."""
    for field, address in {
        "to": connector.to,
        **{f"addresses › {k}": v for k, v in connector.addresses.items()},
    }.items():
        if not _ADDRESS.fullmatch(address):
            remedy = "Give one address, like works@example.org."
            bench.add(f"{place} › {field}", "is no e-mail address.", value=address, remedy=remedy)
    for code in set(connector.addresses) - set(connector.services):
        remedy = "Map the service first, under `services`."
        bench.add(f"{place} › addresses", "the service is not passed on.", value=code, remedy=remedy)
    if connector.statuses:
        remedy = "Take the table out: departments answer on our page, in our words."
        bench.add(
            f"{place} › statuses", "mail has no words of its own.", value=", ".join(connector.statuses), remedy=remedy
        )


FILE_FIELDS: frozenset[str] = frozenset(
    {"order", "number", "key", "service", "our_service", "service_name", "description", "words", "address", "postal",
     "lat", "lon", "priority", "logged_at", "due_at", "department", "queue", "name", "email", "phone", "photos"}
)  # fmt: skip
"""What a column of a file we write may hold, beside `answer:<question>`, `area:<kind>` and `text:<fixed words>`."""

BACK_FIELDS: frozenset[str] = frozenset(
    {"order", "reference", "word", "words", "at", "on", "sequence", "event", "party", "photos"}
)
"""What a column of a file that comes back may say."""


def _files(bench: Bench, connector: FilesConnector, place: str) -> None:
    """The address is a folder or an SFTP server with its key, and every column holds something there is."""
    address = urlsplit(connector.endpoint)
    is_folder = address.scheme == "folder" and bool(address.path)
    if not is_folder and not (address.scheme == "sftp" and address.hostname and address.username):
        remedy = "Give folder:/path, or sftp://user@host/path; its password or key belongs in the environment."
        bench.add(f"{place} › endpoint", "is no place for files.", value=connector.endpoint, remedy=remedy)
    if address.scheme == "sftp" and (address.password or len(connector.host_key.split()) != _KEY_PARTS):
        remedy = "Give the server's key as `ssh-keyscan` prints it, `ssh-ed25519 AAAA…`, and no password."
        bench.add(f"{place} › host_key", "the server cannot be told from another.", remedy=remedy)
    for column, field in connector.columns.items():
        if field not in FILE_FIELDS and not field.startswith(("answer:", "area:", "text:")):
            remedy = did_you_mean(field, tuple(sorted(FILE_FIELDS))) or f"Use one of: {', '.join(sorted(FILE_FIELDS))}."
            bench.add(f"{place} › columns › {column}", "no such field.", value=field, remedy=remedy)
    if "order" not in connector.columns.values():
        remedy = "Give `order` a column: by it an order that is sent twice is known again."
        bench.add(f"{place} › columns", "the order's number is not sent.", remedy=remedy)
    for part in ("acknowledgement", "news"):
        for field in set(getattr(connector, part)) - BACK_FIELDS:
            remedy = did_you_mean(field, tuple(sorted(BACK_FIELDS))) or f"Use one of: {', '.join(sorted(BACK_FIELDS))}."
            bench.add(f"{place} › {part}", "no such field.", value=field, remedy=remedy)


def check_address(bench: Bench, endpoint: str, place: str, remedy: str) -> None:
    """The address is one we send to: encrypted, or on this machine, and without a secret in it."""
    address = urlsplit(endpoint)
    is_safe = address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOCAL)
    if not (is_safe and address.hostname) or address.query or address.username:
        told = f"{remedy}; its key belongs in the environment."
        bench.add(f"{place} › endpoint", "is no address we send to.", value=endpoint, remedy=told)


def _mapping(bench: Bench, connector: Open311Connector, place: str) -> None:
    """The tables by service name services that are passed on, and what they ask."""
    services = {each.code: each for each in bench.pack.services}
    for part in ("attributes", "values", "fixed"):
        for code in getattr(connector, part):
            if code not in connector.services:
                remedy = "Map the service first, under `services`."
                bench.add(f"{place} › {part}", "the service is not passed on.", value=code, remedy=remedy)
    for code in set(connector.attributes) & set(services):
        _questions(bench, services[code], connector.attributes[code], f"{place} › attributes › {code}")
    for code in set(connector.values) & set(services):
        _questions(bench, services[code], connector.values[code], f"{place} › values › {code}")
        _answers(bench, services[code], connector.values[code], f"{place} › values › {code}")


def _questions(bench: Bench, service: Service, mapped: dict[str, str] | dict[str, dict[str, str]], place: str) -> None:
    codes = [question.code for question in service.questions]
    for code in mapped:
        if code not in codes:
            remedy = did_you_mean(code, codes) or "Name one of its questions."
            bench.add(place, f"'{service.code}' does not ask this.", value=code, remedy=remedy)


def _answers(bench: Bench, service: Service, values: dict[str, dict[str, str]], place: str) -> None:
    for code, mapped in values.items():
        question = service.question(code)
        possible = answers_of(question) if question else None
        for answer in mapped if possible else ():
            if answer not in (possible or ()):
                remedy = f"Use one of: {', '.join(possible or ())}."
                bench.add(f"{place} › {code}", "no such answer.", value=answer, remedy=remedy)
