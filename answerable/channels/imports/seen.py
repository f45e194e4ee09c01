"""Which rows a file has had already, in eight bytes a row: a row without a number is told from its twin by counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Seen:
    """Counts 64-bit hashes in sorted runs that are merged as they grow, so that memory is eight bytes a row."""

    def __init__(self) -> None:
        self._runs: list[NDArray[np.int64]] = []

    def count(self, hashes: Sequence[int]) -> list[int]:
        """For each hash the how-manieth of its kind it is, from 1; they count as seen from now on."""
        fresh = np.asarray(hashes, dtype=np.int64)
        before = np.zeros(len(hashes), dtype=np.int64)
        for run in self._runs:
            before += np.searchsorted(run, fresh, side="right") - np.searchsorted(run, fresh, side="left")
        self._add(np.sort(fresh))
        here: Counter[int] = Counter()
        counts = []
        for value, earlier in zip(hashes, before.tolist(), strict=True):
            here[value] += 1
            counts.append(earlier + here[value])
        return counts

    def _add(self, run: NDArray[np.int64]) -> None:
        self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last, one = self._runs.pop(), self._runs.pop()
            merged = np.concatenate((one, last))
            merged.sort(kind="stable")
            self._runs.append(merged)
