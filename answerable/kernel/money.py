"""Amounts of money, in cents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    """An amount.  Units: cents of the ISO 4217 currency."""

    cents: int
    currency: str
