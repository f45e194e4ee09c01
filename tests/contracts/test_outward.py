"""Sending to strangers: no redirect is followed, no answer read without end, nothing of the house reached."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from answerable.plumbing import outward
from answerable.plumbing.outward import NotOutside, Unreached
from tests.builders.receiver import a_receiver


def test_what_was_sent_arrives_and_what_was_answered_comes_back() -> None:
    with a_receiver() as received:
        received.answer = lambda _: (202, {"x-mark": "yes"}, b"thanks")
        answer = outward.send("POST", received.url, content=b"{}", headers={"a": "b"}, may_be_private=True)

    assert (answer.status, answer.body, answer.headers["x-mark"]) == (202, b"thanks", "yes")
    assert received.messages[0][0]["a"] == "b"


def test_a_redirect_is_an_answer_like_any_other() -> None:
    with a_receiver() as received:
        received.answer = lambda _: (302, {"location": received.url}, b"")
        answer = outward.send("POST", received.url, headers={}, may_be_private=True)

    assert (answer.status, len(received.messages)) == (302, 1)


def test_a_long_answer_is_read_no_further_than_its_limit() -> None:
    with a_receiver() as received:
        received.answer = lambda _: (200, {}, b"x" * 5_000_000)
        answer = outward.send("POST", received.url, headers={}, may_be_private=True, most_bytes=1000)

    assert len(answer.body) == 1000


def test_a_name_that_leads_into_the_house_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def rebound(host: str, port: int, **more: int) -> list[object]:
        return list(real("127.0.0.1" if host == "hooks.example.com" else host, port, **more))  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebound)

    with pytest.raises(NotOutside, match="private"):
        outward.send("POST", "https://hooks.example.com/", headers={}, may_be_private=False)


def test_nobody_there_is_told_as_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(Unreached, match="refused"):
        outward.send("POST", f"http://127.0.0.1:{port}/", headers={}, may_be_private=True)


@contextmanager
def a_slow_talker() -> Iterator[str]:
    """A server that sends a header byte by byte and never ends."""
    done = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        talking, _ = server.accept()
        with talking:
            talking.sendall(b"HTTP/1.1 200 OK\r\n")
            while not done.wait(0.02):
                try:
                    talking.sendall(b"x")
                except OSError:
                    return

    threading.Thread(target=talk, daemon=True).start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        done.set()


def test_who_talks_slowly_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "WHOLE_SECONDS", 0.2)

    with a_slow_talker() as url, pytest.raises(Unreached, match="timeout"):
        outward.send("POST", url, headers={}, may_be_private=True)
