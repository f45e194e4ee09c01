"""What the front door asks, checks and proposes."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.catalogue.structs import Service
from answerable.intake import rules
from answerable.intake.errors import BadKey
from answerable.intake.rules import Proposal


def a_service(**changes: object) -> Service:
    entry: dict[str, object] = {
        "code": "pothole",
        "group": "roads",
        "name": {"en": "Pothole", "fr": "Nid-de-poule"},
        "description": {"en": "A hole in the road", "fr": "Un trou dans la chaussée"},
        "promise": "pothole",
        "what_next": {"en": "A crew looks.", "fr": "Une équipe vient voir."},
        "question": [
            {
                "code": "size",
                "type": "single",
                "label": {"en": "How big?", "fr": "Quelle taille?"},
                "required": True,
                "options": [
                    {"code": "small", "label": {"en": "Small", "fr": "Petit"}},
                    {"code": "big", "label": {"en": "Big", "fr": "Grand"}},
                ],
            },
            {
                "code": "damage",
                "type": "yes_no",
                "label": {"en": "Was a car damaged?", "fr": "Une auto est-elle endommagée?"},
                "required": True,
                "show_when": {"question": "size", "is": ["big"]},
            },
            {"code": "depth", "type": "number", "label": {"en": "cm deep", "fr": "cm"}, "min": 1, "max": 100},
            {"code": "since", "type": "date", "label": {"en": "Since", "fr": "Depuis"}},
        ],
        "stops": [
            {"say": {"en": "Look out", "fr": "Attention"}, "action": "continue"},
            {
                "when": {"answer": "damage", "is": ["yes"]},
                "say": {"en": "Claim it", "fr": "Réclamez"},
                "action": "refer",
                "refer": "claims",
            },
        ],
        "priority": {"default": "normal", "when": [{"answer": "size", "is": ["big"], "priority": "urgent"}]},
    }
    return msgspec.convert(entry | changes, Service)


def test_a_conditional_question_is_asked_only_when_its_answer_was_given() -> None:
    service = a_service()

    assert [q.code for q in rules.asked_questions(service, {"size": "small"})] == ["size", "depth", "since"]
    assert [q.code for q in rules.asked_questions(service, {"size": "big"})] == ["size", "damage", "depth", "since"]


def test_a_required_question_without_answer_is_named() -> None:
    _, problems = rules.clean_answers(a_service(), {})

    assert [(each.code, each.field) for each in problems] == [("intake.answer_missing", "size")]


def test_an_answer_to_a_hidden_question_is_dropped() -> None:
    cleaned, problems = rules.clean_answers(a_service(), {"size": "small", "damage": "yes"})

    assert cleaned == {"size": "small"}
    assert problems == []


@pytest.mark.parametrize(
    ("code", "value", "said"),
    [
        ("size", "huge", "small, big"),
        ("depth", "deep", "number"),
        ("depth", "0", "1"),
        ("since", "yesterday", "year-month-day"),
    ],
)
def test_a_wrong_answer_names_question_value_and_remedy(code: str, value: str, said: str) -> None:
    _, problems = rules.clean_answers(a_service(), {"size": "small", code: value})

    assert len(problems) == 1
    assert problems[0].field == code
    assert value in str(problems[0])
    assert said in str(problems[0])


def test_numbers_may_be_written_the_french_way() -> None:
    cleaned, problems = rules.clean_answers(a_service(), {"size": "small", "depth": "12,5"})

    assert problems == []
    assert cleaned["depth"] == 12.5


def test_an_answer_that_ends_the_form_is_proposed_as_a_stop() -> None:
    step = rules.next_step(a_service(), {"size": "big", "damage": "yes"})

    assert step.proposal is Proposal.STOP
    assert step.stops[0].refer == "claims"


def test_when_all_is_answered_the_proposal_is_to_log() -> None:
    assert rules.next_step(a_service(), {"size": "small"}).proposal is Proposal.LOG
    assert rules.next_step(a_service(), {}).proposal is Proposal.ASK


def test_the_priority_follows_the_answer() -> None:
    assert rules.priority_of(a_service(), {"size": "big"}) == "urgent"
    assert rules.priority_of(a_service(), {"size": "small"}) == "normal"


def test_a_place_too_vague_for_the_service_says_what_would_do() -> None:
    service = a_service(precision=["address", "intersection"])

    vague = rules.place_problems(service, precision="area", has_point=False, has_area=True)
    exact = rules.place_problems(service, precision="pin", has_point=True, has_area=True)

    assert vague[0].code == "intake.place_too_vague"
    assert "address, intersection" in str(vague[0])
    assert exact == []


def test_a_service_that_is_not_anonymous_needs_a_way_back() -> None:
    service = a_service(anonymous=False)

    assert rules.contact_problems(service, is_reachable=False)[0].code == "intake.contact_missing"
    assert rules.contact_problems(service, is_reachable=True) == []


@given(st.text(max_size=100))
def test_a_key_is_taken_or_refused_never_changed(key: str) -> None:
    if re.fullmatch(r"[A-Za-z0-9._:-]{8,80}", key):
        assert rules.checked_key(key) == key
    else:
        with pytest.raises(BadKey) as refused:
            rules.checked_key(key)
        assert refused.value.field == "key"


@given(st.dictionaries(st.sampled_from(["size", "damage", "depth", "since", "other"]), st.text(max_size=20)))
def test_cleaning_cleaned_answers_changes_nothing(answers: dict[str, str]) -> None:
    cleaned, problems = rules.clean_answers(a_service(), answers)
    if not problems:
        again, _ = rules.clean_answers(a_service(), cleaned)
        assert again == cleaned


def test_a_fingerprint_does_not_depend_on_the_order_of_fields() -> None:
    assert rules.fingerprint({"a": 1, "b": "é"}) == rules.fingerprint({"b": "é", "a": 1})
    assert rules.fingerprint({"a": 1}) != rules.fingerprint({"a": 2})
