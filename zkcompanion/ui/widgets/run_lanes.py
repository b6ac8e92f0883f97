"""Runs of proofs over time, a lane for each worker: how long each waited, its phases, and workers that ended in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from zkcompanion.app.monitor_views import JobSpanView
from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space, Type
from zkcompanion.ui.widgets.chart_colours import chart_colour
from zkcompanion.ui.widgets.chart_ticks import time_ticks

_LANE_PX, _BAR_PX, _AXIS_PX, _NAME_PX = 44, 24, 22, 96
_NARROWEST_PX = 3.0
_TONES = {"failed": "bad", "cancelled": "faint"}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a run is drawn: its bar in the lane where it ended, and the line of its wait before."""

    run: JobSpanView
    lane: int
    bar: QRectF
    wait: QRectF


def lanes_of(runs: Sequence[JobSpanView], workers: Sequence[str]) -> tuple[str, ...]:
    """The workers that are there, then those that once were."""
    others = {run.worker for run in runs if run.worker} | {one.worker for run in runs for one in run.phases}
    gone = sorted(others.difference(workers, {""}), key=lambda name: (len(name), name))
    return (*workers, *gone)


class RunLanes(QWidget):
    """The pointer and the arrow keys point at runs; a click or Enter opens one.

    Signals: `pointed(JobSpanView or None)`, `opened(JobSpanView)`. The figure below says the same in words.
    """

    pointed = Signal(object)
    opened = Signal(object)

    def __init__(self, theme: Theme, name_of: Callable[[str], str]) -> None:
        super().__init__()
        self._theme = theme
        self._name_of = name_of
        self._runs: tuple[JobSpanView, ...] = ()
        self._lanes: tuple[str, ...] = ()
        self._span = (0.0, 1.0)
        self._chosen: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._themed)

    def show_runs(self, runs: Sequence[JobSpanView], workers: Sequence[str], span: tuple[float, float]) -> None:
        """Show these, oldest first."""
        lanes = lanes_of(runs, workers)
        higher = len(lanes) != len(self._lanes)
        self._runs, self._lanes, self._span = tuple(runs), lanes, span
        if higher:
            self.updateGeometry()
        self.update()

    @property
    def chosen(self) -> JobSpanView | None:
        """The run that is pointed at."""
        return next((run for run in self._runs if run.job == self._chosen), None)

    def placed(self) -> list[Placed]:
        """Where runs are drawn, from the oldest on."""
        made = []
        for run in self._runs:
            if run.begin_unix_s is None or run.worker not in self._lanes:
                continue
            lane = self._lanes.index(run.worker)
            end = run.end_unix_s if run.end_unix_s is not None else self._span[1]
            left, right = self._across(run.begin_unix_s), self._across(end)
            top = self._top(lane)
            bar = QRectF(left, top, max(_NARROWEST_PX, right - left), self._pixels(_BAR_PX))
            begun = self._across(run.submitted_unix_s)
            wait = QRectF(begun, top + bar.height() / 2 - 1, max(0.0, left - begun), 2)
            made.append(Placed(run, lane, bar, wait))
        return made

    # -- Qt

    def sizeHint(self) -> QSize:
        """A line for each worker, and the time axis."""
        lines = max(1, len(self._lanes))
        return QSize(self._pixels(480), lines * self._pixels(_LANE_PX) + self._pixels(_AXIS_PX))

    def minimumSizeHint(self) -> QSize:
        """Narrow, if need be."""
        return QSize(self._pixels(240), self.sizeHint().height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the run below the pointer."""
        self._choose(self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open it."""
        found = self._at(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(found)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        if not self.hasFocus():
            self._choose(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk along the runs, Enter opens one."""
        there = [one.run for one in self.placed()]
        jobs = [run.job for run in there]
        if event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right} and there:
            step = 1 if event.key() == Qt.Key.Key_Right else -1
            before = jobs.index(self._chosen) if self._chosen in jobs else (-1 if step > 0 else len(there))
            self._choose(there[min(max(before + step, 0), len(there) - 1)])
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self.chosen is not None:
            self.opened.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Lanes, then runs from the oldest on, then the time axis."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(self._pixels(Type.CAPTION))
        painter.setFont(font)
        metrics = QFontMetrics(font)
        left = self._pixels(_NAME_PX)
        for lane, worker in enumerate(self._lanes):
            box = QRectF(0, self._top(lane), left - self._pixels(Space.S), self._pixels(_BAR_PX))
            painter.setPen(self._colour("text"))
            name = metrics.elidedText(self._name_of(worker), Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour("hover"))
            painter.drawRoundedRect(QRectF(left, box.top(), self._room(), box.height()), 3, 3)
        self._draw_axis(painter)
        painter.setClipRect(QRectF(left, 0, self._room() + 1, self.height()))
        for one in self.placed():
            self._draw_run(painter, one)
        if self.hasFocus():
            painter.setClipping(False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._colour("accent"), self._theme.tokens.ring))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    # -- inside

    def _draw_run(self, painter: QPainter, one: Placed) -> None:
        run, bar = one.run, one.bar
        painter.fillRect(one.wait, self._colour("faint"))
        painter.setPen(Qt.PenStyle.NoPen)
        tone = self._colour(_TONES.get(run.outcome, "accent"))
        soft = QColor(tone)
        soft.setAlpha(70)
        painter.setBrush(soft)
        painter.drawRoundedRect(bar, 3, 3)
        for phase in run.phases:
            if phase.worker in self._lanes:
                self._draw_phase(painter, run, phase.phase, phase.begin_unix_s, phase.end_unix_s, phase.worker)
        if run.outcome in _TONES:
            # hatched, so that it is told from the others without colour
            painter.setBrush(QBrush(tone, Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(tone, 1))
            painter.drawRoundedRect(bar, 3, 3)
        if run.deaths:
            self._draw_death(painter, bar)
        if run.job == self._chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._colour("text"), 2))
            painter.drawRoundedRect(bar.adjusted(-1, -1, 1, 1), 4, 4)

    def _draw_phase(
        self, painter: QPainter, run: JobSpanView, phase: str, begin_unix_s: float, end_unix_s: float, worker: str
    ) -> None:
        left, right = self._across(begin_unix_s), self._across(end_unix_s)
        if right - left < 1:
            return
        box = QRectF(left, self._top(self._lanes.index(worker)), right - left, self._pixels(_BAR_PX))
        colour = chart_colour(self._theme, f"phase/{phase}")
        colour.setAlpha(150)
        painter.fillRect(box, colour)
        if worker != run.worker:
            # what a worker did that ended: kept, and gone on with elsewhere
            painter.fillRect(box, QBrush(self._colour("surface"), Qt.BrushStyle.FDiagPattern))

    def _draw_death(self, painter: QPainter, bar: QRectF) -> None:
        size = self._pixels(5)
        centre = QPointF(max(bar.left(), self._pixels(_NAME_PX)) + 1, bar.top())
        painter.setPen(QPen(self._colour("bad"), 2))
        painter.drawLine(centre + QPointF(-size, -size), centre + QPointF(size, size))
        painter.drawLine(centre + QPointF(-size, size), centre + QPointF(size, -size))

    def _draw_axis(self, painter: QPainter) -> None:
        top = max(1, len(self._lanes)) * self._pixels(_LANE_PX)
        painter.setPen(self._colour("muted"))
        for at, text in time_ticks(*self._span, max(2, int(self._room() / self._pixels(100)))):
            across = self._across(at)
            painter.drawText(
                QRectF(across - self._pixels(50), top, self._pixels(100), self._pixels(_AXIS_PX)),
                Qt.AlignmentFlag.AlignCenter,
                text,
            )

    def _choose(self, run: JobSpanView | None) -> None:
        job = run.job if run is not None else None
        if job != self._chosen:
            self._chosen = job
            self.setCursor(Qt.CursorShape.PointingHandCursor if job is not None else Qt.CursorShape.ArrowCursor)
            self.pointed.emit(run)
            self.update()

    def _at(self, point: QPointF) -> JobSpanView | None:
        found = [one.run for one in self.placed() if one.bar.adjusted(-2, -4, 2, 4).contains(point)]
        return found[-1] if found else None

    def _top(self, lane: int) -> float:
        return lane * self._pixels(_LANE_PX) + (self._pixels(_LANE_PX) - self._pixels(_BAR_PX)) / 2

    def _room(self) -> float:
        return max(1.0, self.width() - self._pixels(_NAME_PX) - self._pixels(Space.S))

    def _across(self, unix_s: float) -> float:
        begin, end = self._span
        return self._pixels(_NAME_PX) + (unix_s - begin) / max(end - begin, 1e-9) * self._room()

    def _colour(self, token: str) -> QColor:
        return self._theme.colour(token)

    def _pixels(self, size: int) -> int:
        return self._theme.pixels(size)

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()
