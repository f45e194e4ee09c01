"""The pack under test, and what was found about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import process

from answerable.catalogue.decoding import Problem
from answerable.catalogue.structs import Pack, Question, Service

_ALIKE_FROM = 60


@dataclass(slots=True)
class Bench:
    """Gathers problems while the checks walk through a pack."""

    pack: Pack
    folder: Path
    origins: Mapping[tuple[str, int], str]
    known: Mapping[str, frozenset[str]]
    problems: list[Problem] = field(default_factory=list)
    area_keys: dict[str, frozenset[str]] = field(default_factory=dict)
    """The keys of each kind of area, over all its versions."""
    unread_kinds: set[str] = field(default_factory=set)
    """Kinds with a file that could not be read: their keys are not judged."""

    def at(self, part: str, index: int) -> str:
        """File and entry of the list's n-th item."""
        return self.origins.get((part, index), part)

    def add(self, place: str, message: str, *, value: str = "", remedy: str = "") -> None:
        """Notes one problem at `file › entry`."""
        file, _, entry = place.partition(" › ")
        self.problems.append(Problem(file, entry, message, repr(value) if value else "", remedy))

    def refer(self, place: str, *, part: str, code: str, word: str) -> None:
        """Notes a code that no entry of that list has."""
        known = self.known.get(part, frozenset())
        if code not in known:
            self.add(
                place, f"no {word} has this code.", value=code, remedy=did_you_mean(code, known) or f"Add the {word}."
            )

    def refer_queue(self, place: str, *, department: str, queue: str) -> None:
        """Notes a department that does not exist, or has no such queue."""
        self.refer(f"{place} › department", part="departments", code=department, word="department")
        found = next((each for each in self.pack.departments if each.code == department), None)
        codes = [each.code for each in found.queues] if found else []
        if found and queue not in codes:
            remedy = f"Use one of: {', '.join(codes)}."
            self.add(
                f"{place} › queue", f"the department '{department}' has no such queue.", value=queue, remedy=remedy
            )


def did_you_mean(code: str, known: Iterable[str]) -> str:
    """A remedy naming the most alike code, if one is alike."""
    near = process.extractOne(code, sorted(known), score_cutoff=_ALIKE_FROM)
    return f"Did you mean '{near[0]}'?" if near else ""


def answers_of(question: Question) -> tuple[str, ...] | None:
    """The answers a rule may test; None when any words are possible."""
    if question.type == "yes_no":
        return ("yes", "no")
    return tuple(option.code for option in question.options) if question.type in {"single", "multi"} else None


def check_answer(bench: Bench, place: str, *, services: Iterable[Service], answer: str, values: Iterable[str]) -> None:
    """Notes an answer that no form of these services can give."""
    asked = [question for service in services if (question := service.question(answer))]
    if not asked:
        bench.add(place, "no service here asks this question.", value=answer, remedy="Name a question's code.")
        return
    choices = [answers_of(question) for question in asked]
    if None in choices:
        bench.add(
            place,
            "only a choice or a yes/no question can decide.",
            value=answer,
            remedy="Make it a single, multi or yes_no.",
        )
        return
    possible = {choice for each in choices for choice in each or ()}
    for value in values:
        if value not in possible:
            bench.add(
                place,
                f"'{answer}' has no such answer.",
                value=value,
                remedy=f"Use one of: {', '.join(sorted(possible))}.",
            )
