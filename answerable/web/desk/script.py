"""The line to read aloud next, in the caller's language."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from answerable.kernel.languages import in_language
from answerable.web.components import formats
from answerable.web.desk.call import Situation


def line(situation: Situation) -> tuple[str, str]:
    """The language tag of the caller, and what to say to them now."""
    language = situation.call.language
    with translation.override(language):
        return language, _line(situation, language)


def _line(situation: Situation, language: str) -> str:
    if situation.service is None:
        return _("What is the problem, and where is it?")
    ending = next((stop for stop in situation.stops if stop.action != "continue" and stop.when is not None), None)
    if ending is not None:
        return in_language(ending.say, language=language)
    about_place = _about_place(situation, needed=situation.service.location == "required")
    if about_place:
        return about_place
    if situation.open_question is not None:
        return in_language(situation.open_question.label, language=language)
    return _closing(situation)


def _about_place(situation: Situation, *, needed: bool) -> str:
    if situation.spot.is_outside:
        return _("This place is not in our city. I will tell you who can help.")
    if situation.spot.choices:
        return _("There are several places of that name. Which one do you mean?")
    if situation.spot.place is None and needed:
        return _("Where exactly is it? A house number or the nearest corner is best.")
    return ""


def _closing(situation: Situation) -> str:
    due = situation.dates.completion_due or situation.dates.first_action_due
    if due is None:
        return _("I am logging this now, and I will give you a number to follow it.")
    said = {"date": formats.local_date(due)}
    if situation.dates.completion_due is None:
        return (
            _("I am logging this now. We promise to look at it by %(date)s, and you get a number to follow it.") % said
        )
    return _("I am logging this now. We promise that it is done by %(date)s, and you get a number to follow it.") % said
