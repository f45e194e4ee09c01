"""Filing our requests at another GeoReport v2 server, and following what becomes of them.

Source: GeoReport v2 (wiki.open311.org/GeoReport_v2) and its extension `servicerequestupdates`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from urllib.parse import quote

from answerable.catalogue.connectorstructs import Open311Connector
from answerable.connectors.adapters.georeport import READ_SECONDS, Answer, Client, Record, instant_of, text_of
from answerable.connectors.ports import Away, Delivered, Held, News, Pending, Refused, Update, WorkOrder
from answerable.connectors.rules import meaning_of
from answerable.kernel.facts import Json
from answerable.plumbing import clock

CACHE_SECONDS: Final = 3600.0
"""How long services and definitions are believed."""

BATCH: Final = 25
"""Units: references asked for in one call."""

SINGLES: Final = 25
"""Units: references asked for one by one in a round, of those a batch did not tell."""

PAGES: Final = 5
PAGE_SIZE: Final = 200
"""How far a lost filing is looked for."""

WINDOW: Final = timedelta(days=89)
"""How much of the past is listed at once.  Source: GeoReport v2, `start_date`: servers may cap a span at 90 days."""

INVENTORY_PAGES: Final = 500

SLACK: Final = timedelta(hours=1)
"""How far two cities' clocks may differ."""

_LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)
_UNSUPPORTED: Final = frozenset({400, 404, 405, 501})


@dataclass(slots=True)
class Open311Server:
    """One GeoReport v2 server as a place where work goes."""

    named: Open311Connector
    client: Client
    zone: tzinfo
    timeout_seconds: float = READ_SECONDS
    _services: dict[str, Record] = field(default_factory=dict)
    _definitions: dict[str, list[Record]] = field(default_factory=dict)
    _believed_until: float = 0.0
    _tells_updates: bool | None = None

    # --- there ---

    def deliver(self, order: WorkOrder) -> Delivered | Pending | Refused:
        """The server's number for the order, its token, or its refusal in its own words."""
        theirs = self.named.services.get(order.service_code)
        if theirs is None:
            return Refused(f"'{order.service_code}' is not mapped.")
        self._learn()
        service = self._services.get(theirs)
        if service is None:
            return Refused(f"The server offers no service '{theirs}'.")
        fields = [*self.client.signature(), ("service_code", theirs), *self._fields(order, service)]
        answer = self.client.post("requests", fields, key=order.key, photos=order.photos)
        return _result(answer)

    def _fields(self, order: WorkOrder, service: Record) -> Iterator[tuple[str, str]]:
        yield "description", order.description
        if order.point is not None:
            yield "lat", f"{order.point.lat:.6f}"
            yield "long", f"{order.point.lon:.6f}"
        if order.address:
            yield "address_string", order.address
        if order.requester is not None:
            first, _, last = order.requester.name.rpartition(" ")
            given = {"first_name": first or last, "last_name": last if first else "", "email": order.requester.email,
                     "phone": order.requester.phone}  # fmt: skip
            yield from ((name, value) for name, value in given.items() if value)
        yield from self._attributes(order, service)

    def _attributes(self, order: WorkOrder, service: Record) -> Iterator[tuple[str, str]]:
        """Our answers as their attributes: as the pack maps them, else by the same code, in any case of letters."""
        ours = order.service_code
        fixed = self.named.fixed.get(ours, {})
        for code, value in fixed.items():
            yield f"attribute[{code}]", value.replace("{description}", order.description)
        known = {text_of(each, "code").casefold(): each for each in self._definition(service)}
        names = self.named.attributes.get(ours, {})
        for question, answer in order.answers.items():
            theirs = known.get(names.get(question, question).casefold())
            code = text_of(theirs, "code") if theirs else names.get(question, "")
            if not code or code in fixed:
                continue
            values = self.named.values.get(ours, {}).get(question, {})
            said = [_value(values.get(each, each), theirs) for each in _listed(answer)]
            name = f"attribute[{code}][]" if theirs and text_of(theirs, "datatype") == "multivaluelist" else (
                f"attribute[{code}]"
            )  # fmt: skip
            yield from ((name, each) for each in said)

    def settle(self, token: str) -> Delivered | Pending | Refused:
        """The number the server gave in the meantime."""
        answer = self.client.get(f"tokens/{quote(token, safe='')}")
        return Pending(token) if answer.is_refusal else _result(answer)

    def find(self, order: WorkOrder) -> Delivered | None:
        """The filing that carries our mark, among what the server lists since the first try."""
        if self.named.idempotent:
            return None
        since = order.first_tried_at - SLACK
        question = {
            "service_code": self.named.services.get(order.service_code, ""), "start_date": _stamp(since),
            "page_size": str(PAGE_SIZE),
        }  # fmt: skip
        seen: set[str] = set()
        for page in range(1, PAGES + 1):
            answer = self.client.get("requests", {**question, "page": str(page)})
            fresh = [each for each in answer.records if text_of(each, "service_request_id") not in seen]
            for each in fresh:
                if order.mark in text_of(each, "description"):
                    return Delivered(text_of(each, "service_request_id"), status_code=answer.status_code)
            seen |= {text_of(each, "service_request_id") for each in fresh}
            if len(fresh) < PAGE_SIZE:
                break
        return None

    def tell(self, news: News) -> bool:
        """Whether the server takes updates; it has this one then."""
        if self._tells_updates is False:
            return False
        fields = [
            *self.client.signature(), ("service_request_id", news.reference), ("update_id", news.key),
            ("status", news.word.upper()), ("updated_datetime", _stamp(news.at)), ("description", news.words),
        ]  # fmt: skip
        answer = self.client.post("servicerequestupdates", fields, key=news.key)
        return not answer.is_refusal

    # --- and back ---

    def follow(self, references: Sequence[str], *, since: datetime | None) -> Iterable[Update]:
        """How those stand, and what was said of them since, oldest first."""
        wanted = frozenset(references)
        updates = list(self._updates(wanted, since=since))
        found: list[Update] = []
        for start in range(0, len(references), BATCH):
            found += self._batch(references[start : start + BATCH])
        found += updates  # told at the same instant, the standing with its finer words comes first
        return sorted(found, key=lambda each: each.told_at or _LONG_AGO)

    def inventory(self, *, since: datetime) -> Iterator[Held]:
        """What the server lists of the services we send to; ours are those that carry our mark."""
        mapped = ",".join(sorted(set(self.named.services.values())))
        now, start = clock.now(), since - SLACK
        seen: set[str] = set()
        while start < now:
            end = min(start + WINDOW, now)
            for page in range(1, INVENTORY_PAGES + 1):
                question = {
                    "service_code": mapped, "start_date": _stamp(start), "end_date": _stamp(end + SLACK),
                    "page_size": str(PAGE_SIZE), "page": str(page), "extensions": "true",
                }  # fmt: skip
                answer = self.client.get("requests", question)
                if answer.is_refusal:
                    raise Away(answer.said(), may_have_it=False, status_code=answer.status_code)
                fresh = [each for each in answer.records if text_of(each, "service_request_id") not in seen]
                seen |= {text_of(each, "service_request_id") for each in fresh}
                yield from filter(None, map(self._held, fresh))
                if len(fresh) < PAGE_SIZE:
                    break
            start = end

    def _held(self, record: Record) -> Held | None:
        standing = self._standing(record)
        if standing is None:
            return None
        return Held(
            standing.reference, standing.word, text=text_of(record, "description"),
            words=text_of(record, "status_notes"), told_at=standing.told_at, expected_on=standing.expected_on,
        )  # fmt: skip

    def _batch(self, references: Sequence[str]) -> list[Update]:
        """Asked for together, and one by one where the server does not understand that or hides some."""
        question = {"service_request_id": ",".join(references), "extensions": "true"}
        answer = self.client.get("requests", question)
        told = [] if answer.is_refusal else [each for each in map(self._standing, answer.records) if each]
        told = [each for each in told if each.reference in references]
        missing = [each for each in references if each not in {one.reference for one in told}]
        for reference in missing[:SINGLES]:
            single = self.client.get(f"requests/{quote(reference, safe='')}", {"extensions": "true"})
            told += [each for each in map(self._standing, single.records) if each and each.reference == reference]
        return told

    def _standing(self, record: Record) -> Update | None:
        reference, word = text_of(record, "service_request_id"), _word_of(record)
        if not reference or not word:
            return None
        is_said_elsewhere = bool(self._tells_updates) and not _is_closed(record)
        return Update(
            reference=reference,
            word=word,
            words="" if is_said_elsewhere else text_of(record, "status_notes"),
            told_at=instant_of(record, "updated_datetime", zone=self.zone),
            expected_on=self._day(record),
        )

    def _day(self, record: Record) -> date | None:
        """The day work is planned for, else the one it is promised by."""
        further = record.get("extended_attributes")
        planned = instant_of(further, "until", zone=self.zone) if isinstance(further, dict) else None
        expected = planned or instant_of(record, "expected_datetime", zone=self.zone)
        return expected.astimezone(self.zone).date() if expected else None

    def _updates(self, wanted: frozenset[str], *, since: datetime | None) -> Iterator[Update]:
        """What the server's updates say, where it has them; a server without them is not asked again."""
        if self._tells_updates is False:
            return
        question = {"start_date": _stamp(since - SLACK)} if since else {}
        answer = self.client.get("servicerequestupdates", question)
        self._tells_updates = answer.status_code not in _UNSUPPORTED
        for record in answer.records if self._tells_updates else ():
            reference = text_of(record, "service_request_id")
            if reference in wanted:
                yield Update(
                    reference=reference,
                    word=text_of(record, "status"),
                    words=text_of(record, "description"),
                    told_at=instant_of(record, "updated_datetime", zone=self.zone),
                )

    # --- what they offer ---

    def problems(self) -> list[str]:
        """Services and required attributes of theirs that our mapping does not meet."""
        self._believed_until = 0.0
        self._learn()
        found = []
        for ours, theirs in self.named.services.items():
            service = self._services.get(theirs)
            if service is None:
                found.append(f"{ours}: {theirs}?")
                continue
            mapped = {each.casefold() for each in self.named.attributes.get(ours, {}).values()}
            mapped |= {each.casefold() for each in self.named.fixed.get(ours, {})}
            found += [
                f"{ours}: {theirs}, {text_of(each, 'code')}!"
                for each in self._definition(service)
                if text_of(each, "required") == "true" and text_of(each, "variable") != "false"
                and text_of(each, "code").casefold() not in mapped
            ]  # fmt: skip
        return found

    def _learn(self) -> None:
        if time.monotonic() < self._believed_until:
            return
        answer = self.client.get("services")
        if answer.is_refusal:
            raise Away(answer.said(), may_have_it=False, status_code=answer.status_code)
        self._services = {text_of(each, "service_code"): each for each in answer.records}
        self._definitions = {}
        self._tells_updates = None
        self._believed_until = time.monotonic() + CACHE_SECONDS

    def _definition(self, service: Record) -> list[Record]:
        """The attributes of a service that has any."""
        code = text_of(service, "service_code")
        if text_of(service, "metadata").casefold() != "true":
            return []
        if code not in self._definitions:
            answer = self.client.get(f"services/{quote(code, safe='')}")
            self._definitions[code] = [each for record in answer.records for each in _attributes_in(record)]
        return self._definitions[code]


def _attributes_in(record: Record) -> list[Record]:
    listed = record.get("attributes") or []
    if isinstance(listed, dict):
        listed = listed.get("attribute") or []
    listed = listed if isinstance(listed, list) else [listed]
    return [each for each in listed if isinstance(each, dict) and text_of(each, "code")]


def _listed(answer: Json) -> list[str]:
    if isinstance(answer, bool):
        return ["true" if answer else "false"]
    if isinstance(answer, list):
        return [str(each) for each in answer]
    return [] if answer is None or answer == "" else [str(answer)]


def _value(said: str, attribute: Mapping[str, object] | None) -> str:
    """The key of their list for our answer, when one has its key or its name; else the answer as it is."""
    listed = attribute.get("values") if attribute else None
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and said.casefold() in {
            text_of(each, "key").casefold(),
            text_of(each, "name").casefold(),
        }:
            return text_of(each, "key")
    return said


def _word_of(record: Record) -> str:
    """The most telling of the words a server uses for where a request stands.

    What is closed is over, also where the finer word tells of work that somebody has planned.
    """
    plain = text_of(record, "status")
    further = record.get("extended_attributes")
    names = ("outcome", "detailed_status") if _is_closed(record) else ("lifecycle", "detailed_status")
    nested = text_of(further, *names, "extended_status") if isinstance(further, dict) else ""
    finer = nested or text_of(record, "extended_status", "detailed_status") or plain
    is_open = meaning_of(finer, own={}).stage in {"acknowledged", "in_progress", "scheduled"}
    return plain if is_open and _is_closed(record) else finer


def _is_closed(record: Record) -> bool:
    return text_of(record, "status").casefold() == "closed"


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def _result(answer: Answer) -> Delivered | Pending | Refused:
    if answer.is_refusal:
        return Refused(answer.said(), status_code=answer.status_code)
    for record in answer.records:
        if reference := text_of(record, "service_request_id"):
            return Delivered(reference, status_code=answer.status_code)
        if token := text_of(record, "token"):
            return Pending(token, status_code=answer.status_code)
    raise Away("The answer holds neither a number nor a token.", may_have_it=True, status_code=answer.status_code)
