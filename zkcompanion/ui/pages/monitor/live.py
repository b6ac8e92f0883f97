"""The tab "Live": four charts on one time axis, from a minute to two years, with the phases of proofs behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QWidget

from zkcompanion.app.monitor_views import CurveView, Sample
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.tab import MonitorTab
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.widgets.basic import Button, Label, row, tabular
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.states import Skeleton
from zkcompanion.ui.widgets.time_window import DAY_S, HOUR_S, MINUTE_S, TimeWindow

if TYPE_CHECKING:
    from zkcompanion.ui.pages.monitor.board import Board
    from zkcompanion.ui.pages.monitor.panels import Tracks
    from zkcompanion.ui.pages.monitor.runs_feed import RunsFeed
    from zkcompanion.ui.widgets.chart_data import SampleTable

#: What is in memory, in seconds; of longer stretches the store is asked.
MEMORY_S = 900
#: What is asked of the store for one series at most.
_MOST_POINTS = 600
#: The words for a screen reader are renewed this often.
_SPOKEN_MS = 10_000

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
_USUAL_S = 5 * MINUTE_S


class LiveTab(MonitorTab):
    """Drawn when a sample comes, and only while it is in sight."""

    id = "live"
    title = msg("Live")
    fills = True

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self.window_of_time = TimeWindow(_USUAL_S)
        self.board: Board | None = None
        self._table: SampleTable | None = None
        self._runs: RunsFeed | None = None
        self._in_sight = False
        self._held = False
        self._asked: Task | None = None
        self._past: Tracks = {}
        self._asked_at_unix_s = 0.0
        say = context.say
        self.range = QComboBox()
        self.range.setObjectName("monitor-live-range")
        self.range.setAccessibleName(say(msg("Stretch of time")))
        for length_s, words in RANGES:
            self.range.addItem(say(words), length_s)
        self.range.addItem(say(msg("Other")), None)
        self.range.activated.connect(self._chose_range)
        self.longer = Button("", "plain", name="monitor-live-longer", clicked=self._zoom_out)
        self.longer.setText("-")
        self.longer.setAccessibleName(say(msg("Longer stretch: -")))
        self.shorter = Button("+", "plain", name="monitor-live-shorter", clicked=self._zoom_in)
        self.shorter.setAccessibleName(say(msg("Shorter stretch: +")))
        self.hold = Button(say(msg("Pause")), "plain", name="monitor-live-pause", clicked=self.toggle_hold)
        give_icon(self.hold, context.theme, "pause", size=16)
        self.moment = Label("", "muted", wrap=False)
        tabular(self.moment)
        self._tools = QWidget()
        self._tools.setLayout(row(self.range, self.longer, self.shorter, self.hold, None, self.moment))
        self._waiting = Skeleton(context.theme, say(msg("Preparing the charts")), lines=6)
        self.body.addWidget(self._tools)
        self.body.addWidget(self._waiting, 1)
        self._voice = QTimer(self, interval=_SPOKEN_MS)
        self._voice.timeout.connect(self._speak)
        context.bridge.sample_taken.connect(self._take)
        self._show_range()

    # -- coming and going

    def arrive(self, **where: object) -> None:
        """Draw from now on; `seconds` and `end_unix_s` show a certain stretch of time."""
        self._in_sight = True
        self._voice.start()
        seconds, end = where.get("seconds"), where.get("end_unix_s")
        if isinstance(seconds, int | float):
            self.window_of_time.choose(float(seconds), self._now())
        if isinstance(end, int | float):
            self.window_of_time.end_at(float(end), self._now())
        if self._table is not None:
            self._table.fill(self.context.desk.monitor.recent(MEMORY_S))
        self._moved()

    def leave(self) -> None:
        """Draw nothing."""
        self._in_sight = False
        self._voice.stop()

    def close_tab(self) -> None:
        """The charts go to the next one."""
        if self._asked is not None:
            self._asked.drop()
        if self._runs is not None:
            self._runs.close()
        if self.board is not None:
            self.board.close_board()

    def keep(self) -> object:
        """The stretch of time."""
        return self.window_of_time

    def take_back(self, kept: object) -> None:
        """The same stretch."""
        assert isinstance(kept, TimeWindow)
        self.window_of_time = kept
        self._show_range()

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Stretches of time that people look for."""
        return tuple(
            Place(
                msg("Monitor: the last {time}", time=words),
                "monitor",
                (("tab", cls.id), ("seconds", length_s)),
                icon="clock",
            )
            for length_s, words in RANGES
            if length_s in {HOUR_S, DAY_S, 7 * DAY_S}
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """What takes long to import comes after the first picture, in another thread."""
        super().paintEvent(event)
        if self._asked is None and self.board is None:
            self._asked = run_task(self, _import_charts, self._build, self.context.shell.show_error)

    # -- what a person does

    def toggle_hold(self) -> None:
        """Stand still, or go on with the present."""
        if self.held:
            self.window_of_time.follow()
        else:
            self.window_of_time.hold(self._now())
        self._moved()

    @property
    def held(self) -> bool:
        """Whether what is in sight stands still."""
        return not self.window_of_time.follows

    @Slot(int)
    def _chose_range(self, index: int) -> None:
        length_s = self.range.itemData(index)
        if length_s is not None:
            self.window_of_time.choose(length_s, self._now())
            self._moved()

    def _zoom_in(self) -> None:
        self._zoom(0.5)

    def _zoom_out(self) -> None:
        self._zoom(2.0)

    def _zoom(self, factor: float) -> None:
        begin, end = self.window_of_time.span(self._now())
        cursor = self.board.cursor_unix_s if self.board is not None else None
        self.window_of_time.zoom(factor, cursor if cursor is not None else (begin + end) / 2, self._now())
        self._moved()

    @Slot()
    def _moved(self) -> None:
        """Another stretch of time is in sight."""
        self._show_range()
        self._asked_at_unix_s = 0.0
        if self._runs is not None:
            self._runs.read(*self.window_of_time.span(self._now()))
        self._draw()

    # -- data

    @Slot(object)
    def _take(self, sample: Sample) -> None:
        if self._table is None or not self._in_sight:
            return
        self._table.add(sample)
        if not self.held:
            self._draw()

    def _now(self) -> float:
        last = self._table.last_unix_s if self._table is not None else None
        return last if last is not None else self.context.desk.clock.unix_s()

    def _build(self, _imported: None) -> None:
        from zkcompanion.ui.pages.monitor.board import Board
        from zkcompanion.ui.pages.monitor.panels import panels
        from zkcompanion.ui.pages.monitor.runs_feed import RunsFeed
        from zkcompanion.ui.widgets.chart_data import SampleTable

        self._asked = None
        self._table = SampleTable(MEMORY_S)
        self._table.fill(self.context.desk.monitor.recent(MEMORY_S))
        self._panels = panels()
        self._runs = RunsFeed(self.context, self, self._draw)
        self.board = Board(self.context, self._panels, self.window_of_time, name="monitor-live-charts")
        self.board.moved.connect(self._moved)
        self.board.cursor_moved.connect(self._say_moment)
        self.board.hold_asked.connect(self.toggle_hold)
        self._waiting.hide()
        self.body.addWidget(self.board, 1)
        self._moved()

    def _draw(self) -> None:
        if self.board is None or self._table is None or self._runs is None or not self._in_sight:
            return
        from zkcompanion.ui.pages.monitor.runs_feed import run_tints, short_names

        now = self._now()
        span = self.window_of_time.span(now)
        first = self._table.first_unix_s
        if self.window_of_time.length_s <= MEMORY_S and first is not None and span[0] >= now - MEMORY_S - 1:
            names = {name for panel in self._panels for name in panel.series(self._table.names)}
            tracks = {name: self._table.track(name) for name in names}
        else:
            self._ask(now)
            tracks = dict(self._past)
        tints = run_tints(self._runs.now(), span, self.board.plot_px, short_names(self.context))
        self.board.show_tracks(tracks, now, tints)
        self._say_moment(self.board.cursor_unix_s)

    def _ask(self, now: float) -> None:
        """Read the store, unless what was read is young enough for what is in sight."""
        assert self._table is not None
        span = self.window_of_time.span(now)
        if self._asked is not None or now - self._asked_at_unix_s < self.window_of_time.length_s / _MOST_POINTS:
            return
        self._asked_at_unix_s = now
        names = sorted({name for panel in self._panels for name in panel.series(self._table.names)})
        monitor = self.context.desk.monitor

        def read() -> tuple[CurveView, ...]:
            return monitor.curves(names, *span, _MOST_POINTS)

        self._asked = run_task(self, read, self._came, self._failed)

    def _came(self, curves: tuple[CurveView, ...]) -> None:
        from zkcompanion.ui.widgets.chart_data import track_of

        self._asked = None
        self._past = {curve.series: track_of(curve) for curve in curves}
        self._draw()

    def _failed(self, error: CompanionError) -> None:
        self._asked = None
        self.context.shell.show_error(error)

    # -- words

    def _show_range(self) -> None:
        found = self.range.findData(self.window_of_time.length_s)
        self.range.setCurrentIndex(found if found >= 0 else self.range.count() - 1)
        say = self.context.say
        self.hold.setText(say(msg("Go on") if self.held else msg("Pause")))
        give_icon(self.hold, self.context.theme, "play" if self.held else "pause", size=16)

    def _say_moment(self, cursor_unix_s: object) -> None:
        from zkcompanion.ui.widgets.chart_ticks import moment_words

        span = self.window_of_time.span(self._now())
        at = cursor_unix_s if isinstance(cursor_unix_s, float) else span[1]
        words = moment_words(at, self.window_of_time.length_s)
        if isinstance(cursor_unix_s, float):
            self.moment.setText(self.context.say(msg("At {moment}", moment=words)))
            self._speak()
        elif self.held:
            self.moment.setText(self.context.say(msg("Paused at {moment}", moment=words)))
        else:
            self.moment.setText(self.context.say(msg("Now, {moment}", moment=words)))

    @Slot()
    def _speak(self) -> None:
        if self.board is not None:
            self.board.setAccessibleDescription(f"{self.moment.text()}: {self.board.spoken()}")


def _import_charts() -> None:
    """What takes long to load: numpy and pyqtgraph."""
