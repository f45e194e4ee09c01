"""What residents say of a place, on the real lists of the two packs: precise where it is known, honest where not."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from answerable.catalogue import actions, places, queries
from answerable.catalogue.errors import OutsideCity, UnknownArea
from answerable.catalogue.places import Choices, Found, NotFound, Outside, Place
from answerable.catalogue.queries import City
from answerable.kernel.places import Point, Precision, distance_m
from tests.builders.real_places import CITIES, write_real_places

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
IN_2017 = datetime(2017, 6, 1, 12, 0, tzinfo=UTC)
CORNER_M = 160.0
"""Units: metres between the listed corners of one crossing."""


@pytest.fixture(scope="module")
def cities(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[str, City]]:
    """Both cities, loaded once for the module and gone afterwards."""
    with django_db_blocker.unblock():
        folders = {name: write_real_places(tmp_path_factory.mktemp(name), name) for name in ("toronto", "winnipeg")}
        loaded = {name: queries.version(actions.load_pack(folder, at=NOW)) for name, folder in folders.items()}
        yield loaded
        with connection.cursor() as cursor:
            for city in loaded.values():
                cursor.execute("DELETE FROM catalogue_version WHERE id = %s", [city.version_id])
                cursor.execute("DELETE FROM catalogue_place WHERE placeset_id = %s", [city.placeset_id])
                cursor.execute("DELETE FROM catalogue_placeset WHERE id = %s", [city.placeset_id])


@pytest.fixture
def toronto(cities: dict[str, City]) -> City:
    return cities["toronto"]


@pytest.fixture
def winnipeg(cities: dict[str, City]) -> City:
    return cities["winnipeg"]


def place(city: City, said: str, *, at: datetime = NOW, language: str = "en") -> Place:
    """The one place found."""
    result = places.resolve(city, said, at=at, language=language)
    assert isinstance(result, Found), result
    return result.place


def locations() -> list[dict[str, str]]:
    """The 760 addresses and intersections of the pack."""
    with (CITIES / "toronto/gazetteer/locations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def verdict(city: City, said: str, row: dict[str, str], *, within_m: float) -> str:
    """Whether words lead to the row's point: `right`, `asked` among choices, `vague`, `unknown`, or `wrong`."""
    true = Point(lat=float(row["latitude"]), lon=float(row["longitude"]))
    result = places.resolve(city, said, at=NOW)
    if isinstance(result, NotFound):
        return "unknown"
    if isinstance(result, Choices):
        near = [each for each in result.candidates if each.point and distance_m(each.point, true) <= within_m]
        return "asked" if near else "vague"
    assert isinstance(result, Found), result
    if result.place.point is None:
        return "vague"
    return "right" if distance_m(result.place.point, true) <= within_m else "wrong"


def test_all_760_listed_locations_resolve_to_themselves(toronto: City) -> None:
    rows = locations()

    verdicts = Counter(verdict(toronto, row["address"], row, within_m=1.0) for row in rows)

    assert verdicts == {"right": 760}


def misspelt(text: str, random: Random) -> str:
    """One long word with a letter dropped, doubled into another, replaced or swapped with its neighbour."""
    words = text.split(",", maxsplit=1)[0].split(" ")
    long = [index for index, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return " ".join(words)
    index = random.choice(long)
    word, spot, letter = words[index], random.randrange(len(words[index]) - 1), random.choice("aeiorstln")
    words[index] = random.choice(
        (
            word[:spot] + word[spot + 1 :],
            word[:spot] + letter + word[spot:],
            word[:spot] + letter + word[spot + 1 :],
            word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :],
        )
    )
    return " ".join(words)


def test_one_slip_of_the_finger_still_finds_the_place_and_never_another(toronto: City) -> None:
    random = Random(311)
    rows = locations()[::3]

    verdicts = Counter(verdict(toronto, misspelt(row["address"], random), row, within_m=CORNER_M) for row in rows)

    assert verdicts["wrong"] == 0
    assert verdicts["right"] >= 0.96 * len(rows)
    assert verdicts["right"] + verdicts["asked"] + verdicts["vague"] >= 0.99 * len(rows)


@pytest.mark.parametrize(
    "said",
    [
        "579 Yonge St",
        "579 yonge street, Toronto, ON  M4Y 1Z2",
        "579, rue Yonge",
        "Unit 1108, 579 Yonge St.",
        "1108-579 YONGE",
        "579 Yonge Street Toronto Canada",
        "579 Yomge St",
    ],
)
def test_an_address_is_found_however_it_is_written(said: str, toronto: City) -> None:
    found = place(toronto, said)

    assert (found.precision, found.label) == (Precision.ADDRESS, "579 Yonge St, former Toronto")
    assert found.said == said
    assert found.areas["ward"].key == "13"


def test_a_postal_code_beside_an_address_is_kept(toronto: City) -> None:
    assert place(toronto, "579 Yonge St, Toronto M4Y 1Z2").postal == "M4Y"


@pytest.mark.parametrize(
    "said",
    [
        "Glebemount Ave / Mortimer Ave",
        "mortimer and glebemount",
        "corner of Mortimer & Glebemount",
        "Mortimer at Glebemount Avenue",
        "coin de Mortimer et Glebemount",
        "Av. Glebemount et av. Mortimer",
        "Glebmount Av @ Mortimer Av",
    ],
)
def test_an_intersection_is_found_in_either_order_and_language(said: str, toronto: City) -> None:
    found = place(toronto, said)

    assert (found.precision, found.label) == (Precision.INTERSECTION, "Glebemount Ave / Mortimer Ave, East York")


def test_any_two_streets_of_a_crossing_of_three_will_do(toronto: City) -> None:
    assert place(toronto, "Lawrence Ave E and Mike Bela Park Trail").label.startswith("Lawrence Ave E / Leslie St")


def test_an_intersection_without_coordinates_has_its_ward_and_no_invented_point(toronto: City) -> None:
    found = place(toronto, "Cummer Ave and Simeon Crt")

    assert (found.precision, found.point) == (Precision.INTERSECTION, None)
    assert found.areas["ward"].key == "17"


def test_a_ward_known_for_todays_borders_is_not_said_of_older_ones(toronto: City) -> None:
    assert place(toronto, "Cummer Ave and Simeon Crt", at=IN_2017).areas == {}


def test_two_known_streets_whose_crossing_is_not_listed_are_streets(toronto: City) -> None:
    found = place(toronto, "Glebemount Ave and Queen St W")

    assert (found.precision, found.point) == (Precision.STREET, None)
    assert found.label == "Glebemount Ave / Queen St W"


def test_an_unknown_house_number_on_a_known_street_is_a_street_and_not_a_guess(toronto: City) -> None:
    found = place(toronto, "581 Yonge St")

    assert (found.precision, found.point, found.label) == (Precision.STREET, None, "Yonge St")
    assert found.confidence < 1


def test_a_street_alone_has_street_precision(toronto: City) -> None:
    assert place(toronto, "queen street west").precision is Precision.STREET
    assert place(toronto, "rue Queen Ouest").label == "Queen St W"


def test_a_name_of_several_streets_is_a_choice(toronto: City) -> None:
    result = places.resolve(toronto, "Lawrence", at=NOW)

    assert isinstance(result, Choices)
    assert {"Lawrence Ave E", "Lawrence Ave W"} <= {each.label for each in result.candidates}


def test_a_landmark_is_found_in_both_languages(toronto: City) -> None:
    english, french = place(toronto, "fire station 111"), place(toronto, "Caserne de pompiers 111", language="fr")

    assert english.point == french.point
    assert (english.precision, french.label) == (Precision.LANDMARK, "Caserne de pompiers 111")


def test_a_postal_prefix_is_kilometres_wide_and_has_no_point(toronto: City) -> None:
    found = place(toronto, "m4e 2b1")

    assert (found.precision, found.label, found.postal, found.point) == (Precision.POSTAL, "M4E", "M4E", None)
    assert found.areas["ward"].key == "19"
    assert found.near is not None


def test_every_postal_prefix_of_the_city_is_known(toronto: City) -> None:
    with (CITIES / "toronto/gazetteer/postal-prefixes.csv").open(encoding="utf-8", newline="") as file:
        prefixes = [row["fsa"] for row in csv.DictReader(file)]

    assert len(prefixes) == 102
    assert all(place(toronto, each).label == each for each in prefixes)


def test_a_postal_code_of_another_city_is_outside_with_a_referral(toronto: City) -> None:
    assert places.resolve(toronto, "R3C 1A1", at=NOW) == Outside("R3C 1A1", None, None, "next-door")


@pytest.mark.parametrize(
    ("said", "key"), [("Ward 16", "16"), ("quartier électoral 16", "16"), ("don valley east", "16"), ("ward 25", "25")]
)
def test_a_ward_alone_is_an_area(said: str, key: str, toronto: City) -> None:
    found = place(toronto, said)

    assert (found.precision, found.point, found.areas["ward"].key) == (Precision.AREA, None, key)
    assert found.near is not None


def test_ward_16_was_another_place_before_december_2018(toronto: City) -> None:
    assert place(toronto, "Ward 16", at=IN_2017).areas["ward"].name == "Eglinton-Lawrence"


def test_both_ward_sets_and_all_neighbourhoods_answer_by_day(toronto: City) -> None:
    assert len(toronto.areas.of_kind("ward", on=date(2018, 11, 30))) == 44
    assert len(toronto.areas.of_kind("ward", on=date(2018, 12, 1))) == 25
    assert len(toronto.areas.of_kind("neighbourhood", on=date(2026, 1, 1))) == 140
    assert toronto.areas.repaired == ("neighbourhood 2013 Niagara",)


def test_the_old_ward_written_in_a_listed_address_is_the_ward_its_point_had_then(toronto: City) -> None:
    told = [row for row in locations() if "Ward: " in row["address"]]
    agree = [
        places.locate(toronto, Point(lat=float(row["latitude"]), lon=float(row["longitude"])), at=IN_2017)["ward"].key
        == row["address"].rpartition("(")[2].rstrip(")")
        for row in told
    ]

    assert len(told) > 500
    assert sum(agree) >= 0.99 * len(told)


def test_coordinates_are_a_pin(toronto: City) -> None:
    found = place(toronto, "43.68759, -79.31627")

    assert (found.precision, found.label) == (Precision.PIN, "Glebemount Ave / Mortimer Ave, East York")


@pytest.mark.parametrize(("said", "reason"), [("", "empty"), ("  ?! ", "empty"), ("xyzzy plugh", "unknown")])
def test_what_is_not_understood_says_why(said: str, reason: str, toronto: City) -> None:
    assert places.resolve(toronto, said, at=NOW) == NotFound(said, reason)


def test_a_pin_in_the_lake_is_outside_with_its_distance(toronto: City) -> None:
    result = places.resolve_pin(toronto, Point(lat=43.5, lon=-79.3), at=NOW)

    assert isinstance(result, Outside)
    assert 5_000 < (result.metres or 0) < 20_000
    assert result.referral == "next-door"
    with pytest.raises(OutsideCity) as refused:
        places.from_pin(toronto, Point(lat=43.5, lon=-79.3), at=NOW)
    assert refused.value.referral == "next-door"


def test_a_vague_device_only_tells_the_area(toronto: City) -> None:
    here = Point(lat=43.6656, lon=-79.3845)

    sharp = places.from_device(toronto, here, accuracy_m=12, at=NOW)
    vague = places.from_device(toronto, here, accuracy_m=2000, at=NOW)

    assert isinstance(sharp, Found)
    assert isinstance(vague, Found)
    assert (sharp.place.precision, sharp.place.point, sharp.place.confidence) == (Precision.DEVICE, here, 1.0)
    assert (vague.place.precision, vague.place.point, vague.place.confidence) == (Precision.AREA, None, 0.01)
    assert vague.place.areas["ward"].key == "13"


def test_typing_suggests_what_goes_on_from_there(toronto: City) -> None:
    def labels(begun: str) -> list[str]:
        return [each.label for each in places.suggest(toronto, begun, at=NOW)]

    assert labels("579 yo") == ["579 Yonge St, former Toronto"]
    assert "Glebemount Ave" in labels("glebem")
    assert "Lawrence Ave W" in labels("lawrence avenu")
    assert labels("m4e") == ["M4E"]
    assert labels("%") == []


def test_one_answer_for_a_program_keeps_unclear_words_without_a_point(toronto: City) -> None:
    clear = places.best(toronto, "579 Yonge St", at=NOW)
    unclear = places.best(toronto, "behind the old mill", postal="M6S", at=NOW)

    assert clear.precision is Precision.ADDRESS
    assert (unclear.precision, unclear.point, unclear.label) == (Precision.NONE, None, "behind the old mill")
    assert unclear.postal == "M6S"


def test_winnipeg_knows_streets_without_geometry_honestly(winnipeg: City) -> None:
    avenue, short = place(winnipeg, "Portage Avenue"), place(winnipeg, "Mara Place")

    assert (avenue.precision, avenue.point, avenue.areas) == (Precision.STREET, None, {})
    assert (short.precision, short.areas["neighbourhood"].key) == (Precision.STREET, "Fraipont")


def test_a_street_has_a_point_only_when_all_that_is_known_of_it_is_one_spot(winnipeg: City) -> None:
    short, long = place(winnipeg, "Alloway Avenue"), place(winnipeg, "Hargrave Street")

    assert (short.precision, long.precision) == (Precision.STREET, Precision.STREET)
    assert short.point is not None
    assert short.areas["neighbourhood"].name == "Wolseley"
    assert "ward" in short.areas
    assert long.point is None


def test_winnipeg_finds_facilities_and_their_addresses(winnipeg: City) -> None:
    library = place(winnipeg, "bibliothèque Louis Riel", language="fr")
    address = place(winnipeg, "1168 Dakota Street, Winnipeg MB")

    assert library.precision is Precision.LANDMARK
    assert address.precision is Precision.ADDRESS
    assert library.point == address.point
    assert library.areas["ward"].key == "10"


def test_saints_and_apostrophes_are_forgiven(winnipeg: City) -> None:
    assert {place(winnipeg, each).label for each in ("St Mary's Rd", "Saint Marys Road", "st. mary’s rd")} == {
        "St Marys Rd"
    }


def test_a_neighbourhood_without_borders_is_an_area_by_name(winnipeg: City) -> None:
    found = place(winnipeg, "River Park South")

    assert (found.precision, found.areas["neighbourhood"].key, found.near) == (Precision.AREA, "River Park South", None)


def test_an_area_chosen_from_a_list_must_exist(winnipeg: City) -> None:
    assert places.from_area(winnipeg, "ward", "3", at=NOW).place.label == "Point Douglas"
    with pytest.raises(UnknownArea):
        places.from_area(winnipeg, "ward", "99", at=NOW)
