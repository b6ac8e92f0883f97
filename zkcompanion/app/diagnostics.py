"""What is known about faults, put together for a report that the user reads before it goes anywhere.

Nothing is sent. A report has versions, the machine, the settings that matter, the last log records and the last faults.
It has no inputs and nothing of a witness: log and faults are written without values, long numbers are struck out again
here, and the path of the home folder is cut to `~`, because it holds the user's name.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import psutil

from zkcompanion import __version__
from zkcompanion.app.about import about
from zkcompanion.app.bugreport import write_bug_report
from zkcompanion.app.crashmarks import CrashMarks, CrashView
from zkcompanion.app.processor import processor_features, processor_model
from zkcompanion.app.settings import usable_cpus
from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import CompanionError, FileError
from zkcompanion.base.logs import ROOT_NAME, RecentRecords, get_logger, redact
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.units import format_size

__all__ = ["CrashView", "Diagnostics"]

_LOG = get_logger(__name__)

#: Faults whose reports go into a report, the newest first.
_LAST_ERRORS = 3
_MAX_ERROR_CHARACTERS = 20_000


class Diagnostics:
    """Arguments:
        dirs: the user's folders.
        clock: for dates.
        settings: the settings that matter for a fault, by name; no paths, no names.

    Keeps the last log records from its making to `close`. Safe to call from several threads but for `watch_crashes`
    and `close`, which belong to the one that starts and ends the program.
    """

    def __init__(
        self, dirs: AppDirs, *, clock: Clock = SYSTEM_CLOCK, settings: Callable[[], Mapping[str, object]] = dict
    ) -> None:
        self._dirs = dirs
        self._clock = clock
        self._settings = settings
        self._marks = CrashMarks(dirs, clock)
        self._records = RecentRecords()
        self._logger = logging.getLogger(ROOT_NAME)
        self._logger.addHandler(self._records)

    def watch_crashes(self) -> None:
        """Look how the last run ended, and note that this one runs; a fault here is logged and stops nothing."""
        try:
            self._marks.collect()
            self._marks.begin()
        except (OSError, FileError) as error:
            _LOG.warning("Crashes cannot be watched (%s).", type(error).__name__)

    def last_crash(self) -> CrashView | None:
        """The last run that crashed or was killed and that nobody dismissed; None where there is none."""
        found = self._crashes()
        return found[0] if found else None

    def dismiss_crash(self) -> None:
        """The user has seen it."""
        with contextlib.suppress(FileError):
            self._marks.dismiss()

    def forget(self) -> None:
        """Delete the reports of past faults and crashes; the log of this run stays until its end."""
        self.dismiss_crash()
        for path in self._error_reports():
            with contextlib.suppress(OSError):
                path.unlink()

    def record(self, error: BaseException, where: str) -> Path | None:
        """Write down what is known of an unexpected error, without values; the file, None where that fails.

        `where` is a name of ours, such as a page's or a task's, and never a text of the user's.
        """
        return write_bug_report(error, where, self._records.lines(), dirs=self._dirs, clock=self._clock)

    def report(self) -> str:
        """All of it as text, lines ended by line feeds; takes a moment, so not for the thread that draws."""
        lines = [line for section in self._sections() for line in section]
        return _without_places(redact("\n".join(lines))) + "\n"

    def save(self, path: Path, text: str | None = None) -> None:
        """Write a report to a place of the user's choice: `text` as it was read, else a new one.

        Raises: FileError.
        """
        content = self.report() if text is None else text
        try:
            write_atomic(path, content.encode("utf-8", "backslashreplace"))
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise FileError(msg("The report cannot be written: {why}.", why=why), file=str(path)) from error

    def close(self) -> None:
        """This run ends by itself; idempotent."""
        self._marks.end()
        self._logger.removeHandler(self._records)

    def _crashes(self) -> tuple[CrashView, ...]:
        with contextlib.suppress(FileError):
            return self._marks.ended_badly()
        return ()

    # -- the report ----------------------------------------------------------------------------------------------------

    def _sections(self) -> Iterator[list[str]]:
        yield [f"ZK Companion {__version__}, {_date(self._clock.unix_s())}", ""]
        yield ["System", *_machine(), ""]
        yield ["Libraries", *(f"  {part.name} {part.version}" for part in about().parts), ""]
        yield ["Settings", *(f"  {name}: {value}" for name, value in self._settings().items()), ""]
        for crash in self._crashes():
            yield [f"A run of {crash.version} that began {_date(crash.started_unix_s)} was not closed: {crash.ending}"]
            yield [*(f"  {line}" for line in crash.trace.splitlines()), ""]
        for path in self._error_reports()[:_LAST_ERRORS]:
            with contextlib.suppress(OSError):
                text = path.read_text("utf-8", "replace")[:_MAX_ERROR_CHARACTERS]
                yield [f"Fault {path.name}", *(f"  {line}" for line in text.splitlines()), ""]
        yield ["Log", *(f"  {line}" for line in self._records.lines())]

    def _error_reports(self) -> list[Path]:
        """Newest first."""
        with contextlib.suppress(CompanionError):
            return sorted((self._dirs.state / "errors").glob("error-*.txt"), reverse=True)
        return []


def _machine() -> Iterator[str]:
    memory = psutil.virtual_memory()
    yield f"  Python {platform.python_version()} on {platform.platform()}"
    yield f"  Processor: {processor_model()}, {os.cpu_count()} logical processors, {usable_cpus()} for this program"
    yield f"  Features: {' '.join(processor_features()) or 'unknown'}"
    yield f"  Memory: {format_size(memory.total)}, {format_size(memory.available)} free"


def _date(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _without_places(text: str) -> str:
    """The user's name stands in the path of the home folder; it is none of the report's business."""
    with contextlib.suppress(RuntimeError):
        home = str(Path.home())
        if len(home) > 1:
            text = text.replace(home, "~")
    return text
