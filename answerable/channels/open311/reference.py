"""What is said of the Open311 door, to machines (`/open311/v2/openapi.json`) and on the developers' page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from answerable.catalogue.city import City
from answerable.channels import openapi
from answerable.channels.open311 import schemas
from answerable.channels.open311.descriptions import FIELDS
from answerable.channels.openapi import (
    FORM_MEDIA,
    JSON_MEDIA,
    MULTIPART_MEDIA,
    TEXT,
    XML_MEDIA,
    DoorReference,
    OpenApi,
    Operation,
    Parameter,
    Reply,
    Sample,
    Schema,
    Server,
)
from answerable.channels.samples import (
    DESCRIPTION,
    EXAMPLE_KEY,
    EXAMPLE_NUMBER,
    sample_answers,
    sample_place,
    sample_service,
)

VERSION: Final = "2.0.0"
BASE: Final = "/open311/v2"
BOTH: Final = (JSON_MEDIA, XML_MEDIA)
FORMS: Final = (FORM_MEDIA, MULTIPART_MEDIA)
RETRY: Final[Mapping[str, str]] = {"Retry-After": "Seconds to wait before the next try."}

REFUSALS: Final[Mapping[int, str]] = {
    400: "A value is missing or cannot be; one entry for every bad field, beginning with its name.",
    403: "The API key is unknown or lacks the scope.",
    404: "There is nothing of that name, or the jurisdiction is another city's.",
    409: "The idempotency key was used for something else, or the request moved meanwhile.",
    413: "The body, the headers or the address are too large.",
    415: "The body is no form.",
    429: "Too many calls; `Retry-After` says how many seconds to wait.",
    503: "The database is away; `Retry-After` says how many seconds to wait.",
}
"""What each status of a refusal means; the body is always a list of errors."""

READING: Final = (400, 403, 404, 413, 429, 503)
WRITING: Final = (400, 403, 404, 409, 413, 415, 429, 503)


def _number(low: float, high: float) -> Schema:
    return {"type": "number", "minimum": low, "maximum": high}


_FORMAT = Parameter(
    "format", "How the answer is spelled.", where="path", schema={"type": "string", "enum": ["json", "xml"]}
)
_JURISDICTION = Parameter("jurisdiction_id", "This city's id, or nothing; another city's is refused.")
_KEY = Parameter("api_key", "The key the city gave to the program; as header `X-API-Key` too.")
_LANGUAGE = Parameter("locale", "The language of the answer, such as `fr`; `Accept-Language` does the same.")
_EVERYWHERE = (_JURISDICTION, _LANGUAGE, _KEY)
_LAT = Parameter("lat", "Latitude, WGS 84, degrees; with `long`.", schema=_number(-90, 90))
_LONG = Parameter("long", "Longitude, WGS 84, degrees; with `lat`.", schema=_number(-180, 180))
_EXTENSIONS = Parameter(
    "extensions", "With extended status, answers, notes and every picture.", schema={"type": "boolean"}
)
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 1}

_PAGES: Final = (
    Parameter("page", "Which page, from 1.", schema=_COUNT),
    Parameter("page_size", "How many on a page, 1000 at most; `per_page` and `limit` do the same.", schema=_COUNT),
)
_LIST_PARAMETERS: Final = (
    Parameter("service_request_id", "Ids, with commas between; they override every other wish."),
    Parameter("service_code", "Service codes, with commas between."),
    Parameter("status", "`open`, `closed`, or both with a comma between.", schema=TEXT),
    Parameter("start_date", "Logged from then on; alone it begins a span of 90 days.", schema=_INSTANT),
    Parameter("end_date", "Logged before then; alone it ends a span of 90 days.", schema=_INSTANT),
    Parameter("updated_after", "Changed after then.", schema=_INSTANT),
    Parameter("updated_before", "Changed before then.", schema=_INSTANT),
    Parameter("bbox", "In that box: west,south,east,north, degrees."),
    _LAT,
    _LONG,
    Parameter("radius", "Metres around `lat` and `long`; 500 if absent.", schema=_number(0, 100_000)),
    *_PAGES,
    _EXTENSIONS,
    *_EVERYWHERE,
)
_IDEMPOTENCY = Parameter(
    "Idempotency-Key", "A name of your own for this telling: sent twice under it, it is one.", where="header"
)


def _refusals(statuses: Sequence[int]) -> tuple[Reply, ...]:
    return tuple(
        Reply(status, REFUSALS[status], list[schemas.Error], media=BOTH, headers=RETRY if status in {429, 503} else {})
        for status in statuses
    )


def _reading(name: str, path: str, summary: str, *parameters: Parameter, gives: Any, words: str = "") -> Operation:
    return Operation(
        method="GET", path=f"/{path}.{{format}}", name=name, summary=summary, words=words,
        parameters=(_FORMAT, *parameters), replies=(Reply(200, "Here it is.", gives, media=BOTH), *_refusals(READING)),
    )  # fmt: skip


OPERATIONS: Final = (
    _reading(
        "discovery", "discovery", "Where the endpoints are and whose they are.", _LANGUAGE, gives=schemas.Discovery,
        words="Also at /open311/discovery.json and /open311/discovery.xml, above the endpoints.",
    ),
    _reading(
        "services", "services", "Everything that can be reported.", _LAT, _LONG, *_EVERYWHERE,
        gives=list[schemas.Service], words="With `lat` and `long` outside the city the list is empty.",
    ),
    _reading(
        "service", "services/{service_code}", "What a report of a service is asked.",
        Parameter("service_code", "The code of the service.", where="path"), *_EVERYWHERE, gives=schemas.Definition,
    ),
    Operation(
        method="POST", path="/requests.{format}", name="report", summary="Report a problem.", scope="requests:write",
        parameters=(_FORMAT, _IDEMPOTENCY), body=schemas.NewRequest, body_media=FORMS,
        body_styles={"attribute": "deepObject"},
        replies=(
            Reply(200, "It is logged; the same telling sent again gives the same.", list[schemas.Receipt], media=BOTH),
            *_refusals(WRITING),
        ),
        words=(
            "Answers go as `attribute[CODE]`; several of one question as `attribute[CODE][]`, repeated. Pictures go as"
            " files named `media` or `photo1` and on, as `media_url`, or as data: URIs. At the test endpoint everything"
            " is checked and nothing reaches the city."
        ),
    ),
    _reading(
        "requests", "requests", "A page of requests, latest first.", *_LIST_PARAMETERS, gives=list[schemas.Request],
        words="Without dates the last 90 days. Confidential and private requests are not among them.",
    ),
    _reading(
        "request", "requests/{service_request_id}", "One request.",
        Parameter("service_request_id", "The number of the request: 26-0184213-7.", where="path"), _EXTENSIONS,
        *_EVERYWHERE, gives=list[schemas.Request],
    ),
    _reading(
        "token", "tokens/{token}", "The id that belongs to a token.",
        Parameter("token", "What the report got instead of an id.", where="path"), *_EVERYWHERE,
        gives=list[schemas.TokenAnswer],
    ),
    _reading(
        "updates", "servicerequestupdates", "What happened to requests, oldest first.",
        Parameter("service_request_id", "Ids, with commas between; of every public request if absent."),
        Parameter("start_date", "Recorded from then on; a day ago if both dates are absent.", schema=_INSTANT),
        Parameter("end_date", "Recorded before then.", schema=_INSTANT), *_PAGES, *_EVERYWHERE,
        gives=list[schemas.Update],
    ),
    Operation(
        method="POST", path="/servicerequestupdates.{format}", name="update", summary="Say what is new of a request.",
        scope="requests:write or updates:write", parameters=(_FORMAT, _IDEMPOTENCY), body=schemas.NewUpdate,
        body_media=FORMS, body_styles={"attribute": "deepObject"},
        replies=(
            Reply(200, "It is taken; the same sent again is the same.", list[schemas.UpdateReceipt], media=BOTH),
            *_refusals(WRITING),
        ),
        words=(
            "A department's program, by its key's profile, moves its own requests; the program that reported a request"
            " speaks for who reported it; any other adds a note for the city."
        ),
    ),
    Operation(
        method="GET", path="/openapi.json", name="openapi", summary="This door described for machines.",
        replies=(Reply(200, "Here it is.", OpenApi), *_refusals(READING)),
    ),
)  # fmt: skip

DOOR: Final = DoorReference(
    title="Open311 GeoReport v2",
    version=VERSION,
    words=(
        "The field's standard, in XML and JSON: what any Open311 client can report to and read from. XML has the same"
        " fields under the standard's elements, with an empty element for null."
    ),
    operations=OPERATIONS,
    fields=FIELDS,
    keys={
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The key the city gave."},
    },
    servers=(Server(BASE, "production"), Server("/open311/test/v2", "test: checks everything, sends nothing on")),
)


def samples(city: City) -> dict[str, Sample]:
    """An example of every call, with a service and a place of this city."""
    service = sample_service(city)
    paths = {
        "discovery": "discovery.json", "services": "services.json", "service": f"services/{service.code}.json",
        "report": "requests.json", "requests": "requests.json?status=open&page_size=10",
        "request": f"requests/{EXAMPLE_NUMBER}.json", "token": "tokens/a3f19c.json",
        "updates": "servicerequestupdates.json", "update": "servicerequestupdates.json", "openapi": "openapi.json",
    }  # fmt: skip
    news = {
        "api_key": EXAMPLE_KEY, "service_request_id": EXAMPLE_NUMBER, "status": "in_progress",
        "description": "A crew is on its way.",
    }  # fmt: skip
    bodies = {"report": _report(city), "update": news}
    return {
        operation.name: Sample(
            path=f"{BASE}/{paths[operation.name]}",
            body=bodies.get(operation.name),
            answer=openapi.example_of(DOOR, operation.replies[0].content),
        )
        for operation in OPERATIONS
    }


def _report(city: City) -> dict[str, Any]:
    service = sample_service(city)
    lat, long = sample_place(city)
    told: dict[str, Any] = {
        "api_key": EXAMPLE_KEY, "service_code": service.code, "lat": lat, "long": long, "description": DESCRIPTION,
    }  # fmt: skip
    for code, value in sample_answers(service).items():
        told[f"attribute[{code}][]" if isinstance(value, list) else f"attribute[{code}]"] = value
    return told


def description(city: City, *, base_url: str) -> OpenApi:
    """The description for machines, with this city's address and examples."""
    return openapi.document(DOOR, base_url=base_url, samples=samples(city))
