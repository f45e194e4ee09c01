"""Codes of calls and files in the operator's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from answerable.catalogue import queries as catalogue
from answerable.intake.queries import EnquiryView
from answerable.kernel.errors import AnswerableError
from answerable.kernel.languages import in_language


@dataclass(frozen=True, slots=True)
class ToldEnquiry:
    """An enquiry as a line of a file."""

    at: datetime
    title: str
    text: str
    by: str


def language_name(tag: str) -> str:
    """The language's name in the reader's language."""
    return {"en": _("English"), "fr": _("French")}.get(tag, tag)


def news_by(code: str) -> str:
    """How somebody wishes to hear from the city."""
    return {
        "none": _("No news"),
        "phone": _("Telephone"),
        "sms": _("Text message"),
        "email": _("Email"),
    }.get(code, code)


def channel(code: str) -> str:
    """How somebody reached the city."""
    return {
        "web": _("Website"),
        "phone": _("Telephone"),
        "counter": _("Counter"),
        "email": _("Email"),
        "sms": _("Text message"),
        "chat": _("Chat"),
        "social": _("Social media"),
        "api": _("Another system"),
        "open311": _("Open311"),
        "staff": _("City staff"),
        "import": _("Earlier records"),
    }.get(code.partition(":")[0], code)


def precision(code: str) -> str:
    """How exactly a place is known."""
    return {
        "pin": _("In the city, exact point"),
        "device": _("In the city, exact point"),
        "address": _("In the city, exact address"),
        "intersection": _("In the city, at the corner"),
        "landmark": _("In the city, known place"),
        "street": _("Only the street is known"),
        "postal": _("Only the postal area is known"),
        "area": _("Only the area is known"),
    }.get(str(code), _("Place kept as said"))


def enquiry(told: EnquiryView, *, people: Mapping[str, str]) -> ToldEnquiry:
    """The enquiry as a line: how it came, how it ended, what was said."""
    endings = {
        "request": _("Logged as a request"),
        "answered": _("Answered, no request"),
        "followed": _("Same problem as %(number)s") % {"number": told.words},
        "referred": _("Referred: %(door)s") % {"door": _door(told.referral)},
    }
    return ToldEnquiry(
        at=told.at,
        title=_("%(channel)s: %(ending)s")
        % {"channel": channel(told.channel), "ending": endings.get(told.outcome, told.outcome)},
        text="" if told.outcome == "followed" else told.words,
        by=people.get(told.by, ""),
    )


def _door(code: str) -> str:
    try:
        name = catalogue.active().referral(code).name
    except AnswerableError:
        return code
    return in_language(name, language=(get_language() or "en").split("-")[0])
