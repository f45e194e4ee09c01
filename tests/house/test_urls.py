"""Every address says who may see it, and none that was given to people disappears."""

from __future__ import annotations

from tests.house.tables import access_of, listed_urls, patterns, present_urls
from tests.house.tree import listed

REMEDY = "then run `python -m tests.house.regenerate` and read the difference."


def test_every_page_declares_who_may_see_it() -> None:
    faults = [address for address, pattern in patterns() if not access_of(pattern)]

    assert not faults, listed(
        faults,
        remedy="List it as Page(path, view, access, name) in its surface's urls.py; `guarded` wraps a view of others:",
    )


def test_no_address_disappears() -> None:
    gone = sorted(set(listed_urls()) - set(present_urls()))

    assert not gone, listed(
        gone,
        remedy="People keep links, letters and QR codes. Keep a page at the old address that redirects to the new one"
        " (only then may its line in docs/urls.txt change):",
    )


def test_every_address_is_listed() -> None:
    new = sorted(set(present_urls()) - set(listed_urls()))

    assert not new, listed(new, remedy=f"New addresses: make sure they are worth keeping for ever, {REMEDY}")


def test_nobody_new_sees_a_page_unnoticed() -> None:
    listed_access = listed_urls()
    changed = [
        f"{address}: was {listed_access[address]}, is {access}"
        for address, access in sorted(present_urls().items())
        if address in listed_access and listed_access[address] != access
    ]

    assert not changed, listed(changed, remedy=f"Who may see these changed; if that is meant, {REMEDY}")
