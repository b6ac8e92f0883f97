"""What the tabs with charts share: a time axis from a minute to two years, with the phases of proofs behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QTableView

from zkcompanion.app.monitor_views import Sample
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.tab import MonitorTab
from zkcompanion.ui.pages.monitor.time_tools import TimeBar, TimeTools
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.states import EmptyState, Skeleton
from zkcompanion.ui.widgets.time_window import MINUTE_S, TimeWindow

if TYPE_CHECKING:
    from zkcompanion.ui.pages.monitor.board import Board
    from zkcompanion.ui.pages.monitor.charts_table import ChartsModel
    from zkcompanion.ui.pages.monitor.panels import Panel, Tracks
    from zkcompanion.ui.pages.monitor.past import Past
    from zkcompanion.ui.pages.monitor.runs_feed import RunsFeed
    from zkcompanion.ui.widgets.chart_data import SampleTable, Tint

#: What is in memory, in seconds; of longer stretches the disk is asked.
MEMORY_S = 900
#: What is asked of the disk for one series at most.
_MOST_POINTS = 600
#: Marks and runs are asked for again this often.
_AGAIN_S = 10.0
#: The words for a screen reader are renewed this often.
_SPOKEN_MS = 10_000
_USUAL_S = 5 * MINUTE_S


class ChartsTab(MonitorTab):
    """Drawn when a sample comes, and only while it is in sight. Subclasses say which `panels` there are.

    `arrive(seconds=S, end_unix_s=T)` shows the last S seconds, or those before T.
    """

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self.time = TimeWindow(_USUAL_S)
        self.board: Board | None = None
        self.table: QTableView | None = None
        self._model: ChartsModel | None = None
        self._samples: SampleTable | None = None
        self._runs: RunsFeed | None = None
        self._past: Past | None = None
        self._panels: tuple[Panel, ...] = ()
        self._tracks: Tracks = {}
        self._importing: Task | None = None
        self._in_sight = False
        self._asked_at_unix_s = 0.0
        say = context.say
        self.tools = TimeTools(context, self.time, name=f"monitor-{self.id}")
        self.tools.length_chosen.connect(self._choose)
        self.tools.zoom_asked.connect(self._zoom)
        self.tools.hold_asked.connect(self.toggle_hold)
        self.tools.table_asked.connect(self._show_table)
        self.bar = TimeBar(context, self.time, name=f"monitor-{self.id}")
        self.bar.moved.connect(self._moved)
        self._waiting = Skeleton(context.theme, say(msg("Preparing the charts")), lines=6)
        self._empty = EmptyState(
            context.theme,
            "monitor",
            say(msg("Nothing is measured, because that is switched off. What was measured before is kept.")),
            Button(say(msg("Switch it on")), "primary", name=f"monitor-{self.id}-switch-on", clicked=self._to_settings),
        )
        self.body.setSpacing(context.theme.pixels(Space.M))
        self.body.addWidget(self.tools)
        self.body.addWidget(self._empty)
        self.body.addWidget(self._waiting, 1)
        self.body.addWidget(self.bar)
        self.bar.hide()
        self._empty.setVisible(not context.desk.preferences.current.monitoring)
        self._voice = QTimer(self, interval=_SPOKEN_MS)
        self._voice.timeout.connect(self._speak)
        context.bridge.sample_taken.connect(self._take)
        context.bridge.preferences_changed.connect(self._preferences_changed)
        context.bridge.alert_changed.connect(self._alert_changed)

    # -- coming and going

    def arrive(self, **where: object) -> None:
        """Draw from now on."""
        self._in_sight = True
        self._voice.start()
        seconds, end = where.get("seconds"), where.get("end_unix_s")
        if isinstance(seconds, int | float) and math.isfinite(seconds):
            self.time.follow()
            self.time.choose(float(seconds), self.now())
        if isinstance(end, int | float) and math.isfinite(end):
            self.time.end_at(float(end), self.now())
        if self._samples is not None:
            self._samples.fill(self.context.desk.monitor.recent(MEMORY_S))
        self._moved()

    def leave(self) -> None:
        """Draw nothing."""
        self._in_sight = False
        self._voice.stop()

    def close_tab(self) -> None:
        """The charts go to the next one."""
        if self._importing is not None:
            self._importing.drop()
        for feed in (self._runs, self._past):
            if feed is not None:
                feed.close()
        if self.board is not None:
            self.board.close_board()

    def keep(self) -> object:
        """The stretch of time."""
        return self.time.length_s, None if self.time.follows else self.time.span(0.0)[1]

    def take_back(self, kept: object) -> None:
        """The same stretch."""
        assert isinstance(kept, tuple)
        length_s, end_unix_s = kept
        self.time.choose(length_s, self.now())
        if end_unix_s is not None:
            self.time.end_at(end_unix_s, self.now())

    def panels(self) -> tuple[Panel, ...]:
        """The charts from top to bottom; asked when numpy is there."""
        raise NotImplementedError

    def drawn(self, tracks: Tracks, span: tuple[float, float]) -> None:
        """The charts were drawn; for whatever else a tab shows of the same figures."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """What takes long to import comes after the first picture, in another thread."""
        super().paintEvent(event)
        if self._importing is None and self.board is None:
            self._importing = run_task(self, _import_charts, self._build, self.context.shell.show_error)

    # -- what a person does

    @Slot()
    def toggle_hold(self) -> None:
        """Stand still, or go on with the present."""
        if self.time.follows:
            self.time.hold(self.now())
        else:
            self.time.follow()
        self._moved()

    def now(self) -> float:
        """The present: that of the last sample, or by the clock where there is none."""
        last = self._samples.last_unix_s if self._samples is not None else None
        return last if last is not None else self.context.desk.clock.unix_s()

    @Slot(float)
    def _choose(self, length_s: float) -> None:
        self.time.choose(length_s, self.now())
        self._moved()

    @Slot(float)
    def _zoom(self, factor: float) -> None:
        begin, end = self.time.span(self.now())
        cursor = self.board.cursor_unix_s if self.board is not None else None
        self.time.zoom(factor, cursor if cursor is not None else (begin + end) / 2, self.now())
        self._moved()

    @Slot()
    def _moved(self) -> None:
        """Another stretch of time is in sight."""
        self._asked_at_unix_s = 0.0
        self.tools.show_time()
        self._draw()

    @Slot(bool)
    def _show_table(self, shown: bool) -> None:
        if self.board is None or self._model is None:
            return
        if self.table is None:
            from zkcompanion.ui.pages.monitor.charts_table import charts_table

            self.table = charts_table(self.context, self._model, name=f"monitor-{self.id}-table")
            self.body.insertWidget(self.body.indexOf(self.board), self.table, 1)
        self.board.setVisible(not shown)
        self.table.setVisible(shown)
        self._draw()

    def _to_settings(self) -> None:
        self.context.shell.go("settings", section="monitoring")

    @Slot(object)
    def _preferences_changed(self, event: object) -> None:
        self._empty.setVisible(not event.after.monitoring)  # type: ignore[attr-defined]

    # -- data

    @Slot(object)
    def _take(self, sample: Sample) -> None:
        if self._samples is None or not self._in_sight:
            return
        self._samples.add(sample)
        if self.time.follows:
            self._draw()

    @Slot(object)
    def _alert_changed(self, _alert: object) -> None:
        """The next sample draws its mark."""
        self._asked_at_unix_s = 0.0

    @Slot(object)
    def _build(self, _imported: None) -> None:
        from zkcompanion.ui.pages.monitor.board import Board
        from zkcompanion.ui.pages.monitor.charts_table import ChartsModel
        from zkcompanion.ui.pages.monitor.past import Past
        from zkcompanion.ui.pages.monitor.runs_feed import RunsFeed
        from zkcompanion.ui.widgets.chart_data import SampleTable

        self._importing = None
        self._samples = SampleTable(MEMORY_S)
        self._samples.fill(self.context.desk.monitor.recent(MEMORY_S))
        self._panels = self.panels()
        self._runs = RunsFeed(self.context, self, self._draw)
        self._past = Past(self.context, self, self._draw)
        self._model = ChartsModel(self.context, self)
        self.board = Board(self.context, self._panels, self.time, name=f"monitor-{self.id}-charts")
        self.board.moved.connect(self._moved)
        self.board.cursor_moved.connect(self._cursor_moved)
        self.board.hold_asked.connect(self.toggle_hold)
        self._waiting.hide()
        self.body.insertWidget(self.body.indexOf(self.bar), self.board, 1)
        self.bar.show()
        self._moved()

    def _draw(self) -> None:
        if self.board is None or self._samples is None or self._past is None or not self._in_sight:
            return
        from zkcompanion.ui.pages.monitor.past import drawn_marks

        now = self.now()
        span = self.time.span(now)
        first = self._samples.first_unix_s
        in_memory = first is not None and span[0] >= now - MEMORY_S - 1
        self._read(span, now, in_memory=in_memory)
        if in_memory:
            names = {name for panel in self._panels for name in panel.series(self._samples.names)}
            self._tracks = {name: self._samples.track(name) for name in names}
        else:
            self._tracks = self._past.tracks
        self.bar.show_time(self._past.first_unix_s or first or span[0], now)
        if self.board.isVisible():
            self.board.show_tracks(self._tracks, now, self._tints(span), drawn_marks(self._past.marks))
        self._show_words()
        self.drawn(self._tracks, span)

    def _tints(self, span: tuple[float, float]) -> tuple[Tint, ...]:
        from zkcompanion.ui.pages.monitor.run_tints import run_tints, short_names

        assert self._runs is not None
        assert self.board is not None
        return run_tints(self._runs.now(), span, self.board.plot_px, short_names(self.context))

    def _read(self, span: tuple[float, float], now: float, *, in_memory: bool) -> None:
        """Ask the disk, unless what it said is young enough for what is in sight."""
        assert self._past is not None
        assert self._runs is not None
        age = max(_AGAIN_S, self.time.length_s / _MOST_POINTS)
        if abs(now - self._asked_at_unix_s) < age:  # the clock may be set back
            return
        self._asked_at_unix_s = now
        panels = self._panels

        def wanted(known: tuple[str, ...]) -> tuple[str, ...]:
            names = {name for panel in panels for name in panel.series(known)}
            return tuple(sorted(names.intersection(known)))

        self._past.read(None if in_memory else wanted, span, _MOST_POINTS)
        self._runs.read(*span)

    # -- words

    @Slot(object)
    def _cursor_moved(self, _unix_s: object) -> None:
        self._show_words()
        self._speak()

    def _show_words(self) -> None:
        assert self.board is not None
        assert self._past is not None
        from zkcompanion.ui.pages.monitor.past import mark_at

        span = self.time.span(self.now())
        cursor = self.board.cursor_unix_s
        mark = None
        if cursor is not None:
            mark = mark_at(self._past.marks, cursor, self.time.length_s / 100)
        self.tools.show_moment(cursor, span[1], mark.text if mark is not None else None)
        if self.table is not None and self.table.isVisible() and self._model is not None:
            names = tuple(name for panel in self._panels for name in panel.series(self._tracks) if name in self._tracks)
            self._model.show_tracks(self._tracks, names, span, cursor if cursor is not None else span[1])

    @Slot()
    def _speak(self) -> None:
        if self.board is not None:
            self.board.setAccessibleDescription(f"{self.tools.moment.text()}: {self.board.spoken()}")


def _import_charts() -> None:
    """What takes long to load: numpy and pyqtgraph."""
    import zkcompanion.ui.pages.monitor.board  # noqa: F401 (loading it is all that is wanted)
