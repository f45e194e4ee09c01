"""A department that takes its work as files and answers with files: CSV or XML, in a folder or by SFTP.

An order is one file whose name holds its number: written twice it is the same file, and a system that took the first
knows the second by the number in it.  Files that come back are moved below, to `done` or `bad`, once they are applied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from answerable.catalogue.connectorstructs import FilesConnector
from answerable.connectors.adapters import tablefiles
from answerable.connectors.adapters.drops import MOST_BYTES, TIMEOUT_SECONDS, Drop, Entry, Session
from answerable.connectors.adapters.georeport import instant_of
from answerable.connectors.adapters.tablefiles import Record, Unreadable
from answerable.connectors.ports import (
    Delivered,
    News,
    Parcel,
    Pending,
    Refused,
    Settled,
    Update,
    WorkOrder,
)
from answerable.connectors.rules import meaning_of
from answerable.kernel.facts import Json
from answerable.plumbing import clock

MOST_FILES: Final = 200
"""Units: files taken from one folder in a round."""

_NEWS_COLUMNS: Final = ("order", "reference", "word", "words", "at")


@dataclass(frozen=True, slots=True)
class _Kind:
    """Files that come back: where they lie, which column says what, and what a line of them means."""

    folder: str
    mapping: Mapping[str, str]
    reader: Callable[[Record, str], Settled | Update]


@dataclass(frozen=True, slots=True)
class FilesDepartment:
    """Folders as a place where work goes and news come from."""

    named: FilesConnector
    drop: Drop
    zone: tzinfo
    timeout_seconds: float = TIMEOUT_SECONDS * 3
    never_answers: bool = True

    # --- there ---

    def deliver(self, order: WorkOrder) -> Delivered | Pending | Refused:
        """The file lies there, its photos before it; their acknowledgement file will confirm it."""
        if order.service_code not in self.named.services:
            return Refused(f"'{order.service_code}' is not mapped.")
        stem = _stem(order.number)
        photos = {f"{stem}-{at}.jpg": file.read_bytes() for at, file in enumerate(order.photos, start=1)}
        row = {
            column: value_of(order, field, named=self.named, photos=tuple(photos))
            for column, field in self.named.columns.items()
        }
        with self.drop.opened() as place:
            for name, content in photos.items():
                place.write(self.named.send_to, name, content)
            place.write(self.named.send_to, f"{stem}.{self.named.format}", self._written([row]))
        return Pending(order.number, reference=order.number)

    def _written(self, rows: Sequence[Record]) -> bytes:
        named = self.named
        if named.format == "xml":
            return tablefiles.write_xml(rows, root=named.root, record=named.record, encoding=named.encoding)
        return tablefiles.write_csv(rows, delimiter=named.delimiter, encoding=named.encoding)

    def find(self, order: WorkOrder) -> Delivered | None:
        """Nothing: writing the same file again is harmless, and whether they took it their acknowledgement tells."""
        return None

    def tell(self, news: News) -> bool:
        """A file of news, where the department has a folder for such."""
        if not self.named.news_to:
            return False
        row = dict(
            zip(_NEWS_COLUMNS, (news.number, news.reference, news.word, news.words, _stamp(news.at)), strict=True)
        )
        with self.drop.opened() as place:
            name = f"{_stem(news.number)}-news-{news.sequence}.{self.named.format}"
            place.write(self.named.news_to, name, self._written([row]))
        return True

    # --- and back ---

    def settle(self, token: str) -> Pending:
        """Still waiting: acknowledgements come as files."""
        return Pending(token, reference=token)

    def follow(self, references: Sequence[str], *, since: datetime | None) -> Iterable[Update]:
        """Nothing: nobody is there to be asked."""
        return ()

    def unasked(self, taken: frozenset[str]) -> Iterable[Parcel]:
        """The files that were left, oldest name first; those taken before are moved out of the way."""
        kinds = (
            _Kind(self.named.acknowledged_in, self.named.acknowledgement, self._acknowledged),
            _Kind(self.named.news_in, self.named.news, self._news),
        )
        with self.drop.opened() as place:
            for kind in kinds:
                yield from self._parcels(place, kind, taken) if kind.mapping else ()

    def _parcels(self, place: Session, kind: _Kind, taken: frozenset[str]) -> Iterator[Parcel]:
        now = clock.now().timestamp()
        listed = [each for each in place.entries(kind.folder) if each.name.lower().endswith(f".{self.named.format}")]
        for entry in listed[:MOST_FILES]:
            if abs(now - entry.changed) < self.named.quiet_seconds:
                continue
            content = place.read(kind.folder, entry.name)
            key = hashlib.sha256(entry.name.encode() + b"\0" + content).hexdigest()
            if key in taken:
                self._put_away(place, kind, entry, content)
            else:
                yield Parcel(key, entry.name, self._told(place, kind, entry, content, key=key))

    def _read(self, content: bytes, mapping: Mapping[str, str]) -> list[Record]:
        """Raises: Unreadable."""
        if len(content) > MOST_BYTES:
            raise Unreadable("too long")
        columns = sorted(set(mapping.values()))
        if self.named.format == "xml":
            return tablefiles.read_xml(content, columns=columns, record=self.named.record)
        return tablefiles.read_csv(
            content, columns=columns, delimiter=self.named.delimiter, encoding=self.named.encoding
        )

    def _told(
        self, place: Session, kind: _Kind, entry: Entry, content: bytes, *, key: str
    ) -> tuple[Settled | Update, ...]:
        """What the file says, line by line; what cannot be read is a message for a person."""
        try:
            rows = self._read(content, kind.mapping)
        except Unreadable as error:
            return (_unread(key, f"{entry.name}: {error}"),)
        told: list[Settled | Update] = []
        for line, row in enumerate(rows, start=1):
            said = {ours: row[theirs] for ours, theirs in kind.mapping.items()}
            event = f"{key[:40]}/{line}"
            if not said.get("order") and not said.get("reference"):
                told.append(_unread(event, f"{entry.name}, {line}: names no order"))
            else:
                pictures = self._pictures(place, kind.folder, said.get("photos", ""))
                told.append(_with_photos(kind.reader(said, event), pictures))
        return tuple(told)

    def _put_away(self, place: Session, kind: _Kind, entry: Entry, content: bytes) -> None:
        """The file lies in `done`, its pictures with it, or in `bad` with the reason beside it."""
        folder, column = kind.folder, kind.mapping.get("photos", "")
        try:
            rows = self._read(content, kind.mapping)
        except Unreadable as error:
            place.write(f"{folder}/bad", f"{entry.name}.reason.txt", f"{error}\n".encode())
            place.move(folder, entry.name, into="bad")
            return
        lying = {each.name for each in place.entries(folder)} if column else set()
        for name in {name for row in rows for name in _names(row[column])} & lying if column else ():
            place.move(folder, name, into="done")
        place.move(folder, entry.name, into="done")

    def _pictures(self, place: Session, folder: str, said: str) -> tuple[bytes, ...]:
        lying = {each.name for each in place.entries(folder)} if said else set()
        return tuple(place.read(folder, name) for name in _names(said) if name in lying)

    def _acknowledged(self, said: Record, event: str) -> Settled:
        token = said.get("order") or said["reference"]
        if meaning_of(said.get("word", ""), own=self.named.statuses).stage == "refused":
            return Settled(token, Refused(said.get("words") or said["word"]))
        return Settled(token, Delivered(said.get("reference") or token))

    def _news(self, said: Record, event: str) -> Update:
        return Update(
            reference=said.get("reference") or said["order"],
            word=said.get("word", ""),
            words=said.get("words", ""),
            told_at=instant_of({"at": said.get("at") or None}, "at", zone=self.zone),
            expected_on=_day(said.get("on", "")),
            event=said.get("event") or event,
            sequence=int(said["sequence"]) if said.get("sequence", "").isdecimal() else None,
            party=said.get("party", ""),
        )

    def problems(self) -> list[str]:
        """The folders that are not there."""
        with self.drop.opened() as place:
            place.entries(self.named.send_to)
        return []


def value_of(order: WorkOrder, field: str, *, named: FilesConnector, photos: Sequence[str] = ()) -> str:
    """What stands in a column for that field of ours."""
    kind, _, name = field.partition(":")
    if kind in {"answer", "area", "text"}:
        return {"answer": _answer(order.answers.get(name)), "area": order.areas.get(name, ""), "text": name}[kind]
    point, who = order.point, order.requester
    return {
        "order": order.number, "number": order.number.partition("/")[0], "key": order.key,
        "service": named.services.get(order.service_code, ""), "our_service": order.service_code,
        "service_name": order.service_name, "description": order.description, "words": order.words,
        "address": order.address, "postal": order.postal, "lat": f"{point.lat:.6f}" if point else "",
        "lon": f"{point.lon:.6f}" if point else "", "priority": order.priority, "logged_at": _stamp(order.logged_at),
        "due_at": _stamp(order.due_at), "department": order.department, "queue": order.queue,
        "name": who.name if who else "", "email": who.email if who else "", "phone": who.phone if who else "",
        "photos": ";".join(photos),
    }[field]  # fmt: skip


def _answer(answer: Json) -> str:
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return ";".join(map(str, answer)) if isinstance(answer, list) else "" if answer is None else str(answer)


def _stem(number: str) -> str:
    return number.replace("/", "-")


def _stamp(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None


def _names(said: str) -> list[str]:
    """The file names in a list of them; nothing that leads out of the folder."""
    names = (each.strip() for each in said.split(";"))
    return [each for each in names if each and "/" not in each and "\\" not in each and not each.startswith(".")]


def _unread(event: str, words: str) -> Update:
    return Update(reference="", word="unreadable_file", words=words, event=event[:120])


def _with_photos(told: Settled | Update, pictures: tuple[bytes, ...]) -> Settled | Update:
    if isinstance(told, Settled) or not pictures:
        return told
    return Update(
        reference=told.reference, word=told.word, words=told.words, told_at=told.told_at, expected_on=told.expected_on,
        event=told.event, sequence=told.sequence, photos=pictures, party=told.party,
    )  # fmt: skip
