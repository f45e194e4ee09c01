"""What the words of other records mean in this city: its mapping, its services, and where their requests go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple, TypeVar

from answerable.catalogue.city import City
from answerable.catalogue.structs import ImportMapping, Service
from answerable.channels.imports.errors import NoHistoricService
from answerable.channels.imports.rules import Repair
from answerable.kernel.facts import Json
from answerable.requests.bulk import PastKind
from answerable.requests.rules import OPEN, Lifecycle, Outcome
from answerable.routing.rules import Case, Decision, RuleSet, decide

Meaning = TypeVar("Meaning")

CHANNEL: Final = "import"
"""The channel of imported requests; `import:phone` where the source says how they had come."""

TYPE_QUESTION: Final = "imported_type"
"""The question of a historic service that keeps what the source called the request."""

_OUTCOMES: Final = frozenset(each.value for each in Outcome)
_STATES: Final = frozenset(each.value for each in Lifecycle)
_MOST_KINDS: Final = 20_000
"""Kinds of rows remembered; beyond, they are worked out again."""


class Words(NamedTuple):
    """What a source says of a request, as far as many requests share it; `detail` says more than its status."""

    type_code: str
    type: str
    status: str
    detail: str
    outcome: str
    channel: str
    is_dated: bool


class Place(NamedTuple):
    """Where it is, as far as many requests share it: today's area of each kind, and all that is kept of them."""

    precision: str
    keys: Mapping[str, str]
    area_key: str
    areas: dict[str, Json]


class Understood(NamedTuple):
    """A kind of requests and what had to be mended to know it."""

    kind: PastKind
    repairs: tuple[Repair, ...]


class Meanings:
    """The mapping of one layout in one city; each combination of words and place is worked out once."""

    def __init__(
        self, city: City, *, layout: str, rules: RuleSet, closed_on: Callable[[date], frozenset[str]], open_work: bool
    ) -> None:
        self._city, self._layout, self._rules, self._closed_on = city, layout, rules, closed_on
        self._open_work = open_work
        self.mapping = mapping_of(city, layout=layout)
        self._types = _table((words, code) for code, words in self.mapping.types.items())
        self._statuses = _table((each.source, each) for each in self.mapping.statuses)
        self._outcomes = _table((words, code) for code, words in self.mapping.outcomes.items())
        self._channels = _table((words, str(code)) for code, words in self.mapping.channels.items())
        self._by_clock: dict[tuple[object, ...], PastKind] = {}

    def of(self, words: Words, place: Place, *, opened: datetime) -> tuple[Understood, bool]:
        """What that is here, and whether it is so at any hour; `opened` is local time, for routes that depend on it."""
        service, repairs = self._service(words)
        case = Case(
            service=service.code, group=service.group, areas=place.keys, priority=service.priority.default, at=opened,
            closed=self._closed_on(opened.date()),
        )  # fmt: skip
        kind = self._kind(words, place, service=service, decision=decide(self._rules, case), repairs=repairs)
        known = self._by_clock.setdefault((words, place.precision, str(place.areas), kind.rule), kind)
        if len(self._by_clock) > _MOST_KINDS:
            self._by_clock.clear()
        return Understood(known, tuple(repairs)), not self._depends_on_the_clock(case)

    def _service(self, words: Words) -> tuple[Service, list[Repair]]:
        for said in (words.type_code, words.type):
            code = self._types.get(said.casefold()) if said else None
            if code is None and said and self._city.has_service(said):
                code = said
            if code is not None:
                return self._city.service(code), []
        return self._city.service(self.mapping.unmapped_service), [Repair.TYPE_UNMAPPED]

    def _state(self, words: Words, repairs: list[Repair]) -> tuple[Lifecycle, str]:
        status = self._statuses.get(words.detail.casefold()) or self._statuses.get(words.status.casefold())
        if status is not None:
            if status.duplicate:
                repairs.append(Repair.DOUBLE_REPORT)
            return Lifecycle(status.lifecycle), status.outcome
        if words.status in _STATES:
            return Lifecycle(words.status), ""
        repairs.append(Repair.STATUS_UNMAPPED)
        return Lifecycle.CLOSED if words.is_dated else Lifecycle(self.mapping.unmapped_status), ""

    def _outcome(self, words: Words, said_by_status: str, repairs: list[Repair]) -> str:
        if not words.outcome:
            return said_by_status
        found = self._outcomes.get(words.outcome.casefold())
        if found is None and words.outcome in _OUTCOMES:
            found = words.outcome
        if found is None:
            repairs.append(Repair.OUTCOME_UNMAPPED)
        return found or said_by_status

    def _channel(self, words: Words, repairs: list[Repair]) -> str:
        if not words.channel:
            return CHANNEL
        found = self._channels.get(words.channel.casefold())
        if found is None:
            repairs.append(Repair.CHANNEL_UNMAPPED)
            return CHANNEL
        return f"{CHANNEL}:{found}"

    def _depends_on_the_clock(self, case: Case) -> bool:
        """Whether another hour or day could send the case elsewhere."""
        for candidate in self._rules.candidates(case.service, case.group):
            when = candidate.rule.when
            holds = not when.answers and (not when.priorities or case.priority in when.priorities)
            if not holds or any(case.areas.get(kind) not in wanted for kind, wanted in when.areas.items()):
                continue
            return bool(when.start is not None or when.end is not None or when.weekdays or when.calendar_closed)
        return False

    def _kind(
        self, words: Words, place: Place, *, service: Service, decision: Decision, repairs: list[Repair]
    ) -> PastKind:
        lifecycle, by_status = self._state(words, repairs)
        is_open = lifecycle in OPEN
        outcome = "" if is_open else self._outcome(words, by_status, repairs)
        if is_open and not self._open_work:
            repairs.append(Repair.OPEN_KEPT_APART)
        asks = service.question(TYPE_QUESTION) is not None
        return PastKind(
            catalogue_version=self._city.version_id, service=service.code, group=service.group, family=service.family,
            channel=self._channel(words, repairs), language=self._city.default_language, lifecycle=lifecycle,
            outcome=outcome, in_work=is_open and self._open_work, visibility=service.visibility,
            priority=service.priority.default, department=decision.department, queue=decision.queue,
            rule=decision.rule_id, route=decision.as_json(),
            answers={TYPE_QUESTION: words.type or words.type_code} if asks else {}, precision=place.precision,
            areas=place.areas, area_key=place.area_key, source=self._layout,
        )  # fmt: skip


def mapping_of(city: City, *, layout: str) -> ImportMapping:
    """The city's mapping of the layout, or one that maps nothing.  Raises: NoHistoricService."""
    for mapping in city.pack.imports:
        if layout in mapping.layouts:
            return mapping
    kept = next((each.code for each in city.every_service if each.historic), "")
    if not kept:
        raise NoHistoricService(
            f"The city pack '{city.id}' maps no layout '{layout}' and has no historic service.", field="imports",
            value=layout, remedy="Add imports/<name>.toml and a service with 'historic = true'.",
        )  # fmt: skip
    return ImportMapping(layouts=(layout,), unmapped_service=kept)


def _table(entries: Iterable[tuple[tuple[str, ...], Meaning]]) -> Mapping[str, Meaning]:
    return {word.casefold(): meaning for words, meaning in entries for word in words}
