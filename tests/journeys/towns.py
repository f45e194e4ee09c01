"""Running cities of a journey, and what is asked of them as residents, programs and staff ask."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from answerable.intake.actions import digest_of
from answerable.rehearsal.demo import DEMO_PASSWORD
from tests.site import Site

CITIES = Path(__file__).parents[2] / "cities"
PROGRAM = "ans_a-program-of-residents"
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Town:
    """One running Answerable, and what is asked of it as its residents and staff ask."""

    site: Site

    def admit(self, *keys: str) -> None:
        """Programs with these keys may log requests."""
        for key in keys:
            self.rows(
                "INSERT INTO staff_apiclient (name, key_digest, scopes, is_active, created_at)"
                " VALUES (%s, %s, %s, true, now()) RETURNING id",
                key, digest_of(key), '["requests:write"]',
            )  # fmt: skip

    def report(self, **told: Any) -> dict[str, Any]:
        """A resident's program logs a request; gives number, token and more."""
        headers = {"X-API-Key": PROGRAM, "Idempotency-Key": sha256(repr(told).encode()).hexdigest()}
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
            sent = hidden(page.text, of="") | {"login": "supervisor", "password": DEMO_PASSWORD}
            answer = client.post(str(page.url), data=sent, headers={"Referer": str(page.url)})
            assert "account/login" not in str(answer.url), answer.text
            yield client


def hidden(page: str, *, of: str) -> dict[str, str]:
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
    answer = client.post(f"{address}act/", data=hidden(page.text, of=do) | more, headers={"Referer": str(page.url)})
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
