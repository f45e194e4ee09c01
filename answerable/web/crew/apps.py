"""Django's handle on the surface."""

from django.apps import AppConfig


class CrewConfig(AppConfig):
    """The field crew's surface."""

    name = "answerable.web.crew"
    label = "crew"
