"""Whether this installation can serve: asked by load balancers and watchdogs, answered without a secret."""

from __future__ import annotations

import logging
from typing import Final

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from answerable.catalogue import queries as catalogue
from answerable.catalogue.errors import NoCatalogue
from answerable.journal import queries as journal
from answerable.plumbing import clock, clockwork

log = logging.getLogger(__name__)

LATE_SECONDS: Final = 60.0
"""Units: seconds a timer may wait, or a follower lag, before somebody should look."""

OK: Final = 200
UNAVAILABLE: Final = 503


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served, with the lags that operations watch; 503 naming the part that is away.

    Late timers do not take the site away from residents: they are told, as `late`, with 200.
    """
    try:
        city = catalogue.active()
        now = clock.now()
        timers = clockwork.overdue_seconds(now=now)
        followers = max([0.0, *(lag.seconds for lag in journal.lags(now=now))])
    except NoCatalogue:
        return JsonResponse({"status": "away", "database": "ok", "catalogue": "none"}, status=UNAVAILABLE)
    except (DatabaseError, PoolTimeout) as error:
        log.warning("health.database_away", extra={"error": type(error).__name__})
        return JsonResponse({"status": "away", "database": "away"}, status=UNAVAILABLE)
    told = {
        "status": "late" if max(timers, followers) > LATE_SECONDS else "ok",
        "database": "ok",
        "catalogue": f"{city.id}:{city.version_id}",
        "timer_lag_seconds": round(timers, 1),
        "follower_lag_seconds": round(followers, 1),
    }
    return JsonResponse(told, status=OK)
