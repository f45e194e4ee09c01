"""What the connectors room keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

_WORDS = Declared(Content.WORDS, purpose="to know what the other system said of the work")

COLUMNS = {
    "Delivery.reason": _WORDS,
    "Attempt.error": _WORDS,
    "Unread.words": _WORDS,
    "Pulse.failure": PLAIN,
    "Pulse.problems": PLAIN,
    **{
        f"Delivery.{name}": PLAIN
        for name in ("kind", "connector", "key", "state", "reference", "token", "remote_word", "word")
    },
    **{f"Attempt.{name}": PLAIN for name in ("connector", "verb", "key", "outcome")},
    "Pulse.connector": PLAIN,
    **{f"Unread.{name}": PLAIN for name in ("connector", "word", "read_by")},
}
