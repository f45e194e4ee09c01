"""In which order a crew drives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from answerable.kernel.places import Point
from answerable.web.crew.route import Stop, Urgency, ordered, urgency_of

NOON = datetime(2026, 11, 16, 17, tzinfo=UTC)
MIDNIGHT = NOON + timedelta(hours=12)


def a_stop(number: str, lon: float | None, *, hours: float = 5, urgency: Urgency = Urgency.TODAY) -> Stop:
    point = None if lon is None else Point(lat=44.0, lon=lon)
    return Stop(number=number, point=point, due=NOON + timedelta(hours=hours), urgency=urgency)


def order(*stops: Stop, start: Point | None = None) -> list[str]:
    return [leg.number for leg in ordered(stops, start=start)]


def test_begun_work_comes_first_then_today_s_then_the_rest() -> None:
    later, begun = a_stop("later", -79.0, urgency=Urgency.LATER), a_stop("begun", -79.9, urgency=Urgency.BEGUN)

    assert order(later, a_stop("today", -79.5), begun) == ["begun", "today", "later"]


def test_inside_a_heap_the_nearest_is_next() -> None:
    far, near, first = a_stop("far", -79.3, hours=2), a_stop("near", -79.01, hours=4), a_stop("first", -79.0, hours=1)

    assert order(far, near, first) == ["first", "near", "far"]
    assert order(far, near, first, start=Point(lat=44.0, lon=-79.4)) == ["far", "near", "first"]


def test_a_job_without_a_place_comes_at_the_end_of_its_heap() -> None:
    nowhere, later = a_stop("nowhere", None, hours=0), a_stop("later", -79.0, urgency=Urgency.LATER)

    assert order(nowhere, a_stop("here", -79.0), later) == ["here", "nowhere", "later"]


def test_the_way_to_the_first_stop_is_unknown_without_a_start() -> None:
    legs = ordered([a_stop("a", -79.0), a_stop("b", -79.01, hours=6)])

    assert legs[0].metres is None
    assert 700 < (legs[1].metres or 0) < 900


def test_a_job_is_for_today_when_its_promise_ends_today_or_its_day_is_today() -> None:
    def heap(*, begun: bool = False, today: bool = False, hours: float = 99) -> Urgency:
        due = NOON + timedelta(hours=hours)
        return urgency_of(is_begun=begun, is_for_today=today, due=due, day_ends=MIDNIGHT)

    assert heap(hours=-50) is Urgency.TODAY
    assert heap(hours=12) is Urgency.TODAY
    assert heap(hours=13) is Urgency.LATER
    assert heap(today=True) is Urgency.TODAY
    assert heap(begun=True) is Urgency.BEGUN
