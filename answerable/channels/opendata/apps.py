"""Django's handle on the channel's one table."""

from django.apps import AppConfig


class OpendataConfig(AppConfig):
    """Open data."""

    name = "answerable.channels.opendata"
    label = "opendata"
    default_auto_field = "django.db.models.BigAutoField"
