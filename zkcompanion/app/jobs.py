"""Work in worker processes, as the window uses it: proofs in a pool of them, quick questions in another.

`prover`, `prover-2` and so on make proofs; `clerk` reads and judges files meanwhile, so that a verdict never waits for
a proof, and files from strangers are opened in a process that may die.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.codec import decode, encode
from zkcompanion.app.fallback import TOO_SLOW
from zkcompanion.app.history import History
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.idle_warming import IdleWarming
from zkcompanion.app.job_endings import Ended, ending_of, record_of
from zkcompanion.app.job_progress import RunProgress
from zkcompanion.app.job_state import JobRecord, surplus
from zkcompanion.app.job_views import (
    CircuitView,
    ExpectationView,
    JobChanged,
    JobView,
    LoadSampled,
    LoadView,
    PriorityName,
    ProofOrder,
    SortedFilesView,
    VerifyOrder,
    WorkersChanged,
    WorkerView,
)
from zkcompanion.app.pool_rules import rules_of, run_budget
from zkcompanion.app.prediction_errors import with_foretold
from zkcompanion.app.questions import Questions
from zkcompanion.app.queue_watch import QueueWatch
from zkcompanion.app.room import memory_left
from zkcompanion.app.settings import Settings
from zkcompanion.app.views import ProvingView, SelfTestView, VerificationView
from zkcompanion.app.worker_entry import ExampleId, Paths, Warmed, WarmOrder
from zkcompanion.app.worker_pool import CLERK, PROVER, WorkerPool
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.events import EventBus
from zkcompanion.base.garbage import GarbageWatch
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import Limits as CacheLimits
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.load import Load
from zkcompanion.engine.pool import IDLE_BYTES
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.work import Job, Limits, Outcome, Queue, WorkerStatus

if TYPE_CHECKING:
    from zkcompanion.app.foresight import Foresight, Foretells, MeasuredCircuit

T = TypeVar("T")

#: A question that takes longer is given up, and the process that works at it ended.
QUESTION_S = 60.0
SELF_TEST_S = 120.0
#: Of what is done at idle moments: a key of gigabytes takes some seconds, kernels some more.
PREPARE_S = 300.0
#: A phase that takes so many times what it should, and at least so many seconds, is given up and tried once more.
STUCK_TIMES, STUCK_S = 20.0, 60.0

_PRIORITIES: dict[PriorityName, Priority] = {
    "interactive": Priority.INTERACTIVE,
    "batch": Priority.BATCH,
    "background": Priority.BACKGROUND,
}


class JobService:
    """Every method answers at once and may be called from any thread; events are told from the service's own thread.

    Futures end with a value or with a class of `base/errors` (`Cancelled` when the service closes).

    `cache_limits`: what the cache may hold; with it, circuits that are described are prepared at idle moments.
    `predictions`: what says beforehand what proofs will take; it is kept beside what they took.
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
        cache_limits: Callable[[], CacheLimits] | None = None,
        predictions: Callable[[], Foretells] | None = None,
    ) -> None:
        self._bus = bus
        self._history = history
        self._predictions = predictions
        self._dirs = dirs
        self._clock = clock
        self._crew = Crew(self, clock=clock, limits=limits)
        # a disk may take a second to keep a record, and a cancel must not wait for that
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._pool = WorkerPool(settings, dirs, clock)
        self._garbage = GarbageWatch(clock)
        self._garbage.start()
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._jobs: dict[int, JobRecord] = {}
        self._load: LoadView | None = None
        self._questions = Questions(
            self._crew, self._pool.clerk, lambda: next(self._numbers), self._ending, self._finish
        )
        # forecasts come from a thread of their own; told from there, a view could overtake that of the end
        self._watch = QueueWatch(self._jobs, self._lock, lambda job: self._crew.call(lambda: self._tell(job)))
        self._warming = None if cache_limits is None else IdleWarming(self._prepare, cache_limits, clock)

    def start(self) -> None:
        """Start the workers and warm their kernels, without waiting for them."""
        self._crew.gather(PROVER, self._pool.prover, rules_of(self._pool.settings))
        self._crew.start()

    def submit(self, order: ProofOrder, *, priority: PriorityName = "interactive") -> int:
        """Put a run of proofs into the queue; its id."""
        self._make_way()
        number = next(self._numbers)
        with self._lock:
            unix_s = self._clock.unix_s()
            job = self._jobs[number] = JobRecord(number, order, submitted_unix_s=unix_s, priority=priority)
        claim = self._foresight.claim(
            number,
            order,
            _PRIORITIES[priority],
            kernels=self._pool.kernels,
            threads=self._pool.settings.threads,
        )
        order, claim = self._fitted(job, order, claim)
        self._crew.call(lambda: self._tell(job))
        if self._pool.refuses(claim.work):
            self._crew.call(lambda: self.ended(number, Outcome("impossible", reason=TOO_SLOW)))
        elif not self._crew.submit(PROVER, Job(number, "prove", encode(order), claim=claim)):
            self.ended(number, Outcome("closed"))
        return number

    def run_anyway(self, job_id: int) -> None:
        """Begin a job that waits for memory as soon as a worker is free, whether or not the memory is there."""
        with self._lock:
            record = self._jobs.get(job_id)
            if record is None or record.state != "waiting":
                return
            record.order = replace(record.order, run_anyway=True, memory_bytes=None)
            record.short = True

        def change(job: Job) -> Job:
            order = replace(decode(bytes(job.body), ProofOrder), run_anyway=True, memory_bytes=None)
            assert job.claim is not None
            return replace(job, body=encode(order), claim=replace(job.claim, anyway=True))

        self._crew.revise(PROVER, job_id, change)

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
        """The jobs of this session, newest first; of those that are over the latest (`job_state.surplus`)."""
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
        return self._pool.views()

    def kernels(self) -> str | None:
        """The family of kernels that the workers loaded; None until they have."""
        return self._pool.kernels

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

    def measure(self, files: CircuitFiles) -> Future[MeasuredCircuit]:
        """A circuit's shape, which tells what its proofs need."""
        from zkcompanion.app.foresight import MeasuredCircuit

        return self._ask("measure", files, MeasuredCircuit)

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
        self._pool.change(settings)
        self._crew.change(PROVER, self._pool.prover, rules_of(settings))
        self._crew.replace(self._pool.clerk())

    def close(self) -> None:
        """End the workers and everything they do; idempotent; at most about a second."""
        self._crew.close()
        self._watch.close()
        self._writer.shutdown()
        self._garbage.stop()

    # -- what the crew tells, in its thread

    def started(self, job: int, worker: str, threads: int) -> None:
        """A worker has begun with a job."""
        with self._lock:
            record = self._jobs.get(job)
        if record is not None:
            kernels = self._pool.kernels
            expectation = self._expectation(record.order.fingerprint, threads)
            with self._lock:
                record.worker, record.threads, record.kernels = worker, threads, kernels
                record.start(self._clock.monotonic_s(), expectation)
            self._tell(record)

    def progressed(self, job: int, body: bytes) -> None:
        """How far a job is."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            record = self._jobs.get(job)
            if record is None:
                return
            before = record.running_phase
            record.hear(decode(body, RunProgress), now_s)
            phase = record.running_phase
            expected_s = record.expected_s(phase)
        if phase != before:
            until_s = None if expected_s is None else now_s + max(STUCK_S, STUCK_TIMES * expected_s)
            self._crew.expect(PROVER, job, until_s)
        self._tell(record)

    def lost(self, job: int, outcome: Outcome) -> bool:
        """A job's worker is gone, and the job begins again or is given up; whether its kernels were to blame."""
        with self._lock:
            record = self._jobs.get(job)
        if record is None:
            return False
        family = record.kernels
        with self._lock:
            record.begin_again()
        self._tell(record)
        return self._crashed(family, outcome.exit_code)

    def queued(self, queue: Queue) -> None:
        """Another job waits, or begins: say why, and foresee when each will be done."""
        self._watch.queued(queue)

    def ended(self, job: int, outcome: Outcome) -> None:
        """A job or a question is over."""
        if self._questions.ended(job, outcome):
            return
        with self._lock:
            record = self._jobs.get(job)
        if record is not None:
            self._end_run(record, self._ending(outcome, ProvingView, f"prove {record.running_phase}", None))

    def opened(self, worker: str, outcome: Outcome) -> None:
        """A new process is warm, or could not be warmed: then its jobs will say why."""
        if worker != CLERK:
            if outcome.ending == "done":
                self._pool.warmed(worker, outcome)
            else:
                self._crashed(None, outcome.exit_code)
        if worker == PROVER:
            self._crew.hire(self._pool.clerk())

    def workers_changed(self, workers: tuple[WorkerStatus, ...]) -> None:
        """Some worker's state is another now."""
        self._pool.seen(workers)
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
            garbage_percent=round(100 * self._garbage.cost().share, 4),
        )
        with self._lock:
            self._load = view
        self._pool.measured(load.worker_bytes)
        self._bus.publish(LoadSampled(view))
        if self._warming is not None:
            self._warming.look(idle=self._idle())

    # -- inside

    @cached_property
    def _foresight(self) -> Foresight:
        """Made when the first circuit is looked at: it needs NumPy, and the window opens without."""
        from zkcompanion.app.foresight import Foresight

        return Foresight(self._history, None if self._predictions is None else self._predictions())

    def _fitted(self, job: JobRecord, order: ProofOrder, claim: Claim) -> tuple[ProofOrder, Claim]:
        """The run as it is; one whose key is read in slices where it does not fit; or one that is tried all the same.

        Other programs leave another amount of memory at every moment, so what does not fit because of them, and not
        in slices either, waits for it.
        """
        settings, kernels = self._pool.settings, self._pool.kernels
        budget, room = run_budget(settings), memory_left() + IDLE_BYTES
        with self._lock:
            alone = all(one.ended or one is job for one in self._jobs.values())
            job.needed_bytes, job.room_bytes = claim.memory_bytes, min(budget, room)
            job.short = claim.memory_bytes > job.room_bytes
        anyway = order.run_anyway or settings.run_anyway
        if anyway:
            order = replace(order, run_anyway=True)
            claim = replace(claim, anyway=job.short)
        else:
            fit = partial(self._foresight.within, kernels=kernels, threads=settings.threads)
            order, claim = fit(order, claim, budget)
            # beside others it waits for what they hold
            if alone and claim.memory_bytes > room:
                slices, smaller = fit(order, claim, room)
                if smaller.memory_bytes <= room:
                    order, claim = slices, smaller
        with self._lock:
            job.order = replace(job.order, memory_bytes=order.memory_bytes, run_anyway=anyway)
        return order, claim

    def _crashed(self, family: str | None, exit_code: int | None) -> bool:
        """Note a death; whether another family of kernels is used from now on."""
        fell = self._pool.crashed(family, exit_code)
        if fell:
            self._crew.work_as(PROVER, self._pool.mode, self._pool.prover)
            self._bus.publish(WorkersChanged(self.workers()))
        return fell

    def _ask(self, kind: str, question: object, answer: type[T], *, deadline_s: float = QUESTION_S) -> Future[T]:
        self._make_way()
        return self._questions.ask(kind, question, answer, deadline_s=deadline_s)

    def _prepare(self, order: WarmOrder) -> Future[Warmed]:
        return self._questions.ask("prepare", order, Warmed, deadline_s=PREPARE_S)

    def _make_way(self) -> None:
        if self._warming is not None:
            self._warming.make_way()

    def _idle(self) -> bool:
        """Whether nothing is asked or proved, and all workers are warm."""
        with self._lock:
            proves = any(not job.ended for job in self._jobs.values())
        return (
            not proves and self._questions.open == 0 and all(worker.state == "ready" for worker in self._pool.views())
        )

    def _finish(self, answer: Any) -> Any:
        """What the clerk said, with what this process knows."""
        if not isinstance(answer, CircuitView):
            return answer
        self._measure(answer)
        if self._warming is not None:
            self._warming.opened(answer.fingerprint, answer.files)
        expectation = self._expectation(answer.fingerprint, self._pool.settings.threads, 1)
        return replace(answer, expectation=expectation)

    def _end_run(self, record: JobRecord, ended: Ended) -> None:
        with self._lock:
            if record.ended:
                return
            if isinstance(ended.value, ProvingView):
                record.kernels = ended.value.kernels
            record.end(ended.state, self._clock.monotonic_s(), result=ended.value, error=ended.view)
        self._tell(record)
        if isinstance(ended.value, ProvingView):
            self._pool.proved(record.worker, ended.value)
            self._foresight.learn(record.order.fingerprint, ended.value)
        if record.began:
            kept = record_of(record, self._pool.settings, self._pool.kernels, self._clock.unix_s())
            self._writer.submit(self._keep_run, kept)

    def _keep_run(self, record: ProofRecord) -> None:
        """With what was said of it before, which the run itself does not change any more."""
        foretold = self._foresight.foretold(record.fingerprint, record.kernels, record.threads)
        self._history.add(with_foretold(record, foretold))

    def _ending(self, outcome: Outcome, kind: type[Any], doing: str, deadline_s: float | None) -> Ended:
        return ending_of(outcome, kind, doing=doing, deadline_s=deadline_s, dirs=self._dirs, clock=self._clock)

    def _measure(self, view: CircuitView) -> None:
        """Have a circuit's shape looked at, so that its runs can be foreseen; where that fails they are not."""
        if view.fingerprint == "" or self._foresight.knows(view.fingerprint):
            return

        def keep(future: Future[MeasuredCircuit]) -> None:
            if future.exception() is None:
                self._foresight.keep(view.fingerprint, future.result())

        self.measure(view.files).add_done_callback(keep)

    def _expectation(self, fingerprint: str, *threads: int) -> ExpectationView | None:
        """Of earlier runs with so many threads; the first number of which there are any counts."""
        kernels = self._pool.kernels
        if kernels is None:
            return None
        found = (self._history.expectation(fingerprint, kernels=kernels, threads=used) for used in threads)
        return next((expectation for expectation in found if expectation is not None), None)

    def _tell(self, record: JobRecord) -> None:
        """As it is now; what is asked for late, after the end was told, is left out."""
        with self._lock:
            if record.end_told:
                return
            record.end_told = record.ended
            view = record.view(self._clock.monotonic_s())
            for number in surplus(self._jobs.values()) if view.ended else ():
                del self._jobs[number]
        self._bus.publish(JobChanged(view))
