"""Closures are drawn once a night, judged by somebody else, and the rate is published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from answerable.audits import actions, queries
from answerable.audits.errors import AlreadyJudged, OwnWork
from answerable.audits.followers import next_due
from answerable.audits.rules import FEWEST
from answerable.catalogue.city import City
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.office import a_member, an_office_city, signed_in
from tests.builders.requests import MONDAY, a_request, moved

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 16)
NIGHT = MONDAY + timedelta(hours=16)
DONE = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "city")


def closed(city: City, how_many: int, *, by: str = "department:7") -> None:
    for _ in range(how_many):
        moved(a_request(city), DONE, by=by)


def test_a_day_is_drawn_from_once_and_tells_from_how_many(city: City) -> None:
    closed(city, 5)
    moved(a_request(city), Step(to=Lifecycle.RESOLVED, outcome=Outcome.CANCELLED_BY_REQUESTER))

    first = actions.draw(DAY, by="system:clockwork", at=NIGHT)
    again = actions.draw(DAY, by="system:clockwork", at=NIGHT)

    assert (first, again) == (2, 0)
    chosen = queries.to_judge()
    assert [each.closed_by for each in chosen] == ["department:7"] * 2
    assert journal.timeline(f"request:{chosen[0].request_id}")[-1].kind == "closure.sampled"


def test_who_took_part_may_not_judge_and_a_verdict_is_given_once(city: City) -> None:
    closed(city, 1, by="operator:3")
    actions.draw(DAY, by="system:clockwork", at=NIGHT)
    audit = queries.to_judge()[0]

    with pytest.raises(OwnWork):
        actions.judge(audit.id, by="operator:3", verdict="right", note="", at=NIGHT)
    given = actions.judge(audit.id, by="operator:4", verdict="right", note="", at=NIGHT)
    with pytest.raises(AlreadyJudged):
        actions.judge(audit.id, by="operator:5", verdict="wrong", note="No", at=NIGHT)

    assert given.verdict == "right"
    assert journal.timeline(f"request:{audit.request_id}")[-1].kind == "closure.audited"


def test_a_wrong_closure_is_opened_again_by_the_supervisor_s_verdict(city: City) -> None:
    closed(city, 1)
    actions.draw(DAY, by="system:clockwork", at=NIGHT)
    audit = queries.to_judge()[0]
    office = signed_in("supervisor")
    here = reverse("office:audit_judge", args=[audit.id])

    missing = office.post(here, {"verdict": "wrong"})
    given = office.post(here, {"verdict": "wrong", "note": "The hole is still there", "reopen": "on"})

    assert missing.status_code == 422
    assert given.status_code == 302
    found = requests.by_id(audit.request_id)
    assert (found.lifecycle, found.reopened, found.disputed) == (Lifecycle.TRIAGE, 1, 0)
    assert "The hole is still there" in office.get(reverse("office:audits")).content.decode()
    assert office.get(reverse("office:audit", args=[audit.id])).status_code == 200


def test_the_rate_is_published_once_there_are_enough_verdicts(city: City) -> None:
    auditor = a_member("supervisor")
    standards, as_json = reverse("portal:standards"), reverse("portal:closures")
    for day in range(FEWEST // 2):
        with clock.frozen(MONDAY + timedelta(days=day)):
            for _ in range(4):
                moved(a_request(city), DONE, at=MONDAY + timedelta(days=day))
        actions.draw(DAY + timedelta(days=day), by="system:clockwork", at=NIGHT)
    chosen = queries.to_judge()
    for each in chosen[1:]:
        actions.judge(each.id, by=auditor.by, verdict="right", note="", at=NIGHT)
    too_few = Client().get(standards).content.decode()

    actions.judge(chosen[0].id, by=auditor.by, verdict="wrong", note="Not there", at=NIGHT)

    assert len(chosen) == FEWEST
    assert "“done” was right" not in too_few
    page, told = Client().get(standards).content.decode(), Client().get(as_json).json()
    assert "90%" in page
    assert told["city"]["share"] == pytest.approx(0.9)
    assert list(told["departments"]) == ["works"]


def test_the_draw_is_made_at_the_city_s_own_hour(city: City) -> None:
    assert next_due(city, now=MONDAY).astimezone(city.timezone).strftime("%d %H:%M") == "17 02:15"
