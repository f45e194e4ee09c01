"""One message to one browser, through the push service that browser chose."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from answerable.channels.webpush.sealing import CityKey, sealed, signature, to_text
from answerable.plumbing import clock, outward

KEPT_SECONDS: Final = 3 * 24 * 3600
"""Units: seconds a push service keeps a message for a device that is off: three days, over a weekend."""

MOST_TITLE: Final = 120
MOST_WORDS: Final = 460
"""Units: characters a device is sent of each; it shows less."""

_TOPIC_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser is reached and what it opens messages with, in base64url as it gave them."""

    endpoint: str
    public_key: str
    secret: str


@dataclass(frozen=True, slots=True)
class News:
    """What the device shows.  `key` is the same for every try, so that a message sent twice is shown once."""

    key: str
    title: str
    words: str
    link: str
    language: str
    is_urgent: bool = False


class Fate(StrEnum):
    """What became of a try."""

    TAKEN = "taken"
    GONE = "gone"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Posted:
    """What the push service said, or a code of why it said nothing; `may_have_it` when that is not known."""

    fate: Fate
    status: int | None = None
    reason: str = ""
    may_have_it: bool = False


_GOOD = range(200, 300)
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 425, 429})


def post(news: News, to: Browser, *, key: CityKey, contact: str, may_be_private: bool) -> Posted:
    """What became of the message; a redirect is not followed and is a no."""
    headers = {
        "Authorization": signature(key, endpoint=to.endpoint, contact=contact, now=clock.now()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Topic": topic(news.key),
        "Urgency": "high" if news.is_urgent else "normal",
    }
    try:
        body = sealed(payload(news), public_key=to.public_key, secret=to.secret)
    except ValueError:
        return Posted(Fate.GONE, reason="bad_key")
    headers["Content-Length"] = str(len(body))
    try:
        answer = outward.send("POST", to.endpoint, content=body, headers=headers, may_be_private=may_be_private)
    except outward.NotOutside as error:
        return Posted(Fate.GONE, reason=str(error))
    except outward.Unreached as error:
        return Posted(Fate.LATER, reason=str(error), may_have_it=str(error) in {"timeout", "broken_off"})
    return Posted(_fate(answer.status), status=answer.status, reason="" if answer.status in _GOOD else "status")


def _fate(status: int) -> Fate:
    if status in _GOOD:
        return Fate.TAKEN
    if status in _GONE:
        return Fate.GONE
    return Fate.LATER if status in _LATER or status >= 500 else Fate.REFUSED  # noqa: PLR2004 the server's own fault


def topic(key: str) -> str:
    """The name under which a message that was not yet fetched replaces the same one sent before.

    Source: RFC 8030 section 5.4: at most 32 characters of base64url.
    """
    return to_text(hashlib.sha256(key.encode()).digest()[:_TOPIC_BYTES])


def payload(news: News) -> bytes:
    """What the service worker reads: JSON, short enough for every push service, however it is written."""
    told = {
        "title": _cut(news.title, MOST_TITLE), "body": _cut(news.words, MOST_WORDS), "url": news.link,
        "tag": topic(news.key), "lang": news.language,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
