"""What the door reads for everybody: a request's timeline, promise and proofs.

Each takes at most three statements, on a thread of its own; the words are those of the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels import disclosure
from answerable.channels.api.ports import Said, Words
from answerable.channels.api.schemas import (
    Handoffs,
    LedgerLine,
    PauseTold,
    Promised,
    ProofTold,
    Target,
    Timeline,
    TimelineEntry,
    WorkOrder,
)
from answerable.journal import queries as journal
from answerable.kernel.ids import read_number
from answerable.kernel.languages import in_language
from answerable.promises import queries as promises
from answerable.promises.clock import PromiseClock
from answerable.requests import queries as requests
from answerable.requests.errors import UnknownRequest
from answerable.requests.rules import is_listed_publicly
from answerable.requests.views import HandoffView, RequestView

CONFIRMED = frozenset({"acknowledged", "done_reported"})
"""States of a hand-off in which the department has said that it has the work."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language of a city, when, and by whose words."""

    language_of: Callable[[City], str]
    words: Words
    now: datetime


def timeline(spoken: str, reader: Reader) -> Timeline:
    """What happened to a public request.  Raises: BadNumber, MistypedNumber, UnknownRequest."""
    found, _ = _opened(spoken)
    city = catalogue.version(found.catalogue_version)
    language = reader.language_of(city)
    facts = [fact for fact in journal.timeline(f"request:{found.id}") if disclosure.is_disclosed(fact)]
    said = reader.words.facts(facts, city=city, service_code=found.service_code, language=language)
    entries = [
        TimelineEntry(
            sequence=fact.seq, kind=fact.kind, at=fact.at, by=disclosure.actor_of(fact.by),
            title=words.title, text=words.text, details=disclosure.details_of(fact),
        )
        for fact, words in zip(facts, said, strict=True)
        if words is not None
    ]  # fmt: skip
    return Timeline(number=found.number, language=language, entries=entries)


def promise(spoken: str, reader: Reader) -> Promised:
    """The promise of a public request.  Raises: BadNumber, MistypedNumber, UnknownRequest."""
    found, _ = _opened(spoken)
    language = reader.language_of(catalogue.version(found.catalogue_version))
    clocks = promises.clocks_of(found.id)
    drawn = reader.words.clock(clocks, now=reader.now, language=language) or Said("", "")
    return Promised(
        number=found.number, language=language, standing=drawn.state or "none", clock=drawn.title, why=drawn.text,
        targets=[_target(clock, reader, language=language) for clock in clocks],
        ledger=[
            LedgerLine(
                target=each.target, round=each.round, entry=each.entry, at=each.at, by=disclosure.actor_of(each.by),
                details=disclosure.ledger_details(each.body),
            )
            for each in promises.ledger_of_clocks(clocks)
        ],
    )  # fmt: skip


def _target(clock: PromiseClock, reader: Reader, *, language: str) -> Target:
    pauses = [
        PauseTold(
            started_at=pause.started_at, ended_at=pause.ended_at,
            reason=pause.reason if pause.reason in disclosure.REASONS else "",
            why=reader.words.reason(pause.reason, language=language),
        )
        for pause in clock.pauses
    ]  # fmt: skip
    return Target(
        target=clock.target.kind, round=clock.round, state=clock.standing(now=reader.now), amount=clock.target.amount,
        unit=clock.target.unit, calendar=clock.target.calendar, started_at=clock.started_at,
        first_due_at=clock.first_due_at, due_at=clock.due_at, at_risk_at=clock.at_risk_at, met_at=clock.met_at,
        breached_at=clock.breached_at, voided_at=clock.voided_at, repromised_at=clock.repromised_at,
        paused_seconds=int(clock.paused_time(now=reader.now).total_seconds()), pauses=pauses, source=clock.source,
    )  # fmt: skip


def handoffs(spoken: str, reader: Reader) -> Handoffs:
    """The three proofs of a public request; what is not proved is told as not proved.

    Raises: BadNumber, MistypedNumber, UnknownRequest.
    """
    found, orders = _opened(spoken)
    city = catalogue.version(found.catalogue_version)
    language = reader.language_of(city)
    clocks = promises.clocks_of(found.id)
    said = reader.words.proofs(
        found, city=city, handoffs=orders, clocks=clocks, now=reader.now, language=language
    )  # fmt: skip
    instants = (found.logged_at, _confirmed_at(orders), found.resolved_at)
    return Handoffs(
        number=found.number, language=language,
        proofs=[
            ProofTold(
                proof=name, state=words.state, proved_at=at if words.state == "proved" else None,
                title=words.title, text=words.text,
            )
            for name, words, at in zip(("logged", "sent", "acted"), said, instants, strict=True)
        ],
        handoffs=[_order(each, city, language=language) for each in orders],
    )  # fmt: skip


def _confirmed_at(orders: Sequence[HandoffView]) -> datetime | None:
    return orders[-1].acknowledged_at if orders and orders[-1].state in CONFIRMED else None


def _order(each: HandoffView, city: City, *, language: str) -> WorkOrder:
    return WorkOrder(
        sequence=each.sequence, department=each.department, state=each.state, made_at=each.made_at,
        department_name=in_language(city.department(each.department).name, language=language),
        sent_at=each.sent_at, acknowledged_at=each.acknowledged_at, ended_at=each.ended_at,
    )  # fmt: skip


def _opened(spoken: str) -> tuple[RequestView, tuple[HandoffView, ...]]:
    """The request, when everybody may see it; a hidden one and one that never was look alike."""
    number = str(read_number(spoken))
    unknown = UnknownRequest("There is no such public request.", field="number", value=number)
    try:
        found, orders = requests.with_handoffs(number)
    except UnknownRequest as error:
        raise unknown from error
    if not is_listed_publicly(found.visibility):
        raise unknown
    return found, orders
