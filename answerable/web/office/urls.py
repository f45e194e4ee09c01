"""Departments' and administrators' pages: path, view, who may see it, name."""

from __future__ import annotations

from answerable.web.components.pages import Page, staff
from answerable.web.office import bulk, onerequest, queue, reclassify

READERS = staff("department", "supervisor", "analyst", "administrator")
"""Everybody who sees the office; a department's people see their own department in it."""

MOVERS = staff("department", "supervisor", "administrator")
"""Those who may change requests."""

ONE = "request/<str:number>/"

PAGES: tuple[Page, ...] = (
    Page("", queue.queue, READERS, "home"),
    Page("queue/", queue.queue, READERS, "queue"),
    Page("queue/bulk/", bulk.bulk, MOVERS, "bulk"),
    Page(ONE, onerequest.request_page, READERS, "request"),
    Page(ONE + "act/", onerequest.act, MOVERS, "act"),
    Page(ONE + "service/", reclassify.reclassify, MOVERS, "reclassify"),
    Page(ONE + "photo/<int:photo_id>.jpg", onerequest.photo, READERS, "photo"),
)
