"""What the promises room refuses."""

from __future__ import annotations

from answerable.kernel.errors import AnswerableError


class BadCalendar(AnswerableError):
    """The business calendar cannot be counted with: correct it in the city pack's calendars."""

    code = "promise.bad_calendar"


class CalendarTooShort(AnswerableError):
    """The due day lies beyond the days off the calendar knows: extend the calendar or lower the target."""

    code = "promise.calendar_too_short"


class BadTarget(AnswerableError):
    """The target cannot be promised: correct its amount, unit or share in the city pack's promises."""

    code = "promise.bad_target"


class NoTarget(AnswerableError):
    """No target of that kind fits the answers: make the last target of each kind unconditional."""

    code = "promise.no_target"


class BadPause(AnswerableError):
    """The pause is impossible: it ends before it starts, or it is still open where a closed one is needed."""

    code = "promise.bad_pause"


class NaiveInstant(AnswerableError):
    """The instant has no time zone: give an aware datetime."""

    code = "promise.naive_instant"


class BadRepromise(AnswerableError):
    """The new date is not in the future, or the promise is already settled: choose a later date or log it anew."""

    code = "promise.bad_repromise"
