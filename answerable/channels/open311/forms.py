"""Form bodies: urlencoded and multipart, with the files in them.  An XML or JSON body is refused as what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from answerable.channels.open311.asking import MAX_FIELDS, Params, read_pairs
from answerable.channels.open311.errors import BadBody, WrongMedia

MAX_FILES = 20
"""Units: files read of one body; how many pictures are kept is the requests room's to say."""

_URLENCODED = {b"", b"application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was sent, under the name of its field."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """What a body says."""

    params: Params
    files: tuple[File, ...] = ()


@dataclass(slots=True)
class _Part:
    """A part of a multipart body while it is read."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: bytes = b""
    value: bytes = b""
    content: list[bytes] = field(default_factory=list)

    def named(self) -> tuple[str, bool]:
        """The field's name, and whether the part is a file.  Raises: BadBody."""
        _, options = parse_options_header(self.headers.get(b"content-disposition", b""))
        is_file = b"filename" in options or self.headers.get(b"content-type", b"").startswith(
            (b"image/", b"application/octet")
        )
        try:
            return options.get(b"name", b"").decode("utf-8"), is_file
        except UnicodeDecodeError as error:
            raise BadBody("A field's name is not UTF-8.", field="body", remedy="Send UTF-8.") from error


def read_form(content_type: str, body: bytes) -> Form:
    """The form.  Raises: WrongMedia; BadBody; BadParameter."""
    kind, options = parse_options_header(content_type)
    if kind == b"multipart/form-data":
        return _multipart(body, boundary=options.get(b"boundary", b""))
    if kind not in _URLENCODED:
        raise WrongMedia(
            f"A body of type '{kind.decode('latin-1')[:60]}' is not taken.",
            field="Content-Type", remedy="Send application/x-www-form-urlencoded or multipart/form-data.",
        )  # fmt: skip
    if body.lstrip()[:5].lower() in {b"<?xml", b"<requ", b"<serv"}:
        raise WrongMedia("An XML body is not taken.", field="body", remedy="Send the fields as a form.")
    return Form(params=read_pairs(body.strip(), what="body"))


def _multipart(body: bytes, *, boundary: bytes) -> Form:
    parts: list[_Part] = []
    if not boundary or len(boundary) > 200:  # noqa: PLR2004 RFC 2046 allows 70
        raise BadBody("The multipart body has no boundary.", field="Content-Type", remedy="Name the boundary.")
    ended: list[bool] = []
    try:
        parser = MultipartParser(boundary, _callbacks(parts, ended))  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BadBody("The multipart body cannot be read.", field="body", remedy="Send it again, whole.") from error
    if not ended:
        raise BadBody("The multipart body breaks off.", field="body", remedy="Send it again, whole.")
    return _form_of(parts)


def _callbacks(parts: list[_Part], ended: list[bool]) -> Mapping[str, object]:
    """What the parser calls; it hands over the whole body with the stretch that is meant."""

    def begin() -> None:
        if len(parts) >= MAX_FIELDS:
            raise BadBody(f"The body has over {MAX_FIELDS} parts.", field="body", remedy="Send fewer.")
        parts.append(_Part())

    def header_field(told: bytes, start: int, end: int) -> None:
        parts[-1].name += told[start:end]

    def header_value(told: bytes, start: int, end: int) -> None:
        parts[-1].value += told[start:end]

    def header_end() -> None:
        part = parts[-1]
        part.headers[part.name.lower()] = part.value
        part.name = part.value = b""

    def content(told: bytes, start: int, end: int) -> None:
        parts[-1].content.append(told[start:end])

    return {
        "on_part_begin": begin, "on_header_field": header_field, "on_header_value": header_value,
        "on_header_end": header_end, "on_part_data": content, "on_end": lambda: ended.append(True),
    }  # fmt: skip


def _form_of(parts: list[_Part]) -> Form:
    pairs: list[tuple[str, str]] = []
    files: list[File] = []
    for part in parts:
        name, is_file = part.named()
        content = b"".join(part.content)
        if is_file and content:
            files.append(File(name=name, content=content))
        elif not is_file:
            try:
                pairs.append((name, content.decode("utf-8")))
            except UnicodeDecodeError as error:
                raise BadBody(f"'{name[:60]}' is not UTF-8.", field=name[:60], remedy="Send UTF-8.") from error
    if len(files) > MAX_FILES:
        raise BadBody(f"The body has over {MAX_FILES} files.", field="media", remedy="Send fewer.")
    return Form(params=Params(pairs), files=tuple(files))
