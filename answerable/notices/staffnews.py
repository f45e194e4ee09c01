"""Escalations: who above a department is told that a promise is in danger or missed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.contacts.rules import Way
from answerable.journal.records import RecordedFact
from answerable.notices import links, queries, rules, wording
from answerable.notices.composing import Letter, Occasion, Recipient, day_words, letter_of, request_values
from answerable.notices.kinds import KINDS
from answerable.notices.wording import language_of
from answerable.requests import audience
from answerable.requests.views import RequestView
from answerable.staff import queries as staff

ESCALATED: Final = "promise.escalated"
_LATER: Final = re.compile(r"^breach\+(\d+)([hd])$")


def escalations_of(facts: Sequence[RecordedFact], *, now: datetime) -> list[Letter]:
    """The messages those facts give the people a department's ladder names."""
    told = [fact for fact in facts if fact.kind == ESCALATED]
    if not told:
        return []
    requests = audience.views_by_ids(sorted({int(fact.subject_key) for fact in told}))
    words = queries.current_words(["escalation"])
    return [
        _letter(fact, request, to, words=words["escalation", to.language], now=now)
        for fact in told
        if (request := requests.get(int(fact.subject_key))) is not None
        for to in _recipients(fact)
    ]


def _recipients(fact: RecordedFact) -> tuple[Recipient, ...]:
    """Who the rung names, as the pack said when the promise was made."""
    city = catalogue.version(int(str(fact.body["version"])))
    department = str(fact.body["department"])
    ladder = city.department(department).escalation
    rung = int(str(fact.body["rung"]))
    named = ladder[rung - 1].to if 0 < rung <= len(ladder) else ""
    what, _, code = named.partition(":")
    if "@" in named:
        return (_recipient(named, city.default_language),)
    if what == "role":
        found = staff.mailboxes(role=code, department=department if code == "department" else "")
    else:
        found = staff.mailboxes(team=code, department=department) if what == "team" else ()
    return tuple(_recipient(each.email, each.language) for each in found)


def _recipient(address: str, language: str) -> Recipient:
    return Recipient(contact_id=None, way=Way.EMAIL, address=address, language=language_of(language), link_token="")


def _letter(
    fact: RecordedFact, request: RequestView, to: Recipient, *, words: wording.Wording, now: datetime
) -> Letter:  # fmt: skip
    city = catalogue.version(request.catalogue_version)
    values = request_values(request, city=city, language=to.language, is_requester=False, now=now)
    values |= {"due": _due(fact, city, to.language, now=now), "level": level(str(fact.body["step"]), to.language)}
    occasion = Occasion(
        KINDS["escalation"], key=f"{fact.id}/{to.address[:80]}", fact_id=fact.id, request_id=request.id,
        due_at=now + rules.WAIT, gathers=True,
    )  # fmt: skip
    return letter_of(
        occasion, to, words, values, city=city, link=links.office_request(to.language, number=request.number)
    )


def _due(fact: RecordedFact, city: City, language: str, *, now: datetime) -> str:
    return day_words(datetime.fromisoformat(str(fact.body["due_at"])), language=language, city=city, now=now)


def level(step: str, language: str) -> str:
    """How urgent a rung is, in words: `at_risk`, `breach`, `breach+48h`."""
    levels = wording.frame(language).levels
    later = _LATER.match(step)
    if later is None:
        return levels.get(step, step)
    return levels["hours" if later.group(2) == "h" else "days"].replace("{count}", later.group(1))
