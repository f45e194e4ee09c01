"""News of a request on somebody's own device: their browser tells where it is reached, or that it wants no more."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from answerable.contacts import actions as contacts
from answerable.contacts.rules import PushKeys
from answerable.kernel.errors import AnswerableError
from answerable.web.portal.follow import RESIDENT, seen_by

_LONGEST = 600


@require_POST
def device(request: HttpRequest, token: str) -> HttpResponse:
    """The browser that asks gets news of the request, or none any more; a link for a day opens no such thing."""
    if ":" in token:
        raise Http404
    seen = seen_by(token)
    subject = f"request:{seen.request.id}"
    given = {name: str(request.POST.get(name, ""))[:_LONGEST] for name in ("endpoint", "public_key", "secret")}
    if request.POST.get("wanted") == "no":
        contacts.remove_device(subject, given["endpoint"], by=RESIDENT)
        return HttpResponse(status=204)
    try:
        contacts.add_device(
            subject, PushKeys(**given), link=token, language=(get_language() or "en").split("-")[0],
            may_be_private=settings.ANSWERABLE.private_addresses, by=RESIDENT,
        )  # fmt: skip
    except AnswerableError as error:
        return HttpResponse(error.code, status=422, content_type="text/plain")
    return HttpResponse(status=204)
