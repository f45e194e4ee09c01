"""Web push against the standard's own example, and against a push service on this machine that passes messages on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from answerable.channels.webpush.carrier import PushCarrier
from answerable.channels.webpush.posting import Fate, News, Posted, payload, post
from answerable.channels.webpush.sealing import LONGEST_PAYLOAD, city_key, from_text, sealed_with, to_text
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.queries import DeviceView
from answerable.contacts.rules import PushKeys, Way
from answerable.notices.ports import Away, NotTaken, Parcel, Taken
from answerable.plumbing import clock
from tests.builders.browsers import ABrowser, claims_of
from tests.builders.receiver import Received, a_receiver

NOON = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
NEWS = News(
    key="request:17/3", title="Work is planned", words="Le 3 décembre.", link="https://311.example.org/x", language="fr"
)
KEY = city_key("a house secret")


@pytest.fixture
def service() -> Iterator[Received]:
    with a_receiver() as received, clock.frozen(NOON):
        received.answer = lambda _: (201, {}, b"")
        yield received


def sent(to: ABrowser, news: News = NEWS) -> Posted:
    return post(news, to.told, key=KEY, contact="mailto:311@example.org", may_be_private=True)


def test_sealing_gives_the_octets_of_the_standards_example() -> None:
    # Source: RFC 8291, appendix A.
    sender = ec.derive_private_key(
        int.from_bytes(from_text("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )

    body = sealed_with(
        b"When I grow up, I want to be a watermelon",
        public_key="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        secret="BTBZMqHH6r4Tts7J_aSIgg", sender=sender, salt=from_text("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip

    assert to_text(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_browser_reads_the_news_and_nobody_on_the_way_does(service: Received) -> None:
    browser = ABrowser(service.url)

    posted = sent(browser)

    ((headers, body),) = service.messages
    assert posted == Posted(Fate.TAKEN, status=201)
    assert b"Work is planned" not in body
    told = browser.opened(body)
    assert (told["title"], told["body"], told["url"], told["lang"]) == (
        "Work is planned", "Le 3 décembre.", "https://311.example.org/x", "fr",
    )  # fmt: skip
    assert (headers["content-encoding"], headers["ttl"], headers["urgency"]) == ("aes128gcm", "259200", "normal")


def test_the_message_is_signed_as_the_citys_for_that_push_service_alone(service: Received) -> None:
    sent(ABrowser(service.url))

    claims, said, signed, public = claims_of(service.messages[0][0]["authorization"])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    r, s = int.from_bytes(signed[:32], "big"), int.from_bytes(signed[32:], "big")
    key.verify(encode_dss_signature(r, s), said, ec.ECDSA(hashes.SHA256()))
    assert to_text(public) == KEY.public_text
    assert claims["aud"] == service.url.removesuffix("/news")
    assert claims["sub"] == "mailto:311@example.org"
    assert NOON < datetime.fromtimestamp(claims["exp"], UTC) <= NOON + timedelta(hours=24)


def test_a_message_sent_twice_replaces_itself(service: Received) -> None:
    browser = ABrowser(service.url)

    sent(browser)
    sent(browser)

    (first, body), (second, again) = service.messages
    assert first["topic"] == second["topic"]
    assert body != again
    assert browser.opened(body) == browser.opened(again)


@pytest.mark.parametrize(
    ("status", "fate"),
    [(410, Fate.GONE), (404, Fate.GONE), (429, Fate.LATER), (503, Fate.LATER),
     (403, Fate.REFUSED), (302, Fate.REFUSED)],
)  # fmt: skip
def test_what_the_push_service_says_is_understood(service: Received, status: int, fate: Fate) -> None:
    service.answer = lambda _: (status, {}, b"")

    assert sent(ABrowser(service.url)).fate is fate


def test_an_address_within_the_house_is_never_called() -> None:
    browser = ABrowser("https://127.0.0.1/push")

    told = post(NEWS, browser.told, key=KEY, contact="mailto:311@example.org", may_be_private=False)

    assert (told.fate, told.reason) == (Fate.GONE, "private")


def test_a_service_that_is_away_is_tried_later(service: Received) -> None:
    gone = ABrowser("http://127.0.0.1:9/push")

    assert sent(gone).fate is Fate.LATER


@pytest.mark.parametrize("sign", ["é", "😀", '"', "x"])
def test_long_words_are_shortened_so_that_every_push_service_takes_them(sign: str) -> None:
    long = payload(
        News(key="k", title=sign * 500, words=sign * 5000, link="https://e.example/" + "x" * 280, language="fr")
    )

    assert len(long) <= LONGEST_PAYLOAD
    assert long.decode().count("…") == 2


def test_every_machine_with_the_houses_secret_has_the_same_key() -> None:
    assert city_key("one").public_text == city_key("one").public_text
    assert city_key("one").public_text != city_key("another").public_text
    assert len(from_text(city_key("one").public_text)) == 65


# --- as the notices room uses it ------------------------------------------------------------------------------


def a_carrier() -> PushCarrier:
    return PushCarrier(house_key="a house secret", contact="mailto:311@example.org", may_be_private=True)


def a_parcel(address: str) -> Parcel:
    return Parcel(
        key="request:17/3", way=Way.PUSH, address=address, language="fr", subject="Les travaux sont prévus", text="…",
        html="", short="Le 3 décembre.", link="https://311.example.org/fr/follow/x/", stop="", from_name="311",
    )  # fmt: skip


def a_device(browser: ABrowser) -> DeviceView:
    told = browser.told
    keys = PushKeys(told.endpoint, told.public_key, told.secret)
    return contacts.add_device("request:17", keys, link="x", language="fr", may_be_private=True, by="resident")


@pytest.mark.django_db
def test_a_parcel_reaches_its_browser(service: Received) -> None:
    browser = ABrowser(service.url)

    taken = a_carrier().carry(a_parcel(f"device:{a_device(browser).id}"))

    assert taken == Taken(provider_id="", status_code=201)
    assert browser.opened(service.messages[0][1])["title"] == "Les travaux sont prévus"


@pytest.mark.django_db
def test_a_browser_that_is_gone_gets_no_more(service: Received) -> None:
    service.answer = lambda _: (410, {}, b"")
    device = a_device(ABrowser(service.url))

    first = a_carrier().carry(a_parcel(f"device:{device.id}"))
    second = a_carrier().carry(a_parcel(f"device:{device.id}"))

    assert isinstance(first, NotTaken)
    assert first.address_is_bad
    assert isinstance(second, NotTaken)
    assert len(service.messages) == 1
    assert contact_queries.devices_of("request:17") == ()


@pytest.mark.django_db
def test_a_push_service_that_is_busy_is_asked_again_later(service: Received) -> None:
    service.answer = lambda _: (429, {}, b"")

    with pytest.raises(Away) as told:
        a_carrier().carry(a_parcel(f"device:{a_device(ABrowser(service.url)).id}"))
    assert (told.value.may_have_it, told.value.status_code) == (False, 429)
