"""Django's handle on the surface."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """The office surface."""

    name = "answerable.web.office"
    label = "office"
