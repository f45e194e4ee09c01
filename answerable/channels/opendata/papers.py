"""What lies beside the rows: dictionary, list of codes, data package, and the catalogue that portals harvest."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from answerable.catalogue.structs import OUTCOME_CODES
from answerable.channels.opendata.dictionary import columns, table_schema
from answerable.channels.opendata.files import FORMATS, PREFIX, ending, media_type
from answerable.channels.opendata.recipe import Recipe
from answerable.channels.opendata.rules import safe
from answerable.channels.opendata.store import File, Manifest
from answerable.kernel.languages import Text, in_language


def dictionary_csv() -> bytes:
    """Every column in words, in both languages."""
    heads = ("column", "type", "name_en", "name_fr", "description_en", "description_fr", "values")
    return _csv(
        heads,
        (
            (each.name, each.type, each.title["en"], each.title.get("fr", ""), each.text["en"],
             each.text.get("fr", ""), " ".join(each.values))
            for each in columns()
        ),
    )  # fmt: skip


def codes_csv(recipe: Recipe) -> bytes:
    """Every code that occurs in the columns, with its names."""
    return _csv(("list", "code", "name_en", "name_fr"), _codes(recipe))


def _codes(recipe: Recipe) -> Iterator[tuple[str, ...]]:
    def line(which: str, code: str, name: Text) -> tuple[str, ...]:
        return which, safe(code), safe(in_language(name, language="en")), safe(in_language(name, language="fr"))

    for service in recipe.services:
        if service.public is not None:
            yield line("service_code", service.code, service.name)
    for code, name in recipe.groups.items():
        yield line("service_group", code, name)
    for department in recipe.city.departments:
        yield line("agency_responsible", department.code, department.name)
    for outcome in OUTCOME_CODES:
        yield line("outcome", outcome, recipe.city.outcome(outcome).name)
    for area in recipe.city.areas.of_kind(recipe.wards, on=recipe.city.local_day(recipe.at)) if recipe.wards else ():
        yield line("ward", area.key, {"en": area.name, "fr": area.name})


def _csv(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(lines)
    return written.getvalue().encode()


def datapackage(recipe: Recipe, files: Iterable[File], *, name: str, base_url: str) -> dict[str, Any]:
    """The data package.  Source: https://specs.frictionlessdata.io/data-package/."""
    terms = recipe.terms
    return {
        "name": f"{recipe.city.id}-service-requests",
        "version": name,
        "created": recipe.at.isoformat(),
        "title": terms.title["en"],
        "title_fr": in_language(terms.title, language="fr"),
        "homepage": f"{base_url}/en/open-data/",
        "licenses": [{"title": terms.licence["en"], "path": _address(terms.licence_url, language="en")}],
        "sources": [{"title": terms.attribution["en"]}],
        "resources": [_resource(each, base_url=base_url) for each in files],
    }


def _resource(file: File, *, base_url: str) -> dict[str, Any]:
    name = file.name.split(".", 1)[0] + ending(file.name).replace(".", "-")
    rows = file.name.startswith("requests-")
    return {
        "name": name, "path": f"{base_url}{PREFIX}{file.name}", "format": ending(file.name).lstrip("."),
        "mediatype": media_type(file.name), "encoding": "utf-8", "bytes": file.size, "hash": f"sha256:{file.sha256}",
        **({"profile": "tabular-data-resource", "schema": table_schema()} if rows and ".csv" in file.name else {}),
    }  # fmt: skip


def _address(address: str | Text, *, language: str) -> str:
    return address if isinstance(address, str) else in_language(address, language=language)


def catalogue(recipe: Recipe, manifest: Manifest, *, base_url: str) -> dict[str, Any]:
    """The catalogue that data portals harvest.  Source: DCAT-US Schema v1.1, https://resources.data.gov/."""
    city, terms = recipe.city.pack.city, recipe.terms
    years = [part.year for part in manifest.parts if part.rows]
    bounds = city.bounds
    dataset = {
        "@type": "dcat:Dataset",
        "identifier": f"{base_url}{PREFIX}data.json#requests",
        "title": terms.title["en"],
        "description": "Service requests made to the city: what was asked, when, where, how it stands and how it ended."
        f" {manifest.provenance['en']}",
        "keyword": ["311", "service requests", "Open311", city.short_name],
        "modified": manifest.built_at.isoformat(),
        "publisher": {"@type": "org:Organization", "name": city.name["en"]},
        "contactPoint": {
            "@type": "vcard:Contact", "fn": city.name["en"], "hasEmail": f"mailto:{city.contact.email or 'none'}",
        },
        "accessLevel": "public",
        "accrualPeriodicity": "R/P1D",
        "language": list(city.languages),
        "license": _address(terms.licence_url, language="en"),
        "rights": terms.attribution["en"],
        "spatial": f"{bounds.west},{bounds.south},{bounds.east},{bounds.north}",
        **({"temporal": f"{min(years)}-01-01/{max(years)}-12-31"} if years else {}),
        "landingPage": f"{base_url}/en/open-data/",
        "describedBy": f"{base_url}{PREFIX}datapackage.json",
        "describedByType": "application/json",
        "distribution": [_distribution(each, base_url=base_url) for each in manifest.files if each.year],
    }  # fmt: skip
    return {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@id": f"{base_url}{PREFIX}data.json",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [dataset],
    }


def _distribution(file: File, *, base_url: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution", "title": file.name, "downloadURL": f"{base_url}{PREFIX}{file.name}",
        "mediaType": media_type(file.name), "format": FORMATS.get(ending(file.name), ""),
    }  # fmt: skip


def as_json(document: dict[str, Any]) -> bytes:
    """The document as people can read it too."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
