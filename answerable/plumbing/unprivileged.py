"""How a server that refuses to run as root is run by root all the same, without a second account.

PostgreSQL refuses user id 0.  Three ways, the first that works wins:
1. we are not root: nothing to do;
2. a user namespace in which our own id appears as an ordinary one: no file changes hands, and folders that
   only root may enter still work;
3. the account `nobody`, when everything the server reads lies where anybody may go.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from answerable.kernel.errors import AnswerableError

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_ORDINARY_ID = 1000
_libc = ctypes.CDLL(None, use_errno=True)

Preparation = Callable[[], None]


class NoOrdinaryUser(AnswerableError):
    """The database server cannot leave root here: start as an ordinary user or give DATABASE_URL."""

    code = "launch.root_only"


def preparation(folder: Path, *, reads: tuple[Path, ...] = ()) -> Preparation:
    """What a child does between fork and exec, so that a server over `folder` agrees to run.

    An existing folder's owner decides, so that a cluster made one way is never started another way.
    Raises: NoOrdinaryUser when we are root and neither way is open.
    """
    if os.geteuid() != 0:
        return _stop_with_parent
    owner = folder.stat().st_uid
    if owner == 0 and namespaces_work():
        return _enter_namespace
    account = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    _refuse_unreachable(account.pw_name, folder=folder, reads=reads)
    _hand_over(folder, to=account)
    return _becoming(account)


def namespaces_work() -> bool:
    """Whether this kernel and container let us make a user namespace; tried in a child, nothing remains."""
    if not sys.platform.startswith("linux"):
        return False
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            _enter_namespace()
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _enter_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    maps = {"setgroups": "deny", "uid_map": f"{_ORDINARY_ID} {uid} 1", "gid_map": f"{_ORDINARY_ID} {gid} 1"}
    for name, text in maps.items():
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    _stop_with_parent()


def _becoming(account: pwd.struct_passwd) -> Preparation:
    def become() -> None:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        _stop_with_parent()

    return become


def tied_to_parent(parent: int) -> None:
    """The child ends when its parent dies: a supervisor that is killed leaves no orphans that hold its port.

    The parent, named by its process id, may be dead already: it can be killed between the fork and this call.
    """
    _when_parent_dies(signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _stop_with_parent() -> None:
    _when_parent_dies(signal.SIGINT)


def _when_parent_dies(number: signal.Signals) -> None:
    if sys.platform.startswith("linux"):
        _libc.prctl(_PR_SET_PDEATHSIG, number)


def _refuse_unreachable(account: str, *, folder: Path, reads: tuple[Path, ...]) -> None:
    steps = [
        *folder.resolve().parents,
        *(step for place in reads for step in (place.resolve(), *place.resolve().parents)),
    ]
    closed = [step for step in steps if not step.stat().st_mode & stat.S_IXOTH]
    if closed:
        raise NoOrdinaryUser(
            "PostgreSQL refuses to run as root, this machine forbids user namespaces, "
            f"and the account '{account}' may not enter '{closed[0]}'.",
            field="folder",
            value=str(closed[0]),
            remedy="Start as an ordinary user, or name your own server in DATABASE_URL.",
        )


def _hand_over(folder: Path, *, to: pwd.struct_passwd) -> None:
    for place in (folder, *folder.rglob("*")):
        if place.lstat().st_uid != to.pw_uid:
            os.chown(place, to.pw_uid, to.pw_gid, follow_symlinks=False)
