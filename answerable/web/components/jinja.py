"""The Jinja2 environment of every page: words, formats, addresses, icons and the city's face."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.templatetags.static import static as hashed_static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, Undefined

from answerable.kernel.languages import Text, in_language
from answerable.web.components import city, formats, navigation, rendering
from answerable.web.components.icons import icon, shape


class Loud(Undefined):
    """A missing value is false in a condition, but printing it is an error instead of an empty place."""

    __str__ = Undefined._fail_with_undefined_error
    __iter__ = Undefined._fail_with_undefined_error
    __len__ = Undefined._fail_with_undefined_error


def environment(**options: Any) -> Environment:
    """The environment Django's Jinja2 backend asks for."""
    options |= {"undefined": Loud, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(**options)  # noqa: S701 - Django's backend passes autoescape=True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals |= {
        "url": url,
        "static": static,
        "icon": icon,
        "shape": shape,
        "city": city.CityWords(),
        "brand_version": city.brand_version,
        "state_tag": rendering.state_tag,
        "read_aloud": rendering.read_aloud,
        "bound": rendering.bound,
        "question_field": rendering.question_field,
        "portal_links": navigation.portal_links,
        "portal_footer_links": navigation.portal_footer_links,
        "staff_links": navigation.staff_links,
    }
    env.filters |= {
        "local_date": formats.local_date,
        "local_time": formats.local_time,
        "local_datetime": formats.local_datetime,
        "relative_day": formats.relative_day,
        "time_words": formats.time_words,
        "number": formats.number,
        "percent": formats.percent,
        "in_words": in_words,
        "iso": lambda instant: instant.isoformat(),
    }
    return env


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page by its name, in the page's language."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def static(path: str) -> str:
    """The address of a static file, with its content hash once files were collected."""
    try:
        return str(hashed_static(path))
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


def in_words(text: Text | str) -> str:
    """A text of the city pack in the page's language."""
    if isinstance(text, str):
        return text
    return in_language(text, language=translation.get_language() or settings.LANGUAGE_CODE)
