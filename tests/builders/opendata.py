"""A small city that publishes its requests, and builds of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from answerable.catalogue.city import City
from answerable.channels.opendata.building import Job, export
from answerable.channels.opendata.recipe import recipe_of
from answerable.channels.opendata.store import Manifest, Store
from answerable.intake import actions as intake
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
from tests.builders.packs import a_city, a_service, said
from tests.builders.requests import a_report, a_small_city

SECRET = "a-secret-for-tests-only"
BASE = "http://city.example"


def terms(**changes: Any) -> dict[str, Any]:
    """The `[open_data]` of the small city."""
    told: dict[str, Any] = {
        "title": said("Requests"), "licence": said("Open Licence"), "licence_url": "https://licence.example/",
        "attribution": said("City of Northbridge"),
    }  # fmt: skip
    return told | changes


def a_publishing_city(folder: Path, **changes: Any) -> City:
    """Potholes exactly, graffiti by block, noise moved, bins by postal prefix, complaints never."""
    services = [
        a_service("pothole", question=[]),
        a_service("graffiti", question=[], name=said("=Graffiti"), open_data="block"),
        a_service("noise", question=[], visibility="private", open_data="random_500m", name=said("Noise")),
        a_service("bin", question=[], visibility="private", open_data="postal_prefix", name=said("Bin")),
        a_service("tax", question=[], visibility="private", open_data="none", name=said("Tax"), location="optional"),
        a_service("fence", question=[], visibility="private", name=said("Fence")),
        a_service("complaint", question=[], visibility="confidential", name=said("Complaint"), location="optional"),
    ]
    wanted = {"services": services, "golden": [], "city": a_city(open_data=terms())} | changes
    return a_small_city(folder, **wanted)


def logged(city: City, service: str, *, at: datetime, point: Point | None = None, postal: str = "N1A 2B3") -> int:
    """A request of that service, logged then; gives its id."""
    place = (
        intake.place_at(city, point, precision=Precision.ADDRESS, label="12 Mill Lane", at=at, postal=postal)
        if point
        else None
    )
    with clock.frozen(at):
        report = a_report(city, point=None, service_code=service, answers={}, place=place, description="=Secret words")
        return intake.receive(report).request_id


def exported(city: City, folder: Path, *, at: datetime) -> tuple[Manifest, Path]:
    """The published build, and its folder."""
    store = Store(folder)
    manifest = export(Job(recipe_of(city, at=at, secret_key=SECRET), store, BASE), by="operator:1")
    published = store.folder()
    assert published is not None
    return manifest, published
