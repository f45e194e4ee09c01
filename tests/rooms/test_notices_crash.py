"""Senders killed between sending and recording: everything arrives, and what arrives twice is known again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from answerable.channels.email.carrier import MailCarrier
from answerable.contacts.rules import ContactDetails
from answerable.journal.followers import run_follower
from answerable.notices import followers, queries
from answerable.notices.queries import MessageFilters
from answerable.plumbing import clock, mail
from tests.builders.database import own_url
from tests.builders.post_office import a_post_office
from tests.builders.requests import a_request, a_small_city

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = Path(__file__).with_name("notices_worker.py")
MESSAGES = 8


def test_senders_killed_at_the_worst_moment_lose_nothing_and_repeat_only_what_is_known_again(tmp_path: Path) -> None:
    city = a_small_city(tmp_path / "northbridge")
    for each in range(MESSAGES):
        contact = ContactDetails(name="A", email=f"a{each}@example.org", language="en", news_by="email")
        with clock.frozen(clock.now()):
            a_request(city, contact=contact)
    while run_follower(followers.FOLLOWER):
        pass

    with a_post_office() as office:
        for deadly in ("1", "3"):
            died = subprocess.run(
                [sys.executable, str(WORKER), own_url(), str(office.port), deadly], timeout=120, check=False
            )
            assert died.returncode == -signal.SIGKILL
        post = mail.SmtpPost(host="127.0.0.1", port=office.port, sender="no-reply@northbridge.example")
        with clock.frozen(clock.now() + timedelta(minutes=3)):
            followers.send_due(MailCarrier(post))

        times = Counter(str(each.mail["Message-ID"]) for each in office.letters)
    assert {each.to[0] for each in office.letters} == {f"a{each}@example.org" for each in range(MESSAGES)}
    assert (len(times), max(times.values())) == (MESSAGES, 2)
    assert {each.state for each in queries.messages(MessageFilters()).rows} == {"sent"}
