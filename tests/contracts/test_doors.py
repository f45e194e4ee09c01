"""What every door for programs does: it survives a restart of the database, and it counts calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import psycopg
import pytest

from answerable.channels.doors import Clients, Store
from answerable.channels.errors import TooManyCalls
from answerable.intake import actions as intake
from answerable.intake.errors import ClientRefused
from answerable.plumbing import clock
from answerable.staff import actions as staff
from answerable.staff.models import ApiCalls, ApiClient
from tests.builders.database import own_url
from tests.builders.requests import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "ans_a_program"


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

    asyncio.run(run())


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
