"""What a fact is to the people it concerns: which kind of message, and what that message names.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from answerable.catalogue.city import City
from answerable.journal.records import RecordedFact
from answerable.notices import links, wording
from answerable.notices.composing import day_words, request_values, said
from answerable.notices.rules import LATEST_NEWS
from answerable.requests.proofs import dispute_days
from answerable.requests.rules import REPLY_DAYS, REPLY_TIME, Lifecycle, Outcome, Visibility
from answerable.requests.views import RequestView

FOLLOWED: Final = frozenset(
    {"request.logged", "request.moved", "request.noted", "promise.remade", "promise.escalated", "contact.changed"}
)
"""The facts that somebody may be told, and the one that says that an address was corrected."""

_BROUGHT_IN: Final = "import:"

_STEPS: Final[Mapping[Lifecycle, str]] = {
    Lifecycle.SCHEDULED: "scheduled",
    Lifecycle.IN_PROGRESS: "started",
    Lifecycle.ON_HOLD: "on_hold",
    Lifecycle.AWAITING_REQUESTER: "question",
    Lifecycle.REFERRED: "referred",
    Lifecycle.RESOLVED: "resolved",
    Lifecycle.CLOSED: "closed",
}


def kind_for(fact: RecordedFact) -> str:
    """The kind of message the fact gives residents; empty when it is none of their news.

    What the resident just did is no news to them, except that it was received.
    """
    if fact.by.startswith(_BROUGHT_IN) or fact.recorded_at - fact.at > LATEST_NEWS:
        return ""
    if fact.kind == "request.logged":
        return "receipt"
    told = _KINDS.get(fact.kind)
    return told(fact) if told is not None and fact.by.partition(":")[0] != "resident" else ""


def _kind_of_move(fact: RecordedFact) -> str:
    if fact.body.get("reopened"):
        return "reopened"
    after = Lifecycle(str(fact.body["after"]))
    if after is Lifecycle.TRIAGE and fact.body.get("reason") == "refused":
        return "sent_back"
    return _STEPS.get(after, "note" if fact.body.get("note_id") else "")


def _kind_of_note(fact: RecordedFact) -> str:
    return "note" if fact.body.get("audience") == "public" else ""


def _kind_of_date(fact: RecordedFact) -> str:
    return "new_date" if fact.body.get("target") == "completion" else ""


_KINDS: Final[Mapping[str, Callable[[RecordedFact], str]]] = {
    "request.moved": _kind_of_move,
    "request.noted": _kind_of_note,
    "promise.remade": _kind_of_date,
}


@dataclass(frozen=True, slots=True)
class Story:
    """A fact with everything a message about it may need."""

    fact: RecordedFact
    request: RequestView
    city: City
    words: str
    now: datetime


def values_of(kind: str, story: Story, *, language: str, is_requester: bool, link_token: str) -> dict[str, str]:
    """What the message names, in that language."""
    values = request_values(
        story.request, city=story.city, language=language, is_requester=is_requester, now=story.now
    )  # fmt: skip
    teller = Teller(story, language, link_token)
    more = _MORE.get(kind, Teller.nothing)(teller)
    is_for_all = "surge" in story.fact.body
    values |= more | {"words": story.words if is_requester or is_for_all else ""}
    if story.request.visibility is Visibility.CONFIDENTIAL:
        values |= dict.fromkeys(("words", "what_next", "party", "department"), "")
    if kind == "question" and not values["words"]:
        values["words"] = values["reason"]
    return values


@dataclass(frozen=True, slots=True)
class Teller:
    """Finds the words of one story in one language."""

    story: Story
    language: str
    link_token: str

    def _day(self, value: date | datetime | None) -> str:
        return day_words(value, language=self.language, city=self.story.city, now=self.story.now)

    def _body_day(self, name: str) -> str:
        """A date or instant in the fact's body as people write it."""
        told = self.story.fact.body.get(name)
        if not isinstance(told, str) or not told:
            return ""
        return self._day(datetime.fromisoformat(told) if "T" in told else date.fromisoformat(told))

    def _reason(self) -> str:
        code = str(self.story.fact.body.get("reason") or "")
        return wording.frame(self.language).reasons.get(code, "")

    def _text(self, name: str) -> str:
        return str(self.story.fact.body.get(name) or "")

    def nothing(self) -> dict[str, str]:
        """No more than every message names."""
        return {}

    def receipt(self) -> dict[str, str]:
        """What happens next, as the city says it for the service; nothing of a request few may see."""
        service = self.story.city.service(self.story.request.service_code)
        return {"what_next": said(service.what_next, language=self.language, city=self.story.city)}

    def dated(self) -> dict[str, str]:
        """The day of the step, and why."""
        return {"day": self._body_day("until"), "reason": self._reason()}

    def referred(self) -> dict[str, str]:
        """Who has it now."""
        return {"party": self._text("party")}

    def question(self) -> dict[str, str]:
        """By when an answer is needed."""
        last = self._day(self.story.fact.at + REPLY_TIME)
        return {"days": str(REPLY_DAYS), "last_day": last, "reason": ""}

    def new_date(self) -> dict[str, str]:
        """The date now, and before."""
        return {"day": self._body_day("due_at"), "old_day": self._body_day("due_before"), "reason": self._reason()}

    def resolved(self) -> dict[str, str]:
        """How it ended, and until when it can be disputed."""
        code = self._text("outcome")
        days = dispute_days(self.story.request)
        return {
            "outcome": self._outcome(code),
            "party": self._text("party"),
            "day": self._body_day("until") if code == Outcome.ALREADY_PROGRAMMED else "",
            "days": str(days),
            "last_day": self._day(self.story.fact.at + timedelta(days=days)),
        }

    def closed(self) -> dict[str, str]:
        """How it ended, and where to say how it went."""
        survey = links.survey(self.language, token=self.link_token)
        return {"outcome": self._outcome(self.story.request.outcome), "survey": survey}

    def _outcome(self, code: str) -> str:
        if not code:
            return ""
        request, city = self.story.request, self.story.city
        is_hidden = request.visibility is Visibility.CONFIDENTIAL
        text = city.outcome(code).text if is_hidden else city.outcome_text(request.service_code, code)
        return said(text, language=self.language, city=self.story.city)


_MORE: Final[Mapping[str, Callable[[Teller], dict[str, str]]]] = {
    "receipt": Teller.receipt,
    "scheduled": Teller.dated,
    "on_hold": Teller.dated,
    "referred": Teller.referred,
    "question": Teller.question,
    "new_date": Teller.new_date,
    "resolved": Teller.resolved,
    "closed": Teller.closed,
}
