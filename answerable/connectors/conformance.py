"""The conformance kit: whether another system keeps the promises that nothing is lost, doubled or mixed up.

It files a few clearly marked test orders and looks at what comes of them; run it against a sandbox.  Each line of the
report says what was tried, what should come of it and what did.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, Final

from answerable.connectors.errors import BadMessage
from answerable.connectors.messages import Event, message_of
from answerable.connectors.ports import Away, Connector, Delivered, News, Pending, Refused, WorkOrder
from answerable.connectors.rules import UNREAD, meaning_of
from answerable.kernel.ids import new_token
from answerable.kernel.places import Point
from answerable.kernel.signatures import is_signed, secret_bytes
from answerable.plumbing import clock

AT_ONCE: Final = 4
"""How many send the same order at the same moment."""

IMPATIENT_SECONDS: Final = 0.05
"""When the kit hangs up, to see what becomes of an order whose answer nobody heard."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `passed` is None for what could not be tried."""

    name: str
    passed: bool | None
    said: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Who is tried: its adapter, one that hangs up early, one with a wrong key; and what the test orders say."""

    adapter: Connector
    service_code: str
    impatient: Connector | None = None
    stranger: Connector | None = None
    answers: dict[str, str] = field(default_factory=dict)
    point: Point | None = None
    token: str = field(default_factory=lambda: new_token()[:10])

    def order(self, number: int, **changes: Any) -> WorkOrder:
        """A test order that says what it is."""
        mark = f"Conformance check {self.token}/{number}"
        made = WorkOrder(
            key=f"check-{self.token}-{number}", mark=mark, service_code=self.service_code,
            description=f"A test of the connection. Nothing is to be done.\n\n[{mark}]", answers=dict(self.answers),
            point=self.point, address="1 Test Street", requester=None, photos=(), first_tried_at=clock.now(),
        )  # fmt: skip
        return replace(made, **changes)


def findings(trial: Trial) -> Iterator[Finding]:
    """What comes of each thing that is tried, in the order of trying."""
    for name, look in _LOOKS:
        try:
            yield look(trial, name)
        except Away as away:
            yield Finding(name, False, f"no sensible answer: {away.reason}")


def report(found: Iterator[Finding], *, say: Callable[[str], None] = print) -> int:
    """Says every line; 1 when something failed, else 0."""
    failed = passed = 0
    for each in found:
        mark = "skip" if each.passed is None else "ok  " if each.passed else "FAIL"
        say(f"{mark}  {each.name:<34} {each.said}")
        failed += each.passed is False
        passed += each.passed is True
    say(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


# --- what is tried --------------------------------------------------------------------------------------------------


def _services(trial: Trial, name: str) -> Finding:
    problems = trial.adapter.problems()
    return Finding(name, not problems, "; ".join(problems) or "they offer what the mapping names")


def _delivered(trial: Trial, name: str) -> Finding:
    result = trial.adapter.deliver(trial.order(1))
    if isinstance(result, Refused):
        return Finding(name, False, f"refused: {result.reason}")
    return Finding(name, True, _reference(trial, result) or "taken, its reference comes later")


def _twice(trial: Trial, name: str) -> Finding:
    first, again = (_sent_again(trial, trial.order(1)) for _ in range(2))
    return Finding(name, bool(first) and first == again, f"{first or 'nothing'} and {again or 'nothing'}")


def _at_once(trial: Trial, name: str) -> Finding:
    order = trial.order(2)
    with ThreadPoolExecutor(AT_ONCE) as crew:
        results = list(crew.map(lambda _: _given(trial.adapter, order), range(AT_ONCE)))
    references = {each.reference for each in results if isinstance(each, Delivered)}
    if not references:
        return Finding(name, None, "no reference was given at once")
    found = trial.adapter.find(order)
    if found is not None:
        references.add(found.reference)
    return Finding(name, len(references) == 1, ", ".join(sorted(references)))


def _hung_up(trial: Trial, name: str) -> Finding:
    if trial.impatient is None:
        return Finding(name, None, "this kind of connection cannot be hung up")
    order = trial.order(3)
    early = _given(trial.impatient, order)
    heard = "answered before we could hang up" if early is not None else "hung up, then sent again"
    first, again = _sent_again(trial, order), _sent_again(trial, order)
    return Finding(name, bool(first) and first == again, f"{heard}: {first or 'nothing'} and {again or 'nothing'}")


def _asked(trial: Trial, name: str) -> Finding:
    reference = _sent_again(trial, trial.order(1))
    if not reference:
        return Finding(name, None, "no reference to ask about")
    since = clock.now() - timedelta(hours=1)
    asked = (reference, f"no-such-{trial.token}")
    rounds = [tuple(trial.adapter.follow(asked, since=since)) for _ in range(2)]
    strangers = {each.reference for told in rounds for each in told} - {reference}
    if strangers:
        return Finding(name, False, f"told of what was not asked: {', '.join(sorted(strangers)[:3])}")
    return Finding(name, True, f"{len(rounds[-1])} told of {reference}, and nothing of others")


def _ordered(trial: Trial, name: str) -> Finding:
    reference = _sent_again(trial, trial.order(1))
    told = tuple(trial.adapter.follow((reference,), since=None)) if reference else ()
    if not told:
        return Finding(name, None, "nothing happened yet")
    numbers = [each.sequence for each in told if each.sequence is not None]
    events = [each.event for each in told if each.event]
    is_sound = numbers == sorted(set(numbers)) and len(events) == len(set(events))
    return Finding(name, is_sound, f"sequence {numbers or 'not given'}, {len(set(events))} events of {len(told)} named")


def _understood(trial: Trial, name: str) -> Finding:
    reference = _sent_again(trial, trial.order(1))
    own = getattr(getattr(trial.adapter, "named", None), "statuses", {})
    words = {each.word for each in (trial.adapter.follow((reference,), since=None) if reference else ()) if each.word}
    unknown = sorted(word for word in words if meaning_of(word, own=own) == UNREAD)
    if not words:
        return Finding(name, None, "no word was said yet")
    remedy = f"give these a meaning in `statuses`: {', '.join(unknown)}" if unknown else ", ".join(sorted(words))
    return Finding(name, not unknown, remedy)


def _senseless(trial: Trial, name: str) -> Finding:
    result = trial.adapter.deliver(trial.order(4, description="", address="", point=None))
    said = f"refused: {result.reason}" if isinstance(result, Refused) else "taken all the same"
    return Finding(name, True, said)


def _unsigned(trial: Trial, name: str) -> Finding:
    if trial.stranger is None:
        return Finding(name, None, "this kind of connection has no signature")
    result = trial.stranger.deliver(trial.order(5))
    return Finding(name, isinstance(result, Refused), "refused" if isinstance(result, Refused) else "taken: verify it")


def _told(trial: Trial, name: str) -> Finding:
    reference = _sent_again(trial, trial.order(1))
    if not reference:
        return Finding(name, None, "no reference to tell of")
    news = News(key=f"check-{trial.token}-news", reference=reference, word="open", words="Test", at=clock.now())
    answers = {trial.adapter.tell(news) for _ in range(2)}
    return Finding(name, len(answers) == 1, "taken twice alike" if answers == {True} else "they take no messages")


_LOOKS: Final[tuple[tuple[str, Callable[[Trial, str], Finding]], ...]] = (
    ("services are known", _services),
    ("an order is taken", _delivered),
    ("the same key is the same order", _twice),
    ("also at the same moment", _at_once),
    ("also when the answer was lost", _hung_up),
    ("an order without sense is answered", _senseless),
    ("a wrong signature is refused", _unsigned),
    ("a message told twice is one", _told),
    ("asked for one, told of one", _asked),
    ("news are numbered and in order", _ordered),
    ("their words have a meaning", _understood),
)


def _given(adapter: Connector, order: WorkOrder) -> Delivered | Pending | Refused | None:
    try:
        return adapter.deliver(order)
    except Away:
        return None


def _sent_again(trial: Trial, order: WorkOrder) -> str:
    """The reference after the order was looked for, or else sent, as after a crash of ours."""
    found = trial.adapter.find(order)
    return _reference(trial, found or trial.adapter.deliver(order))


def _reference(trial: Trial, result: Delivered | Pending | Refused) -> str:
    if isinstance(result, Pending):
        result = trial.adapter.settle(result.token)
    return result.reference if isinstance(result, Delivered) else ""


# --- the webhook back -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Listener:
    """Takes their webhook for a while; the first message is not answered well, so that they must send it again."""

    key: str
    messages: int = 0
    unsigned: int = 0
    unreadable: int = 0
    refused_once: set[str] = field(default_factory=set)
    sent_again: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """The status that is answered."""
        self.messages += 1
        if not is_signed(secret_bytes(self.key), headers, body=body, now=clock.now()):
            self.unsigned += 1
            return 401
        try:
            message = message_of(body)
        except BadMessage:
            self.unreadable += 1
            return 400
        names = {each.event for each in message.events}
        if not self.refused_once:
            self.refused_once = names
            return 503
        self.sent_again |= names & self.refused_once
        self.events += message.events
        return 200


def heard(port: int, *, key: str, seconds: float) -> Iterator[Finding]:
    """What their webhook told at that port in that time."""
    listener = Listener(key=key)
    server = _Server(("", port), _handler(listener))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    until = time.monotonic() + seconds
    while time.monotonic() < until and not (listener.sent_again and len(listener.events) > 1):
        time.sleep(0.1)
    server.shutdown()
    server.server_close()
    yield Finding("the webhook arrives", bool(listener.messages), f"{listener.messages} messages")
    if not listener.messages:
        return
    signed = f"{listener.unsigned} were not signed, {listener.unreadable} could not be read"
    yield Finding("it is signed and readable", listener.unsigned + listener.unreadable == 0, signed)
    again = "sent again" if listener.sent_again else "not sent again: it would have been lost"
    yield Finding("what we could not store comes again", bool(listener.sent_again), again)
    yield _numbered(listener.events)


def _numbered(events: list[Event]) -> Finding:
    named = [each for each in events if each.event]
    counted = [each for each in events if each.sequence is not None]
    said = f"{len(named)} of {len(events)} have an id, {len(counted)} a sequence"
    return Finding("events have an id and a sequence", len(named) == len(counted) == len(events), said)


class _Server(ThreadingTCPServer):
    """Listens on every address of this machine, without asking what its name is, which may take its time."""

    allow_reuse_address = True
    daemon_threads = True


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take one message."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = listener.take({name.lower(): value for name, value in self.headers.items()}, body)
            content = b'{"results": []}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """The report says what came."""

    return Handler
