"""What the Open311 door keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

COLUMNS = {
    "RemotePicture.url": Declared(Content.WORDS, purpose="to fetch the picture that came with a request"),
    "RemotePicture.state": PLAIN,
    "RemotePicture.reason": PLAIN,
    "Token.token": PLAIN,
    "Trial.key": PLAIN,
    "Trial.number": PLAIN,
    "Trial.told": Declared(Content.WORDS, purpose="to show a programmer for a day what was sent as a test"),
}
