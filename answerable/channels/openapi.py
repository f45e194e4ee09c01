"""OpenAPI 3.1 descriptions of the doors for programs, made from the very structs that the doors decode and encode.

A door's `reference.py` declares its `Operation`s; `document` makes the description machines read, and the developers'
page (`answerable/web/portal/developers.py`) shows the same to people.  Source: OpenAPI Specification 3.1.1.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

JSON_MEDIA = "application/json"
XML_MEDIA = "text/xml"
FORM_MEDIA = "application/x-www-form-urlencoded"
MULTIPART_MEDIA = "multipart/form-data"

Schema = Mapping[str, Any]

_REF = "#/components/schemas/{name}"
TEXT: Schema = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value an address or a header carries."""

    name: str
    words: str
    where: Literal["path", "query", "header"] = "query"
    schema: Schema = field(default_factory=lambda: TEXT)
    required: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One status the call may answer with, and what it carries then: a struct, or a list of it."""

    status: int
    words: str
    content: Any = None
    media: tuple[str, ...] = (JSON_MEDIA,)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One call that works as it stands, and what comes back."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a door."""

    method: str
    path: str
    name: str
    summary: str
    replies: tuple[Reply, ...]
    words: str = ""
    scope: str | None = None
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    body_media: tuple[str, ...] = (JSON_MEDIA,)
    body_styles: Mapping[str, str] = field(default_factory=dict)
    """How a table inside a form is written: the name of its field and OpenAPI's word for the style."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the paths of a door begin, below the city's address."""

    path: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """What a field means, and a value it may have."""

    words: str
    example: Any = None


@dataclass(frozen=True, slots=True)
class DoorReference:
    """Everything there is to say about one door."""

    title: str
    version: str
    words: str
    operations: tuple[Operation, ...]
    fields: Mapping[str, Field]
    """Every field by its name, or by `Struct.field` where one name has two meanings."""

    keys: Mapping[str, Schema]
    """The security schemes: how a key is sent."""

    servers: tuple[Server, ...] = (Server(),)


class OpenApi(msgspec.Struct):
    """A description of the door for machines.  Source: OpenAPI Specification 3.1.1."""

    openapi: Annotated[str, msgspec.Meta(description="The version of OpenAPI.")]
    info: Annotated[dict[str, Any], msgspec.Meta(description="Title and version.")]
    servers: Annotated[list[dict[str, Any]], msgspec.Meta(description="Where the door is.")]
    paths: Annotated[dict[str, dict[str, Any]], msgspec.Meta(description="Every call, by address.")]
    components: Annotated[dict[str, dict[str, Any]], msgspec.Meta(description="What the paths refer to.")]


def document(door: DoorReference, *, base_url: str, samples: Mapping[str, Sample]) -> OpenApi:
    """The description of the door as served by this city."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in door.operations:
        told = _operation(operation, door=door, sample=samples.get(operation.name))
        paths.setdefault(operation.path, {})[operation.method.lower()] = told
    licence = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    info = {"title": door.title, "version": door.version, "description": door.words, "license": licence}
    keys = {name: dict(way) for name, way in door.keys.items()}
    return OpenApi(
        openapi="3.1.0", info=info, servers=[_server(each, base_url=base_url) for each in door.servers], paths=paths,
        components={"schemas": components(door), "securitySchemes": keys},
    )  # fmt: skip


def _server(server: Server, *, base_url: str) -> dict[str, Any]:
    told = {"url": base_url + server.path}
    return told | {"description": server.words} if server.words else told


def components(door: DoorReference) -> dict[str, Any]:
    """The schema of every struct the door reads or sends, with a description of each field."""
    kinds = _kinds(door)
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_REF)
    for struct in structs_of(kinds):
        properties = schemas[struct.__name__]["properties"]
        for each in msgspec.structs.fields(struct):
            told = properties[each.encode_name]
            _mark(told, each.type)
            known = field_of(door, struct, each.encode_name)
            if known is not None and "description" not in told:
                told["description"] = known.words
    return schemas


def field_of(door: DoorReference, struct: type[msgspec.Struct], name: str) -> Field | None:
    """What is said of the field, if anything is."""
    return door.fields.get(f"{struct.__name__}.{name}") or door.fields.get(name)


def example_of(door: DoorReference, kind: Any) -> Any:
    """A value of that type, every field with its example."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {each.encode_name: _example_in(door, kind, each) for each in msgspec.structs.fields(kind)}
    parts = typing.get_args(kind)
    if typing.get_origin(kind) is list:
        return [example_of(door, parts[0])]
    return example_of(door, parts[0]) if parts else None


def _example_in(door: DoorReference, struct: type[msgspec.Struct], each: msgspec.structs.FieldInfo) -> Any:
    known = field_of(door, struct, each.encode_name)
    if known is not None and known.example is not None:
        return known.example
    return example_of(door, each.type) if structs_of([each.type]) else None


def structs_of(kinds: Iterable[Any]) -> list[type[msgspec.Struct]]:
    """Every struct inside those types, each once."""
    found: list[type[msgspec.Struct]] = []
    ahead = list(kinds)
    while ahead:
        kind = ahead.pop(0)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind not in found:
                found.append(kind)
                ahead += [each.type for each in msgspec.structs.fields(kind)]
        else:
            ahead += typing.get_args(kind)
    return found


def all_structs(door: DoorReference) -> list[type[msgspec.Struct]]:
    """Every struct the door reads or sends."""
    return structs_of(_kinds(door))


def _kinds(door: DoorReference) -> list[Any]:
    bodies = [each.body for each in door.operations if each.body is not None]
    return [
        *bodies,
        *(reply.content for each in door.operations for reply in each.replies if reply.content is not None),
    ]


def _operation(operation: Operation, *, door: DoorReference, sample: Sample | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [_parameter(each) for each in operation.parameters],
        "responses": {str(each.status): _reply(each, sample=sample) for each in operation.replies},
    }
    if operation.words:
        told["description"] = operation.words
    told["security"] = [*([{}] if operation.scope is None else []), *({name: []} for name in door.keys)]
    if operation.scope is not None:
        told["x-scope"] = operation.scope
    if operation.body is not None:
        content: dict[str, Any] = {"schema": schema_of(operation.body)}
        if sample is not None and sample.body is not None:
            content["example"] = sample.body
        if operation.body_styles:
            content["encoding"] = {
                name: {"style": style, "explode": True} for name, style in operation.body_styles.items()
            }
        told["requestBody"] = {"required": True, "content": dict.fromkeys(operation.body_media, content)}
    return told


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.words,
        "required": parameter.required or parameter.where == "path",
        "schema": dict(parameter.schema),
    }


def _reply(reply: Reply, *, sample: Sample | None) -> dict[str, Any]:
    told: dict[str, Any] = {"description": reply.words}
    if reply.headers:
        told["headers"] = {
            name: {"description": words, "schema": {"type": "string"}} for name, words in reply.headers.items()
        }
    if reply.content is None:
        return told
    told["content"] = {media: _content(media, reply.content) for media in reply.media}
    is_success = 200 <= reply.status < 300  # noqa: PLR2004 what HTTP calls a success
    if is_success and JSON_MEDIA in told["content"] and sample is not None and sample.answer is not None:
        told["content"][JSON_MEDIA]["example"] = sample.answer
    return told


def _content(media: str, kind: Any) -> dict[str, Any]:
    """The schema of an answer; of XML only that it is XML, because the schema draws the JSON."""
    return {} if media == XML_MEDIA else {"schema": schema_of(kind)}


def schema_of(kind: Any) -> dict[str, Any]:
    """A reference to the struct's schema, or a list of such."""
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return schema


def _mark(schema: dict[str, Any], kind: Any) -> None:
    """Instants and files are said to be such."""
    kinds = {kind, *typing.get_args(kind)}
    for each in [schema, *schema.get("anyOf", ())]:
        if datetime in kinds and each.get("type") == "string":
            each["format"] = "date-time"
        if each.pop("contentEncoding", None):
            each["format"] = "binary"


def curl(sample: Sample, *, method: str, base_url: str) -> str:
    """The sample as a command that can be pasted."""
    words = [f"curl -s '{_quoted(base_url + sample.path)}'"]
    words += [f"-H '{name}: {value}'" for name, value in sample.headers.items()]
    if isinstance(sample.body, Mapping) and sample.headers.get("Content-Type") == JSON_MEDIA:
        words.append(f"-d '{_quoted(msgspec.json.encode(sample.body).decode())}'")
    elif isinstance(sample.body, Mapping):
        words += [f"--data-urlencode '{_quoted(f'{name}={value}')}'" for name, value in _pairs(sample.body)]
    elif method not in {"GET", "POST"} or (method == "POST" and sample.body is None):
        words.insert(1, f"-X {method}")
    return " \\\n  ".join(words)


def _pairs(body: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [(name, each) for name, value in body.items() for each in (value if isinstance(value, list) else [value])]


def _quoted(words: str) -> str:
    return words.replace("'", "'\\''")
