"""A real mail server on this machine: `with a_post_office() as office`, then `office.mails` and `office.url`.

It keeps what it takes, refuses addresses it is told to, and breaks off where real ones do.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that was taken: who it was to come back to, for whom it is, and itself."""

    back: str
    to: tuple[str, ...]
    mail: EmailMessage
    is_encrypted: bool = False
    user: str = ""

    @property
    def text(self) -> str:
        """Its plain words."""
        part = self.mail.get_body(("plain",))
        return str(part.get_content()) if part else ""

    @property
    def html(self) -> str:
        """Its page."""
        part = self.mail.get_body(("html",))
        return str(part.get_content()) if part else ""


@dataclass(slots=True)
class PostOffice:
    """What was taken and how the server misbehaves: answers to be given next, addresses it will not have."""

    port: int = 0
    letters: list[Letter] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    answers: list[str] = field(default_factory=list)
    lost_answers: int = 0
    password: str = ""

    @property
    def url(self) -> str:
        """As ANSWERABLE_MAIL_URL names it."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Letter]:
        """What was taken for that address, oldest first."""
        return [each for each in self.letters if address in each.to]

    # aiosmtpd calls these by name.

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """An address that is unknown here is refused for good."""
        if address in self.unknown:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The message is kept, unless another answer is due; an answer may get lost after that."""
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        kept: Any = message_from_bytes(content, policy=default)
        auth: Any = session.auth_data
        self.letters.append(
            Letter(
                back=envelope.mail_from or "", to=tuple(envelope.rcpt_tos), mail=kept,
                is_encrypted=session.ssl is not None, user=auth.login.decode() if auth else "",
            )
        )  # fmt: skip
        if self.lost_answers:
            self.lost_answers -= 1
            assert server.transport is not None
            server.transport.abort()
        return "250 2.0.0 Taken"

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, said: Any) -> AuthResult:
        """Whoever says the password is let in."""
        is_right = isinstance(said, LoginPassword) and said.password.decode() == self.password
        return AuthResult(success=is_right, auth_data=said, handled=is_right)


@contextmanager
def a_post_office(*, password: str = "", tls: ssl.SSLContext | None = None) -> Iterator[PostOffice]:
    """A mail server until the end of the block; with `tls` it offers STARTTLS, with `password` it wants a log-in."""
    office = PostOffice(password=password)
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(
            office, enable_SMTPUTF8=True, tls_context=tls, authenticator=office.authenticate, loop=loop,
            auth_required=bool(password), auth_require_tls=tls is not None, hostname="post.example",
        )  # fmt: skip

    thread = threading.Thread(
        target=loop.run_forever, daemon=True
    )  # never the test's own thread: a browser has its loop
    thread.start()
    opening = loop.create_server(protocol, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(opening, loop).result(10)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    """Nobody is listened to any more."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for 127.0.0.1: what the server shows, and what a client trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "post.pem"
    no_password = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(file)
    return shown, ssl.create_default_context(cafile=str(file))
