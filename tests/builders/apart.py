"""Running a coroutine from a test, whatever ran before it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Result = TypeVar("Result")


def run_apart(story: Coroutine[None, None, Result]) -> Result:
    """What the story returns, run in a loop and thread of its own: once a browser ran, its loop stays in this one."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(copy_context().run, asyncio.run, story).result()
