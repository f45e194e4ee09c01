"""The tests' own database: one server a run, one migrated template, one copy a worker."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.db import connection

from tests import provision


@pytest.mark.django_db
def test_a_database_test_writes_into_the_workers_own_copy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), (SELECT count(*) > 0 FROM django_migrations)")
        name, migrated = cursor.fetchone()

    assert name == provision.own_name(os.environ.get("PYTEST_XDIST_WORKER", "main"))
    assert migrated


def test_a_clone_is_migrated_and_gone_afterwards() -> None:
    with provision.clone(provision.own_name("clone")) as url, psycopg.connect(url) as session:
        told = session.execute("SELECT count(*) > 0 FROM django_migrations").fetchone()
    assert told == (True,)

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
