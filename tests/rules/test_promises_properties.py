"""What is true of every promise, whatever its target, calendar, start and pauses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from answerable.promises.rules import Calendar, Kind, Pause, Target, Unit, at_risk_at, due_at, instant_of

ZONES = ("America/Toronto", "America/Winnipeg", "America/St_Johns", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu")
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 12, 31, tzinfo=UTC)

instants = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)).map(lambda at: at.replace(tzinfo=UTC))
lengths = st.timedeltas(timedelta(0), timedelta(days=40))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    holidays = draw(st.frozensets(st.dates(date(2024, 1, 1), date(2030, 12, 31)), max_size=40))
    return Calendar("any", draw(st.sampled_from(ZONES)), working_weekdays=days, holidays=holidays)


@st.composite
def targets(draw: st.DrawFn, units: tuple[Unit, ...] = tuple(Unit)) -> Target:
    return Target(
        kind=draw(st.sampled_from(Kind)),
        amount=draw(st.integers(1, 60)),
        unit=draw(st.sampled_from(units)),
        calendar="any",
        at_risk_share=draw(st.floats(0.05, 0.95)),
        pause_cap=draw(st.none() | lengths),
    )


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> tuple[Pause, ...]:
    """Closed pauses, possibly overlapping and out of order, none before `start`."""
    stretches = draw(st.lists(st.tuples(lengths, lengths), max_size=4))
    return tuple(Pause(start + after, start + after + length, "weather") for after, length in stretches)


@given(targets(), calendars(), instants, st.data())
def test_a_due_instant_is_aware_utc_and_after_the_start(
    target: Target, calendar: Calendar, start: datetime, data: st.DataObject
) -> None:
    due = due_at(target, started_at=start, calendar=calendar, pauses=data.draw(pauses_after(start)))

    assert due.utcoffset() == timedelta(0)
    assert due > start


@given(targets(), calendars(), instants, instants, st.data())
def test_a_later_start_is_never_due_earlier_outside_the_repeated_hour(
    target: Target, calendar: Calendar, one: datetime, other: datetime, data: st.DataObject
) -> None:
    """In the hour that comes twice, the later pass shows earlier clock times: there, and only there, by that hour."""
    earlier, later = sorted((one, other))
    pauses = data.draw(pauses_after(later))

    first = due_at(target, started_at=earlier, calendar=calendar, pauses=pauses)
    second = due_at(target, started_at=later, calendar=calendar, pauses=pauses)

    repeated = later.astimezone(calendar.zone).fold == 1 and target.unit is Unit.CALENDAR_DAYS
    if not (repeated and pauses):
        assert second >= first - (timedelta(hours=1) if repeated else timedelta(0))


@given(targets((Unit.BUSINESS_DAYS,)), calendars(), instants, st.data())
def test_a_business_promise_ends_at_closing_time_of_a_working_day_and_never_on_a_holiday(
    target: Target, calendar: Calendar, start: datetime, data: st.DataObject
) -> None:
    due = due_at(target, started_at=start, calendar=calendar, pauses=data.draw(pauses_after(start)))

    local = due.astimezone(calendar.zone)
    assert calendar.is_working(local.date())
    assert local.time() == calendar.closes


@given(targets((Unit.BUSINESS_DAYS,)), calendars(), instants)
def test_a_business_promise_leaves_exactly_its_number_of_working_days(
    target: Target, calendar: Calendar, start: datetime
) -> None:
    due = due_at(target, started_at=start, calendar=calendar)

    day, last = start.astimezone(calendar.zone).date(), due.astimezone(calendar.zone).date()
    working = [each for n in range((last - day).days + 1) if calendar.is_working(each := day + timedelta(days=n))]
    assert len(working) == target.amount + 1


@given(targets((Unit.CALENDAR_DAYS,)), calendars(), instants)
def test_calendar_days_keep_the_clock_time_or_end_right_after_the_gap(
    target: Target, calendar: Calendar, start: datetime
) -> None:
    due = due_at(target, started_at=start, calendar=calendar).astimezone(calendar.zone)

    wanted = start.astimezone(calendar.zone).replace(tzinfo=None) + timedelta(days=target.amount)
    shown = due.replace(tzinfo=None)
    before = (due.astimezone(UTC) - timedelta(seconds=1)).astimezone(calendar.zone).replace(tzinfo=None)
    assert shown == wanted or before < wanted < shown


@given(targets(), calendars(), instants, st.data())
def test_a_pause_never_shortens_a_promise(
    target: Target, calendar: Calendar, start: datetime, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))

    without_last = due_at(target, started_at=start, calendar=calendar, pauses=pauses[:-1])
    with_all = due_at(target, started_at=start, calendar=calendar, pauses=pauses)

    if target.pause_cap is None:
        assert with_all >= without_last
    assert with_all >= due_at(target, started_at=start, calendar=calendar)


@given(targets((Unit.HOURS, Unit.CALENDAR_DAYS)), calendars(), instants, lengths, st.data())
def test_pauses_never_add_more_than_the_cap(
    target: Target, calendar: Calendar, start: datetime, cap: timedelta, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))

    plain = due_at(target, started_at=start, calendar=calendar)
    capped = due_at(target, started_at=start, calendar=calendar, pauses=pauses, pause_cap=cap)

    assert plain <= capped <= plain + cap


@given(targets((Unit.BUSINESS_DAYS,)), calendars(), instants, lengths, st.data())
def test_pauses_never_skip_more_business_days_than_the_cap_has_days_and_one_for_each_pause(
    target: Target, calendar: Calendar, start: datetime, cap: timedelta, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))
    most = Target(target.kind, target.amount + cap.days + len(pauses) + 1, target.unit, target.calendar)

    capped = due_at(target, started_at=start, calendar=calendar, pauses=pauses, pause_cap=cap)

    assert capped <= due_at(most, started_at=start, calendar=calendar)


@given(targets(), calendars(), instants, st.sampled_from(ZONES), st.data())
def test_the_zone_an_instant_is_written_in_does_not_matter(
    target: Target, calendar: Calendar, start: datetime, zone: str, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))
    elsewhere = ZoneInfo(zone)
    moved = tuple(
        Pause(each.started_at.astimezone(elsewhere), each.ended_at and each.ended_at.astimezone(elsewhere), each.reason)
        for each in pauses
    )

    here = due_at(target, started_at=start, calendar=calendar, pauses=pauses)
    there = due_at(target, started_at=start.astimezone(elsewhere), calendar=calendar, pauses=moved)

    assert here == there


@given(targets((Unit.HOURS,)), calendars(), instants, st.data())
def test_the_order_of_pauses_does_not_matter(
    target: Target, calendar: Calendar, start: datetime, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))
    shuffled = data.draw(st.permutations(pauses))

    assert due_at(target, started_at=start, calendar=calendar, pauses=pauses) == due_at(
        target, started_at=start, calendar=calendar, pauses=shuffled
    )


@given(targets((Unit.HOURS,)), calendars(), instants, st.data())
def test_a_clock_that_was_paused_has_run_exactly_its_hours_at_the_due_instant(
    target: Target, calendar: Calendar, start: datetime, data: st.DataObject
) -> None:
    stretch = data.draw(pauses_after(start).filter(lambda pauses: len(pauses) == 1))
    due = due_at(target, started_at=start, calendar=calendar, pauses=stretch, pause_cap=timedelta(days=1000))

    begin, end = stretch[0].started_at, stretch[0].ended_at
    assert end is not None
    paused_before_due = max(min(end, due) - begin, timedelta(0))
    assert due - start - paused_before_due == timedelta(hours=target.amount)


@given(targets(), calendars(), instants, st.data())
def test_the_warning_comes_before_the_due_instant(
    target: Target, calendar: Calendar, start: datetime, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))

    warned = at_risk_at(target, started_at=start, calendar=calendar, pauses=pauses)

    assert start < warned < due_at(target, started_at=start, calendar=calendar, pauses=pauses)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 12, 31)),  # noqa: DTZ001
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 12, 31)),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_a_later_local_time_never_means_an_earlier_instant(one: datetime, other: datetime, zone: str) -> None:
    earlier, later = sorted((one, other))

    assert instant_of(earlier, zone=ZoneInfo(zone)) <= instant_of(later, zone=ZoneInfo(zone))
