"""Dates, numbers, states and fields as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import translation

from answerable.plumbing import clock
from answerable.web.components import city, formats, rendering

NOON = datetime(2026, 11, 17, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_a_city(monkeypatch: pytest.MonkeyPatch) -> None:
    """The city keeps Toronto's time."""
    face = city.CityFace(timezone=ZoneInfo("America/Toronto"))
    monkeypatch.setattr(city, "current", lambda: face)


@pytest.mark.parametrize(
    ("language", "style", "words"),
    [
        ("en", "long", "Tuesday, November 24"),
        ("en", "short", "Nov 24"),
        ("en", "full", "Tuesday, November 24, 2026"),
        ("fr", "long", "mardi 24 novembre"),
        ("fr", "short", "24 nov."),
        ("fr", "full", "mardi 24 novembre 2026"),
    ],
)
def test_a_promise_is_dated_with_its_weekday(language: str, style: str, words: str) -> None:
    with translation.override(language), clock.frozen(NOON):
        assert formats.local_date(date(2026, 11, 24), style) == words


def test_the_year_is_said_when_it_is_not_this_one() -> None:
    with translation.override("en"), clock.frozen(NOON):
        assert formats.local_date(date(2027, 1, 4)) == "Monday, January 4, 2027"


def test_an_instant_is_shown_on_the_citys_clock() -> None:
    late = datetime(2026, 11, 25, 4, 59, tzinfo=UTC)

    with translation.override("fr"), clock.frozen(NOON):
        assert formats.local_datetime(late).startswith("mardi 24 novembre, 23")
    with translation.override("en"), clock.frozen(NOON):
        assert formats.local_datetime(late).startswith("Tuesday, November 24, 11:59")


@pytest.mark.parametrize(
    ("days", "en", "fr"),
    [
        (0, "today", "aujourd’hui"),
        (1, "tomorrow", "demain"),
        (-1, "yesterday", "hier"),
        (3, "in 3 days", "dans 3 jours"),
        (-12, "12 days ago", "il y a 12 jours"),
    ],
)
def test_a_day_is_named_from_today(days: int, en: str, fr: str) -> None:
    for language, words in (("en", en), ("fr", fr)):
        with translation.override(language), clock.frozen(NOON):
            assert formats.relative_day(NOON + timedelta(days=days)).replace("\u00a0", " ") == words


def test_an_hour_before_midnight_the_next_hour_is_tomorrow() -> None:
    with translation.override("en"), clock.frozen(datetime(2026, 11, 18, 4, 30, tzinfo=UTC)):
        assert formats.relative_day(datetime(2026, 11, 18, 5, 30, tzinfo=UTC)) == "tomorrow"


def test_numbers_follow_the_language() -> None:
    with translation.override("en"):
        assert (formats.number(1208), formats.percent(0.91)) == ("1,208", "91%")
    with translation.override("fr"):
        assert formats.number(1208).replace("\u00a0", " ").replace("\u202f", " ") == "1 208"


def test_a_length_of_time_is_said_in_its_largest_unit() -> None:
    with translation.override("en"):
        assert [formats.time_words(seconds) for seconds in (90, 7200, 4 * 86_400)] == ["2 minutes", "2 hours", "4 days"]


def test_a_number_is_read_in_groups_of_one_breath() -> None:
    assert rendering.read_aloud("26-0184213-7") == ["26", "018", "42", "13", "7"]


def test_every_state_has_a_word_a_colour_and_a_shape_of_its_own() -> None:
    for states in (rendering.LIFECYCLE, rendering.PROMISE):
        words = [str(tag.word) for tag in states.values()]
        assert len(set(words)) == len(words)
        assert all(tag.tone in {"ok", "risk", "late", "rest", "info"} for tag in states.values())
    promise = {(tag.tone, tag.shape) for tag in rendering.PROMISE.values()}
    assert len(promise) >= len(rendering.PROMISE) - 1


class Sample(forms.Form):
    """One field of each kind that pages use."""

    mail = forms.EmailField(help_text="For news")
    size = forms.ChoiceField(choices=[("s", "Small"), ("b", "Big")], widget=forms.RadioSelect)
    ward = forms.ChoiceField(choices=[("1", "One")], required=False)
    many = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(widget=forms.Textarea, max_length=20, required=False)
    agree = forms.BooleanField(required=False)
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    photo = forms.FileField(required=False)
    token = forms.CharField(widget=forms.HiddenInput)
    secret = forms.CharField(widget=forms.PasswordInput)


def test_a_framework_field_becomes_the_part_that_draws_it() -> None:
    form = Sample({"mail": "x", "size": "b", "many": ["b"], "token": "t", "secret": "s"})
    form.is_valid()

    views = {name: rendering.bound(form[name]) for name in form.fields}

    kinds = {name: view.kind for name, view in views.items()}
    assert kinds == {
        "mail": "email",
        "size": "radios",
        "ward": "select",
        "many": "checkboxes",
        "note": "textarea",
        "agree": "checkbox",
        "since": "date",
        "photo": "file",
        "token": "hidden",
        "secret": "password",
    }
    assert views["mail"].error
    assert views["mail"].hint == "For news"
    assert views["size"].value == "b"
    assert views["many"].value == ["b"]
    assert views["note"].attributes["maxlength"] == "20"
    assert views["secret"].value == ""
    assert not views["ward"].required


def a_question(**changes: object) -> SimpleNamespace:
    fields: dict[str, object] = {
        "code": "size",
        "type": "single",
        "label": {"en": "How big?", "fr": "Quelle taille?"},
        "hint": None,
        "required": True,
        "options": (SimpleNamespace(code="big", label={"en": "Big", "fr": "Grand"}),),
        "show_when": None,
        "min": None,
        "max": None,
        "max_length": None,
    }
    return SimpleNamespace(**{**fields, **changes})


def test_a_question_of_the_catalogue_is_asked_in_the_pages_language() -> None:
    with translation.override("fr"):
        view = rendering.question_field(a_question(), "big")

    assert (view.kind, view.name, view.label, view.value) == ("radios", "q_size", "Quelle taille?", "big")
    assert view.options[0].label == "Grand"


def test_a_long_choice_is_a_list_to_open() -> None:
    options = tuple(SimpleNamespace(code=str(n), label={"en": str(n)}) for n in range(12))

    assert rendering.question_field(a_question(options=options)).kind == "select"


def test_a_question_may_wait_for_another_answer() -> None:
    waits = SimpleNamespace(question="kind", values=("a", "b"))

    assert rendering.question_field(a_question(show_when=waits)).shown_when == "q_kind=a|b"
