"""The city's requests as open data: what there is, how it is protected, a look inside, and every file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels.opendata import preview, queries
from answerable.channels.opendata.dictionary import columns
from answerable.channels.opendata.files import PREFIX
from answerable.channels.opendata.preview import Preview, Row
from answerable.channels.opendata.store import File, Manifest, YearPart
from answerable.kernel.errors import AnswerableError
from answerable.kernel.languages import in_language
from answerable.web.components import formats

SHOWN_ROWS: Final = 20
"""Units: rows of the look inside."""

_UNITS: Final = ("kB", "MB", "GB", "TB")
_STEP: Final = 1000
_HYPHEN: Final = "\N{NON-BREAKING HYPHEN}"
"""So that a date stays on one line on a telephone."""

WHERE: Final = {
    "exact": gettext_lazy("Exact place"),
    "block": gettext_lazy("Block: rounded to about 100 metres"),
    "random_500m": gettext_lazy("Moved by 100 to 500 metres"),
    "neighbourhood": gettext_lazy("Neighbourhood only"),
    "postal_prefix": gettext_lazy("First half of the postal code only"),
    "ward": gettext_lazy("Ward only"),
    "none": gettext_lazy("No place"),
}
"""How exactly a row says where, in words."""

KINDS: Final = {
    "string": gettext_lazy("text"),
    "datetime": gettext_lazy("instant"),
    "date": gettext_lazy("day"),
    "yearmonth": gettext_lazy("month"),
    "integer": gettext_lazy("whole number"),
    "number": gettext_lazy("number"),
}
"""The kinds of column in words."""

STATUS: Final = {"open": gettext_lazy("Open"), "closed": gettext_lazy("Closed")}


@dataclass(frozen=True, slots=True)
class Download:
    """One file to load: what it is called here, where it is, and how large."""

    label: str
    href: str
    size: str
    about: str


@dataclass(frozen=True, slots=True)
class YearLine:
    """The files of a year."""

    year: int
    rows: int
    downloads: tuple[Download, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the look inside, in the page's language."""

    requested: str
    service: str
    status: str
    where: str
    precision: str | Promise
    number: str


@dataclass(frozen=True, slots=True)
class Look:
    """The look inside: what was asked for, how many rows fit, and some of them."""

    year: int
    service: str
    ward: str
    count: int
    rows: tuple[Shown, ...]
    services: tuple[tuple[str, str], ...]
    wards: tuple[tuple[str, str], ...]


@require_GET
def published(request: HttpRequest) -> HttpResponse:
    """Everything about the open data on one page; when nothing is published yet, it says so."""
    manifest = _published()
    if manifest is None:
        return render(request, "portal/open_data.html", {"manifest": None})
    years = [_line(part) for part in reversed(manifest.parts) if part.rows]
    context = {
        "manifest": manifest, "years": years, "look": _look(request, manifest, catalogue.active()),
        "columns": columns(), "precisions": _precisions(manifest), "cite": _cite(request, manifest),
        "papers": [_download(each, about="") for each in manifest.others], "prefix": PREFIX,
        "changes": [each for each in reversed(manifest.changes) if each.rows != each.rows_before],
        "kinds": KINDS, "year_choices": [(str(line.year), str(line.year)) for line in years],
    }  # fmt: skip
    return render(request, "portal/open_data.html", context)


def _published() -> Manifest | None:
    try:
        return queries.published().published()
    except AnswerableError:
        return None


def _language() -> str:
    return get_language() or "en"


def size_words(size: int) -> str:
    """A size as people read it: 1,234,567 bytes are 1.2 MB."""
    value, unit = size / _STEP, 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{formats.number(round(value, 1))} {_UNITS[unit]}"


def _line(part: YearPart) -> YearLine:
    found = {each.name: each for each in part.files}
    kinds = {
        f"requests-{part.year}.csv": "CSV",
        f"requests-{part.year}.csv.gz": "CSV.gz",
        f"requests-{part.year}.parquet": "Parquet",
        f"requests-{part.year}.geojson": "GeoJSON",
        f"requests-{part.year}.geojson.gz": "GeoJSON.gz",
        f"georeport-bulk-{part.year}.csv": "GeoReport Bulk",
    }
    downloads = (_download(found[name], label=label, about=str(part.year)) for name, label in kinds.items())
    return YearLine(year=part.year, rows=part.rows, downloads=tuple(downloads))


def _download(file: File, *, label: str = "", about: str) -> Download:
    return Download(label=label or file.name, href=PREFIX + file.name, size=size_words(file.size), about=about)


def _precisions(manifest: Manifest) -> list[tuple[str | Promise, int]]:
    """How many rows say where how exactly, the most exact first."""
    counts = {name: sum(part.by_precision.get(name, 0) for part in manifest.parts) for name in WHERE}
    return [(WHERE[name], count) for name, count in counts.items() if count]


def _cite(request: HttpRequest, manifest: Manifest) -> str:
    """How to name the source in a work."""
    said = {
        "city": in_language(manifest.city, language=_language()),
        "title": in_language(manifest.title, language=_language()),
        "build": manifest.name,
        "day": formats.local_date(manifest.built_at, "full"),
        "address": request.build_absolute_uri(request.path),
    }
    return _("%(city)s, %(title)s, build %(build)s of %(day)s, %(address)s") % said


def _look(request: HttpRequest, manifest: Manifest, city: City) -> Look | None:
    years = [part.year for part in manifest.parts if part.rows]
    folder = queries.published().folder()
    if not years or folder is None:
        return None
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else max(years)
    inside = preview.read(folder.resolve(), year)
    services, wards = _services(inside, city), _wards(inside)
    service, ward = request.GET.get("service", ""), request.GET.get("ward", "")
    service = service if service in dict(services) else ""
    ward = ward if ward in dict(wards) else ""
    count, rows = inside.matching(service=service, ward=ward, limit=SHOWN_ROWS)
    return Look(
        year=year, service=service, ward=ward, count=count, rows=tuple(map(_shown, rows)), services=services,
        wards=wards,
    )  # fmt: skip


def _services(inside: Preview, city: City) -> tuple[tuple[str, str], ...]:
    named = {row.service_code: _service_name(row) for row in inside.rows if row.service_code}
    for code in inside.services():
        if city.has_service(code):
            named[code] = in_language(city.service(code).name, language=_language())
    return tuple(sorted(((code, named.get(code, code)) for code in inside.services()), key=lambda each: each[1]))


def _wards(inside: Preview) -> tuple[tuple[str, str], ...]:
    names = {row.ward: row.ward_name for row in inside.rows if row.ward}
    return tuple((ward, _ward_words(ward, names.get(ward))) for ward in inside.wards())


def _ward_words(ward: str, name: str | None) -> str:
    return f"{ward} · {name}" if name and name != ward else ward


def _service_name(row: Row) -> str:
    name = row.service_name_fr if _language().startswith("fr") else row.service_name
    return name or row.service_name or row.service_group or ""


def _shown(row: Row) -> Shown:
    where = row.neighbourhood_name or (_ward_words(row.ward, row.ward_name) if row.ward else "") or row.postal_prefix
    return Shown(
        requested=(row.requested_date or row.requested_month or str(row.requested_year or "")).replace("-", _HYPHEN),
        service=_service_name(row),
        status=str(STATUS.get(row.status or "", row.status or "")),
        where=where or "–",
        precision=WHERE.get(row.location_precision or "", ""),
        number=row.service_request_id or "",
    )
