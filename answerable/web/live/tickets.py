"""Tickets: a page's signed permission to listen to its topics, read without a database.

The page that shows a record has already asked whether this person may see it; the ticket carries that answer to the
event stream.  It names topics only (`request:17`, `office:ROADS`, `staff`), never a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock

_SALT: Final = "answerable.web.live"
MOST_TOPICS: Final = 50
"""In one ticket; a page that shows more should listen to its queue instead."""

LIFE: Final = timedelta(hours=12)
"""How long a ticket holds, unless its page says otherwise: longer than a shift's open page."""


class BadTicket(AnswerableError):
    """The ticket was not made here, was changed or is too old: load the page again, it brings a new one."""

    code = "live.bad_ticket"


STAFF_LIFE: Final = timedelta(minutes=5)
"""How long a ticket of somebody signed in holds; their page fetches the next one while they still are."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a stream may hear, since when its page knows the state of things, and until when it may listen.

    `session` is the print of the sign-in it belongs to; empty for pages that need none.
    """

    topics: frozenset[str]
    minted_at: datetime
    expires_at: datetime
    session: str = ""

    def holds_for(self, session_key: str) -> bool:
        """Whether a browser with that session may use it."""
        return not self.session or (bool(session_key) and constant_time_compare(self.session, print_of(session_key)))


def print_of(session_key: str) -> str:
    """A print of the sign-in, which opens nothing."""
    return salted_hmac(_SALT, session_key, algorithm="sha256").hexdigest()[:32]


def mint_for_staff(topics: Iterable[str], *, session_key: str) -> str:
    """A ticket that ends soon and works only in the browser that is signed in, for as long as it is.

    Raises: BadTicket for no topic or too many.
    """
    return mint(topics, life=STAFF_LIFE, session=print_of(session_key))


def mint(topics: Iterable[str], *, life: timedelta = LIFE, session: str = "") -> str:
    """A ticket for the topics, ready for a page's `data-live` attribute.

    Mint it before the page reads what it shows, so that the stream brings whatever changes from there on.
    Raises: BadTicket for no topic or too many.
    """
    named = sorted(set(topics))
    if not 0 < len(named) <= MOST_TOPICS:
        raise BadTicket(f"A ticket for {len(named)} topics.", field="topics", remedy=f"Name 1 to {MOST_TOPICS} topics.")
    now = clock.now()
    given = {"t": named, "m": int(now.timestamp()), "x": int((now + life).timestamp()), "s": session}
    return signing.dumps(given, salt=_SALT, compress=True)


def read_ticket(token: str) -> Ticket:
    """The ticket in the token.  Raises: BadTicket when it is forged, broken or expired."""
    try:
        given = signing.loads(token, salt=_SALT)
    except signing.BadSignature as error:
        raise BadTicket("This ticket was not made here.", remedy="Load the page again.") from error
    ticket = Ticket(
        topics=frozenset(given["t"]),
        minted_at=datetime.fromtimestamp(given["m"], UTC),
        expires_at=datetime.fromtimestamp(given["x"], UTC),
        session=given.get("s", ""),
    )
    if ticket.expires_at <= clock.now():
        raise BadTicket("This ticket has expired.", remedy="Load the page again.")
    return ticket
