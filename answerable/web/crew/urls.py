"""The field crew's pages: path, view, who may see it, name."""

from __future__ import annotations

from answerable.web.components.pages import PUBLIC, Page, staff
from answerable.web.crew import job, offline, today

CREWS = staff("department", "supervisor", "administrator")
"""Those who may change requests; a department's people see their own department's."""

PAGES: tuple[Page, ...] = (
    Page("", today.today, CREWS, "today"),
    Page("request/<str:number>/", job.job, CREWS, "job"),
    Page("request/<str:number>/act/", job.act, CREWS, "act"),
    Page("request/<str:number>/photo/<int:photo_id>.jpg", job.photo, CREWS, "photo"),
    Page("worker.js", offline.worker, PUBLIC, "worker"),
    Page("manifest.webmanifest", offline.manifest, PUBLIC, "manifest"),
    Page("no-signal/", offline.offline, PUBLIC, "offline"),
)
