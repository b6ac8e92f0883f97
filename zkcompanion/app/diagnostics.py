"""What is known about faults, put together for a report that the user reads before it goes anywhere.

Nothing is sent. A report has versions, the machine, the settings that matter, kernels, limits, the state of what is
kept, the last log records and the last faults. It has no inputs and nothing of a witness: log and faults are written
without values and paths, long numbers are struck out again here, and the path of the home folder is cut to `~`, because
it holds the user's name. Window and command line show and save this one text.
"""

from __future__ import annotations

import contextlib
import logging
import platform
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from zkcompanion import __version__
from zkcompanion.app.about import about
from zkcompanion.app.bugreport import write_bug_report
from zkcompanion.app.crashmarks import CrashMarks, CrashView
from zkcompanion.app.health import cache_lines, kernel_lines, limit_lines, storage_lines
from zkcompanion.app.machine import machine_lines
from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import CompanionError, FileError, error_of_system
from zkcompanion.base.logfile import last_lines, log_files
from zkcompanion.base.logs import ROOT_NAME, RecentRecords, get_logger
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.redaction import redact, redact_kept
from zkcompanion.hardware.detect import detect

__all__ = ["CrashView", "Diagnostics"]

_LOG = get_logger(__name__)

#: Faults whose reports go into a report, the newest first.
_LAST_ERRORS = 3
_MAX_ERROR_CHARACTERS = 20_000
#: Of the log that is kept.
_LAST_LINES = 200


class Diagnostics:
    """Arguments:
        dirs: the user's folders.
        clock: for dates.
        settings: the settings that matter for a fault, by name; no paths, no names.
        kernels: the family that is at work, None where nothing is loaded.

    Keeps the last log records from its making to `close`. Safe to call from several threads but for `watch_crashes`
    and `close`, which belong to the one that starts and ends the program.
    """

    def __init__(
        self,
        dirs: AppDirs,
        *,
        clock: Clock = SYSTEM_CLOCK,
        settings: Callable[[], Mapping[str, object]] = dict,
        kernels: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._dirs = dirs
        self._clock = clock
        self._settings = settings
        self._kernels = kernels
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
        """Delete the log and the reports of past faults and crashes; what this run has seen stays until its end."""
        self.dismiss_crash()
        for path in (*self._error_reports(), *self._log_files()):
            with contextlib.suppress(OSError):
                path.unlink()

    def record(self, error: BaseException, where: str) -> Path | None:
        """Write down what is known of an unexpected error, without values; the file, None where that fails.

        `where` is a name of ours, such as a page's or a task's, and never a text of the user's.
        """
        return write_bug_report(error, where, self._records.lines(), dirs=self._dirs, clock=self._clock)

    def report(self, *, kernels: str | None = None) -> str:
        """All of it as text, lines ended by line feeds; takes a moment, so not for the thread that draws.

        `kernels`: the family that works here, or why none does, from whoever tried.
        """
        lines = [line for section in self._sections(kernels) for line in section]
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
            raise error_of_system(
                error, msg("The report cannot be written: {why}.", why=why), file=str(path)
            ) from error

    def close(self) -> None:
        """This run ends by itself; idempotent."""
        self._marks.end()
        self._logger.removeHandler(self._records)

    def _crashes(self) -> tuple[CrashView, ...]:
        with contextlib.suppress(FileError):
            return self._marks.ended_badly()
        return ()

    # -- the report ----------------------------------------------------------------------------------------------------

    def _sections(self, kernels: str | None) -> Iterator[list[str]]:
        yield [f"ZK Companion {__version__}, {_date(self._clock.unix_s())}", ""]
        yield ["System", f"  Python {platform.python_version()} on {platform.platform()}", *self._machine(), ""]
        yield ["Libraries", *(f"  {part.name} {part.version}" for part in about().parts), ""]
        settings = self._settings()
        yield ["Settings", *(f"  {name}: {value}" for name, value in settings.items()), ""]
        yield ["Kernels", *kernel_lines(settings.get("kernels", "auto"), kernels or self._kernels()), ""]
        yield ["Limits", *limit_lines(), ""]
        yield ["Storage", *storage_lines(self._dirs), ""]
        yield ["Cache", *cache_lines(self._dirs), ""]
        for crash in self._crashes():
            yield [f"A run of {crash.version} that began {_date(crash.started_unix_s)} was not closed: {crash.ending}"]
            yield [*(f"  {line}" for line in crash.trace.splitlines()), ""]
        for path in self._error_reports()[:_LAST_ERRORS]:
            with contextlib.suppress(OSError):
                text = path.read_text("utf-8", "replace")[:_MAX_ERROR_CHARACTERS]
                yield [f"Fault {path.name}", *(f"  {line}" for line in redact_kept(text).splitlines()), ""]
        yield ["Log", *(f"  {line}" for line in self._log())]

    def _machine(self) -> Iterator[str]:
        folder = Path()
        with contextlib.suppress(CompanionError):
            folder = self._dirs.data
        yield from machine_lines(detect(folder))

    def _log(self) -> list[str]:
        """What all processes kept, and what this one has seen besides, where it could not be kept."""
        seen = [line for record in self._records.lines() for line in record.splitlines()]
        with contextlib.suppress(CompanionError):
            kept = [redact_kept(line) for line in last_lines(self._dirs.state, _LAST_LINES)]
            return [*kept, *(line for line in seen if line not in set(kept))]
        return seen

    def _log_files(self) -> list[Path]:
        with contextlib.suppress(CompanionError):
            return log_files(self._dirs.state)
        return []

    def _error_reports(self) -> list[Path]:
        """Newest first."""
        with contextlib.suppress(CompanionError):
            return sorted((self._dirs.state / "errors").glob("error-*.txt"), reverse=True)
        return []


def _date(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _without_places(text: str) -> str:
    """The user's name stands in the path of the home folder; it is none of the report's business."""
    with contextlib.suppress(RuntimeError):
        home = str(Path.home())
        if len(home) > 1:
            text = text.replace(home, "~")
    return text
