"""Django's handle on the imports."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """The import channel."""

    name = "answerable.channels.imports"
    label = "imports"
    default_auto_field = "django.db.models.BigAutoField"
