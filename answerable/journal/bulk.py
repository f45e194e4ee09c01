"""The first facts of many subjects at once: the same rows, order and chain as `actions.append`, by COPY.

Hashes are computed here and not by `journal_digest`, because a million calls of it would cost more than the rows.
`journal_verify` and the tests hold both to the same text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from django.db import connection

from answerable.journal.errors import OutsideTransaction
from answerable.kernel.facts import Json

_FACTS_COPY: Final = (
    "COPY journal_fact (id, recorded_at, at, oxid, kind, subject, seq, by, body, prev, hash) FROM STDIN"
)
_HEADS_COPY: Final = "COPY journal_head (subject, seq, oxid, hash, first_at) FROM STDIN"
_BEGIN_SQL: Final = "SELECT pg_current_xact_id()::text, clock_timestamp()"
_IDS_SQL: Final = "SELECT nextval('journal_fact_id') FROM generate_series(1, %s)"


class Happened(NamedTuple):
    """One fact of a history: its kind, when it happened, and its body as `jsonb_text` writes it."""

    kind: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Copied:
    """How many facts and subjects a COPY brought."""

    facts: int
    subjects: int


def jsonb_text(value: Json) -> str:
    """The value as PostgreSQL prints a jsonb: keys by length and then by bytes, one blank after comma and colon.

    No floats: PostgreSQL prints numbers as they were written, Python does not.  Raises: TypeError.
    """
    if isinstance(value, float):
        raise TypeError("a fact written in bulk carries no floating-point number: give it as text")
    if isinstance(value, Mapping):
        pairs = sorted(((len(key.encode()), key.encode(), key, each) for key, each in value.items()))
        return "{" + ", ".join(f"{_quoted(key)}: {jsonb_text(each)}" for _, _, key, each in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(jsonb_text, value)) + "]"
    return _quoted(value)


def _quoted(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def begin_histories(histories: Sequence[tuple[str, Sequence[Happened]]], *, by: str) -> Copied:
    """Each subject, none of which has a fact yet, has that history once the caller's transaction commits.

    Raises: OutsideTransaction; IntegrityError when a subject has a history already.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(
            "Histories were begun outside a transaction.", remedy="Begin them where the rows they speak of are written."
        )
    count = sum(len(facts) for _, facts in histories)
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN_SQL)
        oxid, recorded_at = cursor.fetchone()
        cursor.execute(_IDS_SQL, [count])
        ids = iter([row[0] for row in cursor.fetchall()])
        fact_lines, head_lines = _lines(histories, ids=ids, by=by, oxid=oxid, recorded_at=recorded_at)
        with cursor.copy(_FACTS_COPY) as copy:
            copy.write("".join(fact_lines).encode())
        with cursor.copy(_HEADS_COPY) as copy:
            copy.write("".join(head_lines).encode())
    return Copied(facts=count, subjects=len(histories))


def _lines(
    histories: Sequence[tuple[str, Sequence[Happened]]],
    *,
    ids: Iterator[int],
    by: str,
    oxid: str,
    recorded_at: datetime,
) -> tuple[list[str], list[str]]:
    """The rows of both tables as COPY reads them."""
    recorded = _told(recorded_at)
    said_by, copied_by = _quoted(by), escaped(by)
    sha256 = hashlib.sha256
    fact_lines: list[str] = []
    head_lines: list[str] = []
    for subject, facts in histories:
        previous = b""
        before = ""
        for seq, (kind, at, body) in enumerate(facts, start=1):
            fact_id, happened = next(ids), _told(at)
            chained = f'[{fact_id}, "{subject}", {seq}, "{kind}", {said_by}, "{happened}", "{recorded}", {body}]'
            digest = sha256(previous + chained.encode())
            after = digest.hexdigest()
            fact_lines.append(
                f"{fact_id}\t{recorded}Z\t{happened}Z\t{oxid}\t{kind}\t{subject}\t{seq}\t{copied_by}\t"
                f"{escaped(body)}\t\\\\x{before}\t\\\\x{after}\n"
            )
            previous, before = digest.digest(), after
        head_lines.append(f"{subject}\t{len(facts)}\t{oxid}\t\\\\x{before}\t{recorded}Z\n")
    return fact_lines, head_lines


def _told(at: datetime) -> str:
    """The instant in UTC to the microsecond, as the chain names it."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds")[:26]


def escaped(text: str) -> str:
    """The text as a value of COPY's text format."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text
