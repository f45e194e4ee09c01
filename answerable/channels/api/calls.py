"""Every call of the JSON door, declared once: the door answers by it, and its descriptions are written from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from answerable.channels.api import hookschemas as hooks
from answerable.channels.api import schemas
from answerable.channels.api.asking import Asked
from answerable.channels.api.errors import NoSuchPath, WrongMethod
from answerable.channels.openapi import OpenApi
from answerable.staff.rules import Scope

BASE: Final = "/api/v1"

PATH_PARTS: Final[Mapping[str, str]] = {
    "number": "The number of a request, as printed or as it was heard: 26-0184213-7.",
    "code": "The code of a service.",
    "webhook": "The subscription, as it was named when it was made.",
    "delivery": "The message, by its `webhook-id`.",
}
"""What stands in the braces of a path; all of them are words."""

HEADERS: Final[Mapping[str, tuple[str, bool]]] = {
    "X-API-Key": ("The key the city gave to the program.", True),
    "Idempotency-Key": (
        "A name of your own for this telling: 8 to 80 letters, digits, dots, colons, hyphens or underscores. The same"
        " telling under the same key is one.",
        True,
    ),
    "Accept-Language": ("The languages the program likes, best first.", False),
}
"""What the headers a call reads mean, and whether the call needs them."""

EVERYWHERE: Final = (400, 403, 413, 429, 500, 503)
"""The refusals any call may give."""

REFUSALS: Final[Mapping[int, str]] = {
    400: "What was sent cannot be read or is wrong; every fault with its field.",
    403: "The API key is unknown or lacks the scope.",
    404: "There is nothing of that name that everybody may see.",
    405: "The address has no such method; `Allow` names those it has.",
    409: "The idempotency key was used for something else, or there are as many as there may be.",
    413: "The body, the headers or the address are too large.",
    429: "Too many calls; `Retry-After` says how many seconds to wait.",
    500: "The door failed; the city's log says where.",
    503: "The database is away; `Retry-After` says how many seconds to wait.",
}
"""What each status of a refusal means; the body is always `Problems`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its address, who may make it, what goes in and what comes out.

    `answers` names the struct of each good status (None: no body); `refusals` come on top of `EVERYWHERE`.
    """

    name: str
    method: str
    path: str
    about: str
    answers: Mapping[int, type[msgspec.Struct] | None]
    scope: str | None = None
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    headers: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        """What an address of the call looks like, its parts named."""
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))

    @property
    def path_parts(self) -> tuple[str, ...]:
        """The names in the braces of the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def all_headers(self) -> Mapping[str, bool]:
        """The headers it reads, and whether it needs them; a key that is not needed only raises the limit."""
        return {"X-API-Key": self.scope is not None} | {name: HEADERS[name][1] for name in self.headers}

    @property
    def all_refusals(self) -> tuple[int, ...]:
        """Every status of a refusal it may give."""
        return tuple(sorted({*EVERYWHERE, *self.refusals}))


_HOOK: Final = f"{BASE}/webhooks/{{webhook}}"
_MANAGE: Final = Scope.MANAGE_WEBHOOKS.value

WEBHOOK_CALLS: Final = (
    Call(
        name="list_webhooks", method="GET", path=f"{BASE}/webhooks", scope=_MANAGE,
        about="The program's subscriptions to news.", answers={200: hooks.WebhookList},
    ),
    Call(
        name="add_webhook", method="POST", path=f"{BASE}/webhooks", scope=_MANAGE, headers=("Idempotency-Key",),
        about="Have news sent to an address; the secret is shown this once.", body=hooks.NewWebhook,
        answers={201: hooks.WebhookSecret}, refusals=(409,),
    ),
    Call(
        name="read_webhook", method="GET", path=_HOOK, scope=_MANAGE, about="One subscription.",
        answers={200: hooks.WebhookTold}, refusals=(404,),
    ),
    Call(
        name="end_webhook", method="DELETE", path=_HOOK, scope=_MANAGE, about="End a subscription for good.",
        answers={200: hooks.WebhookTold}, refusals=(404,),
    ),
    Call(
        name="pause_webhook", method="POST", path=f"{_HOOK}/pause", scope=_MANAGE,
        about="Send nothing for now; news gathers.", answers={200: hooks.WebhookTold}, refusals=(404,),
    ),
    Call(
        name="resume_webhook", method="POST", path=f"{_HOOK}/resume", scope=_MANAGE,
        about="Send what has gathered, and what comes.", answers={200: hooks.WebhookTold}, refusals=(404,),
    ),
    Call(
        name="rotate_webhook", method="POST", path=f"{_HOOK}/secret", scope=_MANAGE, headers=("Idempotency-Key",),
        about="A new secret; the old one signs, too, for a day.", answers={200: hooks.WebhookSecret}, refusals=(404,),
    ),
    Call(
        name="ping_webhook", method="POST", path=f"{_HOOK}/ping", scope=_MANAGE, headers=("Idempotency-Key",),
        about="Try the way with a message that says nothing.", answers={202: hooks.Pinged}, refusals=(404,),
    ),
    Call(
        name="list_deliveries", method="GET", path=f"{_HOOK}/deliveries", scope=_MANAGE,
        about="What was sent to a subscription, newest first.", query=hooks.DeliveryQuery,
        answers={200: hooks.DeliveryList}, refusals=(404,),
    ),
    Call(
        name="read_delivery", method="GET", path=f"{_HOOK}/deliveries/{{delivery}}", scope=_MANAGE,
        about="One message and every try to bring it.", answers={200: hooks.DeliveryTold}, refusals=(404,),
    ),
    Call(
        name="resend_delivery", method="POST", path=f"{_HOOK}/deliveries/{{delivery}}/resend", scope=_MANAGE,
        about="Send a message again, under its own id.", answers={202: hooks.Resent}, refusals=(404,),
    ),
    Call(
        name="resend_failed", method="POST", path=f"{_HOOK}/resend", scope=_MANAGE,
        about="Send every message again that was given up.", answers={202: hooks.Resent}, refusals=(404,),
    ),
)  # fmt: skip
"""Calls about webhooks; `subscribing.SUBSCRIBING` answers them."""

CALLS: Final = (
    Call(
        name="index", method="GET", path=f"{BASE}/", about="What the door offers, and whose it is.",
        headers=("Accept-Language",), answers={200: schemas.Index},
    ),
    Call(
        name="openapi", method="GET", path=f"{BASE}/openapi.json", about="This door described for machines.",
        answers={200: OpenApi},
    ),
    Call(
        name="log_request", method="POST", path=f"{BASE}/requests", scope=Scope.WRITE_REQUESTS.value,
        about="Log a request; 200 instead of 201 when the telling was known.", headers=("Idempotency-Key",),
        body=schemas.NewRequest, answers={201: schemas.Logged, 200: schemas.Logged}, refusals=(409,),
    ),
    Call(
        name="read_request", method="GET", path=f"{BASE}/requests/{{number}}",
        about="A public request; private ones and those that never were look alike.",
        headers=("Accept-Language",), answers={200: schemas.PublicRequest}, refusals=(404,),
    ),
    Call(
        name="list_requests", method="GET", path=f"{BASE}/requests", about="A page of the public list.",
        query=schemas.PublicQuery, headers=("Accept-Language",), answers={200: schemas.PublicList},
    ),
    Call(
        name="read_timeline", method="GET", path=f"{BASE}/requests/{{number}}/timeline",
        about="What happened to a public request, in words and in codes.", headers=("Accept-Language",),
        answers={200: schemas.Timeline}, refusals=(404,),
    ),
    Call(
        name="read_promise", method="GET", path=f"{BASE}/requests/{{number}}/promise",
        about="What was promised for a public request: both targets, clock, pauses and ledger.",
        headers=("Accept-Language",), answers={200: schemas.Promised}, refusals=(404,),
    ),
    Call(
        name="read_handoffs", method="GET", path=f"{BASE}/requests/{{number}}/handoffs",
        about="The three proofs of a public request, proved or not, and its hand-offs to departments.",
        headers=("Accept-Language",), answers={200: schemas.Handoffs}, refusals=(404,),
    ),
    Call(
        name="list_services", method="GET", path=f"{BASE}/services", about="Everything that can be asked for.",
        headers=("Accept-Language",), answers={200: schemas.ServiceList},
    ),
    Call(
        name="read_service", method="GET", path=f"{BASE}/services/{{code}}",
        about="One service: its questions, its promise, when to stop.", headers=("Accept-Language",),
        answers={200: schemas.ServiceTold}, refusals=(404,),
    ),
    Call(
        name="list_areas", method="GET", path=f"{BASE}/areas",
        about="The areas in force today, as lists can be narrowed to them.",
        query=schemas.AreaQuery, answers={200: schemas.AreaList},
    ),
    Call(
        name="list_office_requests", method="GET", path=f"{BASE}/office/requests", scope=Scope.READ_OFFICE.value,
        about="A page of the office's list, without confidential requests.", query=schemas.OfficeQuery,
        answers={200: schemas.RequestList},
    ),
    *WEBHOOK_CALLS,
)  # fmt: skip
"""Every call of the door: nobody's key is asked where there is no scope."""

CALL_LINES: Final = tuple(
    schemas.CallLine(method=call.method, path=call.path, scope=call.scope, about=call.about) for call in CALLS
)

_PATTERNS: Final = tuple((call.pattern, call) for call in CALLS)


def found(asked: Asked) -> tuple[Call, dict[str, str]]:
    """The call that was made, and the parts of its path by name.  Raises: NoSuchPath; WrongMethod."""
    here = {
        call.method: (call, match.groupdict())
        for pattern, call in _PATTERNS
        if (match := pattern.fullmatch(asked.path))
    }
    if not here:
        raise NoSuchPath(f"There is nothing at {asked.path[:100]}.", field="path", remedy=f"See {BASE}/.")
    method = "GET" if asked.method == "HEAD" else asked.method
    if method not in here:
        allowed = ", ".join([*here, *(["HEAD"] if "GET" in here else [])])
        raise WrongMethod(
            f"{asked.path[:100]} has no {asked.method[:20]}.",
            field="method", value=allowed, remedy=f"Use {allowed}.",
        )  # fmt: skip
    return here[method]
