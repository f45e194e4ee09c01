"""Examples that work: a service of this city, answers it takes, a place inside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from answerable.catalogue.city import City
from answerable.catalogue.structs import Question, Service
from answerable.intake import rules

EXAMPLE_KEY = "YOUR-KEY"
EXAMPLE_NUMBER = "26-0184213-7"
DESCRIPTION = "A deep hole in the right lane, beside the bus stop."


def sample_service(city: City) -> Service:
    """A service everybody may see and use with a pin: the most asked for, if it has no stops."""
    fitting = [each for each in city.services if each.visibility == "public" and _takes_a_pin(each)]
    calm = [each for each in fitting if not each.stops] or fitting or list(city.services)
    return min(calm, key=lambda each: (not each.popular, each.popular))


def _takes_a_pin(service: Service) -> bool:
    return service.location != "none" and (not service.precision or "pin" in service.precision) and service.anonymous


def sample_answers(service: Service) -> dict[str, Any]:
    """Answers to what the service asks and must know; options that stop the form are not chosen."""
    stopping = {value for stop in service.stops if stop.when for value in stop.when.values}
    answers: dict[str, Any] = {}
    for _ in service.questions:
        open_ones = [
            each for each in rules.asked_questions(service, answers) if each.required and each.code not in answers
        ]
        if not open_ones:
            break
        answers[open_ones[0].code] = _answer(open_ones[0], stopping=stopping)
    return answers


def _answer(question: Question, *, stopping: set[str]) -> Any:
    options = [option.code for option in question.options if option.code not in stopping]
    given: Mapping[str, Any] = {
        "single": options[0] if options else "",
        "multi": options[:1],
        "yes_no": "no" if "yes" in stopping else "yes",
        "number": question.min if question.min is not None else 1,
        "date": date(2026, 7, 2).isoformat(),
    }
    return given.get(question.type, "Two words")


def sample_place(city: City) -> tuple[float, float]:
    """Latitude and longitude of the city's centre.  Units: degrees, WGS 84."""
    centre = city.pack.city.centre
    return centre.lat, centre.lon
