"""Refusals in the words of operators: what is missing, what to ask the caller."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from answerable.catalogue.structs import Service
from answerable.kernel.errors import AnswerableError
from answerable.kernel.languages import in_language


def words(error: AnswerableError, *, service: Service | None = None) -> str:
    """The sentence for that refusal, in the operator's language."""
    if error.code == "intake.answer_missing":
        return _("Ask: %(question)s") % {"question": _label(error, service)}
    return str(_SENTENCES.get(error.code, _OTHER))


def _label(error: AnswerableError, service: Service | None) -> str:
    question = service.question(error.field) if service else None
    return in_language(question.label, language=get_language() or "en") if question else error.field


_OTHER = gettext_lazy("This cannot be taken as it is. Check it and send again.")

_SENTENCES: Mapping[str, object] = {
    "intake.answer_wrong": gettext_lazy("This does not answer the question. Check it with the caller."),
    "intake.place_missing": gettext_lazy("Ask where it is: a house number, the nearest corner or a landmark."),
    "intake.place_too_vague": gettext_lazy(
        "This service needs an exact place: ask for a house number or the nearest corner."
    ),
    "intake.too_long": gettext_lazy("This is too long. Shorten it."),
    "intake.contact_missing": gettext_lazy(
        "This service needs a way to reach the caller: a telephone number or an email address."
    ),
    "contact.too_long": gettext_lazy("This is too long. Shorten it."),
    "intake.key_reused": gettext_lazy("This form was sent already, with other words. Begin a new one."),
    "contact.bad_email": gettext_lazy("Ask again for the email address; it looks like name@example.org."),
    "contact.bad_phone": gettext_lazy("Ask again for the number with its area code: ten digits."),
    "number.malformed": gettext_lazy("A request number has ten digits, like 26-0184213-1."),
    "number.check_digit": gettext_lazy(
        "One digit of this number is wrong, or two are swapped. Ask the caller to read it again, group by group."
    ),
    "request.unknown": gettext_lazy("There is no request with this number that you may open."),
    "request.bad_link": gettext_lazy(
        "These two cannot be tied: one of them is already tied, or it is the same request."
    ),
    "request.dispute_over": gettext_lazy("The time to dispute it is over. Log a follow-on request instead."),
    "request.step_incomplete": gettext_lazy("Write a few words."),
    "request.step_not_allowed": gettext_lazy("The request has moved on meanwhile. Look again at where it stands."),
    "request.key_reused": gettext_lazy("This was sent already. Look at the timeline."),
    "request.bad_photo": gettext_lazy("This photo cannot be read. Use a JPEG, PNG or WebP picture of at most 12 MB."),
}
