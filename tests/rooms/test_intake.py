"""One telling becomes one enquiry and one request, whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from answerable.catalogue.city import City
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.intake.actions import Closing, KeptPhoto
from answerable.intake.errors import BadReport, ClientRefused, KeyReused, OutsideCity
from answerable.journal import queries as journal
from answerable.kernel.ids import read_number
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle
from tests.builders.requests import EAST, MONDAY, WEST, a_report, a_request, a_small_city, fresh_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def test_a_report_becomes_a_numbered_routed_promised_request(city: City) -> None:
    receipt = a_request(city)

    request = requests.by_number(receipt.number)
    assert read_number(receipt.number).year == 26
    assert (request.department, request.queue, request.area_key) == ("works", "roads", "2")
    assert request.route["rule"] == "east"
    assert request.lifecycle is Lifecycle.RECEIVED
    assert request.completion_due == receipt.due
    assert receipt.due == datetime(2026, 11, 23, 23, 59, tzinfo=ZoneInfo("America/Toronto"))
    assert requests.by_token(receipt.token).number == receipt.number


def test_its_history_begins_with_the_log_the_promise_and_the_hand_off(city: City) -> None:
    receipt = a_request(city)

    kinds = [fact.kind for fact in journal.timeline(f"request:{receipt.request_id}")]
    assert kinds == ["request.logged", "promise.made", "request.handed_off"]
    assert journal.broken_chains() == []


def test_the_journal_holds_no_words_of_the_resident(city: City) -> None:
    contact = ContactDetails(name="Ada Byron", email="ada@example.org", phone="204-555-0178")
    receipt = a_request(city, contact=contact)

    written = str([fact.body for fact in journal.timeline(f"request:{receipt.request_id}")])
    for secret in ("Ada", "example.org", "555", "bus stop", "Mill Lane"):
        assert secret not in written


def test_pictures_given_with_a_report_are_kept_with_the_request_until_staff_release_them(city: City) -> None:
    picture = KeptPhoto(key=fresh_key(), file="northbridge/1.jpg", width=1600, height=1200, size_bytes=200_000)

    receipt = intake.receive(replace(a_report(city), photos=(picture,)))

    (kept,) = requests.photos(receipt.request_id)
    assert (kept.file, kept.width, kept.height, kept.is_public) == ("northbridge/1.jpg", 1600, 1200, False)
    assert requests.by_number(receipt.number).photos == 1


def test_the_same_key_twice_is_one_request(city: City) -> None:
    report = a_report(city)

    first, second = intake.receive(report), intake.receive(report)

    assert second.number == first.number
    assert second.token == first.token
    assert (first.is_replay, second.is_replay) == (False, True)
    assert len(requests.list_requests(requests.Filters(), now=MONDAY).rows) == 1


def test_the_same_key_for_something_else_is_refused(city: City) -> None:
    report = a_report(city)
    intake.receive(report)

    with pytest.raises(KeyReused):
        intake.receive(a_report(city, key=report.key, description="Quite another thing"))


def test_every_faulty_field_is_named_at_once(city: City) -> None:
    with pytest.raises(BadReport) as refused:
        a_request(
            city, point=None, answers={"size": "huge"}, description="x" * 5000, contact=ContactDetails(email="no")
        )

    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"size", "place", "description", "email"}


def test_a_place_outside_the_city_is_told_apart(city: City) -> None:
    with pytest.raises(OutsideCity):
        intake.place_at(city, Point(lat=45.4, lon=-75.7), precision=Precision.PIN, label="", at=MONDAY)


def test_the_west_goes_by_the_catch_all(city: City) -> None:
    request = requests.by_number(a_request(city, point=WEST).number)

    assert request.route["rule"] == "rest"
    assert request.area_key == "1"


def test_an_old_request_keeps_the_form_route_and_promise_it_was_logged_with(city: City, tmp_path: Path) -> None:
    old = requests.by_number(a_request(city).number)

    newer = a_small_city(tmp_path / "newer", promises=[
        {"code": "fix", "text": {"en": "Soon", "fr": "Bientôt"},
         "targets": [{"kind": "completion", "amount": 1, "unit": "hours", "calendar": "city"}]},
    ])  # fmt: skip
    new = requests.by_number(a_request(newer).number)

    assert new.catalogue_version != old.catalogue_version
    assert requests.by_number(old.number).completion_due == old.completion_due
    assert new.completion_due is not None
    assert (new.completion_due - MONDAY).total_seconds() == 3600


def test_a_known_person_is_recognised_and_never_overwritten(city: City) -> None:
    first = requests.by_number(a_request(city, contact=ContactDetails(name="Ada", email="ada@example.org")).number)
    again = ContactDetails(name="Somebody else", email=" ADA@example.org ", phone="2045550178")
    second = requests.by_number(a_request(city, contact=again).number)

    assert first.contact_id == second.contact_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM contacts_contact WHERE id = %s", [first.contact_id])
        assert cursor.fetchone() == ("Ada", "2045550178")


def test_an_unknown_api_key_logs_nothing(city: City) -> None:
    with pytest.raises(ClientRefused):
        a_request(city, client_digest=intake.digest_of("stranger"))
    assert requests.list_requests(requests.Filters(), now=MONDAY).rows == ()


def test_an_answer_on_the_spot_is_an_enquiry_without_a_request(city: City) -> None:
    closing = Closing(key=fresh_key(), channel="phone", language="fr", outcome="answered", by="operator:1")

    assert intake.settle(closing) == intake.settle(closing)


def test_logging_takes_one_round_trip(city: City, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    report = a_report(city)
    intake.receive(a_report(city))

    with django_assert_num_queries(1):
        intake.receive(report)


@pytest.mark.django_db(transaction=True)
def test_many_tellings_at_once_under_one_key_are_one_request(tmp_path: Path) -> None:
    city = a_small_city(tmp_path / "northbridge")
    report = a_report(city)
    numbers: list[str] = []

    def tell() -> None:
        try:
            numbers.append(intake.receive(report).number)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(numbers) == 8
    assert len(set(numbers)) == 1


def test_nearby_reports_are_found_nearest_first(city: City) -> None:
    here = a_request(city)
    close = a_request(city, point=Point(lat=EAST.lat + 0.0002, lon=EAST.lon))
    a_request(city, point=Point(lat=EAST.lat + 0.01, lon=EAST.lon))
    a_request(city, service_code="complaint", answers={})

    found = requests.nearby(EAST, service_codes=["pothole"], radius_m=60, since=MONDAY.replace(month=10))

    assert [each.row.number for each in found] == [here.number, close.number]
    assert found[1].distance_m == pytest.approx(22.2, abs=0.5)


def test_pictures_of_a_forgotten_draft_go_with_it_unless_a_request_shows_them(
    city: City, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    draft = intake.open_draft(service_code="pothole", language="en")
    for name in ("kept", "left", "dropped"):
        (tmp_path / f"{name}.jpg").write_bytes(b"picture")
        photo = intake.KeptPhoto(key=name, file=f"{name}.jpg", width=1, height=1, size_bytes=7)
        intake.add_draft_photo(draft, photo, taken_lat=None, taken_lon=None)
        if name == "kept":
            a_request(city, photos=[photo])

    intake.drop_draft_photo(draft, key="dropped")
    assert not (tmp_path / "dropped.jpg").exists()
    with clock.frozen(MONDAY + timedelta(days=2)):
        intake.forget_expired_drafts()

    assert sorted(file.name for file in tmp_path.glob("*.jpg")) == ["kept.jpg"]
