"""Sending e-mail: one message, one address, one answer.  Rooms keep the ledger of what to send and when to try again.

`ANSWERABLE_MAIL_URL` says through what: a mail server (`smtp://`, `smtps://`), or `folder:`, where messages are laid
down as files and leave for nowhere.  A message sent again carries the same Message-ID, by which mail programs show it
once.
"""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import certifi
from django.conf import settings

from answerable.plumbing import clock

TIMEOUT_SECONDS: Final = 20.0
"""Units: seconds a mail server may be silent."""

LONGEST_MAIL: Final = 20_000_000
"""Units: bytes of one message with its attachments; most servers take no more."""

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TOO_BIG: Final = 552
_ASKED_FOR_MORE: Final = 354
_REFUSED: Final = 500


class BadMail(Exception):
    """The message cannot be one: its address or a header is no such thing; the message says which, as a code."""


class MailAway(Exception):
    """The mail server did not take it now: try again later.

    `may_have_it` tells that it may have taken the message all the same.
    """

    def __init__(self, reason: str, *, may_have_it: bool, status_code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_have_it = may_have_it
        self.status_code = status_code


class MailRefused(Exception):
    """The mail server will never take it; `address_is_bad` tells that it is the address it will not have."""

    def __init__(self, reason: str, *, address_is_bad: bool, status_code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.address_is_bad = address_is_bad
        self.status_code = status_code


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message.  With a `content_id`, the HTML shows it as `cid:<content_id>`."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address.

    `key` makes the Message-ID, so that the same key is the same message; `unsubscribe` is an https address that a mail
    program may post to; `bounce_to` is the address failures come back to.
    """

    to: str
    subject: str
    text: str
    key: str
    html: str = ""
    language: str = "en"
    from_name: str = ""
    reply_to: str = ""
    unsubscribe: str = ""
    bounce_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The message was taken: its Message-ID, and what the server said."""

    message_id: str
    said: str = ""


class Post(Protocol):
    """What takes messages."""

    def send(self, mail: Mail) -> Sent:
        """The message is on its way.  Raises: BadMail; MailAway; MailRefused."""

    def greet(self) -> str:
        """One line about what messages go through, asked just now.  Raises: MailAway."""


def send(mail: Mail) -> Sent:
    """The message is on its way by the post of this installation.  Raises: BadMail; MailAway; MailRefused."""
    return post().send(mail)


def post() -> Post:
    """The post of this installation, as ANSWERABLE_MAIL_URL says."""
    installed = settings.ANSWERABLE
    return post_of(installed.mail_url, sender=installed.mail_from, outbox=installed.var / "outbox")


@lru_cache(maxsize=8)
def post_of(url: str, *, sender: str, outbox: Path) -> Post:
    """The post at the address; a `folder:` without a path is `outbox`.  Raises: ValueError when it is no address."""
    parts = urlsplit(url)
    if parts.scheme == "folder":
        return FolderPost(Path(unquote(parts.path)) if parts.path else outbox, sender=sender)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("give smtp://host:port, smtps://host:port or folder:")
    secure = parts.scheme == "smtps"
    return SmtpPost(
        host=parts.hostname,
        port=parts.port or (465 if secure else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
        tls="from_start" if secure else parse_qs(parts.query).get("tls", ["when_offered"])[0],
    )


# --- the message ----------------------------------------------------------------------------------------------------


def message_id_of(key: str, *, sender: str) -> str:
    """The Message-ID of everything sent under that key."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{domain_of(sender)}>"


def domain_of(address: str) -> str:
    """What comes after the @, as it is written on the wire.  Raises: BadMail."""
    domain = address.rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise BadMail("bad_address") from error


def checked_address(address: str) -> str:
    """The bare address, its domain as on the wire.  Raises: BadMail with `bad_address`."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain or not address.strip().isprintable() or any(c in " <>,;\"'()" for c in local):
        raise BadMail("bad_address")
    try:
        return Address(username=local, domain=domain_of(address.strip())).addr_spec
    except (ValueError, IndexError) as error:
        raise BadMail("bad_address") from error


def message_of(mail: Mail, *, sender: str) -> EmailMessage:
    """The message as it travels: plain words first, HTML beside them, files after.  Raises: BadMail."""
    message = EmailMessage(policy=SMTP)
    try:
        for name, value in _headers(mail, sender=sender).items():
            if value:
                message[name] = value
        message.set_content(mail.text, cte="quoted-printable" if not mail.text.isascii() else None)
        if mail.html:
            message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
        for file in mail.attachments:
            _attach(message, file)
        message["Content-Language"] = mail.language  # last: content headers move into the first part
    except (ValueError, IndexError) as error:
        raise BadMail("bad_header") from error
    return message


def _headers(mail: Mail, *, sender: str) -> dict[str, str | Address]:
    local, _, domain = checked_address(sender).rpartition("@")
    to, _, at = checked_address(mail.to).rpartition("@")
    told: dict[str, str | Address] = {
        "From": Address(display_name=mail.from_name, username=local, domain=domain),
        "To": Address(username=to, domain=at),
        "Subject": " ".join(mail.subject.split()),
        "Date": format_datetime(clock.now()),
        "Message-ID": message_id_of(mail.key, sender=sender),
        "Reply-To": checked_address(mail.reply_to) if mail.reply_to else "",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if mail.unsubscribe:
        told["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        told["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return told | dict(mail.headers)


def _attach(message: EmailMessage, file: Attachment) -> None:
    kind, _, detail = file.media_type.partition("/")
    page = message.get_body(("html",)) if file.content_id else None
    if isinstance(page, EmailMessage):
        page.add_related(
            file.content, maintype=kind, subtype=detail, filename=file.name, cid=f"<{file.content_id}>",
            disposition="inline",
        )  # fmt: skip
    else:
        message.add_attachment(file.content, maintype=kind, subtype=detail, filename=file.name)


# --- a folder -------------------------------------------------------------------------------------------------------


class FolderPost:
    """Lays messages down as `.eml` files that any mail program opens; nothing leaves the machine."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> Sent:
        """The message is a file, complete or not there; the same key again is the same file.  Raises: MailAway."""
        message = message_of(mail, sender=self._sender)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = self._folder / f".{name}.{os.getpid()}"
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(message.as_bytes(policy=SMTPUTF8))
            half.rename(self._folder / f"{name}.eml")
        except OSError as error:
            raise MailAway(error.strerror or "disk", may_have_it=False) from error
        return Sent(message_id=str(message["Message-ID"]))

    def greet(self) -> str:
        """Where the files lie."""
        return f"messages are laid down in {self._folder}"


def read_folder(folder: Path) -> tuple[EmailMessage, ...]:
    """What lies in an outbox folder, oldest first."""
    files = sorted(folder.glob("*.eml"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    return tuple(message_from_bytes(file.read_bytes(), policy=SMTP) for file in files)


# --- a mail server --------------------------------------------------------------------------------------------------


class SmtpPost:
    """A mail server.  A password is never said over a line that is not encrypted, unless it stays on this machine."""

    def __init__(
        self, *, host: str, port: int, sender: str, user: str = "", password: str = "", tls: str = "when_offered",
        timeout_seconds: float = TIMEOUT_SECONDS, trusted: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        """`tls` is `from_start`, `required`, `when_offered` or `never`."""
        if tls not in {"from_start", "required", "when_offered", "never"}:
            raise ValueError("tls is required, when_offered or never")
        self._place = (host, port)
        self._sender = sender
        self._user, self._password = user, password
        self._tls = tls
        self._timeout_seconds = timeout_seconds
        self._trusted = trusted

    def send(self, mail: Mail) -> Sent:
        """The server has taken the message.  Raises: BadMail; MailAway; MailRefused."""
        message = message_of(mail, sender=self._sender)
        to = checked_address(mail.to)
        content = message.as_bytes(policy=SMTP if to.isascii() else SMTPUTF8)
        if len(content) > LONGEST_MAIL:
            raise MailRefused("too_big", address_is_bad=False)
        server = self._opened()
        try:
            said = self._hand_over(server, to, content, back=mail.bounce_to or self._sender)
        finally:
            _leave(server)
        return Sent(message_id=str(message["Message-ID"]), said=said)

    def greet(self) -> str:
        """The server's name, encryption and log-in, tried just now.  Raises: MailAway."""
        server = self._opened()
        is_encrypted = isinstance(server.sock, ssl.SSLSocket)
        _leave(server)
        return f"{self._place[0]}:{self._place[1]} answers{', encrypted' if is_encrypted else ''}"

    def _opened(self) -> smtplib.SMTP:
        """A line to the server, encrypted and logged in as far as settings ask."""
        host, port = self._place
        server: smtplib.SMTP | None = None
        try:
            if self._tls == "from_start":
                server = smtplib.SMTP_SSL(host, port, timeout=self._timeout_seconds, context=self._context())
            else:
                server = smtplib.SMTP(host, port, timeout=self._timeout_seconds)
            server.ehlo_or_helo_if_needed()
            self._secure(server)
            if self._user:
                self._log_in(server)
        except (OSError, smtplib.SMTPException) as error:
            if server is not None:
                _leave(server)
            raise MailAway(_reason(error), may_have_it=False, status_code=_status(error)) from error
        return server

    def _context(self) -> ssl.SSLContext:
        return self._trusted or _authorities()

    def _secure(self, server: smtplib.SMTP) -> None:
        if self._tls in {"from_start", "never"}:
            return
        if server.has_extn("starttls"):
            server.starttls(context=self._context())
            server.ehlo()
        elif self._tls == "required":
            raise smtplib.SMTPNotSupportedError("no_tls")

    def _log_in(self, server: smtplib.SMTP) -> None:
        if not isinstance(server.sock, ssl.SSLSocket) and self._place[0] not in _LOCAL:
            raise smtplib.SMTPNotSupportedError("no_tls_for_password")
        server.login(self._user, self._password)

    def _hand_over(self, server: smtplib.SMTP, to: str, content: bytes, *, back: str) -> str:
        """What the server said when it took the message; until its last word nobody knows whether it did."""
        is_given = False
        try:
            self._address(server, to, size=len(content), back=back)
            code, said = server.docmd("DATA")
            _judge(code, said, is_of_address=False, taken=_ASKED_FOR_MORE)
            is_given = True
            server.send(_dotted(content))
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise MailAway(_reason(error), may_have_it=is_given, status_code=_status(error)) from error
        _judge(code, said, is_of_address=False)
        return _words(said)

    def _address(self, server: smtplib.SMTP, to: str, *, size: int, back: str) -> None:
        options = [f"SIZE={size}"] if server.has_extn("size") else []
        if not to.isascii():
            if not server.has_extn("smtputf8"):
                raise MailRefused("no_smtputf8", address_is_bad=True)
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            server.command_encoding = "utf-8"
        code, said = server.mail(checked_address(back), options)
        if code >= _REFUSED and code != _TOO_BIG:
            raise MailAway(f"sender: {code} {_words(said)}", may_have_it=False, status_code=code)
        _judge(code, said, is_of_address=False)
        code, said = server.rcpt(to)
        _judge(code, said, is_of_address=True)


def _judge(code: int, said: bytes, *, is_of_address: bool, taken: int = 299) -> None:
    """Goes on when the server agreed.  Source: RFC 5321 §4.2.1, first digits of replies."""
    if code >= _REFUSED:
        raise MailRefused(f"{code} {_words(said)}", address_is_bad=is_of_address, status_code=code)
    if code > taken:
        raise MailAway(f"{code} {_words(said)}", may_have_it=False, status_code=code)


def _dotted(content: bytes) -> bytes:
    """The message with its end.  Source: RFC 5321 §4.5.2, transparency."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


def _leave(server: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _words(said: bytes) -> str:
    return " ".join(said.decode("utf-8", "replace").split())[:200]


def _status(error: Exception) -> int | None:
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {_words(said if isinstance(said, bytes) else said.encode())}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    return str(error) if isinstance(error, smtplib.SMTPNotSupportedError) else type(error).__name__


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """The machine's authorities (or SSL_CERT_FILE's), and Mozilla's where the machine has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
