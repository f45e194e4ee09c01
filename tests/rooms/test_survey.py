"""The one question when a request has ended: asked by link, answered once, counted by service and department."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.intake.actions import Receipt
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import actions, survey
from answerable.requests.errors import BadScore, TooLate
from answerable.requests.rules import Lifecycle, Outcome, Step
from answerable.staff.rules import Role
from tests.builders.office import an_office_city, signed_in
from tests.builders.requests import MONDAY, a_change, a_request, moved

pytestmark = pytest.mark.django_db

DONE = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)
SINCE = MONDAY - timedelta(days=1)


@pytest.fixture
def city(tmp_path: Path, settings: Any) -> Iterator[City]:
    settings.MEDIA_ROOT = tmp_path / "media"
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


@pytest.fixture
def ended(city: City) -> Receipt:
    receipt = a_request(city)
    moved(receipt, DONE)
    return receipt


def rate(receipt: Receipt, score: int, words: str = "") -> survey.RatingView:
    return survey.rate(receipt.request_id, a_change("resident"), score=score, words=words)


def test_an_answer_is_kept_with_the_service_and_department_and_the_fact_holds_no_words(ended: Receipt) -> None:
    kept = rate(ended, 4, "Quick, but they left the cones.")

    assert (kept.score, kept.round, kept.service_code, kept.department) == (4, 0, "pothole", "works")
    assert kept.words == "Quick, but they left the cones."
    fact = journal.timeline(f"request:{ended.request_id}")[-1]
    assert (fact.kind, dict(fact.body)) == ("request.rated", {"score": 4, "round": 0})


def test_a_change_of_mind_replaces_the_answer_and_a_reopened_request_is_asked_anew(ended: Receipt) -> None:
    rate(ended, 5)
    rate(ended, 2, "It is broken again.")
    actions.dispute(ended.request_id, a_change("resident"), words="Still there.")
    moved(ended, DONE)
    rate(ended, 4)

    assert [(each.round, each.score) for each in survey.ratings_of(ended.request_id)] == [(0, 2), (1, 4)]


def test_what_has_not_ended_or_ended_long_ago_is_not_rated(city: City, ended: Receipt) -> None:
    with pytest.raises(TooLate):
        rate(a_request(city), 5)
    with pytest.raises(BadScore):
        rate(ended, 6)
    with pytest.raises(TooLate):
        survey.rate(ended.request_id, a_change("resident", at=MONDAY + timedelta(days=60)), score=1)


def test_results_are_counted_by_service_and_department(city: City) -> None:
    for score in (5, 5, 4, 1):
        receipt = a_request(city)
        moved(receipt, DONE)
        rate(receipt, score, "So it is." if score == 1 else "")

    (result,) = survey.results("service_code", since=SINCE)

    assert (result.code, result.answers, result.counts) == ("pothole", 4, (1, 0, 0, 1, 2))
    assert (result.mean, result.satisfied) == (3.75, 0.75)
    assert survey.results("department", since=SINCE, department="parks") == ()
    assert [each.words for each in survey.latest_words(since=SINCE)] == ["So it is."]


def test_the_link_in_a_message_chooses_but_does_not_answer(client: Client, ended: Receipt) -> None:
    page = client.get(f"/en/follow/{ended.token}/survey/?score=4").content.decode()

    assert 'value="4" checked' in page
    assert survey.ratings_of(ended.request_id) == ()


def test_the_requester_answers_without_an_account_in_their_language(client: Client, ended: Receipt) -> None:
    address = f"/fr/follow/{ended.token}/survey/"

    empty = client.post(address, {"words": "Bien"})
    sent = client.post(address, {"score": "5", "words": "Bien"})
    again = client.get(address).content.decode()

    assert (empty.status_code, sent.status_code) == (422, 302)
    assert [(each.score, each.words) for each in survey.ratings_of(ended.request_id)] == [(5, "Bien")]
    assert "Vous avez déjà répondu." in again


def test_only_the_requesters_own_link_is_asked(client: Client, city: City, ended: Receipt) -> None:
    follower = actions.follow(ended.request_id, a_change("resident"), contact_id=None, language="en")

    assert client.get(f"/en/follow/{follower}/survey/").status_code == 404
    assert "How did we do?" not in client.get(f"/en/follow/{follower}/").content.decode()
    assert "How did we do?" in client.get(f"/en/follow/{ended.token}/").content.decode()


def test_the_office_reads_results_and_only_those_who_may_read_words_do(ended: Receipt) -> None:
    rate(ended, 2, "The cones stayed for a week.")

    supervisor = signed_in(Role.SUPERVISOR).get("/en/office/satisfaction/").content.decode()
    analyst = signed_in(Role.ANALYST).get("/en/office/satisfaction/").content.decode()
    elsewhere = signed_in(Role.DEPARTMENT, department="parks").get("/en/office/satisfaction/").content.decode()

    assert "The cones stayed for a week." in supervisor
    assert "By department" in analyst
    assert "The cones stayed" not in analyst
    assert "No answers yet" in elsewhere
