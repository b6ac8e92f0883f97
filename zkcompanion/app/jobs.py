"""Work in worker processes, as the window uses it: proofs in one process, quick questions in another.

`prover` makes proofs, one after another, with all threads; `clerk` reads and judges files meanwhile, so that a verdict
never waits for a proof, and files from strangers are opened in a process that may die.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.history import History
from zkcompanion.app.job_views import (
    CircuitView,
    JobView,
    LoadView,
    ProofOrder,
    SortedFilesView,
    VerifyOrder,
    WorkerView,
)
from zkcompanion.app.settings import Settings
from zkcompanion.app.views import SelfTestView, VerificationView
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs


class JobService:
    """Every method answers at once and may be called from any thread; events are told from the service's own thread.

    Futures end with a value or with a class of `base/errors` (`Cancelled` when the service closes).
    """

    def __init__(
        self, settings: Settings, bus: EventBus, history: History, *, dirs: AppDirs, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Start the workers and warm their kernels, without waiting for them."""
        raise NotImplementedError

    def submit(self, order: ProofOrder) -> int:
        """Put a run of proofs into the queue; its id."""
        raise NotImplementedError

    def cancel(self, job_id: int) -> None:
        """Stop a job, waiting or running, within half a second; nothing where it is over or unknown."""
        raise NotImplementedError

    def forget(self, job_id: int) -> None:
        """Take a job that is over out of the list."""
        raise NotImplementedError

    def jobs(self) -> tuple[JobView, ...]:
        """All jobs of this session, newest first."""
        raise NotImplementedError

    def job(self, job_id: int) -> JobView | None:
        """One of them."""
        raise NotImplementedError

    def workers(self) -> tuple[WorkerView, ...]:
        """The worker processes."""
        raise NotImplementedError

    def load(self) -> LoadView | None:
        """The last sample."""
        raise NotImplementedError

    def describe_example(self, example_id: str) -> Future[CircuitView]:
        """A bundled circuit with its form and its values."""
        raise NotImplementedError

    def describe(self, files: CircuitFiles) -> Future[CircuitView]:
        """A circuit in files: size, form, what is missing."""
        raise NotImplementedError

    def sort_files(self, paths: Sequence[Path]) -> Future[SortedFilesView]:
        """What dropped files (and folders) are, by their content."""
        raise NotImplementedError

    def verify(self, order: VerifyOrder) -> Future[VerificationView]:
        """The verdict on somebody's proof."""
        raise NotImplementedError

    def self_test(self) -> Future[SelfTestView]:
        """See whether this installation works."""
        raise NotImplementedError

    def reconfigure(self, settings: Settings) -> None:
        """Other threads or kernels for what begins from now on; workers start anew as soon as they are idle."""
        raise NotImplementedError

    def close(self) -> None:
        """End the workers and everything they do; idempotent; at most about a second."""
        raise NotImplementedError
