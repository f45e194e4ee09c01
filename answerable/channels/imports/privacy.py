"""What the imports keep about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

COLUMNS = {
    "Row.raw": Declared(Content.WORDS, purpose="to show what another record said of a request, word for word"),
    "Row.key": PLAIN,
    "Row.reason": PLAIN,
    "Run.report": Declared(Content.WORDS, purpose="to show examples of rows that were mended or refused"),
    "Run.header": PLAIN,
    "Run.options": PLAIN,
    "Run.file": PLAIN,
    "Run.fingerprint": PLAIN,
    "Run.by": PLAIN,
    "Source.pack": PLAIN,
    "Source.layout": PLAIN,
}
