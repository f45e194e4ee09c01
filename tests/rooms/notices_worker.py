"""A process that sends due mail and dies with a message sent and not recorded: for the test that wants nothing lost.

Run with the address of a database, the port of a mail server, and how many messages are sent before it dies.
"""

from __future__ import annotations

import os
import signal
import sys


def main(url: str, port: str, deadly: str) -> None:
    """Messages were sent until the deadly one."""
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.settings"
    import django

    django.setup()
    from answerable.channels.email.carrier import MailCarrier
    from answerable.notices import followers
    from answerable.notices.ports import NotTaken, Parcel, Taken
    from answerable.plumbing import mail

    class Deadly(MailCarrier):
        """Dies with the answer in its hands."""

        left = int(deadly)

        def carry(self, parcel: Parcel) -> Taken | NotTaken:
            """What became of the parcel, if anybody lives to hear it."""
            result = super().carry(parcel)
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

    post = mail.SmtpPost(host="127.0.0.1", port=int(port), sender="no-reply@northbridge.example")
    followers.send_due(Deadly(post))


if __name__ == "__main__":
    main(*sys.argv[1:])
