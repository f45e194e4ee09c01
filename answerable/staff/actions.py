"""Writes of the staff room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction

from answerable.journal import actions as journal
from answerable.kernel.facts import Json
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.staff import models
from answerable.staff.errors import BadMember, BadTeam, OwnAccount, UnknownMember, UsernameTaken, WeakPassword
from answerable.staff.events import (
    ClientAdmitted,
    ClientChanged,
    ClientRevoked,
    StaffAdded,
    StaffChanged,
    StaffSignedIn,
    TeamChanged,
)
from answerable.staff.queries import StaffView, TeamView, of_user, team
from answerable.staff.rules import Profile, Role, Scope

NOTE_CALLS_SQL = """
INSERT INTO staff_apicalls (client_id, minute, calls)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[])
ON CONFLICT (client_id, minute) DO UPDATE SET calls = staff_apicalls.calls + excluded.calls
RETURNING client_id, minute, calls
"""
"""Adds to programs' calls in a minute and gives the sums; a door sends it on its own connection."""

KEEP_CALLS = timedelta(days=35)
"""How long calls are known by the minute."""

KEYS_OVERLAP = timedelta(days=7)
"""How long a program's key before a rotation still opens."""

MOST_PER_MINUTE = 1_000_000

MOST_IN_TEAM = 200
"""Units: people of one team."""

MOST_LISTS = 30
"""Units: saved lists of one person."""

MOST_LIST_NAME = 60
MOST_QUERY = 600
"""Units: characters."""

MOST_TEAM_NAME = 80
"""Units: characters."""

_TEAM_CODE = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")
_USERNAME = re.compile(r"^[A-Za-z0-9._-]{3,40}$")


def add_member(
    *, username: str, password: str, role: Role, name: tuple[str, str], department: str = "", language: str = "en",
    by: str = "system:install",
) -> StaffView:  # fmt: skip
    """A member of staff who can sign in; one of that username is brought up to date instead."""
    with transaction.atomic():
        row, is_new = models.StaffMember.objects.get_or_create(username=username)
        was = (row.role, row.department)
        row.role, row.department, row.language = role, department, language
        row.first_name, row.last_name = name
        if not row.check_password(password):
            row.set_password(password)
        row.save()
        if is_new or was != (role, department):
            fact = StaffAdded(row.id, role=role, department=department or None)
            journal.append(fact, by=by, at=clock.now())
    view = of_user(row)
    assert view is not None
    return view


def checked_password(password: str, *, username: str) -> str:
    """The password, when it is long and uncommon enough.  Raises: WeakPassword saying what is wrong."""
    try:
        password_validation.validate_password(password, user=models.StaffMember(username=username))
    except ValidationError as weak:
        raise WeakPassword(" ".join(weak.messages), field="password", remedy="Choose a longer or rarer one.") from weak
    return password


@dataclass(frozen=True, slots=True)
class Post:
    """What a member of staff is here to do, and what they are called."""

    role: Role
    department: str
    name: tuple[str, str]
    language: str


def admit(*, username: str, password: str, post: Post, by: str) -> StaffView:
    """The new member of staff; sent twice with the same password it is the same one.

    Raises: BadMember naming the field; UsernameTaken.
    """
    _check(post)
    if not _USERNAME.match(username):
        remedy = "Use 3 to 40 letters, digits, dots or hyphens."
        raise BadMember("This is no user name.", field="username", value=username[:40], remedy=remedy)
    with transaction.atomic():
        earlier = models.StaffMember.objects.filter(username__iexact=username).first()
        if earlier is not None:
            view = of_user(earlier)
            if view is None or not earlier.check_password(password):
                raise UsernameTaken("It is taken.", field="username", value=username, remedy="Choose another.")
            return view
        return add_member(
            username=username, password=password, role=post.role, name=post.name, department=post.department,
            language=post.language, by=by,
        )  # fmt: skip


def _check(post: Post) -> None:
    if not any(post.name):
        raise BadMember("The name is missing.", field="last_name", remedy="Write a name.")
    if post.role is Role.DEPARTMENT and not post.department:
        raise BadMember("The department is missing.", field="department", remedy="Choose the department they work for.")


def change_member(member_id: int, *, post: Post, is_active: bool, by: str, password: str = "") -> None:
    """The person has this post from now on, may sign in or not, and has the new password if one is given.

    Raises: BadMember; UnknownMember; OwnAccount when administrators would shut themselves out.
    """
    _check(post)
    with transaction.atomic():
        row = models.StaffMember.objects.select_for_update().filter(id=member_id).first()
        if row is None:
            raise UnknownMember("There is no such member of staff.", field="id", value=str(member_id))
        if by == f"operator:{member_id}" and (post.role != row.role or not is_active):
            raise OwnAccount("This is your own account.", field="role", remedy="Ask another administrator.")
        fact = StaffChanged(
            member_id, role_before=row.role, role=post.role, department_before=row.department,
            department=post.department, is_active=is_active, new_password=True if password else None,
        )  # fmt: skip
        row.role, row.department, row.language, row.is_active = post.role, post.department, post.language, is_active
        row.first_name, row.last_name = post.name
        if password:
            row.set_password(password)
        row.save()
        if fact.department_before != post.department:
            row.team_set.clear()
        journal.append(fact, by=by, at=clock.now())


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """What a team is called in both languages, who is in it, and which of its department's queues come to it."""

    name: tuple[str, str]
    members: tuple[int, ...] = ()
    queues: tuple[str, ...] = ()
    is_active: bool = True


def keep_team(*, department: str, code: str, plan: TeamPlan, by: str) -> TeamView:
    """The team as planned: made, or changed where the department has one of that code.

    A queue belongs to one team: what this one takes, another of the department gives up.
    Raises: BadTeam naming the field.
    """
    _check_team(department, code, plan)
    with transaction.atomic():
        row, is_new = models.Team.objects.select_for_update().get_or_create(
            department=department, code=code, defaults={"name": {}, "queues": []}
        )
        people = models.StaffMember.objects.filter(id__in=plan.members, department=department).order_by("id")
        ids: list[Json] = [each.id for each in people[:MOST_IN_TEAM]]
        before = (row.name, row.queues, row.is_active, sorted(row.members.values_list("id", flat=True)))
        row.name, row.queues, row.is_active = (
            dict(zip(("en", "fr"), plan.name, strict=True)),
            list(plan.queues),
            plan.is_active,
        )
        if is_new or before != (row.name, row.queues, row.is_active, ids):
            row.save()
            row.members.set(people)
            _give_up(row, by=by)
            _tell_team(row, ids, by=by)
        return team(row.id)


def _check_team(department: str, code: str, plan: TeamPlan) -> None:
    if not _TEAM_CODE.match(code):
        remedy = "Use small letters, digits, hyphens or underlines."
        raise BadTeam("This is no code of a team.", field="code", value=code[:40], remedy=remedy)
    if not department:
        raise BadTeam("The department is missing.", field="department", remedy="Choose one.")
    for field, words in zip(("name_en", "name_fr"), plan.name, strict=True):
        if not words.strip() or len(words) > MOST_TEAM_NAME:
            raise BadTeam("The name is missing or too long.", field=field, remedy="Write it in both languages.")


def _give_up(row: models.Team, *, by: str) -> None:
    """No other team of the department has a queue of this one."""
    if not row.is_active:
        return
    others = models.Team.objects.select_for_update().filter(department=row.department).exclude(id=row.id).order_by("id")
    for other in others:
        kept = [queue for queue in other.queues if queue not in row.queues]
        if kept != other.queues:
            other.queues = kept
            other.save(update_fields=["queues"])
            _tell_team(other, list(other.members.order_by("id").values_list("id", flat=True)), by=by)


def _tell_team(row: models.Team, members: list[Json], *, by: str) -> None:
    fact = TeamChanged(
        row.id, department=row.department, code=row.code, queues=list(row.queues), members=members,
        is_active=row.is_active,
    )  # fmt: skip
    journal.append(fact, by=by, at=clock.now())


def save_list(member: StaffView, *, name: str, query: str, is_shared: bool) -> int:
    """The id of the person's list of that name, which is this one from now on.  Raises: BadMember naming the field."""
    words = " ".join(name.split())
    if not 0 < len(words) <= MOST_LIST_NAME:
        raise BadMember("The name is missing or too long.", field="name", remedy=f"Use 1 to {MOST_LIST_NAME} letters.")
    if models.SavedList.objects.filter(member_id=member.id).exclude(name=words).count() >= MOST_LISTS:
        raise BadMember("These are enough lists.", field="name", remedy="Remove one that you no longer use.")
    row, _ = models.SavedList.objects.update_or_create(
        member_id=member.id, name=words,
        defaults={"department": member.department, "query": query[:MOST_QUERY], "is_shared": is_shared},
    )  # fmt: skip
    return int(row.id)


def remove_list(member: StaffView, *, list_id: int) -> None:
    """The person's list is gone; nobody removes another's."""
    models.SavedList.objects.filter(id=list_id, member_id=member.id).delete()


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """What a program is called, what it may, how often, and what its door does differently."""

    name: str
    scopes: tuple[Scope, ...]
    rate_per_minute: int
    profile: Profile


def _checked_terms(terms: ClientTerms) -> ClientTerms:
    if not terms.name.strip() or not terms.scopes:
        field = "scopes" if terms.name.strip() else "client_name"
        raise BadMember(f"The {field} are missing.", field=field, remedy="Fill it in.")
    if not 0 <= terms.rate_per_minute <= MOST_PER_MINUTE:
        remedy = f"Use 1 to {MOST_PER_MINUTE}, or 0 for no limit."
        raise BadMember("This is no limit.", field="rate_per_minute", remedy=remedy)
    return terms


def admit_client(*, terms: ClientTerms, digest_of_key: str, by: str) -> int:
    """The id of a program that may act from now on; sent twice it is the same one.  Raises: BadMember."""
    wanted = _checked_terms(terms)
    with transaction.atomic():
        earlier = models.ApiClient.objects.filter(key_digest=digest_of_key).first()
        if earlier is not None:
            return int(earlier.id)
        words = [str(each) for each in wanted.scopes]
        row = models.ApiClient.objects.create(
            key_digest=digest_of_key, name=wanted.name.strip()[:120], scopes=words, created_at=clock.now(),
            rate_per_minute=wanted.rate_per_minute, profile=msgspec.to_builtins(wanted.profile),
        )  # fmt: skip
        journal.append(ClientAdmitted(row.id, scopes=list(words)), by=by, at=clock.now())
        return int(row.id)


def change_client(client_id: int, *, terms: ClientTerms, by: str) -> None:
    """The program is on these terms from now on; doors know within half a minute.

    Raises: BadMember naming the field; UnknownMember.
    """
    wanted = _checked_terms(terms)
    with transaction.atomic():
        row = _locked_client(client_id)
        row.name, row.scopes = wanted.name.strip()[:120], [str(each) for each in wanted.scopes]
        row.rate_per_minute, row.profile = wanted.rate_per_minute, msgspec.to_builtins(wanted.profile)
        row.save(update_fields=["name", "scopes", "rate_per_minute", "profile"])
        _note_change(row, "changed", by=by)


def rotate_client(client_id: int, *, digest_of_key: str, by: str) -> None:
    """The program has a new key; the one before opens for `KEYS_OVERLAP`, too.  Sent twice it is one change.

    Raises: UnknownMember.
    """
    with transaction.atomic():
        row = _locked_client(client_id)
        if row.key_digest != digest_of_key and row.is_active:
            row.previous_digest, row.previous_until = row.key_digest, clock.now() + KEYS_OVERLAP
            row.key_digest = digest_of_key
            row.save(update_fields=["key_digest", "previous_digest", "previous_until"])
            _note_change(row, "rotated", by=by)


def _locked_client(client_id: int) -> models.ApiClient:
    row = models.ApiClient.objects.select_for_update().filter(id=client_id).first()
    if row is None:
        raise UnknownMember("There is no such program.", field="id", value=str(client_id))
    return row


def _note_change(row: models.ApiClient, what: str, *, by: str) -> None:
    fact = ClientChanged(row.id, what=what, scopes=list(row.scopes), rate_per_minute=row.rate_per_minute)
    journal.append(fact, by=by, at=clock.now())


def revoke_client(client_id: int, *, by: str) -> None:
    """The program's key opens nothing any more; revoked already, nothing changes."""
    with transaction.atomic():
        if models.ApiClient.objects.filter(id=client_id, is_active=True).update(is_active=False):
            journal.append(ClientRevoked(client_id), by=by, at=clock.now())


def note_sign_in(user: models.StaffMember) -> None:
    """The journal knows that this person signed in."""
    with transaction.atomic():
        journal.append(StaffSignedIn(user.id, role=user.role), by=f"operator:{user.id}", at=clock.now())


def add_api_client(*, name: str, scopes: list[str], digest_of_key: str) -> int:
    """The id of a program that may act; only the digest of its key is kept."""
    row, _ = models.ApiClient.objects.get_or_create(
        key_digest=digest_of_key, defaults={"name": name, "scopes": scopes, "created_at": clock.now()}
    )
    return int(row.id)


def fresh_api_key() -> str:
    """A key to show once: 256 random bits."""
    return f"ans_{new_token()}{new_token()}"


def forget_old_calls(*, now: datetime) -> int:
    """Counts older than KEEP_CALLS go; gives how many."""
    before = int((now - KEEP_CALLS).timestamp()) // 60
    return models.ApiCalls.objects.filter(minute__lt=before).delete()[0]
