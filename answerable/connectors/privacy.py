"""What the connectors room keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

_WORDS = Declared(Content.WORDS, purpose="to know what the other system said of the work")

COLUMNS = {
    "Delivery.reason": _WORDS,
    "Attempt.error": _WORDS,
    "Heard.words": _WORDS,
    "Heard.party": Declared(Content.IDENTITY, purpose="to know who did the work there"),
    "Heard.why": Declared(Content.WORDS, purpose="why staff let a message rest"),
    "Heard.photos": PLAIN,
    "Pulse.failure": PLAIN,
    "Pulse.problems": PLAIN,
    **{
        f"Delivery.{name}": PLAIN
        for name in ("kind", "connector", "key", "state", "reference", "token", "remote_word", "word")
    },
    **{f"Attempt.{name}": PLAIN for name in ("connector", "verb", "key", "outcome")},
    "Pulse.connector": PLAIN,
    **{f"Meaning.{name}": PLAIN for name in ("connector", "word", "meaning", "by")},
    **{f"Reconciliation.{name}": PLAIN for name in ("connector", "by", "failure")},
    "DriftRow.their_words": _WORDS,
    "DriftRow.why": Declared(Content.WORDS, purpose="why staff let a disagreement rest"),
    **{
        f"DriftRow.{name}": PLAIN
        for name in ("connector", "kind", "reference", "our_state", "their_word", "missing", "settled_by", "remedy")
    },
    **{
        f"Heard.{name}": PLAIN
        for name in ("connector", "key", "verdict", "problem", "reference", "event", "word", "read_by", "remedy")
    },
    **{f"ReplyLink.{name}": PLAIN for name in ("connector", "language", "made_by")},
    **{f"Parcel.{name}": PLAIN for name in ("connector", "key", "name")},
    **{f"ReplyUse.{name}": PLAIN for name in ("key", "what")},
    "ReplyUse.party": Declared(Content.IDENTITY, purpose="to know who answered for a department without an account"),
}
