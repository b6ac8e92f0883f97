"""The speed of this machine: measured in a process of its own when a person asks, kept, and known to be out of date."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.app.calibration_worker import CalibratorConfig, HowFar, Measured, open_calibrator
from zkcompanion.app.codec import decode, encode
from zkcompanion.app.hardware_views import CalibrationEnded, CalibrationProgressed, CalibrationView, MachineFacts
from zkcompanion.app.job_endings import ending_of
from zkcompanion.app.settings import Settings
from zkcompanion.base.clock import Clock
from zkcompanion.base.documents import read_document, write_document
from zkcompanion.base.errors import BugError, CompanionError, FileError, ResourceError, error_of_system
from zkcompanion.base.events import EventBus
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.load import Load
from zkcompanion.engine.work import Job, Outcome, Queue, WorkerStatus
from zkcompanion.engine.worker import Spec

if TYPE_CHECKING:
    from zkcompanion.app.calibration_file import KeptCalibration

_LOG = get_logger(__name__)
#: In the state folder; named here so that nobody loads what reads it where there is none.
FILE_NAME = "calibration.json"
_NAME = "calibrator"
_JOB = 1
#: Far longer than any calibration takes.
DEADLINE_S = 180.0
#: As in `hardware/calibration`, which needs NumPy.
BUDGET_S = 20.0
_PREFIX = "calibration-"
#: A folder that another window left when it was killed.
_FORGOTTEN_S = 3600.0


class CalibrationService:
    """Safe to call from any thread; no method waits for the measuring.

    Arguments: `facts`: what is known of the machine now, None for nothing; `settings`: kernels and threads of proofs;
    `budget_s`: what a calibration takes.
    """

    def __init__(
        self,
        dirs: AppDirs,
        bus: EventBus,
        clock: Clock,
        *,
        facts: Callable[[], MachineFacts | None],
        settings: Callable[[], Settings],
        budget_s: float = BUDGET_S,
    ) -> None:
        self._dirs = dirs
        self._bus = bus
        self._clock = clock
        self._facts = facts
        self._settings = settings
        self._budget_s = budget_s
        self._lock = threading.Lock()
        self._kept: KeptCalibration | None = None
        self._read = False
        self._run: _Run | None = None
        self._last: _Run | None = None
        self._closed = False
        self.notice: Message | None = None

    @property
    def running(self) -> bool:
        """Whether it is measured at present."""
        return self._run is not None

    def current(self) -> CalibrationView | None:
        """What was measured last, and why it should be measured again; None where nothing was."""
        kept = self.kept()
        if kept is None:
            return None
        from zkcompanion.app.calibration_file import view_of

        return view_of(kept, self._stale(kept))

    def kept(self) -> KeptCalibration | None:
        """The same, for predictions."""
        with self._lock:
            if not self._read:
                self._read = True
                self._kept = self._load()
            return self._kept

    def start(self) -> None:
        """Begin to measure; nothing where that is under way, or after `close`. `CalibrationEnded` comes in any case.

        Raises: FileError, ResourceError where there is no folder to work in, or no thread.
        """
        with self._lock:
            if self._run is not None or self._closed:
                return
            folder = self._folder()
            settings = self._settings()
            config = CalibratorConfig(self._dirs.home, folder, settings.kernels, settings.threads, self._budget_s)
            run = self._run = self._last = _Run(
                folder, self._progressed, lambda outcome: self._ended(run, outcome), self._clock
            )
            try:
                run.begin(bytes(encode(config)))  # in the lock, so that a cancel finds what it is to end
            except (OSError, RuntimeError) as error:
                self._run = None
                run.close()
                raise ResourceError(msg("The measuring cannot be begun: {why}", why=str(error))) from error

    def cancel(self) -> None:
        """Stop measuring; `CalibrationEnded` follows within half a second. Nothing where it is over."""
        with self._lock:
            run = self._run
        if run is not None:
            run.crew.cancel(_JOB)

    def close(self) -> None:
        """End the process, where there is one, for good; idempotent."""
        with self._lock:
            self._closed = True
            run = self._last
        if run is not None:
            run.close()

    def _folder(self) -> Path:
        """A new one; what killed windows left is removed."""
        try:
            for old in self._dirs.cache.glob(f"{_PREFIX}*"):
                with contextlib.suppress(OSError):
                    if self._clock.unix_s() - old.stat().st_mtime > _FORGOTTEN_S:
                        shutil.rmtree(old, ignore_errors=True)
            return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._dirs.cache))
        except OSError as error:
            raise error_of_system(error, msg("There is no folder to measure in."), file="calibration") from error

    def _progressed(self, far: HowFar) -> None:
        self._bus.publish(CalibrationProgressed(far.share, far.doing, far.left_s))

    def _ended(self, run: _Run, outcome: Outcome) -> None:
        """In the crew's thread."""
        try:
            found, failed = self._outcome(outcome)
        except Exception:  # a fault of ours: whoever waits is told all the same
            _LOG.exception("What a calibration found cannot be taken.")
            found, failed = None, msg("What was measured cannot be used.")
        run.close()
        with self._lock:
            self._run = None
        self._bus.publish(CalibrationEnded(found, failed))

    def _outcome(self, outcome: Outcome) -> tuple[CalibrationView | None, Message | None]:
        ended = ending_of(
            outcome, Measured, doing="calibration", deadline_s=DEADLINE_S, dirs=self._dirs, clock=self._clock
        )
        if ended.state == "done":
            return self._keep(ended.value.content)
        return None, ended.error.message if ended.state == "failed" and ended.error is not None else None

    def _keep(self, content: bytes) -> tuple[CalibrationView | None, Message | None]:
        """What the process found, from now on."""
        from zkcompanion.app.calibration_file import MAX_BYTES, from_plain
        from zkcompanion.base.strictjson import load_json

        try:
            plain = load_json(content, file=FILE_NAME, max_bytes=MAX_BYTES)
        except CompanionError:
            plain = None
        kept = from_plain(plain) if isinstance(plain, dict) else None
        if kept is None or not isinstance(plain, dict):
            return None, msg("What was measured cannot be used.")
        with self._lock:
            self._read, self._kept = True, kept
        try:
            write_document(self._dirs.state / FILE_NAME, plain)
            self.notice = None
        except (FileError, ResourceError) as error:
            self.notice = msg("What was measured is known until the program ends: {why}", why=error.message)
        return self.current(), None

    def _load(self) -> KeptCalibration | None:
        try:
            path = self._dirs.state / FILE_NAME
            if not os.path.lexists(path):
                return None  # as at the first start; what reads one loads the arithmetic, which takes a while
            from zkcompanion.app.calibration_file import MAX_BYTES, from_plain

            document = read_document(path, max_bytes=MAX_BYTES)
        except CompanionError:
            return None
        self.notice = document.notice
        return from_plain(document.data)

    def _stale(self, kept: KeptCalibration) -> Message | None:
        """Why it should be measured again, as far as that is known without measuring."""
        facts = self._facts()
        if facts is not None:
            from zkcompanion.hardware.fingerprint import basis, differences, kernels_version

            changed = differences(kept.basis, basis(facts, kernels_version()))
            if changed:
                return changed[0]
        if kept.found.busy:
            return msg("Other programs were at work while this computer was measured, so the figures are less sure.")
        return None


class _Run:
    """One calibration: its process and its folder. The watcher of its crew."""

    def __init__(
        self, folder: Path, progressed: Callable[[HowFar], None], ended: Callable[[Outcome], None], clock: Clock
    ) -> None:
        self._folder = folder
        self._progressed = progressed
        self._ended = ended
        self.crew = Crew(self, clock=clock)

    def begin(self, config: bytes) -> None:
        """Start the process and its job."""
        self.crew.hire(Spec(_NAME, open_calibrator, config))
        self.crew.start()
        self.crew.submit(_NAME, Job(_JOB, "calibrate", b"", DEADLINE_S))

    def close(self) -> None:
        """End the process, and remove its folder."""
        self.crew.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- told by the crew, in its thread

    def started(self, job: int, worker: str, threads: int) -> None:
        """It has begun."""

    def progressed(self, job: int, body: bytes) -> None:  # noqa: ARG002
        """How far it is; ten times a second at the most."""
        try:
            self._progressed(decode(body, HowFar))
        except BugError:
            _LOG.warning("How far a calibration is cannot be read.")

    def ended(self, job: int, outcome: Outcome) -> None:  # noqa: ARG002
        """It is over."""
        self._ended(outcome)

    def lost(self, job: int, outcome: Outcome) -> bool:  # noqa: ARG002
        """Its process ended; nobody else is to blame."""
        return False

    def opened(self, worker: str, outcome: Outcome) -> None:
        """There is no opening."""

    def queued(self, queue: Queue) -> None:
        """There is no queue."""

    def workers_changed(self, workers: tuple[WorkerStatus, ...]) -> None:
        """Nobody looks."""

    def sampled(self, load: Load) -> None:
        """Nobody looks."""
