"""809 real due dates of one city's Open311 service, against our arithmetic.

The published minutes hold only the tens digit (tests/data/due_dates/PROVENANCE.md): 16:03 is a minute of 16:30-16:39.
We compare what our due instant would look like published in the same way.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from answerable.promises.rules import Calendar, Kind, Target, Unit, due_at

VECTORS = Path(__file__).resolve().parent.parent / "data" / "due_dates" / "vectors.csv"

CITY = Calendar(
    code="city",
    timezone="America/Toronto",
    holidays=frozenset({date(2018, 9, 3), date(2018, 10, 8), date(2018, 12, 25), date(2018, 12, 26), date(2019, 1, 1)}),
)

BUSINESS_SERVICES = {"30102"}
"""Graffiti on private property counts business days; every other service of the file counts calendar days."""

TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True)
class Vector:
    service: str
    requested: datetime
    """The first minute it can stand for."""
    requested_text: str
    expected_text: str

    @property
    def days(self) -> int:
        """Local dates from request to due date."""
        return (date.fromisoformat(self.expected_text[:10]) - self.requested.date()).days


@cache
def vectors() -> tuple[Vector, ...]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return tuple(
            Vector(
                service=row["service_code"],
                requested=first_minute(row["requested_datetime"]),
                requested_text=row["requested_datetime"],
                expected_text=row["expected_datetime"],
            )
            for row in csv.DictReader(file)
        )


def first_minute(published: str) -> datetime:
    at = datetime.fromisoformat(published)
    assert at.minute < 6, "only the tens digit is published"
    return at.replace(minute=at.minute * 10)


def as_published(instant: datetime) -> str:
    local = instant.astimezone(CITY.zone)
    return local.replace(minute=local.minute // 10, second=0, microsecond=0).isoformat()


def a_target(amount: int, unit: Unit) -> Target:
    return Target(kind=Kind.COMPLETION, amount=amount, unit=unit, calendar="city")


def with_due_date() -> Iterator[Vector]:
    return (vector for vector in vectors() if vector.expected_text)


def ours(vector: Vector, amount: int, unit: Unit, *, earlier: timedelta = timedelta()) -> str:
    started_at = (vector.requested.astimezone(UTC) - earlier).astimezone(CITY.zone)
    return as_published(due_at(a_target(amount, unit), started_at=started_at, calendar=CITY))


def rule_of(vector: Vector) -> tuple[Unit, int] | None:
    """The target that gives the published due instant exactly: business days 5 or 1, or whole calendar days."""
    if vector.service in BUSINESS_SERVICES:
        fitting = [days for days in (5, 1) if ours(vector, days, Unit.BUSINESS_DAYS) == vector.expected_text]
        return (Unit.BUSINESS_DAYS, fitting[0]) if fitting else None
    fits = vector.days >= 1 and ours(vector, vector.days, Unit.CALENDAR_DAYS) == vector.expected_text
    return (Unit.CALENDAR_DAYS, vector.days) if fits else None


def test_774_of_the_809_real_due_dates_are_reproduced_exactly_and_35_cannot_be() -> None:
    total = len(vectors())
    without_due_date = sum(not vector.expected_text for vector in vectors())
    exact = sum(rule_of(vector) is not None for vector in with_due_date())

    assert (total, without_due_date, exact) == (809, 3, 774)


def test_the_rules_of_the_real_due_dates_are_few_and_each_has_its_count() -> None:
    counted = Counter((vector.service, *rule) for vector in with_due_date() if (rule := rule_of(vector)) is not None)

    calendar, business = Unit.CALENDAR_DAYS, Unit.BUSINESS_DAYS
    assert counted == {
        ("CSROWR-12", calendar, 3): 2,
        ("CSROWR-12", calendar, 4): 204,
        ("CSROWR-12", calendar, 5): 10,
        ("CSROWR-12", calendar, 30): 1,
        ("CSROWR-12", calendar, 90): 209,
        ("CSROWR-12", calendar, 365): 1,
        ("CSROWR-12", calendar, 547): 1,  # Eighteen months from 30 September; the other eleven are 548 days.
        ("CSROWR-12", calendar, 548): 11,
        ("CSROWR-12", calendar, 1461): 172,
        ("CSROWR-12", calendar, 1826): 2,
        ("CSROSC-14", calendar, 5): 20,
        ("CSROSC-14", calendar, 21): 1,
        ("CSROSC-14", calendar, 28): 1,
        ("CSROSC-14", calendar, 56): 17,
        ("CSROSC-14", calendar, 1461): 2,
        ("CSROWBM-03", calendar, 7): 8,
        ("CSROWBM-03", calendar, 56): 1,
        ("CSROWBM-03", calendar, 365): 16,
        ("CSROWC-05", calendar, 5): 16,
        ("CSROWC-05", calendar, 56): 6,
        ("SWLMALB-02", calendar, 1): 1,
        ("SWLMALB-02", calendar, 8): 1,
        ("30102", business, 5): 70,
        ("30102", business, 1): 1,
    }


def test_three_potholes_cannot_be_reproduced_because_no_due_date_was_published() -> None:
    silent = [vector for vector in vectors() if not vector.expected_text]

    assert [vector.service for vector in silent] == ["CSROWR-12"] * 3


def steps_earlier(vector: Vector) -> int:
    """How many steps of ten minutes before the published request time the clock must have started."""
    return next(
        steps
        for steps in range(1, 6)
        if ours(vector, vector.days, Unit.CALENDAR_DAYS, earlier=steps * TEN_MINUTES) == vector.expected_text
    )


def test_31_potholes_cannot_be_reproduced_because_their_clock_started_before_the_published_request_time() -> None:
    """All run 4 or 90 calendar days: 29 from one step of ten minutes earlier, one from two, one from four."""
    odd = [vector for vector in with_due_date() if rule_of(vector) is None and vector.service == "CSROWR-12"]

    assert len(odd) == 31
    assert Counter((vector.days, steps_earlier(vector)) for vector in odd) == {
        (4, 1): 13,
        (4, 4): 1,
        (90, 1): 16,
        (90, 2): 1,
    }


def test_one_graffiti_cannot_be_reproduced_because_it_is_due_on_a_saturday() -> None:
    odd = [vector for vector in with_due_date() if rule_of(vector) is None and vector.service in BUSINESS_SERVICES]

    assert [(vector.requested_text, vector.expected_text) for vector in odd] == [
        ("2018-10-03T20:00:00-04:00", "2018-10-06T23:05:00-04:00")
    ]
    assert date(2018, 10, 6).strftime("%A") == "Saturday"


def test_the_last_minute_a_row_can_stand_for_gives_the_same_published_due_time() -> None:
    """So the lost units digit of the minutes changes no verdict."""
    for vector in with_due_date():
        rule = rule_of(vector)
        if rule is not None:
            unit, amount = rule
            assert ours(vector, amount, unit, earlier=-timedelta(minutes=9, seconds=59)) == vector.expected_text


def test_real_due_dates_across_the_autumn_clock_change_keep_the_local_clock_time() -> None:
    crossing = [
        vector
        for vector in with_due_date()
        if rule_of(vector) is not None and vector.requested_text[-6:] != vector.expected_text[-6:]
    ]

    assert len(crossing) > 200
    assert all(vector.requested_text[11:19] == vector.expected_text[11:19] for vector in crossing)
