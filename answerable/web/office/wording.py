"""Codes in words, as staff read them, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from answerable.catalogue.city import City
from answerable.kernel.errors import AnswerableError
from answerable.kernel.languages import Text, in_language
from answerable.requests.rules import Handoff, Lifecycle, LinkKind, Visibility

Words = Mapping[str, str | Promise]

LIFECYCLE: Final[Words] = {
    Lifecycle.RECEIVED: _("Received"),
    Lifecycle.TRIAGE: _("To be checked"),
    Lifecycle.ASSIGNED: _("Accepted"),
    Lifecycle.SCHEDULED: _("Scheduled"),
    Lifecycle.IN_PROGRESS: _("In progress"),
    Lifecycle.AWAITING_REQUESTER: _("Waiting for the resident"),
    Lifecycle.ON_HOLD: _("On hold"),
    Lifecycle.REFERRED: _("Referred"),
    Lifecycle.RESOLVED: _("Resolved"),
    Lifecycle.CLOSED: _("Closed"),
}
HANDOFF: Final[Words] = {
    Handoff.QUEUED: _("Waiting to be sent"),
    Handoff.SENT: _("Not yet accepted"),
    Handoff.ACKNOWLEDGED: _("Accepted"),
    Handoff.REFUSED: _("Sent back"),
    Handoff.FAILED: _("Not delivered"),
    Handoff.DONE_REPORTED: _("Reported as done"),
    Handoff.OUT_OF_SYNC: _("To be compared"),
}
VISIBILITY: Final[Words] = {
    Visibility.PUBLIC: _("Everyone"),
    Visibility.PUBLIC_REDACTED: _("Everyone, without its words and photos"),
    Visibility.PRIVATE: _("The resident and staff"),
    Visibility.CONFIDENTIAL: _("The resident, this department and supervisors"),
}
PRIORITIES: Final[Words] = {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}
STANDINGS: Final[Words] = {
    "breached": _("Overdue"),
    "at_risk": _("At risk"),
    "paused": _("Paused"),
}
LINKS: Final[Mapping[tuple[str, bool], str | Promise]] = {
    (LinkKind.DUPLICATE_OF, True): _("Duplicate of"),
    (LinkKind.DUPLICATE_OF, False): _("Has the duplicate"),
    (LinkKind.PART_OF, True): _("Part of"),
    (LinkKind.PART_OF, False): _("Has the part"),
    (LinkKind.FOLLOW_ON_OF, True): _("Goes on from"),
    (LinkKind.FOLLOW_ON_OF, False): _("Goes on in"),
}
PAUSES: Final[Words] = {
    "weather": _("The weather"),
    "season": _("The season"),
    "permit": _("Waiting for a permit"),
    "parts": _("Waiting for parts"),
    "locates": _("Waiting for underground pipes and cables to be marked"),
    "other_party": _("Waiting for somebody else"),
}
REFUSALS: Final[Words] = {
    "other_department": _("Another department does this"),
    "other_government": _("Another government or a utility does this"),
    "private_property": _("It is private property"),
    "wrong_place": _("The place is wrong"),
    "wrong_service": _("It is another kind of request"),
    "too_little": _("Too little is known to act"),
}
REROUTES: Final[Words] = {
    "rules": _("The rules send it there"),
    "wrong_department": _("It came to the wrong department"),
    "wrong_queue": _("It came to the wrong queue"),
    "wrong_place": _("The place was corrected"),
    "workload": _("To share the work"),
}
OBSTACLES: Final[Words] = {
    "unsafe": _("It cannot be done safely"),
    "private_property": _("It is private property"),
    "no_authority": _("The city has no power to do it"),
    "too_costly": _("The cost is out of proportion"),
    "not_found": _("The place cannot be reached or found"),
    "entered_twice": _("It was entered twice"),
    "test_entry": _("It was a test"),
}
NEW_DATES: Final[Words] = {**PAUSES, "workload": _("More work than crews")}
"""Why a new date is promised."""
REASONS: Final[Words] = {**PAUSES, **REFUSALS, **REROUTES, **OBSTACLES}
"""Every reason staff can give; the journal keeps the code, words go into notes that can be redacted."""


def language() -> str:
    """The language of the page."""
    return (get_language() or "en").split("-")[0]


def said(text: Text | str | None) -> str:
    """A text of the city pack in the page's language; empty when there is none."""
    if not text:
        return ""
    return text if isinstance(text, str) else in_language(text, language=language())


def choices(words: Words, only: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """The words as options of a field."""
    return [(str(code), str(word)) for code, word in words.items() if only is None or code in only]


def service_name(city: City, code: str) -> str:
    """What the service is called; its code when this version no longer has it."""
    return said(city.service(code).name) if city.has_service(code) else code


def department_name(city: City, code: str) -> str:
    """What the department is called."""
    try:
        return said(city.department(code).name)
    except AnswerableError:
        return code


def queue_name(city: City, department: str, queue: str) -> str:
    """What the queue is called."""
    try:
        return said(city.queue(department, queue).name)
    except AnswerableError:
        return queue


def area_kind_name(city: City, kind: str) -> str:
    """What that kind of area is called, such as Ward."""
    return next((said(each.label) for each in city.pack.areas if each.kind == kind), kind)


def area_name(name: str, key: str) -> str:
    """An area as people say it: number and name, unless they are the same."""
    return name if not key or key == name else gettext("%(number)s, %(name)s") % {"number": key, "name": name}


def outcome_name(city: City, code: str) -> str:
    """How it ended."""
    try:
        return said(city.outcome(code).name)
    except AnswerableError:
        return code


def refusal(error: AnswerableError) -> str:
    """Why something was not done, for the person who tried."""
    return refusal_of(error.code, error.field, value=error.value, otherwise=error.message)


def refusal_of(code: str, field: str, *, value: str = "", otherwise: str = "") -> str:
    """A refusal's code in words; `otherwise` where there are none for it."""
    told: Words = {
        "request.step_not_allowed": _("This is not possible from its present state."),
        "request.step_incomplete": _("Something is missing: %(field)s."),
        "request.proof_missing": PROOFS.get(value, ""),
        "request.bad_photo": _("This is no picture we can keep. Send a JPEG, PNG or WebP photo."),
        "promise.bad_repromise": _("This date is over, or nothing is promised any more. Choose a later day."),
        "audit.own_work": _("You took part in this request. A colleague must judge it."),
        "audit.already_judged": _("Somebody has judged this already."),
        "audit.no_grounds": _("Say what you found."),
        "audit.no_verdict": _("Choose right, wrong or unclear."),
        "request.moved_meanwhile": _("Somebody changed it meanwhile. Look at it again, then decide."),
        "run.no_permission": _("Your role may not change this request."),
        "request.bad_choice": _("What was chosen does not go with this request: %(field)s."),
        "request.unknown": _("There is no such request, or it is not yours."),
        "request.key_reused": _("This form was used for something else. Load the page again and send once more."),
        "request.parts_open": _("Parts of it are still open: %(value)s."),
        "request.bad_link": _(
            "These two cannot be tied: it would tie a request to itself, close a ring or name a second original."
        ),
        "number.malformed": _("This is not a request number. It looks like 26-0184213-7."),
        "number.check_digit": _("A digit is wrong or two are swapped. Please check the number."),
        "catalogue.unknown_service": _("There is no such service."),
        "intake.answer_missing": _("This question needs an answer."),
    }
    words = told.get(code)
    if words is None:
        return otherwise or gettext("It was refused: %(code)s.") % {"code": code}
    named = {"field": FIELDS.get(field, field), "value": value}
    return str(words) % named if "%(" in str(words) else str(words)


FIELDS: Final[Words] = {
    "reason": _("the reason"),
    "until": _("the date"),
    "party": _("who it is referred to"),
    "outcome": _("how it ended"),
    "note": _("the words"),
    "to": _("the state"),
    "team": _("the team"),
    "assignee": _("the colleague"),
    "queue": _("the queue"),
}


AUDIENCES: Final[Words] = {
    "public": _("For the resident, too"),
    "staff": _("Staff only"),
    "inspection": _("Inspection note, for staff and auditors"),
}
"""Who reads a note."""

VERDICTS: Final[Words] = {
    "right": _("Right"),
    "wrong": _("Wrong"),
    "unclear": _("Unclear"),
}
"""Whether what was said at the end was so."""

PROOFS: Final[Words] = {
    "photo": _("This service is closed as done only with a photo of the work."),
    "note": _("This service is closed as done only with words: at least ten characters on what was found and done."),
    "photo_or_note": _("This service is closed as done only with a photo of the work, or words on what was done."),
}
"""What a service asks for before it is closed as done."""


def desk_name(city: City, department: str, queue: str) -> str:
    """A department and its queue, as one name."""
    return f"{department_name(city, department)}, {queue_name(city, department, queue)}"
