"""Pictures by all the spellings programs use: `media` parts, `media_url` once or often, `photo1` and on, data: URIs.

What was sent is re-encoded and stripped at once; what lies on another server is fetched later, from a ledger.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from answerable.channels.open311.errors import BadParameter
from answerable.channels.open311.forms import Form
from answerable.intake.actions import KeptPhoto
from answerable.intake.errors import BadReport
from answerable.kernel.errors import AnswerableError
from answerable.requests import pictures
from answerable.requests import queries as requests
from answerable.requests.pictures import MAX_PHOTOS

MAX_URL: Final = 2000
"""Units: characters of an address."""

_NAMED = re.compile(r"^(media_urls?|media|photo\d*|photos|image\d*)(\[\d*\])?$", re.IGNORECASE)
_DATA = re.compile(r"^data:(?:image/[\w.+-]+)?(?:;[\w=.+-]+)*?(?P<base64>;base64)?,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Media:
    """Pictures that came along, and addresses of others."""

    contents: tuple[bytes, ...] = ()
    addresses: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.contents or self.addresses)


def read_media(form: Form) -> Media:
    """The pictures of a form, each once.  Raises: BadParameter."""
    contents = [file.content for file in form.files]
    addresses: list[str] = []
    for name in form.params.names():
        if not _NAMED.match(name):
            continue
        for told in form.params.every(name):
            if told.lstrip()[:5].lower() == "data:":
                contents.append(_decoded(told.strip(), name=name))
            else:
                addresses += [_checked(each, name=name) for each in told.split()]
    media = Media(contents=tuple(dict.fromkeys(contents)), addresses=tuple(dict.fromkeys(addresses)))
    if len(media.contents) + len(media.addresses) > MAX_PHOTOS:
        raise BadParameter(
            f"There are over {MAX_PHOTOS} pictures.", field="media", remedy=f"Send {MAX_PHOTOS} at most."
        )
    return media


def _decoded(told: str, *, name: str) -> bytes:
    shape = _DATA.match(told)
    if shape is None:
        raise BadParameter("This is no data: URI of a picture.", field=name, remedy="Send data:image/jpeg;base64,…")
    content = told[shape.end() :]
    if not shape["base64"]:
        return unquote_to_bytes(content)
    try:
        return base64.b64decode(re.sub(r"\s", "+", unquote_to_bytes(content).decode("latin-1")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadParameter("The data: URI is no base64.", field=name, remedy="Encode it again.") from error


def _checked(told: str, *, name: str) -> str:
    try:
        parts = urlsplit(told)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(told) <= MAX_URL
    except ValueError:
        is_good = False
    if not is_good:
        raise BadParameter(
            f"'{told[:60]}' is no address of a picture.", field=name, value=told[:60],
            remedy="Send an http or https address, or the picture itself.",
        )  # fmt: skip
    return told


def keep(contents: Sequence[bytes], *, scope: str, folder: Path) -> tuple[KeptPhoto, ...]:
    """Every picture re-encoded and on disk; blocks.  Raises: BadReport with a fault for every one that is none."""
    kept: list[KeptPhoto] = []
    faults: list[AnswerableError] = []
    for content in contents:
        try:
            photo = pictures.keep(content, scope=scope, folder=folder).photo
        except AnswerableError as fault:
            faults.append(fault)
            continue
        kept.append(
            KeptPhoto(
                key=photo.key, file=photo.file, width=photo.width, height=photo.height, size_bytes=photo.size_bytes
            )
        )
    if faults:
        forget(kept, folder=folder)
        raise BadReport(faults)
    return tuple(kept)


def forget(photos: Sequence[KeptPhoto], *, folder: Path) -> None:
    """The files of a telling that was not taken are gone, but for those that a request shows; blocks."""
    for file in {photo.file for photo in photos} - requests.files_in_use([photo.file for photo in photos]):
        (folder / file).unlink(missing_ok=True)
