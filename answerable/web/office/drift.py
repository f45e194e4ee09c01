"""Where our ledger and other systems disagree: what each comparison found, and the one click that settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from answerable.catalogue import queries as catalogue
from answerable.connectors import queries as connectors
from answerable.connectors import reconciling, remedies
from answerable.connectors.comparison import REMEDIES, Drift, Remedy
from answerable.connectors.views import DriftView, ReconciliationView
from answerable.kernel.errors import AnswerableError
from answerable.requests import queries as requests
from answerable.web.components.connectorfacts import DRIFTS
from answerable.web.components.connectorfacts import REMEDIES as SETTLED
from answerable.web.office import access, acts, wording

BUTTONS: Final[Mapping[str, str | Promise]] = {
    Remedy.APPLY: gettext_lazy("Follow theirs"),
    Remedy.TELL: gettext_lazy("Tell them ours"),
    Remedy.SEND_AGAIN: gettext_lazy("Send it again"),
    Remedy.LINK: gettext_lazy("Tie it to the request"),
    Remedy.ASK: gettext_lazy("Ask them"),
    Remedy.ACCEPT: gettext_lazy("Leave it as it is"),
}
FAILURES: Final[Mapping[str, str | Promise]] = {
    "most_unknown": gettext_lazy("They know hardly any of our work orders: not believed. Ask those who run it."),
    "not_named": gettext_lazy("The city pack does not name it any more."),
}
PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement as its line shows it."""

    row: DriftView
    number: str
    ours: str
    theirs: str
    buttons: Sequence[tuple[str, str]]
    needs_number: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One connector: how much disagrees, and its latest comparison."""

    code: str
    department: str
    counts: Sequence[tuple[str, str, int]]
    run: ReconciliationView | None
    failure: str


@require_GET
def drift(request: HttpRequest) -> HttpResponse:
    """What disagrees, with its remedies."""
    cards = _cards()
    kind, connector = request.GET.get("kind", ""), request.GET.get("connector", "")
    kind = kind if kind in set(Drift) else ""
    connector = connector if connector in {card.code for card in cards} else ""
    found = connectors.drifts(
        connector=connector, kind=kind, before=acts.number_in(request.GET.get("before", "")), limit=PAGE_SIZE + 1
    )
    settled = connectors.settled_drifts()
    numbers = _numbers([*found, *settled])
    context = {
        "cards": cards, "kind": kind, "connector": connector, "kinds": wording.choices(DRIFTS),
        "connectors": [(card.code, card.department) for card in cards],
        "findings": [_finding(row, numbers) for row in found[:PAGE_SIZE]], "kind_words": DRIFTS, "settled": settled,
        "settled_words": SETTLED, "numbers": numbers, "waiting": sum(connectors.tray_counts().values()),
        "open": sum(sum(each.values()) for each in connectors.drift_counts().values()),
        "following": found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
    }  # fmt: skip
    return render(request, "office/drift.html", context)


def _cards() -> list[Card]:
    counts = connectors.drift_counts()
    return [
        _card(department.connector.code, wording.said(department.name), counts.get(department.connector.code, {}))
        for department in catalogue.active().departments
        if department.connector is not None
    ]


def _card(code: str, department: str, counts: Mapping[str, int]) -> Card:
    run = connectors.last_reconciliation(code)
    failure = str(FAILURES.get(run.failure, run.failure)) if run else ""
    listed = [(kind, str(DRIFTS[kind]), counts[kind]) for kind in DRIFTS if kind in counts]
    return Card(code=code, department=department, counts=listed, run=run, failure=failure)


def _numbers(rows: Sequence[DriftView]) -> dict[int, str]:
    found = requests.rows_by_ids([row.request_id for row in rows if row.request_id is not None])
    return {request_id: row.number for request_id, row in found.items()}


def _finding(row: DriftView, numbers: Mapping[int, str]) -> Finding:
    number = numbers.get(row.request_id or 0, "")
    kind = Drift(row.kind)
    fitting = [each for each in REMEDIES[kind] if each is not Remedy.ACCEPT and _fits(each, row)]
    ours = str(wording.LIFECYCLE.get(row.our_state, "")) if row.our_state != "moved" else _("With another department")
    return Finding(
        row=row, number=number, ours=ours or "–", theirs=row.their_word.replace("_", " ") or "–",
        buttons=[(each.value, str(BUTTONS[each])) for each in fitting],
        needs_number=kind is Drift.UNKNOWN_TO_US and not number,
    )  # fmt: skip


def _fits(remedy: Remedy, row: DriftView) -> bool:
    """An order without a number cannot be asked about; one that another department has is not opened from there."""
    if remedy is Remedy.APPLY:
        return bool(row.their_word) and row.our_state != "moved"
    return True


@require_POST
def settle(request: HttpRequest, drift_id: int) -> HttpResponse:
    """The disagreement is settled as the person chose."""
    chosen = request.POST.get("remedy", "")
    try:
        remedy = Remedy(chosen) if chosen in set(Remedy) else Remedy.GONE
        remedies.settle_drift(
            drift_id, remedy, by=access.member_of(request).by, why=request.POST.get("why", "").strip(),
            number=request.POST.get("number", "").strip(),
        )  # fmt: skip
        messages.success(request, _("%(remedy)s.") % {"remedy": SETTLED[remedy]})
    except AnswerableError as error:
        messages.error(request, refusal(error))
    return HttpResponseRedirect(reverse("office:drift"))


def refusal(error: AnswerableError) -> str:
    """Why a remedy was not done, for the person who tried."""
    told: Mapping[str, str] = {
        "connector.unfit_remedy": _("This does not help here, or somebody settled it meanwhile."),
        "connector.not_with_them": _("The work of this request is not with that system now."),
        "connector.already_linked": _("This request, or their number, is tied already. Ask them to merge the two."),
    }
    return told.get(error.code) or wording.refusal(error)


@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    """That connector is compared now; the answer is on the page when it is done."""
    code = request.POST.get("connector", "")
    if code in connectors.connectors():
        reconciling.ask(code, by=access.member_of(request).by)
        messages.success(request, _("It is being compared. Load the page again in a moment."))
    return HttpResponseRedirect(reverse("office:drift"))
