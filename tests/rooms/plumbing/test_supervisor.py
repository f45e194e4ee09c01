"""Programs are kept running, their lines are readable, and their end has an order."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from answerable.plumbing.launcher import Cluster
from answerable.plumbing.supervisor import Database, Program, Supervisor
from tests.patience import PATIENCE_SECONDS


def program(name: str, script: str) -> Program:
    """A small Python program under that name."""
    return Program(name=name, command=(sys.executable, "-u", "-c", script), environment=os.environ)


def turn_until(supervisor: Supervisor, words: str, *, times: int = 1) -> str:
    """Lets the supervisor work until it has printed the words so often; gives all it printed."""
    assert isinstance(supervisor.stream, io.StringIO)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while supervisor.stream.getvalue().count(words) < times:
        assert time.monotonic() < deadline, supervisor.stream.getvalue()
        supervisor.turn()
    return supervisor.stream.getvalue()


def test_every_line_carries_the_name_of_the_program_that_said_it() -> None:
    supervisor = Supervisor(stream=io.StringIO())

    supervisor.add(program("web 1", "print('one\\ntwo'); import time; time.sleep(60)"))
    told = turn_until(supervisor, "two")
    supervisor.stop()

    assert told.splitlines()[:2] == ["web 1     | one", "web 1     | two"]


def test_a_program_that_is_killed_is_started_again() -> None:
    supervisor = Supervisor(stream=io.StringIO())
    web = program("web 1", "import time; print('here'); time.sleep(60)")
    supervisor.add(web)
    turn_until(supervisor, "here")
    assert web.process is not None

    os.kill(web.process.pid, signal.SIGKILL)

    told = turn_until(supervisor, "here", times=2)
    supervisor.stop()
    assert "ended (SIGKILL); starting it again" in told


def test_a_program_that_falls_at_once_waits_longer_each_time() -> None:
    supervisor = Supervisor(stream=io.StringIO())

    supervisor.add(program("follow", "raise SystemExit(3)"))
    told = turn_until(supervisor, "ended (exit code 3)", times=3)
    supervisor.stop()

    assert [line.split(" in ")[1] for line in told.splitlines() if "again" in line] == ["0.4 s", "0.8 s", "1.6 s"]


def test_what_was_started_last_stops_first() -> None:
    supervisor = Supervisor(stream=io.StringIO())
    polite = (
        "import signal, time, sys\nsignal.signal(15, lambda *_: sys.exit(print('bye')))\nprint('here')\ntime.sleep(60)"
    )
    for name in ("database", "web 1", "web 2", "follow"):
        supervisor.add(program(name, polite))
    turn_until(supervisor, "here", times=4)

    supervisor.stop()

    assert isinstance(supervisor.stream, io.StringIO)
    order = [line.split(" |")[0].strip() for line in supervisor.stream.getvalue().splitlines() if "bye" in line]
    assert order[0] == "follow"
    assert set(order[1:3]) == {"web 1", "web 2"}
    assert order[3] == "database"


def test_a_program_that_does_not_listen_is_ended() -> None:
    supervisor = Supervisor(stream=io.StringIO())
    deaf = program("web 1", "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('here')\ntime.sleep(60)")
    supervisor.add(deaf, stop_seconds=0.3)
    turn_until(supervisor, "here")

    supervisor.stop()

    assert deaf.exit_code() == -signal.SIGKILL


def test_programs_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from answerable.plumbing.supervisor import Program, Supervisor\n"
        "keeper = Supervisor()\n"
        f"child = Program('child', (sys.executable, '-c', 'import time; time.sleep(60)'), os.environ)\n"
        "keeper.add(child)\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.process.pid))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    told = Supervisor(stream=io.StringIO()).run_once(program("keeper", script))
    orphan = int((tmp_path / "pid").read_text())

    assert told == -signal.SIGKILL
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{orphan}").exists() and "zombie" not in Path(f"/proc/{orphan}/status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_program_whose_supervisor_died_before_it_could_tie_itself_ends_too() -> None:
    tie = "from answerable.plumbing.unprivileged import tied_to_parent; tied_to_parent(2 ** 22 + 1); print('alive')"

    ended = subprocess.run([sys.executable, "-c", tie], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")


def test_a_killed_database_comes_back_at_the_same_address() -> None:
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        cluster = Cluster(Path(place), memory_mb=32)
        cluster.start()
        supervisor = Supervisor(stream=io.StringIO())
        supervisor.add(Database(cluster), started=True)
        address, fallen = cluster.url(), cluster.process
        assert fallen is not None

        os.kill(fallen.pid, signal.SIGKILL)

        deadline = time.monotonic() + PATIENCE_SECONDS
        while cluster.process is fallen or not cluster.is_ready():
            assert time.monotonic() < deadline
            supervisor.turn()
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        supervisor.stop()
        assert cluster.running_pid() is None
