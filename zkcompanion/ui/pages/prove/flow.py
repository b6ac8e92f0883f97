"""What leads from a choice to a proof: circuits are read, orders given, jobs followed, refused inputs pointed at."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from zkcompanion.app.circuit_files import CircuitFiles, find_circuit
from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import CircuitView, JobView, LoadView, ProofOrder
from zkcompanion.app.views import ExampleView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.choice import ChoicePanel
from zkcompanion.ui.pages.prove.costs import Cost, costs_of, expectation_of
from zkcompanion.ui.pages.prove.queue import QueueList
from zkcompanion.ui.pages.prove.run_panel import RunPanel
from zkcompanion.ui.pages.prove.words import jobs_ahead
from zkcompanion.ui.tasks import Task, follow, run_task
from zkcompanion.ui.widgets.states import PATIENCE_MS

ASKED_AGAIN = msg("Inputs are never kept. Fill them in, or use the example values, and prove again.")


class ProveFlow(QObject):
    """Stands between the parts of the page and the services; shows nothing itself.

    Signals: `run_wanted()` when the run should come into sight; `records(tuple)` when the history was read.
    """

    run_wanted = Signal()
    records = Signal(object)

    def __init__(self, context: WindowContext, choice: ChoicePanel, run: RunPanel, queue: QueueList) -> None:
        super().__init__(run)
        self._context = context
        self._choice = choice
        self._run = run
        self._queue = queue
        self._examples: dict[str, ExampleView] = {}
        #: what was proved by each job of this page, to go back to it
        self._circuits: dict[int, CircuitView] = {}
        #: to be said with the circuit that is being read
        self._note: Message | None = None
        self._describing: Task | None = None
        # what is read quickly takes the place of what was there; only then it shows that it is waited for
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(run.show_loading)
        choice.example_chosen.connect(self.choose_example)
        choice.own.changed.connect(self._own_changed)
        choice.own.chosen.connect(self._own_chosen)
        run.prove.connect(self._prove)
        run.cancel.connect(self._cancel)
        run.show_job.connect(self.look_at)
        run.run_again.connect(self._job_again)
        run.show_input.connect(self._show_input)
        run.run_anyway.connect(self._run_anyway)
        run.faced.connect(self.show_jobs)
        queue.show_job.connect(self.look_at)
        queue.cancel.connect(self._cancel)
        queue.forget.connect(self._forget)
        context.bridge.job_changed.connect(self._job_changed)
        context.bridge.load_sampled.connect(self._load_sampled)
        context.bridge.history_changed.connect(self.read_history)

    def begin(self) -> None:
        """Read what the page shows from the start."""
        desk = self._context.desk
        run_task(self, lambda: (desk.examples.list(), costs_of(desk.history)), self._examples_read, self._failed)
        self.read_history()
        self.show_jobs()
        run_task(self, _load_charts, lambda _none: None, self._failed)

    def close(self) -> None:
        """Wait for nothing more, and forget what was typed."""
        self._drop_describing()
        self._run.close_panel()

    # -- choosing ------------------------------------------------------------------------------------------------------

    def choose_example(self, example_id: str) -> None:
        """Read a bundled circuit and offer to prove it; the inputs of another one are forgotten."""
        self._choice.check(example_id)
        view = self._run.view
        if view is not None and view.example_id == example_id and self._describing is None:
            self._ready(view)
            return
        self._describe(self._context.desk.jobs.describe_example(example_id), self._described, self._not_described)

    def record_again(self, record: ProofRecord) -> None:
        """Choose the circuit of a finished run; its inputs are asked for."""
        self._note = ASKED_AGAIN
        if record.source in self._examples:
            self.choose_example(record.source)
            return
        run_task(self, lambda: find_circuit(Path(record.source)), self._choice.own.use, self._not_described)

    def take_view(self, view: CircuitView) -> None:
        """Offer to prove a circuit that was read before."""
        own = view.example_id is None
        if own:
            self._choice.own.show_files(view)
        self._choice.check(view.example_id, own=own)
        self._described(view)

    def _own_changed(self, files: CircuitFiles | None) -> None:
        if files is not None:
            self._own_chosen()
        elif self._choice.own.card.isChecked():
            self._drop_describing()
            self._choice.check(None)
            self._run.show_welcome()

    def _own_chosen(self) -> None:
        files = self._choice.own.files
        if files is not None:
            self._choice.check(None, own=True)
            self._describe(self._context.desk.jobs.describe(files), self._own_described, self._own_not_described)

    def _describe(
        self, future: Future[CircuitView], done: Callable[[CircuitView], None], failed: Callable[[CompanionError], None]
    ) -> None:
        self._drop_describing()
        self._describing = follow(self, future, done, failed)
        self._patience.start()

    def _described(self, view: CircuitView) -> None:
        self._drop_describing()
        self._run.show_circuit(view, self._example_of(view))
        self._expect(view)
        self._ready(view)

    def _ready(self, view: CircuitView) -> None:
        self._run.show_compose()
        if self._note is not None and view is self._run.view:
            self._run.compose.say_note(self._note)
        self._note = None
        self.run_wanted.emit()

    def _not_described(self, error: CompanionError) -> None:
        self._drop_describing()
        self._note = None
        self._run.show_wrong(error)
        self.run_wanted.emit()

    def _own_described(self, view: CircuitView) -> None:
        self._choice.own.show_view(view)
        self._described(view)

    def _own_not_described(self, error: CompanionError) -> None:
        self._choice.own.show_error(error)
        self._not_described(error)

    def _drop_describing(self) -> None:
        self._patience.stop()
        if self._describing is not None:
            self._describing.drop()
            self._describing = None

    def _examples_read(self, found: tuple[tuple[ExampleView, ...], dict[str, Cost]]) -> None:
        examples, costs = found
        self._examples = {example.id: example for example in examples}
        self._choice.set_examples(examples, costs)
        view = self._run.view
        if view is not None and view.example_id is not None and self._describing is None:
            # it was chosen before the cards were there
            self._choice.check(view.example_id)
            self._run.compose.set_circuit(view, self._example_of(view))
        if self._run.looked_at is not None:
            # so was the job, and only now there are words for what its proof shows
            self.look_at(self._run.looked_at)

    def _example_of(self, view: CircuitView) -> ExampleView | None:
        return self._examples.get(view.example_id) if view.example_id is not None else None

    def _expect(self, view: CircuitView) -> None:
        """What it will take, from what it took here."""
        history = self._context.desk.history
        run_task(
            self,
            lambda: expectation_of(history, view.fingerprint),
            lambda found: self._run.compose.set_expectation(view.fingerprint, found),
            self._failed,
        )

    # -- proving -------------------------------------------------------------------------------------------------------

    def look_at(self, job_id: int) -> None:
        """Show a job."""
        job = self._context.desk.jobs.job(job_id)
        if job is None:
            return
        example_id = self._example_id(job)
        self._run.look_at(job, self._examples.get(example_id or ""), example_id, self._ahead(job))
        self.show_jobs()
        self.run_wanted.emit()

    def show_jobs(self) -> None:
        """Queue, and the line about what runs elsewhere."""
        jobs = self._context.desk.jobs.jobs()
        self._queue.show_jobs(jobs, self._run.looked_at)
        self._run.show_others(jobs)

    def _prove(self, repeat: int, profile: bool = False, *, anyway: bool = False) -> None:
        view = self._run.view
        if view is None or self._describing is not None:
            return
        inputs = self._run.compose.inputs.order_inputs()
        files = view.files if inputs is None else replace(view.files, input=None, witness=None)
        job_id = self._context.desk.jobs.submit(
            ProofOrder(
                files,
                view.title,
                view.fingerprint,
                inputs=inputs,
                repeat=repeat,
                profile=profile,
                run_anyway=anyway,
            )
        )
        self._circuits[job_id] = view
        self.look_at(job_id)

    def _cancel(self, job_id: int) -> None:
        self._context.desk.jobs.cancel(job_id)

    def _forget(self, job_id: int) -> None:
        self._context.desk.jobs.forget(job_id)
        self._circuits.pop(job_id, None)
        if self._run.looked_at == job_id:
            self._run.show_compose()
        self.show_jobs()

    def _run_anyway(self, job: JobView) -> None:
        """One that waits begins; one that was not begun is ordered once more, as `_job_again`."""
        if job.state == "waiting":
            self._context.desk.jobs.run_anyway(job.id)
        elif job.ended:
            self._job_again(job, job.repeat, False, anyway=True)

    def _job_again(self, job: JobView, repeat: int, profile: bool, *, anyway: bool = False) -> None:
        """At once where the inputs are still in the form, else after they were filled in again."""
        chosen = self._run.view
        if chosen is not None and chosen.fingerprint == job.fingerprint:
            if self._run.compose.ready:
                self._prove(repeat, profile, anyway=anyway)
            else:
                self._run.show_compose()
            return
        self._note = ASKED_AGAIN
        view = self._circuits.get(job.id)
        if view is not None:
            self.take_view(view)
        else:
            self.choose_example(job.circuit)

    def _show_input(self, job: JobView) -> None:
        if not self._point_at_input(job):
            self._job_again(job, 1, False)

    # -- what is heard -------------------------------------------------------------------------------------------------

    @Slot(object)
    def _job_changed(self, job: JobView) -> None:
        watched = self._run.looked_at == job.id
        example_id = self._example_id(job)
        self._run.job_changed(job, self._examples.get(example_id or ""), self._ahead(job))
        self.show_jobs()
        if watched and job.state == "failed":
            self._point_at_input(job)
        elif not watched and job.ended:
            self._count_again()

    def _count_again(self) -> None:
        """One job fewer is before the one that is looked at, if that still waits."""
        looked_at = self._run.looked_at
        job = self._context.desk.jobs.job(looked_at) if looked_at is not None else None
        if job is not None and job.state == "waiting":
            self._run.job_changed(job, self._examples.get(self._example_id(job) or ""), self._ahead(job))

    def _point_at_input(self, job: JobView) -> bool:
        """A refused input is mended where it was typed; False where that is not in sight any more."""
        error, view = job.error, self._run.view
        if error is None or error.signal is None or view is None or view.fingerprint != job.fingerprint:
            return False
        compose = self._run.compose
        if not compose.inputs.asks_for(error.signal):
            return False
        self._run.show_compose()
        compose.say_refused(error.message, error.hint)
        compose.inputs.refuse(error.signal, error.message)
        self.run_wanted.emit()
        return True

    @Slot(object)
    def _load_sampled(self, load: LoadView) -> None:
        self._run.load_sampled(load)

    @Slot()
    def read_history(self) -> None:
        """The records, and what they lead to expect."""
        history = self._context.desk.history
        run_task(self, lambda: (history.records(), costs_of(history)), self._history_read, self._failed)
        if self._run.view is not None:
            self._expect(self._run.view)

    def _history_read(self, found: tuple[tuple[ProofRecord, ...], dict[str, Cost]]) -> None:
        records, costs = found
        self.records.emit(records)
        self._choice.set_costs(costs)

    def _ahead(self, job: JobView) -> int:
        return jobs_ahead(job, self._context.desk.jobs.jobs()) if job.state == "waiting" else 0

    def _example_id(self, job: JobView) -> str | None:
        view = self._circuits.get(job.id)
        if view is not None:
            return view.example_id
        return job.circuit if job.circuit in self._examples else None

    def _failed(self, error: CompanionError) -> None:
        self._context.shell.show_error(error)


def _load_charts() -> None:
    """What draws a running proof takes a while to load, so it is loaded before the first proof asks for it."""
    import zkcompanion.ui.pages.prove.watch
    import zkcompanion.ui.widgets.strip_plots  # noqa: F401
