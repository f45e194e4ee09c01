"""Which rules are in force, where a request goes by them, and what other rules would change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import connection

from answerable.catalogue.city import City
from answerable.kernel.errors import AnswerableError
from answerable.routing import packs
from answerable.routing.checks import Difference, GoldenFailure, check_golden, check_rules, differences
from answerable.routing.documents import Document, read_rules, write_rules
from answerable.routing.errors import BadRules
from answerable.routing.models import Ruleset
from answerable.routing.rules import Case, Condition, Decision, Rule, RuleSet
from answerable.routing.rules import decide as decide_by

__all__ = [
    "ActiveRules",
    "Comparison",
    "Decision",
    "Simulation",
    "Step",
    "active_rules",
    "compare",
    "decide",
    "simulate",
]

log = logging.getLogger(__name__)

FRESH_SECONDS: Final = 1.0
"""How long a process trusts what it knows about the rules in force."""

KEPT_RULE_SETS: Final = 16
"""Compiled rule sets held in a process."""

_NEWEST_SQL: Final = "SELECT id FROM routing_ruleset WHERE pack = %s ORDER BY id DESC LIMIT 1"

_lock = threading.Lock()
_newest: dict[str, tuple[float, int | None]] = {}
_compiled: dict[tuple[int, int | None], ActiveRules] = {}


@dataclass(frozen=True, slots=True)
class ActiveRules:
    """The rules in force, where they come from and since when.

    `unfit` are the faults for which the office's rule set cannot be used with this catalogue version; the pack's own
    rules are in force then.
    """

    rules: RuleSet
    source: str
    publication: int | None = None
    published_at: datetime | None = None
    published_by: str = ""
    note: str = ""
    unfit: tuple[AnswerableError, ...] = ()


class Outcome(StrEnum):
    """What became of a rule in a simulation."""

    FAILED = "failed"
    MATCHED = "matched"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of the trace: what became of it, and the conditions that say so."""

    rule_id: str
    department: str
    queue: str
    outcome: Outcome
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulation:
    """Where a case would go now, with every rule in order."""

    case: Case
    decision: Decision
    rules: ActiveRules
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a changed rule set would do: its faults, the golden cases it fails, and every case it treats otherwise."""

    faults: tuple[AnswerableError, ...]
    golden_failures: tuple[GoldenFailure, ...] = ()
    golden_differences: tuple[Difference, ...] = ()
    sample_differences: tuple[Difference, ...] = ()
    sample_size: int = 0

    @property
    def may_publish(self) -> bool:
        """Whether nothing stands against it."""
        return not self.faults and not self.golden_failures


def active_rules(city: City) -> ActiveRules:
    """The rules in force for the city; at most one small query a second in each process."""
    newest = _newest_publication(city.id)
    key = (city.version_id, newest)
    found = _compiled.get(key)
    if found is None:
        found = _read(city, newest)
        with _lock:
            while len(_compiled) >= KEPT_RULE_SETS:
                _compiled.pop(next(iter(_compiled)))
            _compiled[key] = found
    return found


def refresh(city: City) -> None:
    """The process knows the rules in force, read anew: for doors whose event loop must not wait for a database."""
    _newest_publication(city.id, trusted=False)
    active_rules(city)


def forget() -> None:
    """The next question reads the database again: after publishing, and between tests."""
    with _lock:
        _newest.clear()
        _compiled.clear()


def decide(city: City, *, case: Case) -> Decision:
    """Where the case goes by the rules in force; closed calendars are looked up by its date."""
    return decide_by(active_rules(city).rules, _with_closed(city, case))


def simulate(city: City, *, case: Case, document: Document | None = None) -> Simulation:
    """Where the case would go, with the whole trace; by `document` instead of the rules in force when one is given.

    Raises: BadRules when the document cannot be used.
    """
    active = active_rules(city) if document is None else ActiveRules(_usable(city, document), source="draft")
    whole = _with_closed(city, case)
    decision = decide_by(active.rules, whole)
    return Simulation(whole, decision, active, _steps(active.rules, decision))


def compare(city: City, document: Document, *, sample: Iterable[tuple[str, Case]] = ()) -> Comparison:
    """What the document would change against the rules in force, over the golden cases and a sample of past cases."""
    try:
        rules = read_rules(document)
    except BadRules as error:
        return Comparison(error.problems)
    faults = check_rules(rules, packs.vocabulary_of(city))
    if faults:
        return Comparison(faults)
    golden = packs.golden_of(city)
    old = active_rules(city).rules
    cases = [(name, _with_closed(city, case)) for name, case in sample]
    return Comparison(
        faults=(),
        golden_failures=check_golden(rules, golden),
        golden_differences=differences(old, rules, ((each.name, each.case) for each in golden)),
        sample_differences=differences(old, rules, cases),
        sample_size=len(cases),
    )


def pack_differs(city: City) -> bool:
    """Whether the office's rules in force are other than the pack's: shown, so that nobody forgets."""
    active = active_rules(city)
    return active.source == "office" and active.rules != packs.rules_of(city)


def document_in_force(city: City) -> Document:
    """The rules in force as a document to edit."""
    return write_rules(active_rules(city).rules)


def _usable(city: City, document: Document) -> RuleSet:
    rules = read_rules(document, name="draft")
    faults = check_rules(rules, packs.vocabulary_of(city))
    if faults:
        raise BadRules(faults)
    return rules


def _with_closed(city: City, case: Case) -> Case:
    closed = packs.closed_on(city)(case.at.date())
    return replace(case, closed=closed) if closed and not case.closed else case


def _steps(rules: RuleSet, decision: Decision) -> tuple[Step, ...]:
    failed = {each.rule_id: each.failed for each in decision.tried}

    def step(rule: Rule) -> Step:
        if rule.id in failed:
            return Step(rule.id, rule.department, rule.queue, Outcome.FAILED, (failed[rule.id],))
        if rule.id == decision.rule_id:
            return Step(rule.id, rule.department, rule.queue, Outcome.MATCHED, decision.matched)
        return Step(rule.id, rule.department, rule.queue, Outcome.NOT_REACHED)

    return tuple(step(rule) for rule in rules.rules)


def _newest_publication(pack: str, *, trusted: bool = True) -> int | None:
    known = _newest.get(pack)
    if trusted and known is not None and time.monotonic() - known[0] < FRESH_SECONDS:
        return known[1]
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_SQL, [pack])
        row = cursor.fetchone()
    newest = int(row[0]) if row else None
    _newest[pack] = (time.monotonic(), newest)
    return newest


def _read(city: City, publication: int | None) -> ActiveRules:
    row = Ruleset.objects.filter(pk=publication).first() if publication is not None else None
    if row is None:
        return ActiveRules(packs.rules_of(city), source="pack")
    kept = ActiveRules(
        packs.rules_of(city), "pack", row.pk, row.published_at, published_by=row.published_by, note=row.note
    )
    if row.rules is None:
        return kept
    rules = read_rules(row.rules, name=f"ruleset:{row.pk}")
    unfit = check_rules(rules, replace(packs.vocabulary_of(city), services=frozenset(), groups=frozenset()))
    if unfit:
        log.error(
            "routing.rules_unfit", extra={"publication": row.pk, "version": city.version_id, "faults": len(unfit)}
        )
        return replace(kept, unfit=unfit)
    return replace(kept, rules=rules, source="office")


@dataclass(frozen=True, slots=True)
class Publication:
    """One line of the history of rule sets; without `rules` it was the return to the pack's own."""

    id: int
    rules: int | None
    catalogue_version: int
    published_at: datetime
    published_by: str
    note: str


def history(city: City, *, limit: int = 20) -> tuple[Publication, ...]:
    """What the office brought into force for this pack, newest first."""
    rows = Ruleset.objects.filter(pack=city.id).order_by("-id")[:limit]
    return tuple(
        Publication(
            id=row.pk,
            rules=None if row.rules is None else len(row.rules),
            catalogue_version=row.catalogue_version,
            published_at=row.published_at,
            published_by=row.published_by,
            note=row.note,
        )
        for row in rows
    )
