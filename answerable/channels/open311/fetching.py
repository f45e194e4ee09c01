"""Pictures on other servers: with time-outs, a size limit, few redirections, and never from our own network."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from answerable.channels.open311.errors import NotFetched
from answerable.plumbing.outward import NotOutside, Unreached, send
from answerable.requests.pictures import MAX_BYTES

MOST_HOPS: Final = 4
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_FOUND: Final = 200
_HEADERS: Final = {"accept": "image/*", "user-agent": "Answerable"}


def fetch(url: str, *, allow_private: bool) -> bytes:
    """The content at the address; a plain http address of the open internet is asked by https.

    Raises: NotFetched with the reason as its value.
    """
    for _ in range(MOST_HOPS):
        if not allow_private and url.startswith("http://"):
            url = f"https://{url.removeprefix('http://')}"
        try:
            answer = send("GET", url, headers=_HEADERS, may_be_private=allow_private, most_bytes=MAX_BYTES + 1)
        except (NotOutside, Unreached) as error:
            raise _failed(str(error)) from error
        if answer.status == _FOUND:
            if len(answer.body) > MAX_BYTES:
                raise _failed("too_large")
            return answer.body
        if answer.status not in _MOVED or not answer.headers.get("location"):
            raise _failed(f"status_{answer.status}")
        url = urljoin(url, answer.headers["location"])
    raise _failed("too_many_redirections")


def _failed(reason: str) -> NotFetched:
    return NotFetched("The picture could not be fetched.", field="media_url", value=reason)
