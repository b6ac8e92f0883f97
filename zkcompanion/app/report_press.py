"""Has a document made into files: starts the process that does it, hears how far it is, ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from zkcompanion.app.codec import decode, encode
from zkcompanion.app.job_endings import ending_of
from zkcompanion.app.report_worker import Drawn, PrinterConfig, Rendered, RenderOrder, open_printer
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import BugError, Cancelled
from zkcompanion.base.logs import get_logger
from zkcompanion.base.paths import AppDirs
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.load import Load
from zkcompanion.engine.work import Job, Outcome, Queue, WorkerStatus
from zkcompanion.engine.worker import Spec
from zkcompanion.reports.document import Document
from zkcompanion.reports.forms import FormName

_LOG = get_logger(__name__)
_NAME = "reporter"
_JOB = 1
#: Far longer than any report takes.
DEADLINE_S = 300.0


class Press:
    """For one document; context manager. The process starts with it and ends with it.

    `cancel` may be called from any thread.
    """

    def __init__(self, dirs: AppDirs, clock: Clock, *, pictures: bool = True) -> None:
        self._dirs = dirs
        self._clock = clock
        self._ended = threading.Event()
        self._cancelled = threading.Event()
        self._outcome = Outcome("closed")
        self._drawn: Callable[[int], object] = lambda _done: None
        self._crew = Crew(self, clock=clock)
        self._crew.hire(Spec(_NAME, open_printer, bytes(encode(PrinterConfig(dirs.home, pictures)))))
        self._crew.start()

    def __enter__(self) -> Press:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; idempotent."""
        self._crew.close()

    def cancel(self) -> None:
        """Have `render` raise Cancelled soon, also where it has not begun; nothing where it is over."""
        self._cancelled.set()
        self._crew.cancel(_JOB)

    def render(
        self,
        document: Document,
        forms: Sequence[FormName],
        languages: Sequence[str],
        drawn: Callable[[int], object] = lambda _done: None,
    ) -> tuple[bytes, ...]:
        """The files, in the order of `forms`; waits for them. `drawn` hears how many there are, in another thread.

        Raises: Cancelled; ResourceError or BugError where the process came to an end of its own.
        """
        self._drawn = drawn
        body = bytes(encode(RenderOrder(document, tuple(forms), tuple(languages))))
        if not self._crew.submit(_NAME, Job(_JOB, "render", body, DEADLINE_S)):
            raise Cancelled
        if self._cancelled.is_set():  # perhaps before there was a job to cancel
            self._crew.cancel(_JOB)
        self._ended.wait()
        ended = ending_of(
            self._outcome, Rendered, doing="report", deadline_s=DEADLINE_S, dirs=self._dirs, clock=self._clock
        )
        if ended.error is not None:
            raise ended.error
        files: tuple[bytes, ...] = ended.value.files
        return files

    # -- told by the crew, in its thread

    def started(self, job: int, worker: str, threads: int) -> None:
        """It has begun."""

    def progressed(self, job: int, body: bytes) -> None:  # noqa: ARG002
        """Some files are done."""
        try:
            self._drawn(decode(body, Drawn).done)
        except BugError:
            _LOG.warning("How far a report is cannot be read.")

    def ended(self, job: int, outcome: Outcome) -> None:  # noqa: ARG002
        """It is over."""
        self._outcome = outcome
        self._ended.set()

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
