"""Django's handle on the surface."""

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    """The components surface."""

    name = "answerable.web.components"
    label = "components"
