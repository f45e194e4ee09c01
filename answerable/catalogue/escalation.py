"""The ladder of a department: who is told of a promise in danger or broken, rung by rung."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from answerable.catalogue.grammar import Strict


class Escalation(Strict, frozen=True, kw_only=True):
    """Who is told when a promise of the department is in danger or broken, and how long after.

    `to` is a role (`role:supervisor`), a team (`team:night-crew`) or an e-mail address of an office, never a person's.
    """

    at: Annotated[str, msgspec.Meta(pattern=r"^(at_risk|breach(\+[1-9][0-9]{0,2}[hd])?)$")]
    """`at_risk`, `breach`, or so long after it: `breach+48h`, `breach+7d`."""
    to: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^(role:(operator|supervisor|department|analyst|administrator)"
            r"|team:[a-z0-9][a-z0-9_-]{0,62}|[^@\s:]{1,64}@[^@\s:]{1,190})$"
        ),
    ]
    targets: tuple[Literal["first_action", "completion"], ...] = ("completion",)
