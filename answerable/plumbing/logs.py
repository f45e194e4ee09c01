"""Log lines a person can read: a constant name, then values."""

from __future__ import annotations

import logging

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """`21:04:11 info  handoff.delivered handoff=7 seconds=0.4`, with a traceback below when there is one."""

    default_time_format = "%H:%M:%S"

    def format(self, record: logging.LogRecord) -> str:
        """One line for the record, extras as `name=value`."""
        extras = " ".join(f"{name}={value}" for name, value in vars(record).items() if name not in _STANDARD)
        time = self.formatTime(record, self.default_time_format)
        line = f"{time} {record.levelname.lower():<7} {record.getMessage()}"
        line = f"{line} {extras}" if extras else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
