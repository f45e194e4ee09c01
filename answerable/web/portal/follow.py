"""Following a request: by its number and postal code, by its secret link, and what can be done there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import segno
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.channels.webpush.sealing import city_key
from answerable.kernel.errors import AnswerableError, BadNumber, MistypedNumber
from answerable.kernel.ids import new_token, read_number
from answerable.plumbing import clock
from answerable.requests import actions, pictures, queries
from answerable.requests.actions import Change
from answerable.requests.errors import BadPhoto, UnknownRequest
from answerable.requests.rules import DISPUTED, is_listed_publicly
from answerable.requests.views import RequestView
from answerable.web.live import announcements, tickets
from answerable.web.portal import errors, locator, story

RESIDENT = "resident"
MOST_PHOTOS = 20
"""Units: pictures one request may carry."""

MOST_WORDS = 2000
"""Units: characters of one note."""

READER_LIFE = timedelta(days=1)
_READER_SALT = "answerable.web.portal.reader"
_KEY = re.compile(r"^[A-Za-z0-9_-]{16,40}$")


@dataclass(frozen=True, slots=True)
class Seen:
    """A request opened by a secret link, and whether the link is the requester's own."""

    request: RequestView
    token: str
    is_requester: bool


def reader_link(request_id: int) -> str:
    """What number and postal code open: a signed link for a day, to read and never to speak for the requester.

    Numbers run on and a postal code can be guessed from a public address, so they must not open the requester's own.
    """
    return signing.TimestampSigner(salt=_READER_SALT).sign(str(request_id))


def seen_by(token: str) -> Seen:
    """The request this link opens; a link that opens nothing is like one that never was.

    A reader's or follower's link opens nothing more once the request is hidden from the public.  Raises: Http404.
    """
    try:
        if ":" not in token:
            return Seen(request=queries.by_token(token), token=token, is_requester=True)
    except UnknownRequest:
        pass
    try:
        followed = _read_by(token) if ":" in token else queries.by_follower(token)
    except (UnknownRequest, signing.BadSignature) as error:
        raise Http404 from error
    if not is_listed_publicly(followed.visibility):
        raise Http404
    return Seen(request=followed, token=token, is_requester=False)


def _read_by(token: str) -> RequestView:
    signer = signing.TimestampSigner(salt=_READER_SALT)
    return queries.by_id(int(signer.unsign(token, max_age=READER_LIFE)))


# --- by number ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Number and postal code open the request to read; the secret link alone speaks for the requester."""
    if request.method == "GET":
        return _form(request, number=request.GET.get("number", "")[:40], postal="")
    number, postal = request.POST.get("number", "").strip()[:40], request.POST.get("postal", "").strip()[:20]
    problems = _missing(number=number, postal=postal)
    if not problems:
        try:
            opened = actions.opened_by_postal(number, postal=postal)
            return HttpResponseRedirect(reverse("portal:follow_link", args=[reader_link(opened.id)]))
        except (BadNumber, MistypedNumber) as error:
            problems = {"number": errors.words(error)}
        except AnswerableError as error:
            problems = {"postal": errors.words(error)}
    return _form(request, number=number, postal=postal, problems=problems)


def _missing(*, number: str, postal: str) -> dict[str, str]:
    problems = {} if number else {"number": _("Write the request number, like 26-0184213-1.")}
    return problems if postal else problems | {"postal": _("Write the postal code of the place.")}


def _form(request: HttpRequest, *, number: str, postal: str, problems: dict[str, str] | None = None) -> HttpResponse:
    context = {"number": number, "postal": postal, "problems": problems or {}}
    return render(request, "portal/follow.html", context, status=422 if problems else 200)


@require_GET
def by_number(request: HttpRequest, spoken: str) -> HttpResponse:
    """Every number ever issued answers truthfully; who is not public answers like one that does not exist."""
    try:
        number = read_number(spoken)
    except (BadNumber, MistypedNumber) as error:
        return _unlisted(_form(request, number=spoken[:40], postal="", problems={"number": errors.words(error)}))
    if spoken != str(number):
        return HttpResponseRedirect(reverse("portal:number", args=[str(number)]))
    try:
        found = queries.by_number(str(number))
    except UnknownRequest:
        return _unlisted(_form(request, number=str(number), postal=""))
    if not is_listed_publicly(found.visibility):
        return _unlisted(_form(request, number=str(number), postal=""))
    return _unlisted(_public(request, found))


def _public(request: HttpRequest, found: RequestView) -> HttpResponse:
    now = clock.now()
    told = story.of(found, is_requester=False, now=now)
    context = {"story": told, "found": found, "shows_place": found.visibility == "public", "key": new_token()}
    return render(request, "portal/number.html", context)


def _unlisted(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["POST"])
def me_too(request: HttpRequest, spoken: str) -> HttpResponse:
    """Somebody follows a public request from its number's page, and gets a link of their own."""
    try:
        found = queries.by_number(spoken)
        token = actions.follow(found.id, change_by_resident(request, "too"), contact_id=None, language=_language())
    except AnswerableError as error:
        raise Http404 from error
    messages.success(request, _("You follow this request now. Keep this page's address: it is yours alone."))
    return HttpResponseRedirect(reverse("portal:follow_link", args=[token]))


# --- by link --------------------------------------------------------------------------------------------------


@require_GET
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Everything the holder of the link may see of the request."""
    return _page(request, seen_by(token))


def _page(request: HttpRequest, seen: Seen, *, problems: dict[str, str] | None = None) -> HttpResponse:
    ticket = tickets.mint([announcements.request(seen.request.id)])
    found = seen.request
    shows_place = seen.is_requester or found.visibility == "public"
    pin = found.point if shows_place else None
    context = {
        "story": story.of(found, is_requester=seen.is_requester, now=clock.now()), "shows_place": shows_place,
        "found": found, "token": seen.token, "is_reader": ":" in seen.token, "ticket": ticket,
        "problems": problems or {},
        "kept": request.POST.get("words", "")[:MOST_WORDS], "key": new_token(),
        "map": locator.drawing(catalogue.version(found.catalogue_version), pin, at=found.logged_at),
        "link": request.build_absolute_uri(reverse("portal:follow_link", args=[seen.token])),
        "dispute_reasons": story.dispute_reasons(), "push_key": city_key(settings.SECRET_KEY).public_text,
        "most_words": MOST_WORDS, "photo_mb": pictures.MAX_BYTES // 10**6, "most_photos": pictures.MAX_PHOTOS,
    }  # fmt: skip
    return render(request, "portal/request.html", context, status=422 if problems else 200)


@require_GET
def sent(request: HttpRequest, token: str) -> HttpResponse:
    """The number to keep, the promised date, and what happens next."""
    seen = seen_by(token)
    if not seen.is_requester:
        raise Http404
    city = catalogue.version(seen.request.catalogue_version)
    address = request.build_absolute_uri(reverse("portal:follow_link", args=[token]))
    context = {
        "found": seen.request, "token": token, "service": city.service(seen.request.service_code), "link": address,
        "qr": qr(address), "opens_by_number": bool(seen.request.postal) and is_listed_publicly(seen.request.visibility),
        "printed_at": clock.now(),
    }  # fmt: skip
    return render(request, "portal/sent.html", context)


def qr(address: str) -> SafeString:
    """The address as a QR code in inline SVG, without any style."""
    drawing = segno.make(address, error="m", micro=False).svg_inline(
        omitsize=True, border=1, svgclass=None, lineclass=None
    )
    return mark_safe(drawing)  # noqa: S308 segno draws squares; the address is in them, not in the markup


@require_GET
def photo(request: HttpRequest, token: str, photo_id: int) -> HttpResponseBase:
    """A picture of the request, for who may see it there."""
    seen = seen_by(token)
    told = story.shown_photos(seen.request, is_requester=seen.is_requester)
    found = next((each for each in told if each.id == photo_id), None)
    path = Path(settings.MEDIA_ROOT) / found.file if found else None
    if path is None or not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")


# --- what can be done there -----------------------------------------------------------------------------------


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def change_by_resident(request: HttpRequest, what: str) -> Change:
    """A change by the resident under the form's own key, so that sending twice is once."""
    key = str(request.POST.get("key", ""))
    return Change.now(key=f"{what}:{key if _KEY.match(key) else new_token()}", by=RESIDENT)


Act = Callable[[HttpRequest, Seen, str], str]
"""Does it with the words sent; gives what to say afterwards.  Raises: AnswerableError."""


def _acting(request: HttpRequest, token: str, *, field: str, act: Act) -> HttpResponse:
    """The page again after the act, by a redirect; with the words kept and the reason when it was refused."""
    if request.method == "GET":
        return HttpResponseRedirect(reverse("portal:follow_link", args=[token]))
    seen = seen_by(token)
    words = str(request.POST.get("words", "")).replace("\r\n", "\n").strip()
    if len(words) > MOST_WORDS:
        return _page(request, seen, problems={field: _("This is too long. Please shorten it.")})
    try:
        messages.success(request, act(request, seen, words))
    except AnswerableError as error:
        return _page(request, seen, problems={field: errors.words(error)})
    return HttpResponseRedirect(reverse("portal:follow_link", args=[token]))


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, token: str) -> HttpResponse:
    """The requester adds words."""

    def act(request: HttpRequest, seen: Seen, words: str) -> str:
        _need_requester(seen)
        actions.add_note(seen.request.id, change_by_resident(request, "note"), words=words, audience="public")
        return _("Your note was added.")

    return _acting(request, token, field="note", act=act)


@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """The requester answers the city's question; the clock runs again."""

    def act(request: HttpRequest, seen: Seen, words: str) -> str:
        _need_requester(seen)
        actions.reply(seen.request.id, change_by_resident(request, "reply"), words=words)
        return _("Thank you. Your answer was sent, and the clock runs again.")

    return _acting(request, token, field="reply", act=act)


@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, token: str) -> HttpResponse:
    """Requester or follower says that it is not fixed; the same number is open again."""

    def act(request: HttpRequest, seen: Seen, words: str) -> str:
        reason = str(request.POST.get("reason", "")) or DISPUTED
        actions.dispute(seen.request.id, change_by_resident(request, "dispute"), words=words, reason=reason)
        return _("Thank you for telling us. The request is open again under the same number.")

    return _acting(request, token, field="dispute", act=act)


@require_http_methods(["GET", "POST"])
def add_photo(request: HttpRequest, token: str) -> HttpResponse:
    """The requester adds pictures; they are stripped of their hidden position first."""

    def act(request: HttpRequest, seen: Seen, _words: str) -> str:
        _need_requester(seen)
        files = request.FILES.getlist("photo")
        if not files:
            raise BadPhoto("There is no file.", field="photo", remedy="Choose a picture first.")
        if seen.request.photos + len(files) > MOST_PHOTOS:
            raise BadPhoto("There are too many pictures.", field="photo", remedy=f"Send at most {MOST_PHOTOS}.")
        for index, upload in enumerate(files):
            _keep_photo(seen, change_by_resident(request, f"photo{index}"), upload.read(pictures.MAX_BYTES + 1))
        return _("Your photo was added.")

    return _acting(request, token, field="photo", act=act)


def _keep_photo(seen: Seen, change: Change, content: bytes) -> None:
    kept = pictures.keep(content, scope=change.key, folder=Path(settings.MEDIA_ROOT))
    actions.add_photo(seen.request.id, change, photo=kept.photo, is_public=False)


def _need_requester(seen: Seen) -> None:
    if not seen.is_requester:
        raise Http404
