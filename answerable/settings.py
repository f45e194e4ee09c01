"""Every setting: one typed object read once from `ANSWERABLE_*`, and what Django derives from it.

docs/handbook/settings.md lists each field; a test compares the two.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

Read = TypeVar("Read")

ROOT = Path(__file__).resolve().parent.parent


class BadSetting(Exception):
    """A setting has a value the product cannot start with: correct the environment variable named."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installer may decide; what an administrator may change is city data instead."""

    database_url: str
    secret_key: str
    city: str
    var: Path
    hosts: tuple[str, ...]
    base_url: str
    host: str
    port: int
    debug: bool
    https: bool
    web_processes: int
    web_threads: int
    database_pool: int
    upload_limit_bytes: int
    relay_poll_seconds: float
    anonymous_per_minute: int
    geocoder_url: str
    private_addresses: bool
    connector_keys: Mapping[str, str]
    mail_url: str
    mail_from: str
    sms_url: str
    sms_key: str
    sms_from: str

    @classmethod
    def from_environment(cls, environ: dict[str, str] | os._Environ[str] = os.environ) -> Settings:
        """The settings, with defaults for a first run.  Raises: BadSetting naming variable, value and remedy."""
        get = environ.get
        var = Path(get("ANSWERABLE_VAR", str(ROOT / "var")))
        return cls(
            database_url=get("DATABASE_URL") or get("ANSWERABLE_DATABASE_URL", ""),
            secret_key=get("ANSWERABLE_SECRET_KEY") or _kept_secret(var),
            city=get("ANSWERABLE_CITY", "toronto"),
            var=var,
            hosts=tuple(
                host for host in get("ANSWERABLE_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",") if host
            ),
            base_url=get("ANSWERABLE_BASE_URL", "http://localhost:8311").rstrip("/"),
            host=get("ANSWERABLE_HOST", "127.0.0.1"),
            port=_whole("ANSWERABLE_PORT", get("ANSWERABLE_PORT", "8311"), low=1, high=65535),
            debug=_truth("ANSWERABLE_DEBUG", get("ANSWERABLE_DEBUG", "0")),
            https=_truth("ANSWERABLE_HTTPS", get("ANSWERABLE_HTTPS", "0")),
            web_processes=_whole("ANSWERABLE_WEB_PROCESSES", get("ANSWERABLE_WEB_PROCESSES", "2"), low=1, high=64),
            web_threads=_whole("ANSWERABLE_WEB_THREADS", get("ANSWERABLE_WEB_THREADS", "8"), low=1, high=128),
            database_pool=_whole("ANSWERABLE_DATABASE_POOL", get("ANSWERABLE_DATABASE_POOL", "12"), low=1, high=200),
            upload_limit_bytes=_whole(
                "ANSWERABLE_UPLOAD_LIMIT_BYTES",
                get("ANSWERABLE_UPLOAD_LIMIT_BYTES", "15000000"),
                low=100_000,
                high=10**9,
            ),
            relay_poll_seconds=_whole(
                "ANSWERABLE_RELAY_POLL_MS", get("ANSWERABLE_RELAY_POLL_MS", "20"), low=1, high=5000
            )
            / 1000,
            anonymous_per_minute=_whole(
                "ANSWERABLE_ANONYMOUS_PER_MINUTE", get("ANSWERABLE_ANONYMOUS_PER_MINUTE", "1200"), low=0, high=10**9
            ),
            geocoder_url=get("ANSWERABLE_GEOCODER_URL", ""),
            private_addresses=_truth("ANSWERABLE_PRIVATE_ADDRESSES", get("ANSWERABLE_PRIVATE_ADDRESSES", "0")),
            connector_keys=_pairs("ANSWERABLE_CONNECTOR_KEYS", get("ANSWERABLE_CONNECTOR_KEYS", "")),
            mail_url=_mail_way("ANSWERABLE_MAIL_URL", get("ANSWERABLE_MAIL_URL", "folder:")),
            mail_from=get("ANSWERABLE_MAIL_FROM") or _sender(get("ANSWERABLE_BASE_URL", "")),
            sms_url=_sms_way("ANSWERABLE_SMS_URL", get("ANSWERABLE_SMS_URL", "folder:")),
            sms_key=get("ANSWERABLE_SMS_KEY", ""),
            sms_from=get("ANSWERABLE_SMS_FROM", ""),
        )


def _truth(name: str, value: str) -> bool:
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise BadSetting(f"{name} is '{value}': give 1 or 0.")


def _whole(name: str, value: str, *, low: int, high: int) -> int:
    if not value.isdigit() or not low <= int(value) <= high:
        raise BadSetting(f"{name} is '{value}': give a whole number from {low} to {high}.")
    return int(value)


def _pairs(name: str, value: str) -> dict[str, str]:
    """`one=secret two=secret`, apart by spaces; the refusal does not repeat what may be a secret."""
    pairs = [each.partition("=") for each in value.split()]
    if not all(code and secret for code, _, secret in pairs):
        raise BadSetting(f"{name} cannot be read: give `code=key`, several apart by spaces.")
    return {code: secret for code, _, secret in pairs}


def _mail_way(name: str, value: str) -> str:
    """The way mail goes; the refusal does not repeat what may hold a password."""
    parts = urlsplit(value)
    if parts.scheme == "folder" or (parts.scheme in {"smtp", "smtps"} and parts.hostname):
        return value
    raise BadSetting(f"{name} cannot be read: give smtp://user:password@host:port, smtps://… or folder:/path.")


def _sms_way(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "folder" or (parts.scheme in {"http", "https"} and parts.hostname and not parts.username):
        return value
    raise BadSetting(f"{name} cannot be read: give https://… without a user name, or folder:/path.")


def _sender(base_url: str) -> str:
    return f"no-reply@{urlsplit(base_url).hostname or 'localhost'}"


def _kept_secret(var: Path) -> str:
    """The secret of this installation, made at the first start and kept readable by its owner only."""
    kept = var / "secret-key"
    try:
        return kept.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    secret = secrets.token_urlsafe(48)
    try:
        var.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)
    except FileExistsError:
        return kept.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BadSetting(
            f"ANSWERABLE_VAR is '{var}', which cannot be written ({error.strerror}): give a folder you own."
        ) from error
    return secret


def _django_database(url: str, *, pool: int) -> dict[str, object]:
    parts = urlsplit(url)
    if url and parts.scheme not in {"postgresql", "postgres"}:
        raise BadSetting(
            f"DATABASE_URL starts with '{parts.scheme}': give a postgresql:// address; no other database is supported."
        )
    options: dict[str, object] = {
        "pool": {"min_size": 0, "max_size": pool, "timeout": 10},
        "application_name": "answerable",
    }
    host = unquote(parts.hostname or "")
    if parts.query:
        options |= {
            pair.split("=", 1)[0]: unquote(pair.split("=", 1)[1]) for pair in parts.query.split("&") if "=" in pair
        }
        host = str(options.pop("host", host))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "answerable",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


def _or_stop(make: Callable[[], Read]) -> Read:
    """What was read; a wrong value ends the process with one line instead of a traceback."""
    try:
        return make()
    except BadSetting as error:
        sys.exit(f"answerable: {error}")


ANSWERABLE = _or_stop(Settings.from_environment)

SECRET_KEY = ANSWERABLE.secret_key
DEBUG = ANSWERABLE.debug
ALLOWED_HOSTS = list(ANSWERABLE.hosts)
ROOT_URLCONF = "answerable.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [
    ROOT / "answerable/web" / surface / "locale" for surface in ("components", "portal", "desk", "office", "crew")
]
DATABASES = {"default": _or_stop(lambda: _django_database(ANSWERABLE.database_url, pool=ANSWERABLE.database_pool))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "staff.StaffMember"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "js_lib_leaflet",
    "answerable.plumbing",
    "answerable.journal",
    "answerable.catalogue",
    "answerable.contacts",
    "answerable.staff",
    "answerable.promises",
    "answerable.routing",
    "answerable.requests",
    "answerable.guard",
    "answerable.intake",
    "answerable.connectors",
    "answerable.notices",
    "answerable.audits",
    "answerable.channels.opendata",
    "answerable.channels.open311",
    "answerable.channels.webhooks",
    "answerable.channels.imports",
    "answerable.web.components",
    "answerable.web.portal",
    "answerable.web.desk",
    "answerable.web.office",
    "answerable.web.crew",
]

MIDDLEWARE = [
    "answerable.web.components.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "answerable.web.components.middleware.Unkeepable",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [
            ROOT / "answerable/web" / surface / "templates"
            for surface in ("components", "portal", "desk", "office", "crew")
        ],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "answerable.web.components.jinja.environment",
            "extensions": ["jinja2.ext.i18n"],
            "context_processors": ["answerable.web.components.context.page_context"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    },
]

STATIC_URL = "/static/"
STATIC_ROOT = ANSWERABLE.var / "static"
STATICFILES_DIRS: list[Path] = []
MEDIA_ROOT = ANSWERABLE.var / "media"
OPEN_DATA_ROOT = ANSWERABLE.var / "open-data"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = True
DATA_UPLOAD_MAX_MEMORY_SIZE = ANSWERABLE.upload_limit_bytes
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "answerable.staff.accounts.StaffAccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Answerable"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:home"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ANSWERABLE.https
CSRF_COOKIE_SECURE = ANSWERABLE.https
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "answerable.web.components.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ANSWERABLE.https else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "answerable.plumbing.logs.LineFormatter"}},
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["stream"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
