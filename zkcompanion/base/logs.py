"""Named loggers that cannot print a secret by accident, and the last records for a report.

Importing this module installs no handler: a program that uses ours as a library decides itself what it hears. Values of
witnesses and inputs are never logged on purpose; the filter here is the second lock, for a value that slipped into an
error text.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from typing import TextIO

ROOT_NAME = "zkcompanion"

#: 16 hexadecimal digits are 64 bits: enough to be a limb. 13 decimal digits: longer than a byte count of this decade.
_SECRET_LIKE = re.compile(r"0[xX][0-9a-fA-F]{13,}|[0-9a-fA-F]{16,}|[0-9]{13,}")
_REPLACEMENT = "[redacted]"

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def redact(text: str) -> str:
    """`text` with every long run of decimal or hexadecimal digits replaced."""
    return _SECRET_LIKE.sub(_REPLACEMENT, text)


class RedactingFilter(logging.Filter):
    """Rewrites a record in place so that every handler, ours or a host program's, sees only redacted text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, with message, arguments and traceback text redacted."""
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
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


class RecentRecords(logging.Handler):
    """Keeps the last records as text, for a report that the user reads before sharing it."""

    def __init__(self, capacity: int = 200) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(_FORMAT))
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
