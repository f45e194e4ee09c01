"""What facts about teams and what they have in hand say to staff; residents read none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from answerable.journal.records import RecordedFact
from answerable.kernel.facts import Json
from answerable.kernel.languages import in_language
from answerable.web.components.told import Scene, Telling, Told


def _nothing(_fact: RecordedFact, _scene: Scene) -> None:
    return None


def person_name(member: Json, scene: Scene) -> str:
    """What the member of staff with that id is called; empty when the scene does not know them."""
    names = (scene.people.get(f"{word}:{member}") for word in ("department", "operator"))
    return next((name for name in names if name), "")


def team_name(team: Json, scene: Scene) -> str:
    """What the team with that id is called."""
    words = scene.teams.get(int(str(team))) if team is not None else None
    return in_language(words, language=get_language() or "en") if words else ""


def _assigned(fact: RecordedFact, scene: Scene) -> Told:
    team, person = fact.body.get("team"), fact.body.get("assignee")
    named = {"team": team_name(team, scene), "name": person_name(person, scene)}
    if team is None and person is None:
        return Told(_("Given back to the queue: nobody has it in hand"))
    if person is None:
        return Told(_("Given to %(team)s") % named if named["team"] else _("Given to a team"))
    if team is None or not named["team"]:
        return Told(_("Given to %(name)s") % named if named["name"] else _("Given to somebody in the department"))
    if not named["name"]:
        return Told(_("Given to somebody of %(team)s") % named)
    return Told(_("Given to %(name)s, %(team)s") % named)


def _contact_given(_fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("The person who reported it gave their details"))


def _team_changed(fact: RecordedFact, _scene: Scene) -> Told:
    return Told(_("A team has changed") if fact.body.get("is_active") else _("A team was dissolved"))


def _reply_published(fact: RecordedFact, _scene: Scene) -> Told:
    if not fact.body.get("is_active"):
        return Told(_("Ready-made words are no longer offered: %(code)s") % {"code": fact.body.get("code")})
    return Told(_("Ready-made words were published: %(code)s, version %(version)s") % dict(fact.body))


TEAM_FACTS: Final[Mapping[str, tuple[Telling, Telling]]] = {
    "request.assigned": (_nothing, _assigned),
    "request.contact_given": (_nothing, _contact_given),
    "team.changed": (_nothing, _team_changed),
    "reply.published": (_nothing, _reply_published),
}
"""By kind, as in `facts.FACTS`, which holds them too."""
