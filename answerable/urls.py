"""Every address of the house: people's pages below `/en/` and `/fr/`, the rest without a language."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from answerable.channels.sms import door as sms
from answerable.web.components import urls as components
from answerable.web.components.pages import PUBLIC, Page, urlpatterns_of
from answerable.web.crew import urls as crew
from answerable.web.desk import urls as desk
from answerable.web.office import urls as office
from answerable.web.portal import urls as portal

urlpatterns = [
    *urlpatterns_of(components.UNPREFIXED_PAGES),
    *urlpatterns_of((Page("sms/v1/<str:what>", sms.call, PUBLIC, "sms"),)),
    *i18n_patterns(
        path("", include((urlpatterns_of(portal.PAGES), "portal"))),
        path("", include((urlpatterns_of(components.PAGES), "components"))),
        path("", include(urlpatterns_of(components.SIGN_IN_PAGES))),
        path("desk/", include((urlpatterns_of(desk.PAGES), "desk"))),
        path("crew/", include((urlpatterns_of(crew.PAGES), "crew"))),
        path("office/", include((urlpatterns_of(office.PAGES), "office"))),
    ),
]

handler400 = "answerable.web.components.views.bad_request"
handler403 = "answerable.web.components.views.forbidden"
handler404 = "answerable.web.components.views.not_found"
handler500 = "answerable.web.components.views.server_error"
