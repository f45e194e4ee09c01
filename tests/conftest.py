"""What every test may ask for: a database of its own, a real site, a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from answerable.plumbing.tasks import browser_path
from tests import provision
from tests.site import Site, running_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.plugin import DjangoDbBlocker

hypothesis.settings.register_profile("house", deadline=None)  # a busy machine is not a bug
hypothesis.settings.load_profile("house")

_CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(autouse=True, scope="session")
def passwords_hashed_at_once() -> Iterator[None]:
    """Nobody's password is at stake here, and hashing one well takes half a second; `live_site` does as the product."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def english_unless_told() -> Iterator[None]:
    """No test reads pages in the language that the one before it left behind in this thread."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Each worker has its own copy of one migrated database; pytest-django calls this before the first such test."""
    from django.db import connection

    with django_db_blocker.unblock(), provision.clone(provision.worker_database()):
        yield
        connection.close()
        connection.close_pool()


@pytest.fixture(scope="session")
def live_site() -> Iterator[Site]:
    """The real product over a database of its own, with the demo city: a web and a follow process."""
    with running_site(provision.own_name(f"site_{provision.WORKER}")) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium; each test opens a context of its own: `browser.new_context(locale="fr-CA")`."""
    path = browser_path()
    if path is None or not Path(path).exists():
        pytest.skip("no Chromium here: on Debian 'apt-get install --no-install-recommends chromium' brings it")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; Django would mistake it
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(_CHROMIUM))
        yield opened
        opened.close()
