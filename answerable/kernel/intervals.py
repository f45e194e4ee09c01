"""Half-open stretches of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from answerable.kernel.errors import BadInterval


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` up to, not including, `end`; both aware.  Raises: BadInterval when reversed."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadInterval(
                f"The interval ends ({self.end.isoformat()}) before it starts ({self.start.isoformat()}).",
                field="end",
                value=self.end.isoformat(),
            )

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies inside; the end does not."""
        return self.start <= instant < self.end

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share any instant."""
        return self.start < other.end and other.start < self.end
