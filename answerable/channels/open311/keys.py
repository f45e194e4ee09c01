"""Under which key a telling is kept, so that sending it twice is harmless even for programs that know no keys.

With an `Idempotency-Key` header the key is the client's.  Without one it is a digest of everything that was sent and
of the ten minutes in which it came; the same telling in the ten minutes before counts as the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from answerable.channels.open311.forms import Form

SAME_FOR: Final = timedelta(minutes=10)
"""How long an identical POST without a key is the same telling."""

_ASIDE: Final = frozenset({"api_key"})


@dataclass(frozen=True, slots=True)
class Keys:
    """The key, and for one made by us the key the same telling had just before, with the instant it counts from."""

    key: str
    earlier: str
    since: datetime
    is_made: bool

    @property
    def parameters(self) -> tuple[str, datetime, str]:
        """What `intake.RECEIVE_ONCE_SQL` needs before the rest."""
        return self.earlier, self.since, self.earlier


def keys_of(told: str, form: Form, *, client_id: int, kind: str, at: datetime) -> Keys:
    """The keys of a telling; `told` is the header, and one client's keys are not another's."""
    if told:
        key = f"o3-{client_id}-{_digest(kind, told)[:40]}"
        return Keys(key=key, earlier=key, since=at, is_made=False)
    content = _digest(kind, *_content(form))[:36]
    window = int(at.timestamp() // SAME_FOR.total_seconds())
    return Keys(
        key=f"o3-{client_id}-{content}-{window}",
        earlier=f"o3-{client_id}-{content}-{window - 1}",
        since=at - SAME_FOR,
        is_made=True,
    )


def _content(form: Form) -> list[str]:
    fields = [f"{name}={value}" for name, values in form.params.items() if name not in _ASIDE for value in values]
    return sorted(fields) + [hashlib.sha256(file.content).hexdigest() for file in form.files]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
