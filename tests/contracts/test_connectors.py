"""Every adapter keeps the same promises, whatever the habits of the server: each order is sent twice here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from answerable.catalogue.connectorstructs import Open311Connector
from answerable.connectors.adapters.georeport import Client, instant_of, records_in, text_of
from answerable.connectors.adapters.open311 import Open311Server
from answerable.connectors.ports import Away, Connector, Delivered, News, Pending, Refused, Requester, WorkOrder
from answerable.kernel.places import Point
from tests.builders.other_city import OtherCity, other_city

NOW = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
HABITS = (
    {},
    {"wrapped": True},
    {"form": "xml"},
    {"numbers_are_numbers": True},
    {"honours_keys": False},
    {"tells_updates": False},
)


def an_order(**changes: Any) -> WorkOrder:
    """A pothole with an answer."""
    told: dict[str, Any] = {
        "key": "northbridge-26-0000001-8-1", "mark": "Northbridge 311: 26-0000001-8/1", "service_code": "pothole",
        "description": "Deep – près de l’arrêt 🚌\n\n[Northbridge 311: 26-0000001-8/1]", "answers": {"size": "big"},
        "point": Point(lat=44.05, lon=-79.02), "address": "12 Mill Lane", "requester": None, "photos": (),
        "first_tried_at": NOW,
    }  # fmt: skip
    return WorkOrder(**(told | changes))


def an_adapter(url: str, *, seconds: float = 5.0, **named: Any) -> Open311Server:
    """The adapter of the only kind there is so far."""
    told = {"code": "next", "endpoint": url, "services": {"pothole": "ROAD"},
            "values": {"pothole": {"size": {"big": "Large"}}}} | named  # fmt: skip
    return Open311Server(
        named=Open311Connector(**told), client=Client(url, jurisdiction="next.example", api_key="a-key",
                                                      read_seconds=seconds),
        zone=ZoneInfo("America/Winnipeg"),
    )  # fmt: skip


@pytest.fixture(params=HABITS, ids=lambda habits: next(iter(habits), "plain"))
def other(request: pytest.FixtureRequest) -> Iterator[OtherCity]:
    with other_city(**request.param) as city:
        yield city


def test_an_order_sent_twice_is_one_filing(other: OtherCity) -> None:
    adapter: Connector = an_adapter(other.url)
    order = an_order()

    first = adapter.deliver(order)
    again = adapter.find(order) or adapter.deliver(order)

    assert isinstance(first, Delivered)
    assert isinstance(again, Delivered)
    assert first.reference == again.reference == "101"
    assert len(other.filed) == 1
    form = other.filed[0]["form"]
    assert form["service_code"] == ["ROAD"]
    assert form["description"] == [order.description]
    assert form["jurisdiction_id"] == ["next.example"]


def test_a_refusal_is_told_in_their_words(other: OtherCity) -> None:
    result = an_adapter(other.url).deliver(an_order(description="BAD"))

    assert result == Refused("400 description is not acceptable", status_code=400)


def test_their_news_are_read_whatever_they_look_like(other: OtherCity) -> None:
    adapter = an_adapter(other.url)
    adapter.deliver(an_order())
    other.says("101", status="closed", status_notes="Filled", updated_datetime="2026-11-18 10:00:00")

    (update,) = adapter.follow(["101", "999"], since=None)

    assert (update.reference, update.word, update.words) == ("101", "closed", "Filled")
    assert update.told_at == datetime(2026, 11, 18, 16, 0, tzinfo=UTC)


def test_a_server_that_is_broken_is_away_and_may_have_it(other: OtherCity) -> None:
    adapter = an_adapter(other.url)
    adapter.problems()
    other.fail(500)
    other.fail(503)

    with pytest.raises(Away) as broken:
        adapter.deliver(an_order())
    with pytest.raises(Away) as busy:
        adapter.deliver(an_order())

    assert (broken.value.may_have_it, broken.value.status_code) == (True, 500)
    assert (busy.value.may_have_it, busy.value.status_code) == (False, 503)


def test_their_list_of_attributes_decides_how_an_answer_is_written() -> None:
    with other_city() as city:
        adapter = an_adapter(
            city.url, attributes={"pothole": {"size": "size"}}, fixed={"pothole": {"TEXT": "{description}"}}
        )
        adapter.deliver(an_order(requester=Requester("Ada Maria Okafor", "ada@example.org", "")))
        form = city.filed[0]["form"]

        assert form["attribute[SIZE]"] == ["L"]
        assert form["attribute[TEXT]"] == [an_order().description]
        assert (form["first_name"], form["last_name"]) == (["Ada Maria"], ["Okafor"])
        assert adapter.problems() == []
        assert an_adapter(city.url).problems() == ["pothole: ROAD, SIZE!"]
        assert an_adapter(city.url, services={"pothole": "MOON"}).problems() == ["pothole: MOON?"]


def test_pictures_go_with_the_form(tmp_path: Path) -> None:
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"\xff\xd8" + b"x" * 500)
    with other_city() as city:
        an_adapter(city.url).deliver(an_order(photos=(picture, picture)))

        assert city.filed[0]["form"]["media"] == ["502", "502"]
        assert city.filed[0]["form"]["description"] == [an_order().description]


def test_a_token_waits_for_its_number() -> None:
    with other_city(is_slow_to_number=True) as city:
        adapter = an_adapter(city.url)

        result = adapter.deliver(an_order())

        assert isinstance(result, Pending)
        assert adapter.settle(result.token) == Delivered("101", status_code=200)


def test_news_are_told_once_and_a_server_without_them_says_so() -> None:
    news = News(key="k-1", reference="101", word="closed", words="Cancelled", at=NOW)
    with other_city() as city, other_city(tells_updates=False) as silent:
        assert an_adapter(city.url).tell(news)
        assert not an_adapter(silent.url).tell(news)

        assert city.told[0]["status"] == "CLOSED"
        assert city.told[0]["update_id"] == "k-1"


def test_updates_and_standing_come_oldest_first_with_the_finer_word_before() -> None:
    with other_city() as city:
        adapter = an_adapter(city.url)
        adapter.deliver(an_order())
        finer = {"detailed_status": "action_scheduled", "until": "2026-12-01"}
        city.says("101", extended_attributes=finer, updated_datetime="2026-11-18T10:00:00-06:00")
        city.updates = [
            {"service_request_id": "101", "update_id": "2", "status": "IN_PROGRESS", "description": "Soon",
             "updated_datetime": "2026-11-17T10:00:00Z"},
            {"service_request_id": "55", "update_id": "3", "status": "CLOSED", "description": "Not ours"},
        ]  # fmt: skip

        early, late = adapter.follow(["101"], since=NOW)

        assert (early.word, early.words) == ("IN_PROGRESS", "Soon")
        assert (late.word, late.expected_on) == ("action_scheduled", date(2026, 12, 1))


def test_keys_are_never_in_an_address() -> None:
    with other_city() as city:
        adapter = an_adapter(city.url)
        adapter.deliver(an_order())
        list(adapter.follow(["101"], since=NOW))

        assert city.calls
        assert not any("a-key" in call for call in city.calls)


@contextmanager
def a_listener(answer: bytes) -> Iterator[str]:
    """Something that is no GeoReport server: it accepts, and says only that."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                held.append(connection)
                if answer:
                    connection.recv(65536)
                    connection.sendall(answer)
                    connection.close()

        held: list[socket.socket] = []
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def _answer(body: bytes, *more: str) -> bytes:
    head = ["HTTP/1.1 200 OK", "Connection: close", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


BOMB = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bb'>]><services><service>&b;</service></services>"


@pytest.mark.parametrize(
    "said",
    [b"", _answer(b""), _answer(b"<html>Welcome</html"), _answer(BOMB), _answer(b"[" * 100_000),
     b"HTTP/1.1 302 Found\r\nLocation: http://example.org/\r\nContent-Length: 0\r\n\r\n", b"SSH-2.0-nothing\r\n"],
    ids=["silence", "nothing", "half a page", "entities", "deep", "elsewhere", "no HTTP"],
)  # fmt: skip
def test_whatever_else_answers_is_away_and_nothing_breaks(said: bytes) -> None:
    with a_listener(said) as url, pytest.raises(Away) as away:
        an_adapter(url, seconds=0.3).deliver(an_order())

    assert not away.value.may_have_it  # nothing was filed yet: the services could not be read


def test_an_answer_without_end_is_not_read() -> None:
    endless = _answer(b'[{"service_code": "' + b"x" * 5_100_000 + b'"}]')
    with a_listener(endless) as url, pytest.raises(Away, match="too long"):
        an_adapter(url).deliver(an_order())


def test_nobody_there_is_away_and_does_not_have_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

    with pytest.raises(Away) as away:
        an_adapter(url).client.post("requests", [("a", "b")], key="k")

    assert not away.value.may_have_it


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (b'[{"service_request_id": 7}]', ["7"]),
        (b'{"service_requests": {"request": {"service_request_id": "7"}}}', ["7"]),
        (b'{"requests": [{"request": {"service_request_id": "7"}}, null, 3]}', ["7"]),
        (b"\xef\xbb\xbf <service_requests><request><service_request_id>7</service_request_id></request>"
         b"<request><service_request_id>8</service_request_id></request></service_requests>", ["7", "8"]),
        (b"<service_requests/>", []),
        (b"[]", []),
    ],
)  # fmt: skip
def test_wrappers_are_taken_off(content: bytes, ids: list[str]) -> None:
    records = records_in(content)

    assert records is not None
    assert [text_of(each, "service_request_id") for each in records] == ids


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-11-18T10:00:00Z", datetime(2026, 11, 18, 10, tzinfo=UTC)),
        ("2026-11-18T10:00:00.123-06:00", datetime(2026, 11, 18, 16, 0, 0, 123000, tzinfo=UTC)),
        ("2026-07-18 10:00:00", datetime(2026, 7, 18, 15, tzinfo=UTC)),
        ("Wed, 18 Nov 2026 10:00:00 GMT", datetime(2026, 11, 18, 10, tzinfo=UTC)),
        (1795082400, datetime(2026, 11, 19, 10, tzinfo=UTC)),
        ("soon", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_dates_are_read_in_any_usual_spelling(said: Any, read: datetime | None) -> None:
    assert instant_of({"at": said}, "at", zone=ZoneInfo("America/Winnipeg")) == read
