"""Django's handle on the room."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The webhooks room."""

    name = "answerable.channels.webhooks"
    label = "webhooks"
    default_auto_field = "django.db.models.BigAutoField"
