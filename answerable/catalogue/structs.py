"""The words of a city pack: every table of its TOML files as a frozen, strict struct.

An unknown field is refused. The reference for authors is docs/handbook/city-packs.md.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from answerable.catalogue.activities import Activity
from answerable.catalogue.connectorstructs import Connector
from answerable.catalogue.escalation import Escalation
from answerable.catalogue.grammar import (
    Address,
    Code,
    Colour,
    Month,
    MonthDay,
    Natural,
    Positive,
    Priority,
    ServiceCode,
    Strict,
    Text,
    TimeOfDay,
    Weekday,
)

BLURRED: tuple[str, ...] = ("random_500m", "neighbourhood", "postal_prefix", "none")
"""The ways open data may place a private request; the other two would show where it is."""

OUTCOME_CODES: tuple[str, ...] = (
    "completed",
    "temporary_repair",
    "no_problem_found",
    "within_standard",
    "already_programmed",
    "not_city_responsibility",
    "cannot_be_done",
    "enforcement_started",
    "information_given",
    "cancelled_by_requester",
    "no_reply_from_requester",
    "entered_in_error",
)
"""How a request can end; each pack says every one of them in plain words."""

PAUSE_REASONS: tuple[str, ...] = (
    "awaiting_requester",
    "weather",
    "season",
    "permit",
    "parts",
    "locates",
    "other_party",
)
"""Why a promise clock may stand still."""

WEEKDAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Short names of the days, in the order of `date.weekday()`."""


class Centre(Strict, frozen=True, kw_only=True):
    """A WGS 84 position.  Units: degrees."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Bounds(Strict, frozen=True, kw_only=True):
    """The box a map opens with.  Units: degrees."""

    south: float
    west: float
    north: float
    east: float


class ContactWays(Strict, frozen=True, kw_only=True):
    """How to reach the city itself."""

    phone: str
    outside: str = ""
    tty: str = ""
    email: str = ""
    address: Text | None = None
    hours: Text | None = None


class Link(Strict, frozen=True, kw_only=True):
    """A page elsewhere, with its words."""

    text: Text
    url: Address
    code: str = ""


class Attribution(Strict, frozen=True, kw_only=True):
    """Whose open data the pack uses, as its licence asks to be said."""

    text: Text
    url: Address = ""


class Privacy(Strict, frozen=True, kw_only=True):
    """The notice shown where contact details are asked for."""

    authority: Text
    purpose: Text
    contact: Text
    version: str


class PublicationTerms(Strict, frozen=True, kw_only=True):
    """How the city publishes its requests as open data.

    `smallest_group` is k: below so many alike, a protected row is made coarser or left out.  `daily_at` is local time.
    """

    title: Text
    licence: Text
    licence_url: Address
    attribution: Text
    smallest_group: Annotated[int, msgspec.Meta(ge=3, le=1000)] = 5
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 7
    daily_at: TimeOfDay = "03:30"


class AuditTerms(Strict, frozen=True, kw_only=True):
    """How many closures are looked at again: a share of each night's, by department, between a least and a most.

    `drawn_at` is local time.
    """

    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.05
    least: Natural = 2
    most: Positive = 20
    drawn_at: TimeOfDay = "02:15"


class Open311(Strict, frozen=True, kw_only=True):
    """How the city is known to Open311 programs; `jurisdiction_id` is usually its web address without `www`."""

    jurisdiction_id: str = ""
    key_service: Text | None = None
    """How a program gets its key, said in the discovery document."""


class CityFile(Strict, frozen=True, kw_only=True):
    """city.toml: who the city is."""

    id: Code
    name: Text
    short_name: str
    timezone: str
    languages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    default_language: str
    country: str
    subdivision: str
    contact: ContactWays
    emergency: str
    centre: Centre
    bounds: Bounds
    privacy: Privacy
    postal_prefix_pattern: str = ""
    outside_referral: str = ""
    """The referral shown for a place beyond the city's border."""
    open311: Open311 = Open311()
    links: tuple[Link, ...] = ()
    attribution: tuple[Attribution, ...] = ()
    open_data: PublicationTerms | None = None
    """Without it nothing is published."""
    audits: AuditTerms = AuditTerms()
    tell_measured_times: bool = False
    """Whether residents, too, are told how long such requests really take, beside what is promised."""


class Brand(Strict, frozen=True, kw_only=True, rename="kebab"):
    """brand.toml: the twelve variables of the city's look, and its mark."""

    brand: Colour
    brand_strong: Colour
    brand_soft: Colour
    on_brand: Colour
    accent: Colour
    on_accent: Colour
    link: Colour
    focus: Colour
    paper: Colour
    ink: Colour
    radius: str
    font: str
    mark: str


class ExtraHoliday(Strict, frozen=True, kw_only=True):
    """A day off the library does not know: one date, or the same day every year."""

    name: Text
    date: dt.date | None = None
    month_day: MonthDay | None = None


class HolidayRules(Strict, frozen=True, kw_only=True):
    """Which statutory holidays a calendar keeps, by the `holidays` library, and what the city adds or drops.

    Without a country only the `extra` days count.
    """

    country: str = ""
    subdivision: str = ""
    categories: tuple[str, ...] = ("public",)
    extra: tuple[ExtraHoliday, ...] = ()
    excluded: tuple[str, ...] = msgspec.field(default=(), name="except")


class CalendarEntry(Strict, frozen=True, kw_only=True):
    """A business calendar: its working days end at `closes` local time."""

    code: Code
    name: Text
    working_days: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1)]
    holidays: HolidayRules | None = None
    closes: TimeOfDay = "23:59"


class Queue(Strict, frozen=True, kw_only=True):
    """A pile of work inside a department."""

    code: Code
    name: Text


class Department(Strict, frozen=True, kw_only=True):
    """Who does the work."""

    code: Code
    name: Text
    queues: Annotated[tuple[Queue, ...], msgspec.Meta(min_length=1)]
    phone: str = ""
    email: str = ""
    connector: Connector | None = None
    escalation: tuple[Escalation, ...] = ()
    """The ladder, first rung first."""


class AnswerCondition(Strict, frozen=True, kw_only=True):
    """True when the answer to `answer` is one of the values."""

    answer: Code
    values: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="is")


class ShowWhen(Strict, frozen=True, kw_only=True):
    """Ask a question only when an earlier one was answered so."""

    question: Code
    values: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="is")


class Option(Strict, frozen=True, kw_only=True):
    """One answer to choose."""

    code: Code
    label: Text


class Question(Strict, frozen=True, kw_only=True):
    """What the form asks beyond the place and the words."""

    code: Code
    type: Literal["single", "multi", "text", "long_text", "number", "date", "yes_no"]
    label: Text
    hint: Text | None = None
    required: bool = False
    options: tuple[Option, ...] = ()
    show_when: ShowWhen | None = None
    min: float | None = None
    max: float | None = None
    max_length: Positive | None = None
    public: bool = False


class Stop(Strict, frozen=True, kw_only=True):
    """A message that ends or interrupts the form, such as "call 911"; without `when` it is shown at the start."""

    say: Text
    action: Literal["call_911", "call_other", "refer", "continue"]
    when: AnswerCondition | None = None
    refer: str = ""


class PriorityRule(Strict, frozen=True, kw_only=True):
    """The priority a certain answer gives."""

    answer: Code
    priority: Priority
    values: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="is")


class PriorityChoice(Strict, frozen=True, kw_only=True):
    """First matching rule, else the default."""

    default: Priority = "normal"
    when: tuple[PriorityRule, ...] = ()


class Service(Strict, frozen=True, kw_only=True):
    """One thing a resident can ask for."""

    code: ServiceCode
    group: Code
    name: Text
    description: Text
    promise: Code
    what_next: Text
    icon: str = ""
    keywords: dict[str, tuple[str, ...]] = {}
    popular: Natural = 0
    popular_months: tuple[Month, ...] = ()
    visibility: Literal["public", "private", "confidential"] = "public"
    open_data: Literal["exact", "block", "random_500m", "neighbourhood", "postal_prefix", "none"] | None = None
    """How exactly open data says where; unsaid, exact for a public service, neighbourhood for a private one."""
    location: Literal["required", "optional", "none"] = "required"
    precision: tuple[
        Literal["pin", "device", "address", "intersection", "landmark", "street", "postal", "area"], ...
    ] = ()
    photos: bool = True
    anonymous: bool = True
    family: Code = "default"
    stops: tuple[Stop, ...] = ()
    questions: tuple[Question, ...] = msgspec.field(default=(), name="question")
    duplicate_radius_m: Natural = 50
    duplicate_days: Natural = 30
    priority: PriorityChoice = PriorityChoice()
    pause_reasons: tuple[str, ...] = ("awaiting_requester",)
    on_hold_pauses: bool = False
    proof: Literal["none", "photo", "note", "photo_or_note"] = "none"
    """What must come with an ending that claims work was done: a photo, words or an inspection note, or either."""
    dispute_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30
    """Units: days after the end in which the resident may say "not fixed" under the same number."""
    open311: Literal["realtime", "batch", "blackbox"] = "realtime"
    """How programs get the number: at once, by a token once the department has the work, or never."""
    activities: tuple[Activity, ...] = msgspec.field(default=(), name="activity")
    """The parts of its work that are requests of their own."""
    historic: bool = False
    """Kept for requests of the past only: nobody can choose it, no list of services shows it."""

    def question(self, code: str) -> Question | None:
        """The question of that code, if the service asks it."""
        return next((each for each in self.questions if each.code == code), None)

    def priority_given(self, answers: Mapping[str, Any]) -> Priority:
        """The priority the answers give, first rule first."""
        for rule in self.priority.when:
            if set(chosen(answers.get(rule.answer))) & set(rule.values):
                return rule.priority
        return self.priority.default


def chosen(value: Any) -> tuple[str, ...]:
    """What an answer says, as the pack writes it: nothing, one word or several."""
    if value is None or value == "":
        return ()
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    if isinstance(value, bool):
        return ("yes",) if value else ("no",)
    return (str(value),)


class Group(Strict, frozen=True, kw_only=True):
    """A shelf of services on the home page."""

    code: Code
    name: Text
    icon: str
    description: Text | None = None


class TargetCondition(Strict, frozen=True, kw_only=True):
    """When a target applies: an answer, a priority, or both."""

    answer: str = ""
    values: tuple[str, ...] = msgspec.field(default=(), name="is")
    priority: tuple[Priority, ...] = ()


class PromiseTarget(Strict, frozen=True, kw_only=True):
    """By when something is done."""

    kind: Literal["first_action", "completion"]
    amount: Positive
    unit: Literal["hours", "calendar_days", "business_days"]
    calendar: Code
    when: TargetCondition | None = None
    pause_cap_days: Positive | None = None
    at_risk_share: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.8


class Promise(Strict, frozen=True, kw_only=True):
    """A time guarantee in words and targets; the first matching target of a kind counts."""

    code: Code
    text: Text
    targets: Annotated[tuple[PromiseTarget, ...], msgspec.Meta(min_length=1)]
    source: str = ""


class ServiceOutcomeText(Strict, frozen=True, kw_only=True):
    """What an outcome means for one service."""

    service: ServiceCode
    text: Text


class Outcome(Strict, frozen=True, kw_only=True):
    """How a request ended, in words for the resident."""

    code: Code
    name: Text
    text: Text
    services: tuple[ServiceOutcomeText, ...] = msgspec.field(default=(), name="service")


class RouteCondition(Strict, frozen=True, kw_only=True):
    """All that is given must hold; `from`/`to` are local times and may cross midnight."""

    service: tuple[ServiceCode, ...] = ()
    group: tuple[Code, ...] = ()
    area: dict[str, tuple[str, ...]] = {}
    answer: dict[str, tuple[str, ...]] = {}
    from_time: TimeOfDay | None = msgspec.field(default=None, name="from")
    to_time: TimeOfDay | None = msgspec.field(default=None, name="to")
    weekdays: tuple[Weekday, ...] = ()
    priority: tuple[Priority, ...] = ()
    calendar_closed: str = ""


class Route(Strict, frozen=True, kw_only=True):
    """Where a request goes; the first route that holds wins, the last has no `when`."""

    id: Code
    department: Code
    queue: Code
    when: RouteCondition | None = None


class Expectation(Strict, frozen=True, kw_only=True):
    """What a golden case must lead to; `rule` may be left out."""

    department: Code
    queue: Code
    rule: str = ""


class GoldenCase(Strict, frozen=True, kw_only=True):
    """A worked example of routing that must stay true before new routes are published.  Units: `at` is local time."""

    name: str
    service: ServiceCode
    expect: Expectation
    at: dt.datetime
    areas: dict[str, str] = {}
    answers: dict[str, str | tuple[str, ...]] = {}
    priority: Priority = "normal"


class Referral(Strict, frozen=True, kw_only=True):
    """Another door: an emergency line, another government, a utility."""

    code: Code
    name: Text
    text: Text
    phone: str = ""
    url: Address = ""


class AreaSource(Strict, frozen=True, kw_only=True):
    """One version of one kind of area; a `.csv` file holds names without borders."""

    kind: Code
    version: Code
    file: str
    key: str
    name: str
    label: Text
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    is_city_boundary: bool = False
    provenance: str = ""


class Columns(Strict, frozen=True, kw_only=True):
    """Which column of a gazetteer file holds what."""

    label: str = ""
    number: str = ""
    street: str = ""
    street_type: str = ""
    direction: str = ""
    cross_street: str = ""
    postal: str = ""
    area: str = ""
    address: str = ""
    lat: str = ""
    lon: str = ""
    weight: str = ""
    kind: str = ""


class GazetteerSource(Strict, frozen=True, kw_only=True):
    """A list of named places; `area_kind` says what the area column holds."""

    kind: Literal["address", "intersection", "landmark", "street", "postal"]
    file: str
    columns: Columns
    provenance: str
    area_kind: str = ""
    area_version: str = ""
    """The version of the areas that the column's keys belong to; empty when they never changed."""
    keep: dict[str, tuple[str, ...]] = {}
    """Only rows where the column starts with one of the values are read."""
    label: Text | None = None
    """A sentence with `{label}`, when the column alone says too little: `Fire station {label}`."""


LifecycleCode = Literal[
    "received", "triage", "assigned", "scheduled", "in_progress", "awaiting_requester", "on_hold", "referred",
    "resolved", "closed",
]  # fmt: skip
"""Where an imported request stands."""

ChannelCode = Literal["phone", "web", "app", "email", "chat", "social", "sms", "counter", "letter", "staff", "other"]
"""How an imported request had come, in the house's words."""


Words = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
"""What a source says, in its own words."""


class ImportedStatus(Strict, frozen=True, kw_only=True):
    """Which state the source's words mean, and the outcome if they say it; `duplicate` marks double reports."""

    source: Words
    lifecycle: LifecycleCode
    outcome: str = ""
    duplicate: bool = False


class ImportMapping(Strict, frozen=True, kw_only=True):
    """imports/*.toml: what the words of other records mean here; a layout is named in one file only.

    What is listed nowhere is kept as `unmapped_service` (a historic one) with its own name, and counted in the report.
    """

    layouts: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1)]
    unmapped_service: ServiceCode
    unmapped_status: LifecycleCode = "closed"
    statuses: tuple[ImportedStatus, ...] = msgspec.field(default=(), name="status")
    types: dict[ServiceCode, Words] = {}
    """For each service the source's types, by name or code, in any case."""
    outcomes: dict[Code, Words] = {}
    channels: dict[ChannelCode, Words] = {}
    minutes_tens_digit: bool = False
    """The source writes 16:3x as 16:03; mended only in files in which no minute is above 5."""


class Pack(Strict, frozen=True, kw_only=True):
    """A whole city pack, checked; what a catalogue version stores."""

    city: CityFile
    brand: Brand
    calendars: tuple[CalendarEntry, ...]
    departments: tuple[Department, ...]
    groups: tuple[Group, ...]
    services: tuple[Service, ...]
    promises: tuple[Promise, ...]
    outcomes: tuple[Outcome, ...]
    routes: tuple[Route, ...]
    golden: tuple[GoldenCase, ...] = ()
    referrals: tuple[Referral, ...] = ()
    areas: tuple[AreaSource, ...] = ()
    gazetteer: tuple[GazetteerSource, ...] = ()
    words: dict[str, dict[str, str]] = {}
    imports: tuple[ImportMapping, ...] = ()
    file_hashes: dict[str, str] = {}
    """Content hashes of the geometry and gazetteer files, by path in the pack."""
    days_off: dict[str, dict[str, str]] = {}
    """Names of the days each calendar rests, by code and ISO date: pinned, so that a newer library moves no promise."""


def matches_postal(pattern: str, text: str) -> bool:
    """Whether the text is a postal prefix of this city, by its pack's pattern."""
    return bool(pattern) and re.fullmatch(pattern, text, re.IGNORECASE) is not None
