"""A department or contractor that is written to by e-mail, and answers on the page its link opens.

A mail server that took a message proves that it was sent, not that somebody has read it: the work order is confirmed
when it is answered.  The same order is the same message (its Message-ID), however often it is sent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from answerable.catalogue.city import City
from answerable.catalogue.connectorstructs import MailConnector
from answerable.connectors.ports import Away, Delivered, News, Pending, Refused, Update, WorkOrder
from answerable.plumbing.mail import TIMEOUT_SECONDS, Attachment, BadMail, Mail, MailAway, MailRefused, Post, Sent

LETTERS: Final = Path(__file__).resolve().parent.parent / "letters"
MOST_ATTACHED: Final = 8_000_000
"""Units: bytes of photos that go with one message; the page has the others."""


@dataclass(frozen=True, slots=True)
class MailDepartment:
    """One address, or one for each service, as a place where work goes."""

    named: MailConnector
    city: City
    post: Post
    timeout_seconds: float = TIMEOUT_SECONDS * 3
    never_answers: bool = True

    @property
    def _language(self) -> str:
        return self.named.language or self.city.default_language

    # --- there ---

    def deliver(self, order: WorkOrder) -> Delivered | Pending | Refused:
        """The message is on its way; the answer on its page will confirm it."""
        words = letter_words(self._language)
        photos, left_out = _photos(order.photos)
        notes = [words["photos"].format(count=len(photos))] if photos else []
        letter = Letter(
            language=self._language,
            subject=words["subject"].format(number=order.number, service=self._called(order)),
            sender=self.city.pack.city.short_name + " 311",
            paragraphs=(words["greeting"],),
            rows=tuple(self._rows(order)),
            notes=(*notes, *([words["photos_more"]] if left_out else [])),
            link=order.reply_url,
            days=self.named.link_days,
        )
        return self._sent(letter, key=order.key, service=order.service_code, number=order.number, photos=photos)

    def _called(self, order: WorkOrder) -> str:
        called = self.named.services.get(order.service_code, "") or order.service_name
        return f"{called}, {order.address}" if order.address else called

    def _rows(self, order: WorkOrder) -> Iterator[tuple[str, str]]:
        words = letter_words(self._language)
        yield words["service"], order.service_name
        if order.address:
            yield words["place"], order.address
        if order.point is not None:
            yield words["position"], f"{order.point.lat:.6f}, {order.point.lon:.6f}"
        if order.postal:
            yield words["postal"], order.postal
        yield from order.told
        if order.words:
            yield words["words"], order.words
        if order.logged_at is not None:
            yield words["logged"], self._moment(order.logged_at)
        if order.due_at is not None:
            yield words["due"], self._moment(order.due_at)
        yield words["priority"], words.get(f"priority_{order.priority}", order.priority)
        if order.requester is not None:
            who = (order.requester.name, order.requester.email, order.requester.phone)
            yield words["contact"], "\n".join(filter(None, who))

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self.city.timezone)
        day = format_date(local.date(), "long", locale=_locale(self._language))
        return f"{day}, {format_time(local.time(), 'short', locale=_locale(self._language))}"

    def find(self, order: WorkOrder) -> Delivered | None:
        """Nothing: a mailbox cannot be looked into; the message is sent again as the same message."""
        return None

    def tell(self, news: News) -> bool:
        """Mail about the same work order, below the first in the mail program."""
        words = letter_words(self._language)
        paragraphs: tuple[str, ...]
        if news.word == "link":
            subject, paragraphs = words["subject_link"], (words["news_link"],)
        elif news.word == "closed":
            subject, paragraphs = words["subject_news"], (words["news_closed"], news.words)
        else:
            subject, paragraphs = words["subject_news"], (words["news"], news.words)
        letter = Letter(
            language=self._language,
            subject=subject.format(number=news.number),
            sender=self.city.pack.city.short_name + " 311",
            paragraphs=tuple(filter(None, paragraphs)),
            link="" if news.word == "closed" else news.reply_url,
            days=self.named.link_days,
        )
        result = self._sent(letter, key=news.key, service=news.service_code, number=news.number, after=news.token)
        if isinstance(result, Refused):
            raise Away(result.reason, may_have_it=False, status_code=result.status_code)
        return True

    def _sent(
        self, letter: Letter, *, key: str, service: str, number: str, photos: Sequence[Attachment] = (), after: str = ""
    ) -> Pending | Refused:
        brand = self.city.pack.brand
        mail = Mail(
            to=self.named.addresses.get(service, self.named.to),
            subject=letter.subject,
            text=letter.text(),
            html=letter.html((brand.brand, brand.on_brand)),
            key=key,
            language=letter.language,
            from_name=letter.sender,
            headers={"In-Reply-To": after, "References": after} if after else {},
            attachments=tuple(photos),
        )
        try:
            sent: Sent = self.post.send(mail)
        except MailAway as away:
            raise Away(away.reason, may_have_it=away.may_have_it, status_code=away.status_code) from away
        except MailRefused as refused:
            return Refused(refused.reason, status_code=refused.status_code)
        except BadMail as bad:
            return Refused(str(bad))
        return Pending(sent.message_id, reference=number)

    # --- and back: everything comes by the page ---

    def settle(self, token: str) -> Pending:
        """Still waiting: the page settles it."""
        return Pending(token)

    def follow(self, references: Sequence[str], *, since: datetime | None) -> Iterable[Update]:
        """Nothing: nobody is there to be asked."""
        return ()

    def problems(self) -> list[str]:
        """None, when the mail server answers."""
        try:
            self.post.greet()
        except MailAway as away:
            raise Away(away.reason, may_have_it=False, status_code=away.status_code) from away
        return []


@dataclass(frozen=True, slots=True)
class Letter:
    """One message before it is dressed as plain words and as a page."""

    language: str
    subject: str
    sender: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    link: str = ""
    days: int = 0

    def text(self) -> str:
        """In plain words."""
        return _templates().get_template("letter.txt").render(self._told())

    def html(self, colours: tuple[str, str]) -> str:
        """As a page with the city's colours."""
        told = self._told() | {"colour": colours[0], "on_colour": colours[1]}
        return _templates().get_template("letter.html").render(told)

    def _told(self) -> dict[str, object]:
        words = letter_words(self.language)
        return {
            "language": self.language, "subject": self.subject, "sender": self.sender, "paragraphs": self.paragraphs,
            "rows": self.rows, "notes": self.notes, "link": self.link, "words": words,
            "expires": words["expires"].format(days=self.days),
        }  # fmt: skip


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """Pages are escaped, plain words are not."""
    return Environment(
        loader=FileSystemLoader(LETTERS),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=4)
def letter_words(language: str) -> dict[str, str]:
    """The words of letters in that language; English where there is no such file."""
    file = LETTERS / f"{language}.toml"
    return tomllib.loads((file if file.exists() else LETTERS / "en.toml").read_text(encoding="utf-8"))


def _locale(language: str) -> str:
    return {"fr": "fr_CA"}.get(language, "en_CA")


def _photos(files: Sequence[Path]) -> tuple[list[Attachment], bool]:
    """The photos that fit in one message, and whether some did not."""
    kept: list[Attachment] = []
    room = MOST_ATTACHED
    for number, file in enumerate(files, start=1):
        content = file.read_bytes()
        if len(content) <= room:
            kept.append(Attachment(f"photo-{number}.jpg", "image/jpeg", content))
            room -= len(content)
    return kept, len(kept) < len(files)
