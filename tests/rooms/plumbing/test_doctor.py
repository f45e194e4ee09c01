"""The doctor finds what is wrong and says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from answerable.plumbing import doctor, stamps
from answerable.plumbing.doctor import Check
from tests import provision

NO_CITY = Path("/nowhere")


@pytest.fixture
def database() -> Iterator[str]:
    """A migrated database; its server does not flush to disk, as tests' servers do not."""
    with provision.clone(provision.own_name("doctor")) as url:
        yield url


def checks(database: str, var: Path) -> dict[str, Check]:
    """Every check by its name."""
    return {check.name: check for check in doctor.checks(var=var, url=database, city_folder=NO_CITY)}


def test_every_failing_line_has_a_remedy(database: str, tmp_path: Path) -> None:
    for check in checks(database, tmp_path).values():
        assert check.passed or check.remedy


def test_a_server_that_does_not_flush_is_found(database: str, tmp_path: Path) -> None:
    check = checks(database, tmp_path)["durability"]

    assert not check.passed
    assert "fsync = on" in check.remedy


def test_an_overdue_timer_is_found(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database) as session:
        session.execute("SELECT plumbing_timer_set('promise.breach', 'promise:1', now() - interval '1 hour', '{}')")

    assert checks(database, tmp_path)["timers"].finding == "1 are overdue"


def test_an_old_open_transaction_is_found(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LATE_SECONDS", 0)
    with psycopg.connect(database) as idle:
        idle.execute("SELECT 1")

        check = checks(database, tmp_path)["transactions"]

    assert not check.passed


def test_a_secret_that_others_may_read_is_found(database: str, tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("s")
    (tmp_path / "secret-key").chmod(0o644)

    check = checks(database, tmp_path)["folder"]

    assert check.finding == "others may read secret-key"
    assert "chmod 600" in check.remedy


def test_a_database_behind_the_code_is_found_until_it_is_prepared(database: str, tmp_path: Path) -> None:
    assert "migrations" in checks(database, tmp_path)["prepared"].finding

    wanted = stamps.wanted(city_folder=NO_CITY, demo=False)
    for name in wanted.in_database:
        wanted.stamp(name, url=database, var=tmp_path)

    assert checks(database, tmp_path)["prepared"].passed


def test_a_database_that_does_not_answer_is_one_line_not_a_traceback(tmp_path: Path) -> None:
    found = checks("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", tmp_path)

    assert not found["database"].passed
    assert "DATABASE_URL" in found["database"].remedy


def test_advice_alone_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    advice = Check("browser", passed=False, finding="none", remedy="install one", advice=True)

    assert doctor.report([advice]) == 0
    assert doctor.report([advice, Check("disk", passed=False, finding="full", remedy="free some")]) == 1
    assert "→ free some" in capsys.readouterr().out
