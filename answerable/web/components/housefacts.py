"""What facts about programs, their subscriptions, imports and escalations say; residents read of the last alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


_CLASSES: Final[Mapping[str, str | Promise]] = {
    "service": gettext_lazy("news of requests"),
    "emergency": gettext_lazy("warnings"),
    "promotional": gettext_lazy("offers and invitations"),
}
_WAYS: Final[Mapping[str, str | Promise]] = {
    "email": gettext_lazy("by email"),
    "sms": gettext_lazy("by text message"),
    "push": gettext_lazy("on a device"),
}
_SOURCES: Final[Mapping[str, str | Promise]] = {
    "page": gettext_lazy("Said on the page of their wishes."),
    "unsubscribe": gettext_lazy("Said by the unsubscribe button of a message."),
    "reply": gettext_lazy("Said by answering a message."),
    "operator": gettext_lazy("Said to an operator."),
}


def _consented(fact: RecordedFact, _scene: Scene) -> Told:
    words = {
        "what": str(_CLASSES.get(str(fact.body.get("message_class")), "")),
        "way": str(_WAYS.get(str(fact.body.get("way")), "")),
    }
    title = _("Wants %(what)s %(way)s") if fact.body.get("given") else _("Does not want %(what)s %(way)s")
    return Told(title % words, str(_SOURCES.get(str(fact.body.get("source")), "")))


def _device_changed(fact: RecordedFact, _scene: Scene) -> Told:
    words = {
        "added": _("A device gets news of a request"),
        "removed": _("A device gets no more news of a request"),
        "gone": _("A device with news of a request is gone"),
    }
    return Told(words.get(str(fact.body.get("what")), _("A device with news of a request was changed")))


def _escalated(fact: RecordedFact, _scene: Scene) -> Told | None:
    if fact.body.get("target") != "completion":
        return None
    return Told(_("The people in charge were told that the promised date is in danger or missed"))


def _escalated_staff(fact: RecordedFact, _scene: Scene) -> Told:
    step = str(fact.body.get("step"))
    what = _("Escalated: the promise is at risk") if step == "at_risk" else _("Escalated: the promise is broken")
    waited = step.partition("+")[2]
    said = {"rung": fact.body.get("rung"), "waited": waited}
    if waited.endswith("d"):
        return Told(what, _("Step %(rung)s of the ladder, %(waited)s days later.") % (said | {"waited": waited[:-1]}))
    if waited:
        return Told(what, _("Step %(rung)s of the ladder, %(waited)s hours later.") % (said | {"waited": waited[:-1]}))
    return Told(what, _("Step %(rung)s of the ladder.") % said)


def _surge_started(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("New dates for many: %(count)s requests") % {"count": fact.body.get("requests")})


def _surge_finished(fact: RecordedFact, _scene: Scene) -> Told:
    said = {"told": fact.body.get("told"), "passed": fact.body.get("passed")}
    return Told(
        _("New dates for many: all have had their turn"),
        _("%(told)s have a new date, %(passed)s were over meanwhile.") % said,
    )


HOUSE_FACTS: Final[Mapping[str, tuple[Telling, Telling]]] = {
    "client.changed": (_nothing, _client_changed),
    "contact.consented": (_nothing, _consented),
    "device.changed": (_nothing, _device_changed),
    "surge.started": (_nothing, _surge_started),
    "surge.finished": (_nothing, _surge_finished),
    "promise.escalated": (_escalated, _escalated_staff),
    "import.finished": (_nothing, _import_finished),
    "webhook.added": (_nothing, _webhook_added),
    "webhook.changed": (_nothing, _webhook_changed),
}
"""By kind, as in `facts.FACTS`, which holds them too."""
