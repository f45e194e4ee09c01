"""A department's ladder of escalation, as a city pack writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.pack import check_folder, load_folder
from tests.builders.connected import an_office_department
from tests.builders.packs import said, write_pack


def a_pack_with(folder: Path, *rungs: dict[str, Any]) -> Path:
    """The small pack whose works department has that ladder."""
    works = {"code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
             "escalation": list(rungs)}  # fmt: skip
    return write_pack(folder, departments=[works, an_office_department()])


def test_a_ladder_names_roles_teams_and_mailboxes(tmp_path: Path) -> None:
    folder = a_pack_with(
        tmp_path,
        {"at": "at_risk", "to": "team:night-crew"},
        {"at": "breach", "to": "role:supervisor", "targets": ["first_action", "completion"]},
        {"at": "breach+48h", "to": "roads-desk@example.org"},
    )

    ladder = load_folder(folder).departments[0].escalation

    assert [(rung.at, rung.to) for rung in ladder] == [
        ("at_risk", "team:night-crew"),
        ("breach", "role:supervisor"),
        ("breach+48h", "roads-desk@example.org"),
    ]
    assert ladder[0].targets == ("completion",)


@pytest.mark.parametrize("rung", [{"at": "soon", "to": "role:supervisor"}, {"at": "breach", "to": "role:mayor"}])
def test_a_rung_nobody_could_climb_is_refused(tmp_path: Path, rung: dict[str, Any]) -> None:
    assert any("escalation" in str(problem) for problem in check_folder(a_pack_with(tmp_path, rung)))
