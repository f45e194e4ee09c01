"""Web processes, the database and the supervisor are killed while clients log requests: nothing given is lost.

Clients do what the API's description asks: a key for each request, and the same key again until there is an answer.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from answerable.plumbing.launcher import free_port
from tests.site import Product

pytestmark = pytest.mark.crash

CLIENTS = 4
KILLS = 10
API_KEY = "key-of-the-killing-test"
ADD_CLIENT = (
    "import django, sys; django.setup()\n"
    "from answerable.intake.actions import digest_of\n"
    "from answerable.staff.actions import add_api_client\n"
    "add_api_client(name='killing test', scopes=['requests:write'], digest_of_key=digest_of(sys.argv[1]))\n"
)


@dataclass(slots=True)
class Ledger:
    """What clients sent and what they were told."""

    sent: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)
    tries: int = 0
    refusals: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """Logs one request after the other and sends each key again until it is answered."""

    def __init__(self, name: str, *, url: str, ledger: Ledger, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.url, self.ledger, self.stop = url, ledger, stop

    def run(self) -> None:
        """Until told to stop; the last request is seen to its end."""
        count = 0
        with httpx.Client(base_url=self.url, timeout=15) as session:
            while not self.stop.is_set():
                count += 1
                self._log(session, f"killing-{self.name}-{count}")

    def _log(self, session: httpx.Client, key: str) -> None:
        self.ledger.sent.add(key)
        while key not in self.ledger.numbers and not self.ledger.refusals:
            self.ledger.tries += 1
            try:
                answer = post(session, key)
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code in {200, 201}:
                self.ledger.numbers[key] = answer.json()["number"]
            elif answer.status_code < 500:
                self.ledger.refusals.append(answer.text)
            else:
                time.sleep(0.1)


def post(session: httpx.Client, key: str) -> httpx.Response:
    """A street light reported at a place in the middle of the city."""
    report = {
        "service_code": "street-light-out",
        "lat": 43.6532,
        "lon": -79.3832,
        "description": "It is dark.",
        "answers": {"problem": "out"},
    }
    return session.post("/api/v1/requests", json=report, headers={"idempotency-key": key, "x-api-key": API_KEY})


def told_again(session: httpx.Client, key: str) -> httpx.Response:
    """The answer to a key that was answered before; a database that is just back may ask for patience."""
    for _ in range(50):
        answer = post(session, key)
        if answer.status_code < 500:
            return answer
        time.sleep(0.1)
    return answer


@pytest.fixture
def product() -> Iterator[Product]:
    """The whole product, freshly installed, with a client that may log requests."""
    with tempfile.TemporaryDirectory(prefix="up-") as place, Product(Path(place), free_port()) as product:
        product.start("--empty")
        environment = os.environ | {
            "DATABASE_URL": product.database_url,
            "DJANGO_SETTINGS_MODULE": "answerable.settings",
        }
        subprocess.run([sys.executable, "-c", ADD_CLIENT, API_KEY], env=environment, check=True)
        yield product


def victims(product: Product) -> dict[str, list[psutil.Process]]:
    """The product's processes by what they do: all of them descend from the supervisor this test started."""
    assert product.process is not None
    found: dict[str, list[psutil.Process]] = {"web": [], "follow": [], "database": [], "session": []}
    for process in psutil.Process(product.process.pid).children(recursive=True):
        try:
            words = " ".join(process.cmdline())
        except psutil.Error:
            continue
        for kind, sign in (
            ("web", "cli web"),
            ("follow", "cli follow"),
            ("database", " -D "),
            ("session", "postgres: answerable"),
        ):
            if sign in words:
                found[kind].append(process)
    return found


def kill_something(product: Product, *, kind: str, chance: random.Random) -> str:
    """One process of that kind is killed with -9, or the supervisor, which is then started again."""
    if kind == "supervisor":
        assert product.process is not None
        product.process.send_signal(signal.SIGKILL)
        product.process.wait()
        product.start("--empty")
        return kind
    there = victims(product)[kind]
    if not there:
        return f"no {kind} was there"
    victim = chance.choice(there)
    try:
        victim.kill()
    except psutil.NoSuchProcess:
        return f"{kind} was gone"
    return kind


def test_every_number_that_was_given_is_there_once_with_its_promise_route_and_facts(product: Product) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance, ledger, stop = random.Random(seed), Ledger(), threading.Event()
    clients = [Client(f"c{n}", url=product.url, ledger=ledger, stop=stop) for n in range(CLIENTS)]
    order = ["web", "database", "session", "follow", "web", "database", "supervisor"]
    order += chance.choices(["web", "database", "session", "follow"], k=KILLS - len(order))
    chance.shuffle(order)

    for client in clients:
        client.start()
    for kind in order:
        wait_for_numbers(ledger, more=chance.randrange(5, 60), product=product)
        print(f"{len(ledger.numbers)} numbers, then {kill_something(product, kind=kind, chance=chance)}")
    wait_for_numbers(ledger, more=20, product=product)
    stop.set()
    for client in clients:
        client.join(90)
        assert not client.is_alive(), f"a request was never answered:\n{product.said()[-3000:]}"

    assert not ledger.refusals
    print(f"{len(ledger.numbers)} numbers were given in {ledger.tries} tries")
    assert ledger.sent == set(ledger.numbers)
    check_everything_is_there(product.database_url, ledger)
    with httpx.Client(base_url=product.url, timeout=15) as session:
        for key, number in chance.sample(sorted(ledger.numbers.items()), 20):
            again = told_again(session, key)
            assert (again.status_code, again.json()["number"]) == (200, number)
    assert "every chain holds" in product.run("journal-verify").stdout


def wait_for_numbers(ledger: Ledger, *, more: int, product: Product) -> None:
    """Clients are served again, so that the next blow falls into work."""
    wanted, deadline = len(ledger.numbers) + more, time.monotonic() + 90
    while len(ledger.numbers) < wanted and not ledger.refusals:
        assert time.monotonic() < deadline, f"clients are not served again:\n{product.said()[-3000:]}"
        time.sleep(0.01)


def check_everything_is_there(url: str, ledger: Ledger) -> None:
    """One row, one route, one enquiry, one fact and every promise for each number, and no row without a number."""
    with psycopg.connect(url) as session:
        rows = session.execute(EVERYTHING).fetchall()
    strangers = [(key, number) for key, number, *_ in rows if key not in ledger.sent]
    doubles = [key for key, times in Counter(key for key, *_ in rows).items() if times > 1]
    assert not strangers, f"{len(strangers)} requests that nobody sent, such as {strangers[:3]}"
    assert not doubles, f"{len(doubles)} keys were logged twice, such as {doubles[:3]}"
    assert {key: number for key, number, *_ in rows} == ledger.numbers
    assert len({number for _, number, *_ in rows}) == len(rows)
    for key, number, department, queue, route, logged, promised, timed in rows:
        about = f"{key}, {number}"
        assert department, about
        assert queue, about
        assert route, about
        assert logged == 1, about
        assert promised >= 1, about
        assert timed >= 1, about


EVERYTHING = """
SELECT e.key, r.number, r.department, r.queue, r.route::text,
       (SELECT count(*) FROM journal_fact f WHERE f.subject = 'request:' || r.id AND f.kind = 'request.logged'),
       (SELECT count(*) FROM promises_promise p WHERE p.request_id = r.id),
       (SELECT count(*) FROM plumbing_timer t
          JOIN promises_promise p ON t.subject = 'promise:' || p.id WHERE p.request_id = r.id)
  FROM requests_request r
  LEFT JOIN intake_enquiry e ON e.request_id = r.id
"""
