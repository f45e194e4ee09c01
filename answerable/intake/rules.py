"""What the front door asks, checks and proposes; pure, so that every door behaves alike."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from answerable.catalogue.structs import AnswerCondition, Question, Service, Stop, chosen
from answerable.intake.errors import (
    AnswerMissing,
    AnswerWrong,
    BadKey,
    ContactMissing,
    PlaceMissing,
    PlaceTooVague,
    TooLong,
)
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.places import Precision

MAX_DESCRIPTION = 4000
"""Units: characters of the resident's own words."""

MAX_ANSWER = 1000
"""Units: characters of one free-text answer where its question says nothing else."""

_KEY = re.compile(r"^[A-Za-z0-9._:-]{8,80}$")

Answers = Mapping[str, Json]


class Channel(StrEnum):
    """How an enquiry reached the city."""

    WEB = "web"
    PHONE = "phone"
    COUNTER = "counter"
    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"
    SOCIAL = "social"
    API = "api"
    OPEN311 = "open311"
    STAFF = "staff"


class Proposal(StrEnum):
    """What the front door proposes next."""

    ASK = "ask"
    STOP = "stop"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, with the questions to ask or the stop to say."""

    proposal: Proposal
    questions: tuple[Question, ...] = ()
    stops: tuple[Stop, ...] = ()


def _chosen(answers: Answers, code: str) -> tuple[str, ...]:
    return chosen(answers.get(code))


def asked_questions(service: Service, answers: Answers) -> tuple[Question, ...]:
    """The questions that apply, given the answers so far; a question hidden by its condition is not asked."""
    asked: list[Question] = []
    codes: set[str] = set()
    for question in service.questions:
        condition = question.show_when
        if condition is None or (
            condition.question in codes and set(_chosen(answers, condition.question)) & set(condition.values)
        ):
            asked.append(question)
            codes.add(question.code)
    return tuple(asked)


def _holds(condition: AnswerCondition | None, answers: Answers) -> bool:
    return condition is None or bool(set(_chosen(answers, condition.answer)) & set(condition.values))


def opening_stops(service: Service) -> tuple[Stop, ...]:
    """What must be said before anything is asked."""
    return tuple(stop for stop in service.stops if stop.when is None)


def raised_stops(service: Service, answers: Answers) -> tuple[Stop, ...]:
    """What the answers so far call for: "call 911", another door, a warning."""
    return tuple(stop for stop in service.stops if stop.when is not None and _holds(stop.when, answers))


def next_step(service: Service, answers: Answers) -> NextStep:
    """The proposal: ask what is still open, stop where the answers end the form, else log."""
    raised = raised_stops(service, answers)
    ending = tuple(stop for stop in raised if stop.action != "continue")
    if ending:
        return NextStep(proposal=Proposal.STOP, stops=ending)
    open_questions = tuple(q for q in asked_questions(service, answers) if q.required and not _chosen(answers, q.code))
    if open_questions:
        return NextStep(proposal=Proposal.ASK, questions=open_questions, stops=raised)
    return NextStep(proposal=Proposal.LOG, stops=raised)


def priority_of(service: Service, answers: Answers) -> str:
    """The priority the answers give, first rule first."""
    return service.priority_given(answers)


def clean_answers(service: Service, answers: Answers) -> tuple[dict[str, Json], list[AnswerableError]]:
    """The answers that apply, in their types, and every problem found; unknown and hidden ones are dropped."""
    cleaned: dict[str, Json] = {}
    problems: list[AnswerableError] = []
    for question in asked_questions(service, answers):
        chosen = tuple(text.strip() for text in _chosen(answers, question.code) if text.strip())
        if not chosen:
            if question.required:
                problems.append(_missing(question))
            continue
        try:
            cleaned[question.code] = _typed(question, chosen)
        except AnswerWrong as wrong:
            problems.append(wrong)
    return cleaned, problems


def _missing(question: Question) -> AnswerMissing:
    return AnswerMissing(
        f"'{question.code}' is required.", field=question.code, value="", remedy="Answer this question."
    )


def _wrong(question: Question, value: str, remedy: str) -> AnswerWrong:
    return AnswerWrong(f"'{value}' does not answer '{question.code}'.", field=question.code, value=value, remedy=remedy)


def _typed(question: Question, chosen: Sequence[str]) -> Json:
    if question.type in {"single", "multi"}:
        return _options(question, chosen)
    value = chosen[0]
    if question.type == "yes_no":
        if value not in {"yes", "no"}:
            raise _wrong(question, value, "Answer yes or no.")
        return value
    if question.type == "number":
        return _number(question, value)
    if question.type == "date":
        return _date(question, value)
    limit = question.max_length or (MAX_DESCRIPTION if question.type == "long_text" else MAX_ANSWER)
    if len(value) > limit:
        raise _wrong(question, f"{value[:40]}…", f"Use at most {limit} characters.")
    return value


def _options(question: Question, chosen: Sequence[str]) -> Json:
    known = [option.code for option in question.options]
    for value in chosen:
        if value not in known:
            raise _wrong(question, value, f"Choose one of: {', '.join(known)}.")
    if question.type == "single":
        if len(chosen) > 1:
            raise _wrong(question, ", ".join(chosen), "Choose one only.")
        return chosen[0]
    return [code for code in known if code in chosen]


def _number(question: Question, value: str) -> Json:
    try:
        number = float(value.replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except ValueError:
        raise _wrong(question, value, "Write a number.") from None
    if not math.isfinite(number):
        raise _wrong(question, value[:40], "Write a number.")
    if not (question.min is None or number >= question.min) or not (question.max is None or number <= question.max):
        raise _wrong(question, value, f"Give a number from {question.min} to {question.max}.")
    return int(number) if number.is_integer() else number


def _date(question: Question, value: str) -> Json:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _wrong(question, value, "Write the date as year-month-day, like 2026-11-21.") from None


def place_problems(service: Service, *, precision: str, has_point: bool, has_area: bool) -> list[AnswerableError]:
    """What is wrong with the place for this service."""
    if service.location != "required":
        return []
    if precision == Precision.NONE and not has_point and not has_area:
        return [
            PlaceMissing(
                "Where it is is missing.",
                field="place",
                value="",
                remedy="Give an address, a corner, a landmark or a pin.",
            )
        ]
    exact_enough = {*service.precision, Precision.PIN, Precision.DEVICE}
    if service.precision and precision not in exact_enough:
        return [
            PlaceTooVague(
                f"A place known by its {precision} is not exact enough.",
                field="place",
                value=precision,
                remedy=f"Give it as one of: {', '.join(service.precision)}.",
            )
        ]
    return []


def word_problems(description: str) -> list[AnswerableError]:
    """What is wrong with the resident's own words."""
    if len(description) <= MAX_DESCRIPTION:
        return []
    return [
        TooLong(
            f"The description has {len(description)} characters.",
            field="description",
            value=f"{description[:40]}…",
            remedy=f"Use at most {MAX_DESCRIPTION}.",
        )
    ]


def contact_problems(service: Service, *, is_reachable: bool) -> list[AnswerableError]:
    """What is wrong with how the person can be reached."""
    if service.anonymous or is_reachable:
        return []
    return [
        ContactMissing(
            "This service needs a way to reach you.",
            field="email",
            value="",
            remedy="Give an e-mail address or a telephone number.",
        )
    ]


def checked_key(key: str) -> str:
    """The key, when it can be one.  Raises: BadKey."""
    if not _KEY.match(key):
        raise BadKey(
            f"'{key[:90]}' is not an idempotency key.",
            field="key",
            value=key[:90],
            remedy="Send 8 to 80 letters, digits, dots, colons, hyphens or underscores.",
        )
    return key


def fingerprint(content: Mapping[str, Json]) -> str:
    """A digest of what was told, to see whether a repeated key tells the same thing."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
