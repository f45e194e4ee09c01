"""A row of a file becomes a request of the past, or is refused; what was mended on the way is named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Final, NamedTuple

from answerable.catalogue.areas import AreaHit
from answerable.catalogue.city import City
from answerable.catalogue.spelling import STREET_TYPES
from answerable.channels.imports.areabook import AreaBook, Laid
from answerable.channels.imports.meaning import Meanings, Place, Understood, Words
from answerable.channels.imports.reading.raw import RawRow
from answerable.channels.imports.recognise import Layout, plain
from answerable.channels.imports.rules import (
    EARLIEST_YEAR,
    END_OF_DAY,
    LATEST_YEAR,
    LocalClock,
    Read,
    Refusal,
    Repair,
    read_area,
    read_instant,
    read_parts,
    read_point,
    streets_of,
    tens_digit_mended,
    whole_number_mended,
    words_of,
)
from answerable.contacts.rules import postal_key
from answerable.kernel.places import Precision
from answerable.requests.bulk import PastKind, PastRequest
from answerable.requests.rules import OPEN, Lifecycle

MOST_WORDS: Final = 10_000
"""Units: letters of a description that are taken over; the untouched row has all of them."""

_MOST_PLACE: Final = 500
_MOST_POSTAL: Final = 12
_FUTURE: Final = timedelta(days=1)
_STREET_TYPES: Final = frozenset(STREET_TYPES)
_DATE_PARTS: Final = 5
_LONGEST_STATUS: Final = 40
_MOST_SHARED: Final = 20_000
_SHARED_FIELDS: Final = (
    "type_code", "type", "status", "status_note", "outcome", "channel", "ward", "ward_key", "neighbourhood", "postal",
)  # fmt: skip
_ENDED: Final = frozenset(Lifecycle) - OPEN


class Taken(NamedTuple):
    """What became of a row: a request, or a refusal; and what was mended."""

    row: RawRow
    source_id: str
    past: PastRequest | None
    refusal: Refusal | None
    repairs: tuple[str, ...]
    type_name: str = ""


class _Refused(Exception):
    """This row stops here."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class _Spot(NamedTuple):
    """A position, whether it is in the city, and today's areas around it."""

    lat: float
    lon: float
    is_inside: bool
    areas: Mapping[str, AreaHit]


class _Shared(NamedTuple):
    """What many rows share: their words, postal code and named areas; and the kinds they became, by their places."""

    words: Words
    postal: str
    laid: Mapping[str, Laid | None]
    repairs: tuple[str, ...]
    refusal: Refusal | None
    kinds: dict[tuple[Precision, tuple[AreaHit, ...] | None], Understood]


class Reader:
    """Understands the rows of one file: its layout, in this city, as of `now`."""

    def __init__(
        self, city: City, *, layout: Layout, header: Sequence[str], meanings: Meanings, now: datetime,
        mends_minutes: bool = False,
    ) -> None:  # fmt: skip
        self._layout, self._meanings, self._now = layout, meanings, now
        self._mends_minutes = mends_minutes
        self._clock = LocalClock(city.timezone)
        self._areas = AreaBook(city, today=city.local_day(now))
        places = {plain(column): place for place, column in reversed(list(enumerate(header)))}
        self._places: dict[str, tuple[int, ...]] = {
            name: tuple(places[plain(column)] for column in columns if plain(column) in places)
            for name, columns in layout.fields.items()
        }
        self._patterns = {name: re.compile(pattern, re.DOTALL) for name, pattern in layout.patterns.items()}
        self._restored = [
            (places[plain(column)], {value: Repair(code) for value, code in codes.items()})
            for column, codes in layout.restored.items()
            if plain(column) in places
        ]
        shared = {place for name in _SHARED_FIELDS for place in self._places.get(name, ())}
        shared |= {place for place, _ in self._restored}
        self._shared_cells = itemgetter(*sorted(shared)) if shared else lambda cells: None
        self._known: dict[tuple[object, ...], _Shared] = {}

    def identity_of(self, row: RawRow) -> str:
        """The city's own number of the row; empty where it publishes none."""
        if row.is_broken or not self._layout.identity:
            return ""
        return self._words(row.cells, self._layout.identity[0], [])

    def minute_of(self, row: RawRow) -> int | None:
        """The minute a row says it was opened at, as it stands there; None without a time."""
        try:
            read = None if row.is_broken else self._read(row.cells, "requested_at")
        except (ValueError, OverflowError):
            return None
        return None if read is None or read.is_day else read.at.minute

    def understand(self, rows: Sequence[RawRow]) -> list[Taken]:
        """What became of each row, in their order; their points are looked up together."""
        repairs: list[list[str]] = [list(row.notes) for row in rows]
        spots = self._spots(rows, repairs)
        return [
            self._taken(row, notes, spots.get(number))
            for number, (row, notes) in enumerate(zip(rows, repairs, strict=True))
        ]

    def _taken(self, row: RawRow, repairs: list[str], spot: _Spot | None) -> Taken:
        if row.is_broken:
            return Taken(row, "", None, Refusal.BROKEN_LINE, tuple(repairs))
        source_id = self.identity_of(row)
        try:
            past = self._past(row.cells, repairs, spot)
        except _Refused as refused:
            return Taken(row, source_id, None, refused.refusal, ())
        name = self._words(row.cells, "type", []) if Repair.TYPE_UNMAPPED in repairs else ""
        return Taken(row, source_id, past, None, tuple(repairs), name)

    def _past(self, cells: Sequence[object], repairs: list[str], spot: _Spot | None) -> PastRequest:
        opened, local = self._opening(cells, repairs)
        updated = self._other_instant(cells, "updated_at", opened, repairs)
        by_update = self._layout.update_closes
        closed = updated if by_update else self._closing(cells, opened, repairs)
        due = self._other_instant(cells, "due_at", opened, repairs)
        address, said, precision = self._place_words(cells, spot, repairs)
        if spot is not None and not spot.is_inside:
            repairs.append(Repair.POINT_OUTSIDE)
            spot = None
        shared = self._shared(cells, local.date(), is_dated=closed is not None and not by_update)
        kind = self._kind(shared, spot, precision, local, repairs)
        ended = closed if kind.lifecycle in _ENDED else None
        if closed is not None and ended is None and not by_update:
            repairs.append(Repair.OTHER_DATE_DROPPED)
        if closed is None and kind.lifecycle in _ENDED:
            repairs.append(Repair.CLOSED_UNDATED)
        description = self._words(cells, "description", repairs) if "description" in self._places else ""
        return PastRequest(
            kind, local.year, opened, max(updated or opened, ended or opened), ended, due,
            self._cut(description, MOST_WORDS, repairs), self._cut(said, _MOST_PLACE, repairs),
            self._cut(address, _MOST_PLACE, repairs), shared.postal,
            spot.lat if spot else None, spot.lon if spot else None,
        )  # fmt: skip

    def _shared(self, cells: Sequence[object], opened_on: date, *, is_dated: bool) -> _Shared:
        """What rows with the same words in the shared columns have in common; worked out once for each combination."""
        key = (self._shared_cells(cells), self._areas.era(opened_on), is_dated)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_SHARED:
                self._known.clear()
            known = self._known[key] = self._share(cells, opened_on, is_dated=is_dated)
        if known.refusal is not None:
            raise _Refused(known.refusal)
        return known

    def _share(self, cells: Sequence[object], opened_on: date, *, is_dated: bool) -> _Shared:
        repairs: list[str] = []
        for place, codes in self._restored:
            if mended := codes.get(str(cells[place])):
                repairs.append(mended)
        words = self._said(cells, is_dated=is_dated, repairs=repairs)
        postal = self._words(cells, "postal", repairs)
        laid: dict[str, Laid | None] = {}
        for kind, name in ((self._areas.primary, "ward"), (self._areas.second, "neighbourhood")):
            said = self._words(cells, name, repairs)
            number = self._words(cells, "ward_key", repairs) if name == "ward" else ""
            if kind and (said or number):
                laid[kind] = self._areas.said(read_area(said, key=number), kind=kind, opened_on=opened_on)
        return _Shared(
            words, "" if postal in self._layout.not_postal else postal_key(postal)[:_MOST_POSTAL], laid, tuple(repairs),
            None if words.type or words.type_code else Refusal.NO_TYPE, {},
        )  # fmt: skip

    def _kind(
        self, shared: _Shared, spot: _Spot | None, precision: Precision, local: datetime, repairs: list[str]
    ) -> PastKind:
        """The kind of request: by the words it shares with others, and by its own place."""
        repairs.extend(shared.repairs)
        around = tuple(spot.areas.values()) if spot is not None else None
        known = shared.kinds.get((precision, around))
        if known is None:
            known, is_lasting = self._understood(shared, around, precision, local)
            if is_lasting:
                shared.kinds[(precision, around)] = known
        repairs.extend(known.repairs)
        return known.kind

    def _understood(
        self, shared: _Shared, around: tuple[AreaHit, ...] | None, precision: Precision, local: datetime
    ) -> tuple[Understood, bool]:
        """The kind with what was mended in its areas, and whether it is the same at any hour."""
        repairs: list[Repair] = []
        laid = {hit.kind: Laid(hit) for hit in around or ()}
        for kind, found in shared.laid.items():
            if kind in laid:
                if found is None or found.hit != laid[kind].hit:
                    repairs.append(Repair.WARD_BY_POINT)
            elif found is None:
                repairs.append(Repair.WARD_UNKNOWN)
            else:
                laid[kind] = found
                repairs.extend([found.repair] if found.repair is not None else [])
        if precision is Precision.NONE:
            precision = Precision.POSTAL if shared.postal else Precision.AREA if laid else Precision.NONE
        primary = laid.get(self._areas.primary)
        place = Place(
            precision.value,
            {kind: each.hit.key for kind, each in laid.items() if each.counts_today},
            primary.hit.key if primary is not None and primary.counts_today else "",
            {kind: each.as_json() for kind, each in laid.items()},
        )
        understood, is_lasting = self._meanings.of(shared.words, place, opened=local)
        return Understood(understood.kind, (*repairs, *understood.repairs)), is_lasting

    # --- instants -------------------------------------------------------------------------------------------------

    def _opening(self, cells: Sequence[object], repairs: list[str]) -> tuple[datetime, datetime]:
        """When it was opened, as an instant and on the city's clock."""
        try:
            read = self._read(cells, "requested_at")
        except (ValueError, OverflowError):
            raise _Refused(Refusal.OPENING_UNREADABLE) from None
        if read is None:
            raise _Refused(Refusal.NO_OPENING)
        if read.at.year < EARLIEST_YEAR:
            raise _Refused(Refusal.OPENED_TOO_EARLY)
        if read.at.year > LATEST_YEAR:
            raise _Refused(Refusal.OPENED_IN_FUTURE)
        if read.is_day:
            repairs.append(Repair.OPENED_DAY_ONLY)
        if self._mends_minutes and read.at.minute <= 5 and not read.is_day:  # noqa: PLR2004 - minutes have six tens
            read = Read(tens_digit_mended(read.at))
            repairs.append(Repair.MINUTES_TENS_DIGIT)
        opened = self._instant(read, repairs)
        if opened > self._now + _FUTURE:
            raise _Refused(Refusal.OPENED_IN_FUTURE)
        return opened, read.at if read.at.tzinfo is None else self._clock.local(opened)

    def _closing(self, cells: Sequence[object], opened: datetime, repairs: list[str]) -> datetime | None:
        """When it was closed; a day alone counts to its end."""
        try:
            read = self._read(cells, "closed_at")
        except (ValueError, OverflowError):
            repairs.append(Repair.CLOSED_UNREADABLE)
            return None
        if read is None:
            return None
        if not EARLIEST_YEAR <= read.at.year <= LATEST_YEAR:
            repairs.append(Repair.CLOSED_IMPOSSIBLE)
            return None
        if read.is_day:
            repairs.append(Repair.CLOSED_DAY_ONLY)
            read = Read(datetime.combine(read.at.date(), END_OF_DAY, tzinfo=read.at.tzinfo))
        elif self._mends_minutes:
            read = Read(tens_digit_mended(read.at))
        closed = self._instant(read, repairs)
        if closed > self._now + _FUTURE:
            repairs.append(Repair.CLOSED_IMPOSSIBLE)
            return None
        if closed < opened:
            repairs.append(Repair.CLOSED_BEFORE_OPENED)
            return None
        return closed

    def _other_instant(
        self, cells: Sequence[object], name: str, opened: datetime, repairs: list[str]
    ) -> datetime | None:
        """When it was changed or due; what lies before the opening or cannot be read is left out."""
        if name not in self._places:
            return None
        try:
            read = self._read(cells, name)
        except (ValueError, OverflowError):
            repairs.append(Repair.OTHER_DATE_DROPPED)
            return None
        if read is None:
            return None
        if read.is_day:
            read = Read(datetime.combine(read.at.date(), END_OF_DAY, tzinfo=read.at.tzinfo))
        elif self._mends_minutes:
            read = Read(tens_digit_mended(read.at))
        sound = EARLIEST_YEAR <= read.at.year <= LATEST_YEAR
        at = self._instant(read, []) if sound else None
        if at is None or at < opened:
            repairs.append(Repair.OTHER_DATE_DROPPED)
            return None
        return at

    def _read(self, cells: Sequence[object], name: str) -> Read | None:
        places = self._places.get(name, ())
        if len(places) == _DATE_PARTS:
            return read_parts(tuple(cells[place] for place in places))
        if not places:
            return None
        read = read_instant(cells[places[0]], day_format=self._layout.day_format)
        if read is not None and not read.is_day and name in self._layout.days_only and _is_midnight(read.at):
            return Read(read.at, is_day=True)
        return read

    def _instant(self, read: Read, repairs: list[str]) -> datetime:
        if read.at.tzinfo is None:
            at, repair = self._clock.utc(read.at)
            if repair is not None:
                repairs.append(repair)
            return at
        if not self._clock.knows_offset(read.at):
            repairs.append(Repair.OTHER_OFFSET)
        return read.at.astimezone(UTC)

    # --- places ---------------------------------------------------------------------------------------------------

    def _spots(self, rows: Sequence[RawRow], repairs: list[list[str]]) -> dict[int, _Spot]:
        lat, lon = self._places.get("lat", ()), self._places.get("lon", ())
        if not lat or not lon:
            return {}
        points: dict[int, tuple[float, float]] = {}
        for number, row in enumerate(rows):
            if row.is_broken:
                continue
            try:
                point = read_point(row.cells[lat[0]], row.cells[lon[0]])
            except ValueError:
                repairs[number].append(Repair.POINT_UNREADABLE)
                continue
            if point is not None:
                points[number] = point
        found = self._areas.around(list(points.values()))
        return {
            number: _Spot(*point, is_inside, areas)
            for (number, point), (is_inside, areas) in zip(points.items(), found, strict=True)
        }

    def _place_words(
        self, cells: Sequence[object], spot: _Spot | None, repairs: list[str]
    ) -> tuple[str, str, Precision]:
        """The address, what was said of the place, and how exact that is."""
        address = self._words(cells, "address", repairs) if "address" in self._places else ""
        street = self._words(cells, "street", repairs) if "street" in self._places else ""
        cross = self._words(cells, "cross_street", repairs) if street else ""
        if street and not cross and (parted := streets_of(street, street_types=_STREET_TYPES)):
            repairs.append(Repair.STREETS_PARTED)
            street, cross = parted
        elif street and not cross:
            repairs.append(Repair.STREETS_NOT_PARTED)
        crossing = f"{street} / {cross}" if street and cross else street
        has_point = spot is not None and spot.is_inside
        if has_point and self._layout.area_points:
            repairs.append(Repair.POINT_OF_AREA)
            return address, address or crossing, Precision.AREA
        if address:
            return address, address, Precision.ADDRESS
        if crossing:
            return crossing, crossing, Precision.INTERSECTION if cross else Precision.STREET
        return "", "", Precision.PIN if has_point else Precision.NONE

    # --- words ----------------------------------------------------------------------------------------------------

    def _said(self, cells: Sequence[object], *, is_dated: bool, repairs: list[str]) -> Words:
        code, name = self._words(cells, "type_code", repairs), self._words(cells, "type", repairs)
        detail = self._words(cells, "status_note", []).partition(" - ")[0]
        return Words(
            code, name, self._words(cells, "status", repairs), detail if len(detail) <= _LONGEST_STATUS else "",
            self._words(cells, "outcome", repairs), self._words(cells, "channel", repairs), is_dated,
        )  # fmt: skip

    def _words(self, cells: Sequence[object], name: str, repairs: list[str]) -> str:
        """The column's words; several columns joined, a pattern's first part, decimals of whole numbers mended."""
        places = self._places.get(name)
        if not places:
            return ""
        words = words_of(cells[places[0]])
        if len(places) > 1:
            rest = [words, *(words_of(cells[place]) for place in places[1:])]
            words = " ".join(part for part in rest if part and part not in self._layout.not_address)
        if name in self._patterns:
            found = self._patterns[name].search(words)
            return found[1] if found else ""
        if (mended := whole_number_mended(words)) is not None and name not in {"lat", "lon"}:
            repairs.append(Repair.NUMBER_AS_DECIMAL)
            return mended
        return words

    def _cut(self, words: str, most: int, repairs: list[str]) -> str:
        if len(words) <= most:
            return words
        repairs.append(Repair.WORDS_CUT)
        return words[:most]


def _is_midnight(at: datetime) -> bool:
    return not (at.hour or at.minute or at.second or at.microsecond)
