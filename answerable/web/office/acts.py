"""One act on one request, from what its form sent: checked, done once, told in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from answerable.catalogue import queries as catalogue
from answerable.intake import splitting
from answerable.intake.actions import Receipt
from answerable.intake.splitting import Part
from answerable.kernel.errors import AnswerableError
from answerable.requests import actions, pictures, promising
from answerable.requests import queries as requests
from answerable.requests.actions import Change
from answerable.requests.errors import BadChoice, MissingReason, NotAllowed, UnknownRequest
from answerable.requests.proofs import Evidence
from answerable.requests.rules import LinkKind
from answerable.requests.views import RequestRow, RequestView
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.web.components import formats
from answerable.web.office import access, forms, readywords, wording

MOST_DIGITS: Final = 18
"""Units: digits of an id; more would not fit its column."""


def number_in(text: str) -> int | None:
    """The id in an address; None when it is none, or none that a column could hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants what with which request, under which key."""

    member: StaffView
    found: RequestView | RequestRow
    sent: Mapping[str, str]
    change: Change
    pictures: tuple[bytes, ...] = ()
    """Pictures that came with the form, as sent."""


def perform(do: str, ask: Ask) -> str:
    """The act is done, once however often it was sent; gives a sentence about it.

    Raises: UnknownRequest when this person may not change the request; AnswerableError for what is missing or wrong.
    """
    if do not in ACTS or not access.may_move(ask.member, ask.found):
        raise UnknownRequest("There is no such request.", field="number", value=ask.found.number)
    keyed = replace(ask.change, key=f"{ask.change.key}:{do}")
    return ACTS[do](replace(ask, change=keyed, sent=_worded(ask)))


def _worded(ask: Ask) -> Mapping[str, str]:
    """What was sent; where ready-made words were chosen and none written, with those."""
    code = ask.sent.get("reply", "")
    if not code or ask.sent.get("note", "").strip():
        return ask.sent
    return {**ask.sent, "note": readywords.said_to(ask.found, code)}


def _step(do: str) -> Callable[[Ask], str]:
    def act(ask: Ask) -> str:
        step, note = forms.step_of(do, ask.sent)
        moved = actions.move(ask.found.id, step, ask.change, note=note, evidence=_evidence(ask))
        return _("%(number)s is now: %(state)s.") % {
            "number": moved.number,
            "state": wording.LIFECYCLE[moved.lifecycle],
        }

    return act


def _evidence(ask: Ask) -> Evidence | None:
    """What the form brought to prove the work; None when it brought nothing."""
    inspection = forms.words_of(ask.sent, "inspection")
    if not ask.pictures and not inspection:
        return None
    folder = Path(settings.MEDIA_ROOT)
    kept = [pictures.keep(each, scope=f"{ask.change.key}:{ask.found.id}", folder=folder) for each in ask.pictures]
    return Evidence(photos=tuple(each.photo for each in kept), inspection=inspection)


def _accept(ask: Ask) -> str:
    actions.accept(ask.found.id, ask.change)
    return _("%(number)s is accepted.") % {"number": ask.found.number}


def _refuse(ask: Ask) -> str:
    actions.refuse(ask.found.id, ask.change, reason=forms.reason_of(ask.sent))
    words = forms.words_of(ask.sent, "staff_note")
    if words:
        second = Change(key=f"{ask.change.key}:note", by=ask.change.by, at=ask.change.at)
        actions.add_note(ask.found.id, second, words=words, audience="staff")
    return _("%(number)s was sent back to be checked.") % {"number": ask.found.number}


def _reroute(ask: Ask) -> str:
    department, _sep, queue = ask.sent.get("queue", "").partition("/")
    if not queue:
        raise MissingReason("The queue is missing.", field="queue", remedy="Choose a queue.")
    if access.is_bound(ask.member) and department != ask.member.department:
        raise NotAllowed("A department moves work among its own queues.", field="queue", value=department)
    city = catalogue.active()
    try:
        city.queue(department, queue)
    except AnswerableError:
        raise BadChoice(
            "There is no such queue.", field="queue", value=queue, remedy="Choose one of the list."
        ) from None
    reason = forms.reason_of(ask.sent)
    actions.reroute(ask.found.id, ask.change, department=department, queue=queue, reason=reason)
    return _("%(number)s was moved to %(queue)s.") % {
        "number": ask.found.number,
        "queue": wording.queue_name(city, department, queue),
    }


def _assign(ask: Ask) -> str:
    people = {str(each.id): each.name for each in staff.of_department(ask.found.department)}
    chosen = _chosen(ask, "assignee", {**people, str(ask.member.id): ask.member.name})
    if "team" not in ask.sent:
        actions.assign(ask.found.id, ask.change, assignee_id=chosen)
        return _with_whom(ask)
    teams = {str(each.id): "" for each in staff.teams(department=ask.found.department)}
    team = _chosen(ask, "team", teams)
    actions.assign_team(ask.found.id, ask.change, team_id=team, assignee_id=chosen)
    return _with_whom(ask)


def _chosen(ask: Ask, name: str, known: Mapping[str, str]) -> int | None:
    """The id chosen in that field, `me` being the person who asks; None for nobody.  Raises: BadChoice."""
    chosen = ask.sent.get(name, "")
    chosen = str(ask.member.id) if chosen == "me" else chosen
    if chosen and chosen not in known:
        raise BadChoice(f"There is no such {name}.", field=name, value=chosen[:20], remedy="Choose one of the list.")
    return int(chosen) if chosen else None


def _with_whom(ask: Ask) -> str:
    now = requests.by_id(ask.found.id)
    names = [wording.said(each) for each in staff.team_names([now.team_id] if now.team_id else []).values()]
    names += [each.name for each in staff.by_ids([now.assignee_id] if now.assignee_id else []).values()]
    if not names:
        return _("%(number)s is with nobody now.") % {"number": ask.found.number}
    return _("%(number)s is with %(name)s now.") % {"number": ask.found.number, "name": ", ".join(names)}


def _pause_clock(ask: Ask) -> str:
    promising.pause_clock(ask.found.id, ask.change, reason=forms.reason_of(ask.sent))
    return _("The promise clock of %(number)s stands still.") % {"number": ask.found.number}


def _resume_clock(ask: Ask) -> str:
    promising.resume_clock(ask.found.id, ask.change)
    return _("The promise clock of %(number)s runs again.") % {"number": ask.found.number}


def _new_date(ask: Ask) -> str:
    due = promising.end_of(forms.day_of(ask.sent), catalogue.active())
    promising.promise_anew(ask.found.id, ask.change, due=due, reason=forms.reason_of(ask.sent))
    said = {"number": ask.found.number, "day": formats.local_date(due)}
    return _("%(number)s is promised for %(day)s now.") % said


def _visibility(ask: Ask) -> str:
    actions.change_visibility(ask.found.id, ask.change, visibility=forms.visibility_of(ask.sent))
    return _("Who may see %(number)s has changed.") % {"number": ask.found.number}


def _note(ask: Ask) -> str:
    audience = "public" if ask.sent.get("audience") == "public" else "staff"
    actions.add_note(ask.found.id, ask.change, words=forms.words_of(ask.sent, "note"), audience=audience)
    return _("The note was added.")


def _link(ask: Ask) -> str:
    try:
        other = requests.by_number(ask.sent.get("other", ""))
    except AnswerableError as error:
        error.field = "other"
        raise
    if not access.may_see(ask.member, other):
        raise UnknownRequest("There is no such request.", field="other", value=other.number)
    try:
        kind = LinkKind(ask.sent.get("kind", ""))
    except ValueError:
        raise MissingReason("The kind is missing.", field="kind", remedy="Choose how they are tied.") from None
    actions.link(ask.found.id, ask.change, other_id=other.id, kind=kind)
    return _("Tied to %(number)s.") % {"number": other.number}


def _unlink(ask: Ask) -> str:
    actions.unlink(ask.found.id, ask.change, link_id=_whole(ask, "link"))
    return _("No longer tied.")


def _another(make: Callable[..., Receipt]) -> Callable[[Ask], str]:
    """A part of this request, or one that follows from its work, is logged."""

    def act(ask: Ask) -> str:
        code = ask.sent.get("service", "")
        catalogue.active().offered(code)
        part = Part(service_code=code, words=forms.words_of(ask.sent, "note"))
        made = make(ask.found.id, part, key=ask.change.key.replace(":", "-")[:80], by=ask.member.by)
        return _("Logged as %(number)s.") % {"number": made.number}

    return act


def _photo_public(ask: Ask) -> str:
    actions.set_photo_public(ask.found.id, ask.change, photo_id=_whole(ask, "photo"))
    return _("Everyone who may see the request may see the photo now.")


def _whole(ask: Ask, name: str) -> int:
    text = ask.sent.get(name, "")
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise BadChoice(f"'{text[:20]}' is no {name}.", field=name, value=text[:20], remedy="Load the page again.")
    return int(text)


ACTS: Final[Mapping[str, Callable[[Ask], str]]] = {
    **{do: _step(do) for do in forms.STEPS},
    "accept": _accept,
    "refuse": _refuse,
    "reroute": _reroute,
    "assign": _assign,
    "pause_clock": _pause_clock,
    "resume_clock": _resume_clock,
    "new_date": _new_date,
    "visibility": _visibility,
    "note": _note,
    "split": _another(splitting.split),
    "follow_on": _another(splitting.follow_on),
    "link": _link,
    "unlink": _unlink,
    "photo_public": _photo_public,
}
"""Every act by the word its form sends."""
