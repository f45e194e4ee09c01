"""What facts of the work on the spot say: pictures, and crews that ask for help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from answerable.journal.records import RecordedFact
from answerable.web.components.told import Scene, Telling, Told


def _nothing(_fact: RecordedFact, _scene: Scene) -> None:
    return None


def _photo_added(fact: RecordedFact, _scene: Scene) -> Told:
    if fact.body.get("shows") == "work":
        return Told(_("Photo of the work added"))
    return Told(_("Photo added") if fact.by == "resident" else _("The city added or released a photo"))


def _help_asked(fact: RecordedFact, scene: Scene) -> Told:
    why = {
        "unsafe": _("it is not safe"),
        "equipment": _("other equipment or material is needed"),
        "access": _("the place cannot be reached"),
        "not_found": _("it cannot be found"),
        "other_team": _("it is another team’s work"),
    }.get(str(fact.body.get("reason")), "")
    note_id = fact.body.get("note_id")
    words = scene.notes.get(note_id, "") if isinstance(note_id, int) else ""
    return Told(_("The crew asks for help: %(reason)s") % {"reason": why}, words, "late")


def _sampled(_fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("Chosen by chance to be checked by somebody else"))


def _audited(fact: RecordedFact, _scene: Scene) -> Told:
    told = {
        "right": _("Checked by somebody else: what was said at the end is so"),
        "wrong": _("Checked by somebody else: what was said at the end is not so"),
    }
    verdict = str(fact.body.get("verdict"))
    tone = "late" if verdict == "wrong" else ""
    return Told(told.get(verdict) or _("Checked by somebody else: it could not be told whether it is so"), tone=tone)


WORK_FACTS: Final[Mapping[str, tuple[Telling, Telling]]] = {
    "request.photo_added": (_photo_added, _photo_added),
    "request.help_asked": (_nothing, _help_asked),
    "closure.sampled": (_nothing, _sampled),
    "closure.audited": (_audited, _audited),
}
"""By kind, as in `facts.FACTS`, which holds them too."""
