"""The tasks behind `./311`'s words: each returns the exit code.  Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
_NO_TESTS_COLLECTED = 5
_QUICK = ("tests/rules", "tests/house")
_interrupted = threading.Event()
"""Somebody pressed Ctrl-C: what runs now has heard it too, and nothing more is begun."""
_LOCK = ("uv", "pip", "compile", "--universal", "--generate-hashes", "--no-emit-index-url", "--python-version", "3.11")


def verb(*words: str) -> NoReturn:
    """One verb of the management entry takes this process over, so that signals reach it directly."""
    os.environ["PYTHONPATH"] = str(ROOT)
    os.execv(sys.executable, [sys.executable, "-P", "-m", "answerable.cli", *words])


def test(arguments: list[str]) -> int:
    """Every check and every test; arguments go to pytest and narrow the tests.  pytest speaks last.

    The checks and the tests that kill processes use one processor at a time, so they run beside the other tests; what
    they say is shown when each is done.
    """
    install_browser()
    if arguments:
        return _pytest(*arguments)
    with ThreadPoolExecutor(1) as beside:
        checks = beside.submit(_checks_and_crashes)
        rest = _pytest("-m", "not crash", "-n", _workers(), "--dist", "worksteal")
        failed = checks.result()
    failed += ["the tests"] if rest else []
    if failed:
        print(f"\nfailed: {', '.join(failed)} (see above)", flush=True)
    return 1 if failed else 0


def _checks_and_crashes() -> list[str]:
    steps = (
        ("format", (sys.executable, "-m", "ruff", "format", "--check", ".")),
        ("lint", (sys.executable, "-m", "ruff", "check", ".")),
        ("types", (sys.executable, "-m", "mypy")),
        ("import contracts", (_lint_imports(),)),
        ("the tests that kill processes", (sys.executable, "-m", "pytest", "-m", "crash", "-p", "no:cacheprovider")),
    )
    return [name for name, words in steps if not _interrupted.is_set() and not _passes(name, words)]


def _passes(name: str, words: Sequence[str]) -> bool:
    """Whether that program ends well; all it said is printed at its end, between the lines of another."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(words, cwd=ROOT, env=environment, stdout=said, stderr=said, check=False)
        said.seek(0)
        print(f"\n--- {name}\n{said.read()}---", flush=True)
    return done.returncode == 0


def check(arguments: list[str]) -> int:
    """What a change must pass before it is shown to anyone."""
    failed = [name for name, passed in _static_checks() if not passed]
    if quick(arguments):
        failed.append("the quick tests")
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed", flush=True)
    return 1 if failed else 0


def quick(arguments: list[str]) -> int:
    """The tests that need neither database nor browser."""
    code = _pytest(
        "-n", _workers(), "-m", "not django_db", *(place for place in _QUICK if (ROOT / place).exists()), *arguments
    )
    return 0 if code == _NO_TESTS_COLLECTED else code


def lint(arguments: list[str]) -> int:
    """Format and lint; with --fix they are mended where a machine can."""
    fix = "--fix" in arguments
    formatted = _module("ruff", "format", *([] if fix else ["--check"]), ".")
    return _module("ruff", "check", *(["--fix"] if fix else []), ".") or formatted


def types(arguments: list[str]) -> int:
    """mypy, strict."""
    return _module("mypy", *arguments)


def imports(_arguments: list[str]) -> int:
    """The rooms only look down."""
    return _run(_lint_imports())


def _lint_imports() -> str:
    return str(Path(sys.executable).parent / "lint-imports")


def bench(arguments: list[str]) -> int:
    """Each benchmark is a script of its own in `benchmarks/`; a word picks those with it in their name."""
    scripts = sorted(script for script in (ROOT / "benchmarks").glob("[!_]*.py"))
    wanted = [script for script in scripts if not arguments or arguments[0] in script.stem]
    if not wanted:
        print(f"no benchmark is named like that; there are: {', '.join(script.stem for script in scripts)}")
        return 2
    return max(_run(sys.executable, str(script), *arguments[1:]) for script in wanted)


def lock(_arguments: list[str]) -> int:
    """The lock files say what pyproject.toml asks for; needs uv."""
    if not shutil.which("uv"):
        print("answerable: 'uv' writes the lock files and is not installed: 'pip install uv'.", file=sys.stderr)
        return 1
    product = _run(*_LOCK, "--quiet", "pyproject.toml", "-o", "requirements.lock")
    test_words = ("--extra", "test", "-c", "requirements.lock", "-o", "requirements-test.lock")
    return product or _run(*_LOCK, "--quiet", "pyproject.toml", *test_words)


def browser_path() -> str | None:
    """Where a Chromium lies, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("ANSWERABLE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def install_browser() -> None:
    """Debian's Chromium is there afterwards when we may install it; else one line says which command does."""
    if browser_path():
        return
    by_hand = "apt-get install --no-install-recommends chromium"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"no Chromium: the browser tests are skipped; on Debian '{by_hand}' brings it", flush=True)
        return
    print("installing Debian's Chromium for the browser tests", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", "-qq", *words], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"it could not be installed ({done.stderr.strip()[-200:]}): run '{by_hand}'", flush=True)
            return


def _static_checks() -> list[tuple[str, bool]]:
    return [
        ("format and lint", lint([]) == 0),
        ("types", types([]) == 0),
        ("import contracts", imports([]) == 0),
    ]


def _workers() -> str:
    return str(max(2, os.cpu_count() or 2))


def _pytest(*arguments: str) -> int:
    return _module("pytest", *arguments)


def _module(*words: str) -> int:
    return _run(sys.executable, "-m", *words)


def _run(*words: str) -> int:
    """The child prints for itself; Ctrl-C reaches it as it reaches us."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=ROOT, env=environment) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                _interrupted.set()
