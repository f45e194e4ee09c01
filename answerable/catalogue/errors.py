"""What the catalogue refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from answerable.kernel.errors import AnswerableError

if TYPE_CHECKING:
    from answerable.catalogue.decoding import Problem


class BrokenPack(AnswerableError):
    """The city pack has mistakes: correct each line of `problems`, then run `./311 city check`."""

    code = "catalogue.broken_pack"

    def __init__(self, folder: str, problems: tuple[Problem, ...]) -> None:
        listed = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"The city pack '{folder}' has {len(problems)} problem(s):\n{listed}", field="folder", value=folder
        )
        self.problems = problems


class NoCatalogue(AnswerableError):
    """No city is loaded yet: run `./311 city load cities/<id>`."""

    code = "catalogue.none"


class UnknownVersion(AnswerableError):
    """No catalogue version of that id was ever loaded: check the number."""

    code = "catalogue.unknown_version"


class UnknownEntry(AnswerableError):
    """The city has no service, department, calendar or promise of that code: check it against the catalogue."""

    code = "catalogue.unknown_entry"


class BrokenGeocoder(AnswerableError):
    """The outside geocoder did not answer usefully: the pack's own gazetteer goes on alone."""

    code = "catalogue.geocoder"


class UnknownService(UnknownEntry):
    """The city has no service of that code in this version: choose one of its list."""

    code = "catalogue.unknown_service"


class UnknownArea(AnswerableError):
    """No area of that kind and key is in force on that day: choose one of the list."""

    code = "catalogue.unknown_area"


class OutsideCity(AnswerableError):
    """The place is not in this city: show the referral instead of logging a request."""

    code = "place.outside_city"

    def __init__(self, said: str, *, metres: float | None, referral: str) -> None:
        away = f" ({metres:.0f} m beyond its border)" if metres else ""
        super().__init__(
            f"'{said}' is not in this city{away}.",
            field="place",
            value=said,
            remedy="Ask the government it belongs to.",
        )
        self.metres = metres
        self.referral = referral
