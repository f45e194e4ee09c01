"""Mail that comes back: read as the standards have it, and told to the notices room.

Source: RFC 3464 (delivery status notifications), RFC 3463 (status codes), RFC 3461.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from mailbox import Maildir
from pathlib import Path
from typing import Final

from answerable.notices import actions
from answerable.notices.actions import Return

MOST_BYTES: Final = 5_000_000
"""Units: bytes of a message that are read; more of one is no notification."""

_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ID: Final = re.compile(r"<[^<>\s]{3,200}>")

_REASONS: Final = {
    "1": "bad_address", "2": "mailbox", "3": "their_system", "4": "network", "5": "protocol", "6": "content",
    "7": "policy",
}  # fmt: skip
"""The second figure of a status, as a code.  Source: RFC 3463 section 2."""

_OF_MAILBOX: Final = {"5.2.1": "bad_address", "5.2.2": "mailbox_full"}
_NOT_FOR_GOOD: Final = {"mailbox_full", "their_system", "network", "protocol", "content", "policy", "mailbox"}
"""Reasons that say nothing against the address itself: a full mailbox is emptied, a policy is about one message."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A message of ours that came back, by its Message-ID, and why; `is_final` when nothing more is tried."""

    message_id: str
    status: str
    reason: str
    is_final: bool
    is_hard: bool
    said: str


def read_bounce(raw: bytes) -> Bounce | None:
    """The bounce a message is; None when it is none, or names no message of ours."""
    message = message_from_bytes(raw[:MOST_BYTES], policy=default)
    if message.get_content_type() != "multipart/report":
        return None
    status = next((each for each in _recipients(message) if each.get("Action")), None)
    message_id = _original_id(message)
    if status is None or not message_id:
        return None
    action = str(status["Action"]).strip().lower()
    code = _STATUS.search(str(status.get("Status", "")))
    said = " ".join(str(status.get("Diagnostic-Code", "")).split())
    number = code.group() if code else ""
    reason = _OF_MAILBOX.get(number) or _REASONS.get(code.group(2) if code else "", "returned")
    is_final = action == "failed"
    return Bounce(
        message_id=message_id, status=number, reason=reason, is_final=is_final,
        is_hard=is_final and number.startswith("5") and reason not in _NOT_FOR_GOOD, said=said[:500],
    )  # fmt: skip


def _recipients(message: EmailMessage) -> Iterator[EmailMessage]:
    """The groups of the notification that are about a recipient."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            groups = part.get_payload()
            yield from (each for each in groups if isinstance(each, EmailMessage)) if isinstance(groups, list) else ()


def _original_id(message: EmailMessage) -> str:
    """The Message-ID of what came back: from the part that quotes it, whole or its headers."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            found = _ID.search(_header_of(part.get_content(), "message-id"))
        elif kind == "message/rfc822":
            inner = part.get_payload()
            quoted = inner[0] if isinstance(inner, list) and inner else None
            found = _ID.search(str(quoted.get("Message-ID", ""))) if isinstance(quoted, EmailMessage) else None
        else:
            continue
        if found:
            return found.group()
    return ""


def _header_of(text: str, name: str) -> str:
    unfolded = re.sub(r"\r?\n[ \t]+", " ", text)
    return next((line for line in unfolded.splitlines() if line.lower().startswith(f"{name}:")), "")


def take(raw: bytes) -> str:
    """What the message was: `hard`, `soft` or `delayed` for a bounce of ours, `unknown` for another's, else `none`."""
    bounce = read_bounce(raw)
    if bounce is None:
        return "none"
    if not bounce.is_final:
        return "delayed"
    came_back = Return(reason=bounce.reason, is_hard=bounce.is_hard, detail=f"{bounce.status} {bounce.said}".strip())
    if not actions.give_back(bounce.message_id, came_back):
        return "unknown"
    return "hard" if bounce.is_hard else "soft"


def take_maildir(folder: Path) -> dict[str, int]:
    """Every message of the Maildir was read once and marked as seen; gives how many were what."""
    counts: dict[str, int] = {}
    box = Maildir(folder, create=False)
    for key in list(box.keys()):
        message = box.get_message(key)
        if "S" in message.get_flags():
            continue
        what = take(box.get_bytes(key))
        counts[what] = counts.get(what, 0) + 1
        message.add_flag("S")
        message.set_subdir("cur")
        box[key] = message
    return counts
