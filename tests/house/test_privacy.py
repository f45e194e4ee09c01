"""Every column that can hold words says what it keeps about people."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.db import connection, models

from answerable.plumbing.privacy import Content, Declared
from tests.house.tree import listed, module_name, product_files

WORDY = (models.CharField, models.TextField, models.JSONField, models.EmailField)


def rooms_models() -> list[type[models.Model]]:
    """The tables of the product's own rooms."""
    return [model for model in apps.get_models() if model.__module__.startswith("answerable.")]


def room_of(model: type[models.Model]) -> str:
    """The dotted name of the room that owns the table."""
    return model.__module__.rpartition(".")[0]


def declared() -> dict[str, dict[str, Declared]]:
    """What each room's privacy.py declares, by room."""
    return {
        module_name(path).rpartition(".")[0]: getattr(importlib.import_module(module_name(path)), "COLUMNS", {})
        for path in product_files("privacy.py")
    }


def wordy_columns(model: type[models.Model]) -> list[str]:
    """`Model.field` for each column of the table that can hold words."""
    return [f"{model.__name__}.{field.name}" for field in model._meta.concrete_fields if isinstance(field, WORDY)]


def test_every_text_column_is_declared() -> None:
    missing = [
        f"{room_of(model)}: {column}"
        for model in rooms_models()
        for column in wordy_columns(model)
        if column not in declared().get(room_of(model), {})
    ]

    assert not missing, listed(
        missing,
        remedy="Say in the room's privacy.py: COLUMNS what these columns keep about people, or PLAIN for codes:",
    )


def test_no_declaration_is_stale() -> None:
    present = {f"{room_of(model)}: {column}" for model in rooms_models() for column in wordy_columns(model)}
    present |= {f"{room_of(model)}: {model._meta.db_table}" for model in rooms_models()}

    stale = [
        f"{room}: {column}"
        for room, columns in declared().items()
        for column in columns
        if f"{room}: {column}" not in present and not column.startswith(f"{room.rpartition('.')[2]}_")
    ]

    assert not stale, listed(stale, remedy="There is no such column (any more); take it out of privacy.py:")


def test_what_holds_persons_says_why_it_is_kept() -> None:
    faults = [
        f"{room}: {column}"
        for room, columns in declared().items()
        for column, declaration in columns.items()
        if declaration.content is not Content.NONE and not declaration.purpose
    ]

    assert not faults, listed(faults, remedy="Give the purpose in plain words; a resident may ask for it:")


UNMODELLED: dict[str, str] = {
    "journal_fact": "ids and codes only: kernel.facts.plain refuses anything else, and facts hold no free text",
    "journal_head": "subjects such as `request:17`, and hashes",
    "journal_cursor": "names of followers",
}
"""Tables without a Django model, and why their text needs no erasing."""


@pytest.mark.django_db
def test_every_table_is_known_to_privacy() -> None:
    modelled = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.table_name FROM information_schema.columns c"
            " JOIN pg_class t ON t.relname = c.table_name AND NOT t.relispartition"
            " WHERE c.table_schema = current_schema() AND c.data_type IN ('text', 'jsonb', 'character varying', 'json')"
        )
        tables = {name for (name,) in cursor.fetchall()}

    by_hand = {column.partition(".")[0] for columns in declared().values() for column in columns}
    unknown = sorted(
        name for name in tables - modelled - set(UNMODELLED) - by_hand if not name.startswith(("django_", "pg_stat"))
    )
    assert not unknown, listed(
        unknown,
        remedy="These tables have text columns and no model: declare `<table>.<column>` in their room's privacy.py, or"
        " list the table with its reason in tests/house/test_privacy.py.",
    )
