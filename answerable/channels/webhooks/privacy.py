"""What the webhooks room keeps about people: nothing but who asked for news, which is a program."""

from answerable.plumbing.privacy import PLAIN

COLUMNS = {
    **{
        f"Subscription.{name}": PLAIN
        for name in (
            "token", "key", "name", "url", "kinds", "service", "department", "state", "reason", "rotation_key",
        )
    },
    **{
        f"Delivery.{name}": PLAIN
        for name in ("token", "key", "kind", "subject", "number", "payload", "state", "last_error")
    },
    "Attempt.error": PLAIN,
}  # fmt: skip
