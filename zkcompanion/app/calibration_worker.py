"""What measures the machine, in a process of its own that ends with the calibration: the window must not wait, and what
it computes beside would be in the way.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.app.codec import encode, told_failure
from zkcompanion.app.settings import KernelKind, Settings
from zkcompanion.base.atomicfile import begin_no_more
from zkcompanion.base.errors import error_of_system
from zkcompanion.base.logfile import keep_log
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs

if TYPE_CHECKING:
    from zkcompanion.app.backends import Backends
    from zkcompanion.engine.child import Task


@dataclass(frozen=True, slots=True)
class CalibratorConfig:
    """`home` as in `AppDirs`; `folder`: where temporary files may lie, which whoever asked removes; how much time."""

    home: Path | None
    folder: Path
    kernels: KernelKind
    threads: int
    budget_s: float


@dataclass(frozen=True, slots=True)
class HowFar:
    """As `CalibrationProgressed`."""

    share: float
    doing: Message
    left_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found, as `calibration_file` keeps it: JSON."""

    content: bytes


class Calibrator:
    """The servant of `engine/child`."""

    def __init__(self, config: CalibratorConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._far: HowFar | None = None

    def run(self, task: Task) -> bytes:
        """The one job that there is. Raises: Cancelled; FileError, ResourceError for the disk."""
        from zkcompanion.app.calibration_file import to_plain
        from zkcompanion.app.memory import resident_bytes
        from zkcompanion.app.timing import RecordingTrace
        from zkcompanion.hardware.calibration import DOING, calibrate
        from zkcompanion.hardware.detect import detect
        from zkcompanion.hardware.fingerprint import basis, kernels_version

        config = self._config
        self._tell(0.0, DOING["setup"], config.budget_s)
        task.report(self._snapshot)
        trace = RecordingTrace(cancel=task.cancel)
        facts = detect(config.folder)
        settings = Settings(threads=config.threads, kernels=config.kernels)
        backends = _backends(settings, AppDirs(config.home))
        try:
            together = backends.proving(trace)
            base_bytes = resident_bytes()
            backends.choose(threads=1)
            found = calibrate(
                backends.proving(trace),
                together,
                config.folder,
                trace=trace,
                progress=self._tell,
                budget_s=config.budget_s,
            )
        except OSError as error:
            raise error_of_system(
                error, msg("There is no room to measure the disk with."), file="calibration"
            ) from error
        finally:
            backends.close()
        plain = to_plain(found, basis(facts, kernels_version()), base_bytes)
        return bytes(encode(Measured(json.dumps(plain, allow_nan=False).encode())))

    def _tell(self, share: float, doing: Message, left_s: float) -> None:
        with self._lock:
            self._far = HowFar(share, doing, left_s)

    def _snapshot(self) -> bytes:
        with self._lock:
            return bytes(encode(self._far))

    def failure(self, error: BaseException) -> bytes:
        """An error in bytes; of a fault of ours the places in the program, no text."""
        return told_failure(error)

    def rest(self) -> None:
        """There is one job only."""

    def abandon(self) -> None:
        """The process ends in a moment; what it leaves in its folder the host removes."""
        begin_no_more()


def _backends(settings: Settings, dirs: AppDirs) -> Backends:
    """The arithmetic as workers have it: compiled code from the cache, and memory that is kept."""
    from zkcompanion.app.application import Application

    return Application(settings, dirs=dirs).backends


def open_calibrator(config: bytes) -> Calibrator:
    """The entry of the process."""
    from zkcompanion.app.codec import decode

    wanted = decode(config, CalibratorConfig)
    dirs = AppDirs(wanted.home)
    keep_log(lambda: dirs.state)
    return Calibrator(wanted)
