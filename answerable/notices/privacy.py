"""What the notices room keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

_REACH = Declared(Content.REACH, purpose="to show where a message went, and that mail to an address comes back")
_SAID = Declared(Content.WORDS, purpose="to show what somebody was told")
_HEARD = Declared(Content.WORDS, purpose="to read what somebody answered")

COLUMNS = {
    "Message.address": _REACH,
    **{f"Message.{name}": _SAID for name in ("subject", "text", "short", "html")},
    "Message.link": Declared(Content.REACH, purpose="the secret link of the request the message is about"),
    "Message.detail": Declared(Content.WORDS, purpose="to know why a message did not arrive"),
    **{
        f"Message.{name}": PLAIN
        for name in ("token", "key", "kind", "message_class", "way", "language", "state", "reason", "provider_id")
    },
    "Attempt.outcome": PLAIN,
    "Attempt.error": Declared(Content.WORDS, purpose="to know why a message did not arrive"),
    **{
        f"{model}.{name}": PLAIN
        for model in ("Wording", "Draft")
        for name in ("kind", "language", "subject", "text", "short", "action", "by")
    },
    "Failing.way": PLAIN,
    "Failing.address_key": _REACH,
    "Failing.reason": PLAIN,
    "Failing.detail": Declared(Content.WORDS, purpose="to know why mail to an address comes back"),
    "Incoming.key": PLAIN,
    "Incoming.way": PLAIN,
    "Incoming.address": Declared(Content.REACH, purpose="to know who answered"),
    "Incoming.words": _HEARD,
    "Incoming.meaning": PLAIN,
    "Incoming.read_by": PLAIN,
}
