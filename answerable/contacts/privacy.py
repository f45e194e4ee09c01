"""What the contacts room keeps about people."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

_WHO = Declared(Content.IDENTITY, purpose="to know whom the city answers")
_REACH = Declared(Content.REACH, purpose="to send news of a request")

COLUMNS = {
    "Contact.name": _WHO,
    "Contact.email": _REACH,
    "Contact.phone": _REACH,
    "Contact.email_key": _REACH,
    "Contact.phone_key": _REACH,
    "Contact.address": Declared(Content.PLACE, purpose="to tell apart people of one name"),
    "Contact.postal": Declared(Content.PLACE, purpose="to open a request with number and postal code"),
    "Contact.search_key": _WHO,
    "Contact.language": PLAIN,
    "Contact.news_by": PLAIN,
    "Contact.needs": Declared(Content.WORDS, purpose="to serve somebody as they need"),
    "Contact.privacy_version": PLAIN,
    "Consent.message_class": PLAIN,
    "Consent.way": PLAIN,
    "Consent.source": PLAIN,
    "Device.subject": PLAIN,
    "Device.link": PLAIN,
    "Device.endpoint": _REACH,
    "Device.public_key": _REACH,
    "Device.secret": _REACH,
    "Device.language": PLAIN,
}
