"""What may be done with several requests together, and the fields each of these acts asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from answerable.catalogue import queries as catalogue
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.web.components.rendering import FieldView
from answerable.web.office import forms
from answerable.web.office.forms import Around

TITLES: Final[Mapping[str, str | Promise]] = {
    "accept": gettext_lazy("Accept several requests"),
    "move": gettext_lazy("Change the state of several requests"),
    "reroute": gettext_lazy("Move several requests to a queue"),
    "assign": gettext_lazy("Assign several requests"),
    "note": gettext_lazy("Add a note to several requests"),
}
MOVES: Final[Mapping[str, str | Promise]] = {
    "start": gettext_lazy("In progress"),
    "schedule": gettext_lazy("Scheduled"),
    "hold": gettext_lazy("On hold"),
    "ask": gettext_lazy("Waiting for the resident"),
    "refer": gettext_lazy("Referred"),
    "resolve": gettext_lazy("Resolved"),
    "take_up": gettext_lazy("Accepted"),
    "reopen": gettext_lazy("Reopened"),
}
"""The steps several requests may take together."""


def fields_of(
    do: str, member: StaffView, *, departments: Collection[str], services: Collection[str]
) -> list[FieldView]:
    """The fields of the act, for requests of those departments and services."""
    codes = sorted(departments)
    around = Around(
        city=catalogue.active(),
        member=member,
        colleagues=[each for code in codes for each in staff.of_department(code)],
        teams=[each for code in codes for each in staff.teams(department=code)],
    )
    if do == "reroute":
        return forms.reroute_fields(around)
    if do == "assign":
        return forms.assign_fields(around)
    if do == "note":
        return forms.note_fields()
    return forms.move_fields(around, moves=MOVES, service=next(iter(services)) if len(services) == 1 else "")


def act_of(do: str, sent: Mapping[str, str]) -> str:
    """The act on each request that the form asks for; empty when no state was chosen."""
    if do != "move":
        return do
    to = sent.get("to", "")
    return to if to in MOVES else ""
