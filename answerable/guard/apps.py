"""Django's handle on the room."""

from django.apps import AppConfig


class GuardConfig(AppConfig):
    """The promise guard."""

    name = "answerable.guard"
    label = "guard"
    default_auto_field = "django.db.models.BigAutoField"
