"""Django's handle on the room."""

from django.apps import AppConfig


class AuditsConfig(AppConfig):
    """The audits room."""

    name = "answerable.audits"
    label = "audits"
    default_auto_field = "django.db.models.BigAutoField"
