"""Django's handle on the surface."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal surface."""

    name = "answerable.web.portal"
    label = "portal"
