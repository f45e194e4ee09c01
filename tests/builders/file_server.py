"""A real SFTP server on this machine, its files in a folder: `with a_file_server(folder) as server: server.url`."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "answerable", "s3cret"


@dataclass(slots=True)
class FileServer:
    """Where it listens, the key it shows, and which passwords were said to it."""

    port: int = 0
    host_key: str = ""
    folder: Path = Path()
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As a city pack names it."""
        return f"sftp://{USER}@127.0.0.1:{self.port}/exchange"


@contextmanager
def a_file_server(folder: Path) -> Iterator[FileServer]:
    """An SFTP server until the end of the block; its root is the folder."""
    (folder / "exchange").mkdir(parents=True, exist_ok=True)
    key = paramiko.ECDSAKey.generate()
    server = FileServer(host_key=f"{key.get_name()} {key.get_base64()}", folder=folder / "exchange")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        transports: list[Any] = []

        def serve() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                transport = paramiko.Transport(line)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _interface(folder))
                transports.append(transport)
                with suppress(paramiko.SSHException, EOFError, OSError):
                    transport.start_server(server=_Door(server))

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for transport in transports:
                transport.close()


class _Door(paramiko.ServerInterface):
    def __init__(self, server: FileServer) -> None:
        self._server = server

    def check_auth_password(self, username: str, password: str) -> int:
        self._server.said.append(password)
        is_right = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username: str) -> str:
        return "password"


def _interface(root: Path) -> type[paramiko.SFTPServerInterface]:
    class Files(paramiko.SFTPServerInterface):
        def _at(self, path: str) -> Path:
            return root / self.canonicalize(path).lstrip("/")

        def list_folder(self, path: str) -> Any:
            try:
                return [paramiko.SFTPAttributes.from_stat(each.stat(), each.name) for each in self._at(path).iterdir()]
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)

        def stat(self, path: str) -> Any:
            try:
                return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)

        lstat = stat

        def open(self, path: str, flags: int, attr: Any) -> Any:
            try:
                number = os.open(self._at(path), flags, 0o600)
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)
            handle = paramiko.SFTPHandle(flags)
            file = os.fdopen(number, "wb" if flags & os.O_WRONLY else "rb")
            handle.writefile = handle.readfile = file  # type: ignore[attr-defined]
            return handle

        def _does(self, act: Any) -> int:
            try:
                act()
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)
            return paramiko.SFTP_OK

        def mkdir(self, path: str, attr: Any) -> int:
            return self._does(lambda: self._at(path).mkdir())

        def remove(self, path: str) -> int:
            return self._does(lambda: self._at(path).unlink())

        def rename(self, oldpath: str, newpath: str) -> int:
            if self._at(newpath).exists():
                return paramiko.SFTP_FAILURE
            return self._does(lambda: self._at(oldpath).rename(self._at(newpath)))

        def posix_rename(self, oldpath: str, newpath: str) -> int:
            return self._does(lambda: self._at(oldpath).replace(self._at(newpath)))

    return Files
