"""A street light logged on the portal in French, over each connector: to the department, back, told, disputed.

A real mail server and a text-message gateway take what the resident is told; each department is a program of its own.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from answerable.plumbing import clock
from answerable.plumbing.launcher import free_port
from answerable.rehearsal import department as rehearsed
from answerable.rehearsal.gateway import Gateway, a_gateway
from tests import provision
from tests.builders.department import KEY, There, a_department
from tests.builders.other_city import OtherCity, other_city
from tests.builders.pictures import a_picture
from tests.builders.post_office import PostOffice, a_post_office
from tests.journeys import walks
from tests.journeys.towns import CITIES, PROGRAM, Town, a_pack, hidden, until
from tests.site import running_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SERVICE = "street-light-out"
CORNER = "Lawrence Ave E / Bayview Ave"
CREW = "crew@lights.example"
GATEWAY_KEY = "sms-key"
DAY = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 - a day ahead, whatever the clock's zone
FRENCH: dict[str, Any] = {"viewport": walks.PHONE, "locale": "fr-CA", "java_script_enabled": False}

CONNECTORS = {
    "rest": """connector = {{ kind = "rest", code = "rest", endpoint = "{rest}", poll_seconds = 3600,
      services = {{ street-light-out = "LIGHT" }} }}""",
    "open311": """connector = {{ kind = "open311", code = "open311", endpoint = "{open311}", poll_seconds = 1,
      services = {{ street-light-out = "ROAD" }}, fixed = {{ street-light-out = {{ SIZE = "S" }} }},
      statuses = {{ planned = "scheduled" }} }}""",
    "mail": """connector = {{ kind = "mail", code = "mail", to = "crew@lights.example", language = "fr",
      services = {{ street-light-out = "Lampadaire" }} }}""",
    "files": """connector = {{ kind = "files", code = "files", endpoint = "{files}", poll_seconds = 1,
      quiet_seconds = 0, services = {{ street-light-out = "LIGHT" }},
      columns = {{ WO_NO = "order", TEXT = "words", KEY = "key" }},
      acknowledgement = {{ order = "WO_NO", reference = "ASSET" }},
      news = {{ order = "WO_NO", word = "STATUS", words = "REMARK", at = "WHEN", on = "PLANNED",
      photos = "PICS" }} }}""",
}  # fmt: skip
PROBLEMS = {"rest": "out", "open311": "several", "mail": "flicker", "files": "damaged"}
"""Which answer of the form leads to which department, by routes of the test's own."""


@dataclass(slots=True)
class Scene:
    """Everybody in it."""

    town: Town
    works: There
    other: OtherCity
    post: PostOffice
    gateway: Gateway
    drop: Path


@dataclass(slots=True)
class Report:
    """One resident's request, and how they hear of it."""

    way: str
    number: str
    token: str
    address: str
    heard: int = 0
    told: list[str] = field(default_factory=list)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Toronto with its street lights in three departments, each with a system of another kind."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    provision.running_server()
    with ExitStack() as stack:
        works = stack.enter_context(a_department(services=("LIGHT",), tell_url=f"{base}/connect/v1/rest/updates"))
        other = stack.enter_context(other_city())
        post = stack.enter_context(a_post_office())
        gateway = stack.enter_context(a_gateway(key=GATEWAY_KEY))
        pack = _pack(tmp_path, rest=works.url, open311=other.url, files=f"folder:{_folder(tmp_path)}")
        settings = {
            "ANSWERABLE_CITY": str(pack), "ANSWERABLE_CONNECTOR_KEYS": f"rest={KEY} open311=key",
            "ANSWERABLE_MAIL_URL": post.url, "ANSWERABLE_SMS_URL": gateway.url, "ANSWERABLE_SMS_KEY": GATEWAY_KEY,
            "ANSWERABLE_PRIVATE_ADDRESSES": "1",
        }  # fmt: skip
        name = provision.own_name(f"kept_{provision.WORKER}")
        site = stack.enter_context(running_site(name, port=port, settings=settings))
        Town(site).admit(PROGRAM)
        yield Scene(Town(site), works, other, post, gateway, tmp_path / "drop")


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    for name in ("orders", "acknowledgements", "status"):
        (folder / name).mkdir(parents=True)
    return folder


def _pack(folder: Path, **endpoints: str) -> Path:
    pack = a_pack(folder, "toronto", "toronto-hydro", CONNECTORS["rest"].format(**endpoints))
    departments, routes = pack / "departments.toml", pack / "routes.toml"
    more, ways = "", ""
    for code in ("open311", "mail", "files"):
        connector = " ".join(CONNECTORS[code].format(**endpoints).split("\n"))
        names = f'{{ en = "Lights by {code}", fr = "Éclairage par {code}" }}'
        more += f'\n[[department]]\ncode = "{code}"\nname = {names}\n{connector}\n'
        more += f'queues = [{{ code = "lights", name = {names} }}]\n'
        ways += f'[[route]]\nid = "{code}"\ndepartment = "{code}"\nqueue = "lights"\n'
        ways += f'when = {{ service = ["{SERVICE}"], answer = {{ problem = ["{PROBLEMS[code]}"] }} }}\n\n'
    departments.write_text(departments.read_text(encoding="utf-8") + more, encoding="utf-8")
    routes.write_text(ways + routes.read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copy(CITIES / "toronto" / "gazetteer" / "gazetteer.toml", pack / "gazetteer")
    (pack / "golden.toml").write_text("", encoding="utf-8")
    return pack


# --- the resident -----------------------------------------------------------------------------------------------------


def logged(page: Page, scene: Scene, way: str) -> Report:
    """The report as the portal confirmed it; by mail, or by text message for the second."""
    page.goto(f"{scene.town.site.url}/fr/report/{SERVICE}/")
    page.fill("#place", CORNER)
    page.fill("#postal", "M4N 1A1")
    _continue(page)
    if "/nearby/" in page.url:
        page.get_by_role("link", name=re.compile("Aucun de ceux-ci")).click()
    page.check(f"input[name=q_problem][value={PROBLEMS[way]}]")
    page.fill("#description", f"Le lampadaire du coin ({way})")
    _continue(page)
    page.fill("input[name=name]", "Amélie Roy")
    page.fill("input[name=email]", f"amelie-{way}@example.org")
    page.fill("input[name=phone]", _phone(way))
    page.check(f"input[name=news_by][value={'sms' if way == 'open311' else 'email'}]")
    page.locator("main form[method=post]").get_by_role("button", name="Envoyer mon signalement").click()
    assert page.url.endswith("/sent/")
    address = page.url.removesuffix("sent/")
    number = page.locator(".a-panel__number").inner_text()
    return Report(way=way, number=number, token=address.rstrip("/").rpartition("/")[2], address=address)


def _phone(way: str) -> str:
    return f"416555{100 + list(PROBLEMS).index(way):04}"


def _continue(page: Page) -> None:
    page.locator("main form[method=post]").get_by_role("button", name="Continuer", exact=True).click()


def told(scene: Scene, report: Report) -> str:
    """The next thing the resident is told, in words; news that waits for more news is let go at once."""

    def heard() -> list[str]:
        scene.town.rows("UPDATE notices_message SET due_at = now() WHERE state = 'due' RETURNING id")
        if report.way == "open311":
            return [each.text for each in scene.gateway.to(f"+1{_phone(report.way)}")]
        return [f"{each.mail['Subject']}\n{each.text}" for each in scene.post.to(f"amelie-{report.way}@example.org")]

    until(lambda: len(heard()) > report.heard, scene.town)
    words = heard()[report.heard]
    report.heard += 1
    return words


# --- the departments --------------------------------------------------------------------------------------------------


def reference(scene: Scene, report: Report) -> str:
    """The number the department gave the work, once it did."""

    def given() -> str:
        rows = scene.town.rows(
            "SELECT h.reference, h.state FROM requests_handoff h JOIN requests_request r ON r.id = request_id"
            " WHERE number = %s ORDER BY sequence DESC LIMIT 1", report.number,
        )  # fmt: skip
        return str(rows[0]["reference"]) if rows and rows[0]["state"] in {"acknowledged", "sent"} else ""

    return str(until(given, scene.town))


def by_rest(scene: Scene, report: Report, stage: str) -> None:
    """The work-order system tells it by signed webhook."""
    department = scene.works.department
    order = reference(scene, report)
    if stage == "scheduled":
        department.step(order, "scheduled", words="L'équipe passera.", expected_on=DAY)
    else:
        department.step(order, "done", words="Ampoule remplacée.", photo=a_picture())
    answer = rehearsed.tell(department, department.untold(), stop=Event())
    assert answer is not None
    assert [each["outcome"] for each in answer["results"]] == ["applied"]


def by_open311(scene: Scene, report: Report, stage: str) -> None:
    """The other server shows it when it is asked."""
    order = reference(scene, report)
    at = clock.now().isoformat()
    if stage == "scheduled":
        scene.other.says(order, status="planned", status_notes="L'équipe passera.", updated_datetime=at,
                         expected_datetime=f"{DAY}T12:00:00Z")  # fmt: skip
    else:
        scene.other.says(order, status="closed", status_notes="Ampoule remplacée.", updated_datetime=at)


def by_mail(scene: Scene, report: Report, stage: str) -> None:
    """The crew answers on the page its mail leads to."""
    until(lambda: scene.post.to(CREW), scene.town)
    letter = scene.post.to(CREW)[-1]
    assert report.number in str(letter.mail["Subject"]), letter.text
    found = re.search(r"https?://\S+/\w\w/work/\S+", letter.text)
    assert found is not None
    with httpx.Client(timeout=30, follow_redirects=True) as client:
        page = client.get(found.group(0))
        if stage == "scheduled":
            fields = hidden(page.text, of="schedule") | {"on": DAY, "words": "L'équipe passera."}
            files = None
        else:
            fields = hidden(page.text, of="done") | {"outcome": "completed", "words": "Ampoule remplacée."}
            files = {"photo": ("done.jpg", a_picture(), "image/jpeg")}
        answer = client.post(f"{found.group(0)}answer/", data=fields, files=files, headers={"Referer": found.group(0)})
        assert answer.status_code == 200, answer.text


def by_files(scene: Scene, report: Report, stage: str) -> None:
    """The system that takes files leaves one with its number, then one for each step, a photo beside the last."""
    order = f"{report.number}/1"
    if stage == "scheduled":
        until(lambda: any(report.number in each.read_text() for each in scene.drop.glob("orders/*.csv")), scene.town)
        _left(scene.drop / "acknowledgements" / "ack.csv", ["WO_NO", "ASSET"], [order, "A-17"])
        until(lambda: scene.town.standing(report.number)[1] == "acknowledged", scene.town)
        told = ["Planned", "L'équipe passera.", clock.now().isoformat(), DAY, ""]
    else:
        (scene.drop / "status" / "done.jpg").write_bytes(a_picture())
        told = ["Done", "Ampoule remplacée.", clock.now().isoformat(), "", "done.jpg"]
    columns = ["WO_NO", "STATUS", "REMARK", "WHEN", "PLANNED", "PICS"]
    _left(scene.drop / "status" / f"{stage}.csv", columns, [order, *told])


def _left(file: Path, *rows: list[str]) -> None:
    """The file lies there whole, at once."""
    hidden_file = file.with_name(f".{file.name}")
    with hidden_file.open("w", encoding="utf-8", newline="") as open_file:
        csv.writer(open_file).writerows(rows)
    hidden_file.rename(file)


WAYS: dict[str, Callable[[Scene, Report, str], None]] = {
    "rest": by_rest,
    "open311": by_open311,
    "mail": by_mail,
    "files": by_files,
}


def test_a_street_light_is_sent_mended_told_and_disputed_over_every_connector(scene: Scene, browser: Browser) -> None:
    town = scene.town
    with walks.opened(browser, f"{town.site.url}/fr/", **FRENCH) as page:
        reports = [logged(page, scene, way) for way in WAYS]
        for report in reports:
            assert report.number in told(scene, report)

        for report in reports:
            WAYS[report.way](scene, report, "scheduled")
        for report in reports:
            until(lambda report=report: town.standing(report.number)[0] == "scheduled", town)
            assert re.search("prévus? le", told(scene, report)), report.way

        for report in reports:
            WAYS[report.way](scene, report, "done")
        for report in reports:
            until(lambda report=report: town.standing(report.number)[0] == "resolved", town)
            assert town.standing(report.number) == ("resolved", "done_reported", "completed")
            words = told(scene, report)
            assert "Le problème persiste?" in words or report.way == "open311", words

        for report in reports:
            page.goto(report.address)
            shown = page.locator("main").inner_text()
            assert "Ampoule remplacée." in shown
            if report.way != "open311":
                assert page.locator("main img").count(), report.way
            disputed(page, report)
            assert town.standing(report.number)[0] in {"triage", "assigned"}
            page.goto(report.address)
            assert report.number in page.locator("main").inner_text()

    found_drift(scene)


def disputed(page: Page, report: Report) -> None:
    """The resident says on the request's page that it is not fixed."""
    page.goto(report.address)
    page.fill("#dispute", "Il est encore éteint.")
    page.get_by_role("button", name="Ce n'est pas réglé").click()


def found_drift(scene: Scene) -> None:
    """Three orders that the department's system treats in silence are found, and no more."""
    department = scene.works.department
    numbers = [_by_program(scene, index) for index in range(2)]
    orders = [reference(scene, Report("rest", number, "", "")) for number in numbers]
    department.plant("close", orders[0])
    department.plant("forget", orders[1])
    department.plant("invent", "")
    with scene.town.office() as client:
        page = client.get("/en/office/drift/")
        sent = hidden(page.text, of="rest")
        client.post("/en/office/drift/compare/", data=sent, headers={"Referer": str(page.url)})
        until(lambda: len(_drifts(scene)) >= 3, scene.town)
        shown = client.get("/en/office/drift/?connector=rest").text
    assert sorted(each["kind"] for each in _drifts(scene)) == ["closed_there", "unknown_to_them", "unknown_to_us"]
    assert all(number in shown for number in numbers)


def _by_program(scene: Scene, index: int) -> str:
    """One more street light of that department, by the JSON door."""
    spot = {"lat": 43.725 + index / 1000, "lon": -79.402}
    told = scene.town.report(
        service_code=SERVICE, answers={"problem": "out"}, description=f"Light {index} is out", **spot
    )
    return str(told["number"])


def _drifts(scene: Scene) -> list[dict[str, Any]]:
    return scene.town.rows("SELECT * FROM connectors_drift WHERE connector = 'rest' AND settled_at IS NULL")
