"""What the catalogue asks of a geocoder, its own or an outside one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from answerable.kernel.places import Point, Precision

AreaKeys = dict[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place a geocoder thinks was meant.

    Units: `likeness` 0 to 1; 1 is written the same. `areas` are keys by kind, where no point says it; the kind may
    name its version: `ward@2018`.
    """

    precision: Precision
    label: str
    likeness: float
    point: Point | None = None
    postal: str = ""
    areas: AreaKeys = field(default_factory=dict)
    source: str = ""


class Geocoder(Protocol):
    """Finds places by words, and words by place; never raises for something it cannot find.

    Raises: BrokenGeocoder when it could not be asked.
    """

    name: str

    def find(self, said: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
        """The places meant, best first; empty when none is alike."""

    def suggest(self, begun: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
        """Places that go on from what is typed so far."""

    def reverse(self, point: Point, *, language: str) -> Candidate | None:
        """The nearest named place within sight of the point."""
