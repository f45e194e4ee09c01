"""What is written in two rooms, because neither may know the other, is written alike."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.urls import resolve
from django.utils import translation

from answerable.catalogue.structs import OUTCOME_CODES, PAUSE_REASONS
from answerable.notices import links
from answerable.requests.rules import DISPUTE_DAYS, REPLY_DAYS, Lifecycle, Outcome, Visibility
from answerable.staff.rules import Role
from answerable.web.components.pages import ROLES
from tests.house.tree import DOCS, PRODUCT


def test_a_pack_words_exactly_the_outcomes_a_request_can_have() -> None:
    assert list(OUTCOME_CODES) == list(Outcome), "catalogue.structs.OUTCOME_CODES and requests.rules.Outcome differ."


def test_pages_know_exactly_the_roles_staff_can_hold() -> None:
    assert set(ROLES) == set(Role), "web.components.pages.ROLES and staff.rules.Role differ."


def test_a_pack_can_pause_for_what_the_life_cycle_waits_for() -> None:
    assert Lifecycle.AWAITING_REQUESTER in PAUSE_REASONS, "A pack must be able to pause while the requester is asked."


def test_messages_lead_to_pages_there_are() -> None:
    addresses = (
        links.follow("fr", token="t"),
        links.survey("fr", token="t"),
        links.wishes("fr", message="t"),
        links.stop("fr", message="t"),
        links.office_request("fr", number="26-0000001-1"),
    )

    with translation.override("fr"):
        names = [resolve(urlsplit(each).path).view_name for each in addresses]
    assert names == ["portal:follow_link", "portal:survey", "portal:news", "portal:news_stop", "office:request"]


def test_lists_and_maps_hide_in_sql_what_the_rules_hide() -> None:
    hidden = {Visibility.PRIVATE, Visibility.CONFIDENTIAL}
    text = (PRODUCT / "requests/queries.py").read_text(encoding="utf-8")

    assert "visibility IN ('public', 'public_redacted')" in text, "requests.queries.nearby must list public ones only."
    assert {Visibility.PUBLIC, Visibility.PUBLIC_REDACTED} == set(Visibility) - hidden


def test_the_decision_states_the_days_the_rules_count() -> None:
    words = {14: "fourteen days", 30: "thirty days"}
    text = (DOCS / "decisions/0006-dispute-and-reply.md").read_text(encoding="utf-8")

    told = f'"not fixed" for {words.get(DISPUTE_DAYS)}'
    assert told in text, f"0006 must say {told}, or a later decision supersede it."
    assert f"waits **{words.get(REPLY_DAYS)}**" in text, "0006 must state the days of REPLY_DAYS, or be superseded."
