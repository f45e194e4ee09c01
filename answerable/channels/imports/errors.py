"""What an import as a whole is refused for; single rows are refused in its report."""

from __future__ import annotations

from answerable.kernel.errors import AnswerableError


class UnknownLayout(AnswerableError):
    """The columns fit no known layout: rename them to the canonical form, or describe the layout."""

    code = "import.unknown_layout"


class UnreadableFile(AnswerableError):
    """The file cannot be read as what its name or content says: save it again, or convert it to CSV."""

    code = "import.unreadable"


class NoHistoricService(AnswerableError):
    """The city pack has no service for what it does not know: add one with `historic = true` and a mapping."""

    code = "import.no_historic_service"


class AlreadyRunning(AnswerableError):
    """The same kind of file is being imported right now: wait until that import has ended."""

    code = "import.already_running"
