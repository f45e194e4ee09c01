"""The words of a city pack for what takes a department's work to another system; each kind has a struct of its own."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from answerable.catalogue.grammar import Code, Natural, Positive, ServiceCode, Strict

ConnectorCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""A connector's name; its key is known by it in the environment."""


class ConnectorBase(Strict, frozen=True, kw_only=True, tag_field="kind"):
    """What every kind of connector says: whose work goes there, how much is told, and how often it is looked after.

    `services` maps our codes to theirs; what is not in it stays in the office's pages.  `statuses` says what the other
    system's own words mean here.
    """

    code: ConnectorCode
    services: Annotated[dict[ServiceCode, str], msgspec.Meta(min_length=1)]
    statuses: dict[str, str] = {}
    place: Literal["point", "address", "none"] = "point"
    """How much of the place is passed on: with its coordinates, its address only, or nothing."""
    photos: bool = True
    contact: bool = False
    """Whether name, email and telephone of the requester are passed on."""
    forwards: bool = False
    """Whether requests that came in by Open311 are passed on too: without it, two cities cannot send in circles."""
    poll_seconds: Positive = 300
    silent_days: Positive = 14
    """After so many days without a word the other system is asked what became of the work."""
    language: Literal["", "en", "fr"] = ""
    """What the department reads; the city's own language if nothing is said."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    """How many senders work at once, so that one slow answer does not hold up the others."""

    @property
    def whereto(self) -> str:
        """Where it leads, in a word or two for lists."""
        return urlsplit(getattr(self, "endpoint", "")).hostname or ""


class Open311Connector(ConnectorBase, frozen=True, kw_only=True, tag="open311"):
    """Another GeoReport v2 server that gets a department's work.  Its key is never here, but in the environment.

    The three tables go by our service: `attributes` name their attribute for our question, `values` their value for our
    answer, by question, and `fixed` what is always sent, where `{description}` stands for the resident's words.
    """

    endpoint: str
    jurisdiction: str = ""
    attributes: dict[ServiceCode, dict[Code, str]] = {}
    values: dict[ServiceCode, dict[Code, dict[str, str]]] = {}
    fixed: dict[ServiceCode, dict[str, str]] = {}
    idempotent: bool = False
    """Whether the server honours `Idempotency-Key`: then nothing needs to be looked up before it is sent again."""


class MailConnector(ConnectorBase, frozen=True, kw_only=True, tag="mail"):
    """A department or contractor that gets its work by e-mail and answers on a page opened by the link in it.

    `services` maps our codes to the words its subject line begins with; `addresses` are those of single services.
    """

    to: str
    addresses: dict[ServiceCode, str] = {}
    link_days: Positive = 30
    """After so many days the link in the mail opens nothing, and a new one is asked for on its page."""

    @property
    def whereto(self) -> str:
        """The address."""
        return self.to


class RestConnector(ConnectorBase, frozen=True, kw_only=True, tag="rest"):
    """A work-order system that takes JSON and tells by signed webhook.  Its key is never here, but in the environment.

    `services` maps our codes to theirs; answers go under the codes of our questions.  The contract is
    docs/handbook/work-orders-api.md.
    """

    endpoint: str
    idempotent: bool = True
    """Whether the system recognises a repeated `Idempotency-Key`, as the contract asks; if not, we look before sending
    again."""


class FilesConnector(ConnectorBase, frozen=True, kw_only=True, tag="files"):
    """A department whose system takes files and leaves files: in a folder, or by SFTP.

    `columns` names their column or element (`Place/Street`, `@id`) for each of our fields; `acknowledgement` and `news`
    name, for our field, the column of the files that come back.  A password or key file belongs in the environment.
    """

    endpoint: str
    host_key: str = ""
    format: Literal["csv", "xml"] = "csv"
    send_to: str = "orders"
    acknowledged_in: str = "acknowledgements"
    news_in: str = "status"
    news_to: str = ""
    """Where our news of an order go; nowhere if empty."""
    columns: Annotated[dict[str, str], msgspec.Meta(min_length=1)]
    acknowledgement: dict[str, str] = {}
    news: dict[str, str] = {}
    root: str = "WorkOrders"
    record: str = "WorkOrder"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    quiet_seconds: Natural = 5
    """How long a file must have been left alone before it is taken for complete."""

    @property
    def whereto(self) -> str:
        """The host, or that it is a folder."""
        return urlsplit(self.endpoint).hostname or "folder"


Connector = Open311Connector | RestConnector | MailConnector | FilesConnector
"""Every kind there is; TOML's `kind` chooses."""
