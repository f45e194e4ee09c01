"""Refusals in the words of residents: what happened, what to do; never a blame."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from answerable.catalogue.structs import Service
from answerable.kernel.errors import AnswerableError
from answerable.kernel.languages import in_language


def words(error: AnswerableError, *, service: Service | None = None) -> str:
    """The sentence for that refusal, in the reader's language."""
    return _SENTENCES.get(error.code, _other)(error, service)


def _other(error: AnswerableError, service: Service | None) -> str:
    return _("This cannot be taken as it is. Please check it and try again.")


def _label(error: AnswerableError, service: Service | None) -> str:
    question = service.question(error.field) if service else None
    return in_language(question.label, language=get_language() or "en") if question else error.field


def _answer_missing(error: AnswerableError, service: Service | None) -> str:
    return _("Please answer: %(question)s") % {"question": _label(error, service)}


def _answer_wrong(error: AnswerableError, service: Service | None) -> str:
    question = service.question(error.field) if service else None
    kind = question.type if question else ""
    if kind == "number" and question and (question.min is not None or question.max is not None):
        return _("Write a number from %(low)s to %(high)s.") % {"low": question.min or 0, "high": question.max or "…"}
    sentences = {
        "number": _("Write a number, like 12 or 3.5."),
        "date": _("Write the date as year-month-day, like 2026-11-21."),
        "single": _("Choose one of the answers shown."),
        "multi": _("Choose among the answers shown."),
        "yes_no": _("Answer yes or no."),
    }
    return sentences.get(kind, _("This answer is too long. Please shorten it."))


_SENTENCES: Mapping[str, Callable[[AnswerableError, Service | None], str]] = {
    "intake.answer_missing": _answer_missing,
    "intake.answer_wrong": _answer_wrong,
    "intake.place_missing": lambda *_args: _("Say where it is: an address, a corner or a landmark."),
    "intake.place_too_vague": lambda *_args: _(
        "We need to know it more exactly to send a crew. Give a house number or the nearest corner."
    ),
    "intake.too_long": lambda *_args: _("This is too long. Please shorten it."),
    "contact.too_long": lambda *_args: _("This is too long. Please shorten it."),
    "intake.contact_missing": lambda *_args: _(
        "For this service we need a way to reach you: an email address or a telephone number."
    ),
    "contact.bad_email": lambda *_args: _("Write an email address like name@example.org."),
    "contact.bad_phone": lambda *_args: _("Write a telephone number with its area code, like 204-555-0123."),
    "request.bad_photo": lambda *_args: _(
        "We cannot read this photo. Send a JPEG, PNG or WebP picture of at most 12 MB."
    ),
    "number.malformed": lambda *_args: _("A request number has ten digits, like 26-0184213-1."),
    "number.check_digit": lambda *_args: _(
        "One digit of this number is wrong, or two are swapped. Compare it with your confirmation, digit by digit."
    ),
    "request.unknown": lambda *_args: _(
        "We cannot open a request with this number and postal code. Check both, or use the link you were given."
    ),
    "request.too_many_tries": lambda *_args: _(
        "This number was tried too often. Wait an hour, or use the link you were given."
    ),
    "request.dispute_over": lambda *_args: _(
        "The time to tell us that it is not fixed is over. Please report it again."
    ),
    "request.step_incomplete": lambda *_args: _("Please write a few words."),
    "request.step_not_allowed": lambda *_args: _(
        "This request has moved on meanwhile. Load the page again to see where it stands."
    ),
    "request.key_reused": lambda *_args: _("This was already sent. Load the page again to see it."),
}
