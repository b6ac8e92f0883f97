"""The page "Monitor" and its tab "Live": samples become pictures, time is held and walked through, nothing grows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage

from tests.support.window import settle
from tests.support.window_views import SilentShell
from zkcompanion.app.monitor_views import Sample, SampleTaken
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import WindowContext

MIB = float(1 << 20)
NOW = 1_700_000_000.0


def sample(number: int, **more: float) -> Sample:
    busy = 50 + 40 * math.sin(number / 5)
    values = {
        "machine.processor": busy,
        "machine.core/0": busy - 10,
        "machine.core/1": busy + 10,
        "machine.memory": 3 * 1024 * MIB,
        "machine.memory_free": 20 * 1024 * MIB,
        "worker.memory/prover": (200 + number % 50) * MIB,
        "worker.memory/prover-2": 100 * MIB,
        "proofs.verified": 1.0,
        "proofs.failed": 0.0,
        "engine.waiting": 2.0,
        "engine.running": 1.0,
        "proofs.phase/sum-a": 0.4,
        "proofs.seconds": 1.2,
    }
    return Sample(NOW + number, 1000.0 + number, values | more)


def tell(desk, *numbers: int, **more: float) -> None:
    for number in numbers:
        taken = sample(number, **more)
        desk.monitor._recent.add(taken)
        desk.bus.publish(SampleTaken(taken))


@pytest.fixture
def live(desk, theme, qtbot):
    """The tab alone with its charts, and five minutes of samples."""
    from zkcompanion.ui.pages.monitor.live import LiveTab

    bridge = EventBridge(desk.bus, theme)
    for number in range(300):
        desk.monitor._recent.add(sample(number))
    tab = LiveTab(WindowContext(desk, theme, bridge, SilentShell()))
    qtbot.addWidget(tab, before_close_func=lambda closed: (closed.leave(), closed.close_tab()))
    tab.resize(960, 640)
    tab.show()
    tab.activateWindow()
    tab.arrive()
    qtbot.waitUntil(lambda: tab.board is not None and tab.board.isVisible(), timeout=20_000)
    settle(qtbot)
    yield tab
    bridge.close()


@pytest.fixture
def in_window(window, desk, qtbot):
    """The tab in the window."""
    for number in range(300):
        desk.monitor._recent.add(sample(number))
    window.go("monitor")
    tab = window.page.tab
    qtbot.waitUntil(lambda: tab.board is not None and tab.board.isVisible(), timeout=20_000)
    settle(qtbot)
    return tab


def seen(tab, chart: int = 0) -> QImage:
    return tab.board.charts[chart].grab().toImage()


def figures(tab, panel: int) -> dict[str, str]:
    return {one.name: one.value for one in tab.board.readings[panel].figures}


def test_a_sample_is_drawn_in_all_four_charts(live, desk, qtbot):
    assert [readings.title for readings in live.board.readings] == [
        "Processor",
        "Memory of our workers",
        "Throughput and queue",
        "Time of a proof, by phase",
    ]
    before = [seen(live, number) for number in range(4)]
    tell(desk, 300, **{"machine.processor": 12.5})
    qtbot.waitUntil(lambda: figures(live, 0)["All cores"] == "12.5 %")
    assert all(seen(live, number) != before[number] for number in range(4))
    assert figures(live, 1)["Worker 1"] == "200 MiB"
    assert figures(live, 2)["Runs waiting"] == "2"
    assert figures(live, 3)["Sum A"] == "400 ms"


def test_an_alert_stands_on_the_time_axis_with_the_next_sample(live, desk, qtbot):
    desk.alerts.start()
    tell(desk, 300)
    qtbot.waitUntil(lambda: not live._past.asking)
    assert [mark.kind for mark in live._past.marks if mark.kind == "alert"] == []
    tell(desk, 301, **{"worker.deaths": 1.0})
    qtbot.waitUntil(lambda: desk.alerts.open() != ())
    settle(qtbot)
    tell(desk, 302)
    qtbot.waitUntil(lambda: any(mark.kind == "alert" for mark in live._past.marks))


def test_nothing_is_drawn_where_it_is_not_in_sight(in_window, window, desk, qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(type(in_window.board), "show_tracks", lambda *_given: drawn.append(1))
    window.go("settings")
    tell(desk, 300, 301)
    settle(qtbot)
    assert drawn == []
    window.go("monitor")
    assert drawn, "what came meanwhile is there at once"
    assert in_window._samples.last_unix_s == NOW + 301
    drawn.clear()
    in_window.leave()
    tell(desk, 302)
    settle(qtbot)
    assert drawn == []


def test_pause_holds_what_is_in_sight_by_button_and_by_key(live, desk, qtbot):
    qtbot.mouseClick(live.tools.hold, Qt.MouseButton.LeftButton)
    assert live.tools.hold.text() == "Back to now"
    held = live.time.span(0.0)
    # the time after the last sample, less than a second of it, is filled by the next
    tell(desk, 300)
    settle(qtbot)
    before = seen(live)
    tell(desk, *range(301, 320), **{"machine.processor": 99.0})
    settle(qtbot)
    assert live.time.span(0.0) == held
    assert seen(live) == before
    live.board.setFocus()
    qtbot.keyClick(live.board, Qt.Key.Key_P)
    assert live.time.follows
    assert figures(live, 0)["All cores"] == "99 %"
    qtbot.keyClick(live.board, Qt.Key.Key_Space)
    assert not live.time.follows


def test_ranges_reach_from_a_minute_to_two_years_and_long_ones_come_from_the_disk(live, desk, qtbot, monkeypatch):
    texts = [live.tools.range.itemText(row) for row in range(live.tools.range.count())]
    assert (texts[0], texts[-2]) == ("1 minute", "2 years")
    asked = []
    real = desk.monitor.curves

    def curves(series, begin, end, points):
        asked.append((tuple(series), begin, end, points))
        return real(series, begin, end, points)

    monkeypatch.setattr(desk.monitor, "curves", curves)
    live.tools.range.setCurrentIndex(0)
    live.tools.range.activated.emit(0)
    settle(qtbot)
    assert live.time.length_s == 60.0
    assert [one for one in asked if len(one[0]) > 1] == [], "a minute is in memory"
    live.tools.range.activated.emit(texts.index("1 day"))
    settle(qtbot)
    series, begin, end, points = next(one for one in reversed(asked) if len(one[0]) > 1)
    assert end - begin == 86_400.0
    assert points <= 600
    assert {"machine.processor", "proofs.phase/sum-a", "worker.memory/prover"} <= set(series)
    qtbot.waitUntil(lambda: live._past is not None and not live._past.asking)


def test_the_cursor_reads_all_charts_by_pointer_and_by_key(live, qtbot):
    chart = live.board.charts[2]
    middle = chart.getPlotItem().getViewBox().sceneBoundingRect().center()
    qtbot.mouseMove(chart.viewport(), QPoint(3, 3))
    qtbot.mouseMove(chart.viewport(), chart.mapFromScene(middle))
    qtbot.waitUntil(lambda: live.tools.moment.text().startswith("At "))
    at = live.board.cursor_unix_s
    assert at == pytest.approx(NOW + 149, abs=2)
    assert all(one._cursor.isVisible() for one in live.board.charts)
    number = round(at - NOW)
    expected = (200 + number % 50, 200 + (number - 1) % 50, 200 + (number + 1) % 50)
    assert figures(live, 1)["Worker 1"] in {f"{size} MiB" for size in expected}

    live.board.setFocus()
    live.board.point(None)
    qtbot.keyClick(live.board, Qt.Key.Key_Left)
    assert live.board.cursor_unix_s == pytest.approx(NOW + 299 - 2.5)
    qtbot.keyClick(live.board, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert live.board.cursor_unix_s == pytest.approx(NOW + 299 - 27.5)
    assert live.tools.moment.text() in live.board.accessibleDescription()
    assert "Worker 1" in live.board.accessibleDescription()
    qtbot.keyClick(live.board, Qt.Key.Key_Escape)
    assert live.board.cursor_unix_s is None
    assert live.tools.moment.text().startswith("Now, ")


def test_keys_and_wheel_zoom_and_go_along_the_time_axis(live, qtbot):
    live.board.setFocus()
    qtbot.keyClick(live.board, Qt.Key.Key_Plus)
    assert live.time.length_s == pytest.approx(200.0)
    assert live.tools.range.currentText() == "Another stretch"
    qtbot.keyClick(live.board, Qt.Key.Key_Minus)
    assert live.time.length_s == pytest.approx(300.0)
    qtbot.keyClick(live.board, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert live.time.span(0.0)[1] == pytest.approx(NOW + 299 - 75)
    assert live.tools.moment.text().startswith("Stands still")
    live.board.zoomed(0.5, NOW + 200)
    assert live.time.length_s == pytest.approx(150.0)
    live.board.dragged(30.0)
    assert not live.time.follows
    qtbot.keyClick(live.board, Qt.Key.Key_End)
    assert live.time.follows
    qtbot.keyClick(live.board, Qt.Key.Key_Home)
    assert live.board.cursor_unix_s == pytest.approx(live.time.span(NOW + 299)[0])


def test_the_time_bar_goes_back_and_to_the_present(live, qtbot):
    live.time.choose(60.0, live.now())
    live._moved()
    assert live.bar.maximum() > 0
    live.bar.setFocus()
    qtbot.keyClick(live.bar, Qt.Key.Key_PageUp)
    assert not live.time.follows
    assert live.time.span(0.0)[1] == pytest.approx(NOW + 239, abs=4)
    qtbot.keyClick(live.bar, Qt.Key.Key_End)
    assert live.time.follows


def test_a_stretch_that_is_none_is_not_shown(live):
    for value in (math.nan, math.inf, -math.inf, -1, "x", None, []):
        live.arrive(seconds=value, end_unix_s=value)
        begin, end = live.time.span(live.now())
        assert math.isfinite(begin)
        assert begin < end <= NOW + 299


def test_the_disk_is_asked_again_after_the_clock_was_set_back(live, desk, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(live._past, "read", lambda *given: asked.append(given))
    tell(desk, -100_000)
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=5000)


def test_a_gap_is_left_open(live, desk, qtbot):
    from zkcompanion.ui.widgets.chart_data import stretches

    tell(desk, *range(360, 380))
    settle(qtbot)
    track = live._tracks["machine.processor"]
    found = list(stretches(track.times, track.steps, track.mean))
    assert [part.stop - part.start for part in found][-2:] == [300, 20]
    live.board.point(NOW + 330)
    assert figures(live, 0)["All cores"] == "no value"


def test_the_same_figures_stand_in_a_table(live, desk, qtbot):
    live.tools.as_table.click()
    assert live.table.isVisible()
    assert not live.board.isVisible()
    model = live.table.model()
    rows = {
        model.index(row, 0).data(): [model.index(row, column).data() for column in range(1, 5)]
        for row in range(model.rowCount())
    }
    assert rows["Runs waiting"] == ["2", "2", "2", "2"]
    assert rows["Memory of a worker: Worker 2"] == ["100 MiB"] * 4
    tell(desk, 300, **{"engine.waiting": 7.0})
    settle(qtbot)
    waiting = list(rows).index("Runs waiting")
    assert [model.index(waiting, column).data() for column in (1, 4)] == ["7", "7"]
    live.tools.as_table.click()
    assert live.board.isVisible()


def test_it_follows_the_theme_and_the_text_size(live, theme):
    light = seen(live)
    theme.apply("dark", 200)
    assert seen(live) != light
    assert live.board.charts[0]._canvas._colour("accent") == theme.colour("accent")
    assert live.board.charts[0].minimumHeight() == 168


def test_where_nothing_is_measured_it_says_so_and_leads_to_the_setting(in_window, window, desk, qtbot):
    assert not in_window._empty.isVisible()
    window.change(monitoring=False)
    qtbot.waitUntil(in_window._empty.isVisible)
    window.page.findChild(type(in_window.tools.hold), "monitor-live-switch-on").click()
    assert window.page.id == "settings"
    window.change(monitoring=True)
    qtbot.waitUntil(lambda: desk.preferences.current == replace(desk.preferences.current, monitoring=True))


def test_the_language_changes_and_the_stretch_of_time_stays(in_window, window, desk, qtbot):
    in_window.time.choose(3600.0, in_window.now())
    window.change(language="qps")
    qtbot.waitUntil(lambda: window.page.tab is not in_window)
    tab = window.page.tab
    qtbot.waitUntil(lambda: tab.board is not None, timeout=20_000)
    settle(qtbot)
    assert tab.time.length_s == 3600.0
    assert "⟦" in tab.board.readings[0].title
    assert all("⟦" in one.name for one in tab.board.readings[0].figures)
    window.change(language="en")
    qtbot.waitUntil(lambda: window.page.tab is not tab)


def test_samples_make_no_new_items_and_the_table_keeps_its_size(live, desk, qtbot):
    from shiboken6 import Shiboken

    def count():
        return len(Shiboken.getAllValidWrappers())

    tell(desk, *range(300, 305))
    settle(qtbot)
    before, size = count(), len(live._samples._times)
    tell(desk, *range(305, 345))
    settle(qtbot)
    assert size == len(live._samples._times) == 1800
    assert count() <= before + 5


def test_a_screen_reader_is_told_what_the_charts_are(live):
    interface = QAccessible.queryAccessibleInterface(live.board)
    assert interface.text(QAccessible.Text.Name) == "Charts over time"
    live._speak()
    said = interface.text(QAccessible.Text.Description)
    assert said.startswith("Now, ")
    assert "Processor: All cores" in said
