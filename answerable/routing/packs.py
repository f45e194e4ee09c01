"""A city pack's routes and golden cases, as the rules read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from answerable.catalogue.areas import Areas
from answerable.catalogue.city import City
from answerable.catalogue.decoding import Problem
from answerable.catalogue.structs import Pack
from answerable.routing.checks import GoldenCase, Vocabulary, check_golden, check_rules
from answerable.routing.documents import Document, read_golden, read_rules
from answerable.routing.errors import BadRules
from answerable.routing.rules import RuleSet

PRIORITIES = frozenset({"low", "normal", "high", "urgent"})


def rules_of(city: City) -> RuleSet:
    """The rule set of the city's own pack."""
    return read_rules(document_of(city), name=f"catalogue:{city.version_id}")


def document_of(city: City) -> Document:
    """The pack's routes as a document: where the office starts from."""
    document: Document = msgspec.to_builtins(city.routes)
    return document


def golden_of(city: City) -> tuple[GoldenCase, ...]:
    """The worked examples of the city's pack."""
    document: Document = msgspec.to_builtins(city.pack.golden, builtin_types=(date,))
    return read_golden(document, group_of=lambda code: city.service(code).group, closed_on=closed_on(city))


def closed_on(city: City) -> Callable[[date], frozenset[str]]:
    """Which of the city's calendars do not work on a local date."""
    calendars = [city.calendar(each.code) for each in city.pack.calendars]
    return lambda day: frozenset(each.code for each in calendars if not each.is_working_day(day))


def vocabulary_of(city: City) -> Vocabulary:
    """The words a rule of this city may use."""
    pack = city.pack
    return Vocabulary(
        services=frozenset(each.code for each in pack.services),
        groups=frozenset(each.code for each in pack.groups),
        area_kinds=frozenset(each.kind for each in pack.areas),
        questions=frozenset(question.code for each in pack.services for question in each.questions),
        priorities=PRIORITIES,
        calendars=frozenset(each.code for each in pack.calendars),
        queues=frozenset((each.code, queue.code) for each in pack.departments for queue in each.queues),
    )


def golden_problems(pack: Pack) -> list[Problem]:
    """Faults of a pack's routes and its golden cases that go elsewhere: handed to the loader of packs."""
    city = City(version_id=0, pack=pack, areas=Areas(()), placeset_id=0)
    try:
        rules = rules_of(city)
    except BadRules as error:
        return [Problem("routes.toml", "", str(each)) for each in error.problems]
    faults = [
        Problem("routes.toml", str(each.value), each.message, remedy=each.remedy)
        for each in check_rules(rules, vocabulary_of(city))
    ]
    if faults:
        return faults
    return [
        Problem(
            "golden.toml",
            f"'{failure.golden.name}'",
            f"goes elsewhere than agreed: {failure}.",
            remedy="Correct routes.toml, or the case if the city changed its mind.",
        )
        for failure in check_golden(rules, golden_of(city))
    ]
