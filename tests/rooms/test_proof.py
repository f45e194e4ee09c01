"""Closing with proof: by every door, for each round of work anew, and shown to the resident."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from answerable.catalogue.city import City
from answerable.plumbing import clock
from answerable.requests import actions, queries
from answerable.requests.errors import ProofMissing, TooLate
from answerable.requests.proofs import Evidence, Photo
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.office import an_office_city, signed_in
from tests.builders.packs import a_service
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city, fresh_key, moved

pytestmark = pytest.mark.django_db

DONE = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(
            tmp_path / "northbridge",
            services=[a_service(proof="photo", dispute_days=10), a_service("sign", proof="note")],
        )


def a_photo() -> Photo:
    return Photo(key=fresh_key("photo"), file="ab/abc.jpg", width=10, height=10, size_bytes=100)


def an_upload() -> io.BytesIO:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), (90, 90, 90)).save(written, format="PNG")
    written.seek(0)
    written.name = "work.png"
    return written


def test_without_a_photo_nobody_closes_it_as_done(city: City) -> None:
    receipt = a_request(city)
    for by in ("department:7", "connector:hydro", "supervisor:2", "client:9"):
        with pytest.raises(ProofMissing):
            actions.move(receipt.request_id, DONE, a_change(by), note="All done, new asphalt laid.")

    assert queries.by_id(receipt.request_id).lifecycle is Lifecycle.RECEIVED
    assert queries.notes(receipt.request_id) == ()


def test_photo_and_ending_are_one_change_and_nobody_else_sees_the_inspection_note(city: City, client: Client) -> None:
    receipt = a_request(city)
    evidence = Evidence(photos=(a_photo(),), inspection="Filled with hot mix, 40 by 60 cm.")
    change = a_change("department:7")

    actions.move(receipt.request_id, DONE, change, note="Filled today.", evidence=evidence)
    again = actions.move(receipt.request_id, DONE, change, note="Filled today.", evidence=evidence)

    assert again.lifecycle is Lifecycle.RESOLVED
    assert [each.shows for each in queries.photos(receipt.request_id)] == ["work"]
    page = client.get(reverse("portal:follow_link", args=[again.token])).content.decode()
    assert "The city’s own photos of what was done." in page
    assert "hot mix" not in page


def test_the_resident_s_own_photo_proves_no_work_but_the_department_s_does(city: City) -> None:
    receipt = a_request(city)
    actions.add_photo(receipt.request_id, a_change("resident"), photo=a_photo(), is_public=False)
    with pytest.raises(ProofMissing):
        moved(receipt, DONE)

    actions.add_photo(receipt.request_id, a_change("connector:hydro"), photo=a_photo(), is_public=False)

    assert moved(receipt, DONE, by="connector:hydro").lifecycle is Lifecycle.RESOLVED


def test_after_a_dispute_the_old_photo_proves_nothing(city: City) -> None:
    receipt = a_request(city)
    actions.move(receipt.request_id, DONE, a_change("department:7"), evidence=Evidence(photos=(a_photo(),)))
    reopened = actions.dispute(receipt.request_id, a_change("resident"), words="Still there", reason="other_spot")

    assert (reopened.disputed, reopened.reopened, reopened.number) == (1, 1, receipt.number)
    with pytest.raises(ProofMissing):
        moved(receipt, DONE)


def test_a_note_proves_work_where_the_service_asks_for_one(city: City) -> None:
    receipt = a_request(city, service_code="sign")
    with pytest.raises(ProofMissing):
        moved(receipt, DONE)

    ended = actions.move(receipt.request_id, DONE, a_change("department:7"), note="New sign on a new post.")

    assert ended.lifecycle is Lifecycle.RESOLVED


def test_the_days_to_dispute_are_those_of_the_service(city: City) -> None:
    receipt = a_request(city)
    actions.move(receipt.request_id, DONE, a_change("department:7"), evidence=Evidence(photos=(a_photo(),)))

    with pytest.raises(TooLate):
        actions.dispute(receipt.request_id, a_change("resident", at=MONDAY + timedelta(days=10)), words="No")


def test_the_office_says_what_is_missing_and_takes_photo_and_ending_together(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    with clock.frozen(MONDAY):
        city = an_office_city(tmp_path / "city", services=[a_service(proof="photo"), a_service("tree")])
        receipt = a_request(city)
        office = signed_in("department", department="works")
        act = reverse("office:act", args=[receipt.number])
        sent = {"do": "resolve", "outcome": "completed", "key": fresh_key("office")}

        refused = office.post(act, sent)
        taken = office.post(act, {**sent, "key": fresh_key("office"), "photo": an_upload()})

    assert refused.status_code == 422
    assert "only with a photo of the work" in refused.content.decode()
    assert taken.status_code == 302
    assert queries.by_id(receipt.request_id).lifecycle is Lifecycle.RESOLVED
