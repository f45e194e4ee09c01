"""Django's handle on the room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The notices room."""

    name = "answerable.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
