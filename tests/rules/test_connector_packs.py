"""A city pack's connectors: everything they name exists, and every mistake is said at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.pack import check_folder, load_folder
from answerable.connectors.adapters.mail import letter_words
from tests.builders import filed, mailed
from tests.builders.connected import CODE, a_connector, an_office_department
from tests.builders.packs import said, write_pack

_HOLES = re.compile(r"{[a-z]+}")


def a_pack_with(folder: Path, **changes: Any) -> Path:
    """The small pack whose works department has that connector."""
    works = {"code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
             "connector": a_connector(**({"endpoint": "https://311.example.org/v2"} | changes))}  # fmt: skip
    return write_pack(folder, departments=[works, an_office_department()])


def test_a_connector_is_read_and_takes_only_what_it_maps(tmp_path: Path) -> None:
    pack = load_folder(a_pack_with(tmp_path))

    assert pack.departments[0].connector is not None
    assert pack.departments[0].connector.code == CODE


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "pigeon"}, "no such kind. (now: 'pigeon') Give one of: open311"),
        ({"kind": "open311", "workers": 99}, "workers: "),
        ({"endpoint": "http://311.example.org/v2"}, "is no address we send to"),
        ({"endpoint": "https://me:secret@311.example.org/v2"}, "is no address we send to"),
        ({"code": "office"}, "the code is taken"),
        ({"services": {"pothol": "ROAD"}, "attributes": {}, "values": {}}, "no service has this code"),
        ({"fixed": {"tree": {"A": "1"}}}, "the service is not passed on"),
        ({"attributes": {"pothole": {"siz": "SIZE"}}}, "does not ask this"),
        ({"values": {"pothole": {"size": {"huge": "XL"}}}}, "no such answer"),
        ({"statuses": {"Gone": "vanished"}}, "no such meaning"),
        ({"statuses": {"Gone": "resolved:already_programmed"}}, "no such meaning"),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    found = [str(problem) for problem in check_folder(a_pack_with(tmp_path, **changes))]

    assert any(told in each for each in found), found


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"to": "works"}, "is no e-mail address"),
        ({"addresses": {"pothole": "a@example.org, b@example.org"}}, "is no e-mail address"),
        ({"addresses": {"tree": "a@example.org"}}, "the service is not passed on"),
        ({"statuses": {"Fixed": "resolved:completed"}}, "mail has no words of its own"),
        ({"language": "de"}, "language"),
        ({"endpoint": "https://example.org"}, "endpoint"),
    ],
)
def test_every_mistake_of_a_mailed_department_is_named(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    works = {"code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
             "connector": mailed.a_connector(**changes)}  # fmt: skip
    folder = write_pack(tmp_path, departments=[works, an_office_department()])

    found = [str(problem) for problem in check_folder(folder)]

    assert any(told in each for each in found), found


def test_the_words_of_letters_are_the_same_in_both_languages() -> None:
    english, french = letter_words("en"), letter_words("fr")

    assert english.keys() == french.keys()
    assert all(set(_HOLES.findall(english[key])) == set(_HOLES.findall(french[key])) for key in english)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"endpoint": "https://files.example.org"}, "is no place for files"),
        ({"endpoint": "sftp://files.example.org/in"}, "is no place for files"),
        ({"endpoint": "sftp://us@files.example.org/in"}, "cannot be told from another"),
        (
            {"endpoint": "sftp://us:pw@files.example.org/in", "host_key": "ssh-ed25519 AAAA"},
            "cannot be told from another",
        ),
        ({"columns": {"A": "order", "B": "adress"}}, "no such field"),
        ({"columns": {"B": "address"}}, "the order's number is not sent"),
        ({"news": {"ordre": "A"}}, "no such field"),
    ],
)
def test_every_mistake_of_a_filed_department_is_named(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    works = {"code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
             "connector": filed.a_connector("folder:/srv/exchange") | changes}  # fmt: skip
    folder = write_pack(tmp_path, departments=[works, an_office_department()])

    found = [str(problem) for problem in check_folder(folder)]

    assert any(told in each for each in found), found
