"""The living gallery: every part of the pages in every state, in both languages, drawn by the macros pages use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import segno
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from answerable.web.components import icons, rendering

NUMBER: Final = "26-0184213-7"
LOGGED_AT: Final = datetime(2026, 11, 17, 15, 42, tzinfo=UTC)
COLOURS: Final = (
    "brand",
    "brand-strong",
    "brand-soft",
    "accent",
    "link",
    "paper",
    "ink",
    "muted",
    "edge",
    "ok",
    "risk",
    "late",
    "sunk",
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """Anything the macros ask for by attribute."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.values.get(name, "")


def _of(**values: Any) -> Any:
    return SimpleNamespace(**values)


class SpecimenForm(forms.Form):
    """A Django form with one field of each kind."""

    street = forms.CharField(required=True)
    people = forms.IntegerField(min_value=1)
    note = forms.CharField(widget=forms.Textarea, required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component; the page that the browser checks walk through."""
    form = SpecimenForm({"street": "", "people": "0"}, auto_id="id_%s")
    form.fields["street"].label, form.fields["people"].label = _("Street"), _("People affected")
    form.fields["note"].label = _("Note")
    form.fields["street"].error_messages["required"] = _("Enter the street")
    form.is_valid()
    return render(
        request,
        "components/gallery.html",
        {
            "number_shown": NUMBER,
            "colours": COLOURS,
            "icon_names": sorted(icons.OUTLINED),
            "lifecycle": list(rendering.LIFECYCLE),
            "promises": list(rendering.PROMISE),
            "handoffs": list(rendering.HANDOFF),
            "tiles": _tiles(),
            "clocks": _clocks(),
            "proof_rows": _proofs(),
            "entries": _entries(),
            "near": _near(),
            "rows": _rows(),
            "logged_at": LOGGED_AT,
            "qr_code": _qr("https://example.org/f/" + NUMBER),
            "django_form": form,
            "size_question": _question(),
        },
    )


def _qr(address: str) -> str:
    return mark_safe(segno.make(address, error="m").svg_inline(svgclass=None, lineclass=None, omitsize=True))  # noqa: S308


def _tiles() -> list[Any]:
    return [
        _of(href="#tiles", icon="pothole", label=_("Pothole"), note=_("Usually 3 to 5 working days")),
        _of(href="#tiles", icon="bin", label=_("Missed collection"), note=_("Usually the next working day")),
        _of(href="#tiles", icon="snow", label=_("Snow and ice"), note=_("Main streets within 36 hours")),
        _of(href="#tiles", icon="lamp", label=_("Street light out"), note=""),
    ]


def _clocks() -> list[dict[str, Any]]:
    due = LOGGED_AT + timedelta(days=7)
    return [
        {"state": "running", "big": _("4 working days left"), "share": 0.28, "due_share": 1.0, "due": due, "why": ""},
        {"state": "at_risk", "big": _("5 hours left"), "share": 0.92, "due_share": 1.0, "due": due,
         "why": _("No crew is booked yet. The supervisor was told at 9 a.m. Next news by 2 p.m. today.")},
        {"state": "breached", "big": _("1 working day late"), "share": 1.0, "due_share": 0.78, "due": due,
         "why": _("We missed our date, and we are sorry. It was too cold to repair. You do not need to do anything.")},
        {"state": "paused", "big": _("Paused since November 20"), "share": 0.45, "due_share": 1.0, "due": due,
         "why": _("The ground is frozen. We look at it again on April 1.")},
        {"state": "met", "big": _("Done 2 days early"), "share": 0.7, "due_share": 1.0, "due": due, "why": ""},
    ]  # fmt: skip


def _proofs() -> list[Any]:
    return [
        _of(state="proved", title=_("Logged"), text=_("November 17, 10:42 a.m. Your request is kept for good.")),
        _of(state="waiting", title=_("Sent"), text=_("Not confirmed yet. We try again at 10:50 a.m.")),
        _of(state="late", title=_("Acted on"), text=_("It was due on Tuesday, November 24.")),
    ]


def _entries() -> list[Specimen]:
    return [
        Specimen({"kind": "next", "when": _("Next, November 26"), "title": _("Temporary patch")}),
        Specimen({"kind": "late", "at": LOGGED_AT + timedelta(days=7), "title": _("Promise missed"),
                  "text": _("The first date stays on the record. The manager was told.")}),
        Specimen({"at": LOGGED_AT + timedelta(days=1), "title": _("Inspected"), "by": _("Street maintenance")}),
        Specimen({"at": LOGGED_AT, "title": _("Logged from the web")}),
    ]  # fmt: skip


def _near() -> list[Specimen]:
    return [
        Specimen({"title": _("Pothole, 198 Alder Street"), "text": _("40 m away. 6 people follow it."),
                  "href": "#near", "action": _("Same one: follow it")}),
        Specimen({"title": _("Pothole, Alder Street at Mill Lane"), "text": _("90 m away, fixed on November 12."),
                  "href": "#near", "action": _("It is back")}),
    ]  # fmt: skip


def _rows() -> list[Any]:
    return [
        _of(
            number="26-0179920-4",
            service=_("Street light out"),
            place="88 Prospect Avenue",
            state="breached",
            share=1.0,
            ward="4",
        ),
        _of(
            number="26-0184190-1",
            service=_("Tree across a lane"),
            place="41 Mill Lane",
            state="at_risk",
            share=0.88,
            ward="4",
        ),
        _of(number=NUMBER, service=_("Pothole"), place="214 Alder Street", state="running", share=0.28, ward="2"),
        _of(
            number="26-0181763-8",
            service=_("Catch basin blocked"),
            place="602 River Road",
            state="paused",
            share=0.45,
            ward="1",
        ),
    ]


def _question() -> Any:
    return _of(
        code="size",
        type="single",
        label={"en": "How big is it?", "fr": "Quelle est sa taille?"},
        hint={"en": "About, from a distance.", "fr": "À peu près, de loin."},
        required=True,
        options=[
            _of(code="plate", label={"en": "A dinner plate", "fr": "Une assiette"}),
            _of(code="tire", label={"en": "A tire", "fr": "Un pneu"}),
            _of(code="bigger", label={"en": "Bigger or deeper", "fr": "Plus grand ou plus profond"}),
        ],
        show_when=None,
        min=None,
        max=None,
        max_length=None,
    )
