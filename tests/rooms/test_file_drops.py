"""Work orders as files, and what comes back as files: applied once, put away, never lost."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from answerable.connectors import queries
from answerable.connectors.adapters.drops import SftpDrop
from answerable.connectors.ports import Away
from answerable.intake.actions import Receipt
from answerable.requests import queries as requests
from tests.builders.file_server import PASSWORD, FileServer, a_file_server
from tests.builders.filed import CODE, XML, a_filed_city, an_adapter, asked, sent
from tests.builders.pictures import a_picture
from tests.builders.requests import a_request

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def box(tmp_path: Path, settings: Any) -> Path:
    """The folder the department and we share."""
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "box").mkdir()
    return tmp_path / "box"


def left(box: Path, name: str, *lines: str) -> None:
    """The department leaves a file."""
    place = box / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")


def state_of(receipt: Receipt) -> tuple[str, str]:
    """Where the request stands, and its work order."""
    found = requests.by_id(receipt.request_id)
    return found.lifecycle, found.handoff


def test_an_order_is_a_file_acknowledged_and_followed_by_files(tmp_path: Path, box: Path) -> None:
    city = a_filed_city(tmp_path / "pack", f"folder:{box}")
    adapter = an_adapter(city)
    receipt = a_request(city, description='Deep, "very"\nby the stop')
    order = f"{receipt.number}/1"
    sent(adapter)
    sent(adapter)

    (file,) = (box / "orders").glob("*")
    assert file.name == f"{receipt.number}-1.csv"
    (row,) = csv.DictReader(file.open(newline="", encoding="utf-8"))
    assert (row["WO_NO"], row["TYPE"], row["SIZE"], row["STREET"]) == (order, "ROAD", "big", "12 Mill Lane")
    assert row["TEXT"] == 'Deep, "very"\nby the stop'
    assert (row["SOURCE"], row["LAT"]) == ("311", "44.050000")
    assert state_of(receipt) == ("received", "sent")

    left(box, "acknowledgements/a1.csv", "WO_NO,ASSET,RESULT,REASON", f"{order},RD-55,OK,")
    asked(adapter)
    assert state_of(receipt) == ("assigned", "acknowledged")
    assert requests.handoffs(receipt.request_id)[0].reference == "RD-55"
    left(box, "status/s1.csv", "WO_NO,STATUS,REMARK,WHEN,PLANNED,PICS",
         f"{order},scheduled,Soon,2026-11-17T09:00:00-05:00,2026-12-01,")  # fmt: skip
    (box / "status/after.jpg").write_bytes(a_picture())
    left(box, "status/s2.csv", "WO_NO,STATUS,REMARK,WHEN,PLANNED,PICS",
         f"{order},abgeschlossen,Filled,2026-11-19T09:00:00-05:00,,after.jpg;../../secret")  # fmt: skip
    asked(adapter)
    asked(adapter)

    found = requests.by_id(receipt.request_id)
    assert (found.lifecycle, found.outcome, found.handoff) == ("resolved", "completed", "done_reported")
    assert [note.words for note in requests.notes(receipt.request_id)] == ["Soon", "Filled"]
    assert len(requests.photos(receipt.request_id)) == 1
    assert not [each for each in (box / "status").iterdir() if each.is_file()]
    assert {each.name for each in (box / "status/done").iterdir()} == {"s1.csv", "s2.csv", "after.jpg"}
    assert not queries.tray()


def test_a_file_taken_before_it_was_put_away_is_not_read_twice(tmp_path: Path, box: Path) -> None:
    city = a_filed_city(tmp_path / "pack", f"folder:{box}")
    adapter = an_adapter(city)
    receipt = a_request(city)
    sent(adapter)
    line = ("WO_NO,STATUS,REMARK,WHEN,PLANNED,PICS", f"{receipt.number}/1,in_progress,Begun,,,")
    left(box, "status/s.csv", *line)
    asked(adapter)  # applied; a process killed now has not moved the file
    assert (box / "status/s.csv").exists()
    asked(an_adapter(city))
    left(box, "status/s.csv", *line)  # and somebody leaves it once more
    asked(an_adapter(city))

    assert [note.words for note in requests.notes(receipt.request_id)] == ["Begun"]
    assert not (box / "status/s.csv").exists()
    assert requests.by_id(receipt.request_id).lifecycle == "in_progress"


def test_what_cannot_be_read_is_set_aside_with_its_reason_and_shown_to_a_person(tmp_path: Path, box: Path) -> None:
    city = a_filed_city(tmp_path / "pack", f"folder:{box}")
    adapter = an_adapter(city)
    receipt = a_request(city)
    sent(adapter)
    left(box, "status/bad.csv", "NO,IDEA", "1,2")
    left(box, "status/half.csv", "WO_NO,STATUS,REMARK,WHEN,PLANNED,PICS",
         ",done,Which?,,,", f"{receipt.number}/1,in_progress,,,,", "26-9999999-9/1,done,,,,")  # fmt: skip
    (box / "status/.hidden.csv").write_text("not finished")
    (box / "status/coming.csv.part").write_text("not finished")
    asked(adapter)
    asked(adapter)

    assert (box / "status/bad/bad.csv.reason.txt").read_text() == "column PICS is missing\n"
    assert {each.name for each in (box / "status/done").iterdir()} == {"half.csv"}
    assert requests.by_id(receipt.request_id).lifecycle == "in_progress"
    waiting = {each.words or each.reference for each in queries.tray()}
    assert waiting == {"bad.csv: column PICS is missing", "half.csv, 1: names no order", "26-9999999-9/1"}


def test_a_refusal_comes_back_as_a_file(tmp_path: Path, box: Path) -> None:
    city = a_filed_city(tmp_path / "pack", f"folder:{box}", **XML)
    adapter = an_adapter(city)
    receipt = a_request(city, description="Deep \x01& <b>")
    sent(adapter)
    (file,) = (box / "orders").glob("*.xml")
    (order,) = ElementTree.fromstring(file.read_bytes()).iter("Auftrag")
    assert order.get("nr") == f"{receipt.number}/1"
    assert (order.findtext("Ort/Strasse"), order.findtext("Text")) == ("12 Mill Lane", "Deep & <b>")

    said = "<Ergebnis>Nicht unser</Ergebnis><Grund>Kanton</Grund>"
    left(box, "acknowledgements/a.xml", f"<Q><Auftrag nr='{receipt.number}/1'>{said}</Auftrag></Q>")
    left(box, "acknowledgements/b.xml", "<!DOCTYPE a [<!ENTITY b 'bb'>]><Q><Auftrag nr='&b;'/></Q>")
    asked(adapter)
    asked(adapter)

    assert state_of(receipt) == ("triage", "refused")
    assert requests.handoffs(receipt.request_id)[0].reason == "Kanton"
    assert (box / "acknowledgements/bad/b.xml").exists()


def test_the_same_by_sftp_where_only_the_pinned_key_gets_the_password(tmp_path: Path, box: Path) -> None:
    with a_file_server(box) as server:
        city = a_filed_city(tmp_path / "pack", server.url.replace("/exchange", "//exchange"), host_key=server.host_key)
        adapter = an_adapter(city, secret=PASSWORD)
        receipt = a_request(city)
        sent(adapter)
        sent(adapter)
        assert [each.name for each in (server.folder / "orders").iterdir()] == [f"{receipt.number}-1.csv"]
        left(server.folder, "status/s.csv", "WO_NO,STATUS,REMARK,WHEN,PLANNED,PICS", f"{receipt.number}/1,done,Ok,,,")
        asked(adapter)
        asked(adapter)
        assert requests.by_id(receipt.request_id).lifecycle == "resolved"
        assert [each.name for each in (server.folder / "status/done").iterdir()] == ["s.csv"]
        server.said.clear()
        _refused(server)


def _refused(server: FileServer) -> None:
    """Another key gets no password, and a wrong password gets no file."""
    other = f"ecdsa-sha2-nistp256 {'A' * 40}"
    for key, secret, why in ((other, PASSWORD, "another key"), (server.host_key, "wrong", "Authentication")):
        drop = SftpDrop("127.0.0.1", server.port, "answerable", "/exchange", key, secret, timeout_seconds=5)
        with pytest.raises(Away, match=why) as away, drop.opened():
            pass
        assert not away.value.may_have_it
    assert server.said == ["wrong"]


def test_a_place_that_is_away_is_tried_again(tmp_path: Path, box: Path) -> None:
    city = a_filed_city(tmp_path / "pack", f"folder:{box / 'mount'}")
    receipt = a_request(city)
    sent(an_adapter(city))
    assert queries.deliveries(CODE)[0].state == "due"
    assert queries.deliveries(CODE)[0].reason == "folder missing"
    (box / "mount").mkdir()
    assert not queries.deliveries(CODE)[0].doubtful
    assert state_of(receipt) == ("received", "queued")
