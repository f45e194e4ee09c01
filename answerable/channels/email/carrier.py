"""Carries messages of the notices room by e-mail."""

from __future__ import annotations

from answerable.contacts.rules import Way
from answerable.notices.ports import Away, NotTaken, Parcel, Taken
from answerable.plumbing import mail
from answerable.plumbing.mail import BadMail, Mail, MailAway, MailRefused, Post


class MailCarrier:
    """Sends through the post of this installation; the Message-ID is the provider's id, by which bounces come home."""

    way = Way.EMAIL
    timeout_seconds = mail.TIMEOUT_SECONDS

    def __init__(self, post: Post) -> None:
        self._post = post

    def carry(self, parcel: Parcel) -> Taken | NotTaken:
        """What became of the parcel.  Raises: Away."""
        letter = Mail(
            to=parcel.address, subject=parcel.subject, text=parcel.text, html=parcel.html,
            key=f"notice/{parcel.key}", language=parcel.language, from_name=parcel.from_name, unsubscribe=parcel.stop,
        )  # fmt: skip
        try:
            sent = self._post.send(letter)
        except BadMail as bad:
            return NotTaken(str(bad), address_is_bad=str(bad) == "bad_address")
        except MailRefused as refused:
            return NotTaken(refused.reason, address_is_bad=refused.address_is_bad, status_code=refused.status_code)
        except MailAway as away:
            raise Away(away.reason, may_have_it=away.may_have_it, status_code=away.status_code) from away
        return Taken(provider_id=sent.message_id)

    def greet(self) -> str:
        """One line about the mail server, asked just now.  Raises: Away."""
        try:
            return self._post.greet()
        except MailAway as away:
            raise Away(away.reason, may_have_it=False) from away
