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
