"""Members of staff, signed in: `signed_in(client, Role.OPERATOR)`."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.test import Client

from answerable.staff import actions as staff
from answerable.staff.queries import StaffView
from answerable.staff.rules import Role


def a_member(role: Role = Role.OPERATOR, *, department: str = "", language: str = "en") -> StaffView:
    """A member of staff with that role."""
    return staff.add_member(
        username=f"{role.value}{department}", password="words-for-a-test-only", role=role, name=("Noor", "Haddad"),
        department=department, language=language,
    )  # fmt: skip


def signed_in(client: Client, role: Role = Role.OPERATOR, *, department: str = "") -> StaffView:
    """A member of staff with that role, whom the client now speaks for."""
    member = a_member(role, department=department)
    client.force_login(get_user_model().objects.get(id=member.id))
    return member
