"""Requests as lines of a list: with the service in the reader's words and how the promise stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from answerable.catalogue import queries as catalogue
from answerable.kernel.languages import in_language
from answerable.requests.rules import PromiseStanding
from answerable.requests.views import RequestRow


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a list."""

    row: RequestRow
    standing: PromiseStanding
    service: str


def lines(rows: Iterable[RequestRow], *, now: datetime) -> tuple[Line, ...]:
    """The rows as lines, in their order."""
    return tuple(Line(row=row, standing=row.standing(now), service=service_name(row)) for row in rows)


def service_name(row: RequestRow) -> str:
    """The service by the catalogue the request was logged with, in the reader's language."""
    city = catalogue.active()
    if city.version_id != row.catalogue_version and not city.has_service(row.service_code):
        city = catalogue.version(row.catalogue_version)
    return in_language(city.service(row.service_code).name, language=(get_language() or "en").split("-")[0])
