"""The hub of one process: frames come in once and go out to every stream that listens to one of their topics.

Everything here runs in one event loop and never waits, so nothing needs a lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from answerable.journal.records import Position, RecordedFact
from answerable.kernel.facts import Json

KEPT_FRAMES: Final = 4000
"""Frames kept for streams that come back; who missed more is told to reload."""

MOST_PENDING: Final = 200
"""Frames that may wait for one slow stream; beyond, it is told to reload instead."""

PAGE_GRACE_SECONDS: Final = 5.0
"""A page may have read its state this long before or after its ticket was minted."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What listeners to some topics are told about one fact: codes and numbers, no personal data."""

    fact: RecordedFact
    topics: frozenset[str]
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Frame:
    """An announcement as it goes over the wire; `arrived` is when this process learned of it (seconds, wall clock)."""

    position: Position
    arrived: float
    topics: frozenset[str]
    key: tuple[str, frozenset[str]]
    body: bytes

    @classmethod
    def of(cls, told: Announcement, *, arrived: float) -> Frame:
        """The frame for an announcement."""
        data = json.dumps(told.data, ensure_ascii=False, separators=(",", ":"))
        body = f"event: changed\ndata: {data}\n\n".encode()
        return cls(told.fact.position, arrived, told.topics, (told.fact.subject, told.topics), body)


def encoded(frames: Sequence[Frame]) -> bytes:
    """The frames as one chunk; each place in the journal is named with its last frame, so that a cut loses none."""
    parts: list[bytes] = []
    for index, frame in enumerate(frames):
        last_of_place = index + 1 == len(frames) or frames[index + 1].position != frame.position
        if last_of_place:
            parts.append(b"id: %d-%d\n" % (frame.position.oxid, frame.position.id))
        parts.append(frame.body)
    return b"".join(parts)


class Subscriber:
    """One stream: what it listens to and what waits to be written to it."""

    __slots__ = ("beat", "busy_since", "expires", "number", "overflowed", "pending", "task", "topics", "wake")

    def __init__(self, topics: frozenset[str], *, expires: float) -> None:
        self.topics = topics
        self.expires = expires
        self.number = 0
        self.pending: dict[tuple[str, frozenset[str]], Frame] = {}
        self.wake = asyncio.Event()
        self.overflowed = False
        self.beat = False
        self.busy_since: float | None = None
        self.task: asyncio.Task[None] | None = None

    def push(self, frame: Frame) -> None:
        """The frame waits to be written; an older one about the same subject need not be any more."""
        if self.overflowed:
            return
        self.pending.pop(frame.key, None)
        self.pending[frame.key] = frame
        if len(self.pending) > MOST_PENDING:
            self.ask_to_reload()
        self.wake.set()

    def ask_to_reload(self) -> None:
        """Whatever waits is replaced by the request to look at everything again."""
        self.pending.clear()
        self.overflowed = True
        self.wake.set()

    def take(self, position: Position) -> bytes:
        """All that waits, as one chunk, and then nothing waits any more."""
        chunk = encoded(list(self.pending.values()))
        if self.overflowed:
            chunk += reload_frame(position)
        elif self.beat and not chunk:
            chunk = b": beat\nid: %d-%d\n\n" % (position.oxid, position.id)
        self.pending.clear()
        self.overflowed = self.beat = False
        self.wake.clear()
        return chunk


def reload_frame(position: Position) -> bytes:
    """Tells the page that it may have missed something and should fetch all it shows again."""
    return b"event: reload\nid: %d-%d\ndata: {}\n\n" % (position.oxid, position.id)


class Hub:
    """The streams of this process, and the latest frames for those that come back."""

    def __init__(self, *, kept_frames: int = KEPT_FRAMES) -> None:
        self.position: Position | None = None
        """Everything up to here has been published; None until the relay has caught up for the first time."""
        self._floor = Position(oxid=0, id=0)
        self._floor_arrived = 0.0
        self._kept: deque[Frame] = deque()
        self._kept_frames = kept_frames
        self._by_topic: defaultdict[str, set[Subscriber]] = defaultdict(set)
        self._subscribers: set[Subscriber] = set()
        self._numbers = itertools.count()
        self._woken = asyncio.Event()

    def __len__(self) -> int:
        return len(self._subscribers)

    @property
    def subscribers(self) -> Iterable[Subscriber]:
        """Every open stream."""
        return tuple(self._subscribers)

    def restart(self, floor: Position, *, arrived: float) -> None:
        """Frames are kept from this place on; streams already open are told to reload."""
        self._kept.clear()
        self._floor, self._floor_arrived = floor, arrived
        self.position = None
        for subscriber in self._subscribers:
            subscriber.ask_to_reload()

    def publish(self, frames: Sequence[Frame]) -> None:
        """The frames are on their way to whoever listens, and kept for who comes back."""
        for frame in frames:
            self._kept.append(frame)
            for subscriber in self._listeners(frame.topics):
                subscriber.push(frame)
        while len(self._kept) > self._kept_frames:
            dropped = self._kept.popleft()
            self._floor, self._floor_arrived = dropped.position, dropped.arrived

    def subscribe(self, subscriber: Subscriber) -> None:
        """The stream hears what is published from now on."""
        subscriber.number = next(self._numbers)
        self._subscribers.add(subscriber)
        self._woken.set()
        for topic in subscriber.topics:
            self._by_topic[topic].add(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """The stream is forgotten."""
        self._subscribers.discard(subscriber)
        for topic in subscriber.topics:
            self._by_topic[topic].discard(subscriber)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    async def until_wanted(self, *, seconds: float) -> None:
        """Returns after so long, or as soon as somebody listens where nobody did."""
        self._woken.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    def missed_after(self, position: Position, *, topics: frozenset[str]) -> list[Frame] | None:
        """What a stream missed that knows everything up to a place; None when that is too long ago to tell."""
        if position.precedes(self._floor):
            return None
        start = bisect_right(self._kept, (position.oxid, position.id), key=_place)
        return [frame for frame in _from(self._kept, start) if not topics.isdisjoint(frame.topics)]

    def missed_since(self, seconds: float, *, topics: frozenset[str]) -> list[Frame] | None:
        """Like `missed_after`, for a page that only knows when it was made."""
        since = seconds - PAGE_GRACE_SECONDS
        if since < self._floor_arrived:
            return None
        start = bisect_right(self._kept, since, key=_arrival)
        return [frame for frame in _from(self._kept, start) if not topics.isdisjoint(frame.topics)]

    def _listeners(self, topics: frozenset[str]) -> Iterable[Subscriber]:
        found = [self._by_topic[topic] for topic in topics if topic in self._by_topic]
        return found[0] if len(found) == 1 else set().union(*found)


def _place(frame: Frame) -> tuple[int, int]:
    return frame.position.oxid, frame.position.id


def _arrival(frame: Frame) -> float:
    return frame.arrived


def _from(frames: deque[Frame], start: int) -> Iterable[Frame]:
    """The frames from an index on, read from the near end."""
    latest = [frames[-1 - back] for back in range(len(frames) - start)]
    return reversed(latest)
