"""What happened to requests: `servicerequestupdates` as mySociety draws it, `notes` as Chicago did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from answerable.catalogue.city import City
from answerable.catalogue.errors import UnknownEntry
from answerable.channels.open311 import words
from answerable.channels.open311.records import Manner, Record, department_name, instant, service_name
from answerable.channels.open311.states import extended_of
from answerable.kernel.languages import in_language
from answerable.requests.published import News, PublishedRow
from answerable.requests.rules import OPEN


@dataclass(frozen=True, slots=True)
class FollowOn:
    """A request that was logged to go on from another."""

    request_id: int
    number: str
    catalogue_version: int
    service_code: str
    department: str
    at: datetime


def update_of(news: News, city: City, *, language: str) -> Record:
    """One update.  `external_status_code` is our own word, finer than the field's."""
    is_duplicate = news.kind == "request.linked"
    return {
        "update_id": str(news.id),
        "service_request_id": news.number,
        "status": "duplicate" if is_duplicate else extended_of(news.stood, news.outcome),
        "updated_datetime": instant(news.at, city),
        "description": _said(news, city, language=language),
        "media_url": None,
        "external_status_code": f"{news.stood}:{news.outcome}" if news.outcome else news.stood,
    }


def _said(news: News, city: City, *, language: str) -> str:
    """The words that go with it where they may be read, after what it means in the city's own."""
    parts = [_meant(news, city, language=language), news.words or ""]
    return " ".join(part for part in parts if part)


def _meant(news: News, city: City, *, language: str) -> str:
    if news.kind == "request.noted":
        return "" if news.words else in_language(words.NOTE_ADDED, language=language)
    if news.kind == "request.linked":
        return f"{in_language(words.DUPLICATE, language=language)}: {news.body.get('other')}"
    if news.outcome:
        with suppress(UnknownEntry):
            return in_language(city.outcome_text(news.service_code, news.outcome), language=language)
    if news.body.get("reopened"):
        return in_language(words.REOPENED, language=language)
    return in_language(words.STANDING[news.stood], language=language)


def notes_of(
    row: PublishedRow, city: City, manner: Manner, *, news: Sequence[News], follow_ons: Sequence[FollowOn],
    cities: Mapping[int, City],
) -> list[Record]:  # fmt: skip
    """The history of a request, oldest first."""
    opened = _note(row.logged_at, city, in_language(words.LOGGED, language=manner.language), None, kind="opened")
    told = [
        _note(
            each.at, city, _meant(each, city, language=manner.language) or str(each.words), each.words,
            kind="activity" if each.stood in OPEN or each.kind != "request.moved" else "closed",
        )
        for each in news
    ]  # fmt: skip
    gone_on = [_follow_on(each, cities[each.catalogue_version], manner) for each in follow_ons]
    return [opened, *sorted([*told, *gone_on], key=lambda note: str(note["datetime"]))]


def _note(at: datetime, city: City, summary: str, description: str | None, *, kind: str) -> Record:
    return {"datetime": instant(at, city), "summary": summary, "description": description, "type": kind}


def _follow_on(each: FollowOn, city: City, manner: Manner) -> Record:
    service = service_name(city, each.service_code, language=manner.language)
    note = _note(
        each.at, city, in_language(words.FOLLOW_ON, language=manner.language), f"{service} #{each.number}",
        kind="follow_on_created",
    )  # fmt: skip
    return note | {
        "extended_attributes": {
            "service_request_id": each.number,
            "service_name": service,
            "agency_responsible": department_name(city, each.department, language=manner.language),
        }
    }
