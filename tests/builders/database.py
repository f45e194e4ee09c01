"""Connections and addresses of the test's own database, for tests that need more than Django's one connection."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import psycopg
from django.db import connection


def own_url() -> str:
    """The address of the test's database, for a process of its own."""
    told = connection.settings_dict
    user = quote(told["USER"], safe="") + (f":{quote(told['PASSWORD'], safe='')}" if told["PASSWORD"] else "")
    port = f":{told['PORT']}" if told["PORT"] else ""
    if told["HOST"].startswith("/"):
        return f"postgresql://{user}@/{told['NAME']}?" + urlencode({"host": told["HOST"], "port": told["PORT"] or 5432})
    return f"postgresql://{user}@{told['HOST']}{port}/{told['NAME']}"


def own_connection() -> psycopg.Connection:
    """A connection of its own to the test's database; transactions are begun by hand."""
    return psycopg.connect(own_url(), autocommit=True)
