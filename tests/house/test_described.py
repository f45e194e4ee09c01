"""Doors for programs are described whole: nothing goes in or out of which the description is silent."""

from __future__ import annotations

import msgspec
import pytest

from answerable.channels import openapi
from answerable.channels.open311 import reference as open311
from answerable.channels.open311.app import CALLS
from answerable.web.portal import developers
from answerable.web.portal.developers import Door, doors
from tests.house.tree import listed


def _door_names() -> list[str]:
    return [door.name for door in doors()]


def _door(name: str) -> Door:
    return next(each for each in doors() if each.name == name)


@pytest.mark.parametrize("name", _door_names())
def test_every_field_that_goes_in_or_out_says_what_it_means(name: str) -> None:
    door = _door(name).reference
    schemas = openapi.components(door)

    silent = [
        f"{struct.__name__}.{field.encode_name}"
        for struct in openapi.all_structs(door)
        for field in msgspec.structs.fields(struct)
        if not schemas[struct.__name__]["properties"][field.encode_name].get("description")
    ]
    assert not silent, listed(silent, remedy="Say in FIELDS of the door's reference.py what these mean:")


@pytest.mark.parametrize("name", _door_names())
def test_every_parameter_and_answer_says_what_it_means(name: str) -> None:
    door = _door(name).reference

    silent = [
        f"{operation.name}: {what}"
        for operation in door.operations
        for what, words in [
            *((each.name, each.words) for each in operation.parameters),
            *((str(each.status), each.words) for each in operation.replies),
        ]
        if not words
    ]
    assert not silent, listed(silent, remedy="Describe these where the call is declared:")


@pytest.mark.parametrize("name", _door_names())
def test_words_are_kept_only_for_fields_there_are(name: str) -> None:
    door = _door(name).reference
    there = {
        spelled
        for struct in openapi.all_structs(door)
        for field in msgspec.structs.fields(struct)
        for spelled in (field.encode_name, f"{struct.__name__}.{field.encode_name}")
    }

    assert not (gone := sorted(set(door.fields) - there)), listed(gone, remedy="No struct has these any more:")


def test_every_call_is_told_on_the_developers_page_in_every_language() -> None:
    summaries = {operation.summary for door in doors() for operation in door.reference.operations}

    new, gone = sorted(summaries - set(developers.SUMMARIES)), sorted(set(developers.SUMMARIES) - summaries)
    assert not new, listed(new, remedy="Add these to SUMMARIES of web/portal/developers.py, and their French:")
    assert not gone, listed(gone, remedy="No call says this any more; take it out of SUMMARIES:")


def test_every_call_of_the_open311_door_is_described() -> None:
    described = {
        (each.method, each.path.removeprefix("/").removesuffix(".{format}").removesuffix(".json"), each.scope)
        for each in open311.OPERATIONS
    }

    assert described == set(CALLS)
