"""Terms a program may be on: `a_program(scopes=(Scope.READ_OFFICE,))`."""

from __future__ import annotations

from typing import Any

from answerable.staff.actions import ClientTerms
from answerable.staff.rules import Profile, Scope


def a_program(**changes: Any) -> ClientTerms:
    """A map that may do nothing but subscribe to news."""
    terms: dict[str, Any] = {
        "name": "Map", "scopes": (Scope.MANAGE_WEBHOOKS,), "rate_per_minute": 6000, "profile": Profile(),
    }  # fmt: skip
    return ClientTerms(**terms | changes)
