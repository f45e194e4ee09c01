"""One call with everything known about it: who calls, from where, in which language, of which city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from answerable.catalogue import places
from answerable.catalogue.city import City
from answerable.channels.doors import Client
from answerable.channels.open311.asking import Asked
from answerable.channels.open311.errors import UnknownJurisdiction
from answerable.channels.open311.forms import Form
from answerable.channels.open311.listing import read_point
from answerable.channels.open311.records import Manner
from answerable.channels.open311.services import jurisdiction_of
from answerable.intake.queries import TOLD_BY_SQL
from answerable.requests.published import Eyes, Reader


@dataclass(frozen=True, slots=True)
class Visit:
    """One call."""

    asked: Asked
    form: Form | None
    client: Client
    key: str
    city: City
    now: datetime
    language: str
    base_url: str

    @property
    def language_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """In which language the answer is, and on what that hangs."""
        return ((b"content-language", self.language.encode()), (b"vary", b"accept-language"))

    @property
    def eyes(self) -> Eyes:
        """Whose eyes the answer is for."""
        if not self.client.id:
            return Eyes()
        if self.client.may("office:read"):
            return Eyes(Reader.OFFICE)
        return Eyes(Reader.CLIENT, own_sql=TOLD_BY_SQL, own_value=self.client.id)

    @property
    def manner(self) -> Manner:
        """How this client wants its records."""
        profile = self.client.profile
        return Manner(
            language=self.language,
            base_url=self.base_url,
            now=self.now,
            expected_datetime=profile.expected_datetime,
            extensions=profile.extended_status or self.asked.query.is_true("extensions"),
        )

    def serves_point(self) -> bool:
        """Whether the point asked about, if any, is in the city.  Raises: BadParameter."""
        lat, long = self.asked.query.one("lat"), self.asked.query.one("long", "lon", "lng")
        if not lat and not long:
            return True
        point = read_point(lat, long)
        areas = places.locate(self.city, point, at=self.now)
        return self.city.primary_area_kind in areas or places.is_inside(self.city, point, at=self.now)


def check_jurisdiction(told: str, city: City) -> None:
    """Return when nothing or this city was meant.  Raises: UnknownJurisdiction."""
    known = {jurisdiction_of(city).lower(), city.id.lower()}
    if told and told.lower().removeprefix("www.") not in known:
        raise UnknownJurisdiction(
            f"'{told[:60]}' is not served here.", field="jurisdiction_id", value=told[:60],
            remedy=f"Send '{jurisdiction_of(city)}', or nothing.",
        )  # fmt: skip
