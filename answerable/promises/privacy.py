"""What the promises room keeps about people: nothing; `by` names a role or a staff number."""

from answerable.plumbing.privacy import PLAIN

COLUMNS = {
    **{f"Promise.{name}": PLAIN for name in ("target", "unit", "calendar", "source", "state", "pauses")},
    **{f"LedgerEntry.{name}": PLAIN for name in ("entry", "by", "body")},
    **{f"MeasuredCurve.{name}": PLAIN for name in ("target", "service_code", "area_key", "season", "knots")},
}
