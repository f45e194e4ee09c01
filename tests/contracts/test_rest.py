"""Work orders as JSON: what is sent, what comes back, and what the door takes; against the make-believe department."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from answerable.channels.connect.app import ConnectDoor
from answerable.connectors import queries
from answerable.connectors.ports import Away, Connector, Delivered, News, Refused
from answerable.kernel.signatures import is_signed, secret_bytes, signed_headers
from answerable.plumbing import clock
from answerable.rehearsal import picture
from answerable.requests import queries as requests
from tests.builders.apart import run_apart
from tests.builders.connected import an_office_department, read_journal
from tests.builders.department import CODE, KEY, There, a_department, a_rest_adapter, a_rest_entry, no_pictures
from tests.builders.packs import said
from tests.builders.requests import a_request, a_small_city
from tests.contracts.test_connectors import an_order

NOW = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)


@pytest.fixture
def there() -> Iterator[There]:
    with a_department() as found:
        yield found


@pytest.mark.parametrize("recognises", [True, False])
def test_an_order_sent_twice_is_one_filing(recognises: bool) -> None:
    with a_department(recognises=recognises) as there:
        adapter: Connector = a_rest_adapter(there.url, idempotent=recognises)
        order = an_order()

        first = adapter.deliver(order)
        again = adapter.find(order) or adapter.deliver(order)

        assert isinstance(first, Delivered)
        assert isinstance(again, Delivered)
        assert first.reference == again.reference == "WO-000001"
        assert len(there.department.orders) == 1
        kept = there.department.orders["WO-000001"]
        assert kept["description"] == order.description
        assert kept["place"] == {"address": "12 Mill Lane", "lat": 44.05, "lon": -79.02}


def test_refusals_services_and_pictures(there: There, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(picture.pothole())
    adapter = a_rest_adapter(there.url)

    adapter.deliver(an_order(photos=(photo, photo)))

    assert there.department.orders["WO-000001"]["photos"] == 2
    assert adapter.deliver(an_order(description="")) == Refused("key and description are required", status_code=422)
    assert adapter.problems() == []
    assert a_rest_adapter(there.url, services={"pothole": "MOON"}).problems() == ["pothole: MOON?"]


def test_what_is_told_there_is_told_once_and_what_happens_there_is_heard(there: There) -> None:
    adapter = a_rest_adapter(there.url)
    adapter.deliver(an_order())
    news = News(key="k-1", reference="WO-000001", word="open", words="By the bridge", at=NOW, sequence=2)

    assert adapter.tell(news)
    assert adapter.tell(news)
    assert not adapter.tell(News(key="k-2", reference="WO-7", word="open", words="", at=NOW))
    there.department.step("WO-000001", "scheduled", expected_on="2026-12-01")
    there.department.step("WO-000001", "done", words="Filled", photo=picture.mended())

    planned, done = adapter.follow(["WO-000001", "WO-9"], since=None)
    assert [(each["words"], each["sequence"]) for each in there.department.messages] == [("By the bridge", 2)]
    assert (planned.word, planned.expected_on, planned.sequence) == ("scheduled", date(2026, 12, 1), 1)
    assert (done.word, done.words, done.event) == ("done", "Filled", "WO-000001-2")
    assert done.photos == (picture.mended(),)


def test_what_they_hold_of_ours_is_listed(there: There) -> None:
    adapter = a_rest_adapter(there.url)
    adapter.deliver(an_order())
    there.department.plant("invent", "")
    there.department.plant("close", "WO-000001")

    held = list(adapter.inventory(since=clock.now() - timedelta(minutes=1)))

    assert [(each.word, each.is_ours) for each in held] == [("done", True), ("received", True)]
    assert list(adapter.inventory(since=clock.now() + timedelta(minutes=1))) == []


def test_trouble_is_away_and_says_whether_they_may_have_it(there: There) -> None:
    with a_department(fail=1.0) as failing, pytest.raises(Away) as broken:
        a_rest_adapter(failing.url).deliver(an_order())
    with a_department(slow_seconds=1.0) as slow, pytest.raises(Away) as late:
        a_rest_adapter(slow.url, seconds=0.2).deliver(an_order())
    with pytest.raises(Away) as nobody:
        a_rest_adapter("http://127.0.0.1:9").deliver(an_order())

    assert (broken.value.may_have_it, late.value.may_have_it, nobody.value.may_have_it) == (True, True, False)
    assert a_rest_adapter(there.url).deliver(an_order()) == Delivered("WO-000001", status_code=201)


def test_another_key_opens_nothing(there: There) -> None:
    adapter = a_rest_adapter(there.url)
    adapter.key = "whsec_AAAA"

    assert adapter.deliver(an_order()) == Refused("not signed with the key we agreed on", status_code=401)


def test_a_signature_is_good_for_its_body_and_its_moment_only() -> None:
    secret = secret_bytes(KEY)
    headers = signed_headers(secret, message_id="m-1", at=NOW, body=b"{}")

    assert is_signed(secret, headers, body=b"{}", now=NOW)
    assert not is_signed(secret, headers, body=b"{ }", now=NOW)
    assert not is_signed(secret, headers, body=b"{}", now=NOW.replace(hour=16))
    assert not is_signed(secret, headers | {"webhook-timestamp": "soon"}, body=b"{}", now=NOW)
    assert not is_signed(b"", signed_headers(b"", message_id="m", at=NOW, body=b""), body=b"", now=NOW)


# --- the door -------------------------------------------------------------------------------------------------------


def posted(body: bytes, *, path: str = f"/connect/v1/{CODE}/updates", key: str = KEY) -> tuple[int, dict[str, Any]]:
    """What the door answered to the signed body."""
    door = ConnectDoor(keys={CODE: KEY}, fetch=no_pictures, most_body=1_000_000)
    signed = signed_headers(secret_bytes(key), message_id="m-1", at=clock.now(), body=body)
    headers = [(name.encode(), value.encode()) for name, value in signed.items()]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    run_apart(door(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


def told(*events: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """What the door answered to those events."""
    return posted(json.dumps({"events": events}).encode())


def a_sent_request(folder: Path, there: There) -> int:
    """A pothole that the department has."""
    from answerable.connectors import senders

    works = {"code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
             "connector": a_rest_entry(there.url)}  # fmt: skip
    city = a_small_city(folder, departments=[works, an_office_department()])
    receipt = a_request(city)
    read_journal()
    assert senders.send_due(CODE, a_rest_adapter(there.url)) == 1
    return receipt.request_id


@pytest.mark.django_db(transaction=True)
def test_the_department_tells_of_its_work_and_each_event_counts_once(tmp_path: Path, there: There) -> None:
    request_id = a_sent_request(tmp_path, there)
    order = there.department.orders["WO-000001"]
    assert queries.deliveries(CODE)[0].reference == order["reference"]
    planned = there.department.step(order["reference"], "scheduled", expected_on="2026-12-01")
    done = there.department.step(order["reference"], "done", words="Filled.", photo=picture.mended())
    away = done | {
        "event": "x",
        "sequence": 3,
        "status": "",
        "words": "See",
        "photos": [{"url": "https://a.example/b"}],
    }

    status, answer = told(planned, done, planned)
    _, later = told({"reference": "WO-77", "status": "done", "event": "e"}, away)

    assert status == 200
    assert [each["outcome"] for each in answer["results"]] == ["applied", "applied", "repeated"]
    assert [each["outcome"] for each in later["results"]] == ["unknown_reference", "applied"]
    assert later["results"][1]["picture"] == "unknown_host"
    found = requests.by_id(request_id)
    assert (found.lifecycle, found.outcome) == ("resolved", "completed")
    assert len(requests.photos(request_id)) == 1


@pytest.mark.parametrize(
    ("body", "changes", "status", "code"),
    [
        (b"{", {}, 400, "connector.bad_message"),
        (b'{"events": []}', {}, 400, "connector.bad_message"),
        (b'{"events": [{"reference": "a", "at": "2026-01-01T10:00:00"}]}', {}, 400, "connector.bad_message"),
        (b"{}", {"key": "whsec_AAAA"}, 401, "connector.not_signed"),
        (b"{}", {"path": "/connect/v1/other/updates"}, 401, "connector.not_signed"),
        (b"{}", {"path": "/connect/v1/"}, 404, "connector.no_such_place"),
        (b" " * 1_000_001, {}, 413, "connector.too_long"),
    ],
)
def test_the_door_takes_nothing_else(body: bytes, changes: dict[str, str], status: int, code: str) -> None:
    answered, told = posted(body, **changes)

    assert (answered, told["code"]) == (status, code)
