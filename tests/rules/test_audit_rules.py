"""How many closures are drawn, and what verdicts say of all of them."""

from __future__ import annotations

import pytest

from answerable.audits.errors import NoGrounds, NoVerdict
from answerable.audits.rules import Judged, Verdict, accuracy, drawn, read_verdict, sample_size, wilson


@pytest.mark.parametrize(("population", "size"), [(0, 0), (1, 1), (12, 2), (200, 10), (201, 11), (1000, 20)])
def test_a_share_is_drawn_between_a_least_and_a_most(population: int, size: int) -> None:
    assert sample_size(population, share=0.05, least=2, most=20) == size


def test_the_same_seed_draws_the_same_and_every_closure_has_the_same_chance() -> None:
    ids = range(1, 11)

    assert drawn(ids, size=3, seed="a") == drawn(tuple(reversed(ids)), size=3, seed="a")
    counts = dict.fromkeys(ids, 0)
    for seed in range(3000):
        for each in drawn(ids, size=3, seed=str(seed)):
            counts[each] += 1
    assert all(800 < count < 1000 for count in counts.values())


def test_eighteen_right_of_twenty() -> None:
    told = accuracy(
        [Judged(Verdict.RIGHT, 5.0)] * 18 + [Judged(Verdict.WRONG, 5.0)] * 2 + [Judged(Verdict.UNCLEAR, 5.0)]
    )

    assert told is not None
    assert (round(told.share, 3), round(told.low, 3), round(told.high, 3)) == (0.9, 0.699, 0.972)
    assert (told.judged, told.unclear) == (20, 1)


def test_a_verdict_of_a_busy_night_counts_for_more_and_makes_the_rate_less_sure() -> None:
    even = accuracy([Judged(Verdict.RIGHT, 1.0)] * 10 + [Judged(Verdict.WRONG, 1.0)] * 10)
    busy = accuracy([Judged(Verdict.RIGHT, 50.0)] * 10 + [Judged(Verdict.WRONG, 1.0)] * 10)

    assert even is not None
    assert busy is not None
    assert busy.share == pytest.approx(500 / 510)
    assert busy.high - busy.low > wilson(busy.share, 20)[1] - wilson(busy.share, 20)[0]


def test_nothing_clear_gives_no_rate() -> None:
    assert accuracy([]) is None
    assert accuracy([Judged(Verdict.UNCLEAR, 1.0)]) is None


def test_a_verdict_other_than_right_needs_words() -> None:
    assert read_verdict("right", note="") is Verdict.RIGHT
    assert read_verdict("wrong", note="Still broken") is Verdict.WRONG
    with pytest.raises(NoGrounds):
        read_verdict("unclear", note=" ")
    with pytest.raises(NoVerdict):
        read_verdict("perhaps", note="x")
