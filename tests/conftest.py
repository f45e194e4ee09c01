"""What every test may ask for: a database of its own, a real site, a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import provision

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Each worker has its own copy of one migrated database; pytest-django calls this before the first such test."""
    from django.db import connection

    with django_db_blocker.unblock(), provision.clone(os.environ["DATABASE_URL"].split("?")[0].rsplit("/", 1)[1]):
        yield
        connection.close()
        connection.close_pool()
