"""The facts about staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import Json, SubjectFact


@dataclass(frozen=True, slots=True)
class StaffSignedIn(SubjectFact):
    """A member of staff signed in."""

    KIND: ClassVar[str] = "staff.signed_in"
    SUBJECT_WORD: ClassVar[str] = "operator"

    role: str


@dataclass(frozen=True, slots=True)
class StaffAdded(SubjectFact):
    """A member of staff may sign in, or was given another role or department."""

    KIND: ClassVar[str] = "staff.added"
    SUBJECT_WORD: ClassVar[str] = "operator"

    role: str
    department: str | None = None


@dataclass(frozen=True, slots=True)
class StaffChanged(SubjectFact):
    """A member of staff has another role or department, may sign in again or no more, or got a new password."""

    KIND: ClassVar[str] = "staff.changed"
    SUBJECT_WORD: ClassVar[str] = "operator"

    role_before: str
    role: str
    department_before: str
    department: str
    is_active: bool
    new_password: bool | None = None


@dataclass(frozen=True, slots=True)
class TeamChanged(SubjectFact):
    """A team was made, has other people or queues, or was dissolved."""

    KIND: ClassVar[str] = "team.changed"
    SUBJECT_WORD: ClassVar[str] = "team"

    department: str
    code: str
    queues: list[Json]
    members: list[Json]
    is_active: bool


@dataclass(frozen=True, slots=True)
class ClientAdmitted(SubjectFact):
    """A program may act with a key of its own."""

    KIND: ClassVar[str] = "client.admitted"
    SUBJECT_WORD: ClassVar[str] = "client"

    scopes: list[Json]


@dataclass(frozen=True, slots=True)
class ClientChanged(SubjectFact):
    """A program may do other things, more or less often, or got a new key beside the old one."""

    KIND: ClassVar[str] = "client.changed"
    SUBJECT_WORD: ClassVar[str] = "client"

    what: str
    scopes: list[Json]
    rate_per_minute: int


@dataclass(frozen=True, slots=True)
class ClientRevoked(SubjectFact):
    """A program's key opens nothing any more."""

    KIND: ClassVar[str] = "client.revoked"
    SUBJECT_WORD: ClassVar[str] = "client"
