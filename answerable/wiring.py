"""Who follows whom, what rings when, and how a demo city comes to be: the only place that knows every room."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.db import DatabaseError, connection, connections

from answerable.audits import followers as audit_followers
from answerable.catalogue import actions as catalogue_actions
from answerable.catalogue import places
from answerable.catalogue import queries as catalogue
from answerable.catalogue.connectorstructs import (
    Connector,
    FilesConnector,
    MailConnector,
    Open311Connector,
    RestConnector,
)
from answerable.catalogue.pack import load_folder
from answerable.channels.api.app import Api
from answerable.channels.connect.app import ConnectDoor
from answerable.channels.email.carrier import MailCarrier
from answerable.channels.imports import actions as imports
from answerable.channels.imports.report import Progress
from answerable.channels.open311 import actions as open311
from answerable.channels.open311.app import Open311
from answerable.channels.open311.errors import NotFetched
from answerable.channels.open311.fetching import fetch as fetch_picture
from answerable.channels.open311.followers import Fetcher
from answerable.channels.opendata import actions as opendata
from answerable.channels.opendata import followers as opendata_followers
from answerable.channels.opendata import queries as opendata_queries
from answerable.channels.opendata.door import FileDoor
from answerable.channels.sms.carrier import carrier_of as sms_carrier
from answerable.channels.webhooks import actions as webhook_actions
from answerable.channels.webhooks import followers as webhooks
from answerable.channels.webpush.carrier import PushCarrier
from answerable.connectors import actions as connector_actions
from answerable.connectors import nightly
from answerable.connectors import senders as connector_senders
from answerable.connectors.adapters.drops import drop_of
from answerable.connectors.adapters.files import FilesDepartment
from answerable.connectors.adapters.georeport import READ_SECONDS, Client
from answerable.connectors.adapters.mail import MailDepartment
from answerable.connectors.adapters.open311 import Open311Server
from answerable.connectors.adapters.rest import RestServer
from answerable.connectors.adapters.web_geocoder import WebGeocoder
from answerable.connectors.conformance import IMPATIENT_SECONDS, Trial
from answerable.connectors.errors import UnknownConnector
from answerable.connectors.messages import PictureAway
from answerable.connectors.ports import Connector as ConnectorPort
from answerable.contacts.rules import Way
from answerable.guard import actions as guard_actions
from answerable.guard import followers as guard_followers
from answerable.intake import actions as intake
from answerable.intake import followers as intake_followers
from answerable.journal import actions as journal
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.places import Point
from answerable.notices import actions as notice_actions
from answerable.notices import followers as notice_followers
from answerable.notices import queries as notice_queries
from answerable.notices.ports import Away, Carrier
from answerable.notices.rules import MessageState
from answerable.plumbing import clock, mail
from answerable.plumbing.clockwork import Clockwork, DueTimer, set_timer
from answerable.plumbing.doctor import Check
from answerable.promises import followers as promise_followers
from answerable.rehearsal import demo
from answerable.requests import actions as requests
from answerable.requests.rules import Visibility, promise_standing
from answerable.routing.packs import golden_problems
from answerable.settings import ANSWERABLE, MEDIA_ROOT, ROOT
from answerable.staff import actions as staff
from answerable.web.components.spoken import PageWords
from answerable.web.live.announcements import about_requests
from answerable.web.live.app import LiveApp

log = logging.getLogger("answerable.wiring")

HOUSEKEEPING_TIMER = "plumbing.housekeeping"
HOUSEKEEPING_EVERY = timedelta(hours=1)


def _ids(timers: Sequence[DueTimer]) -> list[int]:
    return [int(timer.subject.split(":")[1]) for timer in timers]


def _pause_over(timers: Sequence[DueTimer]) -> None:
    requests.refresh_dates(promise_followers.on_pause_over(timers))


def _close(timers: Sequence[DueTimer]) -> None:
    requests.close_when_undisputed(_ids(timers), at=clock.now())


def _no_reply(timers: Sequence[DueTimer]) -> None:
    requests.resolve_without_reply(_ids(timers), at=clock.now())


def _keep_house(timers: Sequence[DueTimer]) -> None:
    """Old drafts go, next month's partition comes, and the timer is set anew."""
    now = clock.now()
    forgotten = intake.forget_expired_drafts()
    journal.ensure_partitions(now)
    connector_actions.forget_old_attempts()
    calls = staff.forget_old_calls(now=now)
    open311.forget_old_trials(now=now)
    sent = webhook_actions.forget_old(now=now) + notice_actions.forget_old(now=now)
    gone = {"drafts_forgotten": forgotten, "calls_forgotten": calls, "deliveries_forgotten": sent}
    log.info("wiring.house_kept", extra=gone)
    for timer in timers:
        next_timer(timer.subject, after=HOUSEKEEPING_EVERY)


def next_timer(subject: str, *, after: timedelta) -> None:
    """Housekeeping rings again later; under another subject, because the ringing one is about to be deleted."""
    other = "house:b" if subject == "house:a" else "house:a"
    set_timer(HOUSEKEEPING_TIMER, other, due_at=clock.now() + after)


def clockwork() -> Clockwork:
    """Every kind of timer and what it does."""
    return Clockwork(
        {
            "promise.at_risk": guard_followers.on_at_risk,
            "promise.breach": guard_followers.on_breach,
            guard_actions.ESCALATION_TIMER: guard_followers.on_escalation,
            guard_actions.SURGE_TIMER: guard_followers.on_surge,
            "promise.pause_over": _pause_over,
            requests.CLOSE_TIMER: _close,
            requests.REPLY_TIMER: _no_reply,
            notice_followers.REMINDER_TIMER: notice_followers.on_reminder,
            HOUSEKEEPING_TIMER: _keep_house,
            opendata_followers.TIMER: opendata_followers.on_daily,
            audit_followers.TIMER: audit_followers.on_night,
        }
    )


def load_city(folder: Path) -> str:
    """The city pack is in force; gives a sentence about it.  Raises: BrokenPack listing every problem."""
    version_id = catalogue_actions.load_and_publish(folder, by="system:install", at=clock.now(), golden=golden_problems)
    city = catalogue.version(version_id)
    return f"{city.pack.city.name['en']}: {len(city.services)} services, version {version_id}"


def seed_demo() -> list[tuple[str, str, str]]:
    """The demo city has staff; gives role, user name and password of each log-in."""
    demo.seed_staff()
    return [(each.role.value, each.username, demo.DEMO_PASSWORD) for each in demo.log_ins(catalogue.active())]


def seed_demo_past() -> int:
    """The demo city has a past; gives how many requests were added to it."""
    made = demo.seed_past(city_folder(), ring=clockwork().run_once)
    demo.audit_closures()
    if catalogue.active().pack.city.open_data is not None:
        opendata.ask(by="system:install", at=clock.now())
    return made


def import_history(tell: Callable[[Progress], None]) -> int:
    """The files of the pack's history are imported; gives how many requests were added.  Broken off, it goes on."""
    folder = city_folder() / "history"
    return sum(imports.import_file(file, tell=tell).report.imported for file in sorted(folder.glob("*")))


def city_folder() -> Path:
    """Where the city pack of this installation lies."""
    named = Path(ANSWERABLE.city)
    return named if named.is_absolute() else ROOT / "cities" / named


def run_followers(stop: threading.Event) -> None:
    """Timers ring until `stop` is set; a database that is away is waited for.

    Each thread keeps a database session for as long as it lives: from a pool the last ones would get none.
    """
    connections.settings["default"]["OPTIONS"].pop("pool", None)
    while not stop.is_set():
        try:
            set_timer(HOUSEKEEPING_TIMER, "house:a", due_at=clock.now() + timedelta(seconds=5))
            opendata_followers.set_daily()
            audit_followers.set_nightly()
            break
        except DatabaseError:
            connection.close()
            stop.wait(1.0)
    working = [threading.Thread(target=work, args=(stop,), daemon=True) for work in outside_work()]
    for thread in working:
        thread.start()
    clockwork().run(stop=stop)
    for thread in working:
        thread.join(5)


def outside_work() -> tuple[Callable[[threading.Event], None], ...]:
    """What waits for other systems: each on a thread of its own in the follow process, until asked to stop."""
    return (
        _send_webhooks,
        _serve_connectors,
        _compare_with_connectors,
        intake_followers.run,
        opendata_followers.run,
        guard_followers.run,
        _fetch_pictures,
        _tell_people,
    )


def _send_webhooks(stop: threading.Event) -> None:
    news = webhooks.follower(base_url=ANSWERABLE.base_url)
    webhooks.Sender(webhooks.poster(may_be_private=ANSWERABLE.private_addresses)).run(stop=stop, news=news)


def _fetch_pictures(stop: threading.Event) -> None:
    fetch = partial(fetch_picture, allow_private=ANSWERABLE.private_addresses)
    Fetcher(fetch=fetch, folder=MEDIA_ROOT).run(stop=stop)


def carriers() -> dict[Way, Carrier]:
    """What carries messages out of this installation, by way."""
    outbox = ANSWERABLE.var / "outbox"
    sms = sms_carrier(ANSWERABLE.sms_url, key=ANSWERABLE.sms_key, sender=ANSWERABLE.sms_from, outbox=outbox)
    reach = catalogue.active().pack.city.contact.email
    push = PushCarrier(
        house_key=ANSWERABLE.secret_key, contact=f"mailto:{reach}" if reach else ANSWERABLE.base_url,
        may_be_private=ANSWERABLE.private_addresses,
    )  # fmt: skip
    return {Way.EMAIL: MailCarrier(mail.post()), Way.SMS: sms, Way.PUSH: push}


def message_checks() -> list[Check]:
    """Whether messages can leave: each way is asked just now."""
    try:
        ways = carriers()
    except AnswerableError:
        return []
    found = []
    for way, carrier in ways.items():
        try:
            found.append(Check(f"by {way}", passed=True, finding=carrier.greet()))
        except Away as away:
            remedy = "See docs/handbook/settings.md; messages wait and are tried again."
            found.append(Check(f"by {way}", passed=False, finding=away.reason, remedy=remedy, advice=True))
    failed = notice_queries.tally().get(MessageState.FAILED, 0)
    said = f"{failed} messages were given up" if failed else "none was given up"
    remedy = "Office › Messages shows them; send them again there."
    return [*found, Check("messages", passed=not failed, finding=said, remedy=remedy, advice=True)]


def _tell_people(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            ways = carriers()
            break
        except (AnswerableError, DatabaseError):
            stop.wait(1.0)
    else:
        return
    notice_followers.run(stop, carriers=ways)


def _serve_connectors(stop: threading.Event) -> None:
    connector_senders.run(stop, make=connector_of)


def _compare_with_connectors(stop: threading.Event) -> None:
    nightly.run(stop, make=connector_of)


def compare_with_connectors(code: str) -> Iterator[nightly.Compared]:
    """That connector, or every one, compared now; what each comparison found, as it is made.

    Raises: UnknownConnector.
    """
    return nightly.compare_now(code, make=connector_of, by="system:command")


def connector_of(named: Connector) -> ConnectorPort:
    """The adapter of a connector that the city pack names, with its key from the settings."""
    return adapter_of(named, key=ANSWERABLE.connector_keys.get(named.code, ""), zone=catalogue.active().timezone)


def adapter_of(named: Connector, *, key: str, zone: tzinfo, seconds: float = READ_SECONDS) -> ConnectorPort:
    """The adapter of that kind of connector.  Units: seconds it waits for an answer."""
    match named:
        case Open311Connector():
            client = Client(endpoint=named.endpoint, jurisdiction=named.jurisdiction, api_key=key, read_seconds=seconds)
            return Open311Server(named=named, client=client, zone=zone, timeout_seconds=seconds)
        case RestConnector():
            return RestServer(named=named, key=key, fetch=fetch_work_picture, timeout_seconds=seconds)
        case FilesConnector():
            drop = drop_of(named.endpoint, host_key=named.host_key, secret=key)
            return FilesDepartment(named=named, drop=drop, zone=catalogue.active().timezone)
        case MailConnector():
            return MailDepartment(named=named, city=catalogue.active(), post=mail.post())


def trial_of(target: str, *, key: str, service: str, answers: Mapping[str, str]) -> tuple[Trial, str]:
    """What the conformance kit tries, and its key: a connector of the city pack, or a JSON system at an address.

    Raises: UnknownConnector.
    """
    zone: tzinfo = UTC
    point: Point | None = None
    if target.startswith(("http://", "https://")):
        named: Connector = RestConnector(code="check", endpoint=target, services={"check": service or "check"})
    else:
        pack = load_folder(city_folder())
        zone, point = ZoneInfo(pack.city.timezone), Point(lat=pack.city.centre.lat, lon=pack.city.centre.lon)
        named = _named(target, [each.connector for each in pack.departments])
    key = key or ANSWERABLE.connector_keys.get(named.code, "")
    make = partial(adapter_of, named, zone=zone)
    has_signature = isinstance(named, RestConnector)
    return Trial(
        adapter=make(key=key),
        service_code=service if service in named.services else next(iter(named.services)),
        impatient=make(key=key, seconds=IMPATIENT_SECONDS),
        stranger=make(key="not-the-key") if has_signature and key else None,
        answers=dict(answers),
        point=point,
    ), key  # fmt: skip


def _named(target: str, connectors: Sequence[Connector | None]) -> Connector:
    named = {each.code: each for each in connectors if each is not None and not isinstance(each, MailConnector)}
    if target not in named:
        raise UnknownConnector(
            f"The city pack names no connector '{target}'.", field="connector", value=target,
            remedy=f"Choose from: {', '.join(sorted(named)) or 'none yet'}; or give an address.",
        )  # fmt: skip
    return named[target]


def fetch_work_picture(url: str) -> bytes:
    """The picture of finished work that another system points at.  Raises: PictureAway."""
    try:
        return fetch_picture(url, allow_private=ANSWERABLE.private_addresses)
    except NotFetched as error:
        raise PictureAway(str(error.value)) from error


def connect_door() -> ConnectDoor:
    """Where work-order systems tell what became of the work."""
    return ConnectDoor(
        keys=ANSWERABLE.connector_keys, fetch=fetch_work_picture, most_body=ANSWERABLE.upload_limit_bytes
    )


def connect_geocoder() -> None:
    """Places the gazetteer does not know are asked of the outside geocoder, where the installer named one."""
    if not ANSWERABLE.geocoder_url:
        return
    box = catalogue.active().pack.city.bounds
    places.connect_geocoder(WebGeocoder(ANSWERABLE.geocoder_url, bounds=(box.south, box.west, box.north, box.east)))


def file_door() -> FileDoor:
    """The published files of this installation, as this process serves them."""
    return FileDoor(opendata_queries.published())


def api_app() -> Api:
    """The JSON door of this process."""
    return Api(
        conninfo=ANSWERABLE.database_url,
        base_url=ANSWERABLE.base_url,
        words=PageWords(),
        pool_size=ANSWERABLE.database_pool,
        anonymous_per_minute=ANSWERABLE.anonymous_per_minute,
        may_be_private=ANSWERABLE.private_addresses,
    )


def open311_app() -> Open311:
    """The Open311 door of this process."""
    return Open311(
        conninfo=ANSWERABLE.database_url,
        base_url=ANSWERABLE.base_url,
        media=MEDIA_ROOT,
        pool_size=max(1, ANSWERABLE.database_pool // 2),
        most_body=ANSWERABLE.upload_limit_bytes,
        anonymous_per_minute=ANSWERABLE.anonymous_per_minute,
    )


def live_app() -> LiveApp:
    """The event streams of this process."""
    return LiveApp(
        database_url=ANSWERABLE.database_url,
        announce=about_requests(_states),
        poll_seconds=ANSWERABLE.relay_poll_seconds,
    )


_STATES_SQL = """
SELECT id, number, lifecycle, handoff, department, queue, visibility, completion_due, completion_at_risk, paused_since,
       resolved_at, updated_at, followers
  FROM requests_request WHERE id = ANY(%s)
"""


async def _states(connection: psycopg.AsyncConnection, ids: Sequence[int]) -> Mapping[int, Mapping[str, Json]]:
    """What open pages show of those requests: one query, states and dates only, nothing personal."""
    cursor = await connection.execute(_STATES_SQL, [list(ids)])
    return {row[0]: _state(row) for row in await cursor.fetchall()}


def _state(row: Sequence[Any]) -> dict[str, Json]:
    (
        _,
        number,
        lifecycle,
        handoff,
        department,
        queue,
        visibility,
        due,
        at_risk,
        paused,
        resolved,
        updated,
        followers,
    ) = row
    standing = promise_standing(due=due, at_risk=at_risk, paused_since=paused, ended_at=resolved, now=clock.now())
    return {
        "number": number, "state": lifecycle, "handoff": handoff, "department": department, "queue": queue,
        "confidential": visibility == Visibility.CONFIDENTIAL, "promise": standing.value,
        "due": due.isoformat() if due else None, "updated": updated.isoformat(), "followers": followers,
    }  # fmt: skip
