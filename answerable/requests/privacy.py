"""What the requests room keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

_WORDS = Declared(Content.WORDS, purpose="to know what was asked")
_PLACE = Declared(Content.PLACE, purpose="to send a crew to the place")

COLUMNS = {
    "Request.description": _WORDS,
    "Request.answers": _WORDS,
    "Request.place_said": _PLACE,
    "Request.address": _PLACE,
    "Request.postal": Declared(Content.PLACE, purpose="to open a request with number and postal code"),
    "Request.outcome_party": _WORDS,
    "Note.words": _WORDS,
    "HandoffRow.reason": _WORDS,
    **{
        f"Request.{name}": PLAIN
        for name in (
            "number", "token", "service_code", "service_group", "family", "channel", "language", "lifecycle",
            "visibility", "handoff", "priority", "department", "queue", "precision", "area_key", "outcome", "route",
            "areas",
        )
    },
    "Note.audience": PLAIN,
    "Note.by": PLAIN,
    "Link.kind": PLAIN,
    "Link.by": PLAIN,
    "Follower.key": PLAIN,
    "Follower.token": PLAIN,
    "Follower.language": PLAIN,
    "Photo.key": PLAIN,
    "Photo.file": Declared(Content.WORDS, purpose="to show the crew what it looks like", erased_to="file deleted"),
    "Photo.by": PLAIN,
    "Photo.shows": PLAIN,
    "HandoffRow.department": PLAIN,
    "HandoffRow.queue": PLAIN,
    "HandoffRow.connector": PLAIN,
    "HandoffRow.state": PLAIN,
    "HandoffRow.key": PLAIN,
    "HandoffRow.reference": PLAIN,
    "Command.key": PLAIN,
    "Command.kind": PLAIN,
    "Command.fingerprint": PLAIN,
    "Command.answer": PLAIN,
    "Run.key": PLAIN,
    "Run.by": PLAIN,
    "Run.act": PLAIN,
    "Run.sent": _WORDS,
    "RunLine.state": PLAIN,
    "RunLine.code": PLAIN,
    "RunLine.field": PLAIN,
    "Reply.code": PLAIN,
    "Reply.department": PLAIN,
    "Reply.service_code": PLAIN,
    "Reply.title": PLAIN,
    "Reply.words": PLAIN,
    "Reply.by": PLAIN,
    "Tries.number": PLAIN,
    "Rating.words": Declared(Content.WORDS, purpose="to learn how people fared"),
    "Rating.service_code": PLAIN,
    "Rating.department": PLAIN,
}  # fmt: skip
