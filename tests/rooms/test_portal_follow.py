"""Following a request: by number and postal code, by link, and what its holder can do there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from answerable.catalogue.city import City
from answerable.intake.actions import Receipt
from answerable.kernel.ids import RequestNumber
from answerable.plumbing import clock
from answerable.requests import actions, queries
from answerable.requests.rules import Lifecycle, LinkKind, Outcome, Step, Visibility
from tests.builders.requests import MONDAY, WEST, a_change, a_request, a_small_city, moved

pytestmark = pytest.mark.django_db

NEVER_GIVEN = str(RequestNumber(year=26, serial=9_999_999))
DONE = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)


@pytest.fixture
def city(tmp_path: Path, settings: Any) -> Iterator[City]:
    settings.MEDIA_ROOT = tmp_path / "media"
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def follow(client: Client, number: str, postal: str) -> Any:
    return client.post("/en/follow/", {"number": number, "postal": postal})


def page_of(client: Client, receipt: Receipt, language: str = "en") -> str:
    response = client.get(f"/{language}/follow/{receipt.token}/")
    assert response.status_code == 200
    return str(response.content.decode())


def key_on(html: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found
    return found[1]


@pytest.mark.parametrize("postal", ["N1A 2B3", "n1a2b3", "N1A"])
def test_number_and_postal_code_open_the_request_to_read_and_not_to_speak(
    client: Client, city: City, postal: str
) -> None:
    receipt = a_request(city)

    address = follow(client, receipt.number, postal)["Location"]
    page = client.get(address).content.decode()

    assert receipt.number in page
    assert receipt.token not in address + page
    assert "Deep, by the bus stop" not in page
    assert client.post(f"{address}note/", {"words": "Me again", "key": "k" * 22}).status_code == 404


def test_a_readers_link_that_was_changed_opens_nothing(client: Client, city: City) -> None:
    first, second = a_request(city), a_request(city)
    address = follow(client, first.number, "N1A")["Location"]

    forged = address.replace(f"/{first.request_id}:", f"/{second.request_id}:")

    assert client.get(address).status_code == 200
    assert client.get(forged).status_code == 404


def test_a_wrong_code_a_secret_request_and_an_unknown_number_look_the_same(client: Client, city: City) -> None:
    known = a_request(city)
    secret = a_request(city, service_code="complaint", answers={})

    answers = [
        follow(client, number, postal).content.decode()
        for number, postal in ((known.number, "N9Z"), (secret.number, "N1A 2B3"), (NEVER_GIVEN, "N1A"))
    ]

    shown = {re.sub(r'value="[^"]*"', "", html) for html in answers}
    assert len(shown) == 1
    assert "We cannot open a request" in answers[0]


def test_a_mistyped_number_is_said(client: Client, city: City) -> None:
    receipt = a_request(city)
    wrong = receipt.number[:-1] + str((int(receipt.number[-1]) + 1) % 10)

    assert "One digit of this number is wrong" in follow(client, wrong, "N1A").content.decode()
    assert "ten digits" in follow(client, "12", "N1A").content.decode()


def test_a_number_is_shut_for_an_hour_after_eight_wrong_codes(client: Client, city: City) -> None:
    receipt = a_request(city)
    for _ in range(8):
        follow(client, receipt.number, "N9Z")

    shut = follow(client, receipt.number, "N1A 2B3")
    with clock.frozen(MONDAY + timedelta(minutes=61)):
        later = follow(client, receipt.number, "N1A 2B3")

    assert "tried too often" in shut.content.decode()
    assert later.status_code == 302


def test_every_public_number_answers_with_state_and_dates_but_no_words(client: Client, city: City) -> None:
    receipt = a_request(city)

    page = client.get(f"/en/r/{receipt.number}/")

    html = page.content.decode()
    assert "Three proofs" in html
    assert "Deep, by the bus stop" not in html
    assert receipt.token not in html
    assert page["X-Robots-Tag"] == "noindex"
    assert client.get(f"/en/r/{receipt.number.replace('-', '')}/")["Location"] == f"/en/r/{receipt.number}/"


def test_a_secret_number_answers_like_one_that_does_not_exist(client: Client, city: City) -> None:
    secret = a_request(city, service_code="complaint", answers={})

    pages = [client.get(f"/en/r/{number}/").content.decode() for number in (secret.number, NEVER_GIVEN)]

    assert len({re.sub(r"\d\d-\d{7}-\d", "", re.sub(r'name="csrf[^>]*>', "", page)) for page in pages}) == 1


def test_the_link_shows_everything_to_the_requester(client: Client, city: City) -> None:
    receipt = a_request(city)
    actions.add_note(receipt.request_id, a_change(), words="A crew comes on Friday", audience="public")
    actions.add_note(receipt.request_id, a_change(), words="Call the owner first", audience="staff")

    html = page_of(client, receipt)

    assert "Deep, by the bus stop" in html
    assert "A crew comes on Friday" in html
    assert "Call the owner first" not in html
    assert "Not yet confirmed by the department" in html
    assert "data-live=" in html


def test_the_proofs_follow_the_facts(client: Client, city: City) -> None:
    receipt = a_request(city)
    actions.accept(receipt.request_id, a_change("department:7", at=MONDAY + timedelta(minutes=5)))
    assert "The department confirmed it: " in page_of(client, receipt)

    with clock.frozen(MONDAY + timedelta(days=30)):
        late = page_of(client, receipt)
        moved(receipt, DONE, at=MONDAY + timedelta(days=30))
        done = page_of(client, receipt)

    assert "We missed our date, and we are sorry" in late
    assert "Acted on, late" in done


def test_a_pause_names_its_reason_and_the_ledger_keeps_it(client: Client, city: City) -> None:
    receipt = a_request(city)
    moved(
        receipt, Step(to=Lifecycle.ON_HOLD, reason="weather", until=date(2026, 11, 20)), at=MONDAY + timedelta(hours=1)
    )

    with clock.frozen(MONDAY + timedelta(days=1)):
        html = page_of(client, receipt)

    assert "On hold: the weather" in html
    assert "Every date we promised" in html


def test_a_note_sent_twice_is_kept_once(client: Client, city: City) -> None:
    receipt = a_request(city)
    sent = {"words": "It got bigger", "key": key_on(page_of(client, receipt))}

    client.post(f"/en/follow/{receipt.token}/note/", sent)
    client.post(f"/en/follow/{receipt.token}/note/", sent)

    assert [note.words for note in queries.notes(receipt.request_id)] == ["It got bigger"]
    assert "It got bigger" in page_of(client, receipt)


def test_an_empty_note_is_refused_in_words(client: Client, city: City) -> None:
    receipt = a_request(city)

    page = client.post(f"/en/follow/{receipt.token}/note/", {"words": " ", "key": ""})

    assert page.status_code == 422
    assert "Please write a few words." in page.content.decode()
    assert client.get(f"/en/follow/{receipt.token}/note/")["Location"] == f"/en/follow/{receipt.token}/"


def test_the_citys_question_can_be_answered(client: Client, city: City) -> None:
    receipt = a_request(city)
    asked = Step(to=Lifecycle.AWAITING_REQUESTER, reason="awaiting_requester")
    actions.move(receipt.request_id, asked, a_change("department:7"), note="Which lane is it?")
    html = page_of(client, receipt)
    assert "Which lane is it?" in html

    client.post(f"/en/follow/{receipt.token}/reply/", {"words": "The right one", "key": key_on(html)})

    assert queries.by_id(receipt.request_id).lifecycle is Lifecycle.ASSIGNED
    assert "The right one" in page_of(client, receipt)


def test_not_fixed_opens_the_same_number_again(client: Client, city: City) -> None:
    receipt = a_request(city)
    moved(receipt, DONE)

    client.post(
        f"/en/follow/{receipt.token}/not-fixed/", {"words": "Still there", "key": key_on(page_of(client, receipt))}
    )

    assert queries.by_id(receipt.request_id).lifecycle is Lifecycle.TRIAGE
    assert "Reopened: reported as not fixed" in page_of(client, receipt)


def test_a_photo_added_later_is_seen_by_the_requester_only(client: Client, city: City) -> None:
    receipt = a_request(city)
    content = io.BytesIO()
    Image.new("RGB", (30, 20)).save(content, "PNG")
    content.seek(0)
    content.name = "a.png"
    client.post(f"/en/follow/{receipt.token}/photo/", {"photo": content, "key": key_on(page_of(client, receipt))})
    (photo,) = queries.photos(receipt.request_id)
    follower = actions.follow(receipt.request_id, a_change("resident"), contact_id=None, language="en")

    assert client.get(f"/en/follow/{receipt.token}/photo/{photo.id}.jpg").status_code == 200
    assert client.get(f"/en/follow/{follower}/photo/{photo.id}.jpg").status_code == 404


def test_a_follower_has_a_link_of_their_own_and_sees_no_words(client: Client, city: City) -> None:
    receipt = a_request(city)
    html = client.get(f"/en/r/{receipt.number}/").content.decode()

    joined = client.post(f"/en/r/{receipt.number}/follow/", {"key": key_on(html)})
    page = client.get(joined["Location"]).content.decode()

    assert receipt.token not in joined["Location"]
    assert "You follow this request" in page
    assert "Deep, by the bus stop" not in page
    refused = client.post(joined["Location"] + "note/", {"words": "Mine", "key": ""})
    assert refused.status_code == 404
    assert queries.notes(receipt.request_id) == ()


def test_a_duplicate_names_the_number_that_goes_on(client: Client, city: City) -> None:
    first, second = a_request(city), a_request(city, point=WEST)
    actions.link(second.request_id, a_change(), other_id=first.request_id, kind=LinkKind.DUPLICATE_OF)

    assert f"/en/r/{first.number}/" in page_of(client, second)
    assert second.number in page_of(client, first)


def test_the_confirmation_says_number_date_and_link(client: Client, city: City) -> None:
    receipt = a_request(city)

    html = client.get(f"/en/follow/{receipt.token}/sent/").content.decode()

    assert receipt.number in html
    assert "Promised: done by" in html
    assert "<svg" in html
    assert "Number and postal code open it too" in html


def test_a_link_that_never_was_is_not_found(client: Client, city: City) -> None:
    assert client.get("/en/follow/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404


@pytest.mark.parametrize(
    "step",
    [
        None,
        Step(to=Lifecycle.TRIAGE),
        Step(to=Lifecycle.SCHEDULED, until=date(2026, 11, 20)),
        Step(to=Lifecycle.IN_PROGRESS),
        Step(to=Lifecycle.AWAITING_REQUESTER, reason="awaiting_requester"),
        Step(to=Lifecycle.ON_HOLD, reason="weather", until=date(2026, 11, 20)),
        Step(to=Lifecycle.REFERRED, party="The province"),
        DONE,
        Step(to=Lifecycle.RESOLVED, outcome=Outcome.ENTERED_IN_ERROR, reason="test"),
    ],
)
def test_every_state_has_its_page_in_both_languages(client: Client, city: City, step: Step | None) -> None:
    receipt = a_request(city)
    if step is not None:
        moved(receipt, step)

    assert 'lang="fr"' in page_of(client, receipt, "fr")
    assert receipt.number in page_of(client, receipt)
    assert client.get(f"/fr/r/{receipt.number}/").status_code == 200


def follower_link(client: Client, receipt: Receipt) -> str:
    page = client.get(f"/en/r/{receipt.number}/").content.decode()
    return str(client.post(f"/en/r/{receipt.number}/follow/", {"key": key_on(page)})["Location"])


def test_a_followers_link_opens_nothing_once_the_request_is_hidden(client: Client, city: City) -> None:
    receipt = a_request(city)
    link = follower_link(client, receipt)

    actions.change_visibility(receipt.request_id, a_change(), visibility=Visibility.PRIVATE)

    assert client.get(link).status_code == 404
    assert client.post(f"{link}not-fixed/", {"words": "Still there"}).status_code == 404
    assert page_of(client, receipt)


def test_a_request_public_without_its_words_shows_a_follower_no_place(client: Client, city: City) -> None:
    receipt = a_request(city)
    link = follower_link(client, receipt)

    actions.change_visibility(receipt.request_id, a_change(), visibility=Visibility.PUBLIC_REDACTED)

    assert "Mill Lane" not in client.get(link).content.decode()
    assert "Mill Lane" not in client.get(f"/en/r/{receipt.number}/").content.decode()
    assert "Mill Lane" in page_of(client, receipt)


def test_a_null_character_is_a_bad_request(client: Client, city: City) -> None:
    receipt = a_request(city)

    assert client.get("/en/follow/%00/").status_code == 400
    assert client.post(f"/en/follow/{receipt.token}/note/", {"words": "a\0b"}).status_code == 400
    assert queries.notes(receipt.request_id) == ()
