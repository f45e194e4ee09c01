"""The declared calls of the JSON door agree with themselves and with the rooms behind it."""

from __future__ import annotations

import typing
from collections import Counter

import msgspec
import pytest

from answerable.channels import disclosure
from answerable.channels.api import schemas
from answerable.channels.api.app import Api
from answerable.channels.api.calls import CALLS, HEADERS, PATH_PARTS, REFUSALS, Call
from answerable.channels.api.subscribing import SUBSCRIBING
from answerable.requests.queries import SORTS
from answerable.requests.rules import Lifecycle
from answerable.staff.rules import Scope
from answerable.web.components.facts import FACTS, reason_words


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_every_call_is_answered_by_the_method_of_its_name(call: Call) -> None:
    assert (call.name in SUBSCRIBING) != callable(getattr(Api, f"_{call.name}", None))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_every_call_says_all_that_goes_in_and_out(call: Call) -> None:
    assert call.scope is None or call.scope in set(Scope)
    assert set(call.path_parts) <= set(PATH_PARTS)
    assert set(call.all_headers) <= set(HEADERS)
    assert set(call.all_refusals) <= set(REFUSALS)
    assert call.about.endswith(".")
    assert all(200 <= status < 300 for status in call.answers)


def test_names_and_addresses_are_given_once() -> None:
    names = Counter(call.name for call in CALLS)
    addresses = Counter((call.method, call.path) for call in CALLS)

    assert {*names.values(), *addresses.values()} == {1}


def test_every_struct_can_be_described() -> None:
    structs = {each for call in CALLS for each in (call.query, call.body, *call.answers.values()) if each}

    _, described = msgspec.json.schema_components(structs)

    assert {each.__name__ for each in structs} <= set(described)


def test_words_written_out_are_those_of_the_rooms() -> None:
    states, sorts = (typing.get_args(typing.get_args(kind)[0]) for kind in (schemas.State, schemas.Sort))

    assert set(states) == {"open", "ended", "all", *Lifecycle}
    assert set(sorts) == set(SORTS)


def test_what_leaves_the_house_is_told_on_its_pages_too() -> None:
    assert disclosure.KEPT_INSIDE.isdisjoint(disclosure.PUBLIC_FIELDS)
    assert set(disclosure.PUBLIC_FIELDS) | disclosure.KEPT_INSIDE == {
        kind for kind in FACTS if kind.startswith(("request.", "promise."))
    }


def test_reasons_that_leave_as_codes_are_those_that_have_words() -> None:
    assert all(reason_words(reason) for reason in disclosure.REASONS)
    assert not reason_words("smith_is_ill")
