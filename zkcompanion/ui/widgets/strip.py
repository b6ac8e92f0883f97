"""Processor and memory while a proof runs, on one time axis, with the phases behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QVBoxLayout, QWidget

from zkcompanion.app.job_views import JobView, LoadView
from zkcompanion.app.phase_spans import PhaseSpans
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, tabular
from zkcompanion.ui.widgets.phase_words import phase_words
from zkcompanion.ui.widgets.strip_data import Sample, SampleStore

if TYPE_CHECKING:
    from zkcompanion.ui.widgets.strip_plots import StripPlot

#: While it runs, this much is in sight; afterwards all of it.
WINDOW_S = 60.0
#: The axis is at least this long, so that the first samples do not stretch over it.
_SHORTEST_S = 2.0
#: Narrower (at 100 % text size), and the figures stand above the plots.
_NARROW_PX = 480
_PERCENT_TICKS = [(50.0, "50 %"), (100.0, "100 %")]


class ActivityStrip(QFrame):
    """Live while a job runs, and still afterwards so that one can look at it.

    Drawn when a sample comes (ten a second at most), and only while it is in sight. Arrow keys move the cursor. Where a
    job is over and nothing was seen of it, there is nothing to look at and no room is taken.
    """

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("prove-activity")
        self.setProperty("kind", "strip")
        self.setAccessibleName(context.say(msg("Processor and memory while the proof runs")))
        self._plots: tuple[StripPlot, StripPlot] | tuple[()] = ()
        self._start_s: float | None = None
        self._cursor_s: float | None = None
        self._fresh()
        pixels = context.theme.pixels
        outer = QVBoxLayout(self)
        outer.setContentsMargins(pixels(Space.XS), pixels(Space.XS), pixels(Space.XS), pixels(Space.XS))
        self._content = QWidget()
        outer.addWidget(self._content)
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(pixels(Space.XS))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(pixels(Space.M))
        self._grid.setVerticalSpacing(pixels(Space.XS))
        self.processor = Label("", "strong", wrap=False)
        self.processor_ours = Label("", "caption", wrap=False)
        self.memory = Label("", "strong", wrap=False)
        for figure in (self.processor, self.processor_ours, self.memory):
            tabular(figure)
        self._figures = (
            _figures(context.say(msg("Processor")), self.processor, self.processor_ours),
            _figures(context.say(msg("Memory")), self.memory),
        )
        self._narrow: bool | None = None
        layout.addLayout(self._grid)
        self.readout = Label("", "caption")
        self.readout.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.readout)
        context.theme.changed.connect(self._themed)
        self._themed()

    # -- what the page tells

    def begin(self, job: JobView) -> None:
        """Start anew for this job; what was drawn is gone."""
        self._fresh()
        self._live = True
        self.show_job(job)
        self._draw()

    def show_job(self, job: JobView) -> None:
        """Note where phases begin and end."""
        if not self._live or job.state != "running":
            return
        # a view is some milliseconds old when it comes, so the earliest start is the true one
        start_s = self._context.desk.clock.monotonic_s() - job.elapsed_s
        self._start_s = start_s if self._start_s is None else min(self._start_s, start_s)
        self._spans.update(job)

    def add(self, load: LoadView) -> None:
        """One more sample; ignored where no job runs."""
        if not self._live or self._start_s is None or load.at_s < self._start_s:
            return
        at_s = load.at_s - self._start_s
        self._samples.add(Sample(at_s, load.processor_percent, load.worker_percent, float(load.worker_bytes)))
        self._draw()

    def finish(self, job: JobView) -> None:
        """The job is over: nothing moves any more."""
        if not self._live:
            return
        if self._start_s is not None:
            self._spans.update(job)
        self._live = False
        self._end_s = job.elapsed_s
        self._draw()

    def clear(self) -> None:
        """Show nothing."""
        self._fresh()
        self._draw()

    def close_strip(self) -> None:
        """The strip goes away for good, and its plots to the next one."""
        if self._plots:
            from zkcompanion.ui.widgets.strip_plots import give_plots

            give_plots(self._plots, self._context.theme)
            self._plots = ()

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Build the plots at the first time, and draw what came meanwhile."""
        super().showEvent(event)
        self._build()
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Figures beside the plots, or above them where the room is short."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Escape takes the cursor away first; only without one it means what it means on the page."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self._cursor_s is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the cursor along the samples; Escape takes it away."""
        if event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right} and self._samples.count:
            first_s, last_s = self._window()
            step_s = (last_s - first_s) / 50
            before_s = self._cursor_s if self._cursor_s is not None else last_s
            moved_s = before_s + (step_s if event.key() == Qt.Key.Key_Right else -step_s)
            self._point(min(max(moved_s, first_s), last_s))
        elif event.key() == Qt.Key.Key_Escape and self._cursor_s is not None:
            self._point(None)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes with the focus."""
        self._point(None)
        super().focusOutEvent(event)

    # -- inside

    def _fresh(self) -> None:
        self._samples = SampleStore()
        self._spans = PhaseSpans()
        self._live = False
        self._start_s = None
        self._end_s = 0.0
        self._cursor_s = None

    def _build(self) -> None:
        if self._plots:
            return
        from zkcompanion.ui.widgets.strip_plots import take_plots

        theme = self._context.theme

        def name_of(phase: str) -> str:
            return self._say(phase_words(phase).short)

        self._plots = take_plots(theme, name_of, self._point)
        self._narrow = None
        self._arrange()

    def _arrange(self) -> None:
        pixels = self._context.theme.pixels
        narrow = self.width() < pixels(_NARROW_PX)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        for number, (holder, inner) in enumerate(self._figures):
            inner.setDirection(QBoxLayout.Direction.LeftToRight if narrow else QBoxLayout.Direction.TopToBottom)
            inner.setSpacing(pixels(Space.M) if narrow else 0)
            self._grid.addWidget(holder, 2 * number, 0)
        for number, plot in enumerate(self._plots):
            self._grid.addWidget(plot, 2 * number + (1 if narrow else 0), 0 if narrow else 1)
        self._grid.setColumnStretch(0, 1 if narrow else 0)
        self._grid.setColumnStretch(1, 0 if narrow else 1)
        self._grid.setColumnMinimumWidth(0, 0 if narrow else pixels(116))

    def _window(self) -> tuple[float, float]:
        rows = self._samples.rows()
        last_s = max(float(rows[-1, 0]) if len(rows) else 0.0, self._end_s)
        if self._live and last_s > WINDOW_S:
            return last_s - WINDOW_S, last_s
        return 0.0, max(last_s, _SHORTEST_S if self._live or not self._end_s else 0.05)

    def _draw(self) -> None:
        is_something = self._live or self._samples.count > 1
        self._content.setVisible(is_something)
        if self._plots:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_something else Qt.FocusPolicy.NoFocus)
        if not self._plots or not self.isVisible():
            return
        window = self._window()
        rows = self._samples.rows(window[0])
        processor, memory = self._plots
        spans = self._spans.spans
        times = rows[:, 0]
        processor.draw(times, (rows[:, 1], rows[:, 2]), spans, window=window, top=100.0, ticks=_PERCENT_TICKS)
        from zkcompanion.ui.widgets.strip_plots import memory_ticks

        top, ticks = memory_ticks(self._samples.peaks.worker_bytes)
        memory.draw(times, (rows[:, 3],), spans, window=window, top=top, ticks=ticks)
        self._write()

    def _point(self, at_s: float | None) -> None:
        self._cursor_s = at_s
        self._write()

    def _write(self) -> None:
        """The figures at the left, the sentence beneath, and the same for those who do not see."""
        at_s = self._cursor_s
        last_s = self._window()[1]
        shown = self._samples.nearest(at_s if at_s is not None else last_s)
        for plot in self._plots:
            plot.point(shown.at_s if shown is not None and at_s is not None else None)
        if shown is None:
            waiting = msg("The first sample comes with the proof.")
            for label in (self.processor, self.processor_ours, self.memory):
                label.setText("")
            self.readout.setText(self._say(waiting))
            self.setAccessibleDescription(self.readout.text())
            return
        self.processor.setText(self._say(msg("{percent} %", percent=round(shown.machine_percent))))
        self.processor_ours.setText(self._say(msg("{percent} % our workers", percent=round(shown.worker_percent))))
        self.memory.setText(format_size(int(shown.worker_bytes)))
        summary = self._summary()
        self.setAccessibleDescription(summary)
        self.readout.setText(self._reading(shown) if at_s is not None else summary)

    def _reading(self, shown: Sample) -> str:
        phase = self._spans.at(shown.at_s)
        figures: dict[str, object] = {
            "at": format_duration(shown.at_s),
            "machine": round(shown.machine_percent),
            "ours": round(shown.worker_percent),
            "memory": format_size(int(shown.worker_bytes)),
        }
        if phase is None:
            return self._say(
                msg("At {at}: processor {machine} %, our workers {ours} % of it, memory {memory}", **figures)
            )
        return self._say(
            msg(
                "At {at}, {phase}: processor {machine} %, our workers {ours} % of it, memory {memory}",
                phase=phase_words(phase).name,
                **figures,
            )
        )

    def _summary(self) -> str:
        peaks, means = self._samples.peaks, self._samples.means
        return self._say(
            msg(
                "Processor of the whole machine: {mean} % on average, {peak} % at most. Memory of our workers: {memory}"
                " at most.",
                mean=round(means.machine_percent),
                peak=round(peaks.machine_percent),
                memory=format_size(int(peaks.worker_bytes)),
            )
        )

    def _themed(self) -> None:
        self._narrow = None
        self._arrange()
        # two lines in any case, so that nothing below moves with the pointer
        self.readout.setMinimumHeight(2 * self.readout.fontMetrics().lineSpacing())
        for plot in self._plots:
            plot.theme_changed()

    def _say(self, message: Message) -> str:
        return self._context.say(message)


def _figures(title: str, *figures: Label) -> tuple[QWidget, QBoxLayout]:
    holder = QWidget()
    inner = QBoxLayout(QBoxLayout.Direction.TopToBottom, holder)
    inner.setContentsMargins(0, 0, 0, 0)
    for label in (Label(title, "caption", wrap=False), *figures):
        inner.addWidget(label)
    inner.addStretch()
    return holder, inner
