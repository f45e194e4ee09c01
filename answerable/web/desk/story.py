"""One request as an operator needs it: what to tell the caller, how it stands, its history, what callers change."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Service
from answerable.contacts import queries as contacts
from answerable.contacts.errors import UnknownContact
from answerable.contacts.queries import ContactView
from answerable.contacts.rules import ContactDetails
from answerable.journal import queries as journal
from answerable.journal.records import RecordedFact
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.languages import in_language
from answerable.notices import queries as notices
from answerable.plumbing import clock
from answerable.promises import queries as promises
from answerable.requests import actions, pictures, queries
from answerable.requests.actions import Change
from answerable.requests.errors import BadPhoto, UnknownRequest
from answerable.requests.proofs import may_dispute
from answerable.requests.rules import Lifecycle, LinkKind, PromiseStanding
from answerable.requests.views import LinkView, RequestView
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.staff.rules import Permission, may
from answerable.web.components import facts, formats, letters, standing
from answerable.web.components.hands import panel_of
from answerable.web.components.surges import surge_words
from answerable.web.components.told import Scene
from answerable.web.desk import access, errors, wording
from answerable.web.live import announcements, tickets

MAX_FACTS = 100
FREE_TEXT = frozenset({"text", "long_text"})


def _language() -> str:
    return (get_language() or "en").split("-")[0]


_TYPED = (
    "note", "other", "dispute_words", "reply_words", "contact_name", "contact_phone", "contact_email",
    "contact_news_by",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
def request_page(request: HttpRequest, number: str) -> HttpResponse:
    """The request; a POST does one thing that a caller asks for, under the key of its form."""
    viewer = access.viewer_of(request)
    found = access.request_or_404(viewer, number)
    if found.number != number:
        return HttpResponseRedirect(reverse("desk:request", args=[found.number]))
    if request.method == "GET":
        return _page(request, found, viewer)
    act = _ACTS.get(request.POST.get("action", ""))
    if act is None or not may(viewer.role, Permission.NOTE):
        raise Http404
    try:
        said = act(request, found, viewer)
    except AnswerableError as error:
        return _page(request, found, viewer, problems={_FIELD_OF.get(error.field, error.field): errors.words(error)})
    messages.success(request, said)
    return HttpResponseRedirect(reverse("desk:request", args=[found.number]))


# --- showing --------------------


def _page(
    request: HttpRequest, found: RequestView, viewer: StaffView, *, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    topics = [announcements.request(found.id), announcements.office(found.department)]
    ticket = tickets.mint_for_staff(topics, session_key=request.session.session_key or "")
    now = clock.now()
    city = catalogue.version(found.catalogue_version)
    service = city.service(found.service_code)
    clocks = promises.clocks_of(found.id)
    handoffs = queries.handoffs(found.id)
    history = journal.timeline(f"request:{found.id}", limit=MAX_FACTS)
    contact = _contact(found, viewer)
    reads = access.sees_contacts(viewer)
    context = {
        "found": found, "service": service, "department": city.department(found.department), "live_ticket": ticket,
        "queue": city.queue(found.department, found.queue), "standing": found.standing(now),
        "clock": standing.clock_of(standing.leading(clocks), now=now),
        "proofs": standing.proofs_of(found, city=city, handoffs=handoffs, clocks=clocks, now=now),
        "answers": shown_answers(service, found.answers if reads else without_words(service, found.answers)),
        "contact": contact, "sees_contacts": reads,
        "told": letters.of_request(found.id) if reads else [], "returned": _returned(contact),
        "photos": queries.photos(found.id) if found.photos and reads else (), "links": _links(found),
        "tell": tell(found, city, now=now),
        "entries": _timeline(found, history, city, viewer), "problems": problems or {},
        "panel": panel_of(found, history, city=city, handoffs=handoffs, now=now),
        "sent": {name: request.POST.get(name, "") for name in _TYPED},
        "ways": [(code, wording.news_by(code)) for code in ("none", "phone", "sms", "email")],
        "keys": {name: str(uuid.uuid4()) for name in _ACTS}, "may_note": may(viewer.role, Permission.NOTE),
        "may_log": may(viewer.role, Permission.LOG), "channel": wording.channel(found.channel),
        "may_dispute": may_dispute(found, now=now),
        "may_reply": found.lifecycle is Lifecycle.AWAITING_REQUESTER,
        "may_office": may(viewer.role, Permission.SEE_OFFICE),
        "area_names": [str(area["name"]) for area in found.areas.values() if isinstance(area, dict)],
        "photo_mb": pictures.MAX_BYTES // 10**6,
    }  # fmt: skip
    return render(request, "desk/request.html", context, status=422 if problems else 200)


def _returned(contact: ContactView | None) -> list[letters.Failing]:
    """The addresses of the requester that messages come back from."""
    return letters.failing_lines(notices.failing_of(contact.id)) if contact else []


def _contact(found: RequestView, viewer: StaffView) -> ContactView | None:
    if found.contact_id is None or not access.sees_contacts(viewer):
        return None
    try:
        return contacts.by_id(found.contact_id)
    except UnknownContact:
        return None


def without_words(service: Service, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    """The answers that were chosen, without those that somebody wrote."""
    written = {question.code for question in service.questions if question.type in FREE_TEXT}
    return {code: value for code, value in answers.items() if code not in written}


def shown_answers(service: Service, answers: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Each answered question with its answers, in the reader's words."""
    language = _language()
    shown: list[tuple[str, str]] = []
    for question in service.questions:
        value = answers.get(question.code)
        if value in (None, "", []):
            continue
        labels = {option.code: in_language(option.label, language=language) for option in question.options}
        labels |= {"yes": _("Yes"), "no": _("No")} if question.type == "yes_no" else {}
        values = value if isinstance(value, list) else [value]
        words = ", ".join(labels.get(str(each), str(each)) for each in values)
        shown.append((in_language(question.label, language=language), words))
    return shown


def _links(found: RequestView) -> list[tuple[LinkView, str]]:
    words = {
        ("duplicate_of", True): _("Same problem as"),
        ("duplicate_of", False): _("Reported again as"),
        ("part_of", True): _("Part of"),
        ("part_of", False): _("Has as a part"),
        ("follow_on_of", True): _("Goes on from"),
        ("follow_on_of", False): _("Goes on as"),
    }
    return [(link, words.get((link.kind, link.outgoing), link.kind)) for link in queries.links(found.id)]


def _timeline(
    found: RequestView, history: Sequence[RecordedFact], city: City, viewer: StaffView
) -> list[dict[str, Any]]:
    notes = {note.id: note.words for note in queries.notes(found.id)} if access.sees_contacts(viewer) else {}
    people = staff.names_of(sorted({fact.by for fact in history}))
    teams = staff.team_names({each for fact in history if isinstance(each := fact.body.get("team"), int)})
    scene = Scene(
        city=city, service_code=found.service_code, notes=notes, people=people, teams=teams, surges=surge_words(history)
    )
    told = [(fact, facts.to_staff(fact, scene)) for fact in sorted(history, key=_place_in_time, reverse=True)]
    return [
        {"at": fact.at, "title": entry.title, "text": entry.text, "kind": entry.tone, "by": facts.who(fact.by, people)}
        for fact, entry in told
    ]


def _place_in_time(fact: RecordedFact) -> tuple[datetime, int]:
    return fact.at, fact.seq


def tell(found: RequestView, city: City, *, now: datetime) -> list[str]:
    """Sentences that answer "what is happening with my request?", to be read aloud."""
    department = {"department": in_language(city.department(found.department).name, language=_language())}
    sentences = [_STATE_WORDS.get(found.lifecycle, _with_department)(found, city) % department]
    due = {"date": formats.local_date(found.completion_due), "until": formats.local_date(found.until)}
    how = found.standing(now)
    if found.lifecycle is Lifecycle.SCHEDULED and found.until:
        sentences.append(_("The work is planned for %(until)s.") % due)
    if how in {PromiseStanding.RUNNING, PromiseStanding.AT_RISK}:
        sentences.append(_("We promised that it is done by %(date)s.") % due)
    elif how is PromiseStanding.BREACHED:
        sentences.append(_("We promised it by %(date)s and are late. I am sorry; the date stays on the record.") % due)
    elif how is PromiseStanding.PAUSED:
        sentences.append(_("The promised date stands still for now."))
    return sentences


def _with_department(_found: RequestView, _city: City) -> str:
    return _("%(department)s has it in hand.")


def _over(found: RequestView, city: City) -> str:
    if not found.outcome:
        return _("It is closed.")
    return in_language(city.outcome_text(found.service_code, found.outcome), language=_language()).replace("%", "%%")


_STATE_WORDS: Mapping[Lifecycle, Callable[[RequestView, City], str]] = {
    Lifecycle.RECEIVED: lambda *_args: _("It is logged and was sent to %(department)s."),
    Lifecycle.TRIAGE: lambda *_args: _("We are finding the right team for it."),
    Lifecycle.IN_PROGRESS: lambda *_args: _("%(department)s is working on it."),
    Lifecycle.AWAITING_REQUESTER: lambda *_args: _("%(department)s has a question for you before it can go on."),
    Lifecycle.ON_HOLD: lambda *_args: _("%(department)s had to put it on hold."),
    Lifecycle.REFERRED: lambda *_args: _("It was passed on to somebody outside the city."),
    Lifecycle.RESOLVED: _over,
    Lifecycle.CLOSED: _over,
}


# --- acting --------------------


def _change(request: HttpRequest, viewer: StaffView) -> Change:
    return Change.now(key=str(request.POST.get("key", ""))[:80] or str(uuid.uuid4()), by=viewer.by)


def _words(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).replace("\r\n", "\n").strip()


def _note(request: HttpRequest, found: RequestView, viewer: StaffView) -> str:
    audience = "public" if request.POST.get("audience") == "public" else "staff"
    actions.add_note(found.id, _change(request, viewer), words=_words(request, "note"), audience=audience)
    return (
        _("The note is kept; the resident reads it.")
        if audience == "public"
        else _("The note is kept, for staff only.")
    )


def _photo(request: HttpRequest, found: RequestView, viewer: StaffView) -> str:
    upload = request.FILES.get("photo")
    if upload is None:
        raise BadPhoto("No file was sent.", field="photo", remedy="Choose a picture.")
    picture = pictures.keep(upload.read(pictures.MAX_BYTES + 1), scope=found.number, folder=settings.MEDIA_ROOT)
    actions.add_photo(found.id, _change(request, viewer), photo=picture.photo, is_public=False)
    return _("The photo is kept. It is not public until the department releases it.")


def _dispute(request: HttpRequest, found: RequestView, viewer: StaffView) -> str:
    actions.dispute(found.id, _change(request, viewer), words=_words(request, "dispute_words"))
    return _("Reopened under the same number, with a new promised date.")


def _reply(request: HttpRequest, found: RequestView, viewer: StaffView) -> str:
    actions.reply(found.id, _change(request, viewer), words=_words(request, "reply_words"))
    return _("The answer is kept, and the clock runs again.")


def _link(request: HttpRequest, found: RequestView, viewer: StaffView) -> str:
    other = queries.by_number(_words(request, "other"))
    if not access.may_see(viewer, other):
        raise UnknownRequest("There is no such request.", field="other", value=other.number)
    kind = LinkKind.FOLLOW_ON_OF if request.POST.get("kind") == LinkKind.FOLLOW_ON_OF else LinkKind.DUPLICATE_OF
    actions.link(found.id, _change(request, viewer), other_id=other.id, kind=kind)
    return _("Tied to %(number)s.") % {"number": other.number}


def _unlink(request: HttpRequest, found: RequestView, viewer: StaffView) -> str:
    sent = _words(request, "link")
    tie = next((link.id for link in queries.links(found.id) if str(link.id) == sent), 0)
    actions.unlink(found.id, _change(request, viewer), link_id=tie)
    return _("No longer tied.")


def _give_contact(request: HttpRequest, found: RequestView, viewer: StaffView) -> str:
    sent = {
        name: str(request.POST.get(f"contact_{name}", "")).strip() for name in ("name", "phone", "email", "news_by")
    }
    if not access.sees_contacts(viewer) or sent["news_by"] not in {"none", "phone", "sms", "email"}:
        raise Http404
    version = catalogue.active().pack.city.privacy.version
    details = ContactDetails(**sent, language=found.language, privacy_version=version)
    actions.give_contact(found.id, _change(request, viewer), details=details)
    return _("The person can be reached now.")


_ACTS: Mapping[str, Callable[[HttpRequest, RequestView, StaffView], str]] = {
    "note": _note,
    "photo": _photo,
    "dispute": _dispute,
    "reply": _reply,
    "link": _link,
    "unlink": _unlink,
    "contact": _give_contact,
}
_FIELD_OF = {
    "name": "contact_name",
    "phone": "contact_phone",
    "email": "contact_email",
    "number": "other",
    "id": "other",
    "link": "other",
}


# --- pictures --------------------


@require_http_methods(["GET"])
def photo(request: HttpRequest, number: str, photo_id: int) -> HttpResponseBase:
    """One picture of a request, for whoever may open the request and read its words."""
    viewer = access.viewer_of(request)
    found = access.request_or_404(viewer, number)
    kept = queries.photo_of(found.id, photo_id=photo_id) if access.sees_contacts(viewer) else None
    path = settings.MEDIA_ROOT / kept.file if kept else None
    if path is None or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")
