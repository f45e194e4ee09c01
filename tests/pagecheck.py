"""Every HTML page that any test asks for is checked, whatever the test itself is about (a pytest plugin).

The test client answers as always; a page with faults fails the test with each fault in plain words.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any

import pytest


def faults_of_response(response: Any) -> list[str]:
    """The faults of one answer; none for a fragment, a redirect, a stream or anything that is not HTML."""
    from answerable.web.components.checks import faults_of

    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    html = response.content.decode(response.charset or "utf-8")
    if not html.lstrip()[:9].lower().startswith("<!doctype"):
        return []
    first = response.request["PATH_INFO"].strip("/").split("/")[0]
    return faults_of(html, language=first if first in {"en", "fr"} else "")


@pytest.fixture(autouse=True, scope="session")
def every_page_is_checked() -> Iterator[None]:
    """Wraps Django's test client for the whole run."""
    from django.test import Client

    plain = Client.request

    @wraps(plain)
    def request(self: Client, **asked: Any) -> Any:
        response = plain(self, **asked)
        faults = faults_of_response(response)
        assert not faults, f"{response.request['PATH_INFO']}:\n- " + "\n- ".join(faults)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", request)
        yield
