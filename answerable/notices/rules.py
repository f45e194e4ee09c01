"""When a message may go, what follows a failed try, which answers stop or start messages: pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from answerable.contacts.rules import Way, Wished


class MessageState(StrEnum):
    """How far a message came.  Source: docs/handbook/notices.md."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    REFUSED = "refused"
    FAILED = "failed"
    HELD = "held"
    CANCELLED = "cancelled"
    DIGESTED = "digested"


WAITING: Final = frozenset({MessageState.DUE, MessageState.HELD})
"""The states in which a message can still be called off."""

GONE: Final = frozenset({MessageState.SENT, MessageState.DELIVERED})
"""The states in which the message left the house."""

FIRST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=1)
MOST_TRIES: Final = 40
"""Tries of one message: with the pauses above about a day and a half, so that a lost night is survived."""

LEASE: Final = timedelta(minutes=2)
"""How long a try may last before another worker takes it for dead; longer than any time-out."""

SOFT_FAILURES: Final = 3
"""Soft bounces in a row after which an address counts as failing."""

KEEP: Final = timedelta(days=730)
"""How long messages are kept after they ended: two years.  Source: docs/handbook/notices.md."""

GATHER: Final = timedelta(minutes=30)
"""How far ahead of its time a message may go, together with another to the same person; not under `BUSY_WAIT`."""

WAIT: Final = timedelta(seconds=30)
"""How long news waits for more news to the same person before it goes."""

BUSY_WAIT: Final = timedelta(minutes=30)
"""The same for somebody with `BUSY` or more open requests."""

BUSY: Final = 3
"""Open requests of one person from which their news is gathered longer."""

MOST_GATHERED: Final = 1000
"""Messages that go into one."""

MOST_LISTED: Final = 50
"""Lines of one that gathers many; how many more there are is said."""

REMIND_BEFORE: Final = timedelta(days=4)
"""How long before a question is closed without an answer it is asked once more."""

WORTH_CORRECTING: Final = timedelta(days=14)
"""How long news held for a failing address is still sent when the address was corrected."""

LATEST_NEWS: Final = timedelta(days=3)
"""A fact written down later than this after it happened is history brought in, and no news."""

LONGEST_SHORT: Final = 459
"""Units: characters of a text message; three parts of 153.  Source: 3GPP TS 23.040 section 9.2.3.24.1."""


def pause_after(tries: int, *, chance: float) -> timedelta:
    """How long to wait after that many failed tries.  `chance` from 0 to 1 spreads them from half to one and a half.

    Example: the first failure waits 5 to 15 seconds, the fourth 40 to 120.
    """
    grown: timedelta = FIRST_PAUSE * (1 << min(max(tries, 1) - 1, 16))
    return min(grown, LONGEST_PAUSE) * (0.5 + chance)


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours in which nothing is sent; over midnight when it begins later than it ends.  Units: local time."""

    begins: time
    ends: time

    def holds(self, at: time) -> bool:
        """Whether that time of day is quiet; the beginning is, the end is not any more."""
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


NIGHT: Final = Quiet(time(21, 0), time(8, 0))

QUIET: Final[Mapping[Way, Quiet | None]] = {Way.EMAIL: None, Way.SMS: NIGHT, Way.PUSH: NIGHT}
"""Where nobody said otherwise: what rings a telephone waits for the morning, mail does not wake anybody.

Source: CRTC Unsolicited Telecommunications Rules, part III section 23: no calls after 21:30 on weekdays; we keep to the
stricter 21:00, and to 8:00 instead of 9:00 only for news people asked for.
"""


def quiet_hours(way: Way, wished: Wished) -> Quiet | None:
    """The quiet hours of somebody by that way: their own where they named some, else the city's."""
    if wished.quiet_from is not None and wished.quiet_to is not None:
        return Quiet(wished.quiet_from, wished.quiet_to) if wished.has_quiet_hours else None
    return QUIET[way]


def may_go_at(wished: datetime, *, quiet: Quiet | None, zone: ZoneInfo) -> datetime:
    """The first instant from `wished` on that is not quiet.

    Example: wished at 22:15 with quiet from 21:00 to 8:00 gives 8:00 of the next day, whatever the clocks do at night.
    """
    if quiet is None:
        return wished
    local = wished.astimezone(zone)
    if not quiet.holds(local.time()):
        return wished
    day = local.date() + timedelta(days=1 if local.time() >= quiet.ends else 0)
    return datetime.combine(day, quiet.ends, tzinfo=zone).astimezone(wished.tzinfo)


class Meant(StrEnum):
    """What a text message sent to us means."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    WORDS = "words"


_STOP = {"stop", "arret", "arreter", "stopall", "unsubscribe", "desabonner", "desabonnement", "cancel", "end", "quit",
         "fin"}  # fmt: skip
_START = {"start", "unstop", "debut", "reprendre", "commencer"}
_HELP = {"help", "aide", "info"}


def meaning_of(words: str) -> Meant:
    """What the words ask for; only a message that is nothing but such a word is taken for one.

    Source: CWTA Canadian Common Short Code Application Guidelines: STOP and ARRET, HELP and AIDE, INFO.
    """
    plain = unicodedata.normalize("NFKD", words).casefold()
    word = "".join(each for each in plain if each.isalnum())
    for known, meant in ((_STOP, Meant.STOP), (_START, Meant.START), (_HELP, Meant.HELP)):
        if word in known:
            return meant
    return Meant.WORDS


def next_revision(held: Mapping[str, int], *, given: frozenset[str]) -> int:
    """The revision that the given languages get when they are saved together.

    Languages that were behind catch up; otherwise what is saved goes ahead of what is not.
    Example: {"en": 2, "fr": 1} and fr given is 2; and en given is 3.
    """
    newest = max(held.values(), default=0)
    were_behind = bool(held) and all(held.get(each, 0) < newest for each in given)
    return newest if were_behind else newest + 1
