"""Django's handle on the room."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


def _on_sign_in(sender: object, user: object, **_: object) -> None:
    from answerable.staff import actions

    actions.note_sign_in(user)  # type: ignore[arg-type]


class StaffConfig(AppConfig):
    """People who work for the city."""

    name = "answerable.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Signing in is a fact."""
        user_logged_in.connect(_on_sign_in, dispatch_uid="staff.signed_in")
