"""What the intake room keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

COLUMNS = {
    "Enquiry.words": Declared(Content.WORDS, purpose="to know what was asked and not answered"),
    "Draft.filled": Declared(Content.WORDS, purpose="a report between two pages", erased_to="row deleted after a day"),
    "DraftPhoto.file": Declared(Content.WORDS, purpose="a picture between two pages"),
    **{f"Enquiry.{name}": PLAIN for name in ("key", "fingerprint", "channel", "language", "outcome", "referral", "by")},
    "Draft.language": PLAIN,
    "Draft.service_code": PLAIN,
    "DraftPhoto.key": PLAIN,
}
