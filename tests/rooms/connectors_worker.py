"""A process that sends what is due at one connector, once, and says so: for the test that kills it in the middle.

Run with the address of a database; the city pack in force there names the connector.
"""

from __future__ import annotations

import os
import sys


def main(url: str, code: str) -> None:
    """Everything due was tried once."""
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.settings"
    import django

    django.setup()
    from answerable.connectors import queries, senders
    from answerable.wiring import connector_of

    print("sending", flush=True)
    print(senders.send_due(code, connector_of(queries.connectors()[code])), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
