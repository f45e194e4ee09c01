"""From the lives of requests to curves: pure, one pass, a few bytes a request."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Final

from answerable.promises.experience import SMALLEST, Cell, Curve, Lived, cells_of, curve_of
from answerable.promises.rules import Kind
from answerable.requests.promised import Life

_OPEN: Final = 1.0
_ENDED: Final = 0.0


def curves_of(
    lives: Iterable[Life], *, paused: Mapping[int, float], local_day: Callable[[datetime], date], now: datetime
) -> dict[Cell, Curve]:
    """The curve of every target, service, area and season that rests on enough requests.

    Units: `paused` are seconds by request.
    """
    kept: dict[Cell, array[float]] = defaultdict(lambda: array("d"))
    for life in lives:
        day = local_day(life.logged_at)
        until = life.stopped_at or now
        for kind, ended_at in ((Kind.FIRST_ACTION, life.first_action_at), (Kind.COMPLETION, life.ended_at)):
            seconds = max(0.0, ((ended_at or until) - life.logged_at).total_seconds())
            stood = paused.get(life.id, 0.0) if kind is Kind.COMPLETION else 0.0
            triple = (seconds, min(stood, seconds), _OPEN if ended_at is None else _ENDED)
            for cell in cells_of(target=kind, service=life.service, area=life.area, day=day):
                kept[cell].extend(triple)
    return {cell: curve for cell, values in kept.items() if (curve := _curve(values)) is not None}


def _curve(values: array[float]) -> Curve | None:
    if sum(mark == _ENDED for mark in values[2::3]) < SMALLEST:
        return None
    triples = zip(values[0::3], values[1::3], values[2::3], strict=True)
    return curve_of(Lived(seconds, paused, has_ended=mark == _ENDED) for seconds, paused, mark in triples)
