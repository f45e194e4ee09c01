"""Django's handle on the room."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """The contacts room."""

    name = "answerable.contacts"
    label = "contacts"
    default_auto_field = "django.db.models.BigAutoField"
