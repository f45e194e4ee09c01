"""Ways to reach people, read and compared."""

import pytest

from answerable.contacts.errors import BadEmail, BadPhone
from answerable.contacts.rules import email_key, phone_key, postal_matches, words_key


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
