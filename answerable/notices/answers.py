"""What people send back: STOP and START, a cry for help, or the answer to a question the city asked.

An answer goes to the request it belongs to and starts its clock again; what cannot be placed is kept for staff, and
whoever wrote is told so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_reads
from answerable.contacts.queries import ContactView
from answerable.contacts.rules import ConsentSource, MessageClass, Way
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import read_number
from answerable.notices import actions, queries
from answerable.notices.actions import Arrived
from answerable.notices.composing import Occasion, Recipient, city_values, letter_of
from answerable.notices.kinds import KINDS
from answerable.notices.rules import Meant, meaning_of
from answerable.notices.wording import language_of
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import queries as request_reads
from answerable.requests.actions import Change
from answerable.requests.rules import Lifecycle
from answerable.requests.views import RequestRow

_NUMBER: Final = re.compile(r"\b\d{2}[- ]?\d{7}[- ]?\d\b")
MOST_CONTACTS: Final = 10
MOST_WORDS: Final = 2000
"""Units: characters of an answer that are kept with the request."""


def take_in(arrived: Arrived) -> str:
    """What the message was taken for: `stop`, `start`, `help`, `answer` or `unclear`; told twice, once.

    Everything that follows happens in one transaction with keeping it.
    """
    people = contact_reads.by_phone(arrived.address, limit=MOST_CONTACTS)
    meant = meaning_of(arrived.words)
    with transaction.atomic():
        if meant is not Meant.WORDS:
            return _obey(arrived, meant, people)
        return _place(arrived, people)


def _obey(arrived: Arrived, meant: Meant, people: Sequence[ContactView]) -> str:
    person = people[0] if people else None
    if not actions.keep_incoming(arrived, meaning=meant.value, contact_id=person.id if person else None):
        return meant.value
    if meant is not Meant.HELP:
        given = meant is Meant.START
        for each in people:
            said = {(message_class, Way.SMS): given for message_class in _ended_by_word(given)}
            contacts.consent(each.id, said, source=ConsentSource.REPLY, by="resident")
    kind = {Meant.STOP: "stopped", Meant.START: "restarted", Meant.HELP: "help"}[meant]
    _reply(arrived, kind, person, {})
    return meant.value


def _ended_by_word(given: bool) -> tuple[MessageClass, ...]:
    """STOP ends everything by that way; START brings back what is not advertising."""
    return (MessageClass.SERVICE, MessageClass.EMERGENCY) if given else tuple(MessageClass)


def _place(arrived: Arrived, people: Sequence[ContactView]) -> str:
    asked = _asked(people)
    named = _named(arrived.words)
    found = [each for each in asked if each.number == named] if named else asked
    words = arrived.words.strip()[:MOST_WORDS]
    if len(found) == 1 and words and _answered(found[0], arrived, words, people):
        return "answer"
    person = people[0] if people else None
    if actions.keep_incoming(arrived, meaning="unclear", contact_id=person.id if person else None):
        _reply(arrived, "unclear", person, {})
    return "unclear"


def _asked(people: Sequence[ContactView]) -> list[RequestRow]:
    """The requests of those people that wait for an answer."""
    rows = request_reads.of_contacts([each.id for each in people], limit=100) if people else ()
    return [each for each in rows if each.lifecycle is Lifecycle.AWAITING_REQUESTER]


def _named(words: str) -> str:
    """The number in the words, when it is one."""
    for found in _NUMBER.findall(words):
        try:
            return str(read_number(found))
        except AnswerableError:
            continue
    return ""


def _answered(row: RequestRow, arrived: Arrived, words: str, people: Sequence[ContactView]) -> bool:
    """Whether the answer is with its request; False when somebody moved that meanwhile."""
    request = request_reads.by_id(row.id)
    person = next((each for each in people if each.id == request.contact_id), None)
    if not actions.keep_incoming(
        arrived, meaning="answer", contact_id=request.contact_id, request_id=row.id
    ):  # fmt: skip
        return True
    requests.reply(row.id, Change(key=f"answer:{arrived.key}"[:80], by="resident", at=arrived.at), words=words)
    _reply(arrived, "thanks", person, {"number": row.number})
    return True


def _reply(arrived: Arrived, kind: str, person: ContactView | None, values: dict[str, str]) -> None:
    """A short answer goes back to where the message came from, now."""
    city = catalogue.active()
    language = language_of(person.language if person else city.default_language)
    to = Recipient(
        contact_id=person.id if person else None, way=arrived.way, address=arrived.address, language=language,
        link_token="",
    )  # fmt: skip
    occasion = Occasion(KINDS[kind], key=f"reply/{arrived.key}"[:120], due_at=clock.now())
    values = city_values(city, language=language) | values
    actions.queue([letter_of(occasion, to, queries.current(kind, language), values, city=city, link="")])
