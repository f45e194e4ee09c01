"""Django's handle on the door's tables."""

from django.apps import AppConfig


class Open311Config(AppConfig):
    """The Open311 door."""

    name = "answerable.channels.open311"
    label = "open311"
    default_auto_field = "django.db.models.BigAutoField"
