"""The residents' pages and who may see each."""

from __future__ import annotations

from answerable.web.components.pages import PUBLIC, RESIDENT_LINK, Page
from answerable.web.portal import (
    choosing,
    developers,
    devices,
    follow,
    home,
    locator,
    opendata,
    report,
    standards,
    survey,
    where,
    wishes,
    work,
)

DRAFT = "report/d/<str:draft_id>/"
LINK = "follow/<str:token>/"

PAGES: tuple[Page, ...] = (
    Page("", home.home, PUBLIC, "home"),
    Page("search/", choosing.search, PUBLIC, "search"),
    Page("standards/", standards.standards, PUBLIC, "standards"),
    Page("standards/closures.json", standards.closures, PUBLIC, "closures"),
    Page("privacy/", home.privacy, PUBLIC, "privacy"),
    Page("accessibility/", home.accessibility, PUBLIC, "accessibility"),
    Page("developers/", developers.developers, PUBLIC, "developers"),
    Page("developers/<str:name>/", developers.door, PUBLIC, "developers_door"),
    Page("open-data/", opendata.published, PUBLIC, "open_data"),
    Page("suggest/services/", choosing.suggest_services, PUBLIC, "suggest_services"),
    Page("suggest/places/", choosing.suggest_places, PUBLIC, "suggest_places"),
    Page("map/outlines/", locator.outlines, PUBLIC, "outlines"),
    Page("report/", choosing.services, PUBLIC, "report"),
    Page(DRAFT + "place/", where.place, RESIDENT_LINK, "place"),
    Page(DRAFT + "outside/", where.outside, RESIDENT_LINK, "outside"),
    Page(DRAFT + "nearby/", where.nearby, RESIDENT_LINK, "nearby"),
    Page(DRAFT + "details/", report.details, RESIDENT_LINK, "details"),
    Page(DRAFT + "stop/", report.stop, RESIDENT_LINK, "stop"),
    Page(DRAFT + "contact/", report.contact, RESIDENT_LINK, "contact"),
    Page(DRAFT + "photo/<str:key>.jpg", report.draft_photo, RESIDENT_LINK, "draft_photo"),
    Page("report/<str:service_code>/", where.start, PUBLIC, "start"),
    Page("r/<str:spoken>/", follow.by_number, PUBLIC, "number"),
    Page("r/<str:spoken>/follow/", follow.me_too, PUBLIC, "me_too"),
    Page("follow/", follow.follow, PUBLIC, "follow"),
    Page(LINK, follow.link, RESIDENT_LINK, "follow_link"),
    Page(LINK + "sent/", follow.sent, RESIDENT_LINK, "sent"),
    Page(LINK + "note/", follow.note, RESIDENT_LINK, "note"),
    Page(LINK + "reply/", follow.reply, RESIDENT_LINK, "reply"),
    Page(LINK + "not-fixed/", follow.dispute, RESIDENT_LINK, "dispute"),
    Page("news/<str:token>/", wishes.by_message, RESIDENT_LINK, "news"),
    Page("news/<str:token>/stop/", wishes.stop, RESIDENT_LINK, "news_stop"),
    Page(LINK + "wishes/", wishes.by_request, RESIDENT_LINK, "wishes"),
    Page(LINK + "device/", devices.device, RESIDENT_LINK, "device"),
    Page(LINK + "survey/", survey.rate, RESIDENT_LINK, "survey"),
    Page(LINK + "photo/", follow.add_photo, RESIDENT_LINK, "add_photo"),
    Page(LINK + "photo/<int:photo_id>.jpg", follow.photo, RESIDENT_LINK, "photo"),
    Page("work/<str:token>/", work.work, RESIDENT_LINK, "work"),
    Page("work/<str:token>/answer/", work.answer, RESIDENT_LINK, "work_answer"),
    Page("work/<str:token>/renew/", work.renew, RESIDENT_LINK, "work_renew"),
    Page("work/<str:token>/photo/<int:photo_id>.jpg", work.photo, RESIDENT_LINK, "work_photo"),
)
