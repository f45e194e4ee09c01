"""A small city with two departments, and people of every role who are signed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client

from answerable.catalogue.city import City
from answerable.staff import actions as staff
from answerable.staff.queries import StaffView
from answerable.staff.rules import Role
from tests.builders.packs import a_service, said
from tests.builders.requests import a_small_city, services

PASSWORD = "a-long-enough-password-311"


def an_office_city(folder: Path, **changes: Any) -> City:
    """Works keep roads and bridges, parks keep trees; the rest goes to roads."""
    departments = [
        {
            "code": "works",
            "name": said("Works"),
            "queues": [{"code": "roads", "name": said("Roads")}, {"code": "bridges", "name": said("Bridges")}],
        },
        {"code": "parks", "name": said("Parks"), "queues": [{"code": "trees", "name": said("Trees")}]},
    ]
    routes = [
        {"id": "trees", "when": {"service": ["tree"]}, "department": "parks", "queue": "trees"},
        {"id": "east", "when": {"area": {"ward": ["2"]}}, "department": "works", "queue": "roads"},
        {"id": "rest", "department": "works", "queue": "roads"},
    ]
    tree = a_service("tree", name=said("Tree down"), question=[])
    pack = {"departments": departments, "routes": routes, "services": [*services(), tree]}
    return a_small_city(folder, **(pack | changes))


def a_member(role: str, *, department: str = "", username: str = "") -> StaffView:
    """Somebody who works for the city."""
    return staff.add_member(
        username=username or f"{role}-{department or 'all'}", password=PASSWORD, role=Role(role),
        name=(role.title(), department.title() or "Hall"), department=department,
    )  # fmt: skip


def signed_in(role: str, *, department: str = "", username: str = "") -> Client:
    """A browser in which that person is signed in."""
    member = a_member(role, department=department, username=username)
    client = Client()
    assert client.login(username=member.username, password=PASSWORD)
    return client
