"""What a build knows beforehand: services and their placing, names in both languages, the kinds of area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import PublicationTerms, Service
from answerable.channels.opendata import rules
from answerable.channels.opendata.errors import NothingToPublishUnder
from answerable.channels.opendata.rules import OPEN, Where
from answerable.kernel.languages import Text
from answerable.requests.rules import Visibility

NEIGHBOURHOODS = "neighbourhood"
"""The kind of area that packs call so; where a pack draws none, its wards stand in."""


@dataclass(frozen=True, slots=True)
class Known:
    """A service as open data knows it; the placings are for public and for private requests."""

    code: str
    group: str
    name: Text
    public: Where | None
    private: Where | None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a build needs but the rows."""

    city: City
    terms: PublicationTerms
    services: tuple[Known, ...]
    groups: Mapping[str, Text]
    wards: str
    neighbourhoods: str
    at: datetime
    secret_key: str

    @property
    def hidden(self) -> tuple[str, ...]:
        """The services of which nothing is published."""
        return tuple(each.code for each in self.services if each.public is None)

    @property
    def open(self) -> tuple[str, ...]:
        """The services whose public requests are placed exactly or by block."""
        return tuple(each.code for each in self.services if each.public in OPEN)

    def secret(self, purpose: str) -> bytes:
        """The key for one purpose."""
        return rules.secret_for(purpose, secret_key=self.secret_key)


def recipe_of(city: City, *, at: datetime, secret_key: str) -> Recipe:
    """The recipe of a build now.  Raises: NothingToPublishUnder."""
    terms = city.pack.city.open_data
    if terms is None:
        raise NothingToPublishUnder(
            f"{city.pack.city.short_name} names no licence for open data.",
            field="open_data",
            remedy="Add [open_data] with title, licence, licence_url and attribution to city.toml.",
        )
    kinds = city.areas.kinds
    wards = city.primary_area_kind
    return Recipe(
        city=city,
        terms=terms,
        services=tuple(_known(each) for each in _every_service(city)),
        groups=_every_group(city),
        wards=wards,
        neighbourhoods=NEIGHBOURHOODS if NEIGHBOURHOODS in kinds else wards,
        at=at,
        secret_key=secret_key,
    )


def _older(city: City) -> list[City]:
    """The versions before, newest first: old requests may be of a service that is no longer offered."""
    return [catalogue.version(row.id) for row in catalogue.versions(limit=8) if row.id != city.version_id]


def _every_service(city: City) -> list[Service]:
    found: dict[str, Service] = {}
    for each in (city, *_older(city)):
        for service in each.services:
            found.setdefault(service.code, service)
    return list(found.values())


def _every_group(city: City) -> dict[str, Text]:
    found: dict[str, Text] = {}
    for each in (city, *_older(city)):
        for group in each.groups:
            found.setdefault(group.code, group.name)
    return found


def _known(service: Service) -> Known:
    visibility = Visibility(service.visibility)
    return Known(
        code=service.code,
        group=service.group,
        name=service.name,
        public=rules.placing(declared=service.open_data, service=visibility, request=Visibility.PUBLIC),
        private=rules.placing(declared=service.open_data, service=visibility, request=Visibility.PRIVATE),
    )
