"""A broken pack names file, entry and remedy; all mistakes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.decoding import Problem
from answerable.catalogue.errors import BrokenPack
from answerable.catalogue.pack import check_folder, content_hash, load_folder
from tests.builders.packs import a_brand, a_city, a_question, a_service, a_target, said, write_pack

ROADS = {"department": "works", "queue": "roads"}
AFTER_B = {"question": "b", "is": ["big"]}
AFTER_HUGE = {"question": "a", "is": ["huge"]}
REST = {"id": "rest"} | ROADS


def a_promise(*targets: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"code": "fix", "text": said("Soon"), "targets": list(targets)}]


def a_calendar(**holidays: Any) -> list[dict[str, Any]]:
    return [{"code": "city", "name": said("City"), "working_days": ["mon"], "holidays": {"country": "CA"} | holidays}]


def found(folder: Path, **changes: Any) -> list[str]:
    return [str(problem) for problem in check_folder(write_pack(folder, **changes))]


def test_a_correct_pack_has_no_problems(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)

    assert check_folder(folder) == []
    assert load_folder(folder).services[0].code == "pothole"


def test_a_folder_without_city_file_is_no_pack(tmp_path: Path) -> None:
    assert "is no city pack" in str(check_folder(tmp_path)[0])


def test_every_mistake_is_listed_not_only_the_first(tmp_path: Path) -> None:
    question = a_question(type="choice", labell="x")
    service = a_service(question=[a_question("kind"), question], popular="first", group="raods")

    problems = found(tmp_path, services=[service], city=a_city(timezone="Mars/Olympus"))

    assert [each.split(": ")[0] for each in problems] == [
        "services/roads.toml › service[1] 'pothole' › popular",
        "services/roads.toml › service[1] 'pothole' › question[2] 'size'",
        "services/roads.toml › service[1] 'pothole' › question[2] 'size' › type",
        "city.toml › timezone",
    ]
    assert "unknown field 'labell'" in problems[1]
    assert "Give one of: single, multi" in problems[2]


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    service = a_service()
    del service["what_next"]

    problems = found(tmp_path, services=[service])

    assert "services/roads.toml › service[1] 'pothole': field 'what_next' is missing. Add `what_next = …`." in problems


def test_a_code_of_a_broken_entry_is_not_reported_again_where_it_is_used(tmp_path: Path) -> None:
    problems = found(tmp_path, promises=a_promise(a_target(amount=0)))

    assert len(problems) == 1
    assert problems[0].startswith("promises.toml › promise[1] 'fix' › targets[1] 'completion' › amount:")


def test_text_that_is_not_toml_names_the_line(tmp_path: Path) -> None:
    write_pack(tmp_path)
    (tmp_path / "promises.toml").write_text("[[promise]\n", encoding="utf-8")

    assert any(
        "promises.toml: not readable as TOML" in str(each) and "line 1" in str(each) for each in check_folder(tmp_path)
    )


MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "text missing in a language": (
        {"services": [a_service(name={"en": "Pothole"})]},
        "services/roads.toml › service[1] 'pothole' › name",
        "Add fr",
    ),
    "text in a language the city does not list": (
        {"services": [a_service(name=said("Pothole") | {"de": "Loch"})]},
        "services/roads.toml › service[1] 'pothole' › name",
        "which city.toml does not list",
    ),
    "nested text missing": (
        {"services": [a_service(question=[a_question(label={"fr": "Taille?"})])]},
        "services/roads.toml › service[1] 'pothole' › question[1] 'size' › label",
        "Add en",
    ),
    "unknown group": ({"services": [a_service(group="raods")]}, "'pothole' › group", "Did you mean 'roads'?"),
    "unknown promise": ({"services": [a_service(promise="fixx")]}, "'pothole' › promise", "Did you mean 'fix'?"),
    "two services of one code": ({"services": [a_service(), a_service()]}, "service[2] 'pothole'", "is taken"),
    "choice without options": (
        {"services": [a_service(question=[a_question(options=[])])]},
        "question 'size' › options",
        "at least two",
    ),
    "question shown after one that comes later": (
        {"services": [a_service(question=[a_question("a", show_when=AFTER_B), a_question("b")])]},
        "question 'a' › show_when",
        "no earlier question",
    ),
    "question shown after an answer that does not exist": (
        {"services": [a_service(question=[a_question("a"), a_question("b", show_when=AFTER_HUGE)])]},
        "question 'b' › show_when",
        "Use one of: small, big",
    ),
    "referral missing": (
        {"services": [a_service(stops=[{"say": said("Ask them"), "action": "refer", "refer": "hydro"}])]},
        "stops[1] › refer",
        "Add the referral",
    ),
    "stop that refers nowhere": (
        {"services": [a_service(stops=[{"say": said("Ask them"), "action": "refer"}])]},
        "stops[1] › refer",
        "needs a referral",
    ),
    "priority of an answer that does not exist": (
        {"services": [a_service(priority={"when": [{"answer": "size", "is": ["huge"], "priority": "urgent"}]})]},
        "service[1] 'pothole' › priority",
        "Use one of: big, small",
    ),
    "pause reason unknown": ({"services": [a_service(pause_reasons=["mood"])]}, "pause_reasons", "no such reason"),
    "promise without an end": (
        {"promises": a_promise(a_target(when={"answer": "size", "is": ["big"]}))},
        "promise[1] 'fix' › targets completion",
        "End with one without `when`",
    ),
    "promise whose last target is never reached": (
        {"promises": a_promise(a_target(), a_target())},
        "promise[1] 'fix' › targets completion",
        "never reached",
    ),
    "promise on an unknown calendar": (
        {"promises": a_promise(a_target(calendar="moon"))},
        "targets[1] › calendar",
        "no calendar has this code",
    ),
    "promise on an answer no service asks": (
        {"promises": a_promise(a_target(when={"answer": "depth", "is": ["big"]}), a_target())},
        "targets[1] › when",
        "no service here asks",
    ),
    "outcome missing": ({"outcomes": []}, "outcomes.toml", "Add [[outcome]] code = 'completed'"),
    "no catch-all": (
        {"routes": [{"id": "east", "when": {"service": ["pothole"]}} | ROADS], "golden": []},
        "routes.toml",
        "Add a last [[route]] without `when`",
    ),
    "route to an unknown queue": (
        {"routes": [{"id": "rest", "department": "works", "queue": "raods"}], "golden": []},
        "route[1] 'rest' › queue",
        "Use one of: roads",
    ),
    "route by an unknown ward": (
        {"routes": [{"id": "far", "when": {"area": {"ward": ["9"]}}} | ROADS, REST], "golden": []},
        "route[1] 'far' › when › area",
        "Keys are like: 1, 2",
    ),
    "route with half a span of hours": (
        {"routes": [{"id": "night", "when": {"from": "22:00"}} | ROADS, REST], "golden": []},
        "route[1] 'night' › when",
        "go together",
    ),
    "pale brand": ({"brand": a_brand(link="#88aabb")}, "brand.toml › link", "until it reaches 4.5:1"),
    "long mark": ({"brand": a_brand(mark="North")}, "brand.toml › mark", "one to three letters"),
    "unknown default language": ({"city": a_city(default_language="de")}, "city.toml › default_language", "none of"),
    "holiday exception that drops nothing": (
        {"calendars": a_calendar(**{"except": ["Easter Munday"]})},
        "calendar[1] 'city' › holidays › except",
        "drops no holiday",
    ),
    "unknown holiday region": (
        {"calendars": a_calendar(subdivision="XX")},
        "calendar[1] 'city' › holidays",
        "cannot be computed",
    ),
    "area file missing": ({"extra_files": {}}, "area[1] 'ward' › file", "the file is missing"),
    "word missing in one language": (
        {"words": {"en": {"ward": "Ward", "queue": "Queue"}, "fr": {"ward": "Quartier"}}},
        "words/fr.toml",
        "Add `queue = …`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_names_file_entry_and_remedy(mistake: str, tmp_path: Path) -> None:
    changes, entry, remedy = MISTAKES[mistake]

    problems = found(tmp_path, **changes)

    assert any(entry in problem and remedy in problem for problem in problems), problems


def test_nine_popular_services_in_one_month_are_too_many(tmp_path: Path) -> None:
    all_year = [a_service(f"s{number}", popular=number) for number in range(1, 9)]
    in_may = a_service("s9", popular=9, popular_months=[5])

    problems = found(tmp_path, services=[*all_year, in_may, a_service()])

    assert problems == [
        "services: 9 popular services in month 5: s1, s2, s3, s4, s5, s6, s7, s8, s9. "
        "Keep 8: set popular = 0 or popular_months."
    ]


def test_golden_cases_are_run_by_the_function_handed_in(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)

    problems = check_folder(
        folder, golden=lambda pack: [Problem("golden.toml", pack.golden[0].name, "goes elsewhere.")]
    )

    assert [str(each) for each in problems] == ["golden.toml › A pothole in the east: goes elsewhere."]


def test_loading_a_broken_pack_raises_with_the_whole_list(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, outcomes=[])

    with pytest.raises(BrokenPack) as refused:
        load_folder(folder)

    assert len(refused.value.problems) == 12
    assert "entered_in_error" in str(refused.value)


def test_the_same_content_has_the_same_hash_and_a_changed_border_another(tmp_path: Path) -> None:
    first = content_hash(load_folder(write_pack(tmp_path / "a")))
    again = content_hash(load_folder(write_pack(tmp_path / "b")))
    border = tmp_path / "b" / "areas" / "wards.geojson"
    border.write_text(border.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    assert first == again
    assert content_hash(load_folder(tmp_path / "b")) != first
