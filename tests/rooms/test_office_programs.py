"""The office's pages about programs: keys and their terms, subscriptions to news and every message sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from django.test import Client

from answerable.catalogue.city import City
from answerable.channels.webhooks import actions, queries, rules
from answerable.channels.webhooks.actions import Outcome, Secret
from answerable.channels.webhooks.rules import Wish
from answerable.intake.actions import digest_of
from answerable.plumbing import clock
from answerable.staff import actions as staff_actions
from answerable.staff import queries as staff
from answerable.staff.queries import CLIENT_SQL
from answerable.staff.rules import Profile, Scope
from answerable.web.office import hooks, programs
from tests.builders.office import an_office_city, signed_in
from tests.builders.programs import a_program
from tests.builders.requests import MONDAY, fresh_key

pytestmark = pytest.mark.django_db

CLIENTS, HOOKS = "/en/office/clients/", "/en/office/webhooks/"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


def form_secret(page: str) -> str:
    return re.findall(r'name="secret" value="([^"]+)"', page)[0]


def shown_key(page: str) -> str:
    found = re.search(r'o-secret">([^<]+)<', page)
    assert found is not None
    return found[1]


def opens(key: str) -> bool:
    """Whether a door would let the key in."""
    with connection.cursor() as cursor:
        cursor.execute(CLIENT_SQL, [digest_of(key)])
        return cursor.fetchone() is not None


def a_hook(**wish: object) -> Secret:
    wanted = Wish(name="Map", url="https://hooks.example.com/news", **wish)  # type: ignore[arg-type]
    return actions.subscribe(wanted, key=fresh_key(), client_id=None, by="operator:1", may_be_private=False)


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["operator", "department", "analyst", "supervisor"])
def test_only_administrators_see_programs(city: City, role: str) -> None:
    client = signed_in(role, department="works" if role == "department" else "")

    assert client.get(CLIENTS).status_code == client.get(HOOKS).status_code == 403


def test_a_program_is_admitted_on_its_terms_and_they_can_be_changed(city: City) -> None:
    browser = signed_in("administrator")
    sent = {
        "secret": form_secret(browser.get(CLIENTS).content.decode()), "client_name": "Map",
        "scopes": ["requests:write", "updates:write"], "rate_per_minute": "60",
        "profile_expected_datetime": "no", "profile_extended_status": "yes", "profile_department": "works",
    }  # fmt: skip
    browser.post(f"{CLIENTS}add/", sent)
    made = next(each for each in staff.clients() if each.name == "Map")
    changed = sent | {"scopes": ["office:read"], "rate_per_minute": "0", "client_name": "City map"}
    browser.post(f"{CLIENTS}{made.id}/", changed)

    assert (made.rate_per_minute, made.profile.expected_datetime, made.profile.extended_status) == (60, False, True)
    assert made.profile.department == "works"
    now = staff.client(made.id)
    assert (now.name, now.scopes, now.rate_per_minute) == ("City map", ("office:read",), 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"client_name": " "}, "client_name"),
        ({"scopes": []}, "scopes"),
        ({"rate_per_minute": "many"}, "rate_per_minute"),
    ],
)
def test_terms_that_make_no_sense_come_back_with_what_was_sent(
    city: City, wrong: dict[str, object], field: str
) -> None:
    browser = signed_in("administrator")
    secret = form_secret(browser.get(CLIENTS).content.decode())
    sent = {"secret": secret, "client_name": "Map", "scopes": ["office:read"], "rate_per_minute": "60"} | wrong

    answer = browser.post(f"{CLIENTS}add/", sent)

    assert answer.status_code == 422
    assert f'href="#{field}' in answer.content.decode()
    assert not staff.clients()


def test_a_new_key_opens_beside_the_old_one_and_revoking_shuts_both(city: City) -> None:
    old = staff_actions.fresh_api_key()
    made = staff_actions.admit_client(terms=a_program(), digest_of_key=digest_of(old), by="operator:1")
    browser = signed_in("administrator")
    secret = form_secret(browser.get(f"{CLIENTS}{made}/").content.decode())

    new = shown_key(browser.post(f"{CLIENTS}{made}/key/", {"secret": secret}).content.decode())
    with connection.cursor() as cursor:  # the clock of the tests stands still, the database's does not
        cursor.execute("UPDATE staff_apiclient SET previous_until = now() + interval '1 day'")
    both = (opens(old), opens(new))
    browser.post(f"{CLIENTS}{made}/revoke/")

    assert both == (True, True)
    assert (opens(old), opens(new)) == (False, False)


def test_every_wish_of_a_profile_and_every_scope_has_words(city: City) -> None:
    assert {field.name for field in msgspec.structs.fields(Profile)} == set(programs.PROFILE_WORDS)
    assert set(programs.SCOPES) == set(Scope)


def test_calls_are_counted_for_the_day(city: City) -> None:
    made = staff_actions.admit_client(terms=a_program(), digest_of_key="d", by="operator:1")
    minute = int(MONDAY.timestamp()) // 60
    with connection.cursor() as cursor:
        cursor.execute(staff_actions.NOTE_CALLS_SQL, [[made, made], [minute, minute - 24 * 60], [7, 1000]])

    page = signed_in("administrator").get(CLIENTS).content.decode()

    assert re.search(r'data-label="Calls today">7<', page)


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_an_administrator_subscribes_an_address_and_sees_the_secret_once(city: City) -> None:
    browser = signed_in("administrator")
    page = browser.get(HOOKS).content.decode()
    key = re.findall(r'name="key" value="([^"]+)"', page)[0]
    sent = {"key": key, "name": "Map", "url": "https://hooks.example.com/n", "kinds": ["request.moved"]}

    shown = browser.post(f"{HOOKS}add/", sent).content.decode()
    browser.post(f"{HOOKS}add/", sent)

    (made,) = queries.subscriptions()
    assert made.kinds == ("request.moved",)
    assert shown_key(shown).startswith("whsec_")
    assert "whsec_" not in browser.get(f"{HOOKS}{made.token}/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"url": "http://a.example/"}, "url"), ({"url": "https://10.0.0.1/"}, "url"), ({"name": ""}, "name")],
)
def test_what_cannot_be_subscribed_comes_back_with_what_was_sent(city: City, wrong: dict[str, str], field: str) -> None:
    sent = {"name": "Map", "url": "https://hooks.example.com/n"} | wrong

    answer = signed_in("administrator").post(f"{HOOKS}add/", sent)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()


def do(browser: Client, secret: Secret, what: str, **more: str) -> str:
    """The page after the act."""
    sent = {"do": what, "key": "a-key-of-the-form-1"} | more
    return browser.post(f"{HOOKS}{secret.subscription.token}/do/", sent, follow=True).content.decode()


def test_deliveries_are_shown_with_every_try_and_sent_again(city: City) -> None:
    browser, secret = signed_in("administrator"), a_hook()
    do(browser, secret, "ping")
    (claimed,) = actions.claim(limit=5)
    actions.record(claimed, Outcome(error="timeout", milliseconds=5000))
    address = f"{HOOKS}{secret.subscription.token}/"

    overview, listed = browser.get(HOOKS).content.decode(), browser.get(address).content.decode()
    one = browser.get(f"{address}{claimed.token}/").content.decode()
    again = do(browser, secret, "resend", delivery=claimed.token)

    assert "Trial message" in listed
    assert "Not arriving" in overview
    assert "No answer in time" in listed
    assert "No answer in time" in one
    assert "webhook.ping" in one
    assert "under its own id" in again
    assert [each.token for each in actions.claim(limit=5)] == [claimed.token]


def test_a_failing_subscription_says_so_and_is_resumed(city: City) -> None:
    browser, secret = signed_in("administrator"), a_hook()
    do(browser, secret, "ping")
    (claimed,) = actions.claim(limit=5)
    actions.record(claimed, Outcome(status=rules.GONE))

    paused = browser.get(f"{HOOKS}{secret.subscription.token}/").content.decode()
    resumed = do(browser, secret, "resume")
    sent = do(browser, secret, "resend_dead")

    assert "wants no more" in paused
    assert "News is sent again." in resumed
    assert "1 message is sent again." in sent


def test_a_subscription_is_given_a_new_secret_paused_and_ended(city: City) -> None:
    browser, secret = signed_in("administrator"), a_hook()

    rotated = shown_key(do(browser, secret, "rotate"))
    paused, ended = do(browser, secret, "pause"), do(browser, secret, "end")

    assert rotated != secret.secret
    assert "News gathers until you resume." in paused
    assert "The subscription has ended." in ended
    assert queries.subscription(secret.subscription.token).state == "ended"


def test_what_is_not_there_is_not_found(city: City) -> None:
    browser, secret = signed_in("administrator"), a_hook()
    token = secret.subscription.token

    assert browser.get(f"{HOOKS}wh_never/").status_code == 404
    assert browser.get(f"{HOOKS}{token}/msg_never/").status_code == 404
    assert browser.post(f"{HOOKS}{token}/do/", {"do": "explode"}).status_code == 404
    assert browser.post(f"{HOOKS}wh_never/do/", {"do": "pause"}).status_code == 404


def test_every_kind_of_news_state_and_reason_has_words(city: City) -> None:
    assert set(hooks.KINDS) == actions.KINDS | {rules.PING}
    assert set(hooks.STATES) - {"retrying"} == {*rules.SubscriptionState, *rules.DeliveryState}
    assert set(hooks.REASONS) == set(rules.PauseReason)
