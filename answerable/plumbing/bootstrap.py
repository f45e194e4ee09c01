"""What `./311` does: a private environment with the locked packages, then the task asked for.

Standard library only.  A task that needs packages goes on in the environment's own Python.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from answerable.kernel.errors import AnswerableError
from answerable.plumbing import tasks

ROOT = Path(__file__).resolve().parents[2]
PRODUCT, TESTS = "requirements.lock", "requirements-test.lock"
_MEGABYTE = 1_000_000
_ROOM_FOR_PACKAGES_MB = 1_000
_PIP_FROM_OUTSIDE = (22, 3)
_INSTALL_VENV = "On Debian or Ubuntu: 'apt install python3-venv'; then start again."


class CannotPrepare(AnswerableError):
    """The private environment cannot be made: the message says why in one line, with the remedy."""

    code = "bootstrap.refused"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing `./311` does: its words on the command line, a line of help, its packages, its work."""

    words: str
    summary: str
    lock: str
    run: Callable[[list[str]], int]


def _verb(*words: str) -> Callable[[list[str]], int]:
    return lambda arguments: tasks.verb(*words, *arguments)


TASKS = (
    Task("up", "starts everything with a demo city; --port N, --host ADDRESS, --empty (no demo)", PRODUCT, _verb("up")),
    Task("test", "sets up what the tests need and runs all of them, and every check", TESTS, tasks.test),
    Task("check", "format, lint, types, import contracts and the quick tests: under a minute", TESTS, tasks.check),
    Task("quick", "the quick tests: rules and house", TESTS, tasks.quick),
    Task("lint", "format and lint; --fix mends what it can", TESTS, tasks.lint),
    Task("types", "the type checker", TESTS, tasks.types),
    Task("imports", "the import contracts", TESTS, tasks.imports),
    Task("bench", "the benchmarks that docs/benchmarks.md quotes; a name runs one", TESTS, tasks.bench),
    Task("doctor", "checks the installation and says what to do about each failing line", PRODUCT, _verb("doctor")),
    Task("backup", "FILE: database, uploads and the secret in one tar file", PRODUCT, _verb("backup")),
    Task(
        "restore", "FILE: brings a backup into an empty installation; --replace overwrites", PRODUCT, _verb("restore")
    ),
    Task("city check", "[FOLDER]: validates a city pack, or all of them", PRODUCT, _verb("city-check")),
    Task(
        "city load", "[FOLDER]: puts a city pack in force; requests keep the one they have", PRODUCT, _verb("load-city")
    ),
    Task(
        "import",
        "FILE: brings requests of other records in; --check only reports, --open-work, --report FILE",
        PRODUCT,
        _verb("import"),
    ),
    Task(
        "connector reconcile",
        "[CODE]: compares our ledger with that system, or all, and says what disagrees",
        PRODUCT,
        _verb("connector-reconcile"),
    ),
    Task(
        "connector check",
        "CODE or ADDRESS: tries whether another system keeps the contract; --key, --service, --listen PORT",
        PRODUCT,
        _verb("connector-check"),
    ),
    Task(
        "rehearse department",
        "a make-believe department; --port N, --key KEY, --slow, --fail, --down, --step SECONDS, --tell ADDRESS",
        PRODUCT,
        _verb("rehearse-department"),
    ),
    Task(
        "mail bounce",
        "reads one returned message from its input, for a mail server's pipe; --maildir FOLDER reads a folder of them",
        PRODUCT,
        _verb("mail-bounce"),
    ),
    Task("staff add", "NAME --role ROLE: a log-in; asks for its password", PRODUCT, _verb("staff-add")),
    Task("key add", "NAME --scope SCOPE: an API key for a program, shown once", PRODUCT, _verb("key-add")),
    Task("export", "builds and publishes the open data now; the product does so once a day", PRODUCT, _verb("export")),
    Task("words", "compiles the translations and counts what is missing", PRODUCT, _verb("words")),
    Task("journal verify", "recomputes the journal's hash chains", PRODUCT, _verb("journal-verify")),
    Task("lock", "writes the lock files anew from pyproject.toml", TESTS, tasks.lock),
)


def main(arguments: list[str]) -> int:
    """Runs the task the words name; lists the tasks when there are none.  Returns the exit code."""
    task, rest = _task_of(arguments)
    if task is None:
        print(overview())
        return 0 if not arguments or arguments[0] in {"-h", "--help", "help"} else 2
    try:
        python = prepared(task.lock)
        keep_bytecode(python.parent.parent / "bytecode")
        if Path(sys.prefix).resolve() != python.parent.parent.resolve():
            os.execv(python, [str(python), str(ROOT / "311"), *arguments])
        return task.run(rest)
    except AnswerableError as error:
        print(f"answerable: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def keep_bytecode(place: Path, *, environ: MutableMapping[str, str] = os.environ) -> None:
    """Where compiled modules are not wanted beside their sources, programs started from here keep them in that folder.

    Keeping none would compile Django and the product at each start: 1,300 modules, 2.5 s of processor time, measured.
    """
    if environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        environ.setdefault("PYTHONPYCACHEPREFIX", str(place))


def overview() -> str:
    """The list of tasks, one a line."""
    width = max(len(task.words) for task in TASKS)
    return "\n".join(["Answerable. ./311 TASK does:", *(f"  {task.words:<{width}}  {task.summary}" for task in TASKS)])


def _task_of(arguments: list[str]) -> tuple[Task | None, list[str]]:
    for task in TASKS:
        words = task.words.split()
        if arguments[: len(words)] == words:
            return task, arguments[len(words) :]
    return None, arguments


# --- the private environment --------------------------------------------------------------------------------------


def prepared(lock: str, *, root: Path = ROOT) -> Path:
    """The environment's Python, with exactly the packages of the lock; instant when nothing changed.

    Raises: CannotPrepare.
    """
    place = root / ".venv"
    python, stamp, wanted = place / "bin" / "python", place / f"stamp-{lock}", _fingerprint(root / lock)
    if python.exists() and _read(stamp) == wanted:
        return python
    try:
        with _alone(place):
            if _read(stamp) != wanted or not python.exists():
                _make(place, lock=root / lock)
                stamp.write_text(wanted, encoding="ascii")
    except OSError as error:
        raise CannotPrepare(
            f"'{place}' cannot be written: {error.strerror}.",
            field="folder",
            value=str(place),
            remedy=_remedy_of(error),
        ) from error
    return python


def _make(place: Path, *, lock: Path) -> None:
    started = time.monotonic()
    _say(f"preparing the private environment from {lock.name}; this happens once")
    _refuse_full_disk(place)
    install = _make_environment(place)
    done = _install(install, place=place, lock=lock)
    if done.returncode:
        raise CannotPrepare(
            f"The packages of {lock.name} could not be installed: {_last_line(done.stderr)}",
            remedy="Check the network and pip's package index (or free disk space), then start again.",
        )
    _say(f"environment ready after {time.monotonic() - started:.0f} s")


def _make_environment(place: Path) -> list[str]:
    """The environment exists afterwards; gives the words that install into it.

    Our own Python's pip can do that from outside, which saves a pip inside; a Python without one makes one inside.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    outside = _pip_outside()
    if not outside and not _has("ensurepip"):
        raise CannotPrepare(f"This Python {version} comes without 'venv' and 'ensurepip'.", remedy=_INSTALL_VENV)
    python = place / "bin" / "python"
    if _read(place / "python-version") != version or not python.exists():
        command = [_own_python(), "-m", "venv", "--clear", *(["--without-pip"] if outside else []), str(place)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            words = f"The private environment in '{place}' could not be made: {_last_line(made.stdout + made.stderr)}"
            raise CannotPrepare(words, remedy=_INSTALL_VENV)
        (place / "python-version").write_text(version, encoding="ascii")
    pip = [_own_python(), "-m", "pip", "--python", str(python)] if outside else [str(python), "-m", "pip"]
    return [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile"]


def _own_python() -> str:
    """The Python this was started with; the one behind it when that is an environment's."""
    return sys.executable if sys.prefix == sys.base_prefix else str(getattr(sys, "_base_executable", sys.executable))


def _pip_outside() -> bool:
    """Whether this Python's own pip can install into another environment.  Source: pip 22.3 brought `--python`."""
    told = subprocess.run([_own_python(), "-m", "pip", "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"pip (\d+)\.(\d+)", told)
    return match is not None and (int(match[1]), int(match[2])) >= _PIP_FROM_OUTSIDE


def _has(module: str) -> bool:
    told = subprocess.run([_own_python(), "-c", f"import venv, {module}"], capture_output=True, check=False)
    return told.returncode == 0


def _install(command: list[str], *, place: Path, lock: Path) -> subprocess.CompletedProcess[str]:
    """With uv where there is one, because it is several times faster; with pip where there is none or it fails."""
    if shutil.which("uv"):
        done = _installer(["uv", "pip", "install", "--quiet"], place=place, lock=lock)
        if done.returncode == 0:
            return done
    return _installer(command, place=place, lock=lock)


def _installer(command: list[str], *, place: Path, lock: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"VIRTUAL_ENV": str(place)}
    words = [*command, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def _refuse_full_disk(place: Path) -> None:
    free = shutil.disk_usage(place.parent).free // _MEGABYTE
    if free < _ROOM_FOR_PACKAGES_MB:
        raise CannotPrepare(
            f"Only {free} MB are free on the disk of '{place.parent}'.",
            value=str(free),
            remedy=f"Free at least {_ROOM_FOR_PACKAGES_MB} MB, or move this folder to another disk.",
        )


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Two commands started at once do not install over one another."""
    place.mkdir(exist_ok=True)
    with (place.parent / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint(lock: Path) -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return hashlib.sha256(lock.read_bytes() + version.encode()).hexdigest()


def _remedy_of(error: OSError) -> str:
    return {
        "No space left on device": "Free at least 1 GB on its disk, then start again.",
        "Disk quota exceeded": "Free at least 1 GB of your quota, then start again.",
    }.get(str(error.strerror), "Put the project in a folder you own, then start again.")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def _last_line(words: str) -> str:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")] or lines or ["it said nothing"]
    return errors[-1].removeprefix("ERROR: ")


def _say(words: str) -> None:
    print(f"setup     | {words}", flush=True)
