"""Sending e-mail: against a real mail server, and into a folder."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from answerable.plumbing.mail import (
    Attachment,
    BadMail,
    FolderPost,
    Mail,
    MailAway,
    MailRefused,
    SmtpPost,
    post_of,
    read_folder,
)
from answerable.settings import BadSetting, Settings
from tests.builders.post_office import a_post_office, contexts

SENDER = "no-reply@311.example.org"


def a_mail(**changes: Any) -> Mail:
    """A receipt in French."""
    told: dict[str, Any] = {
        "to": "amelie@example.org", "subject": "Votre demande 26-0000001-8 – reçue",
        "text": "Merci.\n.Une ligne qui commence par un point\n", "key": "notice:1", "language": "fr",
    }  # fmt: skip
    return Mail(**(told | changes))


def test_a_message_arrives_as_it_was_written() -> None:
    file = Attachment("photo.jpg", "image/jpeg", b"\xff\xd8 picture", content_id="p1")
    with a_post_office() as office:
        post = post_of(office.url, sender=SENDER, outbox=Path("unused"))
        sent = post.send(
            a_mail(
                html="<p>Merci. <img src='cid:p1' alt=''></p>", from_name="Ville d’Ottawa 311", attachments=(file,),
                reply_to="311@ottawa.example", unsubscribe="https://311.example.org/u/x", bounce_to="b-1@example.org",
            )
        )  # fmt: skip
    (letter,) = office.letters

    assert letter.to == ("amelie@example.org",)
    assert letter.back == "b-1@example.org"
    assert letter.text.splitlines() == ["Merci.", ".Une ligne qui commence par un point"]
    assert "cid:p1" in letter.html
    assert letter.mail["Subject"] == "Votre demande 26-0000001-8 – reçue"
    assert letter.mail["From"] == "Ville d’Ottawa 311 <no-reply@311.example.org>"
    assert letter.mail["Message-ID"] == sent.message_id
    assert letter.mail["Content-Language"] == "fr"
    assert letter.mail["Auto-Submitted"] == "auto-generated"
    assert letter.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    pictures = [part for part in letter.mail.walk() if part.get_content_type() == "image/jpeg"]
    assert [part.get_content() for part in pictures] == [b"\xff\xd8 picture"]


def test_the_same_key_is_the_same_message() -> None:
    with a_post_office() as office:
        post = post_of(office.url, sender=SENDER, outbox=Path("unused"))
        first, again, other = (post.send(a_mail(key=key)) for key in ("a", "a", "b"))

    assert first.message_id == again.message_id != other.message_id


def test_an_unknown_mailbox_is_refused_for_good() -> None:
    with a_post_office() as office:
        office.unknown.add("amelie@example.org")
        with pytest.raises(MailRefused, match="No such mailbox") as refused:
            post_of(office.url, sender=SENDER, outbox=Path("unused")).send(a_mail())

    assert (refused.value.address_is_bad, refused.value.status_code) == (True, 550)
    assert not office.letters


def test_a_refused_message_is_not_the_address_s_fault() -> None:
    with a_post_office() as office:
        office.answers = ["554 5.7.1 Looks like spam"]
        with pytest.raises(MailRefused) as refused:
            post_of(office.url, sender=SENDER, outbox=Path("unused")).send(a_mail())

    assert not refused.value.address_is_bad


def test_a_busy_server_is_away_and_has_nothing() -> None:
    with a_post_office() as office:
        office.answers = ["451 4.3.0 Try later"]
        with pytest.raises(MailAway) as away:
            post_of(office.url, sender=SENDER, outbox=Path("unused")).send(a_mail())

    assert (away.value.may_have_it, away.value.status_code) == (False, 451)


def test_a_lost_answer_is_away_and_may_have_it() -> None:
    with a_post_office() as office:
        office.lost_answers = 1
        with pytest.raises(MailAway) as away:
            post_of(office.url, sender=SENDER, outbox=Path("unused")).send(a_mail())

    assert away.value.may_have_it
    assert len(office.letters) == 1


def test_silence_is_away_after_the_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        post = SmtpPost(host="127.0.0.1", port=server.getsockname()[1], sender=SENDER, timeout_seconds=0.1)
        with pytest.raises(MailAway) as away:
            post.send(a_mail())

    assert not away.value.may_have_it


def test_a_password_is_said_only_when_encrypted_and_only_to_whom_it_is_meant(tmp_path: Path) -> None:
    shown, trusted = contexts(tmp_path)
    with a_post_office(password="s3cret", tls=shown) as office:
        told: dict[str, Any] = {"host": "127.0.0.1", "port": office.port, "sender": SENDER, "user": "city"}
        SmtpPost(password="s3cret", trusted=trusted, **told).send(a_mail())
        with pytest.raises(MailAway, match="535"):
            SmtpPost(password="wrong", trusted=trusted, **told).send(a_mail())
        with pytest.raises(MailAway, match="certificate"):
            SmtpPost(password="s3cret", **told).send(a_mail())
    (letter,) = office.letters

    assert letter.is_encrypted
    assert letter.user == "city"


def test_encryption_may_be_insisted_on() -> None:
    with a_post_office() as office:
        post = post_of(f"{office.url}?tls=required", sender=SENDER, outbox=Path("unused"))
        with pytest.raises(MailAway, match="no_tls"):
            post.send(a_mail())
        assert "answers" in post_of(office.url, sender=SENDER, outbox=Path("unused")).greet()


def test_without_a_server_messages_are_files_once_each(tmp_path: Path) -> None:
    post = post_of("folder:", sender=SENDER, outbox=tmp_path / "outbox")
    for _ in range(2):
        post.send(a_mail(html="<p>Merci</p>"))
    post.send(a_mail(key="notice:2", to="zoé@exämple.org"))

    first, second = read_folder(tmp_path / "outbox")
    assert first["To"] == "amelie@example.org"
    assert second["To"] == "zoé@xn--exmple-cua.org"
    assert isinstance(post, FolderPost)
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "outbox").iterdir()} == {0}


def test_an_address_beyond_ascii_is_reached_where_the_server_can() -> None:
    with a_post_office() as office:
        post_of(office.url, sender=SENDER, outbox=Path("unused")).send(a_mail(to="zoé@example.org"))

    assert office.letters[0].to == ("zoé@example.org",)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "a@example.org, b@example.org"},
        {"to": "a@example.org\nBcc: b@example.org"},
        {"to": "nobody"},
        {"to": "a@"},
        {"to": "<a@example.org>"},
        {"headers": {"X-A": "1\r\nBcc: b@example.org"}},
        {"from_name": "City\r\nBcc: b@example.org"},
    ],
)
def test_what_would_be_another_message_is_none(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BadMail):
        FolderPost(tmp_path, sender=SENDER).send(a_mail(**change))

    assert not list(tmp_path.iterdir())


def test_a_way_that_is_none_stops_the_start_and_keeps_the_password_to_itself(tmp_path: Path) -> None:
    told = {"ANSWERABLE_VAR": str(tmp_path), "ANSWERABLE_MAIL_URL": "https://city:s3cret@post.example"}
    with pytest.raises(BadSetting, match="ANSWERABLE_MAIL_URL") as refused:
        Settings.from_environment(told)
    usual = Settings.from_environment({"ANSWERABLE_VAR": str(tmp_path), "ANSWERABLE_BASE_URL": "https://311.example"})

    assert "s3cret" not in str(refused.value)
    assert (usual.mail_url, usual.mail_from) == ("folder:", "no-reply@311.example")
