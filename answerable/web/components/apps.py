"""Django's handle on the surface."""

from django.apps import AppConfig

from answerable.plumbing import words


class ComponentsConfig(AppConfig):
    """The components surface."""

    name = "answerable.web.components"
    label = "components"

    def ready(self) -> None:
        """Translations are compiled before the first page needs them."""
        words.compile_all()
