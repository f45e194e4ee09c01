"""Places where files are left and found: a folder, or a folder on an SFTP server whose key is pinned.

A file is there whole or not at all: it is written under a hidden name, and renamed.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from answerable.connectors.ports import Away

TIMEOUT_SECONDS: Final = 20.0
MOST_BYTES: Final = 20_000_000
"""Units: bytes of one file that are read."""

SSH_PORT: Final = 22


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that lies there.  Units: `changed` in seconds since 1970."""

    name: str
    size_bytes: int
    changed: float


class Session(Protocol):
    """A place opened for a while.  Every method may raise OSError."""

    def entries(self, folder: str) -> list[Entry]:
        """The files in the folder, by name; hidden ones are not finished."""

    def read(self, folder: str, name: str) -> bytes:
        """What is in the file."""

    def write(self, folder: str, name: str, content: bytes) -> None:
        """The file is there, whole."""

    def move(self, folder: str, name: str, *, into: str) -> None:
        """The file lies in the folder `into` below its own, which is made when it is missing."""


class Drop(Protocol):
    """A place for files."""

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """The place, open until the end of the block.  Raises: Away."""


def drop_of(endpoint: str, *, host_key: str = "", secret: str = "") -> Drop:
    """The place at that address.  `secret` is a password, or `file:` and the path of a private key."""
    parts = urlsplit(endpoint)
    if parts.scheme == "folder":
        return FolderDrop(Path(unquote(parts.path)))
    return SftpDrop(
        host=parts.hostname or "", port=parts.port or SSH_PORT, user=unquote(parts.username or ""),
        root=unquote(parts.path).rstrip("/") or ".", host_key=host_key, secret=secret,
    )  # fmt: skip


# --- a folder -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FolderDrop:
    """A folder of this machine, or one that is mounted here."""

    root: Path

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """The folder.  Raises: Away when it is not there or breaks off."""
        if not self.root.is_dir():
            raise Away("folder missing", may_have_it=False)
        try:
            yield self
        except OSError as error:
            raise Away(error.strerror or "disk", may_have_it=True) from error

    def entries(self, folder: str) -> list[Entry]:
        """The finished files, by name; none where there is no such folder."""
        place = self.root / folder
        found = (
            [each for each in place.iterdir() if _is_finished(each.name) and each.is_file()] if place.is_dir() else []
        )
        return sorted((_entry(each.name, each.stat()) for each in found), key=lambda each: each.name)

    def read(self, folder: str, name: str) -> bytes:
        """What is in the file."""
        with (self.root / folder / name).open("rb") as file:
            return file.read(MOST_BYTES + 1)

    def write(self, folder: str, name: str, content: bytes) -> None:
        """The file is there, whole and on disk."""
        place = self.root / folder
        place.mkdir(parents=True, exist_ok=True)
        half = place / f".{name}.part"
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(place / name)

    def move(self, folder: str, name: str, *, into: str) -> None:
        """The file lies below; one of that name that lay there is replaced."""
        target = self.root / folder / into
        target.mkdir(parents=True, exist_ok=True)
        (self.root / folder / name).replace(target / name)


def _is_finished(name: str) -> bool:
    return not name.startswith(".") and not name.endswith((".part", ".tmp", ".filepart"))


def _entry(name: str, told: Any) -> Entry:
    return Entry(name=name, size_bytes=told.st_size or 0, changed=float(told.st_mtime or 0))


# --- SFTP -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SftpDrop:
    """A folder of an SFTP server that shows the pinned key; another server, or a changed one, gets no password."""

    host: str
    port: int
    user: str
    root: str
    host_key: str
    secret: str
    timeout_seconds: float = TIMEOUT_SECONDS

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """The folder there.  Raises: Away when the server is not, is another, lets us not in, or breaks off."""
        import paramiko  # only where a connector names an SFTP server; it takes half a second to load

        is_open = False
        try:
            with socket.create_connection((self.host, self.port), timeout=self.timeout_seconds) as line:
                transport = paramiko.Transport(line)
                try:
                    self._enter(transport, paramiko)
                    client = paramiko.SFTPClient.from_transport(transport)
                    assert client is not None
                    client.get_channel().settimeout(self.timeout_seconds)
                    is_open = True
                    yield _SftpSession(client, self.root)
                finally:
                    transport.close()
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise Away(_why(error), may_have_it=is_open) from error

    def _enter(self, transport: Any, ssh: Any) -> None:
        kind, _, key = self.host_key.partition(" ")
        wanted = ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)
        transport.get_security_options().key_types = wanted
        transport.start_client(timeout=self.timeout_seconds)
        if transport.get_remote_server_key().get_base64() != key.strip():
            raise PermissionError("the server shows another key")
        if self.secret.startswith("file:"):
            transport.auth_publickey(self.user, ssh.PKey.from_path(self.secret.removeprefix("file:")))
        else:
            transport.auth_password(self.user, self.secret)


def _why(error: Exception) -> str:
    """What went wrong, without what the other side said: it may repeat names and passwords."""
    return str(error) if isinstance(error, PermissionError) else type(error).__name__


@dataclass(frozen=True, slots=True)
class _SftpSession:
    """An open SFTP line."""

    client: Any
    root: str

    def _path(self, *parts: str) -> str:
        return "/".join((self.root, *parts))

    def entries(self, folder: str) -> list[Entry]:
        try:
            listed = self.client.listdir_attr(self._path(folder))
        except FileNotFoundError:
            return []
        files = [each for each in listed if stat.S_ISREG(each.st_mode or 0) and _is_finished(each.filename)]
        return sorted((_entry(each.filename, each) for each in files), key=lambda each: each.name)

    def read(self, folder: str, name: str) -> bytes:
        with self.client.open(self._path(folder, name), "rb") as file:
            return bytes(file.read(MOST_BYTES + 1))

    def write(self, folder: str, name: str, content: bytes) -> None:
        self._make(self._path(folder))
        half = self._path(folder, f".{name}.part")
        with self.client.open(half, "wb") as file:
            file.set_pipelined(True)
            file.write(content)
        self._rename(half, self._path(folder, name))

    def move(self, folder: str, name: str, *, into: str) -> None:
        self._make(self._path(folder, into))
        self._rename(self._path(folder, name), self._path(folder, into, name))

    def _make(self, path: str) -> None:
        with suppress(OSError):
            self.client.mkdir(path)

    def _rename(self, old: str, new: str) -> None:
        """Renamed over what lay there; servers without that ability get the old one out of the way first."""
        try:
            self.client.posix_rename(old, new)
        except OSError:
            with suppress(FileNotFoundError):
                self.client.remove(new)
            self.client.rename(old, new)
