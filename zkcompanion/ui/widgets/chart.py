"""A chart over time. Only this module and the strip's plots load pyqtgraph, and only when one is first shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space, Type
from zkcompanion.ui.widgets.chart_colours import chart_colour
from zkcompanion.ui.widgets.chart_data import Area, Bars, Behind, Floats, Line, Mark, Picture, Tint, stretches

_LEAST_PX = 84
_AXIS_PX = 66
_TIME_PX = 20
_TINT_ALPHA = 34
_NARROWEST_TINT_PX = 2.0
_NARROWEST_BAR_PX = 2.0
#: Room above the highest value.
_HEADROOM = 1.08
_MARK_PX = 5
#: What a wheel's notch does to the length in sight.
_ZOOM = 1.25


class Owner(Protocol):
    """Whom a chart tells what a person does with it. Moments are seconds since 1970."""

    def pointed(self, unix_s: float | None) -> None:
        """The pointer is over a moment, or away."""

    def zoomed(self, factor: float, unix_s: float) -> None:
        """Show `factor` times as long a stretch, and leave a moment where it is."""

    def dragged(self, seconds: float) -> None:
        """Go so far back."""


class _Canvas(pg.GraphicsObject):  # type: ignore[misc]
    """Everything in one item, which is painted anew and never replaced: items of pyqtgraph are not freed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picture = Picture(1.0, ())
        self._behind = Behind()
        self._first = 0.0
        self._box = QRectF(0, 0, 1, 1)
        self._colours: dict[str, QColor] = {}
        self._font = QFont()
        self.serve(theme)

    def serve(self, theme: Theme) -> None:
        self._theme = theme
        self._colours.clear()
        self._font.setPixelSize(theme.pixels(Type.CAPTION) - 1)
        self.update()

    def show_picture(self, picture: Picture, behind: Behind, window: tuple[float, float], top: float) -> None:
        box = QRectF(0, 0, window[1] - window[0], top)
        if self._box != box:
            self.prepareGeometryChange()
            self._box = box
        self._picture, self._behind, self._first = picture, behind, window[0]
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(self, painter: QPainter, *_args: object) -> None:
        frame = painter.transform().mapRect(self._box)
        picture = self._picture
        painter.save()
        painter.resetTransform()
        painter.setClipRect(frame)
        for tint in self._behind.tints:
            self._tint(painter, frame, tint)
        painter.setPen(self._colour("hairline"))
        for level, _ in picture.ticks:
            across = round(self._down(frame, level)) + 0.5
            painter.drawLine(QPointF(frame.left(), across), QPointF(frame.right(), across))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for area in picture.areas:
            self._area(painter, frame, area)
        for bars in picture.bars:
            self._bars(painter, frame, bars)
        for line in picture.lines:
            self._line(painter, frame, line)
        for mark in self._behind.marks:
            self._mark(painter, frame, mark)
        painter.restore()

    # -- layers

    def _tint(self, painter: QPainter, frame: QRectF, tint: Tint) -> None:
        left, right = self._across(frame, tint.begin_unix_s), self._across(frame, tint.end_unix_s)
        if right - left < _NARROWEST_TINT_PX or right < frame.left() or left > frame.right():
            return
        height = frame.height() / tint.lanes
        band = QRectF(left, frame.top() + tint.lane * height, right - left, height)
        colour = QColor(self._colour(tint.colour))
        colour.setAlpha(_TINT_ALPHA)
        painter.fillRect(band, colour)
        if (
            self._behind.named
            and tint.name
            and QFontMetrics(self._font).horizontalAdvance(tint.name) + 6 <= band.width()
        ):
            painter.setFont(self._font)
            painter.setPen(self._colour("muted"))
            sides = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(band.adjusted(0, 1, 0, 0), sides, tint.name)

    def _area(self, painter: QPainter, frame: QRectF, area: Area) -> None:
        colour = QColor(self._colour(area.colour))
        colour.setAlpha(area.alpha)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for part in stretches(area.times, area.steps, area.high):
            times = self._wide(area.times[part], area.steps[part])
            low, high = area.low[part], area.high[part]
            if len(low) == 1:
                low, high = np.repeat(low, 2), np.repeat(high, 2)
            painter.drawPolygon(
                self._polygon(
                    frame,
                    np.concatenate((times, times[::-1])),
                    np.concatenate((high, low[::-1])),
                )
            )

    def _bars(self, painter: QPainter, frame: QRectF, bars: Bars) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(bars.colour))
        scale = frame.width() / self._box.width()
        for time, step, low, high in zip(bars.times, bars.steps, bars.low, bars.high, strict=True):
            if high > low:
                width = max(_NARROWEST_BAR_PX, step * scale - 1)
                top, bottom = self._down(frame, float(high)), self._down(frame, float(low))
                painter.drawRect(QRectF(self._across(frame, float(time)) - width / 2, top, width, bottom - top))

    def _line(self, painter: QPainter, frame: QRectF, line: Line) -> None:
        painter.setPen(QPen(self._colour(line.colour), line.width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for part in stretches(line.times, line.steps, line.values):
            times, values = line.times[part], line.values[part]
            if len(times) == 1:
                times, values = self._wide(times, line.steps[part]), np.repeat(values, 2)
            painter.drawPolyline(self._polygon(frame, times, values))

    def _mark(self, painter: QPainter, frame: QRectF, mark: Mark) -> None:
        left, right = self._across(frame, mark.begin_unix_s), self._across(frame, mark.end_unix_s)
        if right < frame.left() or left > frame.right():
            return
        size = self._theme.pixels(_MARK_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(mark.colour))
        if right - left > 2:
            painter.drawRect(QRectF(left, frame.bottom() - 3, right - left, 3))
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(left - size, frame.bottom()),
                    QPointF(left + size, frame.bottom()),
                    QPointF(left, frame.bottom() - 1.6 * size),
                ]
            )
        )

    # -- places

    @staticmethod
    def _wide(times: Floats, steps: Floats) -> Floats:
        """A point that stands alone is as wide as its step."""
        if len(times) != 1:
            return times
        return np.array((times[0] - steps[0] / 2, times[0] + steps[0] / 2))

    def _polygon(self, frame: QRectF, times: Floats, values: Floats) -> QPolygonF:
        made: QPolygonF = pg.functions.create_qpolygonf(len(times))
        points = pg.functions.ndarray_from_qpolygonf(made)
        points[:, 0] = frame.left() + (times - self._first) * (frame.width() / self._box.width())
        points[:, 1] = frame.bottom() - values * (frame.height() / self._box.height())
        return made

    def _across(self, frame: QRectF, unix_s: float) -> float:
        return frame.left() + (unix_s - self._first) * frame.width() / self._box.width()

    def _down(self, frame: QRectF, value: float) -> float:
        # the axis counts upwards, the screen downwards
        return frame.bottom() - value / self._box.height() * frame.height()

    def _colour(self, name: str) -> QColor:
        found = self._colours.get(name)
        if found is None:
            found = self._colours[name] = chart_colour(self._theme, name)
        return found


class Chart(pg.PlotWidget):  # type: ignore[misc]
    """One chart of several on one time axis; what a person does with the pointer is told to its owner."""

    def __init__(self, theme: Theme, owner: Owner) -> None:
        super().__init__(enableMenu=False)
        self._theme = theme
        self._owner = owner
        self._first = 0.0
        self._length = 1.0
        self._shows_time = False
        self._shown: tuple[float, ...] = ()
        self._held: float | None = None
        self._ticks: dict[str, tuple[tuple[float, str], ...]] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setBackground(None)
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.showAxis("right")
        item.getViewBox().disableAutoRange()
        item.getViewBox().setDefaultPadding(0)
        self._canvas = _Canvas(theme)
        item.addItem(self._canvas)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        item.addItem(self._cursor)
        self.theme_changed()

    def serve(self, theme: Theme, owner: Owner) -> None:
        """Belong to somebody else."""
        self._theme, self._owner = theme, owner
        self._held = None
        self.theme_changed()

    def show_time(self, *, shown: bool) -> None:
        """Whether the time axis has its figures here; of several charts the lowest has."""
        if self._shows_time != shown:
            self._shows_time = shown
            self.theme_changed()

    def theme_changed(self) -> None:
        """Colours and sizes are other ones."""
        theme = self._theme
        item = self.getPlotItem()
        font = QFont()
        font.setPixelSize(theme.pixels(Type.CAPTION) - 1)
        for side in ("left", "bottom", "right"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.colour("hairline")))
            axis.setTextPen(pg.mkPen(theme.colour("muted")))
            axis.setTickFont(font)
            axis.setStyle(tickLength=0, tickTextOffset=theme.pixels(Space.XS))
        item.getAxis("left").setWidth(theme.pixels(_AXIS_PX))
        item.getAxis("right").setWidth(theme.pixels(_AXIS_PX) // 2)
        item.getAxis("bottom").setStyle(showValues=self._shows_time)
        item.getAxis("bottom").setHeight(theme.pixels(_TIME_PX) if self._shows_time else 2)
        self.setMinimumHeight(theme.pixels(_LEAST_PX) + (theme.pixels(_TIME_PX) if self._shows_time else 0))
        self._cursor.setPen(pg.mkPen(theme.colour("text"), width=1))
        self._canvas.serve(theme)

    def draw(
        self,
        picture: Picture,
        window: tuple[float, float],
        time_ticks: Sequence[tuple[float, str]] = (),
        behind: Behind | None = None,
    ) -> None:
        """Everything anew; `window`: the first and last moment in sight, `time_ticks` by moment."""
        item = self.getPlotItem()
        top = max(picture.top, 1e-12) * _HEADROOM
        self._first, self._length = window[0], max(window[1] - window[0], 1e-3)
        if self._shown != (self._length, top):
            # the axis counts from the first moment in sight, so a window that moves on changes nothing here
            self._shown = (self._length, top)
            item.getViewBox().setRange(xRange=(0, self._length), yRange=(0, top), padding=0, disableAutoRange=True)
        self._set_ticks("left", picture.ticks)
        self._set_ticks("right", picture.right_ticks)
        if self._shows_time:
            self._set_ticks("bottom", tuple((at - self._first, text) for at, text in time_ticks))
        self._canvas.show_picture(picture, behind or Behind(), (self._first, self._first + self._length), top)

    def _set_ticks(self, side: str, ticks: tuple[tuple[float, str], ...]) -> None:
        """An axis that is told its ticks is drawn anew."""
        if self._ticks.get(side) != ticks:
            self._ticks[side] = ticks
            self.getPlotItem().getAxis(side).setTicks([list(ticks)])

    def most_time_ticks(self) -> int:
        """How many moments have room for their figures."""
        return max(2, int(self.getPlotItem().getViewBox().width() / self._theme.pixels(92)))

    @property
    def plot_px(self) -> int:
        """How many pixels wide the picture is."""
        return max(1, int(self.getPlotItem().getViewBox().width()))

    def point(self, unix_s: float | None) -> None:
        """Show the cursor at a moment, or none."""
        self._cursor.setVisible(unix_s is not None)
        if unix_s is not None:
            self._cursor.setValue(unix_s - self._first)

    # -- Qt

    def sizeHint(self) -> QSize:
        """No more than it needs; the layout gives it what is left."""
        return QSize(self._theme.pixels(320), self.minimumHeight())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the time axis."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position().x()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go of it."""
        self._held = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the moment under the pointer, or how far it is dragged."""
        across = event.position().x()
        if self._held is not None:
            self._owner.dragged((across - self._held) * self._length / self.plot_px)
            self._held = across
        self._owner.pointed(self._moment(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """As two clicks."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        self._held = None
        self._owner.pointed(None)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms about the pointer, and sideways goes along the time axis."""
        turned = event.angleDelta()
        if turned.y():
            self._owner.zoomed(_ZOOM ** (-turned.y() / 120), self._moment(event.position()))
            event.accept()
        elif turned.x():
            self._owner.dragged(-turned.x() / 120 * self._length / 10)
            event.accept()
        else:
            event.ignore()

    def _moment(self, position: QPointF) -> float:
        box = self.getPlotItem().getViewBox()
        return self._first + float(box.mapSceneToView(self.mapToScene(position.toPoint())).x())


class _Nobody:
    def pointed(self, unix_s: float | None) -> None:
        """Nothing."""

    def zoomed(self, factor: float, unix_s: float) -> None:
        """Nothing."""

    def dragged(self, seconds: float) -> None:
        """Nothing."""


#: Charts of tabs that are gone. They are never deleted (`strip_plots` says why).
_idle: list[Chart] = []


def take_charts(theme: Theme, count: int, owner: Owner) -> tuple[Chart, ...]:
    """So many charts, some of former tabs; the lowest has the figures of the time axis."""
    charts = tuple(_take(theme, owner) for _ in range(count))
    for chart in charts:
        chart.show_time(shown=chart is charts[-1])
    return charts


def take_chart(theme: Theme, owner: Owner) -> Chart:
    """One chart, of a former tab where there was one."""
    return _take(theme, owner)


def give_charts(charts: tuple[Chart, ...], theme: Theme) -> None:
    """The tab that had them ends."""
    for chart in charts:
        chart.setParent(None)
        chart.point(None)
        chart.serve(theme, _Nobody())
        chart.draw(Picture(1.0, ()), (0.0, 1.0))
    _idle.extend(charts)


def _take(theme: Theme, owner: Owner) -> Chart:
    if not _idle:
        return Chart(theme, owner)
    chart = _idle.pop()
    chart.serve(theme, owner)
    return chart
