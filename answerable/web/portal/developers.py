"""For people who write programs: every call of every door, read off the same declarations the doors answer by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels import openapi
from answerable.channels.api import calls as api_calls
from answerable.channels.api import reference as api
from answerable.channels.open311 import reference as open311
from answerable.channels.openapi import DoorReference, Operation, Parameter, Reply, Sample, Schema

SUMMARIES: Final = (
    gettext_noop("Where the endpoints are and whose they are."),
    gettext_noop("Everything that can be reported."),
    gettext_noop("What a report of a service is asked."),
    gettext_noop("Report a problem."),
    gettext_noop("A page of requests, latest first."),
    gettext_noop("One request."),
    gettext_noop("The id that belongs to a token."),
    gettext_noop("What happened to requests, oldest first."),
    gettext_noop("Say what is new of a request."),
    gettext_noop("What the door offers, and whose it is."),
    gettext_noop("This door described for machines."),
    gettext_noop("Log a request; 200 instead of 201 when the telling was known."),
    gettext_noop("A public request; private ones and those that never were look alike."),
    gettext_noop("A page of the public list."),
    gettext_noop("What happened to a public request, in words and in codes."),
    gettext_noop("What was promised for a public request: both targets, clock, pauses and ledger."),
    gettext_noop("The three proofs of a public request, proved or not, and its hand-offs to departments."),
    gettext_noop("Everything that can be asked for."),
    gettext_noop("One service: its questions, its promise, when to stop."),
    gettext_noop("The areas in force today, as lists can be narrowed to them."),
    gettext_noop("A page of the office's list, without confidential requests."),
    gettext_noop("The program's subscriptions to news."),
    gettext_noop("Have news sent to an address; the secret is shown this once."),
    gettext_noop("One subscription."),
    gettext_noop("End a subscription for good."),
    gettext_noop("Send nothing for now; news gathers."),
    gettext_noop("Send what has gathered, and what comes."),
    gettext_noop("A new secret; the old one signs, too, for a day."),
    gettext_noop("Try the way with a message that says nothing."),
    gettext_noop("What was sent to a subscription, newest first."),
    gettext_noop("One message and every try to bring it."),
    gettext_noop("Send a message again, under its own id."),
    gettext_noop("Send every message again that was given up."),
)
"""What each call does, as the doors declare it: here so that it is translated.  A test compares."""

_REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field holds, in words; `links` are the tables it holds."""

    words: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One field or parameter."""

    name: str
    shape: Shape
    is_required: bool
    about: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table that goes in or out."""

    name: str
    about: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class CallCard:
    """One call, ready to show."""

    operation: Operation
    summary: str
    lines: tuple[Line, ...]
    body: Shape | None
    gives: tuple[tuple[Reply, Shape | None], ...]
    refuses: tuple[Reply, ...]
    curl: str
    answer: str


@dataclass(frozen=True, slots=True)
class Door:
    """One door with its page: `name` is the end of its address."""

    name: str
    title: str
    about: str
    reference: DoorReference
    document: str
    samples: Callable[[City], Mapping[str, Sample]]
    base: str = ""
    """What comes before the paths of its calls."""


def doors() -> tuple[Door, ...]:
    """Every door there is."""
    return (
        Door(
            "open311", _("Open311 GeoReport v2"), _("The field's standard, in XML and JSON."), open311.DOOR,
            f"{open311.BASE}/openapi.json", open311.samples, base=open311.BASE,
        ),
        Door(
            "api", _("Our own API"), _("JSON, for what Open311 cannot say."), api.DOOR,
            f"{api_calls.BASE}/openapi.json", api.samples,
        ),
    )  # fmt: skip


@require_GET
def developers(request: HttpRequest) -> HttpResponse:
    """Which doors there are, how to get a key, and what holds for all of them."""
    return render(request, "portal/developers.html", {"doors": doors()})


@require_GET
def door(request: HttpRequest, name: str) -> HttpResponse:
    """Every call of one door with its fields, an example, and how it refuses."""
    found = next((each for each in doors() if each.name == name), None)
    if found is None:
        raise Http404
    samples, here = found.samples(catalogue.active()), request.build_absolute_uri("/").rstrip("/")
    cards = [_card(each, sample=samples[each.name], base_url=here) for each in found.reference.operations]
    context = {"door": found, "cards": cards, "tables_of_door": _tables(found.reference)}
    return render(request, "portal/developers_door.html", context)


def _card(operation: Operation, *, sample: Sample, base_url: str) -> CallCard:
    good = [each for each in operation.replies if each.status < 300]  # noqa: PLR2004 what HTTP calls a success
    return CallCard(
        operation=operation,
        summary=_(operation.summary),
        lines=tuple(_parameter(each) for each in operation.parameters),
        body=shape(openapi.schema_of(operation.body)) if operation.body is not None else None,
        gives=tuple((each, shape(openapi.schema_of(each.content)) if each.content else None) for each in good),
        refuses=tuple(each for each in operation.replies if each not in good),
        curl=openapi.curl(sample, method=operation.method, base_url=base_url),
        answer=_pretty(sample.answer),
    )


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode() if value is not None else ""


def _parameter(parameter: Parameter) -> Line:
    wheres = {"path": _("in the address"), "query": _("after the question mark"), "header": _("as a header")}
    return Line(
        name=parameter.name,
        shape=shape(parameter.schema),
        is_required=parameter.required or parameter.where == "path",
        about=parameter.words,
        where=wheres[parameter.where],
    )


def _tables(door: DoorReference) -> list[Table]:
    return [
        Table(
            name=name,
            about=schema.get("description", ""),
            lines=tuple(
                Line(field, shape(told), is_required=field in schema["required"], about=told.get("description", ""))
                for field, told in schema["properties"].items()
            ),
        )
        for name, schema in openapi.components(door).items()
    ]


def shape(schema: Schema) -> Shape:
    """What a value of that schema is, in words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        return Shape(name, (name,))
    if "anyOf" in schema:
        parts = [shape(each) for each in schema["anyOf"]]
        return Shape(_(" or ").join(each.words for each in parts), tuple(link for each in parts for link in each.links))
    if schema.get("type") == "array":
        inner = shape(schema.get("items", {}))
        return Shape(_("list: %(of)s") % {"of": inner.words}, inner.links)
    if "enum" in schema:
        return Shape(_("one of %(choices)s") % {"choices": ", ".join(map(str, schema["enum"]))})
    return Shape(_plain(schema) + _limits(schema))


def _plain(schema: Schema) -> str:
    if schema.get("format") == "date-time":
        return _("date and time")
    words = {
        "string": _("words"), "integer": _("whole number"), "number": _("number"), "boolean": _("true or false"),
        "null": "null", "object": _("table"),
    }  # fmt: skip
    return words.get(schema.get("type", ""), _("anything"))


def _limits(schema: Schema) -> str:
    values: Mapping[str, Any] = {"low": schema.get("minimum"), "high": schema.get("maximum")}
    if schema.get("maxLength"):
        return ", " + _("up to %(count)s characters") % {"count": schema["maxLength"]}
    if None not in values.values():
        return ", " + _("from %(low)s to %(high)s") % values
    return ""
