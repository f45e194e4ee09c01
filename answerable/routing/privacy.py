"""What the routing room keeps about people: nothing but a staff number and the note on a publication."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

COLUMNS = {
    "Ruleset.pack": PLAIN,
    "Ruleset.rules": PLAIN,
    "Ruleset.published_by": PLAIN,
    "Ruleset.note": Declared(Content.WORDS, purpose="to know why routing was changed"),
}
