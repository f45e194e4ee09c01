"""When a message may go, what an answer means, and the words there are in every language."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from answerable.contacts.rules import Way, Wished
from answerable.notices import rules, wording
from answerable.notices.errors import BadWording, UnknownKind
from answerable.notices.kinds import KINDS, PLACEHOLDERS
from answerable.notices.rules import NIGHT, Meant, Quiet, may_go_at
from answerable.notices.wording import LANGUAGES, Wording
from answerable.web.components.facts import reason_words

TORONTO = ZoneInfo("America/Toronto")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wished", "goes"),
    [
        ("2026-11-16T20:59:59", "2026-11-16T20:59:59"),
        ("2026-11-16T21:00:00", "2026-11-17T08:00:00"),
        ("2026-11-17T00:30:00", "2026-11-17T08:00:00"),
        ("2026-11-17T07:59:59", "2026-11-17T08:00:00"),
        ("2026-11-17T08:00:00", "2026-11-17T08:00:00"),
        ("2026-03-07T23:00:00", "2026-03-08T08:00:00"),  # the clocks go forward in that night
        ("2026-10-31T23:00:00", "2026-11-01T08:00:00"),  # and back in this one
        ("2026-12-31T22:00:00", "2027-01-01T08:00:00"),
    ],
)
def test_what_rings_at_night_waits_for_the_morning_of_the_city(wished: str, goes: str) -> None:
    assert may_go_at(at(wished), quiet=NIGHT, zone=TORONTO) == at(goes)


def test_quiet_hours_may_lie_within_a_day() -> None:
    noon = Quiet(time(12, 0), time(14, 0))

    assert may_go_at(at("2026-11-16T13:00"), quiet=noon, zone=TORONTO) == at("2026-11-16T14:00")
    assert may_go_at(at("2026-11-16T14:00"), quiet=noon, zone=TORONTO) == at("2026-11-16T14:00")


def test_own_quiet_hours_go_before_the_citys() -> None:
    own = Wished(quiet_from=time(18, 0), quiet_to=time(9, 0))
    never = Wished(quiet_from=time(0, 0), quiet_to=time(0, 0))

    assert rules.quiet_hours(Way.EMAIL, own) == Quiet(time(18, 0), time(9, 0))
    assert rules.quiet_hours(Way.SMS, never) is None
    assert rules.quiet_hours(Way.SMS, Wished()) == NIGHT
    assert rules.quiet_hours(Way.EMAIL, Wished()) is None


def test_pauses_grow_and_are_spread() -> None:
    assert rules.pause_after(1, chance=0).total_seconds() == 5
    assert rules.pause_after(4, chance=0.5).total_seconds() == 80
    assert rules.pause_after(30, chance=1).total_seconds() == 5400


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("STOP", Meant.STOP), (" Arrêt. ", Meant.STOP), ("ARRET", Meant.STOP), ("désabonner!", Meant.STOP),
        ("Start", Meant.START), ("DÉBUT", Meant.START), ("aide", Meant.HELP), ("Help?", Meant.HELP),
        ("Stop the noise, please", Meant.WORDS), ("Le vert", Meant.WORDS), ("", Meant.WORDS),
    ],
)  # fmt: skip
def test_a_message_that_is_nothing_but_such_a_word_stops_starts_or_asks_for_help(words: str, meant: Meant) -> None:
    assert rules.meaning_of(words) is meant


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_with_good_words_of_one_version_in_every_language(kind: str) -> None:
    words = [wording.shipped(kind, language) for language in LANGUAGES]

    for each in words:
        assert wording.checked(kind, each) == Wording(
            version=each.version, subject=each.subject, text=each.text.strip(), short=each.short.strip(),
            action=each.action,
        )  # fmt: skip
    assert len({each.version for each in words}) == 1
    assert len({bool(each.action) for each in words}) == 1
    assert len({each.subject for each in words}) == len(LANGUAGES)


def test_every_placeholder_is_explained_and_used() -> None:
    assert set(PLACEHOLDERS) == {name for kind in KINDS.values() for name in kind.placeholders}


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_called_in_messages_as_on_pages(language: str) -> None:
    from django.utils import translation

    reasons = wording.frame(language).reasons

    with translation.override("en"):
        told = {code: reason_words(code) for code in reasons}
    assert all(told.values())
    assert language != "en" or told == reasons


def test_a_paragraph_that_has_nothing_to_say_is_left_out() -> None:
    words = Wording(
        version=1, subject="On {day}: {service}", text="Hello.\n\nOn {day}.\n\n{words}\n\nBye.", short="A\nB {day}."
    )

    filled = wording.fill(words, {"service": "Pothole", "day": "", "words": "{day} {number}"})

    assert filled.subject == "On : Pothole"
    assert filled.paragraphs == ("Hello.", "{day} {number}", "Bye.")
    assert filled.short == "A"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "Hello {nmber}"}, "text"), ({"text": "Hello {number"}, "text"), ({"subject": ""}, "subject"),
        ({"subject": "a\nb"}, "subject"), ({"short": "x" * 460}, "short"), ({"text": "{survey}"}, "text"),
    ],
)  # fmt: skip
def test_words_with_an_unknown_placeholder_a_lone_brace_or_a_missing_part_are_refused(
    changes: dict[str, str], field: str
) -> None:
    given = {"subject": "S", "text": "T {number}", "short": "S"} | changes

    with pytest.raises(BadWording) as refusal:
        wording.checked("started", Wording(version=1, **given))
    assert refusal.value.field == field


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownKind):
        wording.shipped("../../settings", "en")


def test_a_language_that_was_behind_catches_up_and_a_change_goes_ahead() -> None:
    given = frozenset
    assert rules.next_revision({}, given=given({"en", "fr"})) == 1
    assert rules.next_revision({"en": 2, "fr": 1}, given=given({"fr"})) == 2
    assert rules.next_revision({"en": 2, "fr": 1}, given=given({"en"})) == 3
    assert rules.next_revision({"en": 2, "fr": 2}, given=given({"fr"})) == 3
