"""The demo's office: a team in each department with a log-in, work in hand, ready-made words, a saved list."""

from __future__ import annotations

from typing import Final

from answerable.catalogue import queries as catalogue
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import queries, replies
from answerable.requests.actions import Change
from answerable.requests.queries import Filters
from answerable.requests.replies import ReplyDraft
from answerable.staff import actions as staff
from answerable.staff import queries as staff_queries
from answerable.staff.actions import TeamPlan
from answerable.staff.queries import StaffView

BY: Final = "system:rehearsal"
TEAM: Final = "day-crew"
NAME: Final = ("Day crew", "Équipe de jour")

_REPLIES: Final = {
    "on-our-list": ReplyDraft(
        title={"en": "It is on our list", "fr": "C’est sur notre liste"},
        words={
            "en": "A crew of {department} has {number} on its list. We promised that it is done by {due}.",
            "fr": "Une équipe ({department}) a {number} sur sa liste. Nous l’avons promis d’ici le {due}.",
        },
    ),
    "where-exactly": ReplyDraft(
        title={"en": "Where exactly?", "fr": "Où exactement?"},
        words={
            "en": "Our crew was at {place} and did not find it. Where exactly is it? A photo helps.",
            "fr": "Notre équipe est allée ici : {place}. Elle n’a rien trouvé. Où est-ce exactement? Une photo aide.",
        },
    ),
}


def seed_teams(members: list[StaffView]) -> None:
    """Each of these people's departments has a team that takes every other of its queues' work, and a saved list."""
    city = catalogue.active()
    for member in members:
        queues = tuple(each.code for each in city.department(member.department).queues[::2])
        plan = TeamPlan(name=NAME, members=(member.id,), queues=queues)
        staff.keep_team(department=member.department, code=TEAM, plan=plan, by=BY)
        staff.save_list(member, name="Late and nobody’s", query="tab=late&hand=nobody", is_shared=True)
    for code, draft in _REPLIES.items():
        replies.publish(code, draft, by=BY)


def seed_hands() -> None:
    """The soonest due work of each demo team is in its own people's hands; begun again, it is the same."""
    for team in staff_queries.teams():
        if team.code != TEAM or not team.members:
            continue
        page = queries.list_requests(Filters(team_id=team.id), limit=4, now=clock.now())
        for row in page.rows[::2]:
            change = Change.now(key=f"demo:hands:{row.number}", by=BY)
            requests.assign(row.id, change, assignee_id=team.members[0].id)
