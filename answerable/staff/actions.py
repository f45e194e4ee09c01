"""Writes of the staff room."""

from __future__ import annotations

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction

from answerable.journal import actions as journal
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.staff import models
from answerable.staff.errors import WeakPassword
from answerable.staff.events import StaffAdded, StaffSignedIn
from answerable.staff.queries import StaffView, of_user
from answerable.staff.rules import Role


def add_member(
    *, username: str, password: str, role: Role, name: tuple[str, str], department: str = "", language: str = "en"
) -> StaffView:
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
            journal.append(fact, by="system:install", at=clock.now())
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
