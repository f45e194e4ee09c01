"""The conformance kit: it passes who keeps the contract, and names what a careless system does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from zoneinfo import ZoneInfo

from answerable import wiring
from answerable.catalogue.connectorstructs import Open311Connector
from answerable.connectors import conformance
from answerable.connectors.conformance import Trial
from answerable.plumbing.launcher import free_port
from answerable.rehearsal import department
from answerable.rehearsal.department import Department
from tests.builders.department import KEY, a_department
from tests.builders.other_city import other_city


def report(trial: Trial) -> tuple[int, str]:
    """The exit code and the lines."""
    lines: list[str] = []
    code = conformance.report(conformance.findings(trial), say=lines.append)
    return code, "\n".join(lines)


def a_trial(url: str) -> Trial:
    """Of a JSON system at that address."""
    return wiring.trial_of(url, key=KEY, service="ROAD", answers={})[0]


@contextmanager
def at_work(there: Department) -> Iterator[None]:
    """Its orders move on, and it tells of them."""
    stop = threading.Event()
    busy = threading.Thread(target=department.work, args=(there,), kwargs={"stop": stop, "pause_seconds": 0.02})
    busy.start()
    yield
    stop.set()
    busy.join()


def test_the_make_believe_department_keeps_the_contract() -> None:
    with a_department() as there:
        trial = a_trial(there.url)
        reference = trial.adapter.deliver(trial.order(1)).reference  # type: ignore[union-attr]
        there.department.step(reference, "scheduled")
        there.department.step(reference, "done")

        code, lines = report(trial)

    assert code == 0, lines
    assert "11 passed, 0 failed" in lines


def test_a_system_that_forgets_keys_and_takes_any_signature_is_told_so() -> None:
    with a_department(recognises=False, key="") as there:
        trial = a_trial(there.url)
        reference = trial.adapter.deliver(trial.order(1)).reference  # type: ignore[union-attr]
        there.department.step(reference, "wartet")

        code, lines = report(trial)

    assert code == 1
    assert "FAIL  the same key is the same order" in lines
    assert "FAIL  a wrong signature is refused       taken: verify it" in lines


def test_another_citys_server_keeps_it_too() -> None:
    with other_city() as city:
        named = Open311Connector(
            code="next", endpoint=city.url, services={"pothole": "ROAD"}, fixed={"pothole": {"SIZE": "L"}},
            attributes={"pothole": {"size": "SIZE"}},
        )  # fmt: skip
        adapter = wiring.adapter_of(named, key="k", zone=ZoneInfo("America/Toronto"), seconds=5.0)
        code, lines = report(Trial(adapter=adapter, service_code="pothole"))

    assert code == 0, lines


def test_their_webhook_is_waited_for_refused_once_and_taken_when_it_comes_again() -> None:
    port = free_port()
    with a_department(step_seconds=0.01) as there:
        manner = replace(there.department.manner, tell_url=f"http://127.0.0.1:{port}/connect/v1/check/updates")
        there.department.manner = manner
        trial = a_trial(there.url)
        trial.adapter.deliver(trial.order(1))
        with at_work(there.department):
            found = list(conformance.heard(port, key=KEY, seconds=20))

    assert [(each.name, each.passed) for each in found] == [
        ("the webhook arrives", True),
        ("it is signed and readable", True),
        ("what we could not store comes again", True),
        ("events have an id and a sequence", True),
    ]
