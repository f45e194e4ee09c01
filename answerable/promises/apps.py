"""Django's handle on the room."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    """The promises room."""

    name = "answerable.promises"
    label = "promises"
    default_auto_field = "django.db.models.BigAutoField"
