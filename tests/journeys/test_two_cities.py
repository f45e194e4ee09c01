"""A second Answerable, with another city's pack, exchanges requests with the first over Open311, both ways."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from answerable.intake.actions import digest_of
from answerable.plumbing.launcher import free_port
from answerable.rehearsal.demo import DEMO_PASSWORD
from tests import provision
from tests.site import Site, running_site

CITIES = Path(__file__).parents[2] / "cities"
PROGRAM, NEIGHBOUR = "ans_a-program-of-residents", "ans_the-city-next-door"
PATIENCE_SECONDS = 60

TO_WINNIPEG = """connector = {{ kind = "open311", code = "winnipeg", endpoint = "{endpoint}", poll_seconds = 1,
  place = "none", idempotent = true, services = {{ recreation-facility = "recreation-feedback" }},
  fixed = {{ recreation-facility = {{ comment = "{{description}}", safety = "no" }} }} }}"""
TO_TORONTO = """connector = {{ kind = "open311", code = "toronto", endpoint = "{endpoint}", poll_seconds = 1,
  place = "none", services = {{ library-feedback = "general-enquiry" }},
  attributes = {{ library-feedback = {{ comment = "details" }} }} }}"""


@dataclass(frozen=True, slots=True)
class Town:
    """One running Answerable, and what is asked of it as its residents and staff ask."""

    site: Site

    def report(self, **told: Any) -> dict[str, Any]:
        """A resident's program logs a request; gives number, token and more."""
        headers = {"X-API-Key": PROGRAM, "Idempotency-Key": f"exchange-{told['service_code']}"}
        answer = httpx.post(f"{self.site.url}/api/v1/requests", json=told, headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What its tables say."""
        with psycopg.connect(self.site.database_url, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(statement, values).fetchall()

    def standing(self, number: str) -> tuple[str, str, str]:
        """Life cycle, work order and outcome of a request."""
        (row,) = self.rows("SELECT lifecycle, handoff, outcome FROM requests_request WHERE number = %s", number)
        return row["lifecycle"], row["handoff"], row["outcome"]

    def filed_by_neighbour(self, number: str) -> list[dict[str, Any]]:
        """The requests that carry the other city's number."""
        return self.rows("SELECT * FROM requests_request WHERE description LIKE %s", f"%{number}/1]%")

    @contextmanager
    def office(self) -> Iterator[httpx.Client]:
        """A browser in which the supervisor is signed in."""
        with httpx.Client(base_url=self.site.url, follow_redirects=True, timeout=30) as client:
            page = client.get("/en/account/login/")
            sent = _hidden(page.text, of="") | {"login": "supervisor", "password": DEMO_PASSWORD}
            answer = client.post(str(page.url), data=sent, headers={"Referer": str(page.url)})
            assert "account/login" not in str(answer.url), answer.text
            yield client


def _hidden(page: str, *, of: str) -> dict[str, str]:
    """The hidden fields of the form that does that, or of the first form."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    form = next(each for each in forms if (f'value="{of}"' in each if of else "csrfmiddlewaretoken" in each))
    named = re.findall(r"<input[^>]*>", form)
    fields = [(re.search(r'name="([^"]*)"', each), re.search(r'value="([^"]*)"', each)) for each in named]
    return {name[1]: value[1] for name, value in fields if name and value}


def act(client: httpx.Client, number: str, do: str, **more: str) -> None:
    """A step of the work, as the office's page offers it."""
    address = f"/en/office/request/{number}/"
    page = client.get(address)
    answer = client.post(f"{address}act/", data=_hidden(page.text, of=do) | more, headers={"Referer": str(page.url)})
    assert answer.status_code == 200, answer.text


def until(seen: Callable[[], Any], town: Town) -> Any:
    """What was seen, as soon as it is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := seen()):
        assert time.monotonic() < deadline, town.site.said()[-3000:]
        time.sleep(0.1)
    return found


def a_pack(folder: Path, city: str, department: str, connector: str) -> Path:
    """That city's pack, one department of it elsewhere; without its long lists of street names."""
    pack = folder / city
    shutil.copytree(CITIES / city, pack)
    (pack / "gazetteer" / "gazetteer.toml").write_text("", encoding="utf-8")
    file = pack / "departments.toml"
    text = file.read_text(encoding="utf-8")
    begins = f'code = "{department}"\n'
    assert begins in text
    file.write_text(text.replace(begins, begins + " ".join(connector.split("\n")) + "\n", 1), encoding="utf-8")
    return pack


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
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        for key in (PROGRAM, NEIGHBOUR):
            connection.execute(
                "INSERT INTO staff_apiclient (name, key_digest, scopes, is_active, created_at)"
                " VALUES (%s, %s, %s, true, now())",
                [key, digest_of(key), '["requests:write"]'],
            )
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
