"""The only reader of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC; the frozen one where a test holds the clock."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Inside, the clock stands still at `at`: for tests and rehearsals."""
    token = _frozen.set(at)
    try:
        yield
    finally:
        _frozen.reset(token)
