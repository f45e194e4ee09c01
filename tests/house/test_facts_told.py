"""Every fact has words: what happens to somebody's request is never told as a code."""

from __future__ import annotations

from collections.abc import Iterator

from answerable.catalogue import events as catalogue_events
from answerable.channels.opendata import events as opendata_events
from answerable.contacts import events as contacts_events
from answerable.intake import events as intake_events
from answerable.kernel.facts import SubjectFact
from answerable.promises import events as promises_events
from answerable.requests import events as requests_events
from answerable.routing import events as routing_events
from answerable.staff import events as staff_events
from answerable.web.components.facts import FACTS

ROOMS = (
    catalogue_events, contacts_events, intake_events, opendata_events, promises_events, requests_events,
    routing_events, staff_events,
)  # fmt: skip


def kinds(of: type[SubjectFact] = SubjectFact) -> Iterator[str]:
    for each in of.__subclasses__():
        if each.KIND and any(each.__module__ == room.__name__ for room in ROOMS):
            yield each.KIND
        yield from kinds(each)


def test_every_kind_of_fact_has_words_for_residents_and_staff() -> None:
    assert set(kinds()) == set(FACTS)
