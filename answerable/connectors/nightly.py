"""The comparisons' own thread in the follow process: each connector once a night, and whenever somebody asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connection

from answerable.catalogue.connectorstructs import Connector as Named
from answerable.connectors import queries, reconciling
from answerable.connectors.errors import UnknownConnector
from answerable.connectors.ports import Connector
from answerable.connectors.views import ReconciliationView

log = logging.getLogger(__name__)

Make = Callable[[Named], Connector]
"""Makes the adapter of a connector that the city pack names."""

LOOK_EVERY_SECONDS = 5.0


def run(stop: threading.Event, *, make: Make) -> None:
    """What is due is compared, one connector after the other, until `stop` is set."""
    while not stop.is_set():
        try:
            reconciling.ask_nightly()
            while not stop.is_set() and reconcile_next(make=make):
                pass
        except DatabaseError as error:
            log.warning("connectors.database_lost", extra={"error": type(error).__name__})
            connection.close()
        except Exception as error:  # noqa: BLE001 - the edge of the thread: the next night comes all the same
            log.error("connectors.not_compared", extra={"error": type(error).__name__})
        stop.wait(LOOK_EVERY_SECONDS)
    connection.close()


def reconcile_next(*, make: Make, run_id: int | None = None) -> bool:
    """Whether a comparison was due, or that one was; it was made."""
    begun = reconciling.begin(run_id)
    if begun is None:
        return False
    named = queries.connectors().get(begun[1])
    if named is None:
        reconciling.give_up(begun[0], failure="not_named")
        return True
    try:
        reconciling.reconcile(begun[0], begun[1], make(named))
    except DatabaseError:
        raise
    except Exception as error:
        reconciling.give_up(begun[0], failure=type(error).__name__)
        raise
    return True


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison in a line for a terminal."""

    line: str
    failed: bool


def compare_now(code: str, *, make: Make, by: str) -> Iterator[Compared]:
    """That connector, or every one, compared now.  Raises: UnknownConnector."""
    known = list(queries.connectors())
    if code and code not in known:
        raise UnknownConnector(
            f"No connector '{code}'.", field="connector", value=code,
            remedy=f"The city pack names: {', '.join(known) or 'none'}.",
        )  # fmt: skip
    for each in [code] if code else known:
        reconcile_next(make=make, run_id=reconciling.ask(each, by=by))
        run = queries.last_reconciliation(each)
        assert run is not None
        yield Compared(line=_line(run), failed=bool(run.failure) or run.ended_at is None)


def _line(run: ReconciliationView) -> str:
    if run.ended_at is None:
        return f"{run.connector}: being compared by another process"
    if run.failure:
        return f"{run.connector}: not compared: {run.failure}"
    kinds = queries.drift_counts().get(run.connector, {})
    listed = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    return f"{run.connector}: {run.compared} work orders compared, {run.found} disagree ({listed or 'none to settle'})"
