"""Work in worker processes, as the window uses it: proofs in one process, quick questions in another.

`prover` makes proofs, one after another, with all threads; `clerk` reads and judges files meanwhile, so that a verdict
never waits for a proof, and files from strangers are opened in a process that may die.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.codec import decode, encode
from zkcompanion.app.history import History
from zkcompanion.app.job_endings import Ended, ending_of, record_of, worker_view
from zkcompanion.app.job_progress import RunProgress
from zkcompanion.app.job_state import JobRecord
from zkcompanion.app.job_views import (
    CircuitView,
    ExpectationView,
    JobChanged,
    JobView,
    LoadSampled,
    LoadView,
    ProofOrder,
    SortedFilesView,
    VerifyOrder,
    WorkersChanged,
    WorkerView,
)
from zkcompanion.app.settings import Settings
from zkcompanion.app.views import ProvingView, SelfTestView, VerificationView
from zkcompanion.app.worker_entry import ExampleId, Paths, Warmth, WorkerConfig, open_worker, private_folders
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.load import Load
from zkcompanion.engine.post import Job, Limits, Outcome, WorkerStatus
from zkcompanion.engine.worker import Spec

T = TypeVar("T")

PROVER = "prover"
CLERK = "clerk"
#: A question that takes longer is given up, and the process that works at it ended.
QUESTION_S = 60.0
SELF_TEST_S = 120.0


@dataclass(slots=True)
class _Question(Generic[T]):
    kind: type[T]
    future: Future[T]
    deadline_s: float


class JobService:
    """Every method answers at once and may be called from any thread; events are told from the service's own thread.

    Futures end with a value or with a class of `base/errors` (`Cancelled` when the service closes).
    """

    def __init__(
        self,
        settings: Settings,
        bus: EventBus,
        history: History,
        *,
        dirs: AppDirs,
        clock: Clock = SYSTEM_CLOCK,
        limits: Limits | None = None,
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._history = history
        self._dirs = dirs
        self._clock = clock
        self._crew = Crew(self, clock=clock, limits=limits)
        # a disk may take a second to keep a record, and a cancel must not wait for that
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._lock = threading.Lock()
        self._last = 0
        self._jobs: dict[int, JobRecord] = {}
        self._questions: dict[int, _Question[Any]] = {}
        self._statuses: tuple[WorkerStatus, ...] = ()
        self._load: LoadView | None = None
        self._resident: dict[int, int] = {}
        #: the family of kernels that "auto" came to, and the threads that they use
        self._kernels: str | None = None
        self._threads = settings.threads

    def start(self) -> None:
        """Start the workers and warm their kernels, without waiting for them."""
        self._crew.hire(self._spec(PROVER))
        self._crew.start()

    def submit(self, order: ProofOrder) -> int:
        """Put a run of proofs into the queue; its id."""
        with self._lock:
            number = self._next()
            job = self._jobs[number] = JobRecord(number, order, submitted_unix_s=self._clock.unix_s())
        body = encode(order)
        self._crew.call(lambda: self._tell(job))
        if not self._crew.submit(PROVER, Job(number, "prove", body)):
            self.ended(number, Outcome("closed"))
        return number

    def cancel(self, job_id: int) -> None:
        """Stop a job, waiting or running, within half a second; nothing where it is over or unknown."""
        self._crew.cancel(job_id)

    def forget(self, job_id: int) -> None:
        """Take a job that is over out of the list."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is not None and job.ended:
                del self._jobs[job_id]

    def jobs(self) -> tuple[JobView, ...]:
        """All jobs of this session, newest first."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            return tuple(job.view(now_s) for job in reversed(self._jobs.values()))

    def job(self, job_id: int) -> JobView | None:
        """One of them."""
        with self._lock:
            job = self._jobs.get(job_id)
            return None if job is None else job.view(self._clock.monotonic_s())

    def workers(self) -> tuple[WorkerView, ...]:
        """The worker processes."""
        with self._lock:
            return tuple(worker_view(status, self._resident) for status in self._statuses)

    def kernels(self) -> str | None:
        """The family of kernels that the workers loaded; None until they have."""
        with self._lock:
            return self._kernels

    def load(self) -> LoadView | None:
        """The last sample."""
        with self._lock:
            return self._load

    def describe_example(self, example_id: str) -> Future[CircuitView]:
        """A bundled circuit with its form and its values."""
        return self._ask("describe-example", ExampleId(example_id), CircuitView)

    def describe(self, files: CircuitFiles) -> Future[CircuitView]:
        """A circuit in files: size, form, what is missing."""
        return self._ask("describe", files, CircuitView)

    def sort_files(self, paths: Sequence[Path]) -> Future[SortedFilesView]:
        """What dropped files (and folders) are, by their content."""
        return self._ask("sort-files", Paths(tuple(paths)), SortedFilesView)

    def verify(self, order: VerifyOrder) -> Future[VerificationView]:
        """The verdict on somebody's proof."""
        return self._ask("verify", order, VerificationView)

    def self_test(self) -> Future[SelfTestView]:
        """See whether this installation works."""
        return self._ask("self-test", None, SelfTestView, deadline_s=SELF_TEST_S)

    def reconfigure(self, settings: Settings) -> None:
        """Other threads or kernels for what begins from now on; workers start anew as soon as they are idle."""
        with self._lock:
            self._settings = settings
            self._kernels = None
        self._crew.replace([self._spec(PROVER), self._spec(CLERK)])

    def close(self) -> None:
        """End the workers and everything they do; idempotent; at most about a second."""
        self._crew.close()
        self._writer.shutdown()

    # -- what the crew tells, in its thread

    def started(self, job: int) -> None:
        """A worker has begun with a job."""
        with self._lock:
            record = self._jobs.get(job)
        if record is not None:
            expectation = self._expectation(record.order.fingerprint)
            with self._lock:
                record.start(self._clock.monotonic_s(), expectation)
            self._tell(record)

    def progressed(self, job: int, body: bytes) -> None:
        """How far a job is."""
        with self._lock:
            record = self._jobs.get(job)
            if record is None:
                return
            record.hear(decode(body, RunProgress), self._clock.monotonic_s())
        self._tell(record)

    def ended(self, job: int, outcome: Outcome) -> None:
        """A job or a question is over."""
        with self._lock:
            question = self._questions.pop(job, None)
            record = self._jobs.get(job)
        if question is not None:
            ended = self._ending(outcome, question.kind, "question", question.deadline_s)
            self._answer(question, ended)
        elif record is not None:
            ended = self._ending(outcome, ProvingView, f"prove {record.running_phase}", None)
            self._end_run(record, ended)

    def opened(self, worker: str, outcome: Outcome) -> None:
        """A new process is warm, or could not be warmed: then its jobs will say why."""
        if outcome.ending == "done":
            warmth = decode(outcome.body, Warmth)
            with self._lock:
                self._kernels, self._threads = warmth.kernels, warmth.threads
        if worker == PROVER:
            self._crew.hire(self._spec(CLERK))

    def workers_changed(self, workers: tuple[WorkerStatus, ...]) -> None:
        """Some worker's state is another now."""
        with self._lock:
            self._statuses = workers
        self._bus.publish(WorkersChanged(self.workers()))

    def sampled(self, load: Load) -> None:
        """What the machine did."""
        view = LoadView(
            at_s=load.at_s,
            processor_percent=load.processor_percent,
            worker_percent=load.worker_percent,
            memory_used_bytes=load.memory_used_bytes,
            memory_total_bytes=load.memory_total_bytes,
            worker_bytes=sum(load.worker_bytes.values()),
        )
        with self._lock:
            self._load, self._resident = view, load.worker_bytes
        self._bus.publish(LoadSampled(view))

    # -- inside

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _spec(self, name: str) -> Spec:
        config = WorkerConfig(self._settings, self._dirs.home, all_kernels=name == PROVER)
        return Spec(name, open_worker, bytes(encode(config)), "warm", lambda: private_folders(self._dirs))

    def _ask(self, kind: str, question: object, answer: type[T], *, deadline_s: float = QUESTION_S) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            number = self._next()
            self._questions[number] = _Question(answer, future, deadline_s)
        body = encode(question)
        self._crew.hire(self._spec(CLERK))
        if not self._crew.submit(CLERK, Job(number, kind, body, deadline_s)):
            self.ended(number, Outcome("closed"))
        future.add_done_callback(lambda done: self._crew.cancel(number) if done.cancelled() else None)
        return future

    def _answer(self, question: _Question[Any], ended: Ended) -> None:
        value = ended.value
        if isinstance(value, CircuitView):
            value = replace(value, expectation=self._expectation(value.fingerprint))
        try:
            if ended.error is not None:
                question.future.set_exception(ended.error)
            else:
                question.future.set_result(value)
        except InvalidStateError:
            return  # whoever asked does not want to know any more

    def _end_run(self, record: JobRecord, ended: Ended) -> None:
        with self._lock:
            if record.ended:
                return
            if isinstance(ended.value, ProvingView):
                self._kernels, self._threads = ended.value.kernels, ended.value.threads
            record.end(ended.state, self._clock.monotonic_s(), result=ended.value, error=ended.view)
        self._tell(record)
        if record.began:
            kept = record_of(record, self._settings, self._kernels, self._clock.unix_s())
            self._writer.submit(self._history.add, kept)

    def _ending(self, outcome: Outcome, kind: type[T], doing: str, deadline_s: float | None) -> Ended:
        return ending_of(outcome, kind, doing=doing, deadline_s=deadline_s, dirs=self._dirs, clock=self._clock)

    def _expectation(self, fingerprint: str) -> ExpectationView | None:
        with self._lock:
            kernels, threads = self._kernels, self._threads
        if kernels is None:
            return None
        return self._history.expectation(fingerprint, kernels=kernels, threads=threads)

    def _tell(self, record: JobRecord) -> None:
        with self._lock:
            view = record.view(self._clock.monotonic_s())
        self._bus.publish(JobChanged(view))
