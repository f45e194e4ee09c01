"""How a promise is counted, by example."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from answerable.promises.errors import BadCalendar, BadPause, BadTarget, CalendarTooShort, NaiveInstant, NoTarget
from answerable.promises.rules import (
    Calendar,
    Kind,
    Offer,
    Pause,
    State,
    Target,
    Unit,
    at_risk_at,
    cap_reached_at,
    choose_targets,
    closed_at,
    due_at,
    instant_of,
    kinds_without_default,
    paused_time,
    state,
)

TORONTO = ZoneInfo("America/Toronto")
THANKSGIVING = date(2026, 10, 12)
CITY = Calendar(code="city", timezone="America/Toronto", holidays=frozenset({THANKSGIVING, date(2026, 7, 1)}))


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO, fold=fold)


def a_target(amount: int = 5, unit: Unit = Unit.BUSINESS_DAYS, **changes: object) -> Target:
    return Target(**{"kind": Kind.COMPLETION, "amount": amount, "unit": unit, "calendar": "city", **changes})


def due(target: Target, start: str, *pauses: Pause) -> str:
    at = due_at(target, started_at=local(start), calendar=CITY, pauses=pauses)
    return at.astimezone(TORONTO).strftime("%a %Y-%m-%d %H:%M")


def a_pause(start: str, end: str | None, reason: str = "weather") -> Pause:
    return Pause(local(start), local(end) if end else None, reason)


# Business days


def test_five_business_days_from_a_friday_evening_end_on_the_next_friday() -> None:
    assert due(a_target(), "2026-09-04 20:05") == "Fri 2026-09-11 23:59"


def test_the_day_of_the_request_never_counts_however_early_it_was() -> None:
    assert due(a_target(1), "2026-09-07 00:00") == due(a_target(1), "2026-09-07 23:59") == "Tue 2026-09-08 23:59"


def test_a_request_logged_on_a_sunday_counts_from_monday() -> None:
    assert due(a_target(5), "2026-09-06 22:04") == "Mon 2026-09-14 23:59"


def test_a_request_logged_on_a_holiday_counts_from_the_next_working_day() -> None:
    """Thanksgiving Monday belongs to Tuesday; one business day from Tuesday is Wednesday."""
    assert due(a_target(1), "2026-10-12 10:00") == due(a_target(1), "2026-10-13 10:00") == "Wed 2026-10-14 23:59"


def test_a_holiday_inside_the_time_is_not_counted() -> None:
    assert due(a_target(5), "2026-10-09 09:00") == "Mon 2026-10-19 23:59"


def test_a_calendar_that_works_on_saturday_counts_it() -> None:
    six_days = Calendar(code="six", timezone="America/Toronto", working_weekdays=frozenset(range(6)))

    at = due_at(a_target(1), started_at=local("2026-09-04 12:00"), calendar=six_days)

    assert at == local("2026-09-05 23:59")


def test_a_business_day_ends_when_the_calendar_closes() -> None:
    office = Calendar(code="office", timezone="America/Toronto", closes=time(16, 30))

    assert due_at(a_target(1), started_at=local("2026-09-07 20:00"), calendar=office) == local("2026-09-08 16:30")


def test_a_day_beyond_the_known_holidays_is_refused_instead_of_guessed() -> None:
    short = Calendar(code="city", timezone="America/Toronto", known_through=date(2026, 12, 31))

    with pytest.raises(CalendarTooShort, match="2027-01-01"):
        due_at(a_target(2), started_at=local("2026-12-30 12:00"), calendar=short)


# Calendar days


def test_calendar_days_end_at_the_same_clock_time_when_the_clocks_go_back() -> None:
    """2026-11-01: the four days last 97 hours."""
    started = local("2026-10-30 09:30")

    at = due_at(a_target(4, Unit.CALENDAR_DAYS), started_at=started, calendar=CITY)

    assert at == local("2026-11-03 09:30")
    assert at - started.astimezone(UTC) == timedelta(hours=97)


def test_calendar_days_end_at_the_same_clock_time_when_the_clocks_go_forward() -> None:
    """2026-03-08: the four days last 95 hours."""
    started = local("2026-03-06 09:30")

    at = due_at(a_target(4, Unit.CALENDAR_DAYS), started_at=started, calendar=CITY)

    assert at == local("2026-03-10 09:30")
    assert at - started.astimezone(UTC) == timedelta(hours=95)


def test_a_due_time_that_the_spring_change_skips_becomes_the_first_instant_after_the_gap() -> None:
    """02:30 on 2026-03-08 never comes: the clock goes from 01:59:59 to 03:00."""
    at = due_at(a_target(1, Unit.CALENDAR_DAYS), started_at=local("2026-03-07 02:30"), calendar=CITY)

    assert at == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert at.astimezone(TORONTO).time() == time(3, 0)


def test_a_due_time_that_comes_twice_in_autumn_means_the_first() -> None:
    """01:30 on 2026-11-01 comes at 05:30 and at 06:30 UTC."""
    at = due_at(a_target(1, Unit.CALENDAR_DAYS), started_at=local("2026-10-31 01:30"), calendar=CITY)

    assert at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_request_in_the_repeated_hour_is_due_at_its_clock_time_whichever_pass_it_was() -> None:
    target = a_target(1, Unit.CALENDAR_DAYS)

    first = due_at(target, started_at=local("2026-11-01 01:30", fold=0), calendar=CITY)
    second = due_at(target, started_at=local("2026-11-01 01:30", fold=1), calendar=CITY)

    assert first == second == local("2026-11-02 01:30")


def test_calendar_days_from_a_leap_day_are_days_not_years() -> None:
    assert due(a_target(365, Unit.CALENDAR_DAYS), "2028-02-29 08:00") == "Wed 2029-02-28 08:00"


def test_a_gap_of_half_an_hour_is_found_to_the_second() -> None:
    """Lord Howe Island goes forward by thirty minutes at 02:00."""
    zone = ZoneInfo("Australia/Lord_Howe")

    assert instant_of(datetime(2026, 10, 4, 2, 15), zone=zone).astimezone(zone).time() == time(2, 30)  # noqa: DTZ001


# Hours


def test_hours_are_elapsed_time_also_across_a_clock_change() -> None:
    assert due(a_target(24, Unit.HOURS), "2026-10-31 12:00") == "Sun 2026-11-01 11:00"


def test_hours_run_on_holidays_too() -> None:
    assert due(a_target(2, Unit.HOURS), "2026-10-12 10:00") == "Mon 2026-10-12 12:00"


# Pauses


def test_a_pause_moves_hours_by_its_length() -> None:
    pause = a_pause("2026-09-07 10:00", "2026-09-07 13:00")

    assert due(a_target(8, Unit.HOURS), "2026-09-07 09:00", pause) == "Mon 2026-09-07 20:00"


def test_a_pause_that_begins_at_the_due_instant_changes_nothing() -> None:
    pause = a_pause("2026-09-07 17:00", "2026-09-08 17:00")

    assert due(a_target(8, Unit.HOURS), "2026-09-07 09:00", pause) == "Mon 2026-09-07 17:00"


def test_a_second_pause_counts_when_the_first_moved_the_due_time_behind_its_beginning() -> None:
    first = a_pause("2026-09-07 16:00", "2026-09-07 18:00")
    second = a_pause("2026-09-07 18:30", "2026-09-07 20:30")

    assert due(a_target(8, Unit.HOURS), "2026-09-07 09:00", second, first) == "Mon 2026-09-07 21:00"


def test_overlapping_pauses_count_once() -> None:
    one = a_pause("2026-09-07 10:00", "2026-09-07 12:00")
    other = a_pause("2026-09-07 11:00", "2026-09-07 13:00")

    assert due(a_target(8, Unit.HOURS), "2026-09-07 09:00", one, other) == "Mon 2026-09-07 20:00"


def test_a_business_day_counts_when_it_ends_with_the_clock_running() -> None:
    over_two_nights = a_pause("2026-09-08 15:00", "2026-09-10 09:00")

    assert due(a_target(3), "2026-09-07 12:00", over_two_nights) == "Mon 2026-09-14 23:59"


def test_a_pause_within_one_working_day_does_not_move_business_days() -> None:
    over_lunch = a_pause("2026-09-08 11:00", "2026-09-08 15:00")

    assert due(a_target(3), "2026-09-07 12:00", over_lunch) == due(a_target(3), "2026-09-07 12:00")


def test_a_pause_over_the_weekend_costs_no_business_day() -> None:
    weekend = a_pause("2026-09-12 08:00", "2026-09-14 08:00")

    assert due(a_target(3), "2026-09-10 12:00", weekend) == due(a_target(3), "2026-09-10 12:00")


def test_a_pause_longer_than_the_cap_counts_up_to_the_cap() -> None:
    capped = a_target(8, Unit.HOURS, pause_cap=timedelta(hours=5))
    pauses = (a_pause("2026-09-07 10:00", "2026-09-07 13:00"), a_pause("2026-09-07 14:00", "2026-09-07 20:00"))

    assert due(capped, "2026-09-07 09:00", *pauses) == "Mon 2026-09-07 22:00"


def test_a_cap_of_zero_lets_no_pause_count() -> None:
    capped = a_target(8, Unit.HOURS, pause_cap=timedelta(0))

    assert due(capped, "2026-09-07 09:00", a_pause("2026-09-07 10:00", "2026-09-07 13:00")) == "Mon 2026-09-07 17:00"


def test_an_open_pause_ends_at_the_latest_when_the_rest_of_the_cap_is_used() -> None:
    pauses = (a_pause("2026-09-07 10:00", "2026-09-07 13:00"), a_pause("2026-09-07 14:00", None))

    ends = cap_reached_at(pauses, since=local("2026-09-07 09:00"), cap=timedelta(hours=5))

    assert ends == local("2026-09-07 16:00")


def test_an_open_pause_without_a_cap_has_no_latest_end() -> None:
    assert cap_reached_at((a_pause("2026-09-07 14:00", None),), since=local("2026-09-07 09:00"), cap=None) is None


def test_the_due_instant_of_an_open_pause_is_refused_and_can_be_asked_as_if_it_ended_now() -> None:
    opened = (a_pause("2026-09-07 10:00", None),)
    target = a_target(8, Unit.HOURS)

    with pytest.raises(BadPause, match="still open"):
        due_at(target, started_at=local("2026-09-07 09:00"), calendar=CITY, pauses=opened)

    closed = closed_at(opened, now=local("2026-09-07 11:00"))
    assert due(target, "2026-09-07 09:00", *closed) == "Mon 2026-09-07 18:00"


def test_paused_time_is_what_counts_not_what_was_recorded() -> None:
    pauses = (a_pause("2026-09-07 08:00", "2026-09-07 10:00"), a_pause("2026-09-07 09:30", "2026-09-07 20:00"))

    assert paused_time(pauses, since=local("2026-09-07 09:00"), cap=timedelta(hours=3)) == timedelta(hours=3)


# Re-classification


def test_a_re_classified_request_keeps_its_start_and_its_pauses() -> None:
    """A pothole (4 days) that is a sinkhole (24 hours): the elapsed time stays elapsed, the paused time paused."""
    pause = a_pause("2026-09-08 06:00", "2026-09-08 10:00")

    assert due(a_target(4, Unit.CALENDAR_DAYS), "2026-09-07 09:00", pause) == "Fri 2026-09-11 13:00"
    assert due(a_target(24, Unit.HOURS), "2026-09-07 09:00", pause) == "Tue 2026-09-08 13:00"


# At risk and state


def test_a_promise_is_at_risk_when_the_share_of_its_time_is_over() -> None:
    at = at_risk_at(a_target(10, Unit.HOURS), started_at=local("2026-09-07 08:00"), calendar=CITY)

    assert at == local("2026-09-07 16:00")


def test_a_pause_moves_the_warning_as_much_as_the_due_instant() -> None:
    pause = a_pause("2026-09-07 09:00", "2026-09-07 11:00")

    at = at_risk_at(a_target(10, Unit.HOURS), started_at=local("2026-09-07 08:00"), calendar=CITY, pauses=(pause,))

    assert at == local("2026-09-07 18:00")


@pytest.mark.parametrize(
    ("now", "others", "expected"),
    [
        ("2026-09-07 15:59", {}, State.RUNNING),
        ("2026-09-07 16:00", {}, State.AT_RISK),
        ("2026-09-07 17:59", {}, State.AT_RISK),
        ("2026-09-07 18:00", {}, State.BREACHED),
        ("2026-09-09 00:00", {"met_at": "2026-09-07 17:59"}, State.MET),
        ("2026-09-09 00:00", {"met_at": "2026-09-07 18:00"}, State.MET_LATE),
        ("2026-09-09 00:00", {"paused_since": "2026-09-07 17:59"}, State.PAUSED),
        ("2026-09-09 00:00", {"paused_since": "2026-09-07 18:00"}, State.BREACHED),
        ("2026-09-09 00:00", {"met_at": "2026-09-07 12:00", "voided_at": "2026-09-08 12:00"}, State.VOID),
    ],
)
def test_the_state_follows_from_the_instants(now: str, others: dict[str, str], expected: State) -> None:
    instants = {name: local(at) for name, at in others.items()}

    found = state(due_at=local("2026-09-07 18:00"), at_risk_at=local("2026-09-07 16:00"), now=local(now), **instants)

    assert found is expected


# Which target applies


def offers() -> list[Offer]:
    return [
        Offer(a_target(24, Unit.HOURS), question="size", answers=frozenset({"big"})),
        Offer(a_target(2), priorities=frozenset({"urgent"})),
        Offer(a_target(5)),
        Offer(a_target(1, kind=Kind.FIRST_ACTION)),
    ]


@pytest.mark.parametrize(
    ("answers", "priority", "expected"),
    [
        ({"size": "big"}, "normal", 24),
        ({"size": ["small", "big"]}, "normal", 24),
        ({"size": "small"}, "urgent", 2),
        ({"size": "big"}, "urgent", 24),
        ({"size": "small"}, "normal", 5),
        ({}, "normal", 5),
    ],
)
def test_the_first_target_of_each_kind_that_fits_counts(answers: dict, priority: str, expected: int) -> None:
    chosen = choose_targets(offers(), answers=answers, priority=priority)

    assert [(target.kind, target.amount) for target in chosen] == [
        (Kind.COMPLETION, expected),
        (Kind.FIRST_ACTION, 1),
    ]


def test_a_kind_without_an_unconditional_target_is_found_and_refused() -> None:
    only_urgent = [Offer(a_target(2), priorities=frozenset({"urgent"}))]

    assert kinds_without_default(only_urgent) == (Kind.COMPLETION,)
    assert kinds_without_default(offers()) == ()
    with pytest.raises(NoTarget, match="unconditional"):
        choose_targets(only_urgent, answers={}, priority="normal")


# What is refused


def test_impossible_input_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadTarget, match="from 1"):
        a_target(0)
    with pytest.raises(BadTarget, match="at_risk_share"):
        a_target(1, at_risk_share=1.0)
    with pytest.raises(BadTarget, match="pause_cap"):
        a_target(1, pause_cap=timedelta(days=-1))
    with pytest.raises(BadCalendar, match="at least one day"):
        Calendar(code="none", timezone="America/Toronto", working_weekdays=frozenset())
    with pytest.raises(BadCalendar, match="Mars/Olympus"):
        Calendar(code="mars", timezone="Mars/Olympus")
    with pytest.raises(BadPause, match="before it starts"):
        a_pause("2026-09-07 10:00", "2026-09-07 09:00")
    with pytest.raises(NaiveInstant, match="no time zone"):
        due_at(a_target(), started_at=datetime(2026, 9, 7), calendar=CITY)  # noqa: DTZ001
