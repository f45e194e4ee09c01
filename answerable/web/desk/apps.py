"""Django's handle on the surface."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk surface."""

    name = "answerable.web.desk"
    label = "desk"
