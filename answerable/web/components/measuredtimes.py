"""The standard beside what is true: how long such requests really took, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answerable.catalogue.city import City
from answerable.promises import measured
from answerable.promises.rules import Kind
from answerable.web.components import formats


@dataclass(frozen=True, slots=True)
class MeasuredTimes:
    """What is known of such requests, in sentences; `warning` is empty while the standard is being met."""

    text: str
    basis: str
    warning: str


def measured_times(city: City, *, service: str, area: str, due: datetime | None, now: datetime) -> MeasuredTimes | None:
    """How long half and four of five such requests took there in that season; None where too little is known."""
    known = measured.experience().of(target=Kind.COMPLETION, service=service, area=area, day=city.local_day(now))
    if known is None or known.curve.half_seconds is None:
        return None
    half, most = formats.time_words(known.curve.half_seconds), known.curve.most_seconds
    text = _("Half of such requests are done after %(half)s.") % {"half": half}
    if most is not None:
        said = {"half": half, "most": formats.time_words(most)}
        text = _("Half of such requests are done after %(half)s, four of five after %(most)s.") % said
    count = known.curve.ended
    basis = ngettext("Measured on %(num)d earlier request.", "Measured on %(num)d earlier requests.", count)
    is_met = due is None or known.is_met(length=due - now)
    return MeasuredTimes(
        text=text,
        basis=basis % {"num": count},
        warning="" if is_met else _("This standard is not being met now: do not promise it without saying so."),
    )
