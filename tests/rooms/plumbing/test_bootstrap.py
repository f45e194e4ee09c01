"""`./311` prepares itself once, says in one line what hinders it, and lists its tasks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from answerable.plumbing import bootstrap
from answerable.plumbing.bootstrap import ROOT, CannotPrepare

EMPTY_LOCK = "# nothing is needed\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder like the project's, whose lock asks for nothing."""
    (tmp_path / "empty.lock").write_text(EMPTY_LOCK)
    return tmp_path


def test_without_a_word_every_task_is_listed_with_what_it_does() -> None:
    told = subprocess.run([sys.executable, str(ROOT / "311")], capture_output=True, text=True, check=True).stdout

    for task in bootstrap.TASKS:
        assert f"  {task.words} " in told
        assert task.summary in told


def test_an_unknown_word_lists_the_tasks_and_fails() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "311"), "dance"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "./311 TASK does" in done.stdout


def test_the_script_needs_nothing_but_the_standard_library() -> None:
    told = subprocess.run([sys.executable, "-I", "-S", str(ROOT / "311")], capture_output=True, text=True, check=True)

    assert "up " in told.stdout


def test_the_environment_is_made_once_and_then_found_at_once(project: Path) -> None:
    python = bootstrap.prepared("empty.lock", root=project)
    made = (project / ".venv" / "python-version").stat().st_mtime_ns

    assert bootstrap.prepared("empty.lock", root=project) == python
    assert (project / ".venv" / "python-version").stat().st_mtime_ns == made
    assert subprocess.run([str(python), "-c", ""], check=False).returncode == 0


def test_programs_compile_once_although_the_sources_are_to_stay_clean(project: Path) -> None:
    (project / "sources").mkdir()
    (project / "sources" / "lamp.py").write_text("")
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(project / "sources")}

    bootstrap.keep_bytecode(project / "bytecode", environ=environment)
    subprocess.run([sys.executable, "-c", "import lamp"], env=environment, check=True)

    assert [file.name for file in (project / "sources").iterdir()] == ["lamp.py"]
    assert list((project / "bytecode").rglob("lamp.*.pyc"))


def test_where_bytecode_may_lie_beside_its_source_it_does(project: Path) -> None:
    environment: dict[str, str] = {}

    bootstrap.keep_bytecode(project / "bytecode", environ=environment)

    assert environment == {}


def test_a_python_without_venv_is_told_what_to_install(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = project / "bare-python"
    bare.write_text(f"#!/bin/sh\nexec {sys.executable} -S -c 'raise SystemExit(1)'\n")
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    monkeypatch.setattr(sys, "_base_executable", str(bare))
    monkeypatch.setenv("PATH", "")

    with pytest.raises(CannotPrepare, match=r"comes without 'venv'.*apt install python3-venv"):
        bootstrap.prepared("empty.lock", root=project)


def test_packages_that_cannot_be_had_are_refused_in_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "empty.lock").write_text("answerable-no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(CannotPrepare) as refused:
        bootstrap.prepared("empty.lock", root=project)

    assert "\n" not in str(refused.value)
    assert "could not be installed" in str(refused.value)


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy() -> None:
    with pytest.raises(CannotPrepare, match=r"'/proc/\.venv' cannot be written.*a folder you own"):
        bootstrap.prepared("version", root=Path("/proc"))


def test_the_lock_files_name_no_address_and_pin_every_package_by_hash() -> None:
    for lock in (bootstrap.PRODUCT, bootstrap.TESTS):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "http:" not in text
        assert "https:" not in text
        assert "file:" not in text
        assert text.count("==") <= text.count("--hash=sha256:")


def test_the_test_lock_holds_the_product_at_the_same_versions() -> None:
    def pins(lock: str) -> set[str]:
        lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    assert pins(bootstrap.PRODUCT) <= pins(bootstrap.TESTS)


def test_ci_runs_the_same_command_as_a_developer() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert "exec ./311 test" in script
    assert os.access(ROOT / "311", os.X_OK)
