"""A second Answerable, with another city's pack, exchanges requests with the first over Open311, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from answerable.plumbing.launcher import free_port
from tests import provision
from tests.journeys.towns import PROGRAM, Town, a_pack, act, until
from tests.site import Site, running_site

NEIGHBOUR = "ans_the-city-next-door"

TO_WINNIPEG = """connector = {{ kind = "open311", code = "winnipeg", endpoint = "{endpoint}", poll_seconds = 1,
  place = "none", idempotent = true, services = {{ recreation-facility = "recreation-feedback" }},
  fixed = {{ recreation-facility = {{ comment = "{{description}}", safety = "no" }} }} }}"""
TO_TORONTO = """connector = {{ kind = "open311", code = "toronto", endpoint = "{endpoint}", poll_seconds = 1,
  place = "none", services = {{ library-feedback = "general-enquiry" }},
  attributes = {{ library-feedback = {{ comment = "details" }} }} }}"""


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[tuple[Town, Town]]:
    """Toronto and Winnipeg, each the other's neighbour; both start at once."""
    ports = free_port(), free_port()
    toronto = a_pack(tmp_path, "toronto", "parks-recreation", TO_WINNIPEG.format(endpoint=_endpoint(ports[1])))
    winnipeg = a_pack(tmp_path, "winnipeg", "community-services", TO_TORONTO.format(endpoint=_endpoint(ports[0])))
    provision.running_server()
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        started = [
            threads.submit(_start, pack, port, code)
            for pack, port, code in ((toronto, ports[0], "winnipeg"), (winnipeg, ports[1], "toronto"))
        ]
        sites = []
        for each in started:
            running, site = each.result()
            stack.push(running.__exit__)
            sites.append(Town(site))
        yield sites[0], sites[1]


def _endpoint(port: int) -> str:
    return f"http://127.0.0.1:{port}/open311/v2"


def _start(pack: Path, port: int, neighbour: str) -> tuple[Any, Site]:
    settings = {"ANSWERABLE_CITY": str(pack), "ANSWERABLE_CONNECTOR_KEYS": f"{neighbour}={NEIGHBOUR}"}
    running = running_site(provision.own_name(f"{pack.name}_{provision.WORKER}"), port=port, settings=settings)
    site = running.__enter__()
    Town(site).admit(PROGRAM, NEIGHBOUR)
    return running, site


def test_two_cities_exchange_requests_both_ways(towns: tuple[Town, Town]) -> None:
    toronto, winnipeg = towns
    rink = toronto.report(service_code="recreation-facility", description="The rink's door is stuck")
    book = winnipeg.report(service_code="library-feedback", answers={"comment": "Please open on Sundays"})

    for here, there, number in ((toronto, winnipeg, rink["number"]), (winnipeg, toronto, book["number"])):
        (theirs,) = until(lambda there=there, number=number: there.filed_by_neighbour(number), here)
        assert theirs["channel"] == "open311"
        until(lambda here=here, number=number: here.standing(number)[:2] == ("assigned", "acknowledged"), here)
        (order,) = here.rows(
            "SELECT h.* FROM requests_handoff h JOIN requests_request r ON r.id = request_id WHERE number = %s", number
        )
        assert order["reference"] == theirs["number"]
        with there.office() as client:
            assert f"{number}/1]" in client.get(f"/en/office/request/{theirs['number']}/").text
            act(client, theirs["number"], "accept")
            act(client, theirs["number"], "start")
            until(lambda here=here, number=number: here.standing(number)[0] == "in_progress", here)
            act(client, theirs["number"], "resolve", outcome="completed", note="Seen to, thank you.")
        until(lambda here=here, number=number: here.standing(number)[0] == "resolved", here)

        assert here.standing(number) == ("resolved", "done_reported", "completed")
        assert len(there.filed_by_neighbour(number)) == 1

    (row,) = toronto.rows("SELECT token FROM requests_request WHERE number = %s", rink["number"])
    page = httpx.get(f"{toronto.site.url}/en/follow/{row['token']}/", timeout=30, follow_redirects=True).text
    assert "The department confirmed it" in page
    assert "Seen to, thank you." in page
