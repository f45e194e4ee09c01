"""Ready-made words where they are used: offered in a form, and filled in for one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils import translation

from answerable.catalogue import queries as catalogue
from answerable.kernel.languages import in_language
from answerable.requests import queries as requests
from answerable.requests import replies
from answerable.requests.replies import ReplyView
from answerable.requests.views import RequestRow, RequestView
from answerable.web.components import formats
from answerable.web.office import wording


def offered(found: RequestView) -> Sequence[ReplyView]:
    """The words offered for the request."""
    return replies.of_request(department=found.department, service_code=found.service_code)


def titles_of(known: Sequence[ReplyView]) -> list[tuple[str, str]]:
    """Their codes and titles, as options of a field."""
    return [(each.code, wording.said(each.title)) for each in known]


def texts_of(known: Sequence[ReplyView], found: RequestView) -> list[tuple[str, str]]:
    """Their codes and what they say to the resident of that request."""
    values = values_of(found)
    return [(each.code, replies.filled(each.words, language=found.language, values=values)) for each in known]


def said_to(found: RequestView | RequestRow, code: str) -> str:
    """What the words of that code say to the resident of the request; empty when they are not offered for it."""
    whole = found if isinstance(found, RequestView) else requests.by_id(found.id)
    known = {each.code: each for each in offered(whole)}
    if code not in known:
        return ""
    return replies.filled(known[code].words, language=whole.language, values=values_of(whole))


def values_of(found: RequestView) -> Mapping[str, str]:
    """What the placeholders stand for, in the resident's language."""
    city = catalogue.version(found.catalogue_version)
    with translation.override(found.language):
        due = formats.local_date(found.completion_due) if found.completion_due else ""
    return {
        "number": found.number,
        "service": in_language(city.service(found.service_code).name, language=found.language),
        "department": in_language(catalogue.active().department(found.department).name, language=found.language),
        "place": found.address or found.place_said,
        "due": due,
    }
