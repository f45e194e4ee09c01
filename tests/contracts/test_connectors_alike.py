"""Every kind of connector, sent the same order twice: the other side can tell that it is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from answerable.catalogue.connectorstructs import FilesConnector, MailConnector
from answerable.connectors.adapters.drops import drop_of
from answerable.connectors.adapters.files import FilesDepartment
from answerable.connectors.adapters.mail import MailDepartment
from answerable.connectors.ports import Away, Connector, Delivered, Pending
from answerable.plumbing.mail import post_of
from tests.builders import filed, mailed
from tests.builders.file_server import PASSWORD, a_file_server
from tests.builders.other_city import other_city
from tests.builders.post_office import a_post_office
from tests.contracts import test_connectors as open311

Seen = Callable[[], list[str]]
"""What the other side knows each order by that it holds."""


class _Brand:
    brand, on_brand = "#0b4a5a", "#ffffff"


class _City:
    """As much of a city as a letter needs."""

    default_language = "en"
    timezone = ZoneInfo("America/Winnipeg")

    class pack:
        brand = _Brand

        class city:
            short_name = "Northbridge"


@contextmanager
def by_open311(_folder: Path) -> Iterator[tuple[Connector, Seen]]:
    with other_city() as city:
        yield open311.an_adapter(city.url), lambda: [each["description"] for each in city.filed]


@contextmanager
def by_mail(_folder: Path) -> Iterator[tuple[Connector, Seen]]:
    named = msgspec.convert(mailed.a_connector(), MailConnector)
    with a_post_office() as office:
        post = post_of(office.url, sender="no-reply@311.example", outbox=Path("unused"))
        city: Any = _City
        adapter = MailDepartment(named=named, city=city, post=post)
        yield adapter, lambda: sorted({str(each.mail["Message-ID"]) for each in office.letters})


@contextmanager
def by_folder(folder: Path) -> Iterator[tuple[Connector, Seen]]:
    named = msgspec.convert(filed.a_connector(f"folder:{folder}"), FilesConnector)
    adapter = FilesDepartment(named=named, drop=drop_of(named.endpoint), zone=ZoneInfo("America/Winnipeg"))
    yield adapter, lambda: [each.name for each in (folder / "orders").iterdir()]


@contextmanager
def by_sftp(folder: Path) -> Iterator[tuple[Connector, Seen]]:
    with a_file_server(folder) as server:
        told = filed.a_connector(server.url, host_key=server.host_key)
        named = msgspec.convert(told, FilesConnector)
        drop = drop_of(named.endpoint, host_key=named.host_key, secret=PASSWORD)
        adapter = FilesDepartment(named=named, drop=drop, zone=ZoneInfo("America/Winnipeg"))
        yield adapter, lambda: [each.name for each in (server.folder / "orders").iterdir()]


@pytest.mark.parametrize("kind", [by_open311, by_mail, by_folder, by_sftp])
def test_an_order_sent_twice_is_one_order_there(kind: Any, tmp_path: Path) -> None:
    order = open311.an_order(number="26-0000001-8/1", service_name="Pothole", reply_url="https://311.example/en/x/")
    with kind(tmp_path) as (adapter, seen):
        first = adapter.deliver(order)
        again = adapter.find(order) or adapter.deliver(order)

        assert isinstance(first, Delivered | Pending)
        assert isinstance(again, Delivered | Pending)
        assert first.reference == again.reference
        assert len(seen()) == 1
        assert adapter.problems() == [] or kind is by_open311
        assert adapter.timeout_seconds > 0


@pytest.mark.parametrize("kind", [by_mail, by_folder, by_sftp])
def test_another_order_is_another_order_there(kind: Any, tmp_path: Path) -> None:
    with kind(tmp_path) as (adapter, seen):
        for serial in (1, 2):
            adapter.deliver(open311.an_order(key=f"northbridge-{serial}", number=f"26-000000{serial}-8/1"))

        assert len(seen()) == 2


def test_a_place_that_is_gone_is_away_and_has_nothing(tmp_path: Path) -> None:
    with by_sftp(tmp_path) as (adapter, _seen):
        pass
    with by_folder(tmp_path / "none") as (nowhere, _seen):
        for each in (adapter, nowhere):
            with pytest.raises(Away) as away:
                each.deliver(open311.an_order(number="26-0000001-8/1"))
            assert not away.value.may_have_it
