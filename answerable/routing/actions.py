"""Bringing changed rules into force, and going back to those of the city pack."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from answerable.catalogue.city import City
from answerable.journal import actions as journal
from answerable.routing import packs, queries
from answerable.routing.checks import check_golden, check_rules
from answerable.routing.documents import Document, read_rules, write_rules
from answerable.routing.errors import BadRules, GoldenCasesFail, StaleRules
from answerable.routing.events import RoutingPublished
from answerable.routing.models import Ruleset

_ONE_PUBLISHER: Final = "SELECT pg_advisory_xact_lock(hashtext('routing.publish'))"

ANY: Final = -1
"""As `replaces`: whatever is in force."""


def publish_rules(
    city: City, document: Document, *, note: str, by: str, at: datetime, replaces: int | None = ANY
) -> int:
    """The rules of the document are in force from now on; gives the id of the publication.

    `replaces` is the publication the editor started from (None for the pack's own rules).
    Raises: BadRules listing every fault; GoldenCasesFail listing every case; StaleRules.
    """
    rules = read_rules(document)
    faults = check_rules(rules, packs.vocabulary_of(city))
    if faults:
        raise BadRules(faults)
    golden = packs.golden_of(city)
    failures = check_golden(rules, golden)
    if failures:
        raise GoldenCasesFail(tuple(str(each) for each in failures))
    fact = RoutingPublished(
        subject_id=0,
        pack=city.id,
        catalogue_version=city.version_id,
        source="office",
        rules=len(rules.rules),
        golden_cases=len(golden),
    )
    return _publish(city, fact, rules=list(write_rules(rules)), note=note, by=by, at=at, replaces=replaces)


def return_to_pack(city: City, *, note: str, by: str, at: datetime, replaces: int | None = ANY) -> int:
    """The rules of the city pack are in force again; gives the id of the publication.  Raises: StaleRules."""
    fact = RoutingPublished(
        subject_id=0,
        pack=city.id,
        catalogue_version=city.version_id,
        source="pack",
        rules=len(city.routes),
        golden_cases=len(city.pack.golden),
    )
    return _publish(city, fact, rules=None, note=note, by=by, at=at, replaces=replaces)


def _publish(
    city: City,
    fact: RoutingPublished,
    *,
    rules: object,
    note: str,
    by: str,
    at: datetime,
    replaces: int | None,
) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ONE_PUBLISHER)
        newest = Ruleset.objects.filter(pack=city.id).order_by("-id").values_list("id", flat=True).first()
        if replaces not in {ANY, newest}:
            raise StaleRules(
                "Other rules were published meanwhile.",
                field="replaces",
                value=str(replaces),
                remedy="Compare with the rules in force, then publish again.",
            )
        row = Ruleset.objects.create(
            pack=city.id,
            catalogue_version=city.version_id,
            rules=rules,
            published_at=at,
            published_by=by,
            note=note,
        )
        said = RoutingPublished(row.pk, fact.pack, fact.catalogue_version, fact.source, fact.rules, fact.golden_cases)
        journal.append(said, by=by, at=at)
        transaction.on_commit(queries.forget)
    return int(row.pk)
