"""Who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec


class Role(StrEnum):
    """What a member of staff is here to do."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    DEPARTMENT = "department"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """One thing a program may be allowed."""

    WRITE_REQUESTS = "requests:write"
    READ_OFFICE = "office:read"
    WRITE_UPDATES = "updates:write"
    MANAGE_WEBHOOKS = "webhooks:manage"


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one program's door does differently, because that program cannot do otherwise."""

    expected_datetime: bool = True
    """Open311: send the promised instant; some programs break on it."""

    extended_status: bool = False
    """Open311: send extended status, notes and updates without being asked."""

    confidential_services: bool = False
    """Open311: list confidential services too, as `blackbox`: they can be reported, and never be read back."""

    department: str = ""
    """Whose work this program's updates may move (scope `updates:write`): a department's code, or `*` for all."""


def profile_of(kept: Mapping[str, Any]) -> Profile:
    """The profile as it was kept; wishes of another release that this one does not know are left out."""
    known = {name: value for name, value in kept.items() if name in Profile.__struct_fields__}
    try:
        return msgspec.convert(known, Profile)
    except msgspec.ValidationError:
        return Profile()


class Permission(StrEnum):
    """One thing a role may be allowed."""

    LOG = "log"
    SEE_CONTACTS = "see_contacts"
    SEE_CONFIDENTIAL = "see_confidential"
    MOVE = "move"
    MOVE_ANY_DEPARTMENT = "move_any_department"
    NOTE = "note"
    SEE_OFFICE = "see_office"
    EDIT_CATALOGUE = "edit_catalogue"
    PUBLISH_ROUTES = "publish_routes"


_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset({_P.LOG, _P.SEE_CONTACTS, _P.NOTE}),
    Role.SUPERVISOR: frozenset(_P) - {_P.EDIT_CATALOGUE},
    Role.DEPARTMENT: frozenset({_P.SEE_OFFICE, _P.MOVE, _P.NOTE, _P.SEE_CONTACTS}),
    Role.ANALYST: frozenset({_P.SEE_OFFICE}),
    Role.ADMINISTRATOR: frozenset(_P),
}
"""What each role may do; a department's people act on their own department only."""


def may(role: str, permission: Permission) -> bool:
    """Whether the role carries the permission; an unknown role carries none."""
    return role in set(Role) and permission in GRANTS[Role(role)]


def may_see_request(role: str, *, own_department: str, department: str, visibility: str) -> bool:
    """Whether a member of staff may open a request; confidential ones only by permission or owning department."""
    if role == Role.DEPARTMENT and own_department != department:
        return False
    if visibility != "confidential":
        return role in set(Role)
    return may(role, Permission.SEE_CONFIDENTIAL) or role == Role.DEPARTMENT


def may_move_request(role: str, *, own_department: str, department: str) -> bool:
    """Whether a member of staff may change the state of that department's request."""
    if may(role, Permission.MOVE_ANY_DEPARTMENT):
        return True
    return may(role, Permission.MOVE) and own_department == department
