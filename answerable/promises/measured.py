"""What was measured of earlier requests, as this process knows it: read when asked for, kept for a while."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from django.db import DatabaseError, connection
from django.db.models import Max

from answerable.promises.experience import NOTHING, Cell, Curve, Experience
from answerable.promises.models import MeasuredCurve

log = logging.getLogger(__name__)

FRESH_SECONDS: Final = 60.0
"""How long a process trusts what it knows; curves change once a night."""


@dataclass(slots=True)
class _Known:
    """One process, one copy."""

    experience: Experience = NOTHING
    fresh_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    reading: Future[None] | None = None


_known = _Known()
_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="measured")


def experience() -> Experience:
    """What is known; at most one small query a minute, and in an event loop none: there a thread of its own reads."""
    if time.monotonic() < _known.fresh_until:
        return _known.experience
    if _in_event_loop():
        if _known.reading is None or _known.reading.done():
            _known.reading = _reader.submit(_read_apart)
        return _known.experience
    with _known.lock:
        _read()
    return _known.experience


def forget() -> None:
    """The next question reads the database again: after measuring, and between tests."""
    _known.fresh_until = 0.0


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _read_apart() -> None:
    try:
        _read()
    except DatabaseError as error:
        log.warning("promises.curves_unread", extra={"error": type(error).__name__})
    finally:
        connection.close()


def _read() -> None:
    measured_at = MeasuredCurve.objects.aggregate(at=Max("measured_at"))["at"]
    if measured_at != _known.experience.measured_at:
        curves = {} if measured_at is None else {_cell(row): _curve(row) for row in MeasuredCurve.objects.all()}
        _known.experience = Experience(curves, measured_at)
    _known.fresh_until = time.monotonic() + FRESH_SECONDS


def _cell(row: MeasuredCurve) -> Cell:
    return Cell(row.target, row.service_code, row.area_key, row.season)


def _curve(row: MeasuredCurve) -> Curve:
    return Curve(
        observed=row.observed,
        ended=row.ended,
        knots=tuple((float(seconds), float(share)) for seconds, share in row.knots),
        half_seconds=row.half_seconds,
        most_seconds=row.most_seconds,
    )
