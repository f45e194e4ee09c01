"""The words of a city pack for work that several departments do, one after the other or side by side."""

from __future__ import annotations

from answerable.catalogue.grammar import Code, ServiceCode, Strict, Text


class Activity(Strict, frozen=True, kw_only=True):
    """One part of a service's work: a request of its own, begun when the parts named in `after` are done.

    It is another service, or the same one given to a department and queue directly.
    """

    code: Code
    name: Text
    service: ServiceCode = ""
    department: str = ""
    queue: str = ""
    after: tuple[Code, ...] = ()
