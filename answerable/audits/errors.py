"""What the audits room refuses."""

from answerable.kernel.errors import AnswerableError


class UnknownAudit(AnswerableError):
    """There is no such closure to look at: open the list again."""

    code = "audit.unknown"


class AlreadyJudged(AnswerableError):
    """Somebody has judged this closure: a verdict is given once and stays."""

    code = "audit.already_judged"


class OwnWork(AnswerableError):
    """Who took part in a request may not judge how it was closed: leave it to a colleague."""

    code = "audit.own_work"


class NoGrounds(AnswerableError):
    """A verdict other than right needs words: say what was found."""

    code = "audit.no_grounds"


class NoVerdict(AnswerableError):
    """There is no such verdict: choose right, wrong or unclear."""

    code = "audit.no_verdict"
