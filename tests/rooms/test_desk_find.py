"""Finding, opening and keeping: what each role sees, and what they cannot tell from nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from answerable.catalogue.city import City
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.queries import ContactView
from answerable.contacts.rules import ContactDetails
from answerable.intake.actions import Receipt
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, Outcome, Step
from answerable.staff.rules import Role
from tests.builders.people import signed_in
from tests.builders.requests import MONDAY, a_request, a_small_city, fresh_key, moved

pytestmark = pytest.mark.django_db
FIND = "/en/desk/find/"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def ada() -> ContactView:
    details = ContactDetails(name="Ada Moss", phone="416-555-0123", email="ada@example.org", address="12 Mill Lane")
    return contacts.add(details, by="operator:1")


def page_of(receipt: Receipt) -> str:
    return f"/en/desk/request/{receipt.number}/"


def text(response: Any) -> str:
    return response.content.decode()


def an_act(action: str, **fields: Any) -> dict[str, Any]:
    return {"action": action, "key": fresh_key("act"), **fields}


def test_a_number_however_it_is_typed_opens_its_request(client: Client, city: City) -> None:
    signed_in(client)
    receipt = a_request(city)

    answer = client.get(FIND, {"q": receipt.number.replace("-", " ")}, follow=True)

    assert answer.redirect_chain[-1][0] == page_of(receipt)
    assert f"<title>{receipt.number}, Pothole" in text(answer)


def test_a_mistyped_digit_is_said_to_be_one(client: Client, city: City) -> None:
    signed_in(client)
    number = a_request(city).number
    wrong = number[:-3] + str((int(number[-3]) + 1) % 10) + number[-2:]

    assert "One digit of this number is wrong" in text(client.get(FIND, {"q": wrong}))


@pytest.mark.parametrize("asked", ["(416) 555-0123", "moss", "ADA@example.org", "mill lane"])
def test_a_resident_is_found_by_telephone_name_email_and_address(client: Client, city: City, asked: str) -> None:
    signed_in(client)
    person = ada()
    receipt = a_request(city, contact_id=person.id)

    page = text(client.get(FIND, {"q": asked}))

    assert f"/en/desk/file/{person.id}/" in page
    assert receipt.number in page


def test_whoever_may_not_see_contacts_finds_requests_only(client: Client, city: City) -> None:
    signed_in(client, Role.ANALYST)
    person = ada()
    receipt = a_request(city, contact_id=person.id)

    page = text(client.get(FIND, {"q": "mill lane"}))

    assert receipt.number in page
    assert "Ada Moss" not in page
    assert "Ada Moss" not in text(client.get(page_of(receipt)))
    assert client.get(f"/en/desk/file/{person.id}/").status_code == 403


def test_a_confidential_request_looks_like_none_to_those_who_may_not_open_it(client: Client, city: City) -> None:
    signed_in(client)
    receipt = a_request(city, service_code="complaint", answers={})

    hidden, missing = client.get(page_of(receipt)), client.get("/en/desk/request/26-9999999-4/")

    assert hidden.status_code == missing.status_code == 404
    assert "Nothing was found" in text(client.get(FIND, {"q": receipt.number}))
    assert receipt.number not in text(client.get(FIND, {"q": "mill lane"}))
    signed_in(client, Role.SUPERVISOR)
    assert client.get(page_of(receipt)).status_code == 200


def test_the_file_shows_requests_enquiries_and_what_the_person_needs(client: Client, city: City) -> None:
    signed_in(client)
    person = ada()
    contacts.change(
        person.id, ContactDetails(name="Ada Moss", phone=person.phone, needs="Speak slowly"), by="operator:1"
    )
    open_one, ended = a_request(city, contact_id=person.id), a_request(city, contact_id=person.id)
    moved(ended, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))

    page = text(client.get(f"/en/desk/file/{person.id}/"))

    assert "Speak slowly" in page
    assert page.index(open_one.number) < page.index("Ended requests") < page.index(ended.number)
    assert "Website: Logged as a request" in page


def test_details_are_corrected_and_a_wrong_one_is_said(client: Client, city: City) -> None:
    signed_in(client)
    person = ada()
    address = f"/en/desk/file/{person.id}/details/"
    details = {"name": "Ada Moss", "phone": "416-555-0199", "email": "", "language": "fr", "news_by": "sms"}

    wrong = client.post(address, details | {"phone": "555"})
    client.post(address, details)

    assert wrong.status_code == 422
    assert "ten digits" in text(wrong)
    kept = contact_queries.by_id(person.id)
    assert (kept.phone, kept.language, kept.news_by) == ("416-555-0199", "fr", "sms")


def test_a_file_that_does_not_exist_is_not_found(client: Client, city: City) -> None:
    signed_in(client)

    assert client.get("/en/desk/file/999999/").status_code == 404


def test_the_page_of_a_request_says_what_to_tell_the_caller(client: Client, city: City) -> None:
    signed_in(client)
    receipt = a_request(city, contact_id=ada().id)

    page = text(client.get(page_of(receipt)))

    assert "We promised that it is done by Monday, November 23." in page
    assert "Ada Moss" in page
    assert "Its record is sealed and whole." in page
    assert 'data-live="' in page


def test_a_note_is_kept_once_for_those_it_is_meant_for(client: Client, city: City) -> None:
    operator = signed_in(client)
    receipt = a_request(city)
    note = an_act("note", note="Called again", audience="staff")

    client.post(page_of(receipt), note)
    answer = client.post(page_of(receipt), note, follow=True)

    [kept] = requests.notes(receipt.request_id)
    assert (kept.words, kept.audience, kept.by) == ("Called again", "staff", operator.by)
    assert "Called again" in text(answer)


def test_an_empty_note_is_refused_with_words(client: Client, city: City) -> None:
    signed_in(client)
    receipt = a_request(city)

    answer = client.post(page_of(receipt), an_act("note", note=" "))

    assert answer.status_code == 422
    assert "Write a few words." in text(answer)


def test_a_caller_says_that_it_is_not_fixed(client: Client, city: City) -> None:
    signed_in(client)
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))

    assert "Not fixed: reopen it" in text(client.get(page_of(receipt)))
    client.post(page_of(receipt), an_act("dispute", dispute_words="The hole is back"))

    assert requests.by_id(receipt.request_id).lifecycle is Lifecycle.TRIAGE


def test_a_duplicate_is_tied_and_untied(client: Client, city: City) -> None:
    signed_in(client)
    first, again = a_request(city), a_request(city)

    client.post(page_of(again), an_act("link", other=first.number, kind="duplicate_of"))
    [tie] = requests.links(again.request_id)
    assert "Same problem as" in text(client.get(page_of(again)))
    client.post(page_of(again), an_act("unlink", link=str(tie.id)))

    assert requests.links(again.request_id) == ()


def test_a_tie_to_a_mistyped_number_says_so_at_its_field(client: Client, city: City) -> None:
    signed_in(client)
    receipt = a_request(city)

    answer = client.post(page_of(receipt), an_act("link", other="12", kind="duplicate_of"))

    assert answer.status_code == 422
    assert 'href="#other"' in text(answer)


def test_a_follow_on_knows_what_it_goes_on_from(client: Client, city: City) -> None:
    signed_in(client)
    first = a_request(city)
    call = {
        "key": fresh_key("call"), "action": "log", "service": "Pothole", "service_code": "pothole",
        "place": "44.05, -79.02", "q_size": "small", "follow_on_of": first.number, "language": "en",
    }  # fmt: skip

    client.post("/en/desk/", call)
    client.post("/en/desk/", call)

    [tie] = requests.links(first.request_id)
    assert (tie.kind, tie.outgoing) == ("follow_on_of", False)


def test_a_photo_is_kept_and_shown_to_staff(client: Client, city: City, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    signed_in(client)
    receipt = a_request(city)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(picture, "PNG")

    upload = SimpleUploadedFile("hole.png", picture.getvalue(), content_type="image/png")
    client.post(page_of(receipt), an_act("photo", photo=upload))

    [kept] = requests.photos(receipt.request_id)
    shown = client.get(f"{page_of(receipt)}photo/{kept.id}/")
    assert (shown.status_code, shown["Content-Type"], kept.is_public) == (200, "image/jpeg", False)
    b"".join(shown.streaming_content)


def test_an_analyst_reads_and_changes_nothing(client: Client, city: City) -> None:
    signed_in(client, Role.ANALYST)
    receipt = a_request(city)

    assert client.post(page_of(receipt), an_act("note", note="Seen")).status_code == 404
    assert requests.notes(receipt.request_id) == ()


def test_a_department_opens_its_own_requests_only(client: Client, city: City) -> None:
    receipt = a_request(city)
    owner = requests.by_id(receipt.request_id).department

    signed_in(client, Role.DEPARTMENT, department=owner)
    assert client.get(page_of(receipt)).status_code == 200
    signed_in(client, Role.DEPARTMENT, department="another")
    assert client.get(page_of(receipt)).status_code == 404


def test_pages_cost_a_bounded_number_of_statements(
    client: Client, city: City, django_assert_max_num_queries: Any
) -> None:
    signed_in(client)
    person = ada()
    receipts = [a_request(city, contact_id=person.id) for _turn in range(12)]
    for turn in range(5):
        client.post(page_of(receipts[0]), an_act("note", note=f"Note {turn}", audience="staff"))
    clock_after = MONDAY + timedelta(hours=1)

    with clock.frozen(clock_after), django_assert_max_num_queries(16):
        client.get(page_of(receipts[0]))
    with django_assert_max_num_queries(6):
        client.get(FIND, {"q": "moss"})
    with django_assert_max_num_queries(10):
        client.get(f"/en/desk/file/{person.id}/")


def test_an_analyst_reads_no_words_and_no_pictures(client: Client, city: City) -> None:
    receipt = a_request(city)
    signed_in(client)
    client.post(page_of(receipt), an_act("note", note="Rang twice"))

    signed_in(client, Role.ANALYST)
    page = client.get(page_of(receipt)).content.decode()

    assert "by the bus stop" not in page
    assert "Rang twice" not in page
    assert "not shown to your role" in page
