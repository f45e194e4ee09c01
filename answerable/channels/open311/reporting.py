"""Reporting: from a form to a request in one statement, or to a trial that never reaches the city."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from django.core.exceptions import SynchronousOnlyOperation

from answerable.catalogue.places import Place
from answerable.channels.doors import Gathered, Store, apart
from answerable.channels.open311 import actions, photos, words
from answerable.channels.open311.answers import Answer
from answerable.channels.open311.forms import read_form
from answerable.channels.open311.keys import Keys, keys_of
from answerable.channels.open311.photos import Media, read_media
from answerable.channels.open311.services import type_of
from answerable.channels.open311.telling import Telling, needs_gazetteer, place_of, prepared, read_telling
from answerable.channels.open311.trials import trial_number, trial_of
from answerable.channels.open311.updating import Hand, Update, check_may_send, read_update, rehearse, take
from answerable.channels.open311.visits import Visit
from answerable.channels.open311.writing import Document
from answerable.intake import actions as intake
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.kernel.languages import in_language
from answerable.requests import queries as requests

__all__ = ["Reporting", "read_form"]


class Reporting:
    """The write half of the door."""

    def __init__(self, store: Store, *, media: Path) -> None:
        self._store, self._media = store, media
        self._receiving = Gathered(
            store, alone=intake.RECEIVE_ONCE_SQL, together=intake.RECEIVE_ONCE_MANY_SQL, tell=intake.told_once_together
        )

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
            return await self._tried(telling, place, made, visit, keys)
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
        if not (media.addresses or is_batch):
            return await self._receiving.fetch_one(values)
        tokens = [new_token().replace("_", "a").replace("-", "b")] if is_batch else []
        values = (*values, visit.now, visit.now, list(media.addresses), visit.now, tokens)
        row = await self._store.fetch_one(actions.RECEIVE_WITH_SQL, values)
        assert row is not None
        return row

    async def update(self, visit: Visit) -> Answer:
        """The update is taken.  Raises: what the form, the request's state and the key's scopes refuse."""
        assert visit.form is not None
        check_may_send(visit.client)
        params = visit.form.params
        update = read_update(params, language=visit.language)
        media = read_media(visit.form)
        told = params.one("update_id") or visit.asked.header("idempotency-key")
        keys = keys_of(told, visit.form, client_id=visit.client.id, kind=f"update {update.number}", at=visit.now)
        hand = Hand(client=visit.client, key=keys.key, at=visit.now)
        if visit.asked.is_test:
            await apart(rehearse, update, hand)
            number = trial_number(keys.key)
        else:
            if keys.is_made and await apart(requests.done_at, keys.earlier) is not None:
                hand = replace(hand, key=keys.earlier)
            number = await self._taken(update, hand, media)
        record = {"update_id": number, "account_id": params.one("account_id") or None}
        return Answer(200, Document("service_request_updates", [record]), headers=visit.language_headers)

    async def _taken(self, update: Update, hand: Hand, media: Media) -> str:
        kept: tuple[intake.KeptPhoto, ...] = ()
        if media.contents:
            kept = await apart(photos.keep, media.contents, scope=hand.key, folder=self._media)
        try:
            return await apart(take, update, hand, photos=kept, addresses=media.addresses)
        except Exception:
            if kept:
                await apart(photos.forget, kept, folder=self._media)
            raise

    async def _tried(
        self, telling: Telling, place: Place | None, made: intake.Prepared, visit: Visit, keys: Keys
    ) -> Answer:
        """Everything was checked; what would have been logged can be read back for a day, by whoever sent it."""
        told = msgspec.json.encode(trial_of(telling, place, made, city=visit.city)).decode()
        values = [keys.key, trial_number(keys.key), visit.client.id, told, visit.now]
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
