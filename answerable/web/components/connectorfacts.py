"""What facts about other systems say to staff; residents read of the requests themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answerable.journal.records import RecordedFact
from answerable.web.components.told import Scene, Telling, Told

DRIFTS: Final[Mapping[str, str | Promise]] = {
    "closed_there": gettext_lazy("Over there, open here"),
    "open_there": gettext_lazy("Over here, open there"),
    "unknown_to_us": gettext_lazy("They have it as ours, we do not know it"),
    "unknown_to_them": gettext_lazy("We sent it, they do not know it"),
    "out_of_order": gettext_lazy("They moved on without telling us"),
    "silent": gettext_lazy("No word for a long time"),
}
"""How two ledgers may disagree, in words."""

REMEDIES: Final[Mapping[str, str | Promise]] = {
    "apply": gettext_lazy("Theirs was followed"),
    "tell": gettext_lazy("They were told how it stands here"),
    "send_again": gettext_lazy("It was sent again"),
    "link": gettext_lazy("It was tied to a request of ours"),
    "ask": gettext_lazy("They were asked"),
    "accept": gettext_lazy("It was left as it is"),
    "gone": gettext_lazy("It was gone by itself"),
    "dismiss": gettext_lazy("It was left without effect"),
    "attach": gettext_lazy("It was tied to a request of ours"),
}
"""How a disagreement or a message was settled, in words."""

VERDICTS: Final[Mapping[str, str | Promise]] = {
    "late": gettext_lazy("Overtaken by a later message"),
    "unread": gettext_lazy("A word nobody has said the meaning of"),
    "unknown_reference": gettext_lazy("A reference we do not know"),
    "refused_step": gettext_lazy("A step that is not possible here"),
    "applied": gettext_lazy("Followed, but not in full"),
}
"""Why a message waits for a person, in words."""


def _nothing(_fact: RecordedFact, _scene: Scene) -> None:
    return None


def _said(words: Mapping[str, str | Promise], code: object) -> str:
    return str(words.get(str(code), code))


def _reconciled(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(
        _("Compared with %(connector)s") % {"connector": fact.body.get("connector")},
        _("%(compared)s work orders, %(found)s of them disagree, %(fresh)s newly; %(gone)s agree again.")
        % {name: fact.body.get(name) for name in ("compared", "found", "fresh", "gone")},
    )


def _drifted(fact: RecordedFact, _scene: Scene) -> Told:
    what = {"what": _said(DRIFTS, fact.body.get("drift"))}
    remedy = fact.body.get("remedy")
    if remedy is None:
        return Told(_("Disagreement found: %(what)s") % what)
    return Told(_("Disagreement settled: %(what)s") % what, _("%(remedy)s.") % {"remedy": _said(REMEDIES, remedy)})


def _news(fact: RecordedFact, _scene: Scene) -> Told:
    remedy = fact.body.get("remedy")
    if remedy is None:
        return Told(
            _("A message of the department’s own system waits for a person"),
            _("%(why)s.") % {"why": _said(VERDICTS, fact.body.get("verdict"))},
        )
    return Told(
        _("A message of the department’s own system was looked after"),
        _("%(remedy)s.") % {"remedy": _said(REMEDIES, remedy)},
    )


def _word_learned(fact: RecordedFact, _scene: Scene) -> Told:
    word = {"word": fact.body.get("word"), "meaning": fact.body.get("meaning")}
    if word["meaning"] is None:
        return Told(_("“%(word)s” no longer has a meaning of its own") % word)
    return Told(_("“%(word)s” means from now on: %(meaning)s") % word)


CONNECTOR_FACTS: Final[Mapping[str, tuple[Telling, Telling]]] = {
    "connector.reconciled": (_nothing, _reconciled),
    "connector.drift": (_nothing, _drifted),
    "connector.news": (_nothing, _news),
    "connector.word_learned": (_nothing, _word_learned),
}
"""By kind, as in `facts.FACTS`, which holds them too."""
