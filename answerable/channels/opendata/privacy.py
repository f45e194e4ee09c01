"""What open data keeps about people: nothing; what it publishes is decided in rules.py."""

from answerable.plumbing.privacy import PLAIN

COLUMNS = {f"Build.{name}": PLAIN for name in ("state", "by", "name", "reason", "finding", "counts")}
