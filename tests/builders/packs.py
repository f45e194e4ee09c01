"""A small, correct city pack to break in tests: `write_pack(folder, city={"timezone": "Mars/Olympus"})`."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

Raw = dict[str, Any]


def said(english: str) -> Raw:
    """The text in both languages of the small city."""
    return {"en": english, "fr": f"{english} (fr)"}


def a_city(**changes: Any) -> Raw:
    """city.toml of a square city of about 11 by 7 km, in the Toronto time zone."""
    city: Raw = {
        "id": "northbridge",
        "name": said("City of Northbridge"),
        "short_name": "Northbridge",
        "timezone": "America/Toronto",
        "languages": ["en", "fr"],
        "default_language": "en",
        "country": "CA",
        "subdivision": "ON",
        "contact": {"phone": "311"},
        "emergency": "911",
        "postal_prefix_pattern": "N[0-9][A-Z]",
        "centre": {"lat": 44.05, "lon": -79.05},
        "bounds": {"south": 44.0, "west": -79.1, "north": 44.1, "east": -79.0},
        "privacy": {"authority": said("Act"), "purpose": said("Answering"), "contact": said("Clerk"), "version": "1"},
    }
    return city | changes


def a_brand(**changes: Any) -> Raw:
    """brand.toml with enough contrast."""
    colours = {
        "brand": "#0b4a5a", "brand-strong": "#07333f", "brand-soft": "#e4eff1", "on-brand": "#ffffff",
        "accent": "#f3b63f", "on-accent": "#2a1d00", "link": "#0a5c72", "focus": "#ffb81c",
        "paper": "#f6f7f4", "ink": "#13242b", "radius": "10px", "font": "system-ui", "mark": "N",
    }  # fmt: skip
    return colours | changes


def a_service(code: str = "pothole", **changes: Any) -> Raw:
    """One service with one question about size."""
    service: Raw = {
        "code": code,
        "group": "roads",
        "name": said("Pothole"),
        "description": said("A hole in the road."),
        "keywords": {"en": ["hole"], "fr": ["trou"]},
        "icon": "road",
        "promise": "fix",
        "what_next": said("A crew comes."),
        "question": [a_question()],
    }
    return service | changes


def a_question(code: str = "size", **changes: Any) -> Raw:
    """A choice between small and big."""
    options = [{"code": "small", "label": said("Small")}, {"code": "big", "label": said("Big")}]
    return {"code": code, "type": "single", "label": said("How big?"), "options": options} | changes


def a_target(**changes: Any) -> Raw:
    """Five business days to completion."""
    return {"kind": "completion", "amount": 5, "unit": "business_days", "calendar": "city"} | changes


def a_fair_day() -> Raw:
    """A day off of the city's own."""
    return {"month_day": "08-08", "name": said("Fair")}


OUTCOMES = (
    "completed", "temporary_repair", "no_problem_found", "within_standard", "already_programmed",
    "not_city_responsibility", "cannot_be_done", "enforcement_started", "information_given",
    "cancelled_by_requester", "no_reply_from_requester", "entered_in_error",
)  # fmt: skip


def a_pack(**changes: Any) -> Raw:
    """Every file of the small pack; name one to replace it: `a_pack(routes=[…])`."""
    files: Raw = {
        "city": a_city(),
        "brand": a_brand(),
        "calendars": [
            {
                "code": "city",
                "name": said("City"),
                "working_days": ["mon", "tue", "wed", "thu", "fri"],
                "holidays": {"country": "CA", "subdivision": "ON", "extra": [a_fair_day()]},
            }
        ],
        "departments": [{"code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}]}],
        "groups": [{"code": "roads", "name": said("Roads"), "icon": "road"}],
        "services": [a_service()],
        "promises": [{"code": "fix", "text": said("In five days"), "targets": [a_target()]}],
        "outcomes": [{"code": code, "name": said(code), "text": said(f"It was {code}.")} for code in OUTCOMES],
        "routes": [
            {"id": "east", "when": {"area": {"ward": ["2"]}}, "department": "works", "queue": "roads"},
            {"id": "rest", "department": "works", "queue": "roads"},
        ],
        "golden": [
            {
                "name": "A pothole in the east",
                "service": "pothole",
                "areas": {"ward": "2"},
                "answers": {"size": "big"},
                "at": "2026-07-02T10:00:00",
                "expect": {"department": "works", "queue": "roads", "rule": "east"},
            }
        ],
        "referrals": [{"code": "911", "name": said("Emergency"), "text": said("Call 911."), "phone": "911"}],
        "areas": [
            {"kind": "ward", "version": "1", "file": "wards.geojson", "key": "number", "name": "name",
             "label": said("Ward"), "is_city_boundary": True},
        ],
        "gazetteer": [],
        "words": {"en": {"ward": "Ward"}, "fr": {"ward": "Quartier"}},
        "extra_files": {"areas/wards.geojson": wards()},
    }  # fmt: skip
    return deepcopy(files) | changes


def wards() -> str:
    """Two wards side by side: 1 in the west, 2 in the east."""
    return collection(a_square("1", "West", west=-79.1, east=-79.05), a_square("2", "East", west=-79.05, east=-79.0))


def a_square(key: str, name: str, *, west: float, east: float, south: float = 44.0, north: float = 44.1) -> Raw:
    """One GeoJSON feature."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"number": key, "name": name}, "geometry": geometry}


def collection(*features: Raw) -> str:
    """A GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", "features": features})


_TABLES = {
    "calendars": ("calendars.toml", "calendar"),
    "departments": ("departments.toml", "department"),
    "promises": ("promises.toml", "promise"),
    "outcomes": ("outcomes.toml", "outcome"),
    "routes": ("routes.toml", "route"),
    "golden": ("golden.toml", "case"),
    "referrals": ("referrals.toml", "referral"),
    "areas": ("areas/areas.toml", "area"),
    "gazetteer": ("gazetteer/gazetteer.toml", "source"),
}


def write_pack(folder: Path, **changes: Any) -> Path:
    """The small pack on disk, with the changes; returns its folder."""
    pack = a_pack(**changes)
    files = {"city.toml": _toml(pack["city"]), "brand.toml": _toml(pack["brand"]), "PROVENANCE.md": "Invented.\n"}
    files |= {file: _toml({table: pack[part]}) for part, (file, table) in _TABLES.items()}
    files["services/roads.toml"] = _toml({"group": pack["groups"], "service": pack["services"]})
    files |= {f"words/{language}.toml": _toml(words) for language, words in pack["words"].items()}
    for name, text in (files | pack["extra_files"]).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _toml(table: Raw) -> str:
    """The table as TOML, inner tables inline."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return json.dumps(key)
