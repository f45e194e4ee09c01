"""Django's handle on the room."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """The connectors room."""

    name = "answerable.connectors"
    label = "connectors"
    default_auto_field = "django.db.models.BigAutoField"
