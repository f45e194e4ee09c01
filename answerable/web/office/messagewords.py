"""The words of messages: both languages side by side, tried on a real request, published together, brought back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.notices import actions, queries, wording
from answerable.notices.composing import city_values, day_words, request_values
from answerable.notices.kinds import KINDS, Kind
from answerable.notices.views import DraftView
from answerable.notices.wording import LANGUAGES, MOST_LETTERS, Filled, Wording
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.views import RequestView
from answerable.staff import queries as staff
from answerable.web.components import letters
from answerable.web.office import access

PLACEHOLDERS: Final[Mapping[str, str | Promise]] = {
    "number": gettext_lazy("the request’s number"),
    "service": gettext_lazy("what was asked for"),
    "place": gettext_lazy("where it is"),
    "city": gettext_lazy("the city’s name"),
    "phone": gettext_lazy("the city’s telephone number"),
    "due": gettext_lazy("the promised date"),
    "day": gettext_lazy("the date the step names"),
    "old_day": gettext_lazy("the date promised before"),
    "last_day": gettext_lazy("the last day to answer"),
    "days": gettext_lazy("how many days there are for it"),
    "department": gettext_lazy("the department that has it"),
    "party": gettext_lazy("the other organization that has it"),
    "reason": gettext_lazy("why, in a few words"),
    "words": gettext_lazy("what was written to the resident"),
    "outcome": gettext_lazy("how it ended"),
    "what_next": gettext_lazy("what happens next"),
    "level": gettext_lazy("how urgent the escalation is"),
    "survey": gettext_lazy("the address of the question on how it went"),
    "count": gettext_lazy("how many messages are gathered"),
}
"""What each placeholder stands for; where it has nothing to say, its paragraph is left out."""


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of message in the list."""

    code: str
    name: str
    version: int
    is_ours: bool
    has_draft: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One language of the editor: its words, whether they are older than the other's, and how they read."""

    language: str
    name: str
    words: Wording
    is_draft: bool
    is_behind: bool
    read: Filled
    problems: Mapping[str, str]


@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """Every kind of message, and which version of its words is in force."""
    published = queries.published_versions()
    listed = [
        KindLine(
            code=code, name=letters.kind_name(code), version=queries.current(code, LANGUAGES[0]).version,
            is_ours=code in published, has_draft=bool(queries.drafts(code)),
        )
        for code in KINDS
    ]  # fmt: skip
    return render(request, "office/message_words.html", {"kinds": listed})


@require_http_methods(["GET", "POST"])
def words(request: HttpRequest, kind: str) -> HttpResponse:
    """The words of one kind in both languages; a POST keeps, publishes, drops or brings back."""
    if kind not in KINDS:
        raise Http404
    if request.method == "GET":
        return _page(request, KINDS[kind])
    member, do = access.member_of(request), request.POST.get("do", "")
    try:
        said = _done(request.POST, kind, do, by=member.by)
    except AnswerableError as error:
        return _page(request, KINDS[kind], refused=error)
    messages.success(request, said)
    about = request.POST.get("number", "")[:20]
    query = f"?number={about}" if about.replace("-", "").isdigit() else ""
    return HttpResponseRedirect(reverse("office:message_words_of", args=[kind]) + query)


def _sent(sent: QueryDict, language: str) -> Wording | None:
    """The words of a language as they were sent; None when the form had none."""
    if f"{language}_text" not in sent:
        return None
    return Wording(version=0, **{part: sent.get(f"{language}_{part}", "") for part in MOST_LETTERS})


def _done(sent: QueryDict, kind: str, do: str, *, by: str) -> str:
    if do == "drop":
        actions.drop_drafts(kind)
        return _("The draft is gone; the words in force stay.")
    if do == "restore":
        number = sent.get("version", "")
        if not number.isdigit():
            raise Http404
        made = actions.restore(kind, int(number), by=by)
        return _("Version %(old)s is in force again, as version %(new)s.") % {"old": number, "new": made}
    _keep(sent, kind, both=do == "same", by=by)
    if do == "publish":
        made = actions.publish(kind, by=by)
        return _("Version %(new)s is in force in both languages.") % {"new": made}
    return _("Kept as a draft. Nothing changes for anybody until it is published.")


def _keep(sent: QueryDict, kind: str, *, both: bool, by: str) -> None:
    """The languages that were changed are kept; both, when somebody says that both say the same now."""
    given = {language: found for language in LANGUAGES if (found := _sent(sent, language)) is not None}
    tidy = {language: wording.checked(kind, each) for language, each in given.items()}
    stored = {language: _stored(kind, language) for language in tidy}
    changed = {each: tidy[each] for each in tidy if both or not _same(tidy[each], stored[each])}
    if changed:
        actions.save_drafts(kind, changed, by=by)


def _stored(kind: str, language: str) -> Wording:
    draft = queries.drafts(kind).get(language)
    return _words_of(draft) if draft else queries.current(kind, language)


def _words_of(draft: DraftView) -> Wording:
    return Wording(version=0, subject=draft.subject, text=draft.text, short=draft.short, action=draft.action)


def _same(one: Wording, other: Wording) -> bool:
    return all(getattr(one, part).strip() == getattr(other, part).strip() for part in MOST_LETTERS)


# --- the page -------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, kind: Kind, *, refused: AnswerableError | None = None) -> HttpResponse:
    number = (request.POST.get("number") or request.GET.get("number", ""))[:20].strip()
    about = _example(request, number)
    sides = [_side(kind, language, about, request, refused) for language in LANGUAGES]
    history = queries.history(kind.code)
    people = staff.names_of([each.by for each in history])
    context = {
        "kind": kind, "name": letters.kind_name(kind.code), "sides": sides, "number": number, "about": about,
        "has_draft": any(side.is_draft for side in sides), "is_behind": any(side.is_behind for side in sides),
        "placeholders": [(name, str(PLACEHOLDERS[name])) for name in PLACEHOLDERS if name in kind.placeholders],
        "history": [(each, people.get(each.by, _("the product"))) for each in history], "most": MOST_LETTERS,
        "current": queries.current(kind.code, LANGUAGES[0]).version, "refusal": _refusal(refused) if refused else "",
    }  # fmt: skip
    return render(request, "office/message_words_of.html", context, status=422 if refused else 200)


def _refusal(error: AnswerableError) -> str:
    if error.code == "notice.language_behind":
        return _("One language is older than the other. Bring it up to date, or say that both say the same.")
    return f"{error.message} {error.remedy}".strip()


def _side(
    kind: Kind, language: str, about: RequestView | None, request: HttpRequest, refused: AnswerableError | None
) -> Side:  # fmt: skip
    draft = queries.drafts(kind.code).get(language)
    kept = _words_of(draft) if draft else queries.current(kind.code, language)
    shown = (_sent(request.POST, language) if refused else None) or kept
    return Side(
        language=language, name={"en": _("English"), "fr": _("French")}[language], words=shown,
        is_draft=draft is not None, is_behind=draft is not None and draft.is_behind,
        read=wording.fill(shown, _values(language, about)), problems={},
    )  # fmt: skip


def _example(request: HttpRequest, number: str) -> RequestView | None:
    """The request the words are tried on, when this person may see it."""
    if not number:
        return None
    try:
        found = requests.by_number(number)
    except AnswerableError:
        return None
    return found if access.may_see(access.member_of(request), found) else None


def _values(language: str, about: RequestView | None) -> dict[str, str]:
    """What the placeholders say: of that request where there is one, and examples for the rest."""
    city, now = catalogue.active(), clock.now()
    day = now + timedelta(days=7)
    with override(language):
        examples = {
            "number": "26-0184213-7", "service": _("Pothole"), "place": _("12 Mill Lane"),
            "department": _("Roads"), "party": _("the power company"), "reason": _("the weather"),
            "words": _("The crew comes in the morning."), "outcome": _("The work is done."),
            "what_next": _("A crew looks at it."), "level": _("at risk"), "count": "3", "days": "30",
            "survey": "https://311.example.org/…",
            **{
                name: day_words(day, language=language, city=city, now=now)
                for name in ("due", "day", "old_day", "last_day")
            },
        }  # fmt: skip
    examples |= city_values(city, language=language)
    if about is None:
        return examples
    version = catalogue.version(about.catalogue_version)
    real = request_values(about, city=version, language=language, is_requester=True, now=now)
    return examples | {name: value for name, value in real.items() if value}
