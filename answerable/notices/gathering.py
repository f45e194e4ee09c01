"""Several messages to one person made one, so that news is no noise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from answerable.catalogue import queries as catalogue
from answerable.kernel.ids import new_token
from answerable.notices import links, wording
from answerable.notices.composing import Item, Letter, around_of, city_values, html_mail, plain_mail
from answerable.notices.kinds import KINDS, Kind
from answerable.notices.rules import LONGEST_SHORT, MOST_LISTED
from answerable.notices.views import MessageView
from answerable.notices.wording import Wording


def digest_kind(code: str) -> Kind:
    """The kind of message that gathers messages of that kind."""
    return KINDS["escalations" if KINDS[code].for_staff else "digest"]


def digest_of(gathered: Sequence[MessageView], *, kind: Kind, words: Wording, now: datetime) -> Letter:
    """One message with the news of all of them, oldest first."""
    first = gathered[0]
    token = new_token()
    city = catalogue.active()
    values = city_values(city, language=first.language) | {"count": str(len(gathered))}
    filled = wording.fill(words, values)
    items = tuple(Item(line=each.subject, link=each.link) for each in gathered[:MOST_LISTED])
    if len(gathered) > MOST_LISTED:
        more = wording.frame(first.language).levels["more"].replace("{count}", str(len(gathered) - MOST_LISTED))
        items = (*items, Item(line=more, link=""))
    around = around_of(city, language=first.language, message="" if kind.for_staff else token)
    return Letter(
        token=token, key=f"digest:{token}", kind=kind.code, message_class=first.message_class, way=first.way,
        language=first.language, contact_id=first.contact_id, request_id=None, fact_id=None, address=first.address,
        wording_version=words.version, subject=filled.subject, text=plain_mail(filled, around, link="", items=items),
        short=_short(filled.short, items, more=links.wishes(first.language, message=token)),
        html=html_mail(filled, around, link="", items=items), link=first.link, gathers=False, due_at=now,
    )  # fmt: skip


def _short(head: str, items: Sequence[Item], *, more: str) -> str:
    """As many lines as fit into a text message, and one link to everything."""
    text = head
    for each in items:
        longer = f"{text} {each.line}."
        if len(longer) + len(more) + 1 > LONGEST_SHORT:
            break
        text = longer
    return f"{text} {more}"
