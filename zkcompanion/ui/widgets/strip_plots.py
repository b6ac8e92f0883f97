"""The two plots of the live strip. Only this module loads pyqtgraph, and only when a strip is first shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from zkcompanion.app.phase_spans import Span
from zkcompanion.base.units import format_size
from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space, Type
from zkcompanion.ui.widgets.phase_words import PHASE_WORDS

_PLOT_PX = 76
_BAND_ALPHA = 34
_NARROWEST_BAND_PX = 1.0
#: Room above the highest tick, for the names of the phases.
_HEADROOM = 1.3
_ORDER = {name: number for number, name in enumerate(PHASE_WORDS)}


def phase_colour(theme: Theme, phase: str) -> QColor:
    """A phase's own colour of the series; neighbours differ."""
    series = theme.tokens.series
    return QColor(series[_ORDER.get(phase, 0) % len(series)])


class _Bands(pg.GraphicsObject):  # type: ignore[misc]
    """All phases behind a plot, in one item: hundreds of items of their own would cost milliseconds at each repaint."""

    def __init__(self, theme: Theme, name_of: Callable[[str], str] | None) -> None:
        super().__init__()
        self._theme = theme
        self._name_of = name_of
        self._spans: tuple[Span, ...] = ()
        self._box = QRectF()
        #: where lines go across, at the ticks
        self._levels: tuple[float, ...] = ()
        self._font = QFont()
        #: by phase: colour, name, width of the name
        self._looks: dict[str, tuple[QColor, str, float]] = {}
        self.setZValue(-20)
        self.theme_changed()

    def serve(self, theme: Theme, name_of: Callable[[str], str] | None) -> None:
        self._theme, self._name_of = theme, name_of
        self._spans = ()

    def theme_changed(self) -> None:
        self._looks.clear()
        self._font.setPixelSize(self._theme.pixels(Type.CAPTION) - 1)
        self.update()

    def set_spans(self, spans: Iterable[Span], box: QRectF, levels: Iterable[float]) -> None:
        self._levels = tuple(levels)
        self._spans = tuple(span for span in spans if span.end_s > box.left() and span.start_s < box.right())
        if self._box != box:
            self.prepareGeometryChange()
            self._box = box
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(self, painter: QPainter, *_args: object) -> None:
        if self._box.isEmpty():
            return
        frame = painter.transform().mapRect(self._box)
        scale = frame.width() / self._box.width()
        origin = frame.left() - self._box.left() * scale
        painter.save()
        painter.resetTransform()
        painter.setClipRect(frame)
        painter.setPen(self._theme.colour("hairline"))
        for level in self._levels:
            # the axis counts upwards, the screen downwards
            across = round(frame.bottom() - level / self._box.height() * frame.height()) + 0.5
            painter.drawLine(QPointF(frame.left(), across), QPointF(frame.right(), across))
        painter.setFont(self._font)
        painter.setPen(self._theme.colour("muted"))
        for span in self._spans:
            width = (span.end_s - span.start_s) * scale
            # of what is narrower nobody sees more than noise
            if width < _NARROWEST_BAND_PX:
                continue
            tint, name, name_width = self._look(span.phase)
            band = QRectF(origin + span.start_s * scale, frame.top(), width, frame.height())
            painter.fillRect(band, tint)
            if name and name_width <= width:
                sides = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
                painter.drawText(band.adjusted(0, 1, 0, 0), sides, name)
        painter.restore()

    def _look(self, phase: str) -> tuple[QColor, str, float]:
        look = self._looks.get(phase)
        if look is None:
            tint = phase_colour(self._theme, phase)
            tint.setAlpha(_BAND_ALPHA)
            name = self._name_of(phase) if self._name_of is not None else ""
            look = self._looks[phase] = tint, name, QFontMetrics(self._font).horizontalAdvance(name) + 6
        return look


class StripPlot(pg.PlotWidget):  # type: ignore[misc]
    """One line of the strip: the phases behind, a cursor, one or two lines.

    `pointed` is called with the moment under the pointer, None when it leaves.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        lines: int,
        shows_time: bool,
        name_of: Callable[[str], str] | None,
        pointed: Callable[[float | None], None],
    ) -> None:
        super().__init__(enableMenu=False)
        self._theme = theme
        self._pointed = pointed
        self._shows_time = shows_time
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setBackground(None)
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.getViewBox().disableAutoRange()
        item.getViewBox().setDefaultPadding(0)
        self._bands = _Bands(theme, name_of)
        item.addItem(self._bands)
        self._curves: list[Any] = [item.plot(antialias=True) for _ in range(lines)]
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        item.addItem(self._cursor)
        self.theme_changed()

    def serve(
        self, theme: Theme, name_of: Callable[[str], str] | None, pointed: Callable[[float | None], None]
    ) -> None:
        """Belong to another strip."""
        self._theme, self._pointed = theme, pointed
        self._bands.serve(theme, name_of)
        self.theme_changed()

    def theme_changed(self) -> None:
        """Colours and sizes are other ones."""
        theme = self._theme
        item = self.getPlotItem()
        font = QFont()
        font.setPixelSize(theme.pixels(Type.CAPTION) - 1)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.colour("hairline")))
            axis.setTextPen(pg.mkPen(theme.colour("muted")))
            axis.setTickFont(font)
            axis.setStyle(tickLength=0, tickTextOffset=theme.pixels(Space.XS))
        item.getAxis("left").setWidth(theme.pixels(64))
        item.getAxis("bottom").setStyle(showValues=self._shows_time)
        item.getAxis("bottom").setHeight(theme.pixels(20) if self._shows_time else 2)
        self.setFixedHeight(theme.pixels(_PLOT_PX) + (theme.pixels(20) if self._shows_time else 0))
        self._cursor.setPen(pg.mkPen(theme.colour("text"), width=1))
        tokens = ("muted", "accent") if len(self._curves) == 2 else ("accent",)
        for curve, token in zip(self._curves, tokens, strict=True):
            colour = theme.colour(token)
            curve.setPen(pg.mkPen(colour, width=1 if token == "muted" else 2))
        self._bands.theme_changed()

    def draw(
        self,
        times: NDArray[np.float64],
        lines: Iterable[NDArray[np.float64]],
        spans: Iterable[Span],
        *,
        window: tuple[float, float],
        top: float,
        ticks: list[tuple[float, str]],
    ) -> None:
        """Everything anew; `top` is the highest value that matters, `window` the first and last second in sight."""
        first, last = window
        top *= _HEADROOM
        self.getPlotItem().getViewBox().setRange(xRange=window, yRange=(0, top), padding=0, disableAutoRange=True)
        self.getPlotItem().getAxis("left").setTicks([ticks])
        if self._shows_time:
            self.getPlotItem().getAxis("bottom").setTicks([_time_ticks(first, last, self._most_ticks())])
        for curve, values in zip(self._curves, lines, strict=True):
            curve.setData(times, values)
        self._bands.set_spans(spans, QRectF(first, 0, last - first, top), (value for value, _ in ticks))

    def _most_ticks(self) -> int:
        box = self.getPlotItem().getViewBox()
        return max(2, int(box.width() / self._theme.pixels(72)))

    def point(self, at_s: float | None) -> None:
        """Show the cursor at a moment, or none."""
        self._cursor.setVisible(at_s is not None)
        if at_s is not None:
            self._cursor.setValue(at_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the moment under the pointer."""
        box = self.getPlotItem().getViewBox()
        self._pointed(float(box.mapSceneToView(self.mapToScene(event.position().toPoint())).x()))

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        self._pointed(None)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The page scrolls, not the plot."""
        event.ignore()


#: Plots of strips that are gone. They are never deleted: the menus and items of pyqtgraph hold each other, Python lets
#: go of them in any order and at any time, and after some dozens of strips PySide 6.11 ends the process.
_idle: list[tuple[StripPlot, StripPlot]] = []


def take_plots(
    theme: Theme, name_of: Callable[[str], str], pointed: Callable[[float | None], None]
) -> tuple[StripPlot, StripPlot]:
    """The two plots of a strip, processor above memory; of a former strip where there was one."""
    if not _idle:
        return (
            StripPlot(theme, lines=2, shows_time=False, name_of=name_of, pointed=pointed),
            StripPlot(theme, lines=1, shows_time=True, name_of=None, pointed=pointed),
        )
    upper, lower = _idle.pop()
    upper.serve(theme, name_of, pointed)
    lower.serve(theme, None, pointed)
    return upper, lower


def give_plots(plots: tuple[StripPlot, StripPlot], theme: Theme) -> None:
    """The strip that had them ends."""
    for plot in plots:
        plot.setParent(None)
        plot.point(None)
        plot.serve(theme, None, _nobody)
    _idle.append(plots)


def _nobody(_at_s: float | None) -> None:
    """Points at nothing."""


def memory_ticks(highest_bytes: float) -> tuple[float, list[tuple[float, str]]]:
    """A round value above the highest one, and the axis's ticks up to there."""
    step = float(16 << 20)
    while step * 3 < highest_bytes:
        step *= 2
    count = max(1, -(-int(highest_bytes) // int(step)))
    ticks = [(number * step, format_size(int(number * step))) for number in range(1, count + 1)]
    return count * step, ticks


def _time_ticks(first: float, last: float, most: int) -> list[tuple[float, str]]:
    length = max(last - first, 1e-6)
    step = next(
        (step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800) if length / step <= most), 3600
    )
    number = int(np.ceil(first / step - 1e-9))
    made = []
    while number * step <= last - 0.02 * length:
        at_s = number * step
        made.append((at_s, f"{at_s:g} s" if step < 60 else f"{at_s / 60:g} min"))
        number += 1
    return made
