"""What carries messages: every carrier says the same of the same, the gateway's door believes only signed calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from answerable.channels.email import bounces
from answerable.channels.email.carrier import MailCarrier
from answerable.channels.sms import rules
from answerable.channels.sms.carrier import FolderCarrier, GatewayCarrier
from answerable.contacts.rules import Way
from answerable.notices.ports import Away, Carrier, NotTaken, Parcel, Taken
from answerable.plumbing import clock, mail
from answerable.rehearsal.gateway import Gateway, a_gateway
from tests.builders.post_office import PostOffice, a_post_office


def a_parcel(way: Way, *, key: str = "k1", address: str = "") -> Parcel:
    return Parcel(
        key=key, way=way, address=address or {"email": "a@example.org"}.get(way, "416-555-0123"), language="fr",
        subject="Sujet", text="Texte\n", html="<p>Texte</p>", short="Court", link="https://c.example/", stop="",
        from_name="Ville",
    )  # fmt: skip


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as running:
        yield running


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with a_gateway() as running:
        yield running


def the_carriers(office: PostOffice, gateway: Gateway, folder: Path) -> list[Carrier]:
    return [
        MailCarrier(mail.SmtpPost(host="127.0.0.1", port=office.port, sender="no-reply@c.example")),
        MailCarrier(mail.FolderPost(folder, sender="no-reply@c.example")),
        GatewayCarrier(gateway.url, key=gateway.key, sender=""),
        FolderCarrier(folder),
    ]


def test_the_same_parcel_twice_is_the_same_message_to_every_carrier(
    office: PostOffice, gateway: Gateway, tmp_path: Path
) -> None:
    for carrier in the_carriers(office, gateway, tmp_path):
        first, again = (carrier.carry(a_parcel(carrier.way)) for _ in range(2))

        assert isinstance(first, Taken)
        assert isinstance(again, Taken)
        assert first.provider_id == again.provider_id
        assert carrier.greet()
    assert len(gateway.texts) == 1
    assert len({each.mail["Message-ID"] for each in office.letters}) == 1
    assert len(list(tmp_path.iterdir())) == 2


def test_a_bad_address_is_told_apart_from_a_system_that_is_away(office: PostOffice, gateway: Gateway) -> None:
    office.unknown.add("a@example.org")
    gateway.bad.add("+14165550123")
    gateway_carrier = GatewayCarrier(gateway.url, key=gateway.key, sender="")
    mail_carrier = MailCarrier(mail.SmtpPost(host="127.0.0.1", port=office.port, sender="no-reply@c.example"))

    for carrier in (mail_carrier, gateway_carrier):
        refused = carrier.carry(a_parcel(carrier.way))
        assert isinstance(refused, NotTaken)
        assert refused.address_is_bad
    assert gateway_carrier.carry(a_parcel(Way.SMS, address="12")) == NotTaken("bad_number", address_is_bad=True)
    gateway.answers.append((503, "busy"))
    with pytest.raises(Away) as away:
        gateway_carrier.carry(a_parcel(Way.SMS, address="416-555-0188"))
    assert (away.value.reason, away.value.may_have_it) == ("http_503", False)


# --- mail that comes back ---------------------------------------------------------------------------------------------

_BOUNCE = """\
From: MAILER-DAEMON@mx.example
To: no-reply@c.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Sorry.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; a@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--B
Content-Type: {kind}

Message-ID:
 <abc@c.example>
Subject: Sujet

Texte
--B--
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("status", "action", "hard", "final"),
    [("5.1.1", "failed", True, True), ("5.2.2", "failed", False, True), ("4.4.1", "failed", False, True),
     ("4.4.1", "delayed", False, False)],
)  # fmt: skip
def test_a_bounce_names_the_message_and_whether_the_address_is_dead(
    kind: str, status: str, action: str, hard: bool, final: bool
) -> None:
    bounce = bounces.read_bounce(_BOUNCE.format(kind=kind, status=status, action=action).encode())

    assert bounce is not None
    assert (bounce.message_id, bounce.is_hard, bounce.is_final) == ("<abc@c.example>", hard, final)


@pytest.mark.parametrize(
    "raw", [b"", b"From: a@b\n\nHello", b"Content-Type: multipart/report; boundary=x\n\n--x\n\n", b"\xff\0"]
)
def test_other_mail_is_no_bounce(raw: bytes) -> None:
    assert bounces.read_bounce(raw) is None


# --- the gateway's door -----------------------------------------------------------------------------------------------


def a_call(body: bytes, *, key: str = "sms-key", late_seconds: int = 0) -> dict[str, str]:
    stamp = int(clock.now().timestamp()) - late_seconds
    return {
        "webhook-id": "c1", "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,nonsense {rules.signature(key, message_id='c1', timestamp=stamp, body=body)}",
    }  # fmt: skip


@pytest.mark.django_db
def test_the_door_believes_only_who_knows_the_key_and_only_now(client: Client, settings: object) -> None:
    import dataclasses

    settings.ANSWERABLE = dataclasses.replace(settings.ANSWERABLE, sms_key="sms-key")  # type: ignore[attr-defined]
    body = json.dumps({"id": "x1", "state": "delivered"}).encode()

    def told(path: str, headers: dict[str, str], content: bytes = body) -> int:
        return int(client.post(path, content, content_type="application/json", headers=headers).status_code)

    assert told("/sms/v1/receipts", a_call(body)) == 204
    assert told("/sms/v1/receipts", a_call(body, key="other")) == 401
    assert told("/sms/v1/receipts", a_call(body, late_seconds=301)) == 401
    assert told("/sms/v1/receipts", a_call(b"{}")) == 401
    assert told("/sms/v1/receipts", a_call(b"{}"), b"{}") == 400
    assert told("/sms/v1/other", a_call(body)) == 404
    assert client.get("/sms/v1/receipts").status_code == 405
    settings.ANSWERABLE = dataclasses.replace(settings.ANSWERABLE, sms_key="")  # type: ignore[attr-defined]
    assert told("/sms/v1/receipts", a_call(body, key="")) == 401
