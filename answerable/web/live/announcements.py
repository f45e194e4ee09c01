"""Who hears what about service requests: their followers the state, staff and the departments concerned also why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import psycopg

from answerable.journal.records import RecordedFact
from answerable.kernel.facts import Json
from answerable.web.live.hub import Announcement
from answerable.web.live.relay import Announce

States = Callable[[psycopg.AsyncConnection, Sequence[int]], Awaitable[Mapping[int, Mapping[str, Json]]]]
"""What open pages show of the requests with these ids, nothing personal, in one query; unknown ids are left out.

`department` says who works on it; of a `confidential` one only that department hears, and only that it changed.
"""

STAFF: Final = "staff"
"""The topic of everybody who works here."""

IMPORTED: Final = "import:"
"""Who brings in the past: it changes no open page, and may be a million facts."""

STAFF_ONLY: Final = "staff"
"""The audience of a note the resident does not hear of."""


def office(department: str) -> str:
    """The topic of a department's queue."""
    return f"office:{department}"


def request(request_id: int) -> str:
    """The topic of one request: its follow page and its page in the office."""
    return f"request:{request_id}"


def about_requests(states: States) -> Announce:
    """Announces request facts with the present state of each request, asked once for a batch.

    Published catalogues and routes are told to staff; nothing else is anybody's business.
    """

    async def announce(connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact]) -> Sequence[Announcement]:
        facts = [fact for fact in facts if not fact.by.startswith(IMPORTED)]
        ids = sorted({int(fact.subject_key) for fact in facts if fact.subject_word == "request"})
        known = await states(connection, ids) if ids else {}
        return [told for fact in facts for told in _about(fact, known)]

    return announce


def _about(fact: RecordedFact, known: Mapping[int, Mapping[str, Json]]) -> list[Announcement]:
    if fact.subject_word != "request":
        said = {"subject": fact.subject, "kind": fact.kind}
        return [Announcement(fact, frozenset({STAFF}), said)] if fact.kind.endswith(".published") else []
    state = {"subject": fact.subject, **known.get(int(fact.subject_key), {})}
    shown = {"subject": fact.subject} if state.get("confidential") else state
    told = [Announcement(fact, _workplaces(fact, state), {**shown, "kind": fact.kind, "by": fact.by})]
    if fact.body.get("audience") != STAFF_ONLY:
        told.append(Announcement(fact, frozenset({fact.subject}), state))
    return told


def _workplaces(fact: RecordedFact, state: Mapping[str, Json]) -> frozenset[str]:
    """Staff, the department that has it, and the one that had it."""
    departments = {state.get("department"), fact.body.get("department"), fact.body.get("department_before")}
    topics = {office(name) for name in departments if isinstance(name, str)}
    return frozenset(topics if state.get("confidential") else topics | {STAFF})
