"""Work orders as JSON: filed at any system that speaks our small contract, which a vendor implements in a day.

Every call is signed with the shared key, every write carries its `Idempotency-Key`, nothing is followed elsewhere, and
no answer is read without end.  The page for vendors is docs/handbook/work-orders-api.md.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from answerable.catalogue.connectorstructs import RestConnector
from answerable.connectors.adapters.georeport import CONNECT_SECONDS, LONGEST_ANSWER, READ_SECONDS, WHOLE_SECONDS
from answerable.connectors.messages import Event, Fetch, update_of
from answerable.connectors.ports import Away, Delivered, Held, News, Pending, Refused, Update, WorkOrder
from answerable.kernel.ids import new_token
from answerable.kernel.signatures import secret_bytes, signed_headers
from answerable.plumbing import clock
from answerable.plumbing.outward import trusted

BATCH: Final = 25
"""Units: references asked for in one call."""

_TRY_LATER: Final = frozenset({408, 425, 429})
_SERVER_FAULT: Final = 500
_UNAVAILABLE: Final = 503
_CLIENT_FAULT: Final = range(400, 500)
_NOT_THERE: Final = frozenset({404, 405, 501})


class Filed(msgspec.Struct, frozen=True):
    """A work order as their system keeps it; `token` stands for a reference that is still to come."""

    reference: str = ""
    token: str = ""
    key: str = ""
    status: str = ""
    reason: str = ""
    at: datetime | None = None


class FiledList(msgspec.Struct, frozen=True):
    """Work orders, newest last."""

    work_orders: tuple[Filed, ...] = ()


class EventList(msgspec.Struct, frozen=True):
    """Events, oldest first."""

    events: tuple[Event, ...] = ()


class Offered(msgspec.Struct, frozen=True):
    """Something their system takes."""

    code: str


class OfferedList(msgspec.Struct, frozen=True):
    """What their system takes."""

    services: tuple[Offered, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status_code: int
    content: bytes

    @property
    def is_refusal(self) -> bool:
        """Whether they will say the same however often they are asked."""
        return self.status_code in _CLIENT_FAULT and self.status_code not in _TRY_LATER

    def said(self) -> str:
        """Their words for a refusal."""
        try:
            filed = msgspec.json.decode(self.content, type=Filed)
        except msgspec.DecodeError:
            return f"HTTP {self.status_code}"
        return filed.reason or f"HTTP {self.status_code}"


@dataclass(slots=True)
class RestServer:
    """One work-order system that speaks the contract."""

    named: RestConnector
    key: str
    fetch: Fetch
    timeout_seconds: float = READ_SECONDS
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """The connections are kept open between calls."""
        limits = httpx.Timeout(self.timeout_seconds, connect=min(CONNECT_SECONDS, self.timeout_seconds))
        many = httpx.Limits(max_connections=self.named.workers + 4)
        self._http = httpx.Client(timeout=limits, limits=many, follow_redirects=False, verify=trusted())

    # --- there ---

    def deliver(self, order: WorkOrder) -> Delivered | Pending | Refused:
        """Their reference, the token it will come for, or their refusal in their words."""
        theirs = self.named.services.get(order.service_code)
        if theirs is None:
            return Refused(f"'{order.service_code}' is not mapped.")
        body = msgspec.json.encode(_written(order, service=theirs))
        return self._result(self._call("POST", "work-orders", body=body, key=order.key))

    def find(self, order: WorkOrder) -> Delivered | None:
        """The order by its key, where their system does not itself recognise a repeated one."""
        if self.named.idempotent:
            return None
        found = self._listed({"key": order.key})
        return next((Delivered(each.reference) for each in found if each.key == order.key and each.reference), None)

    def settle(self, token: str) -> Delivered | Pending | Refused:
        """The reference that came in the meantime."""
        answer = self._call("GET", f"tokens/{quote(token, safe='')}")
        return Pending(token) if answer.status_code in _NOT_THERE else self._result(answer)

    def tell(self, news: News) -> bool:
        """Whether their system takes news; it has these then."""
        told = {
            "key": news.key, "sequence": news.sequence, "status": news.word, "words": news.words,
            "at": news.at.isoformat(),
        }  # fmt: skip
        path = f"work-orders/{quote(news.reference, safe='')}/messages"
        return not self._call("POST", path, body=msgspec.json.encode(told), key=news.key).is_refusal

    # --- and back ---

    def follow(self, references: Sequence[str], *, since: datetime | None) -> Iterable[Update]:
        """What happened to those since, oldest first."""
        found: list[Event] = []
        for start in range(0, len(references), BATCH):
            asked = {"references": ",".join(references[start : start + BATCH])}
            answer = self._call("GET", "events", {**asked, **({"since": since.isoformat()} if since else {})})
            if answer.is_refusal:
                raise Away(answer.said(), may_have_it=False, status_code=answer.status_code)
            found += [each for each in _read(answer, EventList).events if each.reference in references]
        return [update_of(each, fetch=self.fetch)[0] for each in found]

    def inventory(self, *, since: datetime) -> Iterator[Held]:
        """The work orders of ours that their system keeps, of those filed or changed since."""
        for each in self._listed({"since": since.isoformat()}):
            if each.reference and each.status:
                yield Held(each.reference, each.status, text=each.key, is_ours=True, told_at=each.at)

    def problems(self) -> list[str]:
        """Services of theirs that our mapping names and they do not take."""
        answer = self._call("GET", "services")
        if answer.is_refusal:
            raise Away(answer.said(), may_have_it=False, status_code=answer.status_code)
        offered = {each.code for each in _read(answer, OfferedList).services}
        return [f"{ours}: {theirs}?" for ours, theirs in self.named.services.items() if theirs not in offered]

    # --- calls ---

    def _listed(self, question: Mapping[str, str]) -> tuple[Filed, ...]:
        answer = self._call("GET", "work-orders", question)
        if answer.is_refusal:
            raise Away(answer.said(), may_have_it=False, status_code=answer.status_code)
        listed: FiledList = _read(answer, FiledList)
        return listed.work_orders

    def _result(self, answer: Answer) -> Delivered | Pending | Refused:
        if answer.is_refusal:
            return Refused(answer.said(), status_code=answer.status_code)
        filed = _read(answer, Filed, may_have_it=True)
        if filed.reference:
            return Delivered(filed.reference[:120], status_code=answer.status_code)
        if filed.token:
            return Pending(filed.token[:120], status_code=answer.status_code)
        raise Away("The answer holds neither reference nor token.", may_have_it=True, status_code=answer.status_code)

    def _call(
        self, method: str, path: str, question: Mapping[str, str] | None = None, *, body: bytes = b"", key: str = ""
    ) -> Answer:
        """Their answer.  A question without a body is signed by its path.  Raises: Away."""
        url = f"{self.named.endpoint.rstrip('/')}/{path}" + (f"?{urlencode(question)}" if question else "")
        target = urlsplit(url)
        signed = body or f"{target.path}?{target.query}".rstrip("?").encode()
        headers = {
            "Accept": "application/json", "User-Agent": "Answerable",
            **signed_headers(secret_bytes(self.key), message_id=key or new_token(), at=clock.now(), body=signed),
        }  # fmt: skip
        if body:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        answer = self._sent(self._http.build_request(method, url, content=body, headers=headers), writes=bool(body))
        if answer.status_code >= _SERVER_FAULT or answer.status_code in _TRY_LATER:
            is_later = answer.status_code in _TRY_LATER or answer.status_code == _UNAVAILABLE
            raise Away(
                f"HTTP {answer.status_code}", may_have_it=bool(body) and not is_later, status_code=answer.status_code
            )
        return answer

    def _sent(self, request: httpx.Request, *, writes: bool) -> Answer:
        begun = time.monotonic()
        try:
            with closing(self._http.send(request, stream=True)) as response:
                if response.is_redirect:
                    raise Away("The system sends us elsewhere.", may_have_it=False, status_code=response.status_code)
                content = bytearray()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > LONGEST_ANSWER or time.monotonic() - begun > WHOLE_SECONDS:
                        raise Away("The answer is too long.", may_have_it=writes, status_code=response.status_code)
                return Answer(response.status_code, bytes(content))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Away(type(error).__name__, may_have_it=False) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Away(type(error).__name__, may_have_it=writes) from error


def _read(answer: Answer, kind: type[Any], *, may_have_it: bool = False) -> Any:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Away(
            "The answer cannot be read.", may_have_it=may_have_it, status_code=answer.status_code
        ) from error  # fmt: skip


def _written(order: WorkOrder, *, service: str) -> dict[str, Any]:
    """The order as the contract shows it; what is not known or not passed on is left out."""
    place: dict[str, str | float] = {"address": order.address} if order.address else {}
    if order.point is not None:
        place |= {"lat": order.point.lat, "lon": order.point.lon}
    who = order.requester
    told = {
        "key": order.key, "mark": order.mark, "sequence": order.sequence, "service": service,
        "description": order.description, "answers": dict(order.answers), "place": place,
        "requester": {"name": who.name, "email": who.email, "phone": who.phone} if who else {},
        "photos": [
            {"name": path.name, "base64": base64.b64encode(path.read_bytes()).decode("ascii")} for path in order.photos
        ],
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in ({}, [], "")}
