"""What the audits room keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

COLUMNS = {
    "Audit.note": Declared(Content.WORDS, purpose="to say why a closure was wrong"),
    **{
        f"Audit.{name}": PLAIN
        for name in ("number", "department", "service_code", "outcome", "closed_by", "verdict", "judged_by")
    },
    "Draw.department": PLAIN,
    "Draw.seed": PLAIN,
}
