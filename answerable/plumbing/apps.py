"""Django's handle on the room."""

from django.apps import AppConfig


class PlumbingConfig(AppConfig):
    """The pipes and wires."""

    name = "answerable.plumbing"
    label = "plumbing"
    default_auto_field = "django.db.models.BigAutoField"
