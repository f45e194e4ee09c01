"""What every fact of the journal says in words: to residents, or nothing; and to staff, always.

A page gives each recorded fact a `Scene`: the city it was logged under and the words of the notes its reader may see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from answerable.journal.records import RecordedFact
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.languages import Text, in_language
from answerable.web.components import formats
from answerable.web.components.connectorfacts import CONNECTOR_FACTS
from answerable.web.components.housefacts import HOUSE_FACTS
from answerable.web.components.noticefacts import NOTICE_FACTS
from answerable.web.components.rendering import state_tag
from answerable.web.components.teamfacts import TEAM_FACTS
from answerable.web.components.told import Scene, Telling, Told
from answerable.web.components.workfacts import WORK_FACTS


def to_resident(fact: RecordedFact, scene: Scene) -> Told | None:
    """What the fact says to the people it concerns; None for what only staff need."""
    tellings = FACTS.get(fact.kind)
    return tellings[0](fact, scene) if tellings else None


def to_staff(fact: RecordedFact, scene: Scene) -> Told:
    """What the fact says to staff; a kind nobody has words for is named by its code."""
    tellings = FACTS.get(fact.kind)
    told = tellings[1](fact, scene) if tellings else None
    return told or Told(title=fact.kind)


def who(by: str, people: Mapping[str, str]) -> str:
    """Who acted, in a word: a colleague's name where it is known."""
    if by in people:
        return people[by]
    words = {
        "resident": _("The resident"),
        "operator": _("An operator"),
        "supervisor": _("A supervisor"),
        "department": _("The department"),
        "system": _("Automatic"),
        "client": _("Another system"),
        "connector": _("The department’s own system"),
        "import": _("Import of earlier records"),
    }
    return words.get(by.partition(":")[0], by)


def reason_words(reason: Json) -> str:
    """A reason's code as a part of a sentence; empty for free words and unknown codes, which residents do not see."""
    return {
        "awaiting_requester": _("waiting for an answer from the person who reported it"),
        "weather": _("the weather"),
        "season": _("the season"),
        "permit": _("waiting for a permit"),
        "parts": _("waiting for parts"),
        "locates": _("waiting for underground pipes and cables to be marked"),
        "other_party": _("waiting for somebody else"),
        "on_hold": _("the work is on hold"),
        "cap_reached": _("a pause may not last longer"),
        "reopened": _("the request was reopened"),
        "reclassified": _("the request became another service"),
        "disputed": _("reported as not fixed"),
        "not_fixed": _("nothing was done"),
        "partly_fixed": _("only a part was done"),
        "came_back": _("it came back"),
        "other_spot": _("the work was done at another spot"),
        "nobody_came": _("nobody came"),
        "audited_wrong": _("a check found that it was not so"),
        "requester_replied": _("the answer has come"),
        "refused": _("the department sent it back"),
        "refused_by_system": _("the department’s own system did not take it"),
        "not_delivered": _("the department’s own system could not be reached"),
        "out_of_sync": _("the department’s own system says something else"),
        "in_sync": _("the department’s own system and ours agree again"),
        "reopened_by_owner": _("the department took it up again"),
        "cancelled_by_requester": _("the person who reported it withdrew it"),
        "no_reply_from_requester": _("no answer came"),
        "entered_in_error": _("it was entered by mistake"),
        "other_department": _("another department does this"),
        "other_government": _("another government or a utility does this"),
        "private_property": _("it is private property"),
        "wrong_place": _("the place was wrong"),
        "wrong_service": _("it is another kind of request"),
        "wrong_department": _("it came to the wrong department"),
        "wrong_queue": _("it came to the wrong queue"),
        "too_little": _("too little is known to act"),
        "rules": _("the rules send it there"),
        "workload": _("to share the work"),
        "unsafe": _("it cannot be done safely"),
        "no_authority": _("the city has no power to do it"),
        "too_costly": _("the cost is out of proportion"),
        "not_found": _("the place cannot be reached or found"),
        "entered_twice": _("it was entered twice"),
        "test_entry": _("it was a test"),
    }.get(str(reason or ""), "")


# --- small helpers --------------------------------------------------------------------------------------------


def _said(text: Text) -> str:
    return in_language(text, language=get_language() or "en")


def _text(fact: RecordedFact, name: str) -> str:
    value = fact.body.get(name)
    return "" if value is None else str(value)


def _department(scene: Scene, code: str) -> str:
    try:
        return _said(scene.city.department(code).name)
    except AnswerableError:
        return code


def _queue(scene: Scene, department: str, queue: str) -> str:
    try:
        return _said(scene.city.queue(department, queue).name)
    except AnswerableError:
        return queue


def _service(scene: Scene, code: str) -> str:
    return _said(scene.city.service(code).name) if scene.city.has_service(code) else code


def _day(value: Json) -> str:
    """A date or instant of a fact as people write it."""
    text = str(value or "")
    if not text:
        return ""
    return formats.local_date(
        date.fromisoformat(text) if len(text) == len("2026-11-21") else datetime.fromisoformat(text)
    )


def _note(fact: RecordedFact, scene: Scene) -> str:
    note_id = fact.body.get("note_id")
    return scene.notes.get(note_id, "") if isinstance(note_id, int) else ""


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _nothing(_fact: RecordedFact, _scene: Scene) -> None:
    return None


def _is_completion(fact: RecordedFact) -> bool:
    return _text(fact, "target") == "completion"


# --- logging and moving ---------------------------------------------------------------------------------------


def _channel(code: str) -> str:
    return {
        "web": _("Reported on this website."),
        "phone": _("Reported by telephone."),
        "counter": _("Reported at a counter."),
        "email": _("Reported by email."),
        "sms": _("Reported by text message."),
        "chat": _("Reported in a chat."),
        "social": _("Reported on social media."),
        "staff": _("Reported by city staff."),
        "import": _("Taken over from earlier records."),
    }.get(code.partition(":")[0], _("Reported through another service."))


def _logged(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("Logged as %(number)s") % {"number": _text(fact, "number")}, _channel(_text(fact, "channel")))


def _logged_staff(fact: RecordedFact, scene: Scene) -> Told:
    where = _("%(department)s, %(queue)s, by rule “%(rule)s”.") % {
        "department": _department(scene, _text(fact, "department")),
        "queue": _queue(scene, _text(fact, "department"), _text(fact, "queue")),
        "rule": _text(fact, "rule"),
    }
    return Told(
        _("Logged: %(service)s") % {"service": _service(scene, _text(fact, "service"))},
        _joined(_channel(_text(fact, "channel")), where),
    )


def _imported(fact: RecordedFact, _scene: Scene) -> Told:
    apart = _("It was still open there; what became of it is not known here.")
    is_apart = not fact.body.get("in_work") and _text(fact, "lifecycle") not in {"closed", "resolved"}
    return Told(
        _("Taken over from earlier records as %(number)s") % {"number": _text(fact, "number")},
        _joined(_("The date is the day of the request."), apart if is_apart else ""),
    )


def _imported_staff(fact: RecordedFact, scene: Scene) -> Told:
    told, where = _imported(fact, scene), _logged_staff(fact, scene)
    return Told(
        told.title, _joined(told.text, _("Layout: %(layout)s.") % {"layout": _text(fact, "source")}, where.text)
    )


def _moved(fact: RecordedFact, scene: Scene) -> Told | None:
    told = _MOVES.get(_text(fact, "after"), _other_move)(fact, scene)
    return Told(told.title, _joined(told.text, _note(fact, scene)), told.tone)


def _other_move(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(str(state_tag(_text(fact, "after")).word) or _text(fact, "after"))


def _to_triage(fact: RecordedFact, _scene: Scene) -> Told:
    if fact.body.get("disputed"):
        why = reason_words(fact.body.get("reason")) if _text(fact, "reason") != "disputed" else ""
        title = _("Reopened, not fixed: %(reason)s") % {"reason": why} if why else _("Reopened: reported as not fixed")
        return Told(title, _("The same number goes on, with a new promised date."))
    if fact.body.get("reopened"):
        return Told(_("Reopened"))
    return Told(_("Being checked"), _("We are finding the right team for it."))


def _to_assigned(fact: RecordedFact, _scene: Scene) -> Told:
    if _text(fact, "reason") == "requester_replied":
        return Told(_("The answer arrived"), _("The work goes on."))
    if fact.body.get("reopened"):
        return Told(_("Reopened and given back to the department"))
    return Told(_("Taken on by the department"))


def _to_scheduled(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("Work is planned for %(day)s") % {"day": _day(fact.body.get("until"))})


def _to_on_hold(fact: RecordedFact, _scene: Scene) -> Told:
    why = reason_words(fact.body.get("reason"))
    title = _("On hold: %(reason)s") % {"reason": why} if why else _("On hold")
    until = _day(fact.body.get("until"))
    return Told(title, _("We look at it again on %(day)s.") % {"day": until} if until else "")


def _to_referred(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(
        _("Passed on to %(party)s") % {"party": _text(fact, "party")},
        _("It is theirs to do. We keep watching it under this number."),
    )


def _to_resolved(fact: RecordedFact, scene: Scene) -> Told:
    outcome = _text(fact, "outcome")
    try:
        name, text = scene.city.outcome(outcome).name, scene.city.outcome_text(scene.service_code, outcome)
    except AnswerableError:
        return Told(_("Done"))
    party = _text(fact, "party")
    until = _day(fact.body.get("until"))
    return Told(
        _said(name),
        _joined(
            _said(text),
            _("Responsible: %(party)s.") % {"party": party} if party else "",
            _("Planned for %(day)s.") % {"day": until} if until else "",
        ),
    )


_MOVES: Final[Mapping[str, Callable[[RecordedFact, Scene], Told]]] = {
    "triage": _to_triage,
    "assigned": _to_assigned,
    "scheduled": _to_scheduled,
    "in_progress": lambda *_args: Told(_("Work has started")),
    "awaiting_requester": lambda *_args: Told(
        _("We asked a question"), _("The clock stands still until the answer comes.")
    ),
    "on_hold": _to_on_hold,
    "referred": _to_referred,
    "resolved": _to_resolved,
    "closed": lambda *_args: Told(_("Closed"), _("The time to say that it is not fixed is over.")),
}


def _moved_staff(fact: RecordedFact, scene: Scene) -> Told:
    before, after = state_tag(_text(fact, "before")).word, state_tag(_text(fact, "after")).word
    told = _moved(fact, scene)
    reason = _text(fact, "reason")
    why = _("Reason: %(reason)s.") % {"reason": reason_words(reason) or reason} if reason else ""
    return Told(
        _("%(before)s → %(after)s") % {"before": before, "after": after},
        _joined(told.title + "." if told else "", told.text if told else "", why),
    )


def _rerouted(fact: RecordedFact, scene: Scene) -> Told | None:
    if _text(fact, "department") == _text(fact, "department_before"):
        return None
    return Told(
        _("Moved to %(department)s") % {"department": _department(scene, _text(fact, "department"))},
        _("The promised date stays as it was."),
    )


def _rerouted_staff(fact: RecordedFact, scene: Scene) -> Told:
    if _text(fact, "reason") == "assigned":
        return Told(_("Given to somebody in the department"))
    there = (_text(fact, "department"), _text(fact, "queue"))
    return Told(
        _("Moved to %(department)s, %(queue)s")
        % {"department": _department(scene, there[0]), "queue": _queue(scene, *there)},
        _joined(
            _("Before: %(department)s.") % {"department": _department(scene, _text(fact, "department_before"))},
            _("Reason: %(reason)s.") % {"reason": reason_words(_text(fact, "reason")) or _text(fact, "reason")}
            if _text(fact, "reason")
            else "",
        ),
    )


def _reclassified(fact: RecordedFact, scene: Scene) -> Told:
    return Told(
        _("Now handled as: %(service)s") % {"service": _service(scene, _text(fact, "service"))},
        _("The time that has passed counts on."),
    )


def _reclassified_staff(fact: RecordedFact, scene: Scene) -> Told:
    return Told(
        _("%(before)s → %(after)s")
        % {"before": _service(scene, _text(fact, "service_before")), "after": _service(scene, _text(fact, "service"))}
    )


# --- notes, photos, ties, followers ---------------------------------------------------------------------------


def _noted(fact: RecordedFact, scene: Scene) -> Told | None:
    if _text(fact, "audience") != "public":
        return None
    title = _("Note added") if fact.by == "resident" else _("News from the city")
    return Told(title, _note(fact, scene))


def _noted_staff(fact: RecordedFact, scene: Scene) -> Told:
    title = _("Note for the resident") if _text(fact, "audience") == "public" else _("Note for staff")
    return Told(_("Note by the resident") if fact.by == "resident" else title, _note(fact, scene))


def _linked(fact: RecordedFact, _scene: Scene) -> Told:
    sentences = {
        "duplicate_of": _("The same problem as %(number)s, which came first"),
        "part_of": _("Part of %(number)s"),
        "follow_on_of": _("Goes on from %(number)s"),
    }
    return Told(sentences.get(_text(fact, "kind"), _("Tied to %(number)s")) % {"number": _text(fact, "other")})


def _unlinked(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("No longer tied to %(number)s") % {"number": _text(fact, "other")})


def _followed(fact: RecordedFact, _scene: Scene) -> Told:
    count = fact.body.get("followers")
    number = count if isinstance(count, int) else 1
    return Told(
        _("Somebody else has the same problem"),
        ngettext("%(num)d other person follows it.", "%(num)d other people follow it.", number) % {"num": number},
    )


def _visibility(fact: RecordedFact, _scene: Scene) -> Told:
    words = {
        "public": _("Everyone may now see that this was reported, without names or contact details."),
        "public_redacted": _("Everyone may now see that this was reported, without its words."),
        "private": _("Only those who hold the link and city staff may see it now."),
        "confidential": _("Only those who hold the link and a few named staff may see it now."),
    }
    return Told(_("Who may see this has changed"), words.get(_text(fact, "after"), ""))


def _rated_staff(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("The resident rated it: %(score)s of 5") % {"score": _text(fact, "score")})


# --- on its way to the department -----------------------------------------------------------------------------


def _handed_off(fact: RecordedFact, scene: Scene) -> Told | None:
    if _text(fact, "reason") == "in_sync":
        return None
    department = {"department": _department(scene, _text(fact, "department"))}
    told = {
        "queued": Told(_("Waiting to be sent to %(department)s") % department),
        "sent": Told(_("Sent to %(department)s") % department),
        "acknowledged": Told(_("%(department)s confirmed that it has it") % department),
        "refused": Told(_("%(department)s sent it back") % department, _("We are finding the right team for it.")),
        "failed": Told(_("Could not be delivered to %(department)s") % department, _("We try again."), "late"),
    }
    return told.get(_text(fact, "state"))


def _handed_off_staff(fact: RecordedFact, scene: Scene) -> Told:
    reason = _text(fact, "reason")
    return Told(
        _("Work order: %(state)s") % {"state": state_tag(_text(fact, "state")).word},
        _joined(
            f"{_department(scene, _text(fact, 'department'))}.",
            _("Reason: %(reason)s.") % {"reason": reason_words(reason) or reason} if reason else "",
        ),
    )


# --- promises -------------------------------------------------------------------------------------------------


def _target(fact: RecordedFact) -> str:
    return _("Completion") if _is_completion(fact) else _("First action")


def _made(fact: RecordedFact, _scene: Scene) -> Told:
    listed = fact.body.get("promises")
    dates = (
        {str(each["target"]): each["due_at"] for each in listed if isinstance(each, dict)}
        if isinstance(listed, list)
        else {}
    )
    title = _("A new date was promised") if fact.body.get("reason") else _("A date was promised")
    return Told(
        title,
        _joined(
            _("First action by %(day)s.") % {"day": _day(dates["first_action"])} if "first_action" in dates else "",
            _("Done by %(day)s.") % {"day": _day(dates["completion"])} if "completion" in dates else "",
        ),
    )


def _paused(fact: RecordedFact, _scene: Scene) -> Told:
    why = reason_words(fact.body.get("reason"))
    ends = _day(fact.body.get("ends_by"))
    return Told(
        _("The clock is paused: %(reason)s") % {"reason": why} if why else _("The clock is paused"),
        _("It runs again on %(day)s at the latest.") % {"day": ends} if ends else "",
    )


def _resumed(fact: RecordedFact, _scene: Scene) -> Told:
    day = {"day": _day(fact.body.get("due_at"))}
    date_now = (
        _("The promised date is now %(day)s.") if _is_completion(fact) else _("First action is now due on %(day)s.")
    )
    return Told(_("The clock runs again"), date_now % day)


def _remade(fact: RecordedFact, scene: Scene) -> Told:
    surge = fact.body.get("surge")
    why = scene.surges.get(surge, "") if isinstance(surge, int) else ""
    before = _("Before: %(day)s. The first date stays on the record.") % {"day": _day(fact.body.get("due_before"))}
    return Told(_("New promised date: %(day)s") % {"day": _day(fact.body.get("due_at"))}, _joined(why, before))


def _at_risk(fact: RecordedFact, _scene: Scene) -> Told | None:
    if not _is_completion(fact):
        return None
    return Told(
        _("The promised date is at risk"),
        _("Most of the time has passed. It is due on %(day)s.") % {"day": _day(fact.body.get("due_at"))},
    )


def _breached(fact: RecordedFact, _scene: Scene) -> Told:
    day = {"day": _day(fact.body.get("due_at"))}
    if _is_completion(fact):
        return Told(_("Promise missed"), _("It was due on %(day)s. This date stays on the record.") % day, "late")
    return Told(_("First action is late"), _("It was due on %(day)s.") % day, "late")


def _met(fact: RecordedFact, _scene: Scene) -> Told | None:
    if fact.body.get("late"):
        return Told(_("Done after the promised date") if _is_completion(fact) else _("First action taken, late"))
    return Told(_("Promise kept") if _is_completion(fact) else _("First action taken in time"))


def _voided(fact: RecordedFact, _scene: Scene) -> Told:
    why = reason_words(fact.body.get("reason"))
    return Told(_("The promise no longer applies"), _("Reason: %(reason)s.") % {"reason": why} if why else "")


def _with_target(telling: Telling) -> Telling:
    """The resident's sentence with the target it is about, for staff."""

    def tell(fact: RecordedFact, scene: Scene) -> Told:
        told = telling(fact, scene) or Told(_("The promised date is at risk"))
        return Told(_("%(target)s: %(what)s") % {"target": _target(fact), "what": told.title}, told.text, told.tone)

    return tell


# --- what only staff see --------------------------------------------------------------------------------------


def _enquiry(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("Enquiry received"), _channel(_text(fact, "channel")))


def _contact(_fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("Contact details changed"))


def _catalogue(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("Catalogue published: %(pack)s") % {"pack": _text(fact, "pack")})


def _routing(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(
        _("Routing rules published"),
        _("%(rules)s rules, %(cases)s golden cases hold.")
        % {"rules": _text(fact, "rules"), "cases": _text(fact, "golden_cases")},
    )


def _signed_in(fact: RecordedFact, scene: Scene) -> Told:
    return Told(_("%(who)s signed in") % {"who": who(fact.by, scene.people)})


def _staff_added(fact: RecordedFact, scene: Scene) -> Told:
    return Told(_("A member of staff was given a role"))


def _member_changed(fact: RecordedFact, _scene: Scene) -> Told:
    if not fact.body.get("is_active"):
        return Told(_("May no longer sign in"))
    return Told(_("Got a new password") if fact.body.get("new_password") else _("Role or department changed"))


def _client_admitted(_fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("A program got a key"))


def _client_revoked(_fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("A program's key was revoked"))


def _export(title: Promise) -> Telling:
    return lambda _fact, _scene: Told(str(title))


FACTS: Final[Mapping[str, tuple[Telling, Telling]]] = {
    "request.logged": (_logged, _logged_staff),
    "request.imported": (_imported, _imported_staff),
    "request.moved": (_moved, _moved_staff),
    "request.rerouted": (_rerouted, _rerouted_staff),
    "request.reclassified": (_reclassified, _reclassified_staff),
    "request.noted": (_noted, _noted_staff),
    "request.linked": (_linked, _linked),
    "request.unlinked": (_unlinked, _unlinked),
    "request.followed": (_followed, _followed),
    "request.visibility_changed": (_visibility, _visibility),
    "request.handed_off": (_handed_off, _handed_off_staff),
    "request.rated": (_nothing, _rated_staff),
    "promise.made": (_made, _made),
    "promise.paused": (_paused, _with_target(_paused)),
    "promise.resumed": (_resumed, _with_target(_resumed)),
    "promise.remade": (_remade, _with_target(_remade)),
    "promise.at_risk": (_at_risk, _with_target(_at_risk)),
    "promise.breached": (_breached, _with_target(_breached)),
    "promise.met": (_met, _with_target(_met)),
    "promise.voided": (_voided, _with_target(_voided)),
    "enquiry.received": (_nothing, _enquiry),
    "contact.changed": (_nothing, _contact),
    "catalogue.published": (_nothing, _catalogue),
    "routing.published": (_nothing, _routing),
    "staff.signed_in": (_nothing, _signed_in),
    "staff.added": (_nothing, _staff_added),
    "staff.changed": (_nothing, _member_changed),
    "client.admitted": (_nothing, _client_admitted),
    "client.revoked": (_nothing, _client_revoked),
    "opendata.asked": (_nothing, _export(gettext_lazy("Open data was asked for"))),
    "opendata.published": (_nothing, _export(gettext_lazy("Open data was published"))),
    "opendata.refused": (_nothing, _export(gettext_lazy("Open data was not published: a check failed"))),
    **HOUSE_FACTS,
    **CONNECTOR_FACTS,
    **TEAM_FACTS,
    **WORK_FACTS,
    **NOTICE_FACTS,
}
"""By kind: what residents read, what staff read.  A house test holds that no kind is missing."""
