"""Open pages hear of changes: at once, only what they may, and all of it, whatever is restarted meanwhile."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest
import uvicorn

from answerable.journal.records import RecordedFact, read_position
from answerable.plumbing import clock
from answerable.web.live import hub as hub_module
from answerable.web.live.announcements import about_requests
from answerable.web.live.app import LiveApp
from answerable.web.live.hub import Announcement, Frame, Hub, Subscriber
from answerable.web.live.tickets import BadTicket, mint, mint_for_staff, read_ticket
from tests.builders.apart import run_apart
from tests.builders.database import own_connection, own_url
from tests.patience import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

APPEND = "SELECT journal_append(%s, %s, 'system:test', now(), %s::jsonb)"


class Server:
    """A live application behind uvicorn, in a thread, until the block ends."""

    def __init__(self, app: LiveApp) -> None:
        self.app = app
        config = uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=2, access_log=False)
        self.uvicorn = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.uvicorn.run, daemon=True)

    def __enter__(self) -> Server:
        self.thread.start()
        wait_for(lambda: self.uvicorn.started and self.app.hub.position is not None)
        port = self.uvicorn.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/live/"
        return self

    def __exit__(self, *_: object) -> None:
        self.uvicorn.should_exit = True
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()

    @contextmanager
    def stream(self, *topics: str, ticket: str = "", **headers: str) -> Iterator[Stream]:
        """An open stream with a ticket for the topics."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        with httpx.stream(
            "GET", self.url, params={"ticket": ticket or mint(topics)}, headers=told, timeout=PATIENCE_SECONDS
        ) as answer:
            assert answer.status_code == 200
            yield Stream(answer)


class Stream:
    """The client's end: events as (name, data, id)."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.lines = answer.iter_lines()
        self.last_id = ""

    def next(self) -> tuple[str, dict[str, object]]:
        """The next event, comments skipped."""
        name, data = "", None
        for line in self.lines:
            if line.startswith("id: "):
                self.last_id = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif not line and data is not None:
                return name, data
        raise AssertionError("the stream has ended")

    def until(self, name: str) -> list[dict[str, object]]:
        """The data of the events before the one of that name."""
        passed = []
        while (event := self.next())[0] != name:
            passed.append(event[1])
        return passed


def an_app(**changes) -> LiveApp:
    """An application on the test's database, with its least announcements."""
    return LiveApp(**{"database_url": own_url(), "poll_seconds": 0.01} | changes)


def note(subject: str, *, kind: str = "lamp.noted", **body: object) -> None:
    """Append a fact and commit it."""
    with own_connection() as mine:
        mine.execute(APPEND, [kind, subject, json.dumps(body)])


def a_lamp() -> str:
    """A subject nobody used before."""
    return f"lamp:{uuid4().hex}"


async def by_department(connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact]) -> list[Announcement]:
    """What a room might supply: the public hears less than the staff, confidential facts are for staff only."""
    told = []
    for fact in facts:
        if not fact.body.get("confidential"):
            told.append(Announcement(fact, frozenset({fact.subject}), {"kind": fact.kind}))
        topics = frozenset({f"office:{fact.body.get('department', 'none')}", "staff"})
        told.append(Announcement(fact, topics, {"kind": fact.kind, "subject": fact.subject, "by": fact.by}))
    return told


def test_an_open_page_hears_of_its_own_subject_only() -> None:
    mine, other = a_lamp(), a_lamp()
    with Server(an_app()) as server, server.stream(mine) as stream:
        assert stream.next() == ("ready", {})

        note(other)
        note(mine, kind="lamp.lit")

        assert stream.next() == ("changed", {"subject": mine, "kind": "lamp.lit"})
        assert read_position(stream.last_id).id > 0
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-store"


def test_the_room_above_says_who_hears_what() -> None:
    lamp = a_lamp()
    with (
        Server(an_app(announce=by_department)) as server,
        server.stream(lamp) as public,
        server.stream("office:ROADS") as office,
        server.stream("office:PARKS", "staff") as staff,
    ):
        for stream in (public, office, staff):
            stream.until("ready")
        note(lamp, department="ROADS", confidential=True)
        time.sleep(0.1)
        note(lamp, department="ROADS", kind="lamp.lit")

        assert public.next() == ("changed", {"kind": "lamp.lit"})
        for stream in (office, staff):
            assert [stream.next()[1]["kind"] for _ in range(2)] == ["lamp.noted", "lamp.lit"]


def test_a_request_is_announced_to_its_followers_and_to_those_who_work_on_it() -> None:
    state = {"number": "26-0000017-0", "department": "ROADS", "state": "open"}

    async def states(_connection: None, ids: Sequence[int]) -> dict[int, dict[str, object]]:
        return dict.fromkeys(ids, state)

    def told_about(kind: str, **body: object) -> list[tuple[set[str], dict[str, object]]]:
        fact = RecordedFact(1, 1, clock.now(), clock.now(), kind, "request:17", 1, "operator:3", dict(body))
        return [(set(told.topics), dict(told.data)) for told in run_apart(about_requests(states)(None, [fact]))]

    (staff, public) = told_about("request.rerouted", department_before="PARKS", department="ROADS")
    assert staff[0] == {"staff", "office:ROADS", "office:PARKS"}
    assert staff[1]["by"] == "operator:3"
    assert public == ({"request:17"}, {"subject": "request:17", **state})
    assert [topics for topics, _ in told_about("request.noted", audience="staff")] == [{"staff", "office:ROADS"}]
    assert len(told_about("request.noted", audience="public")) == 2
    state["confidential"] = True
    (office, _) = told_about("request.moved")
    assert office == ({"office:ROADS"}, {"subject": "request:17", "kind": "request.moved", "by": "operator:3"})


def test_only_publications_are_announced_besides_requests() -> None:
    facts = [
        RecordedFact(1, 1, clock.now(), clock.now(), kind, "catalogue:3", 1, "operator:3", {})
        for kind in ("catalogue.published", "catalogue.read")
    ]

    (told,) = run_apart(about_requests(None)(None, facts))

    assert (told.topics, told.fact.kind) == ({"staff"}, "catalogue.published")


def test_a_room_that_cannot_announce_does_not_silence_the_streams(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_connection: psycopg.AsyncConnection, _facts: Sequence[RecordedFact]) -> list[Announcement]:
        raise KeyError("room")

    lamp = a_lamp()
    with Server(an_app(announce=broken)) as server, server.stream(lamp) as stream:
        stream.until("ready")
        note(lamp)
        assert stream.next() == ("changed", {"subject": lamp, "kind": "lamp.noted"})


def test_who_comes_back_hears_what_was_missed_even_from_another_process() -> None:
    lamp = a_lamp()
    with Server(an_app()) as server:
        with server.stream(lamp) as stream:
            stream.until("ready")
            note(lamp, kind="lamp.first")
            assert stream.next()[1]["kind"] == "lamp.first"
        note(lamp, kind="lamp.second")

    note(a_lamp())
    with Server(an_app()) as server:
        with server.stream(lamp, Last_Event_ID=stream.last_id) as again:
            assert [each["kind"] for each in again.until("ready")] == ["lamp.second"]
        with server.stream(lamp, Last_Event_ID=again.last_id) as once_more:
            assert once_more.until("ready") == []


def test_what_changed_between_page_and_stream_is_told() -> None:
    lamp = a_lamp()
    ticket = mint([lamp])
    with Server(an_app()) as server:
        note(lamp, kind="lamp.lit")
        wait_for(lambda: server.app.hub.missed_since(time.time(), topics=frozenset({lamp})))
        with server.stream(ticket=ticket) as stream:
            assert [each["kind"] for each in stream.until("ready")] == ["lamp.lit"]


@pytest.mark.parametrize("last_id", ["nonsense", "1-1"])
def test_who_was_away_too_long_is_told_to_reload(last_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lamp = a_lamp()
    app = an_app()
    app.hub = app._relay._hub = Hub(kept_frames=3)
    with Server(app) as server:
        for _ in range(5):
            note(lamp)
        note(a_lamp())
        with server.stream(lamp, Last_Event_ID=last_id) as stream:
            assert stream.next()[0] == "reload"
            assert stream.next()[0] == "ready"


def test_a_page_made_long_ago_is_told_to_reload() -> None:
    lamp = a_lamp()
    with clock.frozen(clock.now() - timedelta(hours=1)):
        ticket = mint([lamp])
    app = an_app()
    app.hub = app._relay._hub = Hub(kept_frames=3)
    with Server(app) as server:
        for _ in range(5):
            note(a_lamp())
        wait_for(lambda: server.app.hub.missed_since(time.time() - 3600, topics=frozenset({lamp})) is None)
        with server.stream(ticket=ticket) as stream:
            assert stream.next()[0] == "reload"


def test_a_lost_database_connection_is_made_again_and_nothing_is_missed() -> None:
    lamp = a_lamp()
    with Server(an_app()) as server, server.stream(lamp) as stream, own_connection() as owner:
        stream.until("ready")
        for round_of in range(5):
            (ended,) = owner.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'answerable live' AND datname = current_database()"
            ).fetchone()
            note(lamp, kind=f"lamp.round_{round_of}")
            assert stream.next()[1]["kind"] == f"lamp.round_{round_of}"
            assert ended == 1


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("?ticket=forged", "GET", 403), ("", "GET", 403), ("other", "GET", 404), ("", "POST", 405)],
)
def test_only_a_page_with_a_ticket_may_listen(path: str, method: str, status: int) -> None:
    with Server(an_app()) as server:
        assert httpx.request(method, server.url + path, timeout=PATIENCE_SECONDS).status_code == status


def test_a_ticket_of_staff_opens_nothing_once_they_have_signed_out() -> None:
    ticket = mint_for_staff(["staff"], session_key="here-i-am")

    with Server(an_app()) as server:
        with server.stream(ticket=ticket, cookie="sessionid=here-i-am") as stream:
            assert stream.next()[0] == "ready"
        for cookie in ("", "sessionid=", "sessionid=somebody-else"):
            refused = httpx.get(
                server.url, params={"ticket": ticket}, headers={"cookie": cookie}, timeout=PATIENCE_SECONDS
            )
            assert refused.status_code == 403
    assert read_ticket(ticket).expires_at <= clock.now() + timedelta(minutes=5)


def test_too_many_streams_are_asked_to_come_back() -> None:
    with Server(an_app(streams=1)) as server:
        with server.stream("staff") as stream:
            stream.until("ready")
            refused = httpx.get(server.url, params={"ticket": mint(["staff"])}, timeout=PATIENCE_SECONDS)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        wait_for(lambda: len(server.app.hub) == 0)
        with server.stream("staff") as stream:
            assert stream.next()[0] == "ready"


def test_a_quiet_stream_beats_and_its_place_moves_on() -> None:
    lamp = a_lamp()
    with Server(an_app(beat_seconds=0.15)) as server, server.stream(lamp) as stream:
        stream.until("ready")
        before = read_position(stream.last_id)
        note(a_lamp())
        places = (read_position(line[4:]) for line in stream.lines if line.startswith("id: "))
        assert any(before.precedes(place) for place in places)


def test_a_stream_ends_with_its_ticket() -> None:
    with (
        Server(an_app(beat_seconds=0.15)) as server,
        server.stream(ticket=mint(["staff"], life=timedelta(seconds=2))) as stream,
    ):
        stream.until("expired")
        assert list(stream.lines) == []


def test_a_stopping_server_lets_its_streams_go_at_once() -> None:
    with Server(an_app()) as server, server.stream("staff") as stream:
        stream.until("ready")
        server.app._tasks[0].get_loop().call_soon_threadsafe(server.app.close_streams)
        assert list(stream.lines) == []
        wait_for(lambda: len(server.app.hub) == 0)


def test_a_server_that_stops_without_telling_ends_its_streams_after_the_grace(caplog: pytest.LogCaptureFixture) -> None:
    with Server(an_app()) as server, server.stream("staff") as stream:
        stream.until("ready")
        server.uvicorn.should_exit = True
        assert list(stream.lines) == []
    assert "Exception" not in caplog.text


def test_a_slow_reader_is_told_to_reload_and_frames_of_one_subject_are_joined() -> None:
    fact = a_fact()

    async def story() -> tuple[bytes, bytes]:
        slow, joined = Subscriber(frozenset({"staff"}), expires=0), Subscriber(frozenset({"staff"}), expires=0)
        for number in range(hub_module.MOST_PENDING + 1):
            slow.push(a_frame(fact, subject=f"lamp:{number}", number=number))
            joined.push(a_frame(fact, subject=f"lamp:{number % 2}", number=number))
        return slow.take(fact.position), joined.take(fact.position)

    slow, joined = run_apart(story())

    assert slow.startswith(b"event: reload\n")
    assert joined.count(b"event: changed") == 2
    assert joined.index(b'"number":199') < joined.index(b'"number":200')


def a_fact() -> RecordedFact:
    """A fact as the journal gives it."""
    return RecordedFact(1, 1, clock.now(), clock.now(), "lamp.noted", "lamp:1", 1, "resident", {})


def a_frame(fact: RecordedFact, *, subject: str, number: int) -> Frame:
    """A frame for all staff."""
    changed = RecordedFact(number, 7, fact.at, fact.at, fact.kind, subject, 1, fact.by, {})
    return Frame.of(Announcement(changed, frozenset({"staff"}), {"number": number}), arrived=0)


def test_a_cut_between_two_frames_of_one_fact_loses_neither() -> None:
    fact = a_fact()
    frames = [
        Frame.of(Announcement(fact, frozenset({topic}), {"topic": topic}), arrived=0) for topic in ("lamp:1", "staff")
    ]

    lines = hub_module.encoded(frames).decode().splitlines()

    assert [line for line in lines if line.startswith("id:")] == ["id: 1-1"]
    assert lines.index("id: 1-1") > lines.index('data: {"topic":"lamp:1"}')


def test_a_ticket_names_topics_and_ends() -> None:
    token = mint(["staff", "request:17"], life=timedelta(minutes=5))

    assert read_ticket(token).topics == {"staff", "request:17"}
    with clock.frozen(clock.now() + timedelta(minutes=6)), pytest.raises(BadTicket):
        read_ticket(token)
    for forged in ("", "x", token[:-1], token + "x", "\x00", token.replace(":", "")):
        with pytest.raises(BadTicket):
            read_ticket(forged)
    for topics in ([], [str(n) for n in range(51)]):
        with pytest.raises(BadTicket):
            mint(topics)
