"""The kinds of messages there are: what each is for, and what its words may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from answerable.contacts.rules import MessageClass
from answerable.notices.errors import UnknownKind

COMMON: Final = frozenset({"number", "service", "place", "city", "phone"})
"""What the words of every message about a request may name."""

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "number": "the request's number",
    "service": "what was asked for",
    "place": "where it is",
    "city": "the city's name",
    "phone": "the city's telephone number",
    "due": "the promised date of completion",
    "day": "the date the step names",
    "old_day": "the date promised before",
    "last_day": "the last day to answer or to dispute",
    "days": "how many days there are for it",
    "department": "the department that has it",
    "party": "the other organization that has it",
    "reason": "why, in a few words",
    "words": "what was written to the resident",
    "outcome": "how it ended, as the city says it for this service",
    "what_next": "what happens next, as the city says it for this service",
    "level": "how urgent the escalation is",
    "survey": "the address of the question on how it went",
    "count": "how many messages are gathered",
}
"""Every placeholder and what it stands for; one that has nothing to say takes its paragraph with it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message.

    One `at_once` is not gathered with others; one that `answers` follows what the person did a moment ago, so no hour
    is too late for it; a `is_reply` goes back to the address that wrote to us, whatever was wished.
    """

    code: str
    placeholders: frozenset[str]
    message_class: MessageClass = MessageClass.SERVICE
    at_once: bool = False
    answers: bool = False
    for_staff: bool = False
    is_reply: bool = False


def _kind(code: str, *names: str, at_once: bool = False, answers: bool = False, for_staff: bool = False) -> Kind:
    return Kind(code, COMMON | frozenset(names), at_once=at_once, answers=answers, for_staff=for_staff)


def _bare(code: str, *names: str) -> Kind:
    """A kind that is about no single request."""
    return Kind(code, frozenset({"city", "phone", *names}), at_once=True, answers=True, is_reply=True)


KINDS: Final[Mapping[str, Kind]] = {
    each.code: each
    for each in (
        _kind("receipt", "due", "what_next", at_once=True, answers=True),
        _kind("scheduled", "day", "due", "words"),
        _kind("started", "due", "words"),
        _kind("on_hold", "reason", "day", "words"),
        _kind("referred", "party", "words"),
        _kind("sent_back", "due", "words"),
        _kind("question", "words", "reason", "days", "last_day", at_once=True),
        _kind("reminder", "words", "last_day", at_once=True),
        _kind("new_date", "day", "old_day", "reason", "words"),
        _kind("resolved", "outcome", "words", "party", "day", "days", "last_day"),
        _kind("closed", "outcome", "survey"),
        _kind("reopened", "due", "words"),
        _kind("note", "words"),
        _kind("escalation", "due", "department", "level", for_staff=True),
        Kind("escalations", frozenset({"city", "phone", "count"}), for_staff=True),
        Kind("digest", frozenset({"city", "phone", "count"})),
        _bare("thanks", "number"),
        _bare("unclear"),
        _bare("help"),
        _bare("stopped"),
        _bare("restarted"),
    )
}
"""By code, in the order the office lists them."""


def kind_of(code: str) -> Kind:
    """The kind of that code.  Raises: UnknownKind."""
    found = KINDS.get(code)
    if found is None:
        raise UnknownKind(
            f"There is no kind of message '{code[:40]}'.", field="kind", value=code[:40],
            remedy=f"Choose one of: {', '.join(KINDS)}.",
        )  # fmt: skip
    return found
