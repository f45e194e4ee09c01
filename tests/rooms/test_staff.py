"""How people and programs come to be allowed in."""

from __future__ import annotations

import pytest

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
