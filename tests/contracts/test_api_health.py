"""What a load balancer learns at /healthz."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from answerable.plumbing import clock
from answerable.plumbing.clockwork import set_timer
from tests.builders.requests import MONDAY, a_small_city

pytestmark = pytest.mark.django_db


def test_a_site_with_a_city_is_healthy(tmp_path: Path) -> None:
    with clock.frozen(MONDAY):
        city = a_small_city(tmp_path / "northbridge")
        answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok", "database": "ok", "catalogue": f"northbridge:{city.version_id}",
        "timer_lag_seconds": 0.0, "follower_lag_seconds": 0.0,
    }  # fmt: skip
    assert "no-store" in answer["Cache-Control"]


def test_late_timers_are_told_and_take_nothing_away(tmp_path: Path) -> None:
    with clock.frozen(MONDAY):
        a_small_city(tmp_path / "northbridge")
        set_timer("promise.breach", "promise:1", due_at=MONDAY - timedelta(minutes=5))
        answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()["status"], answer.json()["timer_lag_seconds"]) == (200, "late", 300.0)
