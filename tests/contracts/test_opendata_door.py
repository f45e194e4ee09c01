"""Downloads over HTTP: whole, in part, only if changed, never a path that is not published."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from answerable.channels.opendata import door
from answerable.channels.opendata.door import FileDoor
from answerable.channels.opendata.files import PREFIX
from answerable.channels.opendata.store import File, Manifest, Store, YearPart
from tests.builders.apart import run_apart

CONTENT = bytes(range(256)) * 40
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
CSV = PREFIX + "requests-2025.csv"
TAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'


def a_store(root: Path, content: bytes = CONTENT, *, name: str = "20261116T080000Z") -> Store:
    store = Store(root)
    folder = store.begin(name)
    (folder / "requests-2025.csv").write_bytes(content)
    (folder / "preview-2025.json").write_bytes(b"{}")
    file = File("requests-2025.csv", len(content), hashlib.sha256(content).hexdigest(), 2025)
    words = {"en": "words", "fr": "mots"}
    part = YearPart(2025, 3, 3, 0, 0, 0, {}, (file,))
    store.publish(
        folder,
        Manifest(
            name=name, built_at=NOW, city=words, title=words, licence=words, licence_url="https://licence.example/",
            attribution=words, smallest_group=5, catalogue_version=1, rows=3, suppressed=0, held_back=0, parts=(part,),
            others=(), checks=(), provenance=words,
        ),
    )  # fmt: skip
    return store


def ask(store: Store, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(FileDoor(store))
        async with httpx.AsyncClient(transport=transport, base_url="http://city.example") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=named)

    return run_apart(asking())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path / "open")


def test_a_file_comes_whole_with_what_clients_need_to_keep_it(store: Store) -> None:
    answer = ask(store, CSV)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["etag"] == TAG
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "public, no-cache"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99), ("bytes=100-", 100, 10239), ("bytes=-40", 10200, 10239), ("bytes=10239-", 10239, 10239),
        ("bytes=10000-99999", 10000, 10239), ("bytes=-99999", 0, 10239),
    ],
)  # fmt: skip
def test_a_range_is_answered_with_those_bytes(store: Store, asked: str, first: int, last: int) -> None:
    answer = ask(store, CSV, range=asked)

    assert answer.status_code == 206
    assert answer.content == CONTENT[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/10240"


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused_with_the_size(store: Store, asked: str) -> None:
    answer = ask(store, CSV, range=asked)

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10240")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "pages=1-2", "bytes=0-1,5-6"])
def test_a_range_we_do_not_serve_is_answered_whole(store: Store, asked: str) -> None:
    assert ask(store, CSV, range=asked).content == CONTENT


def test_a_broken_download_goes_on_only_in_the_same_file(store: Store) -> None:
    same = ask(store, CSV, range="bytes=100-", if_range=TAG)
    other = ask(store, CSV, range="bytes=100-", if_range='"another"')

    assert (same.status_code, len(same.content)) == (206, 10140)
    assert (other.status_code, other.content) == (200, CONTENT)


def test_what_has_not_changed_is_not_sent(store: Store) -> None:
    since = ask(store, CSV).headers["last-modified"]

    assert ask(store, CSV, if_none_match=TAG).status_code == 304
    assert ask(store, CSV, if_none_match=f'"x", W/{TAG}').status_code == 304
    assert ask(store, CSV, if_modified_since=since).status_code == 304
    assert ask(store, CSV, if_none_match='"x"', if_modified_since=since).status_code == 200
    assert ask(store, CSV, if_modified_since="yesterday").status_code == 200


def test_head_says_everything_but_the_file(store: Store) -> None:
    answer = ask(store, CSV, "HEAD")

    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "10240")


def test_latest_is_the_newest_year_and_says_so(store: Store) -> None:
    answer = ask(store, PREFIX + "requests-latest.csv")

    assert answer.content == CONTENT
    assert answer.headers["content-location"] == CSV


@pytest.mark.parametrize(
    "name",
    [
        "",
        "requests-1999.csv",
        "preview-2025.json",
        "../../secret-key",
        "%2e%2e/%2e%2e/secret-key",
        ".current",
        "a" * 300,
    ],
)
def test_nothing_else_is_served(store: Store, name: str) -> None:
    assert ask(store, PREFIX + name).status_code == 404


def test_before_the_first_build_there_is_nothing(tmp_path: Path) -> None:
    assert ask(Store(tmp_path), CSV).status_code == 404


def test_files_are_only_read(store: Store) -> None:
    answer = ask(store, CSV, "DELETE")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert ask(store, CSV, "OPTIONS").status_code == 204


def test_a_new_build_is_served_at_the_same_address_at_once(tmp_path: Path) -> None:
    store = a_store(tmp_path / "open")
    before = ask(store, CSV).headers["etag"]

    a_store(tmp_path / "open", b"new", name="20261117T080000Z")

    assert ask(store, CSV, if_none_match=before).content == b"new"


def test_a_large_file_takes_little_memory_and_ends_when_the_caller_goes(tmp_path: Path) -> None:
    store = a_store(tmp_path / "open", bytes(24 << 20))
    sent: list[int] = []

    async def receive() -> dict[str, str]:
        await asyncio.sleep(0.001 if len(sent) > 8 else 60)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(len(message.get("body", b"")))  # type: ignore[arg-type]
        await asyncio.sleep(0.002 if len(sent) > 8 else 0)

    scope = {"type": "http", "method": "GET", "path": CSV, "headers": []}
    tracemalloc.start()
    run_apart(asyncio.wait_for(FileDoor(store)(scope, receive, send), 20))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert max(sent) == door.PIECE_BYTES
    assert peak < 8 * door.PIECE_BYTES


@pytest.mark.parametrize("moment", ["write_bytes", "rename", "symlink_to", "replace"])
def test_whoever_is_killed_at_any_moment_leaves_the_published_files(tmp_path: Path, moment: str) -> None:
    store = a_store(tmp_path / "open")

    child = os.fork()
    if child == 0:
        setattr(Path, moment, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        a_store(tmp_path / "open", b"half", name="20261117T080000Z")
        os._exit(0)
    _, status = os.waitpid(child, 0)

    assert os.WTERMSIG(status) == signal.SIGKILL
    assert ask(store, CSV).content == CONTENT
    a_store(tmp_path / "open", b"whole", name="20261118T080000Z")
    assert ask(store, CSV).content == b"whole"
    assert not list(store.builds.glob(".*"))
