"""Links by which a department answers a work order without an account: reading them.

The address holds a signed id, nothing else; the database holds no secret that would open one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core import signing

from answerable.connectors import models
from answerable.connectors.rules import Kind, Ledger
from answerable.requests import queries as requests

_SALT: Final = "answerable.connectors.reply"


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link, and whether it still opens its work order: until it expires, while the work is theirs.

    `delivery_id` is the work order's line in the ledger.
    """

    id: int
    handoff_id: int
    request_id: int
    delivery_id: int
    connector: str
    issue: int
    language: str
    made_at: datetime
    expires_at: datetime
    is_last: bool
    is_theirs: bool


@dataclass(frozen=True, slots=True)
class UseView:
    """One use of a link."""

    what: str
    party: str
    at: datetime


def token_of(link_id: int) -> str:
    """What the link's address ends with."""
    return signing.Signer(salt=_SALT).sign(str(link_id))


def url_of(handoff_id: int) -> str:
    """The address of the work order's latest link; empty when it has none."""
    row = models.ReplyLink.objects.filter(handoff_id=handoff_id).order_by("issue").last()
    return f"{settings.ANSWERABLE.base_url}/{row.language}/work/{token_of(row.id)}/" if row else ""


def opened_by(token: str) -> LinkView | None:
    """The link this token names; None when nobody here signed it."""
    try:
        link_id = int(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return by_id(link_id)


def by_id(link_id: int) -> LinkView | None:
    """That link as it stands now."""
    row = models.ReplyLink.objects.filter(id=link_id).first()
    return as_view(row) if row else None


def as_view(row: models.ReplyLink) -> LinkView | None:
    """The link as others see it; None when the ledger does not know its work order."""
    line = models.Delivery.objects.filter(handoff_id=row.handoff_id, kind=Kind.FILE).last()
    if line is None:
        return None
    last = models.ReplyLink.objects.filter(handoff_id=row.handoff_id).order_by("issue").last()
    orders = requests.handoffs(row.request_id)
    return LinkView(
        id=row.id, handoff_id=row.handoff_id, request_id=row.request_id, delivery_id=line.id, connector=row.connector,
        issue=row.issue, language=row.language, made_at=row.made_at, expires_at=row.expires_at,
        is_last=last is None or last.id == row.id,
        is_theirs=line.ended_at is None
        and line.state not in {Ledger.REFUSED, Ledger.WITHDRAWN}
        and bool(orders)
        and orders[-1].id == row.handoff_id,
    )  # fmt: skip


def latest(handoff_id: int) -> LinkView | None:
    """The work order's latest link."""
    row = models.ReplyLink.objects.filter(handoff_id=handoff_id).order_by("issue").last()
    return as_view(row) if row else None


def uses(handoff_id: int, *, limit: int = 100) -> Sequence[UseView]:
    """What the work order's links were used for, newest first."""
    rows = models.ReplyUse.objects.filter(handoff_id=handoff_id).order_by("-id")[:limit]
    return tuple(UseView(what=row.what, party=row.party, at=row.at) for row in rows)
