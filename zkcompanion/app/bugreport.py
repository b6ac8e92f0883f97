"""What is kept about an error of ours: where it happened and what the log said, never the error's own text.

An unexpected exception's text may hold a value of an input (`invalid literal for int(): '1234'`), so only its type and
the frames are written.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from zkcompanion import __version__
from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.paths import AppDirs, make_private_folder
from zkcompanion.base.redaction import frames, redact, redact_kept

_KEPT = 20
_PREFIX = "error-"


def describe(error: BaseException) -> str:
    """The error, what caused it, and its frames: file, line, function and source line; no values."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        name = f"{type(current).__module__}.{type(current).__qualname__}"
        # the sentences of our own errors are made without values
        lines.append(f"{name}: {current}" if isinstance(current, CompanionError) else name)
        lines += frames(current)
        current = current.__cause__ or current.__context__
        if current is not None:
            lines.append("caused by or while handling:")
    return redact_kept("\n".join(lines))


def write_bug_report(
    error: BaseException,
    command: str,
    records: Sequence[str],
    *,
    dirs: AppDirs | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Path | None:
    """Write a report into the state folder and return its path; None where that cannot be written.

    `command` is the command's name without its arguments, `records` the last lines of the log.
    """
    return write_described(describe(error), command, records, dirs=dirs, clock=clock)


def write_described(
    description: str,
    command: str,
    records: Sequence[str],
    *,
    dirs: AppDirs | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Path | None:
    """As `write_bug_report`, for an error of another process, which `describe` has put into words there."""
    head = (
        f"zkcompanion {__version__}",
        f"Python {platform.python_version()} on {platform.platform()}",
        f"command: {command}",
        "",
    )
    text = "\n".join((*head, redact(description), "", *map(redact, records))) + "\n"
    stamp = datetime.fromtimestamp(clock.unix_s(), UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    try:
        folder = make_private_folder((dirs or AppDirs()).state / "errors")
        path = folder / f"{_PREFIX}{stamp}.txt"
        write_atomic(path, text.encode("utf-8", "backslashreplace"))
        for old in sorted(folder.glob(f"{_PREFIX}*.txt"))[:-_KEPT]:
            with contextlib.suppress(OSError):
                old.unlink()
    except (OSError, CompanionError):
        return None
    return path
