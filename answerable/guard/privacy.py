"""What the guard keeps about people: nothing; `by` is a staff number, `words` what the city tells everybody alike."""

from answerable.plumbing.privacy import PLAIN

COLUMNS = {
    **{f"Surge.{name}": PLAIN for name in ("key", "reason", "words", "chosen", "by")},
    "Member.outcome": PLAIN,
}
