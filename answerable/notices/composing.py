"""What a message says: the values of its words, the words filled in, and the mail around them.

Pure but for the city that is handed in: the same facts give the same message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Final

from babel import Locale
from babel.dates import format_date

from answerable.catalogue.city import City
from answerable.contacts.rules import MessageClass, Way
from answerable.kernel.ids import new_token
from answerable.kernel.languages import Text, in_language
from answerable.notices import links, wording
from answerable.notices.kinds import Kind
from answerable.notices.rules import MessageState
from answerable.notices.wording import Filled, Frame, Wording
from answerable.requests.rules import Visibility, is_listed_publicly
from answerable.requests.views import RequestView

_LOCALES: Final = {"en": "en_CA", "fr": "fr_CA"}
_DAYS: Final[Mapping[tuple[str, bool], str]] = {
    ("en", False): "EEEE, MMMM d",
    ("en", True): "EEEE, MMMM d, y",
    ("fr", False): "EEEE d MMMM",
    ("fr", True): "EEEE d MMMM y",
}
"""With the weekday; with the year when it is another one.  Source: CLDR 45, en-CA and fr-CA."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person by one way, and the secret by which they open the request.

    `is_requester` tells that the request is their own; somebody who only follows it reads less.
    """

    contact_id: int | None
    way: Way
    address: str
    language: str
    link_token: str
    is_requester: bool = True


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is ready for the ledger."""

    token: str
    key: str
    kind: str
    message_class: MessageClass
    way: Way
    language: str
    contact_id: int | None
    request_id: int | None
    fact_id: int | None
    address: str
    wording_version: int
    subject: str
    text: str
    short: str
    html: str
    link: str
    gathers: bool
    due_at: datetime
    state: MessageState = MessageState.DUE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a message is made: its kind, its key, the fact behind it, when it may go."""

    kind: Kind
    key: str
    due_at: datetime
    fact_id: int | None = None
    request_id: int | None = None
    gathers: bool = False


def said(text: Text, *, language: str, city: City) -> str:
    """The city's own text in that language."""
    return in_language(text, language=language, fallback=city.default_language)


def day_words(value: date | datetime | None, *, language: str, city: City, now: datetime) -> str:
    """The local date as people write it; empty for none."""
    if value is None:
        return ""
    day = city.local_day(value) if isinstance(value, datetime) else value
    base = wording.language_of(language)
    pattern = _DAYS[base, day.year != city.local_day(now).year]
    return str(format_date(day, format=pattern, locale=Locale.parse(_LOCALES[base])))


def city_values(city: City, *, language: str) -> dict[str, str]:
    """What every message may name of the city."""
    return {"city": said(city.pack.city.name, language=language, city=city), "phone": city.pack.city.contact.phone}


def request_values(
    request: RequestView, *, city: City, language: str, is_requester: bool, now: datetime
) -> dict[str, str]:  # fmt: skip
    """What a message may name of a request; of one that few may see, neither what it asks nor where."""
    around = wording.frame(language)
    is_hidden = request.visibility is Visibility.CONFIDENTIAL
    may_say_where = not is_hidden and (is_requester or is_listed_publicly(request.visibility))
    service = (
        around.request if is_hidden else said(city.service(request.service_code).name, language=language, city=city)
    )
    return city_values(city, language=language) | {
        "number": request.number,
        "service": service,
        "place": (request.address or request.place_said) if may_say_where else "",
        "due": day_words(request.completion_due, language=language, city=city, now=now),
        "department": said(city.department(request.department).name, language=language, city=city),
    }


def letter_of(
    occasion: Occasion, recipient: Recipient, words: Wording, values: Mapping[str, str], *, city: City, link: str
) -> Letter:  # fmt: skip
    """The message as it will be sent."""
    token = new_token()
    filled = wording.fill(words, values)
    message = "" if occasion.kind.for_staff or occasion.kind.is_reply else token
    around = around_of(city, language=recipient.language, message=message)
    return Letter(
        token=token, key=occasion.key, kind=occasion.kind.code, message_class=occasion.kind.message_class,
        way=recipient.way, language=recipient.language, contact_id=recipient.contact_id,
        request_id=occasion.request_id, fact_id=occasion.fact_id, address=recipient.address,
        wording_version=words.version, subject=filled.subject, text=plain_mail(filled, around, link=link),
        short=" ".join(filter(None, (filled.short, link))), html=html_mail(filled, around, link=link), link=link,
        gathers=occasion.gathers, due_at=occasion.due_at,
    )  # fmt: skip


# --- the mail around the words ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Around:
    """What a mail needs beside its words; without a message of the ledger it offers nothing to stop."""

    city: str
    language: str
    message: str = ""
    brand: str = "#0b4a5a"
    on_brand: str = "#ffffff"
    link_colour: str = "#0a5c72"

    @property
    def frame(self) -> Frame:
        """The standing words of the language."""
        return wording.frame(self.language)

    @property
    def why(self) -> str:
        """Why somebody gets the mail."""
        return self.frame.why.replace("{city}", self.city)


def around_of(city: City, *, language: str, message: str) -> Around:
    """What stands around a mail of that city, in its colours."""
    brand = city.pack.brand
    return Around(
        city=said(city.pack.city.name, language=language, city=city), language=language, message=message,
        brand=brand.brand, on_brand=brand.on_brand, link_colour=brand.link,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news in a digest: its line, and where it leads."""

    line: str
    link: str


def plain_mail(filled: Filled, around: Around, *, link: str, items: tuple[Item, ...] = ()) -> str:
    """The mail in plain words."""
    parts = [around.frame.greeting, *filled.paragraphs]
    parts += [f"{each.line}\n{each.link}".strip() for each in items]
    if link:
        parts.append(f"{filled.action}\n{link}" if filled.action else link)
    parts += ["--", around.city]
    if around.message:
        parts += [
            around.why,
            f"{around.frame.wishes}\n{links.wishes(around.language, message=around.message)}",
            f"{around.frame.stop}\n{links.stop(around.language, message=around.message)}",
        ]
    return "\n\n".join(parts) + "\n"


_P: Final = '<p style="margin:0 0 16px;white-space:pre-line">{}</p>'
_SMALL: Final = '<p style="margin:0 0 8px;font-size:14px;line-height:1.5;color:#44545b">{}</p>'
_A: Final = '<a href="{href}" style="color:{colour}">{words}</a>'


def html_mail(filled: Filled, around: Around, *, link: str, items: tuple[Item, ...] = ()) -> str:
    """The mail as a page: one column, readable without pictures, in the dark and by a screen reader."""
    body = [_P.format(escape(around.frame.greeting))]
    body += [_P.format(_linked(each, around)) for each in filled.paragraphs]
    body += [_P.format(_anchor(each.link, each.line, around) if each.link else escape(each.line)) for each in items]
    if link:
        body.append(_button(link, filled.action or link, around))
    return _PAGE.format(
        language=around.language, title=escape(filled.subject), heading=_kept_whole(escape(filled.subject)),
        city=escape(around.city), brand=around.brand,
        on_brand=around.on_brand, body="\n".join(body), foot="\n".join(_foot(around)),
    )  # fmt: skip


def _linked(paragraph: str, around: Around) -> str:
    """The paragraph with an address of ours in it made a link."""
    words = [_anchor(each, each, around) if each.startswith(("https://", "http://")) else _kept_whole(escape(each))
             for each in paragraph.split(" ")]  # fmt: skip
    return " ".join(words)


_NUMBER: Final = re.compile(r"\b\d{2}-\d{7}-\d\b")


def _kept_whole(words: str) -> str:
    """The words with request numbers that no line breaks."""
    return _NUMBER.sub(r'<span style="white-space:nowrap">\g<0></span>', words)


def _anchor(href: str, words: str, around: Around) -> str:
    return _A.format(href=escape(href, quote=True), colour=around.link_colour, words=_kept_whole(escape(words)))


def _button(href: str, words: str, around: Around) -> str:
    return (
        f'<p style="margin:24px 0"><a href="{escape(href, quote=True)}" style="background:{around.brand};'
        f"color:{around.on_brand};display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;"
        f'font-weight:600">{escape(words)}</a></p>'
    )


def _foot(around: Around) -> list[str]:
    if not around.message:
        return []
    ways = (
        _anchor(links.wishes(around.language, message=around.message), around.frame.wishes, around),
        _anchor(links.stop(around.language, message=around.message), around.frame.stop, around),
    )
    return [_SMALL.format(escape(around.why)), _SMALL.format(" · ".join(ways))]


_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body style="margin:0;padding:0;font-family:-apple-system,'Segoe UI','Noto Sans',Roboto,Arial,sans-serif">
<div role="article" aria-label="{title}" lang="{language}" style="max-width:600px;margin:0 auto;padding:16px">
<p style="background:{brand};color:{on_brand};margin:0 0 24px;padding:12px 16px;border-radius:8px">
<strong>{city}</strong></p>
<h1 style="font-size:22px;line-height:1.3;margin:0 0 16px">{heading}</h1>
<div style="font-size:17px;line-height:1.5">
{body}
</div>
<hr style="border:0;border-top:1px solid #c5ced1;margin:24px 0">
{foot}
</div>
</body>
</html>
"""
