"""A process that imports a file until somebody kills it: for the crash test.

Run with the address of a database and the file; says a line after each batch.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

SMALL_BATCH = 100
"""So that there are many transactions to be killed between, and in."""


def run(path: Path) -> None:
    """Imports, telling each batch."""
    import django

    django.setup()
    from answerable.channels.imports import actions, preparing

    preparing.BATCH_ROWS = SMALL_BATCH  # type: ignore[misc]
    actions.import_file(path, tell=lambda progress: print(progress.rows, flush=True))


if __name__ == "__main__":
    os.environ["DATABASE_URL"] = sys.argv[1]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    run(Path(sys.argv[2]))
