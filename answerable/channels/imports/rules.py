"""How a cell of other records is read: instants, numbers, wards, crossings.  Pure; what cannot be read says so."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple

from answerable.kernel.places import MAX_LATITUDE, MAX_LONGITUDE

EARLIEST_YEAR: Final = 1970
"""Requests opened before are refused: two digits of a number tell years of one century only."""

LATEST_YEAR: Final = 9998
"""The year after it is how other records say "never"; its last day has no next one to ask a clock for."""

DAY_LETTERS: Final = len("2026-11-22")
END_OF_DAY: Final = time(23, 59, 59)


class Repair(StrEnum):
    """What was mended in a row that was taken over; each is counted in the report with examples."""

    WRONG_ENCODING = "wrong_encoding"
    NUL_REMOVED = "nul_removed"
    KEY_GIVEN_TWICE = "key_given_twice"
    OPENED_DAY_ONLY = "opened_day_only"
    CLOSED_DAY_ONLY = "closed_day_only"
    HOUR_TWICE = "hour_twice"
    HOUR_SKIPPED = "hour_skipped"
    OTHER_OFFSET = "other_offset"
    HALF_DAY_BY_ORDER = "half_day_by_order"
    HALF_DAY_BY_LIKELIHOOD = "half_day_by_likelihood"
    MINUTES_TENS_DIGIT = "minutes_tens_digit"
    CLOSED_UNREADABLE = "closed_unreadable"
    CLOSED_IMPOSSIBLE = "closed_impossible"
    CLOSED_BEFORE_OPENED = "closed_before_opened"
    CLOSED_UNDATED = "closed_undated"
    OTHER_DATE_DROPPED = "other_date_dropped"
    STREETS_PARTED = "streets_parted"
    STREETS_NOT_PARTED = "streets_not_parted"
    NUMBER_AS_DECIMAL = "number_as_decimal"
    OLD_WARD_LAID = "old_ward_laid"
    OLD_WARD_UNCERTAIN = "old_ward_uncertain"
    WARD_UNKNOWN = "ward_unknown"
    WARD_BY_POINT = "ward_by_point"
    POINT_UNREADABLE = "point_unreadable"
    POINT_OUTSIDE = "point_outside"
    POINT_OF_AREA = "point_of_area"
    TYPE_UNMAPPED = "type_unmapped"
    STATUS_UNMAPPED = "status_unmapped"
    OUTCOME_UNMAPPED = "outcome_unmapped"
    CHANNEL_UNMAPPED = "channel_unmapped"
    DOUBLE_REPORT = "double_report"
    OPEN_KEPT_APART = "open_kept_apart"
    WORDS_CUT = "words_cut"


class Refusal(StrEnum):
    """Why a row was not taken over; its untouched text is kept."""

    BROKEN_LINE = "broken_line"
    NO_OPENING = "no_opening"
    OPENING_UNREADABLE = "opening_unreadable"
    OPENED_IN_FUTURE = "opened_in_future"
    OPENED_TOO_EARLY = "opened_too_early"
    NO_TYPE = "no_type"
    NUMBER_TWICE = "number_twice"


class Read(NamedTuple):
    """An instant as it was written: local without a zone or aware; perhaps a day alone."""

    at: datetime
    is_day: bool = False


def read_instant(said: object, *, day_format: str = "") -> Read | None:
    """The instant of a cell, None for an empty one.  Raises: ValueError when it is neither."""
    if isinstance(said, datetime):
        return Read(said)
    if isinstance(said, date):
        return Read(datetime.combine(said, time()), is_day=True)
    text = str(said).strip() if said is not None else ""
    if not text:
        return None
    if not isinstance(said, str):
        raise ValueError(f"{text[:40]} is no date")
    if day_format and (found := _by_format(text, day_format)):
        return Read(found, is_day=True)
    found = datetime.fromisoformat(text)
    return Read(found, is_day=len(text) <= DAY_LETTERS)


def _by_format(text: str, day_format: str) -> datetime | None:
    try:
        return datetime.strptime(text, day_format)  # noqa: DTZ007 - a local day; the caller knows the zone
    except ValueError:
        return None


def read_parts(parts: tuple[object, ...]) -> Read | None:
    """The local instant of year, month, day, hour and minute in cells of their own; None when all are empty.

    Raises: ValueError.
    """
    said = [str(part).strip() if part is not None else "" for part in parts]
    if not any(said):
        return None
    year, month, day, hour, minute = (int(float(part)) for part in said)
    return Read(datetime(year, month, day, hour, minute))  # noqa: DTZ001 - local; the caller knows the zone


class LocalClock:
    """A city's clock, remembering for each day whether its offset changes, so that most rows need no table."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._offsets: dict[date, timedelta | None] = {}

    def utc(self, local: datetime) -> tuple[datetime, Repair | None]:
        """The instant of a local time; the first of two where the clock showed it twice, later where it skipped it."""
        day = local.date()
        if day not in self._offsets:
            self._offsets[day] = self._steady(day)
        steady = self._offsets[day]
        if steady is not None:
            return (local - steady).replace(tzinfo=UTC), None
        first = local.replace(tzinfo=self._zone, fold=0)
        second = local.replace(tzinfo=self._zone, fold=1)
        before, after = first.utcoffset(), second.utcoffset()
        if before == after:
            return first.astimezone(UTC), None
        assert before is not None
        assert after is not None
        return first.astimezone(UTC), Repair.HOUR_TWICE if before > after else Repair.HOUR_SKIPPED

    def knows_offset(self, at: datetime) -> bool:
        """Whether an aware instant is written in an offset this city's clock has then, or in UTC."""
        offset = at.utcoffset()
        return not offset or offset == at.astimezone(self._zone).utcoffset()

    def local(self, at: datetime) -> datetime:
        """What the city's clock shows at that instant."""
        return at.astimezone(self._zone).replace(tzinfo=None)

    def _steady(self, day: date) -> timedelta | None:
        start = datetime.combine(day, time(), tzinfo=self._zone)
        offsets = {(start + timedelta(hours=hour)).utcoffset() for hour in (0, 6, 12, 18)}
        offsets.add(datetime.combine(day + timedelta(days=1), time(), tzinfo=self._zone).utcoffset())
        offset = offsets.pop()
        return None if offsets else offset


def tens_digit_mended(at: datetime) -> datetime:
    """The instant of a source that wrote 16:3x as 16:03, to ten minutes."""
    return at.replace(minute=at.minute * 10) if at.minute <= 5 else at  # noqa: PLR2004 - minutes have six tens


def read_point(lat: object, lon: object) -> tuple[float, float] | None:
    """The position of two cells, None when both are empty.  Raises: ValueError when it is none, or (0, 0)."""
    if lat in (None, "") and lon in (None, ""):
        return None
    here, there = float(str(lat)), float(str(lon))
    sound = math.isfinite(here) and math.isfinite(there) and abs(here) <= MAX_LATITUDE and abs(there) <= MAX_LONGITUDE
    if not sound or (here == 0.0 and there == 0.0):
        raise ValueError(f"({lat}, {lon}) is no position")
    return here, there


_WHOLE_DECIMAL = re.compile(r"-?\d+\.0")


def words_of(said: object) -> str:
    """A cell as words on one line, trimmed; whole numbers have no decimals."""
    if said is None:
        return ""
    if isinstance(said, str):
        return said.strip() if said.isprintable() else " ".join(said.split())
    if isinstance(said, float) and said.is_integer():
        return str(int(said))
    return str(said)


def whole_number_mended(words: str) -> str | None:
    """`60620` of `60620.0`; None when there is nothing to mend."""
    return words[:-2] if words.endswith(".0") and _WHOLE_DECIMAL.fullmatch(words) else None


_NUMBERED = re.compile(
    r"(?:(?P<name>.*?)\s*\(\s*(?P<key>\d{1,3})\s*\))|(?P<only>(?:ward\s*)?0*(?P<bare>\d{1,3}))", re.I
)


class SaidArea(NamedTuple):
    """A ward as a source writes it: a name, a key, or both."""

    name: str = ""
    key: str = ""


def read_area(said: str, *, key: str = "") -> SaidArea:
    """The area of `Mill Park (06)`, `Mill Park`, `6` or `Ward 6`; keys without leading noughts."""
    found = _NUMBERED.fullmatch(said.strip())
    if found is None:
        return SaidArea(name=said.strip(), key=key.lstrip("0"))
    number = found["key"] or found["bare"]
    return SaidArea(name=(found["name"] or "").strip(), key=key.lstrip("0") or number.lstrip("0"))


_DIRECTIONS = frozenset({"n", "s", "e", "w"})


def streets_of(run_together: str, *, street_types: frozenset[str]) -> tuple[str, str] | None:
    """Both names of a crossing written without a mark between them, when only one parting is possible.

    `Mill Ave E Oak St` is `Mill Ave E` and `Oak St`; `Avenue Rd St Clair Ave` could be parted twice and is not.
    """
    words = run_together.split()
    plain = [word.casefold().rstrip(".") for word in words]
    places = []
    for place in range(1, len(words) - 1):
        if plain[place] not in street_types:
            continue
        if plain[place + 1] in street_types:
            return None
        after = place + 2 if plain[place + 1] in _DIRECTIONS else place + 1
        if after < len(words) and _ends_as_street(plain[after:], street_types):
            places.append(after)
    if len(places) != 1:
        return None
    return " ".join(words[: places[0]]), " ".join(words[places[0] :])


def _ends_as_street(words: list[str], street_types: frozenset[str]) -> bool:
    last = words[:-1] if words[-1] in _DIRECTIONS else words
    return len(last) > 1 and last[-1] in street_types
