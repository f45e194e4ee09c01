"""The few words this door says itself: where a request stands, for people.  The city's own words come from its pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from answerable.kernel.languages import Text
from answerable.requests.rules import Lifecycle

_L = Lifecycle
STANDING: Final[Mapping[str, Text]] = {
    _L.RECEIVED: {"en": "Received", "fr": "Reçue"},
    _L.TRIAGE: {"en": "Being checked", "fr": "À l'examen"},
    _L.ASSIGNED: {"en": "With the department", "fr": "Confiée au service"},
    _L.SCHEDULED: {"en": "Scheduled", "fr": "Planifiée"},
    _L.IN_PROGRESS: {"en": "In progress", "fr": "En cours"},
    _L.AWAITING_REQUESTER: {"en": "Waiting for you", "fr": "En attente de votre réponse"},
    _L.ON_HOLD: {"en": "On hold", "fr": "En suspens"},
    _L.REFERRED: {"en": "With another organization", "fr": "Transmise à un autre organisme"},
    _L.RESOLVED: {"en": "Resolved", "fr": "Réglée"},
    _L.CLOSED: {"en": "Closed", "fr": "Fermée"},
}
"""Where a request stands.  Source: docs/glossary.md, Life cycle."""

PICTURE_ADDED: Final[Text] = {"en": "A photo was added.", "fr": "Une photo a été ajoutée."}
NOTE_ADDED: Final[Text] = {"en": "A note was added.", "fr": "Une note a été ajoutée."}
REOPENED: Final[Text] = {"en": "Reopened", "fr": "Rouverte"}
FOLLOW_ON: Final[Text] = {"en": "Follow-on request created", "fr": "Demande de suite créée"}
DUPLICATE: Final[Text] = {"en": "Reported before", "fr": "Déjà signalée"}
LOGGED: Final[Text] = {"en": "Request opened", "fr": "Demande ouverte"}
NO_PICTURES: Final[Text] = {
    "en": "Photos are not kept for this service; yours was left out.",
    "fr": "Aucune photo n'est conservée pour ce service; la vôtre a été laissée de côté.",
}
ON_TRIAL: Final[Text] = {
    "en": "Test endpoint: everything was checked, nothing was sent to the city.",
    "fr": "Point d'accès d'essai : tout a été vérifié, rien n'a été transmis à la Ville.",
}
UNTRACKED: Final[Text] = {
    "en": "This service gives no number; the city will reach the requester itself.",
    "fr": "Ce service ne donne pas de numéro; la Ville communiquera elle-même avec la personne.",
}
