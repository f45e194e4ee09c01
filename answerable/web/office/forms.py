"""What may be done with a request, each act as a small form with just the fields it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import PAUSE_REASONS
from answerable.kernel.languages import in_language
from answerable.plumbing import clock
from answerable.requests import promising
from answerable.requests.errors import BadChoice, MissingReason
from answerable.requests.rules import (
    Handoff,
    Lifecycle,
    LinkKind,
    Outcome,
    Step,
    Visibility,
    allowed_from,
    is_paused_by_state,
)
from answerable.requests.views import RequestView
from answerable.staff.queries import StaffView, TeamView
from answerable.web.components.rendering import FieldView, Option
from answerable.web.office import access, wording

MOST_WORDS: Final = 2000
"""Units: characters of one note."""

Sent = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """An act that was sent and refused: what was filled in, and what is wrong with it."""

    do: str
    values: Sent
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One act: the word it is sent as, its title, its button and its fields; `is_open` shows them at once."""

    do: str
    title: str
    button: str
    fields: tuple[FieldView, ...] = ()
    hint: str = ""
    is_open: bool = False


STEPS: Final[Mapping[str, Lifecycle]] = {
    "take_up": Lifecycle.ASSIGNED,
    "schedule": Lifecycle.SCHEDULED,
    "start": Lifecycle.IN_PROGRESS,
    "ask": Lifecycle.AWAITING_REQUESTER,
    "hold": Lifecycle.ON_HOLD,
    "refer": Lifecycle.REFERRED,
    "resolve": Lifecycle.RESOLVED,
    "reopen": Lifecycle.ASSIGNED,
}
"""The acts that move a request along its life, and where to."""

TITLES: Final[Mapping[str, tuple[str | Promise, str | Promise]]] = {
    "accept": (gettext_lazy("Accept the work"), gettext_lazy("Accept")),
    "start": (gettext_lazy("Start the work"), gettext_lazy("Start work")),
    "take_up": (gettext_lazy("Take it up again"), gettext_lazy("Take up again")),
    "schedule": (gettext_lazy("Set a day for the work"), gettext_lazy("Schedule")),
    "resolve": (gettext_lazy("Resolve"), gettext_lazy("Resolve")),
    "ask": (gettext_lazy("Ask the resident"), gettext_lazy("Send the question")),
    "hold": (gettext_lazy("Put on hold"), gettext_lazy("Put on hold")),
    "refer": (gettext_lazy("Refer to somebody else"), gettext_lazy("Refer")),
    "reopen": (gettext_lazy("Reopen"), gettext_lazy("Reopen")),
    "refuse": (gettext_lazy("Not ours"), gettext_lazy("Send back")),
    "assign": (gettext_lazy("Assign to a team or a colleague"), gettext_lazy("Assign")),
    "reroute": (gettext_lazy("Move to another queue"), gettext_lazy("Move")),
    "pause_clock": (gettext_lazy("Pause the promise clock"), gettext_lazy("Pause the clock")),
    "resume_clock": (gettext_lazy("Let the promise clock run again"), gettext_lazy("Let it run")),
    "new_date": (gettext_lazy("Promise a new date"), gettext_lazy("Promise this date")),
    "visibility": (gettext_lazy("Who may see it"), gettext_lazy("Change")),
}
"""In the order they are offered: the heading of each act and the word on its button."""

_TAKEN_UP_FROM: Final = frozenset(
    {Lifecycle.TRIAGE, Lifecycle.ON_HOLD, Lifecycle.AWAITING_REQUESTER, Lifecycle.REFERRED, Lifecycle.SCHEDULED}
)


def allowed_acts(found: RequestView) -> list[str]:
    """The acts that may be taken from where the request stands, in the order they are offered."""
    following = allowed_from(found.lifecycle, family=found.family)
    may = {do for do, to in STEPS.items() if to in following}
    if found.is_open:
        may -= {"reopen"}
        may |= {"assign", "reroute", "visibility", *_clock_acts(found)}
        may |= {"accept"} if found.handoff == Handoff.SENT else set()
        may |= {"refuse"} if found.handoff in {Handoff.SENT, Handoff.ACKNOWLEDGED} else set()
    else:
        may = (may & {"reopen"}) | {"visibility"}
    if found.lifecycle not in _TAKEN_UP_FROM or "accept" in may:
        may -= {"take_up"}
    return [do for do in TITLES if do in may]


def _clock_acts(found: RequestView) -> set[str]:
    """What may be done to the promise clock of an open request."""
    if found.completion_due is None:
        return set()
    city = catalogue.version(found.catalogue_version)
    service = city.service(found.service_code)
    if found.paused_since is not None:
        is_ours = not is_paused_by_state(found.lifecycle, on_hold_pauses=service.on_hold_pauses)
        return {"new_date", "resume_clock"} if is_ours else {"new_date"}
    may_pause = promising.pause_reasons(city, found.service_code) and clock.now() < found.completion_due
    return {"new_date", "pause_clock"} if may_pause else {"new_date"}


@dataclass(frozen=True, slots=True)
class Around:
    """What the forms need to know beside the request."""

    city: City
    member: StaffView
    colleagues: Sequence[StaffView] = ()
    teams: Sequence[TeamView] = ()
    replies: Sequence[tuple[str, str]] = ()
    """Codes and titles of the ready-made words for such requests."""
    suggested: str = ""
    """The queue the rules would choose now, as `department/queue`."""


def acts_of(found: RequestView, around: Around, *, tried: Tried | None = None) -> list[Act]:
    """Every act this person may take now, with its form."""
    return [_act(do, found, around, tried if tried and tried.do == do else None) for do in allowed_acts(found)]


def _act(do: str, found: RequestView, around: Around, tried: Tried | None) -> Act:
    title, button = TITLES[do]
    return Act(
        do=do, title=str(title), button=str(button),
        fields=tuple(with_replies(do, _fields(do, found, around, tried), around, tried=tried)), hint=_hint(do),
        is_open=tried is not None,
    )  # fmt: skip


def with_replies(
    do: str, fields: Sequence[FieldView], around: Around, *, tried: Tried | None = None
) -> list[FieldView]:
    """The fields, and before the words for the resident the ready-made ones."""
    if not around.replies:
        return list(fields)
    options = [("", _("None: my own words")), *around.replies]
    hint = _("Used when you write nothing below, in the resident’s language.")
    choice = _select(do, "reply", _("Ready-made words"), options, tried=tried, required=False, hint=hint)
    at = next((place for place, view in enumerate(fields) if view.name == "note"), None)
    return list(fields) if at is None else [*fields[:at], choice, *fields[at:]]


def _hint(do: str) -> str:
    return {
        "ask": _("The promise clock stands still until the answer comes."),
        "refuse": _("It goes back to be checked. Its promise clock keeps running."),
        "reroute": _("Elapsed and paused time are kept."),
        "reopen": _("The same number is open again, with a new promised date."),
        "pause_clock": _(
            "The promised date moves by the paused time, up to the limit of the promise. The resident sees why."
        ),
        "resume_clock": _("The promised date moves by the paused time that counts."),
        "new_date": _("The resident is told. The first date stays on the record, and a promise once broken stays so."),
    }.get(do, "")


def _fields(do: str, found: RequestView, around: Around, tried: Tried | None) -> list[FieldView]:  # noqa: PLR0911
    """The fields of one act; a line an act, as a table of callables would hide which act asks for what."""
    if do == "resolve":
        return resolve_fields(catalogue.version(found.catalogue_version), found, tried=tried)
    if do in {"pause_clock", "new_date"}:
        return _clock_fields(do, found, tried)
    say = _say(do, tried)
    if do == "schedule":
        return [_field(do, "date", "until", _("Day of the work"), tried=tried), say]
    if do == "ask":
        return [_field(do, "textarea", "note", _("Your question to the resident"), tried=tried, limit=MOST_WORDS)]
    if do == "hold":
        return [*_hold_fields(do, found, around.city, tried), say]
    if do == "refer":
        return [_party(do, around.city, found.language, tried), say]
    if do == "refuse":
        return [_select(do, "reason", _("Why"), wording.choices(wording.REFUSALS), tried=tried), _staff_note(do, tried)]
    if do == "assign":
        now = {"team": str(found.team_id or ""), "person": str(found.assignee_id or "")}
        return assign_fields(around, tried=tried, **now)
    if do == "reroute":
        return reroute_fields(around, tried=tried)
    if do == "visibility":
        seen = wording.choices(wording.VISIBILITY)
        return [_select(do, "visibility", _("Who may see it"), seen, value=str(found.visibility), tried=tried)]
    return [say] if do == "reopen" else []


def _clock_fields(do: str, found: RequestView, tried: Tried | None) -> list[FieldView]:
    """Why the clock is stopped, or the new date and why."""
    if do == "pause_clock":
        allowed = promising.pause_reasons(catalogue.version(found.catalogue_version), found.service_code)
        return [_select(do, "reason", _("Why it waits"), wording.choices(wording.PAUSES, allowed), tried=tried)]
    reasons = wording.choices(wording.NEW_DATES)
    return [
        _field(do, "date", "until", _("Done by the end of"), tried=tried),
        _select(do, "reason", _("Why"), reasons, tried=tried),
    ]


def _hold_fields(do: str, found: RequestView, city: City, tried: Tried | None) -> list[FieldView]:
    service = city.service(found.service_code) if city.has_service(found.service_code) else None
    known = [code for code in (service.pause_reasons if service else PAUSE_REASONS) if code in wording.PAUSES]
    return [
        _select(do, "reason", _("Why it waits"), wording.choices(wording.PAUSES, known or None), tried=tried),
        _field(do, "date", "until", _("Day to look at it again"), tried=tried),
    ]


def resolve_fields(city: City, found: RequestView, *, tried: Tried | None = None) -> list[FieldView]:
    """How it ended, what that ending needs, what proves it, and words for the resident."""
    outcomes = [(each.code, wording.said(each.name)) for each in city.pack.outcomes]
    party = _party("resolve", city, found.language, tried, shown_when=f"outcome={Outcome.NOT_CITY_RESPONSIBILITY}")
    stuck = f"outcome={Outcome.CANNOT_BE_DONE}|{Outcome.ENTERED_IN_ERROR}"
    planned = f"outcome={Outcome.ALREADY_PROGRAMMED}"
    why = wording.choices(wording.OBSTACLES)
    return [
        _select("resolve", "outcome", _("How it ended"), outcomes, tried=tried),
        party,
        _select("resolve", "reason", _("Why"), why, tried=tried, shown_when=stuck),
        _field("resolve", "date", "until", _("When the programmed work is due"), tried=tried, shown_when=planned),
        *_proof_fields(city, found, tried=tried),
        _say("resolve", tried),
    ]


def _proof_fields(city: City, found: RequestView, *, tried: Tried | None) -> list[FieldView]:
    """A picture of the work and a note of what was found, with what this service asks for."""
    service = city.service(found.service_code) if city.has_service(found.service_code) else None
    asked = str(wording.PROOFS.get(service.proof if service else "", ""))
    hint = f"{asked} {_('The resident sees it. No faces, no number plates.')}"
    return [
        _field("resolve", "file", "photo", _("Photo of the work"), tried=tried, required=False, hint=hint),
        _field(
            "resolve", "textarea", "inspection", _("Inspection note"), tried=tried, required=False, limit=MOST_WORDS,
            hint=_("What was found and done. Staff and auditors read it."),
        ),
    ]  # fmt: skip


def reroute_fields(around: Around, *, tried: Tried | None = None) -> list[FieldView]:
    """Where to, and why; a department moves work among its own queues, and says "not ours" for the rest."""
    own = around.member.department if access.is_bound(around.member) else ""
    queues = [
        (f"{each.code}/{queue.code}", f"{wording.said(each.name)}: {wording.said(queue.name)}")
        for each in around.city.departments
        if own in {"", each.code}
        for queue in each.queues
    ]
    codes = {code for code, _words in queues}
    hint = ""
    if around.suggested in codes:
        hint = _("The rules say: %(queue)s") % {"queue": dict(queues)[around.suggested]}
    value = around.suggested if around.suggested in codes else ""
    return [
        _select("reroute", "queue", _("To"), queues, value=value, tried=tried, hint=hint),
        _select("reroute", "reason", _("Why"), wording.choices(wording.REROUTES), tried=tried),
    ]


def assign_fields(around: Around, *, tried: Tried | None = None, team: str = "", person: str = "") -> list[FieldView]:
    """Which team, and which colleague; `team` and `person` have it now."""
    people = [("", _("Nobody yet")), *((str(each.id), each.name) for each in around.colleagues)]
    found = [_select("assign", "assignee", _("Colleague"), people, tried=tried, required=False, value=person)]
    if around.teams:
        teams = [("", _("No team")), *((str(each.id), wording.said(each.name)) for each in around.teams)]
        found.insert(0, _select("assign", "team", _("Team"), teams, tried=tried, required=False, value=team))
    return found


def move_fields(around: Around, *, moves: Mapping[str, str | Promise], service: str = "") -> list[FieldView]:
    """The state several requests shall have, and every field some state needs, shown when it does."""
    city = around.city
    outcomes = [(each.code, wording.said(each.name)) for each in city.pack.outcomes]
    known = city.service(service).pause_reasons if service and city.has_service(service) else ()
    pauses = [code for code in known if code in wording.PAUSES]
    states = [(code, str(words)) for code, words in moves.items()]
    reasons = wording.choices({**wording.PAUSES, **wording.OBSTACLES}, None)
    if pauses:
        reasons = wording.choices({**{code: wording.PAUSES[code] for code in pauses}, **wording.OBSTACLES})
    return [
        _select("move", "to", _("New state"), states, tried=None),
        _select("move", "outcome", _("How it ended"), outcomes, tried=None, required=False, shown_when="to=resolve"),
        _select("move", "reason", _("Why"), reasons, tried=None, required=False, shown_when="to=hold|resolve"),
        _field("move", "date", "until", _("Day"), tried=None, required=False, shown_when="to=schedule|hold|resolve"),
        _field(
            "move", "text", "party", _("Who is responsible"), tried=None, required=False, limit=120,
            shown_when="to=refer|resolve",
        ),
        _say("move", None),
    ]  # fmt: skip


def link_fields(*, tried: Tried | None = None) -> list[FieldView]:
    """How this request is tied to which other."""
    kinds = [(str(kind), str(wording.LINKS[(kind, True)])) for kind in LinkKind]
    return [
        _select("link", "kind", _("This request is"), kinds, tried=tried),
        _field("link", "text", "other", _("Number of the other request"), tried=tried),
    ]


def part_fields(do: str, *, tried: Tried | None = None) -> list[FieldView]:
    """What another request for the same place asks for: `split` makes it a part of this one, `follow_on` its sequel."""
    named = [(each.code, wording.said(each.name)) for each in catalogue.active().services]
    return [
        _select(do, "service", _("Service"), sorted(named, key=lambda pair: pair[1]), tried=tried),
        _field(do, "textarea", "note", _("What is to be done"), tried=tried, required=False, limit=MOST_WORDS),
    ]


def note_fields(*, tried: Tried | None = None) -> list[FieldView]:
    """Words for staff or for the resident."""
    who = [("staff", _("Staff only")), ("public", _("The resident, too"))]
    chosen = tried.values.get("audience", "staff") if tried else "staff"
    return [
        _field("note", "textarea", "note", _("Note"), tried=tried, limit=MOST_WORDS),
        FieldView(
            kind="radios", name="audience", id="note-audience", label=_("Who reads it"), value=chosen,
            options=tuple(Option(value=code, label=words) for code, words in who),
        ),
    ]  # fmt: skip


# --- one field --------------------


def _field(
    do: str, kind: str, name: str, label: str, *, tried: Tried | None, hint: str = "", required: bool = True,
    limit: int = 0, shown_when: str = "", attributes: Mapping[str, str] | None = None,
) -> FieldView:  # fmt: skip
    limits = {"maxlength": str(limit)} if limit else {}
    return FieldView(
        kind=kind, name=name, id=f"{do}-{name}", label=label, hint=hint, required=required, shown_when=shown_when,
        value=tried.values.get(name, "") if tried else "", error=tried.problems.get(name, "") if tried else "",
        attributes={**limits, **(attributes or {})},
    )  # fmt: skip


def _select(
    do: str, name: str, label: str, options: Sequence[tuple[str, str]], *, tried: Tried | None, value: str = "",
    hint: str = "", required: bool = True, shown_when: str = "",
) -> FieldView:  # fmt: skip
    return FieldView(
        kind="select", name=name, id=f"{do}-{name}", label=label, hint=hint, required=required, shown_when=shown_when,
        value=tried.values.get(name, value) if tried else value, error=tried.problems.get(name, "") if tried else "",
        options=tuple(Option(value=code, label=words) for code, words in options),
    )  # fmt: skip


def _say(do: str, tried: Tried | None) -> FieldView:
    hint = _("The resident reads this. No names, no telephone numbers.")
    return _field(
        do, "textarea", "note", _("Words for the resident"), tried=tried, hint=hint, required=False, limit=MOST_WORDS
    )


def _staff_note(do: str, tried: Tried | None) -> FieldView:
    return _field(do, "textarea", "staff_note", _("Note for staff"), tried=tried, required=False, limit=MOST_WORDS)


def _party(do: str, city: City, language: str, tried: Tried | None, *, shown_when: str = "") -> FieldView:
    known = ", ".join(in_language(each.name, language=language) for each in city.pack.referrals[:6])
    hint = _("The resident reads this name. For example: %(names)s") % {"names": known} if known else ""
    return _field(
        do, "text", "party", _("Who is responsible"), tried=tried, hint=hint, limit=120, shown_when=shown_when
    )


# --- reading what was sent --------------------


def step_of(do: str, sent: Sent) -> tuple[Step, str]:
    """The step a form asks for, and the words for the resident.  Raises: MissingReason, BadChoice."""
    note = words_of(sent, "note")
    to = STEPS[do]
    if do == "ask":
        if not note:
            raise MissingReason("The question is missing.", field="note", remedy="Write the question.")
        return Step(to=to, reason="awaiting_requester"), note
    outcome = _outcome(sent) if to is Lifecycle.RESOLVED else None
    has_reason = do == "hold" or outcome in {Outcome.CANNOT_BE_DONE, Outcome.ENTERED_IN_ERROR}
    has_date = do in {"hold", "schedule"} or outcome is Outcome.ALREADY_PROGRAMMED
    has_party = do == "refer" or outcome is Outcome.NOT_CITY_RESPONSIBILITY
    return Step(
        to=to,
        outcome=outcome,
        reason=reason_of(sent) if has_reason else "",
        until=_day(sent) if has_date else None,
        party=sent.get("party", "").strip()[:120] if has_party else "",
    ), note


def words_of(sent: Sent, name: str) -> str:
    """Words as they are kept: without spaces around, lines ending one way, never longer than allowed."""
    return sent.get(name, "").replace("\r\n", "\n").strip()[:MOST_WORDS]


def reason_of(sent: Sent) -> str:
    """The reason's code, empty when none was chosen.  Raises: BadChoice."""
    return _one_of(sent, "reason", wording.REASONS)


def visibility_of(sent: Sent) -> Visibility:
    """Who may see it.  Raises: BadChoice."""
    return Visibility(_one_of(sent, "visibility", wording.VISIBILITY) or Visibility.PRIVATE)


def _outcome(sent: Sent) -> Outcome | None:
    code = _one_of(sent, "outcome", {str(each) for each in Outcome})
    return Outcome(code) if code else None


def _one_of(sent: Sent, name: str, known: Mapping[str, object] | set[str]) -> str:
    value = sent.get(name, "")
    if value and value not in known:
        raise BadChoice(f"'{value[:40]}' is no {name}.", field=name, value=value[:40], remedy="Choose one of the list.")
    return value


def day_of(sent: Sent) -> date:
    """The day that was chosen.  Raises: MissingReason, BadChoice."""
    day = _day(sent)
    if day is None:
        raise MissingReason("The date is missing.", field="until", remedy="Choose a day.")
    return day


def _day(sent: Sent) -> date | None:
    text = sent.get("until", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadChoice(
            f"'{text[:20]}' is no date.", field="until", value=text[:20], remedy="Write it like 2026-11-21."
        ) from None
