"""What a service wants to see before it believes that work was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from answerable.requests.errors import BadChoice, ProofMissing
from answerable.requests.rules import (
    CLAIMS_WORK,
    Lifecycle,
    Outcome,
    Proof,
    Step,
    check_dispute_reason,
    check_proof,
    is_telling,
    may_dispute,
)

DONE = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("proof", "photo", "note", "field"),
    [
        (Proof.NONE, False, False, ""),
        (Proof.PHOTO, False, True, "photo"),
        (Proof.PHOTO, True, False, ""),
        (Proof.NOTE, True, False, "inspection"),
        (Proof.NOTE, False, True, ""),
        (Proof.PHOTO_OR_NOTE, False, False, "photo"),
        (Proof.PHOTO_OR_NOTE, False, True, ""),
        (Proof.PHOTO_OR_NOTE, True, False, ""),
    ],
)
def test_work_is_believed_with_the_proof_its_service_wants(proof: Proof, photo: bool, note: bool, field: str) -> None:
    if not field:
        check_proof(DONE, proof=proof, has_photo=photo, has_note=note)
        return

    with pytest.raises(ProofMissing) as refused:
        check_proof(DONE, proof=proof, has_photo=photo, has_note=note)

    assert (refused.value.field, refused.value.value) == (field, proof)


def test_an_ending_that_claims_no_work_needs_no_proof() -> None:
    for outcome in set(Outcome) - CLAIMS_WORK:
        step = Step(to=Lifecycle.RESOLVED, outcome=outcome)
        check_proof(step, proof=Proof.PHOTO, has_photo=False, has_note=False)

    check_proof(Step(to=Lifecycle.IN_PROGRESS), proof=Proof.PHOTO, has_photo=False, has_note=False)


def test_a_single_word_is_no_inspection_note() -> None:
    assert not is_telling("  done   ")
    assert is_telling("New lamp fitted")


def test_a_service_may_give_fewer_or_more_days_to_dispute() -> None:
    ended = NOON - timedelta(days=20)

    assert may_dispute(Lifecycle.CLOSED, resolved_at=ended, now=NOON)
    assert not may_dispute(Lifecycle.CLOSED, resolved_at=ended, now=NOON, days=14)


def test_a_dispute_names_a_known_reason_or_none() -> None:
    check_dispute_reason("came_back")
    check_dispute_reason("disputed")

    with pytest.raises(BadChoice):
        check_dispute_reason("because")
