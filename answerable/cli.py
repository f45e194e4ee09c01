"""The management entry: `python -m answerable.cli VERB`, usually reached through `./311`.

Part of the hall: it may use every room.  A verb imports Django and the rooms itself, so that those without a
database start at once.
"""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from answerable.kernel.errors import AnswerableError
from answerable.plumbing import backup as backups
from answerable.plumbing import doctor as doctors
from answerable.plumbing import launcher, serving, stamps, up
from answerable.settings import ANSWERABLE, ROOT

CITIES = ROOT / "cities"


@dataclass(frozen=True, slots=True)
class Verb:
    """A word of the management entry, its arguments, what it does, and whether it needs a database that answers."""

    word: str
    run: Callable[[argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], object] = lambda parser: parser
    database: bool = True


def main(words: Sequence[str] | None = None) -> int:
    """Runs one verb.  Returns the exit code; a refusal is one line on standard error."""
    parser = argparse.ArgumentParser(prog="./311", description="The management entry of Answerable.")
    choices = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        verb.arguments(choices.add_parser(verb.word, help=verb.run.__doc__))
    given = parser.parse_args(words)
    verb = next(verb for verb in VERBS if verb.word == given.verb)
    try:
        if not verb.database or ANSWERABLE.database_url:
            return verb.run(given)
        return _again_with_database(words if words is not None else sys.argv[1:])
    except AnswerableError as error:
        print(f"answerable: {error}", file=sys.stderr)
        return 1


def _again_with_database(words: Sequence[str]) -> int:
    """The embedded database's address is known only once it runs, and settings are read once: so by a child."""
    with launcher.borrowed(ANSWERABLE.var) as url:
        command = [sys.executable, "-P", "-m", "answerable.cli", *words]
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode


def _django() -> None:
    """Django and the rooms may be imported from here on."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.settings")
    import django

    django.setup()


def _city_folder() -> Path:
    named = Path(ANSWERABLE.city)
    return named if named.is_absolute() else CITIES / named


# --- running --------------------------------------------------------------------------------------------------------


def _up(given: argparse.Namespace) -> int:
    """starts everything, until it is asked to stop"""
    return up.run(
        up.Plan(
            var=ANSWERABLE.var.absolute(),
            host=given.host,
            port=given.port,
            database_url=ANSWERABLE.database_url,
            city_folder=_city_folder(),
            web_processes=ANSWERABLE.web_processes,
            demo=not given.empty,
        )
    )


def _up_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=ANSWERABLE.port, help="where pages are served (8311)")
    parser.add_argument(
        "--host", default=ANSWERABLE.host, help="the address listened on (127.0.0.1: this machine only)"
    )
    parser.add_argument("--empty", action="store_true", help="no demo staff and requests")


def _prepare(given: argparse.Namespace) -> int:
    """brings the database and the files made from the code up to date; does only what changed"""
    wanted = stamps.wanted(city_folder=_city_folder(), demo=not given.empty)
    stale = wanted.stale(url=ANSWERABLE.database_url, var=ANSWERABLE.var)
    at_once = stale - stamps.LATER - stamps.LAST
    phase = stamps.LATER if given.later else stamps.LAST if given.last else at_once
    _django()
    for name, step in _steps().items():
        if name in stale and name in phase:
            started = time.monotonic()
            print(f"{step()} ({time.monotonic() - started:.1f} s)", flush=True)
            wanted.stamp(name, url=ANSWERABLE.database_url, var=ANSWERABLE.var)
    return 0


def _prepare_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--empty", action="store_true", help="no demo staff and requests")
    parser.add_argument("--later", action="store_true", help="what pages need not wait for: the demo")
    parser.add_argument("--last", action="store_true", help="what nothing waits for: the demo city's history")


def _steps() -> dict[str, Callable[[], str]]:
    from django.core.management import call_command

    from answerable import wiring
    from answerable.plumbing import words

    def migrate() -> str:
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        return "tables are up to date"

    def static() -> str:
        call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
        return "static files are collected"

    return {
        "migrations": migrate,
        "words": lambda: f"{words.compile_all()} translations are compiled",
        "static": static,
        "city": lambda: wiring.load_city(_city_folder()),
        "demo": _make_demo,
        "past": lambda: f"{wiring.seed_demo_past()} requests were added to the demo city's past",
        "history": _import_history,
    }


def _import_history() -> str:
    """Everybody else goes first: it may take a minute or two."""
    from answerable import wiring

    os.nice(10)
    return f"{wiring.import_history(_progress(every_seconds=10)):,} requests of the demo city's history were imported"


def _make_demo() -> str:
    from answerable import wiring

    accounts = [f"  {name:<12} {password}  ({role})" for role, name, password in wiring.seed_demo()]
    up.keep_logins(ANSWERABLE.var, words="\n".join(["Demo log-ins", *accounts]))
    return up.logins(ANSWERABLE.var)


def _web(given: argparse.Namespace) -> int:
    """web processes over one socket"""
    descriptor = given.descriptor or serving.listener(host=ANSWERABLE.host, port=ANSWERABLE.port).detach()
    return serving.serve(_load_site, descriptor=descriptor, processes=given.processes)


def _load_site() -> Any:
    """The application, with every page's module: loaded once, shared by the processes forked afterwards."""
    from answerable import asgi, urls

    assert urls.urlpatterns
    return asgi.application


def _web_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--descriptor", type=int, help="an inherited socket; else one is opened at ANSWERABLE_PORT")
    parser.add_argument("--processes", type=int, default=1)


def _follow(_given: argparse.Namespace) -> int:
    """followers and timers, until it is asked to stop"""
    _django()
    from answerable import wiring

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    wiring.run_followers(stop)
    return 0


# --- looking after --------------------------------------------------------------------------------------------------


def _migrate(_given: argparse.Namespace) -> int:
    """creates and changes tables"""
    _django()
    from django.core.management import call_command

    call_command("migrate", verbosity=1, interactive=False)
    return 0


def _load_city(given: argparse.Namespace) -> int:
    """loads and publishes a city pack"""
    _django()
    from answerable import wiring

    print(wiring.load_city(given.folder or _city_folder()))
    return 0


def _seed_demo(given: argparse.Namespace) -> int:
    """makes demo staff and requests, and prints the log-ins"""
    _django()
    from answerable import wiring

    print(_make_demo())
    if not given.only_staff:
        wiring.seed_demo_past()
    print(up.logins(ANSWERABLE.var))
    return 0


def _city_check(given: argparse.Namespace) -> int:
    """validates city packs; names file, entry and remedy"""
    from answerable.catalogue import pack
    from answerable.catalogue.decoding import Problem
    from answerable.catalogue.structs import Pack
    from answerable.channels.imports.recognise import layout_problems
    from answerable.routing.packs import golden_problems

    def all_problems(checked: Pack) -> list[Problem]:
        return [*golden_problems(checked), *layout_problems(checked)]

    folders = [given.folder] if given.folder else sorted(pack.parent for pack in CITIES.glob("*/city.toml"))
    worst = 0
    for folder in folders:
        problems = pack.check_folder(folder, golden=all_problems)
        worst |= bool(problems)
        print("\n".join(map(str, problems)) or f"{folder.name}: in order")
    return worst


def _import(given: argparse.Namespace) -> int:
    """brings requests of other records into the tables; run again, it goes on or changes nothing"""
    _django()
    from answerable.channels.imports import actions
    from answerable.channels.imports.actions import Options
    from answerable.web.office.imports import write_report

    act = actions.check_file if given.check else actions.import_file
    done = act(given.file, options=Options(open_work=given.open_work), tell=_progress())
    report = done.report
    print(
        f"\n{given.file.name}: {report.rows:,} rows of the layout '{report.layout}': {report.imported:,} imported, "
        f"{report.known:,} known already, {report.refused:,} refused; {report.rate:,.0f} rows a second"
    )
    for code, tally in (*report.refusals.items(), *report.repairs.items()):
        print(f"  {tally.count:>9,}  {code}")
    if given.report:
        write_report(report, given.report)
        print(f"The report is in {given.report}.")
    elif done.run_id:
        print(f"The report, with examples: {ANSWERABLE.base_url}/en/office/imports/{done.run_id}/")
    return 0


def _progress(*, every_seconds: float = 1.0) -> Callable[[Any], None]:
    """Prints a line every so often: rows, rate, remaining time."""
    told = 0.0

    def tell(progress: Any) -> None:
        nonlocal told
        if progress.seconds - told < every_seconds and progress.share < 1:
            return
        told = progress.seconds
        left = f"{progress.remaining_seconds:,.0f} s left" if progress.share < 1 else "done"
        print(f"  {progress.rows:,} rows, {progress.rate:,.0f} a second, {left}", file=sys.stderr, flush=True)

    return tell


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="CSV, Excel, Parquet or JSON; CSV and JSON may be gzipped")
    parser.add_argument("--check", action="store_true", help="reads and reports, writes nothing")
    parser.add_argument("--open-work", action="store_true", help="open requests enter the queues of the office")
    parser.add_argument("--report", type=Path, help="writes the report to this .json or .html file")


def _staff_add(given: argparse.Namespace) -> int:
    """makes a log-in, or brings the one of that name up to date"""
    _django()
    from answerable.staff import actions
    from answerable.staff.rules import Role

    password = os.environ.get("ANSWERABLE_NEW_PASSWORD") or getpass.getpass("Password (12 characters or more): ")
    member = actions.add_member(
        username=given.name,
        password=actions.checked_password(password, username=given.name),
        role=Role(given.role),
        name=(given.first_name, given.last_name),
        department=given.department,
        language=given.language,
    )
    print(f"{member.username} may sign in as {member.role}" + (f" of {member.department}" if member.department else ""))
    return 0


def _staff_add_arguments(parser: argparse.ArgumentParser) -> None:
    roles = ("operator", "supervisor", "department", "analyst", "administrator")
    parser.add_argument("name", help="what they type to sign in")
    parser.add_argument("--role", choices=roles, required=True)
    parser.add_argument("--department", default="", help="its code in the city pack, for the role 'department'")
    parser.add_argument("--first-name", default="")
    parser.add_argument("--last-name", default="")
    parser.add_argument("--language", default="en")


def _key_add(given: argparse.Namespace) -> int:
    """makes an API key for a program and shows it once"""
    _django()
    from answerable.intake.actions import digest_of
    from answerable.staff import actions

    key = actions.fresh_api_key()
    actions.add_api_client(name=given.name, scopes=given.scope, digest_of_key=digest_of(key))
    print(f"{key}\nKeep it now: only its digest is stored. It may: {', '.join(given.scope)}.")
    return 0


def _key_add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="whose program it is")
    parser.add_argument("--scope", action="append", choices=("requests:write", "office:read"), required=True)


def _export(given: argparse.Namespace) -> int:
    """builds and publishes the open data; refuses when a promise of privacy is not kept"""
    _django()
    from answerable.catalogue import queries as catalogue
    from answerable.channels.opendata import queries
    from answerable.channels.opendata.building import Job, export
    from answerable.channels.opendata.recipe import recipe_of
    from answerable.plumbing import clock

    if given.asked and not queries.is_asked():
        return 0
    recipe = recipe_of(catalogue.active(), at=clock.now(), secret_key=ANSWERABLE.secret_key)
    job = Job(recipe, queries.published(), ANSWERABLE.base_url, tell=_tell_rows)
    manifest = export(job, by="system:command")
    print(
        f"{manifest.rows} rows in {len(manifest.parts)} yearly parts are published as {manifest.name};"
        f" {manifest.suppressed} left out, {manifest.held_back} held back until their period is over"
    )
    return 0


def _tell_rows(year: int, rows: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{year}: {rows:>9} rows", end="", file=sys.stderr, flush=True)


def _words(_given: argparse.Namespace) -> int:
    """compiles the translations"""
    _django()
    from answerable.plumbing import words

    print(f"{words.compile_all()} translations are compiled")
    return 0


def _journal_verify(given: argparse.Namespace) -> int:
    """recomputes the hash chains"""
    _django()
    from answerable.journal import queries

    broken = queries.broken_chains(subject=given.subject)
    for chain in broken:
        print(f"{chain.subject}: {chain.reason} at its fact {chain.seq} (id {chain.fact_id})")
    print(
        f"{len(broken)} chains are broken: restore a backup beside this database and compare"
        if broken
        else "every chain holds"
    )
    return 1 if broken else 0


def _connector_reconcile(given: argparse.Namespace) -> int:
    """compares our ledger with that connector's system, or with all, and says what disagrees"""
    _django()
    from answerable import wiring

    failed = False
    for told in wiring.compare_with_connectors(given.code or ""):
        print(told.line)
        failed |= told.failed
    return int(failed)


def _doctor(_given: argparse.Namespace) -> int:
    """checks everything and prints the remedy for each failing line"""
    checks = list(doctors.checks(var=ANSWERABLE.var, url=ANSWERABLE.database_url, city_folder=_city_folder()))
    if doctors.tables_exist(ANSWERABLE.database_url):
        _django()
        from answerable import wiring

        checks += [*_room_checks(), *wiring.message_checks()]
    return doctors.report(checks)


def _room_checks() -> list[doctors.Check]:
    from answerable.catalogue import pack
    from answerable.journal import queries
    from answerable.plumbing import clock
    from answerable.routing.packs import golden_problems

    late = [lag for lag in queries.lags(now=clock.now()) if lag.waiting and lag.seconds > doctors.LATE_SECONDS]
    stuck = [lag for lag in late if lag.failing_id]
    broken = queries.broken_chains(limit=5)
    problems = pack.check_folder(_city_folder(), golden=golden_problems)
    return [
        doctors.Check(
            "followers",
            passed=not late,
            finding=", ".join(f"{lag.name} is {lag.seconds:.0f} s behind" for lag in late) or "up to date",
            remedy=f"Fact {stuck[0].failing_id} cannot be digested: read the follow process's log."
            if stuck
            else "Start them: './311 up', or 'python -m answerable.cli follow' on another machine.",
        ),
        doctors.Check(
            "journal",
            passed=not broken,
            finding=", ".join(f"{chain.subject} is {chain.reason}" for chain in broken) or "every chain holds",
            remedy="'./311 journal verify' lists every broken chain; compare with a backup.",
        ),
        doctors.Check(
            "city pack",
            passed=not problems,
            finding=str(problems[0]) if problems else f"{ANSWERABLE.city} is in order",
            remedy="'./311 city check' lists every problem.",
        ),
        *_line_checks(clock.now()),
    ]


def _line_checks(now: datetime) -> list[doctors.Check]:
    """A line for each connector that is not well; none when all are."""
    from answerable.connectors import queries

    return [
        doctors.Check(
            "connector",
            passed=False,
            finding=f"{each.connector}: {each.what}",
            remedy="Look at it on the office's page of hand-offs; './311 connector check' tries the other system.",
            advice=True,
        )
        for each in queries.ailing(now=now, late_seconds=doctors.LATE_SECONDS)
    ]


def _connector_check(given: argparse.Namespace) -> int:
    """tries whether another system keeps the contract, with test orders in its sandbox"""
    _django()
    from answerable import wiring
    from answerable.connectors import conformance

    trial, key = wiring.trial_of(
        given.target, key=given.key, service=given.service, answers=dict(each.split("=", 1) for each in given.answer)
    )
    found = conformance.findings(trial)
    if given.listen:
        heard = conformance.heard(given.listen, key=key, seconds=given.wait)
        return conformance.report(each for part in (found, heard) for each in part)
    return conformance.report(found)


def _connector_check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", help="a connector of the city pack, or the address of a JSON work-order system")
    parser.add_argument("--key", default="", help="the shared key; else from ANSWERABLE_CONNECTOR_KEYS")
    parser.add_argument("--service", default="", help="a service to file under: theirs for an address, else ours")
    parser.add_argument("--answer", action="append", default=[], metavar="QUESTION=ANSWER", help="what they require")
    parser.add_argument("--listen", type=int, default=0, metavar="PORT", help="waits there for their webhook")
    parser.add_argument("--wait", type=float, default=30.0, metavar="SECONDS", help="how long it waits")


def _rehearse_department(given: argparse.Namespace) -> int:
    """runs a make-believe department that speaks the JSON contract"""
    _django()
    from answerable.rehearsal import department

    manner = department.Manner(
        key=given.key, services=tuple(given.service), slow_seconds=given.slow, fail=given.fail,
        down_seconds=given.down, step_seconds=given.step, tell_url=given.tell, record=given.record,
    )  # fmt: skip
    there = department.Department(manner)
    server = department.serve(there, port=given.port, host=given.host)
    print(f"a department listens at http://{given.host}:{server.server_address[1]}", flush=True)
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    department.work(there, stop=stop)
    return 0


def _rehearse_department_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--key", default="", help="the shared key; without it nothing is verified")
    parser.add_argument("--service", action="append", default=[], help="a service it does; none named: all")
    parser.add_argument("--slow", type=float, default=0.0, metavar="SECONDS", help="waits before each answer")
    parser.add_argument("--fail", type=float, default=0.0, metavar="SHARE", help="this share of calls fails, 0 to 1")
    parser.add_argument("--down", type=float, default=0.0, metavar="SECONDS", help="does not answer at first")
    parser.add_argument("--step", type=float, default=0.0, metavar="SECONDS", help="orders move on this often")
    parser.add_argument("--tell", default="", metavar="ADDRESS", help="where its webhook goes")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keeps its orders there")


def _mail_bounce(given: argparse.Namespace) -> int:
    """reads returned mail and marks addresses that do not work"""
    _django()
    from answerable.channels.email import bounces

    if given.maildir is None:
        print(bounces.take(sys.stdin.buffer.read(bounces.MOST_BYTES)))
        return 0
    counts = bounces.take_maildir(given.maildir)
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nothing new")
    return 0


def _backup(given: argparse.Namespace) -> int:
    """writes database, uploads and the secret into one tar file"""
    size = backups.write(
        given.file, url=ANSWERABLE.database_url, media=ANSWERABLE.var / "media", secret=ANSWERABLE.secret_key
    )
    print(f"{given.file}: {size / 1e6:.1f} MB; keep it as safe as the data itself")
    return 0


def _restore(given: argparse.Namespace) -> int:
    """brings a backup into an empty installation"""
    url = ANSWERABLE.database_url
    with up.only_one(ANSWERABLE.var):
        backups.read_back(given.file, url=url, var=ANSWERABLE.var, replace=given.replace)
        _django()
        from django.core.management import call_command

        from answerable.journal import actions as journal

        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        changed = journal.rebase_after_restore()
    print(f"restored from {given.file}; {changed} facts were put in order for this server")
    return 0


def _file_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    _file_argument(parser)
    parser.add_argument("--replace", action="store_true", help="overwrites what is there, after saving it beside")


VERBS = (
    Verb("up", _up, _up_arguments, database=False),
    Verb("prepare", _prepare, _prepare_arguments),
    Verb("web", _web, _web_arguments),
    Verb("follow", _follow),
    Verb("migrate", _migrate),
    Verb("load-city", _load_city, lambda parser: parser.add_argument("folder", type=Path, nargs="?")),
    Verb("seed-demo", _seed_demo, lambda parser: parser.add_argument("--only-staff", action="store_true")),
    Verb("city-check", _city_check, lambda parser: parser.add_argument("folder", type=Path, nargs="?"), database=False),
    Verb("import", _import, _import_arguments),
    Verb("connector-reconcile", _connector_reconcile, lambda parser: parser.add_argument("code", nargs="?")),
    Verb("mail-bounce", _mail_bounce, lambda parser: parser.add_argument("--maildir", type=Path)),
    Verb("staff-add", _staff_add, _staff_add_arguments),
    Verb("key-add", _key_add, _key_add_arguments),
    Verb("export", _export, lambda parser: parser.add_argument("--asked", action="store_true", help="if asked for")),
    Verb("words", _words, database=False),
    Verb("journal-verify", _journal_verify, lambda parser: parser.add_argument("subject", nargs="?")),
    Verb("doctor", _doctor),
    Verb("connector-check", _connector_check, _connector_check_arguments, database=False),
    Verb("rehearse-department", _rehearse_department, _rehearse_department_arguments, database=False),
    Verb("backup", _backup, _file_argument),
    Verb("restore", _restore, _restore_arguments),
)


if __name__ == "__main__":
    sys.exit(main())
