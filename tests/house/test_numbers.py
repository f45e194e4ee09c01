"""The number a database gives and the number the code reads are one."""

from __future__ import annotations

import random

import pytest
from django.db import connection

from answerable.kernel.ids import DAMM_TABLE, check_digit, read_number
from tests.house.tree import PRODUCT

SAMPLE = 20_000


@pytest.mark.django_db
def test_the_database_computes_the_check_digit_of_the_code() -> None:
    random.seed(311)
    bodies = [f"{random.randrange(100):02d}{random.randrange(10**7):07d}" for _ in range(SAMPLE)]

    with connection.cursor() as cursor:
        cursor.execute("SELECT body, requests_check_digit(body) FROM unnest(%s::text[]) AS given (body)", [bodies])
        computed = cursor.fetchall()

    differing = [(body, digit, check_digit(body)) for body, digit in computed if digit != check_digit(body)]
    assert not differing, f"requests_check_digit and kernel.ids.check_digit disagree: {differing[:5]}"


@pytest.mark.django_db
def test_every_number_the_database_gives_can_be_read_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT requests_next_number(2000 + n) FROM generate_series(0, 99) AS n")
        given = [number for (number,) in cursor.fetchall()]

    assert [str(read_number(number)) for number in given] == given
    assert len(set(given)) == len(given)


def test_the_damm_table_is_written_once_in_sql() -> None:
    written = [
        path.relative_to(PRODUCT).as_posix()
        for path in PRODUCT.rglob("*.sql")
        if DAMM_TABLE[0] in path.read_text(encoding="utf-8")
    ]

    assert len(written) == 1, f"Keep the table in one SQL function; it is in {written}."
    text = (PRODUCT / written[0]).read_text(encoding="utf-8")
    assert [row for row in DAMM_TABLE if row not in text] == []
