"""What open data refuses."""

from __future__ import annotations

from answerable.kernel.errors import AnswerableError


class NothingToPublishUnder(AnswerableError):
    """The city pack names no licence for open data: add `[open_data]` to its city.toml."""

    code = "opendata.no_licence"


class CheckFailed(AnswerableError):
    """The finished files do not keep what was promised: nothing was published, the former build stays; report it."""

    code = "opendata.check_failed"


class AlreadyBuilding(AnswerableError):
    """Another export is at work: wait until it has ended."""

    code = "opendata.already_building"


class BadManifest(AnswerableError):
    """The folder of published files cannot be read: run `./311 export` to build it anew."""

    code = "opendata.bad_manifest"
