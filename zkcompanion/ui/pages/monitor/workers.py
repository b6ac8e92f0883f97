"""The tab "Workers": what each worker process does at the moment, how the work is spread, and the runs over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from zkcompanion.app.job_views import JobView, WorkerView
from zkcompanion.app.monitor_views import JobSpanView, Sample
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.tab import MonitorTab
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row, tabular
from zkcompanion.ui.widgets.chart_ticks import moment_words
from zkcompanion.ui.widgets.phase_table import TimeBar
from zkcompanion.ui.widgets.phase_words import phase_words
from zkcompanion.ui.widgets.run_lanes import RunLanes
from zkcompanion.ui.widgets.states import EmptyState
from zkcompanion.ui.widgets.time_window import DAY_S, HOUR_S, MINUTE_S
from zkcompanion.ui.widgets.worker_words import worker_name, worker_state

if TYPE_CHECKING:
    from zkcompanion.ui.pages.monitor.runs_feed import RunsFeed

RANGES: tuple[tuple[float, Message], ...] = (
    (5 * MINUTE_S, msg("5 minutes")),
    (HOUR_S, msg("1 hour")),
    (6 * HOUR_S, msg("6 hours")),
    (DAY_S, msg("1 day")),
    (7 * DAY_S, msg("1 week")),
)
_HEADS = (
    msg("Worker"),
    msg("State"),
    msg("Works on"),
    msg("Speed"),
    msg("Processor"),
    msg("Memory"),
    msg("Share of the work"),
)
_SHARE = len(_HEADS) - 1
#: From this width on (at 100 % text size) the shares of the work have bars.
_BAR_PX = 760
#: Runs that are over are asked for again this often.
_AGAIN_S = 10.0


class WorkersTab(MonitorTab):
    """Renewed with each sample, and only while it is in sight."""

    id = "workers"
    title = msg("Workers")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self._in_sight = False
        self._runs: RunsFeed | None = None
        self._asked_at_unix_s = 0.0
        self._lines: dict[str, _Line] = {}
        self._jobs: dict[int, JobView] = {}
        say, pixels = context.say, context.theme.pixels
        self._holder = QWidget()
        self._grid = QGridLayout(self._holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(pixels(Space.L))
        self._grid.setVerticalSpacing(pixels(Space.S))
        self._heads = [Label(say(head), "caption", wrap=False) for head in _HEADS]
        for column, head in enumerate(self._heads):
            self._grid.addWidget(head, 0, column)
        self._grid.setColumnStretch(2, 2)
        self._grid.setColumnStretch(_SHARE, 1)
        self._none = EmptyState(
            context.theme,
            "processor",
            say(msg("The worker processes will be listed here: they start with the window.")),
        )
        self.range = QComboBox()
        self.range.setObjectName("monitor-workers-range")
        self.range.setAccessibleName(say(msg("Stretch of time of the runs")))
        for length_s, words in RANGES:
            self.range.addItem(say(words), length_s)
        self.range.activated.connect(self._chose)
        self.lanes = RunLanes(context.theme, lambda name: say(worker_name(name)))
        self.lanes.setObjectName("monitor-workers-runs")
        self.lanes.setAccessibleName(say(msg("Runs of proofs over time")))
        self.lanes.setProperty(
            "help", say(msg("Left and right go from run to run, and Enter shows one on the page Prove."))
        )
        self.lanes.pointed.connect(self._pointed)
        self.lanes.opened.connect(self._opened)
        self.reading = Label("", "caption")
        self.body.addWidget(Label(say(msg("At the moment")), "section"))
        self.body.addWidget(self._none)
        self.body.addWidget(self._holder)
        self.body.addLayout(row(Label(say(msg("Runs of proofs")), "section", wrap=False), None, self.range))
        runs = QVBoxLayout()
        runs.setSpacing(pixels(Space.XS))
        runs.addWidget(self.lanes)
        runs.addWidget(self.reading)
        self.body.addLayout(runs)
        context.bridge.sample_taken.connect(self._take)
        context.bridge.workers_changed.connect(self._workers_changed)
        context.bridge.job_changed.connect(self._job_changed)
        self._pointed(None)

    # -- coming and going

    def arrive(self, **where: object) -> None:
        """Show what is; `seconds` chooses the stretch of time of the runs."""
        self._in_sight = True
        self._asked_at_unix_s = 0.0
        found = self.range.findData(where.get("seconds")) if "seconds" in where else -1
        if found >= 0:
            self.range.setCurrentIndex(found)
        self._draw({})

    def leave(self) -> None:
        """Draw nothing."""
        self._in_sight = False

    def close_tab(self) -> None:
        """Ask no more."""
        if self._runs is not None:
            self._runs.close()

    def keep(self) -> object:
        """The stretch of time."""
        return self.range.currentIndex()

    def take_back(self, kept: object) -> None:
        """The same stretch."""
        assert isinstance(kept, int)
        self.range.setCurrentIndex(kept)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """The timeline of runs."""
        return (
            Place(msg("Runs of proofs over time"), "monitor", (("tab", cls.id), ("seconds", HOUR_S)), icon="clock"),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """What takes longer to import comes after the first picture."""
        super().paintEvent(event)
        if self._runs is None:
            QTimer.singleShot(0, self, self._build)

    # -- what is shown

    @Slot()
    def _build(self) -> None:
        if self._runs is None:
            from zkcompanion.ui.pages.monitor.runs_feed import RunsFeed

            self._runs = RunsFeed(self.context, self, self._draw_runs)
            self._draw_runs()

    @Slot(object)
    def _take(self, sample: Sample) -> None:
        self._draw(sample.values)

    @Slot(object)
    def _workers_changed(self, _workers: object) -> None:
        self._draw({})

    @Slot(object)
    def _job_changed(self, job: JobView) -> None:
        """Told ten times a second; it is drawn with the next sample."""
        if job.ended:
            self._jobs.pop(job.id, None)
        else:
            self._jobs[job.id] = job

    @Slot(int)
    def _chose(self, _index: int) -> None:
        self._asked_at_unix_s = 0.0
        self._draw_runs()

    def _draw(self, values: object) -> None:
        if not self._in_sight:
            return
        workers = self.context.desk.jobs.workers()
        total_s = sum(worker.busy_seconds for worker in workers)
        self._none.setVisible(not workers)
        self._holder.setVisible(bool(workers))
        for worker in workers:
            line = self._lines.get(worker.name)
            if line is None:
                line = self._lines[worker.name] = _Line(self.context, self._grid, len(self._lines) + 1, worker.name)
            processor = values.get(f"worker.processor/{worker.name}") if isinstance(values, dict) else None
            line.show_worker(worker, self._jobs.get(worker.job or -1), processor, total_s)
        for name, line in self._lines.items():
            line.setVisible(any(worker.name == name for worker in workers))
        self._draw_runs()

    def _draw_runs(self) -> None:
        if self._runs is None or not self._in_sight:
            return
        now = self.context.desk.clock.unix_s()
        span = (now - float(self.range.currentData()), now)
        if abs(now - self._asked_at_unix_s) >= _AGAIN_S:  # the clock may be set back
            self._asked_at_unix_s = now
            self._runs.read(*span)
        runs = [run for run in self._runs.now() if run.end_unix_s is None or run.end_unix_s > span[0]]
        workers = [worker.name for worker in self.context.desk.jobs.workers() if worker.name.startswith("prover")]
        self.lanes.show_runs(runs, workers, span)
        if self.lanes.chosen is None:
            self._pointed(None)

    @Slot(object)
    def _pointed(self, run: JobSpanView | None) -> None:
        if run is not None:
            words = run_words(run, self.context.desk.clock.unix_s())
        elif self._runs is not None and self.lanes.placed():
            words = msg(
                "Each bar is a run of proofs in its phases; the line before it is how long it waited. A cross marks a "
                "worker that ended in it. Point at one to read about it, press it to open it."
            )
        else:
            words = msg("Runs of proofs will be drawn here, each in the lane of its worker.")
        text = self.context.say(words)
        if self.reading.text() != text:
            self.reading.setText(text)
            self.lanes.setAccessibleDescription(text)

    @Slot(object)
    def _opened(self, run: JobSpanView) -> None:
        if run.job > 0:
            self.context.shell.go("prove", job=run.job)
        else:
            self.context.shell.go("prove", history=True)


class _Line:
    """One worker: labels in a row of the grid, which are changed and never made anew."""

    def __init__(self, context: WindowContext, grid: QGridLayout, number: int, name: str) -> None:
        self._context = context
        self._labels = [Label("", "strong" if column == 0 else "text", wrap=column == 2) for column in range(_SHARE)]
        self._labels[0].setText(context.say(worker_name(name)))
        self._share = Label("", "text", wrap=False)
        self._bar = TimeBar(context, 0.0, None)
        for column, label in enumerate(self._labels):
            tabular(label)
            grid.addWidget(label, number, column)
        tabular(self._share)
        self._holder = QWidget()
        self._holder.setLayout(row(self._share, self._bar))
        grid.addWidget(self._holder, number, _SHARE)

    def show_worker(self, worker: WorkerView, job: JobView | None, processor: float | None, total_s: float) -> None:
        """Show this state of it; a processor of None leaves what was measured last."""
        say = self._context.say
        words, tone = worker_state(worker.state)
        share = worker.busy_seconds / total_s if total_s else 0.0
        works = self._works_on(job)
        texts: list[Message | None] = [
            words,
            works,
            speed_words(worker.speed) if worker.jobs else msg("not known yet"),
            msg("{percent} %", percent=round(processor)) if processor is not None else None,
            Message("{size}", {"size": format_size(worker.memory_bytes)}) if worker.memory_bytes else msg("no value"),
        ]
        for label, text in zip(self._labels[1:], texts, strict=True):
            if text is not None and label.text() != (said := say(text)):
                label.setText(said)
        self._labels[1].set_kind(tone)
        self._share.setText(say(msg("{percent} %", percent=round(100 * share))))
        if self._bar.share != share:
            self._bar.share = share
            self._bar.update()

    def setVisible(self, visible: bool) -> None:
        """In sight while there is such a worker."""
        for part in (*self._labels, self._holder):
            part.setVisible(visible)

    def _works_on(self, job: JobView | None) -> Message:
        if job is None:
            return msg("nothing")
        current = next((phase for phase in reversed(job.phases) if phase.state == "running"), None)
        if current is None:
            return job.title
        name = phase_words(current.phase).name
        if job.repeat > 1:
            return msg(
                "{title}, proof {number} of {total}: {phase}",
                title=job.title,
                number=job.number,
                total=job.repeat,
                phase=name,
            )
        return msg("{title}: {phase}", title=job.title, phase=name)


def speed_words(speed: float) -> Message:
    """How fast a worker was beside what was predicted."""
    percent = round(100 * (speed - 1))
    if abs(percent) <= 2:
        return msg("as predicted")
    if percent > 0:
        return msg("{percent} % faster than predicted", percent=percent)
    return msg("{percent} % slower than predicted", percent=-percent)


def run_words(run: JobSpanView, now_unix_s: float) -> Message:
    """A run in a sentence."""
    begin = run.begin_unix_s if run.begin_unix_s is not None else now_unix_s
    figures: dict[str, object] = {
        "title": run.title,
        "moment": moment_words(begin, 0.0 if now_unix_s - begin < DAY_S else DAY_S),
        "waited": format_duration(max(0.0, begin - run.submitted_unix_s)),
        "took": format_duration(max(0.0, (run.end_unix_s or now_unix_s) - begin)),
    }
    if run.outcome == "running":
        words = msg("{title}, since {moment}: waited {waited}, at work for {took}.", **figures)
    elif run.outcome == "failed":
        words = msg("{title}, at {moment}: waited {waited}, failed after {took}.", **figures)
    elif run.outcome == "cancelled":
        words = msg("{title}, at {moment}: waited {waited}, cancelled after {took}.", **figures)
    else:
        words = msg("{title}, at {moment}: waited {waited}, took {took}.", **figures)
    if not run.deaths:
        return words
    ended = msg_n("One worker ended in it, and another went on.", "{n} workers ended in it.", n=run.deaths)
    return Message("{words} {ended}", {"words": words, "ended": ended})
