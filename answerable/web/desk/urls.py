"""Operators' pages: path, view, who may see it, name."""

from __future__ import annotations

from answerable.web.components.pages import Page, staff
from answerable.web.desk import find, home, letters, people, story

AT_THE_DESK = staff("operator", "supervisor", "administrator")
"""Those who log for callers and open residents' files."""

ALL_STAFF = staff()
"""Everybody signed in; each view asks `may_see_request` for the record itself."""

PAGES: tuple[Page, ...] = (
    Page("", home.home, AT_THE_DESK, "home"),
    Page("logged/<str:sealed>/", home.logged, AT_THE_DESK, "logged"),
    Page("referred/<slug:code>/", home.referred, AT_THE_DESK, "referred"),
    Page("suggest/services/", home.suggest_services, AT_THE_DESK, "suggest_services"),
    Page("suggest/places/", home.suggest_places, AT_THE_DESK, "suggest_places"),
    Page("find/", find.find, ALL_STAFF, "find"),
    Page("file/<int:contact_id>/", people.contact, AT_THE_DESK, "contact"),
    Page("file/<int:contact_id>/details/", people.edit, AT_THE_DESK, "contact_edit"),
    Page("message/<int:message_id>/", letters.message, AT_THE_DESK, "message"),
    Page("request/<str:number>/", story.request_page, ALL_STAFF, "request"),
    Page("request/<str:number>/photo/<int:photo_id>/", story.photo, ALL_STAFF, "photo"),
)
