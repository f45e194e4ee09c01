"""Django's handle on the room."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """The catalogue room."""

    name = "answerable.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
