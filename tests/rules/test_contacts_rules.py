"""Ways to reach people, read and compared."""

from datetime import time

import pytest

from answerable.contacts.errors import BadDevice, BadEmail, BadPhone, BadQuietHours
from answerable.contacts.rules import (
    Consents,
    MessageClass,
    PushKeys,
    Way,
    Wished,
    email_key,
    masked_email,
    masked_phone,
    may_reach,
    need_push_keys,
    need_quiet_hours,
    phone_key,
    postal_matches,
    words_key,
)


@pytest.mark.parametrize("written", ["204-555-0178", "(204) 555 0178", "1 204 555-0178", "+1 204.555.0178 x12"])
def test_one_number_written_many_ways_is_one_number(written: str) -> None:
    assert phone_key(written) == "12045550178"


@pytest.mark.parametrize("written", ["555-0178", "12", "1" * 16])
def test_a_number_that_cannot_be_dialled_is_refused(written: str) -> None:
    with pytest.raises(BadPhone) as refused:
        phone_key(written)
    assert refused.value.field == "phone"


@pytest.mark.parametrize("written", ["a@b", "a b@c.ca", "@c.ca", "a@", "a@b..ca", "x" * 250 + "@b.ca"])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(BadEmail):
        email_key(written)


def test_nothing_given_is_nothing_kept() -> None:
    assert email_key("  ") == ""
    assert phone_key("") == ""


@pytest.mark.parametrize(
    ("given", "kept", "opens"),
    [
        ("M5V 2T6", "M5V2T6", True),
        ("m5v-2t6", "M5V 2T6", True),
        ("M5V", "M5V2T6", True),
        ("M5V 2T6", "M5V", True),
        ("M5V 2T7", "M5V2T6", False),
        ("M5", "M5V2T6", False),
        ("M5V2", "M5V2T6", False),
        ("M5V", "", False),
        ("", "M5V", False),
    ],
)
def test_a_postal_code_opens_a_request_whole_or_by_its_first_three_signs(given: str, kept: str, opens: bool) -> None:
    assert postal_matches(given, kept=kept) is opens


def test_words_are_found_without_accents_and_case() -> None:
    assert words_key("Élise  TREMBLAY", "12 Rue É") == "elise tremblay 12 rue e"


@pytest.mark.parametrize(
    ("hour", "quiet"), [("20:59", False), ("21:00", True), ("23:30", True), ("00:00", True), ("07:59", True),
                        ("08:00", False), ("12:00", False)],
)  # fmt: skip
def test_quiet_hours_may_pass_midnight(hour: str, quiet: bool) -> None:
    wished = Wished(quiet_from=time(21), quiet_to=time(8))

    assert wished.is_quiet(time.fromisoformat(hour)) is quiet


def test_quiet_hours_within_a_day_end_with_their_end() -> None:
    siesta = Wished(quiet_from=time(13), quiet_to=time(15))

    assert [siesta.is_quiet(time(hour)) for hour in (12, 13, 14, 15)] == [False, True, True, False]
    assert not Wished().is_quiet(time(3))


def test_quiet_hours_need_both_ends() -> None:
    with pytest.raises(BadQuietHours):
        need_quiet_hours(Wished(quiet_from=time(21)))


def test_news_goes_by_the_way_the_person_chose_until_they_say_otherwise() -> None:
    def may(said: Consents, message_class: MessageClass, way: Way) -> bool:
        return may_reach(said, message_class, way, news_by="email")

    assert may({}, MessageClass.SERVICE, Way.EMAIL)
    assert not may({}, MessageClass.SERVICE, Way.SMS)
    assert may({(MessageClass.SERVICE, Way.SMS): True}, MessageClass.SERVICE, Way.SMS)
    assert not may({(MessageClass.SERVICE, Way.EMAIL): False}, MessageClass.SERVICE, Way.EMAIL)


def test_unsubscribing_from_one_class_leaves_the_others() -> None:
    said = {(MessageClass.SERVICE, Way.EMAIL): False}

    assert may_reach(said, MessageClass.EMERGENCY, Way.EMAIL, news_by="email")


def test_nothing_promotional_is_sent_without_a_yes() -> None:
    assert not may_reach({}, MessageClass.PROMOTIONAL, Way.EMAIL, news_by="email")
    assert may_reach({(MessageClass.PROMOTIONAL, Way.EMAIL): True}, MessageClass.PROMOTIONAL, Way.EMAIL, news_by="none")


def test_an_address_is_shown_so_that_only_its_owner_knows_it_again() -> None:
    assert masked_email("amelie@example.org") == "a•••e@example.org"
    assert masked_email("al@example.org") == "a•••@example.org"
    assert masked_email("") == ""
    assert masked_phone("+1 (204) 555-0123") == "••• 0123"
    assert masked_phone("") == ""


@pytest.mark.parametrize("broken", [{"public_key": "AAAA"}, {"secret": "AAAA"}, {"secret": "äöü"}])
def test_a_browser_without_whole_keys_is_no_device(broken: dict[str, str]) -> None:
    whole = {"endpoint": "https://push.example.org/1", "public_key": "B" * 86 + "A", "secret": "C" * 21 + "A"}

    need_push_keys(PushKeys(**whole))
    with pytest.raises(BadDevice):
        need_push_keys(PushKeys(**(whole | broken)))
