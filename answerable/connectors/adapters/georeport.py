"""Speaking GeoReport v2 to a stranger: JSON first, XML where there is none, and patience with both.

Servers wrap their JSON or not, write ids as numbers, leave fields out, and date as they like; what can be understood is
understood, what cannot is `Away`.  Nothing is followed to another address, and no answer is read without end.

Source: GeoReport v2 (wiki.open311.org); servers as met in the field, docs/handbook/connectors.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import defusedxml.ElementTree as Xml
import httpx
from defusedxml.common import DefusedXmlException

from answerable.connectors.ports import Away
from answerable.plumbing.outward import trusted

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 20.0
WHOLE_SECONDS: Final = 45.0
"""How long connecting, one silence, and a whole answer may last."""

LONGEST_ANSWER: Final = 5_000_000
"""Units: bytes read of an answer."""

Record = dict[str, Any]
"""One service, request, update, token or error as the server wrote it."""

_TELLING: Final = frozenset(
    {"service_request_id", "service_code", "token", "update_id", "description", "code", "changeset", "endpoints"}
)
"""A field by which a record is known, however deep it was wrapped."""

_CLIENT_FAULT: Final = range(400, 500)
_TRY_LATER: Final = frozenset({408, 425, 429})
"""Refusals that time mends."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the records in it, whatever they were wrapped in."""

    status_code: int
    records: Sequence[Record]

    @property
    def is_refusal(self) -> bool:
        """Whether the server will say the same again however often it is asked."""
        return self.status_code in _CLIENT_FAULT and self.status_code not in _TRY_LATER

    def said(self) -> str:
        """The server's words for a refusal."""
        words = [f"{text_of(each, 'code')} {text_of(each, 'description')}".strip() for each in self.records]
        return "; ".join(filter(None, words)) or f"HTTP {self.status_code}"


@dataclass(slots=True)
class Client:
    """One server's address, key and habits."""

    endpoint: str
    jurisdiction: str = ""
    api_key: str = ""
    read_seconds: float = READ_SECONDS
    form: str = "json"
    _is_proved: bool = False
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """The connections are kept open between calls."""
        limits = httpx.Timeout(self.read_seconds, connect=min(CONNECT_SECONDS, self.read_seconds))
        self._http = httpx.Client(
            timeout=limits, follow_redirects=False, headers={"User-Agent": "Answerable"}, verify=trusted()
        )

    def get(self, path: str, question: Mapping[str, str] | None = None) -> Answer:
        """The answer to a reading call; a server without JSON is asked for XML from then on.  Raises: Away."""
        answer = self._get(path, question or {})
        if answer is None and self.form == "json" and not self._is_proved:
            self.form = "xml"
            answer = self._get(path, question or {})
        if answer is None:
            raise Away("The answer is neither JSON nor XML.", may_have_it=False)
        return answer

    def _get(self, path: str, question: Mapping[str, str]) -> Answer | None:
        params = self._named(question)
        request = self._http.build_request("GET", self._address(path), params=params, headers=self._accepts())
        status_code, content = self._sent(request, may_have_it=False)
        if status_code >= 500 or status_code in _TRY_LATER:  # noqa: PLR2004 - HTTP's own border
            raise Away(f"HTTP {status_code}", may_have_it=False, status_code=status_code)
        records = records_in(content)
        if records is not None:
            self._is_proved = True
            return Answer(status_code, records)
        is_told = status_code in _CLIENT_FAULT and (self._is_proved or self.form == "xml")
        return Answer(status_code, ()) if is_told else None

    def post(self, path: str, fields: Sequence[tuple[str, str]], *, key: str, photos: Sequence[Path] = ()) -> Answer:
        """The answer to a writing call.

        Raises: Away, whose `may_have_it` says whether the server may have done it all the same.
        """
        request = self._http.build_request(
            "POST", self._address(path), headers={**self._accepts(), "Idempotency-Key": key}, **_body(fields, photos)
        )
        status_code, content = self._sent(request, may_have_it=True)
        if status_code >= 500 or status_code in _TRY_LATER:  # noqa: PLR2004
            later = status_code in _TRY_LATER or status_code == httpx.codes.SERVICE_UNAVAILABLE
            raise Away(f"HTTP {status_code}", may_have_it=not later, status_code=status_code)
        records = records_in(content)
        if records is None and status_code in _CLIENT_FAULT:
            return Answer(status_code, ())
        if records is None:
            raise Away("The answer is neither JSON nor XML.", may_have_it=True, status_code=status_code)
        return Answer(status_code, records)

    def signature(self) -> list[tuple[str, str]]:
        """The fields every writing call carries."""
        named = {"jurisdiction_id": self.jurisdiction, "api_key": self.api_key}
        return [(name, value) for name, value in named.items() if value]

    def _named(self, question: Mapping[str, str]) -> dict[str, str]:
        """The question's fields; the key is never in an address, where logs would keep it."""
        asked = {"jurisdiction_id": self.jurisdiction, **question}
        return {name: value for name, value in asked.items() if value}

    def _address(self, path: str) -> str:
        return f"{self.endpoint.rstrip('/')}/{path}.{self.form}"

    def _accepts(self) -> dict[str, str]:
        accepts = {"Accept": "application/json" if self.form == "json" else "application/xml, text/xml"}
        return accepts | ({"X-API-Key": self.api_key} if self.api_key else {})

    def _sent(self, request: httpx.Request, *, may_have_it: bool) -> tuple[int, bytes]:
        """Status and content, read up to a limit of bytes and of time."""
        begun = time.monotonic()
        try:
            with closing(self._http.send(request, stream=True)) as response:
                if response.is_redirect:
                    raise Away("The server sends us elsewhere.", may_have_it=False, status_code=response.status_code)
                return response.status_code, _read(response, begun, may_have_it=may_have_it)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Away(type(error).__name__, may_have_it=False) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Away(type(error).__name__, may_have_it=may_have_it) from error


def _body(fields: Sequence[tuple[str, str]], photos: Sequence[Path]) -> dict[str, Any]:
    """The form as httpx wants it: urlencoded, or in parts when pictures go with it."""
    named: dict[str, list[str]] = {}
    for name, value in fields:
        named.setdefault(name, []).append(value)
    if not photos:
        return {"data": named}
    return {"data": named, "files": [("media", (path.name, path.read_bytes(), "image/jpeg")) for path in photos]}


def _read(response: httpx.Response, begun: float, *, may_have_it: bool) -> bytes:
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > LONGEST_ANSWER:
            raise Away("The answer is too long.", may_have_it=may_have_it, status_code=response.status_code)
        if time.monotonic() - begun > WHOLE_SECONDS:
            raise Away("The answer takes too long.", may_have_it=may_have_it, status_code=response.status_code)
    return bytes(content)


# --- reading what strangers write -----------------------------------------------------------------------------------


def records_in(content: bytes) -> list[Record] | None:
    """The records of an answer in JSON or XML; None when it is neither."""
    stripped = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not stripped:
        return None
    try:
        if stripped[:1] == b"<":
            return _of_xml(stripped)
        return _unwrapped(json.loads(stripped))
    except (ValueError, RecursionError, Xml.ParseError, DefusedXmlException):
        return None


def _unwrapped(value: Any, depth: int = 0) -> list[Record]:
    """The records below any number of wrappers: `[{…}]`, `{"requests": [{…}]}`, `[{"request": {…}}]`, `{…}`."""
    if depth > 6:  # noqa: PLR2004 - deeper is no wrapper
        return []
    if isinstance(value, list):
        return [each for item in value for each in _unwrapped(item, depth + 1)]
    if not isinstance(value, dict):
        return []
    if _TELLING & value.keys():
        return [value]
    return [each for item in value.values() if isinstance(item, (list, dict)) for each in _unwrapped(item, depth + 1)]


def _of_xml(content: bytes) -> list[Record] | None:
    """The records of the document; a page for people, however well written, is no answer."""
    root = Xml.fromstring(content, forbid_dtd=True)
    return None if _name(root).casefold() == "html" else _unwrapped(_plain(root))


def _plain(element: Any) -> Any:
    """An element as JSON would say it: text, a record of its children, or a list of those of one name."""
    children = list(element)
    if not children:
        return (element.text or "").strip() or None
    names = [_name(child) for child in children]
    if len(set(names)) == 1 and (len(names) > 1 or names[0] + "s" == _name(element)):
        return [_plain(child) for child in children]
    return {name: _plain(child) for name, child in zip(names, children, strict=True)}


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def text_of(record: Mapping[str, Any], *names: str) -> str:
    """The first of those fields that says anything, as text: numbers become words, null and nil nothing."""
    for name in names:
        value = record.get(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (str, int, float)) and str(value).strip():
            return str(value).strip()
    return ""


def instant_of(record: Mapping[str, Any], *names: str, zone: tzinfo) -> datetime | None:
    """The first of those fields that is an instant in any usual spelling; without an offset it is local to `zone`."""
    for name in names:
        if (said := text_of(record, name)) and (read := _instant(said, zone)) is not None:
            return read
    return None


def _instant(said: str, zone: tzinfo) -> datetime | None:
    try:
        if said.isdigit() and len(said) in {10, 13}:
            return datetime.fromtimestamp(int(said) / (1000 if len(said) == 13 else 1), UTC)  # noqa: PLR2004
        read = datetime.fromisoformat(said)
    except (ValueError, OverflowError):
        try:
            read = parsedate_to_datetime(said)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    try:
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
