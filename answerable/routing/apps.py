"""Django's handle on the room."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """The routing room."""

    name = "answerable.routing"
    label = "routing"
    default_auto_field = "django.db.models.BigAutoField"
