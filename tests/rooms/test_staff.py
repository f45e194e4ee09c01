"""How people and programs come to be allowed in."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, override_settings

from answerable import settings as product
from answerable.journal import queries as journal
from answerable.staff import actions
from answerable.staff.errors import WeakPassword
from answerable.staff.rules import Role

pytestmark = pytest.mark.django_db


def test_a_member_added_twice_is_one_person_with_the_latest_role() -> None:
    first = actions.add_member(username="noor", password="a long enough one", role=Role.OPERATOR, name=("Noor", "H"))
    again = actions.add_member(username="noor", password="a long enough one", role=Role.SUPERVISOR, name=("Noor", "H"))

    assert again.id == first.id
    assert again.role == "supervisor"
    told = [(fact.kind, fact.body["role"]) for fact in journal.timeline(f"operator:{first.id}")]
    assert told == [("staff.added", "operator"), ("staff.added", "supervisor")]


def test_the_same_again_says_nothing_new() -> None:
    for _ in range(2):
        view = actions.add_member(username="dana", password="a long enough one", role=Role.ANALYST, name=("Dana", "K"))

    assert len(journal.timeline(f"operator:{view.id}")) == 1


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_weak_password_is_refused_in_words(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        actions.checked_password(password, username="noor")

    assert refused.value.field == "password"


def test_the_product_keeps_passwords_so_that_guessing_them_is_dear() -> None:
    """Source: OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA256 with 600,000 iterations or more."""
    with override_settings(PASSWORD_HASHERS=product.PASSWORD_HASHERS):
        actions.add_member(username="noor", password="a long enough one", role=Role.OPERATOR, name=("Noor", "H"))
        kept = get_user_model().objects.get(username="noor").password

        assert Client().login(username="noor", password="a long enough one")
        assert not Client().login(username="noor", password="a long enough two")

    method, iterations, *_ = kept.split("$")
    assert method == "pbkdf2_sha256"
    assert int(iterations) >= 600_000
