"""The demo city: log-ins for every role, real requests from the city pack's own past, and invented scenes.

Everything goes through the same actions as a resident's form or a department's click, at the instants of the past,
so that the demo's promises, timelines and chains are as real as any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from answerable.audits import actions as audits
from answerable.audits import queries as audit_reads
from answerable.audits.errors import OwnWork
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.intake import actions as intake
from answerable.plumbing import clock
from answerable.rehearsal import office
from answerable.rehearsal.past import past_of
from answerable.rehearsal.play import Ring, Stage, act_of_talk, acts_of_row, acts_of_scene, play
from answerable.rehearsal.scenes import read_scenes
from answerable.staff import actions as staff
from answerable.staff import queries as staff_reads
from answerable.staff.rules import Role

DEMO_PASSWORD = "answerable-demo-311"  # noqa: S105 printed at every start of a demo; never made outside one
"""The password of every demo log-in."""

DEMO_API_KEY = "ans_demo_key_for_trying_the_json_door"
"""The demo's API key; it may log requests and read the office list."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """A demo account to try a role with."""

    username: str
    role: Role
    name: tuple[str, str]
    department: str = ""
    language: str = "en"


def log_ins(city: City) -> tuple[LogIn, ...]:
    """One account for each role; two departments, so that borders between them can be seen."""
    first, second = _busiest_departments(city)
    return (
        LogIn("operator", Role.OPERATOR, ("Noor", "Haddad")),
        LogIn("operatrice", Role.OPERATOR, ("Élise", "Tremblay"), language="fr"),
        LogIn("supervisor", Role.SUPERVISOR, ("Samir", "Osei")),
        LogIn("department", Role.DEPARTMENT, ("Dana", "Kowalski"), department=first),
        LogIn("department2", Role.DEPARTMENT, ("Priya", "Nair"), department=second),
        LogIn("analyst", Role.ANALYST, ("Ann", "Lee")),
        LogIn("admin", Role.ADMINISTRATOR, ("Alex", "Roy")),
    )


def _busiest_departments(city: City) -> tuple[str, str]:
    """The departments that most routes lead to."""
    counts: dict[str, int] = {}
    for route in city.routes:
        counts[route.department] = counts.get(route.department, 0) + 1
    ordered = sorted(counts, key=lambda code: (-counts[code], code))
    return ordered[0], ordered[1 if len(ordered) > 1 else 0]


def seed_staff() -> None:
    """Every role's log-in exists, and the demo's API key."""
    members = [
        staff.add_member(
            username=each.username, password=DEMO_PASSWORD, role=each.role, name=each.name,
            department=each.department, language=each.language,
        )
        for each in log_ins(catalogue.active())
    ]  # fmt: skip
    office.seed_teams([each for each in members if each.department])
    staff.add_api_client(
        name="Demo client", scopes=["requests:write", "office:read"], digest_of_key=intake.digest_of(DEMO_API_KEY)
    )


def seed_past(folder: Path, *, ring: Ring = lambda: 0) -> int:
    """The demo's past was played; gives how many requests were added.

    It may be broken off and begun again: every act has a key of its own.  `ring` rings the timers that came due on
    the way, so that they do not all ring at the start of the clockwork.  Raises: BrokenScenes.
    """
    city, now = catalogue.active(), clock.now()
    invented = read_scenes(folder / "demo")
    stage = Stage(city, now=now, people=invented.person)
    acts = [act for row in past_of(folder / "demo", now=now, zone=city.timezone) for act in acts_of_row(stage, row)]
    acts += [act for scene in invented.request for act in acts_of_scene(stage, scene)]
    acts += [act_of_talk(stage, talk) for talk in invented.enquiry]
    play(acts, until=now, ring=ring)
    office.seed_hands()
    return stage.logged


AUDITED_DAYS = 30
"""Units: days of the demo's past that were drawn from."""

LEFT_TO_JUDGE = 5
"""Units: closures of the demo that wait for a verdict."""


def audit_closures() -> int:
    """The demo's last weeks were drawn from and judged but for a few; gives how many verdicts there are."""
    now = clock.now()
    today = catalogue.active().local_day(now)
    supervisor = next((each.member for each in staff_reads.members() if each.member.role == Role.SUPERVISOR), None)
    if supervisor is None:
        return 0
    for days in range(AUDITED_DAYS, 0, -1):
        audits.draw(today - timedelta(days=days), by="system:clockwork", at=now)
    given = 0
    for each in audit_reads.to_judge(limit=500)[:-LEFT_TO_JUDGE]:
        is_wrong = each.request_id % 11 == 0
        verdict, note = ("wrong", "The spot was visited: nothing had been done.") if is_wrong else ("right", "")
        try:
            audits.judge(each.id, by=supervisor.by, verdict=verdict, note=note, at=now)
        except OwnWork:
            continue
        given += 1
    return given
