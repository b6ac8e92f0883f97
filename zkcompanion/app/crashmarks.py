"""Tells at the next start how the last one ended: by itself, in a crash of native code, or killed.

Each run has a file of its own in `state/runs`, locked as long as the process lives. The lock, and not a process id,
says that the run is alive: the system lets go of it however the process ends, and no other process can have it by
chance. A clean end removes the file. Python's fault handler writes the frames of a crash into it: files, lines,
functions, no values.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zkcompanion import __version__
from zkcompanion.base.atomicfile import remove_stale_temporaries, temporary_beside
from zkcompanion.base.clock import Clock
from zkcompanion.base.paths import AppDirs, make_private_folder
from zkcompanion.base.redaction import redact

#: `crash`: native code broke down; `killed`: ended from outside, by the system, a user or a power cut.
Ending = Literal["crash", "killed"]

_RUN, _ENDED, _SUFFIX = "run-", "ended-", ".txt"
#: Runs that ended badly and are remembered until they are dismissed.
_KEPT = 5
_MAX_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class CrashView:
    """A run that did not end by itself. `trace` is empty where it was killed; else the frames of all threads.

    `unix_s`: when it crashed; of a killed run only the start is known.
    """

    ending: Ending
    version: str
    started_unix_s: float
    unix_s: float | None
    trace: str


class CrashMarks:
    """Arguments: the user's folders, the clock. `begin` and `end` belong together; the rest may be called alone."""

    def __init__(self, dirs: AppDirs, clock: Clock) -> None:
        self._dirs = dirs
        self._clock = clock
        self._path: Path | None = None
        self._descriptor = -1
        self._was_on = False

    def begin(self) -> None:
        """Note that this process runs, and have the frames of a crash written down. Raises: OSError, FileError."""
        if self._descriptor >= 0:
            return
        folder = self._folder()
        remove_stale_temporaries(folder, self._clock.unix_s())
        draft = temporary_beside(folder / _RUN)
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            os.write(descriptor, f"zkcompanion {__version__}\nstarted {self._clock.unix_s():.3f}\n".encode())
            _lock(descriptor)
            # the name appears with the lock on it, so nobody takes a run that begins for one that has ended
            path = folder / f"{_RUN}{draft.name.strip('.').partition('.')[0]}{_SUFFIX}"
            draft.rename(path)
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
        self._path, self._descriptor = path, descriptor
        self._was_on = faulthandler.is_enabled()
        faulthandler.enable(descriptor, all_threads=True)

    def end(self) -> None:
        """This process ends by itself; idempotent."""
        if self._path is None:
            return
        if self._was_on and sys.__stderr__ is not None:
            # somebody asked Python for it. To put it off and on again would take away the signal handlers that came
            # after it, wasmtime's for one, and then a circuit's assertion ends the process
            faulthandler.enable(sys.__stderr__)
        else:
            faulthandler.disable()
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._descriptor)
        self._path, self._descriptor = None, -1

    def collect(self) -> None:
        """Look for runs that are over and did not end by themselves. Raises: OSError, FileError."""
        folder = self._folder()
        for path in sorted(folder.glob(f"{_RUN}*{_SUFFIX}")):
            with contextlib.suppress(OSError):
                descriptor = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
                try:
                    _lock(descriptor)  # an OSError where it lives
                    path.rename(path.with_name(_ENDED + path.name.removeprefix(_RUN)))
                finally:
                    os.close(descriptor)
        for path in self._ended()[_KEPT:]:
            with contextlib.suppress(OSError):
                path.unlink()

    def ended_badly(self) -> tuple[CrashView, ...]:
        """Those that were found and not dismissed, the last one first. Raises: FileError."""
        return tuple(view for view in map(_read, self._ended()) if view is not None)

    def dismiss(self) -> None:
        """Forget them. Raises: FileError."""
        for path in self._ended():
            with contextlib.suppress(OSError):
                path.unlink()

    def _folder(self) -> Path:
        return make_private_folder(self._dirs.state / "runs")

    def _ended(self) -> list[Path]:
        """Newest first."""
        return sorted(self._folder().glob(f"{_ENDED}*{_SUFFIX}"), key=_changed_ns, reverse=True)


def _changed_ns(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def _lock(descriptor: int) -> None:
    """Raises: OSError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        # a byte far behind the text, because a locked one cannot be read there
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_END)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(path: Path) -> CrashView | None:
    try:
        with path.open("rb") as stream:
            text = stream.read(_MAX_BYTES).decode("utf-8", "replace")
        changed_s = path.stat().st_mtime
    except OSError:
        return None
    lines = text.split("\n")
    head = dict(_words(line) for line in lines[:2])
    started_s = changed_s
    with contextlib.suppress(ValueError):
        started_s = float(head.get("started", ""))
    trace = redact("\n".join(lines[2:])).strip()
    return CrashView(
        ending="crash" if trace else "killed",
        version=head.get("zkcompanion", ""),
        started_unix_s=started_s,
        unix_s=changed_s if trace else None,
        trace=trace,
    )


def _words(line: str) -> tuple[str, str]:
    name, _, value = line.partition(" ")
    return name, value
