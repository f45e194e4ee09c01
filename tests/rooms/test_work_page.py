"""The page on which a department answers a work order it got by mail."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from answerable.connectors import links
from answerable.plumbing import clock
from answerable.requests import queries as requests
from tests.builders.mailed import WORKS, a_mailed_city, an_adapter, sent
from tests.builders.pictures import a_picture
from tests.builders.post_office import PostOffice, a_post_office
from tests.builders.requests import a_request

pytestmark = pytest.mark.django_db(transaction=True)

_HIDDEN = re.compile(r'<input type="hidden" name="(do|key|seen)" value="([^"]*)"')


def path_in(office: PostOffice) -> str:
    """The path of the link in the latest mail."""
    found = re.search(r"https?://[^/]+(/\w\w/work/\S+)", office.to(WORKS)[-1].text)
    assert found is not None
    return found.group(1)


def form_of(html: str, do: str) -> dict[str, Any]:
    """The hidden fields of that answer's form."""
    for part in html.split("<form ")[1:]:
        fields = dict(_HIDDEN.findall(part))
        if fields.get("do") == do:
            return fields
    raise AssertionError(f"no form '{do}'")


def test_a_department_works_through_a_work_order_on_its_page(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    city = a_mailed_city(tmp_path / "pack")
    client = Client()
    with a_post_office() as office:
        receipt = a_request(city, description="Deep <b>hole</b>")
        sent(an_adapter(city, office))
        path = path_in(office)
    first = client.get(path)
    html = first.content.decode()

    assert first["X-Robots-Tag"] == "noindex"
    assert "no-store" in first["Cache-Control"]
    assert first["Referrer-Policy"] == "same-origin"
    assert "Deep &lt;b&gt;hole&lt;/b&gt;" in html
    assert "Personne n’a encore répondu" in html

    accepted = client.post(
        f"{path}answer/", form_of(html, "accept") | {"reference": "WO-7", "party": "Ada"}, follow=True
    )
    html = accepted.content.decode()
    assert "Ada" in html
    with pytest.raises(AssertionError):
        form_of(html, "accept")
    no_date = client.post(f"{path}answer/", form_of(html, "schedule") | {"words": "Bientôt"})
    assert no_date.status_code == 422
    assert "Écrivez la date" in no_date.content.decode()
    assert "Bientôt" in no_date.content.decode()
    client.post(f"{path}answer/", form_of(html, "schedule") | {"on": "2027-01-14"})
    html = client.get(path).content.decode()
    picture = SimpleUploadedFile("a.jpg", a_picture(), "image/jpeg")
    done = form_of(html, "done") | {"outcome": "completed", "words": "Réparé", "photo": picture}
    client.post(f"{path}answer/", done)

    found = requests.by_id(receipt.request_id)
    assert (found.lifecycle, found.outcome, found.handoff) == ("resolved", "completed", "done_reported")
    html = client.get(path).content.decode()
    assert "Réparé" in html
    (photo,) = requests.photos(receipt.request_id)
    assert client.get(f"{path}photo/{photo.id}.jpg").status_code == 200
    assert client.get(f"{path}photo/{photo.id + 1}.jpg").status_code == 404


def test_a_page_seen_before_the_request_moved_is_not_believed_and_strangers_see_nothing(
    tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    city = a_mailed_city(tmp_path / "pack", place="none", photos=False)
    client = Client()
    with a_post_office() as office:
        receipt = a_request(city)
        sent(an_adapter(city, office))
        path = path_in(office)
        assert "Mill Lane" not in office.to(WORKS)[0].text
    html = client.get(path).content.decode()
    assert "Mill Lane" not in html

    client.post(f"{path}answer/", form_of(html, "start"))
    stale = client.post(f"{path}answer/", form_of(html, "done") | {"outcome": "completed"})
    twice = client.post(f"{path}answer/", form_of(html, "start"))

    assert stale.status_code == 422
    assert "a changé entre-temps" in stale.content.decode()
    assert twice.status_code == 302
    assert requests.by_id(receipt.request_id).lifecycle == "in_progress"
    assert client.get(re.sub(r"/(\d+):", r"/9\1:", path)).status_code == 404
    assert client.get(path.rstrip("/") + "x/").status_code == 404
    assert client.post(f"{path}answer/", {"do": "sing"}).status_code == 302


def test_an_expired_page_sends_a_new_link_and_shows_nothing_else(tmp_path: Path) -> None:
    city = a_mailed_city(tmp_path)
    client = Client()
    with a_post_office() as office:
        receipt = a_request(city, description="A secret hole")
        sent(an_adapter(city, office))
        old = path_in(office)
        with clock.frozen(clock.now() + timedelta(days=31)):
            expired = client.get(old)
            again = client.post(f"{old}renew/", follow=True)
            sent(an_adapter(city, office))
            assert client.get(path_in(office)).status_code == 200
            assert path_in(office) != old
    assert expired.status_code == 410
    assert "A secret hole" not in expired.content.decode()
    assert "en route" in again.content.decode()
    used = [each.what for each in links.uses(requests.handoffs(receipt.request_id)[0].id)]
    assert used == ["open", "renew"]
