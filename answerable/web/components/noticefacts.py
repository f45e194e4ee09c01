"""What facts about messages to residents say to staff; residents read none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from answerable.journal.records import RecordedFact
from answerable.web.components.told import Scene, Telling, Told


def _nothing(_fact: RecordedFact, _scene: Scene) -> None:
    return None


def _handled(fact: RecordedFact, _scene: Scene) -> Told:
    words = {
        "resent": _("A message was sent again"),
        "held": _("A message was held back"),
        "released": _("A message held back may go"),
        "cancelled": _("A message was called off"),
    }
    return Told(words.get(str(fact.body.get("what")), _("A message was changed")))


def _returned(fact: RecordedFact, _scene: Scene) -> Told:
    hard = _("Nothing more goes to this address until somebody corrects it.")
    return Told(_("A message came back"), hard if fact.body.get("is_hard") else "", "late")


def _published(fact: RecordedFact, _scene: Scene) -> Told:
    if fact.body.get("restored") is not None:
        return Told(_("Earlier words of a message are in force again: %(kind)s") % {"kind": fact.body.get("kind")})
    return Told(_("The words of a message were changed: %(kind)s") % {"kind": fact.body.get("kind")})


NOTICE_FACTS: Final[Mapping[str, tuple[Telling, Telling]]] = {
    "notice.handled": (_nothing, _handled),
    "notice.returned": (_nothing, _returned),
    "wording.published": (_nothing, _published),
}
"""By kind, as in `facts.FACTS`, which holds them too."""
