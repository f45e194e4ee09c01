"""What facts about programs, their subscriptions and imports say to staff; residents read none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from answerable.journal.records import RecordedFact
from answerable.web.components.told import Scene, Telling, Told


def _nothing(_fact: RecordedFact, _scene: Scene) -> None:
    return None


def _webhook_added(_fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("A program asked for news"))


def _webhook_changed(fact: RecordedFact, _scene: Scene) -> Told:
    words = {
        "paused": _("News is no longer sent"),
        "resumed": _("News is sent again"),
        "ended": _("The subscription to news has ended"),
        "rotated": _("The subscription has a new secret"),
        "resent": _("News is sent once more"),
    }
    return Told(words.get(str(fact.body.get("what")), _("A subscription to news has changed")))


def _import_finished(fact: RecordedFact, _scene: Scene) -> Told:
    counted = ("rows", "imported", "known", "refused")
    return Told(
        _("Import finished: %(layout)s") % {"layout": fact.body.get("layout")},
        _("%(rows)s rows: %(imported)s imported, %(known)s known already, %(refused)s refused.")
        % {name: fact.body.get(name) for name in counted},
    )


def _client_changed(fact: RecordedFact, _scene: Scene) -> Told:
    if fact.body.get("what") == "rotated":
        return Told(_("A program got a new key; the old one opens for a week, too"))
    return Told(_("What a program may do was changed"))


HOUSE_FACTS: Final[Mapping[str, tuple[Telling, Telling]]] = {
    "client.changed": (_nothing, _client_changed),
    "import.finished": (_nothing, _import_finished),
    "webhook.added": (_nothing, _webhook_added),
    "webhook.changed": (_nothing, _webhook_changed),
}
"""By kind, as in `facts.FACTS`, which holds them too."""
