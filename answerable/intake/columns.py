"""A checked and decided report as the rows that `intake_receive` stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from answerable.catalogue.city import OFFICE, City
from answerable.catalogue.structs import Service
from answerable.contacts import rules as contact_rules
from answerable.intake import rules
from answerable.intake.telling import KeptPhoto, Report
from answerable.kernel.facts import Json
from answerable.kernel.ids import new_token
from answerable.kernel.places import Precision
from answerable.promises.planning import Dates
from answerable.requests.queries import FAR, cells_of
from answerable.requests.rules import Handoff, Lifecycle, Visibility, stricter
from answerable.routing.rules import Decision

Columns = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the house made of a report: its service, answers, route and dates."""

    city: City
    service: Service
    answers: Mapping[str, Json]
    priority: str
    decision: Decision
    dates: Dates
    at: datetime


def of_enquiry(report: Report) -> Columns:
    """The enquiry that became a request."""
    return {
        "channel": report.channel,
        "language": report.language,
        "outcome": "request",
        "contact_id": report.contact_id,
    }


def visibility_of(report: Report, service: Service) -> str:
    """Who may see it: as its service says, and a part of another request no more than its parties."""
    own = Visibility(service.visibility)
    return stricter(own, Visibility.PRIVATE).value if report.part_of is not None else own.value


def of_fact(report: Report, decided: Decided) -> Columns:
    """The body of `request.logged`."""
    return {
        "service": decided.service.code,
        "version": decided.city.version_id,
        "channel": report.channel,
        "department": decided.decision.department,
        "queue": decided.decision.queue,
        "rule": decided.decision.rule_id,
        "lifecycle": Lifecycle.RECEIVED.value,
        "visibility": visibility_of(report, decided.service),
    }


def of_contact(report: Report) -> Columns | None:
    """The contact to remember, or None when nothing was given or the person is known."""
    contact = report.contact
    if contact is None or contact.is_empty or report.contact_id is not None:
        return None
    return {
        "name": contact.name.strip(),
        "email": contact.email.strip(),
        "phone": contact.phone.strip(),
        "email_key": contact_rules.email_key(contact.email),
        "phone_key": contact_rules.phone_key(contact.phone),
        "address": contact.address.strip(),
        "postal": contact_rules.postal_key(contact.postal),
        "search_key": contact_rules.words_key(contact.name, contact.address, contact.email),
        "language": contact.language,
        "news_by": contact.news_by,
        "needs": contact.needs,
        "privacy_version": contact.privacy_version,
    }


def of_photo(photo: KeptPhoto) -> Columns:
    """A picture given with the report."""
    return {
        "key": photo.key,
        "file": photo.file,
        "width": photo.width,
        "height": photo.height,
        "size_bytes": photo.size_bytes,
    }


def of_request(report: Report, decided: Decided) -> Columns:
    """Every column of the request but its id and number, and the connector of its work order."""
    service, dates, city = decided.service, decided.dates, decided.city
    connector = city.connector_for(decided.decision.department, service=service.code, channel=report.channel)
    now = decided.at.isoformat()
    return {
        "token": new_token(),
        "catalogue_version": decided.city.version_id,
        "service_code": service.code,
        "service_group": service.group,
        "family": service.family,
        "channel": report.channel,
        "language": report.language,
        "lifecycle": Lifecycle.RECEIVED.value,
        "is_open": True,
        "visibility": visibility_of(report, service),
        "handoff": (Handoff.SENT if connector == OFFICE else Handoff.QUEUED).value,
        "priority": decided.priority,
        "department": decided.decision.department,
        "queue": decided.decision.queue,
        "assignee_id": None,
        "route": decided.decision.as_json(),
        "answers": dict(decided.answers),
        "description": report.description.strip(),
        "contact_id": report.contact_id,
        "wishes_contact": bool(report.contact and report.contact.news_by != "none"),
        "logged_at": now,
        "updated_at": now,
        "first_action_due": _iso(dates.first_action_due),
        "completion_due": _iso(dates.completion_due),
        "completion_at_risk": _iso(dates.completion_at_risk),
        "due_sort": _iso(dates.completion_due or FAR),
        "photos": len(report.photos),
        "connector": connector,
        **_NOT_YET,
        **_of_place(report, decided.city),
    }


_NOT_YET: Columns = {
    "first_action_at": None,
    "paused_since": None,
    "resolved_at": None,
    "closed_at": None,
    "outcome": "",
    "outcome_party": "",
    "until": None,
    "reopened": 0,
    "followers": 0,
}
"""What only the request's life can fill."""


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _of_place(report: Report, city: City) -> Columns:
    place = report.place
    contact_postal = contact_rules.postal_key(report.contact.postal) if report.contact else ""
    if place is None:
        nowhere = dict.fromkeys(("place_said", "address", "area_key"), "")
        return {"lat": None, "lon": None, "precision": Precision.NONE.value, "postal": contact_postal, "areas": {},
                **nowhere, **cells_of(None)}  # fmt: skip
    primary = place.areas.get(city.primary_area_kind)
    return {
        "lat": place.point.lat if place.point else None,
        "lon": place.point.lon if place.point else None,
        "precision": str(place.precision),
        "place_said": place.said,
        "address": place.label,
        "postal": contact_rules.postal_key(place.postal) or contact_postal,
        "areas": {
            kind: {"version": area.version, "key": area.key, "name": area.name} for kind, area in place.areas.items()
        },
        "area_key": primary.key if primary else "",
        **cells_of(place.point),
    }


def fingerprint(report: Report) -> str:
    """A digest of everything that was told: a repeated key must tell the same."""
    place, contact = report.place, report.contact
    return rules.fingerprint(
        {
            "channel": report.channel,
            "service": report.service_code,
            "description": report.description,
            "answers": dict(report.answers),
            "place": place.label if place else "",
            "point": [place.point.lat, place.point.lon] if place and place.point else None,
            "email": contact.email if contact else "",
            "phone": contact.phone if contact else "",
            "photos": [photo.key for photo in report.photos],
        }
    )
