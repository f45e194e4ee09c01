"""Messages to residents as staff read them, at desk and office: what was sent, where it stands, every try."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answerable.contacts import queries as contacts
from answerable.contacts.rules import Way
from answerable.kernel.errors import AnswerableError
from answerable.notices import actions, queries
from answerable.notices.rules import WAITING, MessageState
from answerable.notices.views import AttemptView, FailingView, MessageRow, MessageView

Words = Mapping[str, str | Promise]

STATES: Final[Mapping[MessageState, tuple[str | Promise, str, str]]] = {
    MessageState.DUE: (gettext_lazy("To be sent"), "info", "ring"),
    MessageState.SENDING: (gettext_lazy("Being sent"), "info", ""),
    MessageState.SENT: (gettext_lazy("Sent"), "ok", ""),
    MessageState.DELIVERED: (gettext_lazy("Arrived"), "ok", ""),
    MessageState.BOUNCED: (gettext_lazy("Came back"), "late", ""),
    MessageState.REFUSED: (gettext_lazy("Not taken"), "late", ""),
    MessageState.FAILED: (gettext_lazy("Given up"), "late", ""),
    MessageState.HELD: (gettext_lazy("Held back"), "risk", "ring"),
    MessageState.CANCELLED: (gettext_lazy("Called off"), "rest", "void"),
    MessageState.DIGESTED: (gettext_lazy("Sent with others"), "rest", ""),
}
"""Word, tone and form of each state of a message."""

KINDS: Final[Words] = {
    "receipt": gettext_lazy("Receipt"),
    "scheduled": gettext_lazy("Work is planned"),
    "started": gettext_lazy("Work has started"),
    "on_hold": gettext_lazy("On hold"),
    "referred": gettext_lazy("Passed on"),
    "sent_back": gettext_lazy("Sent back"),
    "question": gettext_lazy("Question"),
    "reminder": gettext_lazy("Reminder of a question"),
    "new_date": gettext_lazy("New date"),
    "resolved": gettext_lazy("How it ended"),
    "closed": gettext_lazy("Closed"),
    "survey": gettext_lazy("How did we do?"),
    "reopened": gettext_lazy("Reopened"),
    "note": gettext_lazy("News"),
    "escalation": gettext_lazy("Escalation to staff"),
    "escalations": gettext_lazy("Several escalations to staff"),
    "digest": gettext_lazy("Several pieces of news"),
    "thanks": gettext_lazy("Thanks for an answer"),
    "unclear": gettext_lazy("Answer not understood"),
    "help": gettext_lazy("Help"),
    "stopped": gettext_lazy("Messages stopped"),
    "restarted": gettext_lazy("Messages restarted"),
}
WAYS: Final[Words] = {
    Way.EMAIL: gettext_lazy("Email"),
    Way.SMS: gettext_lazy("Text message"),
    Way.PUSH: gettext_lazy("Device"),
}
REASONS: Final[Words] = {
    "by_hand": gettext_lazy("Somebody did this by hand."),
    "failing_address": gettext_lazy("The address fails: correct it, and the message goes."),
    "no_consent": gettext_lazy("The person does not wish it."),
    "no_address": gettext_lazy("There is no address for this way."),
    "refused": gettext_lazy("The next system did not take it."),
    "too_many_tries": gettext_lazy("It was tried for more than a day."),
    "bad_address": gettext_lazy("The address does not exist."),
}


_SECRETS: Final = re.compile(r"/(follow|news)/[A-Za-z0-9_:-]{8,}")


@dataclass(frozen=True, slots=True)
class Tag:
    """A state as a tag shows it."""

    word: str
    tone: str
    form: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message in a list."""

    message: MessageRow
    kind: str
    way: str
    tag: Tag
    reason: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One message with its tries, and what may be done with it.

    `paragraphs` are its words as they were sent, by lines, without the secret links of the person it went to.
    """

    message: MessageView
    paragraphs: tuple[tuple[str, ...], ...]
    kind: str
    way: str
    tag: Tag
    reason: str
    tries: tuple[AttemptView, ...]
    gathered: tuple[Line, ...]
    may: frozenset[str]


def tag_of(state: MessageState) -> Tag:
    """The state in a word, a colour and a form."""
    word, tone, form = STATES[state]
    return Tag(str(word), tone, form)


def kind_name(code: str) -> str:
    """What that kind of message is called."""
    return str(KINDS.get(code, code))


def reason_words(code: str) -> str:
    """Why the message stands where it does; empty when nothing needs saying."""
    return str(REASONS.get(code, code.replace("_", " "))) if code else ""


def lines(rows: Iterable[MessageRow]) -> list[Line]:
    """The messages with their words."""
    return [
        Line(
            message=row, kind=kind_name(row.kind), way=str(WAYS[row.way]), tag=tag_of(row.state),
            reason=reason_words(row.reason),
        )
        for row in rows
    ]  # fmt: skip


def of_request(request_id: int) -> list[Line]:
    """What people were told about the request, newest first."""
    return lines(reversed(queries.of_request(request_id)))


def whole(message_id: int) -> Whole:
    """One message as it was sent.  Raises: UnknownMessage."""
    found = queries.message(message_id)
    return Whole(
        message=found, paragraphs=_paragraphs(found.text if found.way is Way.EMAIL else found.short),
        kind=kind_name(found.kind), way=str(WAYS[found.way]), tag=tag_of(found.state),
        reason=reason_words(found.reason), tries=queries.attempts(found.id),
        gathered=tuple(lines(queries.gathered_in(found.id))), may=_may(found.state),
    )  # fmt: skip


def _paragraphs(words: str) -> tuple[tuple[str, ...], ...]:
    """The words by paragraphs and lines; whoever reads them here must not be able to speak for the resident."""
    shown = _SECRETS.sub(r"/\1/…", words.strip())
    return tuple(tuple(part.split("\n")) for part in re.split(r"\n\s*\n", shown))


def _may(state: MessageState) -> frozenset[str]:
    allowed = {"cancel"} if state in WAITING else set()
    if state is MessageState.DUE:
        return frozenset(allowed | {"hold"})
    if state is MessageState.HELD:
        return frozenset(allowed | {"release"})
    return frozenset() if state is MessageState.SENDING else frozenset({"resend"})


def act(message_id: int, do: str, *, by: str) -> str:
    """It is done with the message; gives what to say.  Raises: UnknownMessage; NotNow; KeyError for no such act."""
    deed, words = {
        "resend": (actions.resend, _("It is sent once more.")),
        "hold": (actions.hold, _("It waits until somebody lets it go.")),
        "release": (actions.release, _("It may go now.")),
        "cancel": (actions.cancel, _("It will not be sent.")),
    }[do]
    deed(message_id, by=by)
    return words


@dataclass(frozen=True, slots=True)
class Failing:
    """An address messages come back from, with whose it is."""

    failing: FailingView
    way: str
    person: str


def failing_lines(found: Sequence[FailingView]) -> list[Failing]:
    """The failing addresses with the names of their people."""
    people = contacts.by_ids([each.contact_id for each in found if each.contact_id])
    return [
        Failing(each, str(WAYS[each.way]), person.name if (person := people.get(each.contact_id or 0)) else "")
        for each in found
    ]


def refusal(error: AnswerableError) -> str:
    """Why something was not done with a message."""
    if error.code == "notice.not_now":
        return _("It stands elsewhere by now. Look at it again.")
    return error.message
