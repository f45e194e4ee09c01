"""Webhooks: facts become signed messages, tried until they arrive, at least once, in order, and only what is public."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from answerable.catalogue.city import City
from answerable.channels.webhooks import actions, queries, rules
from answerable.channels.webhooks.actions import Outcome, Secret
from answerable.channels.webhooks.errors import BadSubscription, TooManySubscriptions, UnknownSubscription
from answerable.channels.webhooks.followers import follower, poster, send_one
from answerable.channels.webhooks.rules import Wish
from answerable.journal import queries as journal
from answerable.journal.followers import run_follower
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests.rules import Lifecycle, Step, Visibility
from answerable.requests.rules import Outcome as Ending
from answerable.staff import actions as staff
from tests.builders.programs import a_program
from tests.builders.receiver import Received, a_receiver
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city, fresh_key, moved

pytestmark = pytest.mark.django_db(transaction=True)

NEWS = follower(base_url="http://city.example")
POST = poster(may_be_private=True)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def received() -> Iterator[Received]:
    with a_receiver() as server:
        yield server


def subscribed(received: Received, *, client_id: int | None = None, **wish: Any) -> Secret:
    """Somebody asked for news."""
    wanted = Wish(name="Map", url=received.url, **wish)
    return actions.subscribe(wanted, key=fresh_key(), client_id=client_id, by="operator:1", may_be_private=True)


def gathered() -> None:
    """The follower has read the journal to its end."""
    while run_follower(NEWS):
        pass


def sent(*, at: datetime = MONDAY) -> int:
    """Everything due was tried once; gives how many."""
    count = 0
    with clock.frozen(at):
        while claimed := actions.claim(limit=8):
            for each in claimed:
                send_one(each, POST)
            count += len(claimed)
    return count


def all_deliveries(secret: Secret) -> tuple[queries.DeliveryView, ...]:
    return queries.deliveries(secret.subscription.id, limit=200).rows


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_subscriber_gets_each_public_fact_once_signed_and_in_order(city: City, received: Received) -> None:
    a_request(city)  # before anybody listened
    secret = subscribed(received)
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Ending.COMPLETED))

    gathered()
    gathered()
    sent()

    kinds = [body["type"] for body in received.bodies]
    assert kinds[0] == "request.logged"
    assert {"promise.made", "request.moved", "promise.met"} <= set(kinds)
    sequences = [body["data"]["sequence"] for body in received.bodies]
    assert sequences == sorted(sequences)
    assert {body["data"]["request"]["number"] for body in received.bodies} == {receipt.number}
    assert len(set(received.ids)) == len(received.ids) == len(all_deliveries(secret))
    assert {each.state for each in all_deliveries(secret)} == {"delivered"}


def test_a_message_says_codes_and_nothing_of_people(city: City, received: Received) -> None:
    subscribed(received, kinds=("request.moved", "request.noted"))
    receipt = a_request(city)
    requests.add_note(receipt.request_id, a_change(), words="Ask Smith", audience="staff")
    requests.add_note(receipt.request_id, a_change(), words="A crew is coming", audience="public")
    step = Step(to=Lifecycle.RESOLVED, outcome=Ending.COMPLETED)
    requests.move(receipt.request_id, step, a_change("department:7"), note="Filled by Smith")

    gathered()
    sent()

    noted, moved_on = received.bodies
    assert (noted["type"], noted["data"]["details"]) == ("request.noted", {})
    assert moved_on["data"]["details"] == {"before": "received", "after": "resolved", "outcome": "completed"}
    assert moved_on["data"]["by"] == "department"
    assert moved_on["data"]["request"] == {
        "number": receipt.number, "visibility": "public", "url": f"http://city.example/api/v1/requests/{receipt.number}",
        "service_code": "pothole", "state": "resolved", "outcome": "completed", "department": "works",
        "due_at": "2026-11-24T04:59:00Z", "updated_at": "2026-11-16T15:00:00Z",
    }  # fmt: skip
    assert not any(word in str(received.messages) for word in ("Smith", "crew", "bus stop", "Mill Lane"))


def test_signatures_verify_with_the_secret_shown_once(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    a_request(city)
    gathered()
    sent()

    headers, body = received.messages[0]
    key = base64.b64decode(secret.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == expected
    assert headers["webhook-timestamp"] == str(int(MONDAY.timestamp()))
    assert headers["content-type"] == "application/json"


def test_after_a_rotation_both_secrets_sign_for_a_day(city: City, received: Received) -> None:
    first = subscribed(received)
    again = actions.rotate(first.subscription.token, key="k1", by="operator:1")
    same = actions.rotate(first.subscription.token, key="k1", by="operator:1")
    actions.ping(first.subscription.token, key="p1")
    sent()
    with clock.frozen(MONDAY + timedelta(hours=25)):
        actions.ping(first.subscription.token, key="p2")
    sent(at=MONDAY + timedelta(hours=25))

    assert first.secret != again.secret == same.secret
    assert [len(headers["webhook-signature"].split()) for headers, _ in received.messages] == [2, 1]


def test_filters_leave_out_other_kinds_services_and_departments(city: City, received: Received) -> None:
    subscribed(received, kinds=("request.logged",), service="pothole", department="works")
    subscribed(received, service="unicorn")
    subscribed(received, department="parks")
    a_request(city)

    gathered()
    sent()

    assert [body["type"] for body in received.bodies] == ["request.logged"]


def test_hidden_requests_are_told_to_nobody_or_to_the_office_only(city: City, received: Received) -> None:
    subscribed(received)
    office = subscribed(received, includes_private=True, kinds=("request.moved",))
    a_request(city, service_code="complaint", answers={}, point=None)
    receipt = a_request(city)
    requests.change_visibility(receipt.request_id, a_change(), visibility=Visibility.PRIVATE)
    moved(receipt, Step(to=Lifecycle.IN_PROGRESS))

    gathered()
    sent()

    assert [each.kind for each in all_deliveries(office)] == ["request.moved"]
    numbers = {body["data"]["request"]["number"] for body in received.bodies}
    assert numbers == {receipt.number}


def test_who_knew_of_a_request_learns_that_it_is_hidden_now_and_no_more(city: City, received: Received) -> None:
    subscribed(received, kinds=("request.visibility_changed",))
    receipt = a_request(city)
    requests.change_visibility(receipt.request_id, a_change(), visibility=Visibility.CONFIDENTIAL)

    gathered()
    sent()

    (body,) = received.bodies
    assert body["data"]["details"] == {"before": "public", "after": "confidential"}
    told = body["data"]["request"]
    assert {name for name, value in told.items() if value is not None} == {"number", "visibility"}


# --- when it does not arrive ------------------------------------------------------------------------------------------


def test_what_is_not_taken_is_tried_again_later_with_the_same_id(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    a_request(city)
    gathered()
    received.answer = lambda _: (500, {}, b"no")
    sent()
    received.answer = lambda _: (204, {}, b"")
    at_once, later = sent(at=MONDAY + timedelta(seconds=3)), sent(at=MONDAY + timedelta(seconds=7))

    assert (at_once, later, len(set(received.ids)), len(received.ids)) == (0, 1, 1, 2)
    (delivery,) = all_deliveries(secret)
    tries = queries.attempts(delivery.id)
    assert [(each.number, each.status) for each in tries] == [(2, 204), (1, 500)]
    assert received.messages[0][1] == received.messages[1][1]


def test_a_receiver_that_asks_for_time_gets_it(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    a_request(city)
    gathered()
    received.answer = lambda _: (429, {"retry-after": "120"}, b"")
    sent()

    assert all_deliveries(secret)[0].due_at == MONDAY + timedelta(minutes=2)


def test_later_news_of_a_request_waits_for_earlier_and_other_requests_do_not(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged", "request.moved"))
    first = a_request(city)
    moved(first, Step(to=Lifecycle.IN_PROGRESS))
    second = a_request(city)
    gathered()
    received.answer = lambda headers: (500, {}, b"") if headers["webhook-id"] == received.ids[0] else (204, {}, b"")

    sent()

    told = [(body["type"], body["data"]["request"]["number"]) for body in received.bodies]
    assert told == [("request.logged", first.number), ("request.logged", second.number)]
    assert [each.state for each in all_deliveries(secret)] == ["delivered", "due", "due"]


def test_after_the_last_try_the_message_is_dead_and_its_subscription_paused(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    a_request(city)
    gathered()
    received.answer = lambda _: (500, {}, b"")
    for hour in range(rules.MOST_TRIES):
        sent(at=MONDAY + timedelta(hours=8 * hour))

    (delivery,) = all_deliveries(secret)
    assert (delivery.state, delivery.all_tries) == ("dead", rules.MOST_TRIES)
    now = queries.subscription(secret.subscription.token)
    assert (now.state, now.reason) == ("paused", "failing")
    assert journal.timeline(f"webhook:{now.id}")[-1].body == {"what": "paused", "reason": "failing"}


def test_a_receiver_that_is_gone_is_not_asked_again(city: City, received: Received) -> None:
    secret = subscribed(received)
    actions.ping(secret.subscription.token, key="p")
    received.answer = lambda _: (410, {}, b"")
    sent()

    assert queries.subscription(secret.subscription.token).reason == "gone"
    assert all_deliveries(secret)[0].state == "dead"


def test_news_gathers_while_paused_and_goes_out_when_resumed(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    token = secret.subscription.token
    actions.pause(token, by="operator:1")
    a_request(city)
    gathered()
    while_paused = sent()
    actions.resume(token, by="operator:1")

    assert (while_paused, sent(), len(received.ids)) == (0, 1, 1)


def test_dead_messages_are_sent_again_by_hand_under_their_own_ids(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    token = secret.subscription.token
    for _ in range(2):
        a_request(city)
    gathered()
    received.answer = lambda _: (410, {}, b"")
    sent()
    actions.resume(token, by="operator:1")
    received.answer = lambda _: (204, {}, b"")
    again = actions.resend_dead(token, by="operator:1")
    sent()
    newest = all_deliveries(secret)[0]
    actions.resend(token, newest.token, by="operator:1")
    sent()

    assert again >= 1
    assert {each.state for each in all_deliveries(secret)} == {"delivered"}
    assert received.ids.count(newest.token) >= 2
    assert len(set(received.ids)) == 2


def test_a_worker_killed_between_sending_and_recording_sends_again_under_the_same_id(
    city: City, received: Received
) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    a_request(city)
    gathered()
    (claimed,) = actions.claim(limit=8)
    POST(claimed)  # and here the worker is killed

    too_early = sent(at=MONDAY + rules.LEASE - timedelta(seconds=1))
    later = sent(at=MONDAY + rules.LEASE)

    assert (too_early, later) == (0, 1)
    assert len(received.ids) == 2
    assert len(set(received.ids)) == 1
    (delivery,) = all_deliveries(secret)
    assert delivery.state == "delivered"
    assert [each.ended_at is None for each in queries.attempts(delivery.id)] == [False, True]


def test_a_late_no_does_not_undo_what_another_worker_delivered(city: City, received: Received) -> None:
    secret = subscribed(received, kinds=("request.logged",))
    a_request(city)
    gathered()
    (slow,) = actions.claim(limit=8)
    sent(at=MONDAY + rules.LEASE)

    actions.record(slow, Outcome(error="timeout", milliseconds=1))

    assert all_deliveries(secret)[0].state == "delivered"


# --- who may ask ------------------------------------------------------------------------------------------------------


def test_asking_twice_under_the_same_key_is_one_subscription(city: City, received: Received) -> None:
    wish = Wish(name="Map", url=received.url)
    one, two = (
        actions.subscribe(wish, key="same-key", client_id=7, by="client:7", may_be_private=True) for _ in range(2)
    )

    assert one == two
    assert len(queries.subscriptions(client_id=7)) == 1


def test_an_address_of_the_house_is_refused_unless_allowed(city: City, received: Received) -> None:
    wish = Wish(name="Map", url=received.url)

    with pytest.raises(BadSubscription) as refused:
        actions.subscribe(wish, key="k", client_id=None, by="operator:1", may_be_private=False)

    assert (refused.value.field, refused.value.value) == ("url", "not_https")


def test_a_program_sees_and_changes_only_its_own_and_has_room_for_twenty(city: City, received: Received) -> None:
    theirs = subscribed(received, client_id=7)
    with pytest.raises(UnknownSubscription):
        actions.pause(theirs.subscription.token, by="client:8", client_id=8)
    for _ in range(rules.MOST_SUBSCRIPTIONS - 1):
        subscribed(received, client_id=7)

    with pytest.raises(TooManySubscriptions):
        subscribed(received, client_id=7)


def test_a_revoked_key_ends_its_subscriptions(city: City, received: Received) -> None:
    client = staff.admit_client(terms=a_program(), digest_of_key="d", by="operator:1")
    theirs, other = subscribed(received, client_id=client), subscribed(received)
    a_request(city)
    gathered()
    staff.revoke_client(client, by="operator:1")
    gathered()

    now = queries.subscription(theirs.subscription.token)
    assert (now.state, now.reason) == ("ended", "revoked")
    assert {each.state for each in all_deliveries(theirs)} == {"dropped"}
    assert queries.subscription(other.subscription.token).state == "active"


def test_old_deliveries_go_and_those_still_due_stay(city: City, received: Received) -> None:
    secret = subscribed(received)
    token = secret.subscription.token
    actions.ping(token, key="old")
    sent()
    actions.ping(token, key="due")
    with clock.frozen(MONDAY + timedelta(days=200)):
        actions.ping(token, key="new")

    gone = actions.forget_old(now=MONDAY + timedelta(days=200))

    assert gone == 1
    assert [each.state for each in all_deliveries(secret)] == ["due", "due"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM webhooks_attempt")
        assert cursor.fetchone() == (0,)
