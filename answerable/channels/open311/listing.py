"""The wishes of a list: which requests, from when, where, and which page of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from answerable.catalogue.city import City
from answerable.channels.open311.asking import Params, read_instant, read_number
from answerable.channels.open311.errors import BadParameter
from answerable.kernel.errors import BadNumber
from answerable.kernel.ids import read_number as read_request_number
from answerable.kernel.places import Point
from answerable.requests.cells import Box, box_around
from answerable.requests.published import MOST_NUMBERS, MOST_ROWS, MOST_SKIPPED, USUAL_SPAN, Wish

MOST_RADIUS_M: Final = 100_000.0
USUAL_NEWS: Final = timedelta(days=1)
USUAL_RADIUS_M: Final = 500.0
"""Units: metres around a point when `lat` and `long` come without a radius."""

PAGE: Final = ("page",)
SIZE: Final = ("page_size", "per_page", "limit", "max_requests", "pagesize")
_STATES: Final[Mapping[frozenset[str], bool | None]] = {
    frozenset(): None, frozenset({"open", "closed"}): None, frozenset({"open"}): True, frozenset({"closed"}): False,
}  # fmt: skip


def read_wish(params: Params, *, city: City, now: datetime) -> Wish:
    """What of the requests is wanted.  Raises: BadParameter naming the parameter."""
    numbers = _numbers(params.several("service_request_id"))
    page, size = read_page(params)
    if numbers:  # by the standard the ids override everything else
        return Wish(numbers=numbers, page=page, size=size)
    updated = _interval(params, "updated_after", "updated_before", city=city)
    logged = _interval(params, "start_date", "end_date", city=city)
    box, centre, radius_m = _area(params)
    return Wish(
        service_codes=params.several("service_code"),
        is_open=_is_open(params.several("status")),
        logged_from=_beginning(*logged, now=now) if not any(updated) or any(logged) else None,
        logged_before=_end(*logged),
        updated_from=updated[0],
        updated_before=updated[1],
        box=box,
        centre=centre,
        radius_m=radius_m,
        share=_share(box, city),
        page=page,
        size=size,
    )


def _numbers(told: Sequence[str]) -> tuple[str, ...]:
    """The numbers as we write them."""
    if len(told) > MOST_NUMBERS:
        raise BadParameter(
            f"Over {MOST_NUMBERS} requests are named.", field="service_request_id", remedy="Ask for fewer at once."
        )
    return tuple(number_of(each) for each in told)


def number_of(told: str) -> str:
    """The number as we write it; nothing for what cannot be one of ours."""
    try:
        return str(read_request_number(told))
    except BadNumber:
        return ""


def _is_open(told: Sequence[str]) -> bool | None:
    wished = frozenset(each.lower() for each in told)
    if wished not in _STATES:
        raise BadParameter("A status is 'open' or 'closed'.", field="status", remedy="Send one of them, or both.")
    return _STATES[wished]


def _interval(params: Params, after: str, before: str, *, city: City) -> tuple[datetime | None, datetime | None]:
    """Two instants, either of which may be missing; the later first is taken the right way round."""
    told = [params.one(name) for name in (after, before)]
    from_, until = (
        read_instant(each, field=name, city=city) if each else None
        for each, name in zip(told, (after, before), strict=True)
    )
    return (until, from_) if from_ and until and until < from_ else (from_, until)


def _beginning(from_: datetime | None, before: datetime | None, *, now: datetime) -> datetime:
    """Where the list begins: as was asked, else ninety days before its end.  Longer spans are served by pages."""
    try:
        return from_ or (before or now) - USUAL_SPAN
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _end(from_: datetime | None, before: datetime | None) -> datetime | None:
    """Where the list ends: as was asked; one date alone is the first of ninety days."""
    try:
        return before or (from_ + USUAL_SPAN if from_ else None)
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class NewsWish:
    """Which updates are wanted, by when they were recorded."""

    since: datetime
    before: datetime | None
    numbers: Sequence[str]
    page: int
    size: int


def read_news_wish(params: Params, *, city: City, now: datetime) -> NewsWish:
    """What of the updates is wanted; without dates those of the last day.  Raises: BadParameter."""
    since, before = _interval(params, "start_date", "end_date", city=city)
    page, size = read_page(params)
    return NewsWish(
        since=_beginning(since, before, now=now) if since or before else now - USUAL_NEWS,
        before=before,
        numbers=_numbers(params.several("service_request_id")),
        page=page,
        size=size,
    )


def read_page(params: Params) -> tuple[int, int]:
    """Page, from 1, and its size; larger sizes than we serve become the largest.  Raises: BadParameter."""
    size = min(_whole(params.one(*SIZE), field="page_size", usual=MOST_ROWS), MOST_ROWS)
    page = _whole(params.one(*PAGE), field="page", usual=1)
    offset = params.one("offset")
    if offset and not params.one(*PAGE):
        page = _whole(offset, field="offset", usual=0, low=0) // size + 1
    if (page - 1) * size > MOST_SKIPPED:
        raise BadParameter(
            f"Page {page} lies too far down.", field="page", value=str(page), remedy="Narrow the list by its dates."
        )
    return page, size


def _whole(told: str, *, field: str, usual: int, low: int = 1) -> int:
    if not told:
        return usual
    if not (told.isascii() and told.isdigit() and int(told[:12]) >= low):
        raise BadParameter(f"'{told[:20]}' is no {field}.", field=field, remedy=f"Send a whole number from {low}.")
    return int(told[:12])


def _area(params: Params) -> tuple[Box | None, Point | None, float]:
    if told := params.one("bbox"):
        return _box(told), None, 0.0
    lat, long = params.one("lat"), params.one("long", "lon", "lng")
    if not lat and not long:
        return None, None, 0.0
    centre = read_point(lat, long)
    told = params.one("radius")
    radius_m = read_number(told, field="radius", low=0, high=MOST_RADIUS_M) if told else USUAL_RADIUS_M
    return box_around(centre, radius_m=radius_m), centre, radius_m


def read_point(lat: str, long: str) -> Point:
    """The position.  Raises: BadParameter."""
    return Point(
        lat=read_number(lat, field="lat", low=-90, high=90), lon=read_number(long, field="long", low=-180, high=180)
    )


def _box(told: str) -> Box:
    """`west,south,east,north`, as maps and GeoJSON write it.  Raises: BadParameter."""
    parts = [part.strip() for part in told.split(",")]
    if len(parts) != 4:  # noqa: PLR2004 a box has four sides
        raise BadParameter("A box has four numbers.", field="bbox", remedy="Send west,south,east,north.")
    west, east = (read_number(part, field="bbox", low=-180, high=180) for part in (parts[0], parts[2]))
    south, north = (read_number(part, field="bbox", low=-90, high=90) for part in (parts[1], parts[3]))
    return Box(south=min(south, north), west=min(west, east), north=max(south, north), east=max(west, east))


def _share(box: Box | None, city: City) -> float:
    """How much of the city's box lies in the wished one."""
    if box is None:
        return 0.0
    whole = city.pack.city.bounds
    height = min(box.north, whole.north) - max(box.south, whole.south)
    width = min(box.east, whole.east) - max(box.west, whole.west)
    area = (whole.north - whole.south) * (whole.east - whole.west)
    return max(height, 0.0) * max(width, 0.0) / area if area > 0 else 1.0
