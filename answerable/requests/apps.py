"""Django's handle on the room."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """The requests room."""

    name = "answerable.requests"
    label = "requests"
    default_auto_field = "django.db.models.BigAutoField"
