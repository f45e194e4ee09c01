"""Ready-made words for residents, in both languages of one version, with placeholders filled for each request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from answerable.journal import actions as journal
from answerable.kernel.languages import Text, in_language
from answerable.plumbing import clock
from answerable.requests import models
from answerable.requests.errors import BadReply
from answerable.requests.events import ReplyPublished

PLACEHOLDERS: Final = ("number", "service", "department", "place", "due")
"""What words may name in braces: `{number}`."""

MOST_WORDS: Final = 2000
MOST_TITLE: Final = 80
"""Units: characters."""

_CODE: Final = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")
_NAMED: Final = re.compile(r"\{([^{}]*)\}")
_LANGUAGES: Final = ("en", "fr")


@dataclass(frozen=True, slots=True)
class ReplyView:
    """Ready-made words in force."""

    id: int
    code: str
    version: int
    is_active: bool
    department: str
    service_code: str
    title: Text
    words: Text
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """Words to be published; `same` says that a language left as it was still says the same as the other."""

    title: Text
    words: Text
    department: str = ""
    service_code: str = ""
    is_active: bool = True
    same: bool = False


def publish(code: str, draft: ReplyDraft, *, by: str) -> ReplyView:
    """The words in force under that code, both languages of one version; published twice they are one version.

    Raises: BadReply for a missing language, one older than the other, or a placeholder nobody can fill.
    """
    if not _CODE.match(code):
        raise BadReply("This is no code.", field="code", value=code[:40], remedy="Use small letters, digits, hyphens.")
    with transaction.atomic():
        before = models.Reply.objects.select_for_update().filter(code=code, is_current=True).first()
        check(draft, before=before.words if before else None)
        if before is not None and _content(before) == _content_of(draft):
            return _view(before)
        if before is not None:
            before.is_current = False
            before.save(update_fields=["is_current"])
        row = models.Reply.objects.create(
            code=code, version=(before.version if before else 0) + 1, is_current=True, is_active=draft.is_active,
            department=draft.department, service_code=draft.service_code, title=dict(draft.title),
            words=dict(draft.words), by=by, at=clock.now(),
        )  # fmt: skip
        journal.append(
            ReplyPublished(row.id, code=code, version=row.version, is_active=row.is_active), by=by, at=row.at
        )
    return _view(row)


def _content(row: models.Reply) -> tuple[object, ...]:
    return row.title, row.words, row.department, row.service_code, row.is_active


def _content_of(draft: ReplyDraft) -> tuple[object, ...]:
    return dict(draft.title), dict(draft.words), draft.department, draft.service_code, draft.is_active


def check(draft: ReplyDraft, *, before: Mapping[str, str] | None) -> None:
    """Nothing is wrong with the words.  Raises: BadReply naming the field."""
    for name, texts, most in (("title", draft.title, MOST_TITLE), ("words", draft.words, MOST_WORDS)):
        for tag in _LANGUAGES:
            if not 0 < len(texts.get(tag, "").strip()) <= most:
                raise BadReply("Words are missing or too long.", field=f"{name}_{tag}", remedy="Write both languages.")
    for tag in _LANGUAGES:
        unknown = sorted(set(_NAMED.findall(draft.words[tag])) - set(PLACEHOLDERS))
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise BadReply("Unknown placeholder.", field=f"words_{tag}", value=unknown[0][:40], remedy=f"Use {known}.")
    if set(_NAMED.findall(draft.words["en"])) != set(_NAMED.findall(draft.words["fr"])):
        raise BadReply("The languages name different placeholders.", field="words_fr", value="placeholders")
    if before is not None and not draft.same:
        kept = [tag for tag in _LANGUAGES if draft.words[tag] == before.get(tag)]
        if len(kept) == 1:
            raise BadReply("One language is older than the other.", field=f"words_{kept[0]}", value="older")


def of_request(*, department: str, service_code: str) -> tuple[ReplyView, ...]:
    """The words offered for such a request, those of its service first, then its department's, then everybody's."""
    rows = models.Reply.objects.filter(
        Q(department__in=["", department]), Q(service_code__in=["", service_code]), is_current=True, is_active=True
    )
    found = sorted(map(_view, rows[:200]), key=lambda each: (not each.service_code, not each.department, each.code))
    return tuple(found[:50])


def every_reply(*, department: str | None = None) -> tuple[ReplyView, ...]:
    """All words in force or withdrawn; of one department and everybody's, if one is named."""
    rows = models.Reply.objects.filter(is_current=True)
    rows = rows if department is None else rows.filter(department__in=["", department])
    return tuple(map(_view, rows.order_by("-is_active", "department", "service_code", "code")[:500]))


def reply(code: str) -> ReplyView | None:
    """The words of that code."""
    row = models.Reply.objects.filter(code=code, is_current=True).first()
    return _view(row) if row else None


def versions(code: str, *, limit: int = 20) -> tuple[ReplyView, ...]:
    """The versions there were, newest first."""
    return tuple(map(_view, models.Reply.objects.filter(code=code).order_by("-version")[:limit]))


def filled(words: Text, *, language: str, values: Mapping[str, str]) -> str:
    """The words in that language, every placeholder replaced."""
    return _NAMED.sub(lambda found: values.get(found[1], ""), in_language(words, language=language))


def _view(row: models.Reply) -> ReplyView:
    return ReplyView(
        id=row.id, code=row.code, version=row.version, is_active=row.is_active, department=row.department,
        service_code=row.service_code, title=row.title, words=row.words, by=row.by, at=row.at,
    )  # fmt: skip
