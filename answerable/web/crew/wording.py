"""The words of the crew's pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from answerable.catalogue.city import City
from answerable.catalogue.structs import Service
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.languages import Text, in_language
from answerable.web.components import formats

Words = Mapping[str, str | Promise]
KILOMETRE_M: Final = 1000

LIFECYCLE: Final[Words] = {
    "received": gettext_lazy("New"),
    "triage": gettext_lazy("Being checked"),
    "assigned": gettext_lazy("To do"),
    "scheduled": gettext_lazy("Planned"),
    "in_progress": gettext_lazy("Begun"),
    "awaiting_requester": gettext_lazy("Waiting for an answer"),
    "on_hold": gettext_lazy("On hold"),
    "referred": gettext_lazy("Referred"),
    "resolved": gettext_lazy("Done"),
    "closed": gettext_lazy("Closed"),
}
"""The states as a crew calls them."""

HELP: Final[Words] = {
    "unsafe": gettext_lazy("It is not safe"),
    "equipment": gettext_lazy("We need other equipment or material"),
    "access": gettext_lazy("We cannot get there"),
    "not_found": gettext_lazy("We cannot find it"),
    "other_team": gettext_lazy("It is another team’s work"),
}
"""Why a crew asks for help."""

PROOFS: Final[Words] = {
    "photo": gettext_lazy("Done needs a photo of the work."),
    "note": gettext_lazy("Done needs a few words on what you found and did."),
    "photo_or_note": gettext_lazy("Done needs a photo of the work, or a few words."),
}
"""What a service asks for before it is closed as done."""

REFUSALS: Final[Words] = {
    "request.moved_meanwhile": gettext_lazy("Somebody changed this request meanwhile."),
    "request.step_not_allowed": gettext_lazy("This is not possible from the state it is in now."),
    "request.step_incomplete": gettext_lazy("Something is missing. Please fill in the form again."),
    "request.key_reused": gettext_lazy("This was already sent with other words."),
    "request.bad_photo": gettext_lazy("The photo could not be read."),
    "request.bad_choice": gettext_lazy("Choose one of the list."),
}
"""Why an act was not taken, by the refusal's code."""


def said(text: Text) -> str:
    """A city's text in the language of the page."""
    return in_language(text, language=get_language() or "en")


def service_name(city: City, code: str) -> str:
    """What the service is called."""
    return said(city.service(code).name) if city.has_service(code) else code


def department_name(city: City, code: str) -> str:
    """What the department is called."""
    try:
        return said(city.department(code).name)
    except AnswerableError:
        return code


def answers(service: Service | None, given: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Each answered question with its answer, as people read it."""
    told = []
    for question in service.questions if service else ():
        value = given.get(question.code)
        if value in (None, "", []):
            continue
        labels = {option.code: said(option.label) for option in question.options}
        labels |= {"yes": _("Yes"), "no": _("No")} if question.type == "yes_no" else {}
        values = value if isinstance(value, list) else [value]
        told.append((said(question.label), ", ".join(labels.get(str(each), str(each)) for each in values)))
    return told


def distance(metres: float | None) -> str:
    """How far from the stop before, as the crow flies; empty when that is not known."""
    if metres is None:
        return ""
    if metres < KILOMETRE_M:
        return _("%(metres)s m on") % {"metres": formats.number(round(metres / 10) * 10)}
    return _("%(km)s km on") % {"km": formats.number(round(metres / KILOMETRE_M, 1))}


def refusal(error: AnswerableError) -> str:
    """Why an act was not taken, for the crew."""
    if error.code == "request.proof_missing":
        return str(PROOFS.get(error.value, ""))
    return str(REFUSALS.get(error.code, "")) or _("This could not be taken as it is.")
