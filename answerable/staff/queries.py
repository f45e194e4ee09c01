"""Reads of the staff room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from answerable.kernel.languages import Text
from answerable.staff import models
from answerable.staff.errors import UnknownMember, UnknownTeam
from answerable.staff.rules import Profile, profile_of

CLIENT_SQL = """
SELECT c.id, c.name, c.scopes, c.rate_per_minute, c.profile
  FROM staff_apiclient c, (SELECT %s::text AS digest) k
 WHERE c.is_active AND (c.key_digest = k.digest OR (c.previous_digest = k.digest AND c.previous_until > now()))
"""
"""Whose key it is, the newest or one just replaced, for doors that ask on their own connection."""

_CALLS_SQL = """
SELECT client_id, coalesce(sum(calls) FILTER (WHERE minute >= %s), 0), max(minute)
  FROM staff_apicalls WHERE client_id = ANY(%s) GROUP BY client_id
"""


_PEOPLE = frozenset({"operator", "department"})
"""How the journal names members of staff, before their id."""


@dataclass(frozen=True, slots=True)
class StaffView:
    """One member of staff."""

    id: int
    username: str
    name: str
    role: str
    department: str
    language: str

    @property
    def by(self) -> str:
        """How the journal names them: departments' people as such, everybody else as operators."""
        return f"department:{self.id}" if self.role == "department" else f"operator:{self.id}"


def _view(row: models.StaffMember) -> StaffView:
    return StaffView(
        id=row.id, username=row.username, name=row.get_full_name() or row.username, role=row.role,
        department=row.department, language=row.language,
    )  # fmt: skip


def of_user(user: object) -> StaffView | None:
    """The signed-in member of staff, or None for a resident."""
    return _view(user) if isinstance(user, models.StaffMember) and user.is_active else None


def by_ids(ids: list[int]) -> dict[int, StaffView]:
    """Those members of staff, in one statement."""
    return {row.id: _view(row) for row in models.StaffMember.objects.filter(id__in=ids[:500])}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a member of staff reads e-mail, and in which language."""

    member_id: int
    email: str
    language: str


def mailboxes(*, role: str = "", team: str = "", department: str = "") -> tuple[Mailbox, ...]:
    """The e-mail of everybody of that role or team who may sign in and gave one; 100 at most."""
    rows = models.StaffMember.objects.filter(is_active=True).exclude(email="")
    if role:
        rows = rows.filter(role=role)
    if team:
        rows = rows.filter(team__code=team, team__department=department, team__is_active=True)
    elif department:
        rows = rows.filter(department=department)
    return tuple(Mailbox(row.id, row.email, row.language) for row in rows.order_by("id").distinct()[:100])


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One line of the administrators' list."""

    member: StaffView
    first_name: str
    last_name: str
    is_active: bool
    last_login: datetime | None


@dataclass(frozen=True, slots=True)
class ClientView:
    """A program with a key; the key itself nobody knows."""

    id: int
    name: str
    scopes: tuple[str, ...]
    is_active: bool
    created_at: datetime
    rate_per_minute: int
    profile: Profile
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class ClientCalls:
    """How often a program called since an instant, and when it called last; by the minute, for five weeks."""

    calls: int
    last_at: datetime


def members(*, limit: int = 500) -> tuple[MemberRow, ...]:
    """Everybody with a log-in, those who may sign in first, by name."""
    rows = models.StaffMember.objects.order_by("-is_active", "last_name", "first_name", "id")[:limit]
    return tuple(map(_member, rows))


def member(member_id: int) -> MemberRow:
    """One person, whether or not they may sign in.  Raises: UnknownMember."""
    row = models.StaffMember.objects.filter(id=member_id).first()
    if row is None:
        raise UnknownMember("There is no such member of staff.", field="id", value=str(member_id))
    return _member(row)


def _member(row: models.StaffMember) -> MemberRow:
    return MemberRow(_view(row), row.first_name, row.last_name, row.is_active, row.last_login)


def clients(*, limit: int = 200) -> tuple[ClientView, ...]:
    """The programs that ever had a key, those whose key works first."""
    rows = models.ApiClient.objects.order_by("-is_active", "name", "id")[:limit]
    return tuple(map(_client, rows))


def client(client_id: int) -> ClientView:
    """One program, whether or not its key works.  Raises: UnknownMember."""
    row = models.ApiClient.objects.filter(id=client_id).first()
    if row is None:
        raise UnknownMember("There is no such program.", field="id", value=str(client_id))
    return _client(row)


def _client(row: models.ApiClient) -> ClientView:
    return ClientView(
        id=row.id, name=row.name, scopes=tuple(row.scopes), is_active=row.is_active, created_at=row.created_at,
        rate_per_minute=row.rate_per_minute, profile=profile_of(row.profile), previous_until=row.previous_until,
    )  # fmt: skip


def client_names(ids: Sequence[int]) -> dict[int, str]:
    """What those programs are called."""
    return dict(models.ApiClient.objects.filter(id__in=list(ids)[:500]).values_list("id", "name"))


def calls_since(since: datetime, *, ids: Sequence[int]) -> dict[int, ClientCalls]:
    """How often those programs called since then; who never did is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_CALLS_SQL, [int(since.timestamp()) // 60, list(ids)])
        rows = cursor.fetchall()
    return {row[0]: ClientCalls(int(row[1]), datetime.fromtimestamp(row[2] * 60, tz=UTC)) for row in rows}


def of_department(department: str) -> tuple[StaffView, ...]:
    """The active people of a department, by name."""
    rows = models.StaffMember.objects.filter(department=department, is_active=True).order_by("last_name", "id")[:200]
    return tuple(map(_view, rows))


def names_of(bys: list[str]) -> dict[str, str]:
    """Readable names for the journal's `operator:3` and `department:12`."""
    parts = ((by, *by.partition(":")) for by in bys)
    ids = {by: int(key) for by, word, _colon, key in parts if word in _PEOPLE and key.isdigit()}
    known = by_ids(sorted(set(ids.values())))
    return {by: known[key].name for by, key in ids.items() if key in known}


@dataclass(frozen=True, slots=True)
class TeamView:
    """People of one department who work together; `queues` are those whose work comes to them by itself."""

    id: int
    department: str
    code: str
    name: Text
    queues: tuple[str, ...]
    is_active: bool
    members: tuple[StaffView, ...]


def team(team_id: int) -> TeamView:
    """One team, dissolved or not.  Raises: UnknownTeam."""
    found = _teams(models.Team.objects.filter(id=team_id))
    if not found:
        raise UnknownTeam("There is no such team.", field="team", value=str(team_id), remedy="Open the list again.")
    return found[0]


def teams(*, department: str = "") -> tuple[TeamView, ...]:
    """The teams at work, of one department or of all, by department and code."""
    rows = models.Team.objects.filter(is_active=True)
    return _teams(rows.filter(department=department) if department else rows)


def every_team() -> tuple[TeamView, ...]:
    """All teams, those dissolved at the end."""
    return tuple(sorted(_teams(models.Team.objects.all()), key=lambda each: not each.is_active))


def teams_of(member_id: int) -> tuple[TeamView, ...]:
    """The teams at work that this person is in."""
    return _teams(models.Team.objects.filter(members__id=member_id, is_active=True))


def team_names(ids: Iterable[int]) -> dict[int, Text]:
    """What those teams are called, in one statement; dissolved ones, too."""
    return dict(models.Team.objects.filter(id__in=list(ids)[:500]).values_list("id", "name"))


def team_of_queue(department: str, queue: str) -> int | None:
    """The team whose work that queue is; None when it is nobody's in particular."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT staff_team_of(%s, %s)", [department, queue])
        found = cursor.fetchone()[0]
    return None if found is None else int(found)


def _teams(rows: QuerySet[models.Team]) -> tuple[TeamView, ...]:
    """The teams with their people, in two statements."""
    found = rows.order_by("department", "code").prefetch_related(
        Prefetch("members", models.StaffMember.objects.filter(is_active=True).order_by("last_name", "id"))
    )
    return tuple(
        TeamView(
            id=row.id, department=row.department, code=row.code, name=row.name, queues=tuple(row.queues),
            is_active=row.is_active, members=tuple(map(_view, row.members.all())),
        )
        for row in found[:500]
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListView:
    """A saved list of work: what it is called, the query of its address, and whose it is."""

    id: int
    name: str
    query: str
    is_shared: bool
    is_own: bool


def lists_of(member: StaffView) -> tuple[ListView, ...]:
    """The person's saved lists, then those their colleagues share, by name."""
    shared = Q(is_shared=True, department=member.department)
    rows = models.SavedList.objects.filter(Q(member_id=member.id) | shared).order_by("name", "id")[:100]
    views = [ListView(row.id, row.name, row.query, row.is_shared, row.member_id == member.id) for row in rows]
    return tuple(sorted(views, key=lambda each: not each.is_own))
