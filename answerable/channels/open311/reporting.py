"""Reporting: from a form to a request in one statement, or to a trial that never reaches the city."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from django.core.exceptions import SynchronousOnlyOperation

from answerable.catalogue.places import Place
from answerable.channels.doors import Store, apart
from answerable.channels.open311 import actions, photos, words
from answerable.channels.open311.answers import Answer
from answerable.channels.open311.forms import read_form
from answerable.channels.open311.keys import Keys, keys_of
from answerable.channels.open311.photos import Media, read_media
from answerable.channels.open311.services import type_of
from answerable.channels.open311.telling import Telling, needs_gazetteer, place_of, prepared, read_telling
from answerable.channels.open311.visits import Visit
from answerable.channels.open311.writing import Document
from answerable.intake import actions as intake
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.kernel.languages import in_language

__all__ = ["Reporting", "read_form"]


class Reporting:
    """The write half of the door."""

    def __init__(self, store: Store, *, media: Path) -> None:
        self._store, self._media = store, media

    async def report(self, visit: Visit) -> Answer:
        """The request is logged, and its number or token given.  Raises: what intake, the place and the form refuse."""
        assert visit.form is not None
        telling = read_telling(
            visit.form.params, city=visit.city, language=visit.language, profile=visit.client.profile
        )
        place, place_faults = await _place(telling, visit)
        media, media_faults = _media(telling, visit)
        keys = keys_of(
            visit.asked.header("idempotency-key"), visit.form, client_id=visit.client.id, kind="request", at=visit.now
        )
        faults = [*place_faults, *media_faults]
        made = await _prepared(telling, place, visit, keys, faults, kept=())
        if visit.asked.is_test:
            return await self._tried(telling, visit, keys)
        kept = await apart(photos.keep, media.contents, scope=keys.key, folder=self._media) if media.contents else ()
        if kept:
            made = await _prepared(telling, place, visit, keys, faults, kept=kept)
        try:
            row = await self._received(telling, visit, keys, made, media)
            receipt = intake.receipt_of(row[:8] if not keys.is_made else (*row[:6], True, row[7]), key=keys.key)
        except Exception:
            if kept:
                await apart(photos.forget, kept, folder=self._media)
            raise
        if kept and receipt.is_replay:
            await apart(photos.forget, kept, folder=self._media)
        token = row[8] if len(row) > 8 else None  # noqa: PLR2004 the ninth column is the token
        return _receipt(telling, visit, number=receipt.number, token=token, media=media)

    async def _received(
        self, telling: Telling, visit: Visit, keys: Keys, made: intake.Prepared, media: Media
    ) -> tuple[Any, ...]:
        values: tuple[Any, ...] = (*keys.parameters, *made.values)
        is_batch = type_of(telling.service) == "batch"
        statement = intake.RECEIVE_ONCE_SQL
        if media.addresses or is_batch:
            statement = actions.RECEIVE_WITH_SQL
            tokens = [new_token().replace("_", "a").replace("-", "b")] if is_batch else []
            values = (*values, visit.now, visit.now, list(media.addresses), visit.now, tokens)
        row = await self._store.fetch_one(statement, values)
        assert row is not None
        return row

    async def _tried(self, telling: Telling, visit: Visit, keys: Keys) -> Answer:
        """Everything was checked; what would have been logged can be read back for a day, by whoever sent it."""
        number = f"TEST-{hashlib.sha256(keys.key.encode()).hexdigest()[:12]}"
        told = {
            "service_code": telling.service.code, "description": telling.description, "address": telling.address,
            "zipcode": telling.postal, "lat": telling.point.lat if telling.point else None,
            "long": telling.point.lon if telling.point else None,
        }  # fmt: skip
        values = [keys.key, number, visit.client.id, msgspec.json.encode(told).decode(), visit.now]
        row = await self._store.fetch_one(actions.TRY_SQL, values)
        assert row is not None
        is_batch = type_of(telling.service) == "batch"
        return _receipt(telling, visit, number=row[0], token=row[0] if is_batch else None, media=Media())


async def _place(telling: Telling, visit: Visit) -> tuple[Place | None, list[AnswerableError]]:
    """The place, or what is wrong with it."""
    try:
        if needs_gazetteer(telling):
            return await apart(place_of, telling, city=visit.city, at=visit.now), []
        return place_of(telling, city=visit.city, at=visit.now), []
    except AnswerableError as fault:
        return None, [fault]


def _media(telling: Telling, visit: Visit) -> tuple[Media, list[AnswerableError]]:
    """The pictures; none where the service keeps none."""
    assert visit.form is not None
    try:
        media = read_media(visit.form)
    except AnswerableError as fault:
        return Media(), [fault]
    return (media if telling.service.photos else Media()), []


async def _prepared(
    telling: Telling, place: Place | None, visit: Visit, keys: Keys, faults: list[AnswerableError],
    *, kept: tuple[intake.KeptPhoto, ...],
) -> intake.Prepared:  # fmt: skip
    """The report, checked, routed and promised.  Raises: BadReport."""
    digest = intake.digest_of(visit.key)
    told = {
        "city": visit.city, "at": visit.now, "key": keys.key, "digest": digest, "photos": kept, "place_faults": faults
    }  # fmt: skip
    try:
        return prepared(telling, place, **told)[1]  # type: ignore[arg-type]
    except SynchronousOnlyOperation:
        return (await apart(prepared, telling, place, **told))[1]


def _receipt(telling: Telling, visit: Visit, *, number: str, token: str | None, media: Media) -> Answer:
    """What the program gets: a number, or a token, or for a black box neither."""
    assert visit.form is not None
    kind = type_of(telling.service)
    notices = [in_language(telling.service.what_next, language=visit.language)]
    if kind == "blackbox":
        notices.append(in_language(words.UNTRACKED, language=visit.language))
    if not telling.service.photos and read_media(visit.form):
        notices.append(in_language(words.NO_PICTURES, language=visit.language))
    if visit.asked.is_test:
        notices.insert(0, in_language(words.ON_TRIAL, language=visit.language))
    given = {"token": token} if token else {"service_request_id": None if kind == "blackbox" else number}
    record = {**given, "service_notice": " ".join(notices), "account_id": visit.form.params.one("account_id") or None}
    return Answer(200, Document("service_requests", [record]), headers=visit.language_headers)
