"""Imports: what was brought in from other records, what was mended, what was refused, with examples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.channels.imports import queries
from answerable.channels.imports.report import Example, Report, Tally
from answerable.plumbing import clock
from answerable.web.components.rendering import state_tag
from answerable.web.office import wording


@dataclass(frozen=True, slots=True)
class TallyLine:
    """A repair or refusal as the report shows it: its code, a sentence, how often, examples."""

    code: str
    words: str
    count: int
    examples: tuple[Example, ...]


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """Every import, newest first."""
    return render(request, "office/imports.html", {"runs": queries.runs(), "now": clock.now()})


@require_GET
def one_import(request: HttpRequest, run_id: int) -> HttpResponse:
    """The report of one import."""
    run = queries.run(run_id)
    if run is None:
        raise Http404
    return render(request, "office/import.html", {"run": run, **_told(run.report)})


def write_report(report: Report, file: Path) -> None:
    """The report is in that file: JSON for programs, else a page."""
    if file.suffix == ".json":
        account = msgspec.to_builtins(report) | {"refused": report.refused, "is_complete": report.is_complete}
        file.write_bytes(msgspec.json.format(msgspec.json.encode(account)))
        return
    file.write_text(
        render_to_string("office/import_file.html", _told(report) | {"language": get_language() or "en"}),
        encoding="utf-8",
    )


def _told(report: Report) -> dict[str, object]:
    """The report with the words of its codes."""
    city = catalogue.active()
    services = sorted(report.services.items(), key=lambda pair: -pair[1])
    return {
        "report": report,
        "refusals": _lines(report.refusals, refusal_words()),
        "repairs": _lines(report.repairs, repair_words()),
        "services": [(wording.service_name(city, code), count) for code, count in services],
        "states": [(state_tag(code).word, count) for code, count in report.states.items()],
        "unmapped": sorted(report.unmapped_types.items(), key=lambda pair: -pair[1]),
    }


def _lines(tallies: dict[str, Tally], words: dict[str, str]) -> list[TallyLine]:
    ordered = sorted(tallies.items(), key=lambda pair: -pair[1].count)
    return [TallyLine(code, words.get(code, code), tally.count, tuple(tally.examples)) for code, tally in ordered]


def refusal_words() -> dict[str, str]:
    """Why a row was not taken over, in words."""
    return {
        "broken_line": _("The line is broken: it has too few or too many cells, or a quotation mark without its pair."),
        "no_opening": _("It does not say when the request was made."),
        "opening_unreadable": _("What stands where the request's date should be is no date."),
        "opened_in_future": _("The request would have been made in the future."),
        "opened_too_early": _("The request would have been made before 1970."),
        "no_type": _("It does not say what was asked for."),
        "number_twice": _("An earlier row of the file has the same number."),
    }


def repair_words() -> dict[str, str]:
    """What was mended in rows that were taken over, in words."""
    return _repairs_of_cells() | _repairs_of_dates() | _repairs_of_places() | _repairs_of_meaning()


def _repairs_of_cells() -> dict[str, str]:
    return {
        "wrong_encoding": _("The line was in another encoding than the file; its accents were read in the other one."),
        "nul_removed": _("Characters that no text may hold were left out."),
        "key_given_twice": _("A name stood twice in the row; the later value counts."),
        "number_as_decimal": _("A whole number was written as a decimal, like 60620.0."),
        "words_cut": _("A text was longer than this system keeps; the untouched row has all of it."),
    }


def _repairs_of_dates() -> dict[str, str]:
    return {
        "opened_day_only": _("Only the day of the request is known: it counts from midnight."),
        "closed_day_only": _("Only the day of closing is known: it counts to the end of that day."),
        "hour_twice": _("The clock showed that hour twice: the first of the two was taken."),
        "hour_skipped": _("The clock skipped that hour: the time an hour later was taken."),
        "other_offset": _("The time was written in another time zone's clock; the instant is the same."),
        "half_day_by_order": _("Morning or afternoon had been lost and was restored from the order of the rows."),
        "half_day_by_likelihood": _(
            "Morning or afternoon had been lost and was guessed: right about nine times in ten."
        ),
        "minutes_tens_digit": _("The minutes hold only their tens: the time is right to ten minutes."),
        "closed_unreadable": _("What stands where the closing date should be is no date; it was left out."),
        "closed_impossible": _("The closing date is long before any request or in the future; it was left out."),
        "closed_before_opened": _("The request would have been closed before it was made; the closing was left out."),
        "closed_undated": _("The request is closed, but it does not say when."),
        "other_date_dropped": _("A date of change or due date cannot be right and was left out."),
    }


def _repairs_of_places() -> dict[str, str]:
    return {
        "streets_parted": _("Two street names run together were parted at the only possible place."),
        "streets_not_parted": _("The second street of a crossing is missing or cannot be told from the first."),
        "old_ward_laid": _("An old ward was laid on the ward of today that contains it."),
        "old_ward_uncertain": _(
            "An old ward lies in several wards of today: the largest part decided, with its share."
        ),
        "ward_unknown": _("No ward or neighbourhood of today or earlier has this name."),
        "ward_by_point": _("The position lies in another area than the one named: the position decided."),
        "point_unreadable": _("The position is no position and was left out."),
        "point_outside": _("The position lies outside the city and was left out."),
        "point_of_area": _("The position is the middle of an area, not the place itself."),
    }


def _repairs_of_meaning() -> dict[str, str]:
    return {
        "type_unmapped": _("No service is known for this type: it was kept as a historic one under its own name."),
        "status_unmapped": _("The state is not known here; the request counts as the city's mapping says."),
        "outcome_unmapped": _("How it ended is said in words that are not known here; the outcome was left open."),
        "channel_unmapped": _("How the request came is said in words that are not known here."),
        "double_report": _("The city marked it as a double report."),
        "open_kept_apart": _("It was still open there: it is shown as it was and enters no queue here."),
    }
