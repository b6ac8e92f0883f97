"""Above the charts: which stretch of time is in sight, pause, and the moment that is read; below them a time bar."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QScrollBar, QVBoxLayout, QWidget

from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.widgets.basic import Button, Label, tabular
from zkcompanion.ui.widgets.chart_ticks import moment_words
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.time_window import DAY_S, HOUR_S, MINUTE_S, TimeWindow

RANGES: tuple[tuple[float, Message], ...] = (
    (MINUTE_S, msg("1 minute")),
    (5 * MINUTE_S, msg("5 minutes")),
    (15 * MINUTE_S, msg("15 minutes")),
    (HOUR_S, msg("1 hour")),
    (6 * HOUR_S, msg("6 hours")),
    (DAY_S, msg("1 day")),
    (7 * DAY_S, msg("1 week")),
    (30 * DAY_S, msg("1 month")),
    (90 * DAY_S, msg("90 days")),
    (365 * DAY_S, msg("1 year")),
    (2 * 365 * DAY_S, msg("2 years")),
)
#: The time bar counts in steps of this part of what is in sight.
_BAR_STEPS = 20
_MOST_STEPS = 1 << 30


class TimeTools(QWidget):
    """Signals: `length_chosen(seconds)`, `zoom_asked(factor)`, `hold_asked`, `table_asked(shown)`."""

    length_chosen = Signal(float)
    zoom_asked = Signal(float)
    hold_asked = Signal()
    table_asked = Signal(bool)

    def __init__(self, context: WindowContext, time: TimeWindow, *, name: str) -> None:
        super().__init__()
        self._context = context
        self._time = time
        say = context.say
        self.range = QComboBox()
        self.range.setObjectName(f"{name}-range")
        self.range.setAccessibleName(say(msg("Stretch of time")))
        for length_s, words in RANGES:
            self.range.addItem(say(words), length_s)
        self.range.addItem(say(msg("Another stretch")), None)
        self.range.activated.connect(self._chose)
        self.longer = Button("", "plain", name=f"{name}-longer", clicked=lambda: self.zoom_asked.emit(2.0))
        self.longer.setAccessibleName(say(msg("Show a longer stretch")))
        self.shorter = Button("", "plain", name=f"{name}-shorter", clicked=lambda: self.zoom_asked.emit(0.5))
        self.shorter.setAccessibleName(say(msg("Show a shorter stretch")))
        for button, icon in ((self.longer, "zoom-out"), (self.shorter, "zoom-in")):
            give_icon(button, context.theme, icon, size=16)
            button.setToolTip(button.accessibleName())
        self.hold = Button(say(msg("Pause")), "plain", name=f"{name}-pause", clicked=self.hold_asked.emit)
        self._shows_hold: bool | None = None
        self.as_table = Button(say(msg("As a table")), "segment", name=f"{name}-as-table")
        self.as_table.setCheckable(True)
        self.as_table.toggled.connect(self.table_asked)
        self.moment = Label("", "muted")
        tabular(self.moment)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(4))
        layout.addWidget(FlowRow(context.theme, self.range, self.longer, self.shorter, self.hold, self.as_table))
        layout.addWidget(self.moment)
        self.show_time()

    def show_time(self) -> None:
        """Which stretch is chosen, and whether it stands still."""
        found = self.range.findData(self._time.length_s)
        self.range.setCurrentIndex(found if found >= 0 else self.range.count() - 1)
        if self._shows_hold != self._time.follows:
            self._shows_hold = self._time.follows
            words = msg("Pause") if self._time.follows else msg("Back to now")
            self.hold.setText(self._context.say(words))
            give_icon(self.hold, self._context.theme, "pause" if self._time.follows else "play", size=16)

    def show_moment(self, cursor_unix_s: float | None, end_unix_s: float, mark: Message | None) -> None:
        """Which moment the figures are of, and what happened then."""
        at = cursor_unix_s if cursor_unix_s is not None else end_unix_s
        moment = moment_words(at, self._time.length_s)
        if mark is not None:
            words = msg("At {moment}: {mark}", moment=moment, mark=mark)
        elif cursor_unix_s is not None:
            words = msg("At {moment}", moment=moment)
        elif self._time.follows:
            words = msg("Now, {moment}", moment=moment)
        else:
            words = msg("Stands still, until {moment}", moment=moment)
        self.moment.setText(self._context.say(words))

    @Slot(int)
    def _chose(self, index: int) -> None:
        length_s = self.range.itemData(index)
        if length_s is None:
            self.show_time()
            return
        self.length_chosen.emit(length_s)


class TimeBar(QScrollBar):
    """All that is known from left to right, what is in sight as its handle. Signals: `moved` when a person moves it."""

    moved = Signal()

    def __init__(self, context: WindowContext, time: TimeWindow, *, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._time = time
        self._step_s = 1.0
        self._first_unix_s = 0.0
        self._now_unix_s = 0.0
        self.setObjectName(f"{name}-time")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(context.say(msg("Time: from the first measurement until now")))
        self.actionTriggered.connect(self._acted)

    def show_time(self, first_unix_s: float, now_unix_s: float) -> None:
        """From the first moment that is known until now."""
        begin, _ = self._time.span(now_unix_s)
        self._first_unix_s, self._now_unix_s = min(first_unix_s, begin), now_unix_s
        self._step_s = max(self._time.length_s / _BAR_STEPS, (now_unix_s - self._first_unix_s) / _MOST_STEPS)
        most = round((now_unix_s - self._time.length_s - self._first_unix_s) / self._step_s)
        if self.isSliderDown():
            return
        self.setRange(0, max(0, most))
        self.setPageStep(_BAR_STEPS)
        self.setSingleStep(_BAR_STEPS // 4)
        self.setValue(round((begin - self._first_unix_s) / self._step_s))
        self.setEnabled(most > 0)

    @Slot(int)
    def _acted(self, _action: int) -> None:
        """Only what a person does comes here."""
        if self.sliderPosition() >= self.maximum():
            self._time.follow()
        else:
            end = self._first_unix_s + self.sliderPosition() * self._step_s + self._time.length_s
            self._time.end_at(end, self._now_unix_s)
        self.moved.emit()
