"""Named loggers that cannot print a secret by accident, and the last records for a report.

Importing this module installs no handler: a program that uses ours as a library decides itself what it hears. Values of
witnesses and inputs are never logged on purpose; the filter here is the second lock, for a value that slipped into an
error text.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TextIO

from zkcompanion.base.redaction import frames, redact, redact_kept

ROOT_NAME = "zkcompanion"

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class RedactingFilter(logging.Filter):
    """Rewrites a record in place so that every handler, ours or a host program's, sees only redacted text.

    Of an exception its type and where it was raised are left: its text may hold a value.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, with message, arguments and traceback redacted."""
        try:
            record.msg = redact(record.getMessage())
        except Exception as failed:  # a log is not worth a fault, whatever an argument does
            record.msg = f"A record cannot be put together ({type(failed).__name__})."
        record.args = None
        if record.exc_info:
            error = record.exc_info[1]
            lines = [] if error is None else [type(error).__qualname__, *frames(error)]
            record.exc_text = redact("\n".join(lines)) or None
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


_FILTER = RedactingFilter()


def get_logger(name: str) -> logging.Logger:
    """The logger of a module (pass `__name__`), with the redacting filter on it."""
    full_name = name if name == ROOT_NAME or name.startswith(ROOT_NAME + ".") else f"{ROOT_NAME}.{name}"
    logger = logging.getLogger(full_name)
    if _FILTER not in logger.filters:
        logger.addFilter(_FILTER)
    return logger


class KeptFormatter(logging.Formatter):
    """For what stays: a record as text without paths and numbers (`redaction.redact_kept`)."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """One record; its head is our own."""
        return redact_kept(super().format(record))


class RecentRecords(logging.Handler):
    """Keeps the last records as text, for a report that the user reads before sharing it."""

    def __init__(self, capacity: int = 200) -> None:
        super().__init__()
        self.setFormatter(KeptFormatter())
        self.addFilter(_FILTER)
        self._lines: deque[str] = deque(maxlen=capacity)

    def emit(self, record: logging.LogRecord) -> None:
        """Format and keep one record (the base class holds the lock)."""
        self._lines.append(self.format(record))

    def lines(self) -> tuple[str, ...]:
        """The records kept, oldest first."""
        self.acquire()
        try:
            return tuple(self._lines)
        finally:
            self.release()


def start_logging(stream: TextIO, *, level: int = logging.WARNING) -> RecentRecords:
    """Send our records of at least `level` to `stream` and keep the last ones; called by a face, once, at its start.

    Called again (a test, a second face), the former handlers are replaced, never doubled.
    """
    root = get_logger(ROOT_NAME)
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    to_stream = logging.StreamHandler(stream)
    to_stream.setFormatter(logging.Formatter(_FORMAT))
    to_stream.setLevel(level)
    to_stream.addFilter(_FILTER)
    recent = RecentRecords()
    root.addHandler(to_stream)
    root.addHandler(recent)
    root.setLevel(min(level, logging.INFO))
    return recent
