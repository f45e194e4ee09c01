"""What the guard decides: the lives it learns from, the rungs that are due, the dates a storm moves."""

from __future__ import annotations
