"""Charts on one time axis with one cursor, and beside each of them what was measured at that moment."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout

from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.panels import Panel, Tracks
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.chart import give_charts, take_charts
from zkcompanion.ui.widgets.chart_colours import chart_colour
from zkcompanion.ui.widgets.chart_data import Behind, Mark, Tint
from zkcompanion.ui.widgets.chart_ticks import time_ticks
from zkcompanion.ui.widgets.readings import Figure, Readings
from zkcompanion.ui.widgets.time_window import TimeWindow

#: Narrower (at 100 % text size), and the figures stand above their chart.
_NARROW_PX = 620
_SIDE_PX = 214
_WIDEST = (1 << 24) - 1
#: An arrow key moves the cursor by this part of what is in sight, with Ctrl by ten times that.
_STEPS = 120
_ZOOM = 1.5
#: With Shift an arrow key moves what is in sight by this part of it.
_PAN = 0.25


class Board(QFrame):
    """`show_tracks` draws; the owner is told what a person does.

    Signals: `moved` after a person went elsewhere in time or zoomed; `cursor_moved(unix s or None)`; `hold_asked` for
    P and Space.
    """

    moved = Signal()
    cursor_moved = Signal(object)
    hold_asked = Signal()

    def __init__(self, context: WindowContext, panels: Sequence[Panel], window: TimeWindow, *, name: str) -> None:
        super().__init__()
        self._context = context
        self._panels = tuple(panels)
        self._window = window
        self._tracks: Tracks = {}
        self._tints: tuple[Tint, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._now_unix_s = 0.0
        self._cursor_unix_s: float | None = None
        self._narrow: bool | None = None
        self._old = False
        self.setObjectName(name)
        self.setProperty("kind", "strip")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        say = context.say
        self.setAccessibleName(say(msg("Charts over time")))
        self.setProperty(
            "help",
            say(
                msg(
                    "Left and right move the cursor, with Shift what is in sight. + and - zoom, End goes to the "
                    "present, P or Space pauses, Esc takes the cursor away. The wheel zooms too, and dragging moves."
                )
            ),
        )
        self.charts = take_charts(context.theme, len(self._panels), self)
        self.readings = tuple(Readings(context.theme, say(panel.title)) for panel in self._panels)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(4, 4, 4, 4)
        self._grid.setVerticalSpacing(context.theme.pixels(Space.S))
        self._grid.setHorizontalSpacing(context.theme.pixels(Space.S))
        context.theme.changed.connect(self._themed)
        self._arrange()

    def close_board(self) -> None:
        """The board goes away for good, and its charts to the next one."""
        give_charts(self.charts, self._context.theme)
        self.charts = ()

    # -- what is shown

    @property
    def cursor_unix_s(self) -> float | None:
        """The moment that is read; None: the last one in sight."""
        return self._cursor_unix_s

    @property
    def plot_px(self) -> int:
        """How many pixels wide the charts are."""
        return self.charts[0].plot_px if self.charts else 1

    def show_tracks(
        self, tracks: Tracks, now_unix_s: float, tints: Sequence[Tint] = (), marks: Sequence[Mark] = ()
    ) -> None:
        """Everything anew."""
        self._tracks, self._now_unix_s = tracks, now_unix_s
        self._tints, self._marks = tuple(tints), tuple(marks)
        self.draw()

    def draw(self) -> None:
        """As it stands; later where it is not in sight."""
        self._old = not self.isVisible()
        if self._old or not self.charts:
            return
        span = self._window.span(self._now_unix_s)
        ticks = time_ticks(*span, self.charts[-1].most_time_ticks())
        for number, (panel, chart) in enumerate(zip(self._panels, self.charts, strict=True)):
            # the names of the bands stand in the first chart, the marks on the axis of the last
            last = number == len(self.charts) - 1
            behind = Behind(self._tints, self._marks if last else (), named=number == 0)
            chart.draw(panel.picture(self._tracks), span, ticks, behind)
        self._read()

    def point(self, unix_s: float | None) -> None:
        """Read another moment; None: the last one in sight."""
        self._cursor_unix_s = unix_s
        self._read()
        self.cursor_moved.emit(unix_s)

    # -- what the charts tell

    def pointed(self, unix_s: float | None) -> None:
        """The pointer is over a moment, or away."""
        if unix_s is not None or not self.hasFocus():
            self.point(self._inside(unix_s))

    def zoomed(self, factor: float, unix_s: float) -> None:
        """The wheel turned."""
        self._window.zoom(factor, unix_s, self._now_unix_s)
        self.moved.emit()

    def dragged(self, seconds: float) -> None:
        """The charts were taken along."""
        self._window.move(-seconds, self._now_unix_s)
        self.moved.emit()

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came meanwhile."""
        super().showEvent(event)
        if self._old:
            self.draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Figures beside their charts, or above them where the room is short."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Escape takes the cursor away first; only without one it means what it means on the page."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self._cursor_unix_s is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys, + and -, Home and End, P and Space, Escape."""
        key, held = event.key(), event.modifiers()
        span = self._window.span(self._now_unix_s)
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            towards = 1 if key == Qt.Key.Key_Right else -1
            if held & Qt.KeyboardModifier.ShiftModifier:
                self.dragged(-towards * _PAN * self._window.length_s)
            else:
                step = self._window.length_s / _STEPS * (10 if held & Qt.KeyboardModifier.ControlModifier else 1)
                before = self._cursor_unix_s if self._cursor_unix_s is not None else span[1]
                self.point(min(max(before + towards * step, span[0]), span[1]))
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            about = self._cursor_unix_s if self._cursor_unix_s is not None else span[1]
            self.zoomed(_ZOOM if key == Qt.Key.Key_Minus else 1 / _ZOOM, about)
        elif key == Qt.Key.Key_End:
            self._window.follow()
            self.point(None)
            self.moved.emit()
        elif key == Qt.Key.Key_Home:
            self.point(span[0])
        elif key in {Qt.Key.Key_P, Qt.Key.Key_Space}:
            self.hold_asked.emit()
        elif key == Qt.Key.Key_Escape and self._cursor_unix_s is not None:
            self.point(None)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes with the focus."""
        self.point(None)
        super().focusOutEvent(event)

    # -- inside

    def _inside(self, unix_s: float | None) -> float | None:
        span = self._window.span(self._now_unix_s)
        return unix_s if unix_s is not None and span[0] <= unix_s <= span[1] else None

    def _read(self) -> None:
        shown = self._inside(self._cursor_unix_s)
        at = shown if shown is not None else self._window.span(self._now_unix_s)[1]
        for panel, chart, readings in zip(self._panels, self.charts, self.readings, strict=False):
            chart.point(shown)
            readings.show_figures(
                [
                    Figure(
                        self._say(one.name),
                        self._say(one.value if one.value is not None else msg("no value")),
                        chart_colour(self._context.theme, one.colour) if one.colour else None,
                    )
                    for one in panel.readings(self._tracks, at)
                ]
            )

    def spoken(self) -> str:
        """All figures as a screen reader is told them."""
        return "; ".join(
            f"{readings.title}: " + ", ".join(f"{one.name} {one.value}" for one in readings.figures)
            for readings in self.readings
        )

    def _arrange(self) -> None:
        pixels = self._context.theme.pixels
        narrow = self.width() < pixels(_NARROW_PX)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        for number, (chart, readings) in enumerate(zip(self.charts, self.readings, strict=False)):
            self._grid.addWidget(readings, 2 * number, 0)
            self._grid.addWidget(chart, 2 * number + int(narrow), int(not narrow))
            self._grid.setRowStretch(2 * number, 0 if narrow else 1)
            self._grid.setRowStretch(2 * number + 1, 1 if narrow else 0)
            readings.setMinimumWidth(0 if narrow else pixels(_SIDE_PX))
            readings.setMaximumWidth(_WIDEST if narrow else pixels(_SIDE_PX))
        self._grid.setColumnStretch(0, 1 if narrow else 0)
        self._grid.setColumnStretch(1, 0 if narrow else 1)

    def _themed(self) -> None:
        self._narrow = None
        self._arrange()
        for chart in self.charts:
            chart.theme_changed()
        self.draw()

    def _say(self, message: Message) -> str:
        return self._context.say(message)
