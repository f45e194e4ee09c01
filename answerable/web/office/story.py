"""One request's whole story for staff: what was said, promised, routed, handed over, tied, and when by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Question
from answerable.contacts import queries as contacts
from answerable.contacts.queries import ContactView
from answerable.journal import queries as journal
from answerable.journal.records import RecordedFact
from answerable.kernel.errors import AnswerableError
from answerable.promises import queries as promises
from answerable.promises.clock import PromiseClock
from answerable.promises.rules import Kind, State, Unit
from answerable.requests import queries as requests
from answerable.requests.views import HandoffView, LinkView, NoteView, PhotoView, RequestView
from answerable.routing import queries as routing
from answerable.routing.rules import Case
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.web.components import facts, formats, teamfacts
from answerable.web.components.hands import Panel, panel_of
from answerable.web.components.surges import surge_words
from answerable.web.components.told import Scene
from answerable.web.office import access, explanation, wording
from answerable.web.office.explanation import Told

FREE_TEXT: Final = frozenset({"text", "long_text"})
MOST_FACTS: Final = 300


@dataclass(frozen=True, slots=True)
class ClockCard:
    """A promise as it is drawn.  Units: `share` and `due_share` 0 to 1 of the drawn track."""

    title: str
    state: str
    big: str
    due: str
    share: float
    due_share: float
    start: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline or the ledger."""

    at: datetime
    title: str
    text: str
    by: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Why the request went where it went."""

    rule: str
    place: str
    matched: tuple[Told, ...]
    tried: tuple[tuple[str, Told], ...]
    other_services: int
    rules: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what was answered."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the page shows."""

    service: str
    group: str
    department: str
    queue: str
    assignee: str
    team: str
    standing: str
    clocks: tuple[ClockCard, ...]
    ledger: tuple[Entry, ...]
    route: Route | None
    answers: tuple[Answer, ...]
    areas: tuple[tuple[str, str, str], ...]
    handoffs: tuple[tuple[str, HandoffView], ...]
    links: tuple[tuple[str, LinkView], ...]
    notes: tuple[Entry, ...]
    photos: tuple[PhotoView, ...]
    timeline: tuple[Entry, ...]
    contact: ContactView | None
    hands: Panel
    outcome: str
    is_whole: bool
    facts: int


def of(found: RequestView, member: StaffView, *, now: datetime) -> Story:
    """The story as far as this person may read it."""
    city = catalogue.version(found.catalogue_version)
    reads = access.sees_words(member)
    timeline = journal.timeline(f"request:{found.id}", limit=MOST_FACTS)
    notes = requests.notes(found.id)
    ledger = promises.ledger_of(found.id)
    handoffs = requests.handoffs(found.id)
    people = _people(timeline, notes)
    teams = staff.team_names(_named(timeline, "team", "team_before") | {found.team_id or 0})
    scene = Scene(
        city=city,
        service_code=found.service_code,
        notes={note.id: note.words for note in notes} if reads else {},
        people=people,
        teams=teams,
        surges=surge_words(timeline),
    )
    return Story(
        service=wording.service_name(city, found.service_code),
        group=_group(city, found.service_group),
        department=wording.department_name(city, found.department),
        queue=wording.queue_name(city, found.department, found.queue),
        assignee=teamfacts.person_name(found.assignee_id, scene) if found.assignee_id else "",
        team=wording.said(teams.get(found.team_id or 0)),
        standing=found.standing(now).value,
        clocks=tuple(_clock(each, now=now) for each in promises.clocks_of(found.id)),
        ledger=tuple(_ledger_entry(each, people) for each in ledger),
        route=_route(city, found.route),
        answers=_answers(city, found, reads=reads),
        areas=_areas(city, found.areas),
        handoffs=tuple((wording.queue_name(city, each.department, each.queue), each) for each in handoffs),
        links=tuple(
            (str(wording.LINKS.get((link.kind, link.outgoing), link.kind)), link) for link in requests.links(found.id)
        ),
        notes=tuple(_note(each, people) for each in reversed(notes)) if reads else (),
        photos=requests.photos(found.id) if reads else (),
        timeline=tuple(reversed([_entry(fact, scene) for fact in timeline])),
        contact=_contact(found, reads=reads),
        hands=panel_of(found, timeline, city=city, handoffs=handoffs, now=now),
        outcome=wording.outcome_name(city, found.outcome) if found.outcome else "",
        is_whole=not journal.broken_chains(subject=f"request:{found.id}"),
        facts=len(timeline),
    )


def _people(timeline: Sequence[RecordedFact], notes: Sequence[NoteView]) -> Mapping[str, str]:
    given = {f"department:{each}" for each in _named(timeline, "assignee", "assignee_before")}
    return staff.names_of(sorted({fact.by for fact in timeline} | {note.by for note in notes} | given))


def _named(timeline: Sequence[RecordedFact], *names: str) -> set[int]:
    """The ids that facts name under those words."""
    found = (fact.body.get(name) for fact in timeline for name in names)
    return {each for each in found if isinstance(each, int)}


def _group(city: City, code: str) -> str:
    try:
        return wording.said(city.group(code).name)
    except AnswerableError:
        return code


def _contact(found: RequestView, *, reads: bool) -> ContactView | None:
    if not reads or found.contact_id is None:
        return None
    try:
        return contacts.by_id(found.contact_id)
    except AnswerableError:
        return None


def _entry(fact: RecordedFact, scene: Scene) -> Entry:
    told = facts.to_staff(fact, scene)
    return Entry(at=fact.at, title=told.title, text=told.text, by=facts.who(fact.by, scene.people), kind=told.tone)


def _note(note: NoteView, people: Mapping[str, str]) -> Entry:
    title = str(wording.AUDIENCES.get(note.audience, note.audience))
    return Entry(at=note.at, title=title, text=note.words, by=facts.who(note.by, people), kind=note.audience)


# --- promises --------------------

KINDS: Final[Mapping[Kind, str | Promise]] = {
    Kind.FIRST_ACTION: gettext_lazy("First action"),
    Kind.COMPLETION: gettext_lazy("Completion"),
}
LEDGER: Final[Mapping[str, str | Promise]] = {
    "made": gettext_lazy("Promised"),
    "paused": gettext_lazy("Paused"),
    "resumed": gettext_lazy("Running again"),
    "remade": gettext_lazy("Counted anew"),
    "repromised": gettext_lazy("Promised anew"),
    "at_risk": gettext_lazy("At risk"),
    "breached": gettext_lazy("Broken"),
    "met": gettext_lazy("Kept"),
    "met_late": gettext_lazy("Kept late"),
    "voided": gettext_lazy("No longer owed"),
}


def amount_words(amount: int, unit: Unit) -> str:
    """`5 working days`, `24 hours`, `30 days`."""
    if unit is Unit.HOURS:
        return ngettext("%(num)d hour", "%(num)d hours", amount) % {"num": amount}
    if unit is Unit.BUSINESS_DAYS:
        return ngettext("%(num)d working day", "%(num)d working days", amount) % {"num": amount}
    return ngettext("%(num)d day", "%(num)d days", amount) % {"num": amount}


def _clock(clock: PromiseClock, *, now: datetime) -> ClockCard:
    state = clock.standing(now=now)
    end = clock.met_at or clock.voided_at or clock.paused_since or now
    whole = max((clock.due_at - clock.started_at).total_seconds(), 1.0)
    elapsed = max((end - clock.started_at).total_seconds(), 0.0)
    title = str(KINDS[clock.target.kind])
    if clock.round > 1:
        title = _("%(what)s, round %(num)d") % {"what": title, "num": clock.round}
    return ClockCard(
        title=title,
        state=state.value,
        big=_big(clock, state, now=now),
        due=formats.local_datetime(clock.due_at),
        share=min(1.0, elapsed / whole),
        due_share=1.0 if elapsed <= whole else whole / elapsed,
        start=formats.local_date(clock.started_at, "short"),
        reason=_clock_reason(clock, now=now),
    )


def _big(clock: PromiseClock, state: State, *, now: datetime) -> str:
    if state in {State.RUNNING, State.AT_RISK}:
        return _("%(time)s left") % {"time": formats.time_words((clock.due_at - now).total_seconds())}
    if state is State.BREACHED:
        return _("Overdue by %(time)s") % {"time": formats.time_words((now - clock.due_at).total_seconds())}
    if state is State.PAUSED:
        return _("Standing still")
    if state is State.VOID:
        return _("No longer owed")
    if clock.met_at is not None:
        early = (clock.due_at - clock.met_at).total_seconds()
        words = formats.time_words(abs(early))
        return _("%(time)s early") % {"time": words} if early >= 0 else _("%(time)s late") % {"time": words}
    return ""


def _clock_reason(clock: PromiseClock, *, now: datetime) -> str:
    told = [amount_words(clock.target.amount, clock.target.unit)]
    paused = clock.paused_time(now=now).total_seconds()
    if paused >= 1:
        told.append(_("paused for %(time)s so far") % {"time": formats.time_words(paused)})
    if clock.pause_ends_by is not None:
        told.append(_("the pause ends on %(day)s at the latest") % {"day": formats.local_date(clock.pause_ends_by)})
    if clock.first_due_at != clock.due_at:
        told.append(_("first promised for %(day)s") % {"day": formats.local_date(clock.first_due_at)})
    return ", ".join(told)


def _ledger_entry(entry: promises.Entry, people: Mapping[str, str]) -> Entry:
    due = entry.body.get("due_at")
    title = _("%(what)s: %(kind)s") % {"what": LEDGER.get(entry.entry, entry.entry), "kind": KINDS[entry.target]}
    day = formats.local_datetime(datetime.fromisoformat(str(due)), "short") if due else ""
    text = _("Due %(day)s") % {"day": day} if day else ""
    return Entry(at=entry.at, title=title, text=text, by=facts.who(entry.by, people), kind=entry.entry)


# --- route, answers, place --------------------


def _route(city: City, kept: Mapping[str, Any]) -> Route | None:
    if not kept.get("rule"):
        return None
    matched = kept.get("matched") or ()
    tried = kept.get("tried") or ()
    return Route(
        rule=str(kept["rule"]),
        place=f"{wording.department_name(city, kept['department'])}, "
        f"{wording.queue_name(city, kept['department'], kept['queue'])}",
        matched=tuple(explanation.tell_stored(city, each) for each in matched),
        tried=tuple((str(each["rule"]), explanation.tell_stored(city, each)) for each in tried),
        other_services=int(kept.get("other_services") or 0),
        rules=str(kept.get("rules") or ""),
    )


def suggested_queue(found: RequestView, *, now: datetime) -> str:
    """Where the rules in force would send it now, as `department/queue`; empty when they cannot say."""
    city = catalogue.active()
    if not city.has_service(found.service_code):
        return ""
    decision = routing.decide(city, case=case_of(found, city=city, at=now))
    return f"{decision.department}/{decision.queue}"


def case_of(found: RequestView, *, city: City, at: datetime) -> Case:
    """The request as routing looks at it, at that instant."""
    areas = {kind: str(hit["key"]) for kind, hit in found.areas.items() if isinstance(hit, Mapping)}
    return Case(
        service=found.service_code,
        group=found.service_group,
        areas=areas,
        answers=found.answers,
        priority=found.priority,
        at=at.astimezone(city.timezone).replace(tzinfo=None),
    )


def _answers(city: City, found: RequestView, *, reads: bool) -> tuple[Answer, ...]:
    if not city.has_service(found.service_code):
        return ()
    told = []
    for question in city.service(found.service_code).questions:
        if question.code not in found.answers:
            continue
        hidden = question.type in FREE_TEXT and not reads
        value = _("Not shown to your role") if hidden else answer_words(question, found.answers[question.code])
        told.append(Answer(label=wording.said(question.label), value=value))
    return tuple(told)


def answer_words(question: Question, given: Any) -> str:
    """An answer as people read it."""
    labels = {option.code: wording.said(option.label) for option in question.options}
    yes_no = {"yes": _("Yes"), "no": _("No")} if question.type == "yes_no" else {}
    values = given if isinstance(given, list) else [given]
    return ", ".join(labels.get(str(each)) or yes_no.get(str(each)) or str(each) for each in values)


def _areas(city: City, kept: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Kind, name and boundary version of each area it lies in."""
    return tuple(
        (
            wording.area_kind_name(city, kind),
            wording.area_name(str(hit.get("name", "")), str(hit.get("key", ""))),
            str(hit.get("version", "")),
        )
        for kind, hit in kept.items()
        if isinstance(hit, Mapping)
    )
