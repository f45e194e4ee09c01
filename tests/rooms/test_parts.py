"""Work of several departments: parts with numbers of their own, begun in their order, and one end for the resident."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.contacts.rules import ContactDetails
from answerable.intake import followers, splitting
from answerable.intake.actions import Receipt
from answerable.intake.splitting import Part
from answerable.journal.followers import run_follower
from answerable.requests import queries as requests
from answerable.requests.errors import NotAllowed, PartsOpen
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.office import an_office_city, signed_in
from tests.builders.packs import a_question, a_service, said
from tests.builders.requests import a_request, fresh_key, moved, services

pytestmark = pytest.mark.django_db(transaction=True)

DONE = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)


def a_city_that_digs(folder: Path) -> City:
    """A hole is located by parks, dug by works, then closed by the bridges' people."""
    activities = [
        {"code": "locate", "name": said("Locate cables"), "department": "parks", "queue": "trees"},
        {"code": "dig", "name": said("Dig"), "department": "works", "queue": "bridges", "after": ["locate"]},
        {"code": "fell", "name": said("Take the tree down"), "service": "tree"},
    ]
    hole = a_service("hole", name=said("Hole"), question=[a_question()], activity=activities)
    tree = a_service("tree", name=said("Tree down"), question=[])
    return an_office_city(folder, services=[*services(), hole, tree])


def read() -> None:
    """The parts' follower has read the journal."""
    while run_follower(followers.FOLLOWER):
        pass


def parts(receipt: Receipt) -> list[tuple[str, str, str]]:
    """Service, department and state of each part."""
    rows = splitting.parts_of(receipt.request_id)
    return sorted((row.service_code, row.department, row.lifecycle.value) for row in rows)


def ended(receipt: Receipt, *, department: str, step: Step = DONE) -> None:
    """The part of that department has ended."""
    (part,) = [row for row in requests.open_parts(receipt.request_id) if row.department == department]
    moved(Receipt(0, part.id, part.number, part.token, None, False), step)
    read()


def test_parts_begin_in_their_order_and_the_last_one_ends_the_whole(tmp_path: Path) -> None:
    city = a_city_that_digs(tmp_path)
    whole = a_request(city, service_code="hole")
    read()
    read()

    assert parts(whole) == [("hole", "parks", "received"), ("tree", "parks", "received")]
    with pytest.raises(PartsOpen):
        moved(whole, DONE)
    locate = next(row for row in splitting.parts_of(whole.request_id) if row.service_code == "hole")
    moved(Receipt(0, locate.id, locate.number, locate.token, None, False), DONE)
    read()
    assert parts(whole)[1] == ("hole", "works", "received")
    assert requests.by_id(locate.id).visibility == "private"
    ended(whole, department="works")
    assert requests.by_id(whole.request_id).lifecycle is Lifecycle.RECEIVED
    ended(whole, department="parks")

    found = requests.by_id(whole.request_id)
    assert (found.lifecycle, found.outcome) == ("resolved", "completed")
    assert {row.lifecycle for row in splitting.parts_of(found.id)} == {Lifecycle.RESOLVED}


def test_a_part_that_could_not_be_done_leaves_the_rest_to_a_person(tmp_path: Path) -> None:
    whole = a_request(a_city_that_digs(tmp_path), service_code="hole")
    read()
    locate = next(row for row in splitting.parts_of(whole.request_id) if row.service_code == "hole")
    cannot = Step(to=Lifecycle.RESOLVED, outcome=Outcome.CANNOT_BE_DONE, reason="unsafe")

    moved(Receipt(0, locate.id, locate.number, locate.token, None, False), cannot)
    ended(whole, department="parks")

    assert len(parts(whole)) == 2
    assert requests.by_id(whole.request_id).lifecycle is Lifecycle.RECEIVED
    moved(whole, Step(to=Lifecycle.RESOLVED, outcome=Outcome.CANNOT_BE_DONE, reason="unsafe"))


def test_a_whole_nobody_wants_any_more_takes_its_parts_along(tmp_path: Path) -> None:
    whole = a_request(a_city_that_digs(tmp_path), service_code="hole")
    read()

    moved(whole, Step(to=Lifecycle.RESOLVED, outcome=Outcome.CANCELLED_BY_REQUESTER))
    read()

    assert {row.outcome for row in splitting.parts_of(whole.request_id)} == {"cancelled_by_requester"}
    assert requests.open_parts(whole.request_id) == ()


def test_somebody_splits_a_request_and_follows_one_on(tmp_path: Path) -> None:
    city = an_office_city(tmp_path)
    whole = a_request(city, contact=ContactDetails(name="Ada", email="ada@example.org"))
    key = fresh_key()

    one = splitting.split(whole.request_id, Part("tree", "The root first"), key=key, by="operator:1")
    again = splitting.split(whole.request_id, Part("tree", "The root first"), key=key, by="operator:1")
    next_one = splitting.follow_on(whole.request_id, Part("pothole", "Sinks again"), key=fresh_key(), by="operator:1")

    assert one.request_id == again.request_id
    part, follow = requests.by_id(one.request_id), requests.by_id(next_one.request_id)
    first = requests.by_id(whole.request_id)
    assert (part.contact_id, part.department, part.visibility) == (None, "parks", "private")
    assert (follow.contact_id, follow.visibility) == (first.contact_id, "public")
    assert (follow.lat, follow.area_key) == (first.lat, first.area_key)
    ties = {(tie.kind, tie.outgoing) for tie in requests.links(whole.request_id)}
    assert ties == {("part_of", False), ("follow_on_of", False)}
    with pytest.raises(NotAllowed):
        splitting.split(part.id, Part("tree"), key=fresh_key(), by="operator:1")


def test_the_office_gives_a_part_to_another_department(tmp_path: Path) -> None:
    whole = a_request(an_office_city(tmp_path))
    supervisor: Client = signed_in("supervisor")
    page = f"/en/office/request/{whole.number}/"
    form = {"do": "split", "service": "tree", "note": "The root first", "key": "a-key-of-the-form-1"}

    supervisor.post(page + "act/", form)
    supervisor.post(page + "act/", form)
    refused = supervisor.post(
        page + "act/", {"do": "move", "to": "resolve", "outcome": "completed", "key": "a-key-of-the-form-2"}
    )
    supervisor.post(page + "act/", {"do": "follow_on", "service": "tree", "key": "a-key-of-the-form-3"})

    (part,) = splitting.parts_of(whole.request_id)
    assert part.number in refused.content.decode() or requests.by_id(whole.request_id).is_open
    shown = supervisor.get(page).content.decode()
    assert part.number in shown
    assert len(requests.links(whole.request_id)) == 2
