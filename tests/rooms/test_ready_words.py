"""Ready-made words: both languages of one version, placeholders, and what a resident is told with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.catalogue.city import City
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import queries, replies
from answerable.requests.errors import BadReply
from answerable.requests.replies import ReplyDraft, ReplyView
from tests.builders.office import an_office_city, signed_in
from tests.builders.requests import MONDAY, a_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


def published(code: str = "crew-soon", *, en: str = "A crew comes to {place}.", fr: str = "Une équipe vient : {place}.",
              **changes: object) -> ReplyView:  # fmt: skip
    draft = ReplyDraft(title={"en": "Crew soon", "fr": "Équipe bientôt"}, words={"en": en, "fr": fr}, **changes)  # type: ignore[arg-type]
    return replies.publish(code, draft, by="operator:1")


def test_both_languages_are_published_as_one_version(city: City) -> None:
    first = published()

    second = published(en="A crew is on its way to {place}.", fr="Une équipe est en route : {place}.")

    assert (first.version, second.version) == (1, 2)
    assert published(en=second.words["en"], fr=second.words["fr"]).version == 2
    assert [each.version for each in replies.versions("crew-soon")] == [2, 1]
    assert journal.timeline(f"reply:{second.id}")[0].body == {"code": "crew-soon", "version": 2, "is_active": True}


def test_a_language_that_became_older_is_refused_unless_it_still_says_the_same(city: City) -> None:
    published()

    with pytest.raises(BadReply) as refused:
        published(en="A crew comes to {place} soon.")

    assert (refused.value.field, refused.value.value) == ("words_fr", "older")
    assert published(en="A crew comes to {place} soon.", same=True).version == 2


@pytest.mark.parametrize(
    ("en", "fr", "field"),
    [
        ("Hello {name}", "Bonjour {name}", "words_en"),
        ("By {due}.", "Bientôt.", "words_fr"),
        ("Yes.", " ", "words_fr"),
    ],
)
def test_words_nobody_can_fill_are_refused(city: City, en: str, fr: str, field: str) -> None:
    with pytest.raises(BadReply) as refused:
        published(en=en, fr=fr)

    assert refused.value.field == field


def test_a_request_is_offered_what_goes_with_its_service_and_department(city: City) -> None:
    for code, where in (
        ("all", {}), ("works", {"department": "works"}), ("parks", {"department": "parks"}),
        ("pothole", {"service_code": "pothole"}), ("gone", {"is_active": False}),
    ):  # fmt: skip
        published(code, **where)

    offered = replies.of_request(department="works", service_code="pothole")

    assert [each.code for each in offered] == ["pothole", "works", "all"]


def test_the_resident_is_told_in_their_language_when_nothing_else_was_written(city: City) -> None:
    published(en="{number}: {service}, {department}, by {due}.", fr="{number} : {service}, {department}, le {due}.")
    road = a_request(city, language="fr")
    boss = signed_in("supervisor")

    page = boss.get(f"/en/office/request/{road.number}/").content.decode()
    boss.post(
        f"/en/office/request/{road.number}/act/",
        {"do": "note", "reply": "crew-soon", "note": "", "audience": "public", "key": "reply-key-0123456789"},
    )

    (note,) = queries.notes(road.request_id)
    assert note.words.startswith(f"{road.number} : Pothole (fr), Works (fr), le lundi 23 novembre.")
    assert note.words in page.replace("&#39;", "'")


def test_own_words_win_over_ready_made_ones(city: City) -> None:
    published()
    road = a_request(city)

    signed_in("supervisor").post(
        f"/en/office/request/{road.number}/act/",
        {"do": "note", "reply": "crew-soon", "note": "Mine.", "audience": "staff", "key": "reply-key-0123456789"},
    )

    assert [each.words for each in queries.notes(road.request_id)] == ["Mine."]


def test_the_office_writes_both_languages_side_by_side_and_sees_what_a_resident_reads(city: City) -> None:
    a_request(city)
    boss = signed_in("supervisor")
    sent = {
        "code": "thanks", "title_en": "Thanks", "title_fr": "Merci", "words_en": "Thank you for {number}.",
        "words_fr": "Merci pour {number}.", "is_active": "yes",
    }  # fmt: skip

    assert boss.post("/en/office/replies/new/", sent).status_code == 302
    older = boss.post("/en/office/replies/thanks/", sent | {"words_en": "Many thanks for {number}."})

    assert older.status_code == 422
    assert "You changed the other language only." in older.content.decode()
    assert "Merci pour 26-" in boss.get("/en/office/replies/thanks/").content.decode()
    assert boss.post("/en/office/replies/new/", sent).status_code == 422
    assert "Thanks" in boss.get("/en/office/replies/").content.decode()


def test_a_department_changes_only_its_own_words(city: City) -> None:
    published("everybodys")
    published("ours", department="works")
    works = signed_in("department", department="works")

    assert works.get("/en/office/replies/ours/").status_code == 200
    assert works.get("/en/office/replies/everybodys/").status_code == 404
