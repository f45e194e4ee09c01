"""The supervisor's board of promises, and new dates for many, as people use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.guard import queries as guard
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.wiring import clockwork
from tests.builders.office import an_office_city, signed_in
from tests.builders.packs import a_target
from tests.builders.promises import a_promise
from tests.builders.requests import MONDAY, a_request

pytestmark = pytest.mark.django_db

FORM = {
    "service": "pothole", "how": "days", "days": "3", "reason": "weather", "key": "a-key-of-this-form-0001",
    "words_en": "A storm brought down trees.", "words_fr": "Une tempête a abattu des arbres.",
}  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> City:
    return an_office_city(tmp_path / "pack", promises=a_promise(a_target(amount=2, unit="calendar_days")))


@pytest.fixture(autouse=True)
def _on_monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def page(client: Client, address: str, *, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def sent(client: Client, address: str, **changes: Any) -> str:
    answer = client.post(f"/en/office/promises/new-dates/{address}", FORM | changes, follow=True)
    return answer.content.decode()


def test_the_board_tells_what_is_broken_and_what_breaks_today(city: City) -> None:
    late, today = a_request(city), a_request(city)
    supervisor = signed_in("supervisor")

    with clock.frozen(MONDAY + timedelta(days=2)):
        broken = page(supervisor, "/en/office/promises/?show=broken")
    with clock.frozen(MONDAY + timedelta(days=1, hours=20)):
        soon = page(supervisor, "/en/office/promises/?show=today&by=area")

    assert late.number in broken
    assert "Works" in broken
    assert today.number in soon
    assert "East" in soon


def test_a_department_sees_its_own_promises_only(city: City) -> None:
    other, own = a_request(city), a_request(city, service_code="tree", answers={})
    parks = signed_in("department", department="parks")

    with clock.frozen(MONDAY + timedelta(days=3)):
        seen = page(parks, "/en/office/promises/?show=broken&department=works")

    assert own.number in seen
    assert other.number not in seen
    assert parks.get("/en/office/promises/new-dates/").status_code == 403


def test_new_dates_are_previewed_in_both_languages_then_promised_once_each(city: City) -> None:
    asked = a_request(city)
    supervisor = signed_in("supervisor")

    preview = sent(supervisor, "preview/")
    assert "1 request would get a new date" in preview
    assert "A storm brought down trees." in preview
    assert "Une tempête a abattu des arbres." in preview
    assert "Nouvelle date promise" in preview
    assert asked.number in preview
    assert not guard.surges()

    sent(supervisor, "start/")
    record = sent(supervisor, "start/")
    while clockwork().run_once():
        pass

    (surge,) = guard.surges()
    assert "Under way" in record
    assert surge.left == 0
    due = requests.by_id(asked.request_id).completion_due
    assert due is not None
    assert city.local_day(due) == (MONDAY + timedelta(days=5)).date()
    assert "Finished" in page(supervisor, f"/en/office/promises/new-dates/{surge.id}/")
    assert "A storm brought down trees." in page(Client(), f"/en/follow/{asked.token}/")
    assert "Une tempête a abattu des arbres." in page(Client(), f"/fr/follow/{asked.token}/")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"words_fr": ""}, "Say it in every language"),
        ({"days": "0"}, "Give 1 to 730 days."),
        ({"how": "until", "until": ""}, "Give the new day"),
        ({"service": "complaint"}, "Nobody is concerned"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(city: City, changes: dict[str, str], told: str) -> None:
    a_request(city)

    answer = sent(signed_in("supervisor"), "preview/", **changes)

    assert told in answer
    assert "A storm brought down trees." in answer


def test_the_clock_is_paused_and_started_again_on_the_request_page(city: City) -> None:
    asked = a_request(city)
    supervisor = signed_in("supervisor")

    form = page(supervisor, f"/en/office/request/{asked.number}/")
    assert "Promise a new date" in form
    act = f"/en/office/request/{asked.number}/act/"
    told = supervisor.post(act, {"do": "new_date", "until": "2026-12-01", "reason": "workload"}, follow=True)
    assert "is promised for" in told.content.decode()
