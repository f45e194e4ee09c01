"""Reads of the staff room."""

from __future__ import annotations

from dataclasses import dataclass

from answerable.staff import models


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


def of_department(department: str) -> tuple[StaffView, ...]:
    """The active people of a department, by name."""
    rows = models.StaffMember.objects.filter(department=department, is_active=True).order_by("last_name", "id")[:200]
    return tuple(map(_view, rows))


def names_of(bys: list[str]) -> dict[str, str]:
    """Readable names for the journal's `operator:3` and `department:12`."""
    ids = {
        int(by.split(":")[1]): by
        for by in bys
        if by.split(":")[0] in {"operator", "department"} and by.split(":")[1].isdigit()
    }
    return {ids[key]: view.name for key, view in by_ids(list(ids)).items()}
