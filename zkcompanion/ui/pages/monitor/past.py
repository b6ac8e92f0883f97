"""What is read from the disk for the charts: series, marks on the time axis, and how far back anything is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from zkcompanion.app.monitor_views import CurveView, MarkView
from zkcompanion.base.errors import CompanionError
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.widgets.chart_data import Mark, Track, track_of
from zkcompanion.ui.widgets.time_window import LONGEST_S

_TONES = {"info": "info", "warning": "caution", "critical": "bad"}
#: Steps in which the beginning of all that is kept is looked for.
_BEGINNING_STEPS = 24

Wanted = Callable[[tuple[str, ...]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Answer:
    curves: tuple[CurveView, ...]
    marks: tuple[MarkView, ...]
    first_unix_s: float | None


class Past(QObject):
    """One question at a time; `changed` is called in the GUI thread when it is answered."""

    def __init__(self, context: WindowContext, parent: QObject, changed: Callable[[], None]) -> None:
        super().__init__(parent)
        self._context = context
        self._changed = changed
        self._asked: Task | None = None
        self._again: tuple[Wanted | None, tuple[float, float], int] | None = None
        self._failed_once = False
        self.tracks: dict[str, Track] = {}
        self.marks: tuple[MarkView, ...] = ()
        #: the first moment of which anything is known
        self.first_unix_s: float | None = None

    @property
    def asking(self) -> bool:
        """Whether an answer is on its way."""
        return self._asked is not None

    def read(self, wanted: Wanted | None, span: tuple[float, float], points: int) -> None:
        """Ask for the marks, and for the series that `wanted` chooses of all there are (None: for none)."""
        if self._asked is not None:
            self._again = wanted, span, points
            return
        monitor, alerts, first = self._context.desk.monitor, self._context.desk.alerts, self.first_unix_s

        def read() -> _Answer:
            curves: tuple[CurveView, ...] = ()
            if wanted is not None:
                curves = monitor.curves(wanted(monitor.series()), *span, points)
            beginning = first
            if beginning is None:
                (all_of_it,) = monitor.curves(
                    ("machine.processor",), span[1] - LONGEST_S, span[1] + 1, _BEGINNING_STEPS
                )
                beginning = all_of_it.points[0].unix_s if all_of_it.points else None
            return _Answer(curves, (*monitor.marks(*span), *alerts.marks(*span)), beginning)

        self._asked = run_task(self, read, self._came, self._went_wrong)

    def close(self) -> None:
        """Ask no more."""
        self._again = None
        if self._asked is not None:
            self._asked.drop()
            self._asked = None

    @Slot(object)
    def _came(self, answer: _Answer) -> None:
        self._asked = None
        self.marks = answer.marks
        self.first_unix_s = answer.first_unix_s
        if answer.curves:
            self.tracks = {curve.series: track_of(curve) for curve in answer.curves}
        self._changed()
        self._go_on()

    def _went_wrong(self, error: CompanionError) -> None:
        self._asked = None
        # once is enough: it is asked again each second
        if not self._failed_once:
            self._failed_once = True
            self._context.shell.show_error(error)
        self._go_on()

    def _go_on(self) -> None:
        again, self._again = self._again, None
        if again is not None:
            self.read(*again)


def drawn_marks(marks: tuple[MarkView, ...]) -> tuple[Mark, ...]:
    """Marks as a chart draws them: an alert in its tone, the rest without one."""
    return tuple(
        Mark(one.begin_unix_s, one.end_unix_s, _TONES[one.severity] if one.kind == "alert" else "muted")
        for one in marks
    )


def mark_at(marks: tuple[MarkView, ...], unix_s: float, near_s: float) -> MarkView | None:
    """What happened at a moment, or nearest to it within `near_s`."""
    found = [one for one in marks if one.begin_unix_s - near_s <= unix_s <= one.end_unix_s + near_s]
    return min(found, key=lambda one: abs(one.begin_unix_s - unix_s), default=None)
