"""Pages of the frame: the gallery in both languages, the staff's sign-in, the city's colours."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp

from answerable.web.components import gallery, health, views
from answerable.web.components.pages import PUBLIC, Page, staff

PAGES = (Page("gallery/", gallery.gallery, PUBLIC, "gallery"),)

SIGN_IN_PAGES = (
    Page("account/login/", account.login, PUBLIC, "account_login"),
    Page("account/logout/", account.logout, PUBLIC, "account_logout"),
    Page("account/inactive/", account.account_inactive, PUBLIC, "account_inactive"),
    Page("account/reauthenticate/", account.reauthenticate, staff(), "account_reauthenticate"),
    Page("account/2fa/authenticate/", mfa.authenticate, PUBLIC, "mfa_authenticate"),
    Page("account/2fa/reauthenticate/", mfa.reauthenticate, staff(), "mfa_reauthenticate"),
    Page("account/2fa/", mfa.index, staff(), "mfa_index"),
    Page("account/2fa/totp/activate/", totp.activate_totp, staff(), "mfa_activate_totp"),
    Page("account/2fa/totp/deactivate/", totp.deactivate_totp, staff(), "mfa_deactivate_totp"),
    Page("account/2fa/recovery-codes/", recovery_codes.view_recovery_codes, staff(), "mfa_view_recovery_codes"),
    Page(
        "account/2fa/recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        staff(),
        "mfa_generate_recovery_codes",
    ),
    Page(
        "account/2fa/recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        staff(),
        "mfa_download_recovery_codes",
    ),
)

UNPREFIXED_PAGES = (
    Page("", views.root, PUBLIC, "root"),
    Page("healthz", health.healthz, PUBLIC, "healthz"),
    Page("brand.css", views.brand_css, PUBLIC, "brand_css"),
    Page("brand.svg", views.brand_svg, PUBLIC, "brand_svg"),
)
