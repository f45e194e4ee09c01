"""Django's handle on the room."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """The journal room."""

    name = "answerable.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
