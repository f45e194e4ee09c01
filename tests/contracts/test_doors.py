"""What every door for programs does: it survives a restart of the database, and it counts calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from answerable.channels.doors import Clients, Gathered, Store
from answerable.channels.errors import TooManyCalls
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.intake.errors import ClientRefused
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.staff import actions as staff
from answerable.staff.models import ApiCalls, ApiClient
from tests.builders.apart import run_apart
from tests.builders.database import own_url
from tests.builders.requests import MONDAY, a_report, a_small_city

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "ans_a_program"
DOUBLE = "SELECT %s::int * 2"
DOUBLE_ALL = (
    "SELECT n::int * 2 FROM jsonb_array_elements_text(%s::jsonb) WITH ORDINALITY AS told (n, place) ORDER BY place"
)


def with_clients(act: Callable[[Store, Clients], Awaitable[None]], *, anonymous: int = 0) -> None:
    async def run() -> None:
        store = Store(own_url(), pool_size=2, patience_seconds=5)
        await store.open()
        clients = Clients(store, anonymous_per_minute=anonymous)
        await clients.open()
        try:
            await act(store, clients)
        finally:
            await clients.close()
            await store.close()

    run_apart(run())


def a_program(*, rate: int = 6000) -> int:
    client_id = staff.add_api_client(name="an app", scopes=["requests:write"], digest_of_key=intake.digest_of(KEY))
    ApiClient.objects.filter(id=client_id).update(rate_per_minute=rate)
    return client_id


def test_a_connection_that_died_is_replaced_and_the_statement_sent_again() -> None:
    async def act(store: Store, clients: Clients) -> None:
        (mine,) = await store.fetch_one("SELECT pg_backend_pid()", []) or (0,)
        async with await psycopg.AsyncConnection.connect(own_url(), autocommit=True) as other:
            await other.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
        (now_mine,) = await store.fetch_one("SELECT pg_backend_pid()", []) or (0,)
        assert now_mine not in {0, mine}

    with_clients(act)


def test_a_program_may_call_as_often_as_its_limit_says() -> None:
    a_program(rate=3)

    async def act(store: Store, clients: Clients) -> None:
        for _ in range(3):
            assert (await clients.check(KEY, scope="requests:write")).name == "an app"
        with pytest.raises(TooManyCalls) as refused:
            await clients.check(KEY, scope="requests:write")
        assert refused.value.value == "45"
        with clock.frozen(MONDAY + timedelta(seconds=60)):
            await clients.check(KEY, scope="requests:write")

    with clock.frozen(MONDAY.replace(second=15)):
        with_clients(act)


def test_processes_share_one_count_and_it_is_kept() -> None:
    client_id = a_program(rate=3)

    async def act(store: Store, clients: Clients) -> None:
        other = Clients(store)
        await clients.check(KEY, scope=None)
        await clients.check(KEY, scope=None)
        await other.check(KEY, scope=None)
        await clients.close()
        await other.close()
        with pytest.raises(TooManyCalls):
            await other.check(KEY, scope=None)

    with clock.frozen(MONDAY):
        with_clients(act)

    assert ApiCalls.objects.get(client_id=client_id).calls == 3
    assert staff.forget_old_calls(now=MONDAY + timedelta(days=36)) == 1


def test_callers_without_a_key_are_counted_by_address() -> None:
    async def act(store: Store, clients: Clients) -> None:
        await clients.check("", scope=None, address="192.0.2.1")
        with pytest.raises(TooManyCalls):
            await clients.check("", scope=None, address="192.0.2.1")
        await clients.check("", scope=None, address="192.0.2.2")

    with clock.frozen(MONDAY):
        with_clients(act, anonymous=1)


@pytest.mark.parametrize(("key", "scope"), [("ans_stranger", None), ("", "requests:write"), (KEY, "office:read")])
def test_a_key_that_does_not_fit_is_refused(key: str, scope: str | None) -> None:
    a_program()

    async def act(store: Store, clients: Clients) -> None:
        with pytest.raises(ClientRefused):
            await clients.check(key, scope=scope)

    with_clients(act)


def test_calls_that_arrive_together_travel_together_and_each_hears_its_own_answer() -> None:
    sent: list[int] = []

    def tell(calls: Sequence[Sequence[Any]]) -> str:
        sent.append(len(calls))
        return json.dumps([each[0] for each in calls])

    async def act(store: Store, clients: Clients) -> None:
        gathered = Gathered(store, alone=DOUBLE, together=DOUBLE_ALL, tell=tell, lanes=1, most=4)
        answers = await asyncio.gather(*(gathered.fetch_one([n]) for n in range(9)))
        assert answers == [(n * 2,) for n in range(9)]

    with_clients(act)
    assert sent == [4, 4]  # one of nine found a free lane and left alone


def test_one_call_that_cannot_be_stored_fails_alone() -> None:
    def tell(calls: Sequence[Sequence[Any]]) -> str:
        return json.dumps([each[0] for each in calls])

    async def act(store: Store, clients: Clients) -> None:
        gathered = Gathered(store, alone=DOUBLE, together=DOUBLE_ALL, tell=tell, lanes=1)
        numbers = [1, 2, 2**31 - 1, 4]
        answers = await asyncio.gather(*(gathered.fetch_one([n]) for n in numbers), return_exceptions=True)
        assert [each for each in answers if not isinstance(each, Exception)] == [(2,), (4,), (8,)]
        assert isinstance(answers[2], psycopg.DataError)

    with_clients(act)


def test_reports_told_together_are_each_stored_whole(tmp_path: Path) -> None:
    with clock.frozen(MONDAY):
        city = a_small_city(tmp_path / "northbridge")
        contact = ContactDetails(name="Ada Byron", email="ada@example.org")
        reports = [a_report(city), a_report(city, contact=contact), a_report(city, key="once-more-please")]
        values = [intake.prepare(each, at=MONDAY).values for each in [*reports, reports[2]]]

    async def act(store: Store, clients: Clients) -> None:
        rows = await store.fetch_all(intake.RECEIVE_MANY_SQL, [intake.told_together(values)])
        receipts = [intake.receipt_of(row, key="") for row in rows]
        assert [each.is_replay for each in receipts] == [False, False, False, True]
        assert receipts[2].number == receipts[3].number

    with_clients(act)
    assert len(requests.list_requests(requests.Filters(), sort="newest", limit=10, now=MONDAY).rows) == 3
    assert journal.broken_chains() == []
