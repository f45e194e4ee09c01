"""`python -m tests.house.regenerate`: the tables of docs/ that are read off the code are written anew."""

from __future__ import annotations

import os
import sys

import django


def main() -> int:
    """Write docs/errors.md, docs/facts.md, docs/urls.txt and four pages of docs/handbook."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.settings")
    os.environ.setdefault("ANSWERABLE_SECRET_KEY", "not-used-for-anything")
    django.setup()
    from tests.house import reference, tables

    tables.write_table(tables.ERRORS, tables.errors_table())
    tables.write_table(tables.FACTS, tables.facts_table())
    tables.write_table(tables.COMMANDS, tables.commands_table())
    tables.write_table(tables.PACKS, reference.packs())
    tables.write_table(tables.JSON_DOOR, reference.json_door())
    tables.write_table(tables.ROLES, tables.roles_table())
    tables.write_urls()
    sys.stdout.write("The tables of refusals, facts, commands and addresses in docs/ are up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
