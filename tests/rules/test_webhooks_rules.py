"""When a webhook is tried again, how it is signed, what may be asked for."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.channels.webhooks import rules
from answerable.channels.webhooks.errors import BadSubscription
from answerable.channels.webhooks.rules import MOST_TRIES, Wish, checked_wish, pause_after
from answerable.kernel.signatures import signature
from answerable.plumbing.outward import NotOutside, checked_address

KINDS = frozenset({"request.logged", "request.moved"})


def test_pauses_grow_up_to_six_hours_and_end_after_about_a_day() -> None:
    pauses = [pause_after(tries, chance=0.5) for tries in range(1, MOST_TRIES)]

    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=45)]
    assert pauses[-1] == timedelta(hours=6)
    assert timedelta(hours=20) < sum(filter(None, pauses), timedelta()) < timedelta(hours=28)
    assert pause_after(MOST_TRIES, chance=0.5) is None


@given(st.integers(1, MOST_TRIES - 1), st.floats(0, 1))
def test_chance_moves_a_pause_by_a_fifth_at_most(tries: int, chance: float) -> None:
    middle, moved = pause_after(tries, chance=0.5), pause_after(tries, chance=chance)

    assert middle is not None
    assert moved is not None
    assert abs(moved - middle) <= middle * rules.JITTER + timedelta(microseconds=1)


def test_a_receiver_may_ask_for_more_time_but_not_for_ever() -> None:
    assert pause_after(1, chance=0.5, asked_seconds=120) == timedelta(minutes=2)
    assert pause_after(1, chance=0.5, asked_seconds=10**6) == timedelta(hours=6)
    assert pause_after(4, chance=0.5, asked_seconds=1) == timedelta(seconds=135)


def test_a_signature_is_that_of_the_standards_own_example() -> None:
    """Source: Standard Webhooks, "Signature scheme", the example every library of theirs is tested with."""
    written = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    secret = base64.b64decode(written.removeprefix("whsec_"))
    assert rules.written(secret) == written

    signed = signature(
        [secret], message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_give_two_signatures_newest_first() -> None:
    secrets = [rules.secret_of("house", token="wh_1", number=number) for number in (2, 1)]

    both = signature(secrets, message_id="msg_1", timestamp=1, body=b"{}").split(" ")

    assert both == [signature([each], message_id="msg_1", timestamp=1, body=b"{}") for each in secrets]
    assert len(set(both)) == 2


def test_secrets_differ_by_house_subscription_and_rotation() -> None:
    made = {rules.secret_of(house, token=token, number=number) for house in "ab" for token in "cd" for number in (1, 2)}

    assert len(made) == 8
    assert {len(secret) for secret in made} == {32}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(name="", url="https://a.example/"), "name"),
        (Wish(name="x" * 121, url="https://a.example/"), "name"),
        (Wish(name="Map", url="https://a.example/", kinds=("staff.signed_in",)), "kinds"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_by_field(wish: Wish, field: str) -> None:
    with pytest.raises(BadSubscription) as refused:
        checked_wish(wish, known_kinds=KINDS)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.com/", "not_https"),
        ("ftp://hooks.example.com/", "not_https"),
        ("https://user:pass@hooks.example.com/", "has_credentials"),
        ("https://", "malformed"),
        ("https://hooks.example.com:99999/", "malformed"),
        ("https://hooks.example.com/a b", "malformed"),
        ("https://hooks.example.com/\n", "malformed"),
        ("https://hooks.example.com/#top", "malformed"),
        ("https://[::1", "malformed"),
        ("https://hooks.example.com/" + "x" * 500, "malformed"),
        ("https://localhost/", "private"),
        ("https://intranet/", "private"),
        ("https://printer.local/", "private"),
        ("https://127.0.0.1/", "private"),
        ("https://10.1.2.3/", "private"),
        ("https://169.254.169.254/latest/meta-data/", "private"),
        ("https://[::1]/", "private"),
        ("https://[fd00::1]/", "private"),
        ("https://[::ffff:192.168.1.1]/", "private"),
        ("https://2130706433/", "private"),
    ],
)
def test_an_address_that_is_not_outside_is_refused(url: str, why: str) -> None:
    with pytest.raises(NotOutside, match=why):
        checked_address(url, may_be_private=False)


def test_addresses_of_the_house_may_be_allowed() -> None:
    assert checked_address("http://127.0.0.1:8000/news", may_be_private=True)
    assert checked_address("https://hooks.example.com:8443/a?b=c", may_be_private=False)
