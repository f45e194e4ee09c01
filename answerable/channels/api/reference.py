"""What is said of our own door, to machines (`/api/v1/openapi.json`) and on the developers' page.

Everything that can be read off the declared calls is; here stand only the words and examples of single fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from answerable.catalogue.city import City
from answerable.channels import openapi
from answerable.channels.api.calls import CALLS, HEADERS, PATH_PARTS, REFUSALS, Call
from answerable.channels.api.schemas import Problems
from answerable.channels.api.words import FIELDS
from answerable.channels.openapi import DoorReference, OpenApi, Operation, Parameter, Reply, Sample
from answerable.channels.samples import (
    DESCRIPTION,
    EXAMPLE_KEY,
    EXAMPLE_NUMBER,
    sample_answers,
    sample_place,
    sample_service,
)

VERSION: Final = "1.0.0"
HEADER_EXAMPLES: Final[Mapping[str, str]] = {"X-API-Key": EXAMPLE_KEY, "Idempotency-Key": "mine-2026-000017"}
RETRY: Final[Mapping[str, str]] = {"Retry-After": "Seconds to wait before the next try."}
RETRIED: Final = frozenset({429, 503})


def _operation(call: Call) -> Operation:
    path_parts = (Parameter(name, PATH_PARTS[name], where="path") for name in call.path_parts)
    headers = (Parameter(name, HEADERS[name][0], where="header", required=HEADERS[name][1]) for name in call.headers)
    replies = [Reply(status, _meaning(status), content) for status, content in call.answers.items()]
    refusals = [
        Reply(status, REFUSALS[status], Problems, headers=RETRY if status in RETRIED else {})
        for status in call.all_refusals
    ]
    return Operation(
        method=call.method, path=call.path, name=call.name, summary=call.about, scope=call.scope,
        parameters=(*path_parts, *_query(call), *headers), body=call.body, replies=(*replies, *refusals),
    )  # fmt: skip


def _meaning(status: int) -> str:
    return {200: "Here it is.", 201: "It is made.", 202: "It is taken up.", 204: "It is done; there is no body."}[
        status
    ]


def _query(call: Call) -> list[Parameter]:
    if call.query is None:
        return []
    _, schemas = msgspec.json.schema_components([call.query], ref_template="{name}")
    told = schemas[call.query.__name__]
    return [
        Parameter(
            name, _description(schema), required=name in told["required"],
            schema={word: value for word, value in _sent(schema).items() if word != "description"},
        )
        for name, schema in told["properties"].items()
    ]  # fmt: skip


def _sent(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a value in an address, which is there or not, and never null."""
    if "anyOf" not in schema:
        return schema
    (only,) = [each for each in schema["anyOf"] if each.get("type") != "null"]
    return only  # type: ignore[no-any-return]


def _description(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or _sent(schema).get("description", ""))


DOOR: Final = DoorReference(
    title="Answerable API",
    version=VERSION,
    words=(
        "Our own door, for what Open311 cannot say. Within version 1 calls, parameters and fields are only added:"
        " ignore fields you do not know. A version that breaks this gets another address beside it."
    ),
    operations=tuple(_operation(call) for call in CALLS),
    fields=FIELDS,
    keys={"key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": HEADERS["X-API-Key"][0]}},
)


def samples(city: City) -> dict[str, Sample]:
    """An example of every call, with a service and a place of this city."""
    return {call.name: _sample(call, city=city) for call in CALLS}


def _sample(call: Call, *, city: City) -> Sample:
    needed = [name for name, is_needed in call.all_headers.items() if is_needed]
    headers = {name: HEADER_EXAMPLES[name] for name in needed if name in HEADER_EXAMPLES}
    body = _new_request(city) if call.name == "log_request" else openapi.example_of(DOOR, call.body)
    if body is not None:
        headers["Content-Type"] = openapi.JSON_MEDIA
    parts = {
        "number": EXAMPLE_NUMBER, "code": sample_service(city).code, "webhook": "wh_9c41", "delivery": "msg_2b7f",
    }  # fmt: skip
    path = re.sub(r"{(\w+)}", lambda part: parts.get(part[1], part[0]), call.path)
    first = next((content for content in call.answers.values() if content is not None), None)
    return Sample(path=path, headers=headers, body=body, answer=openapi.example_of(DOOR, first))


def _new_request(city: City) -> dict[str, Any]:
    service = sample_service(city)
    lat, lon = sample_place(city)
    return {
        "service_code": service.code, "description": DESCRIPTION, "lat": lat, "lon": lon,
        "answers": sample_answers(service), "language": city.default_language,
    }  # fmt: skip


def description(city: City, *, base_url: str) -> OpenApi:
    """The description for machines, with this city's address and examples."""
    return openapi.document(DOOR, base_url=base_url, samples=samples(city))
