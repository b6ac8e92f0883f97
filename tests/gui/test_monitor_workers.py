"""The tabs "Workers" and "Memory": what each worker does, runs over time, and memory by component and phase."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.gui.test_monitor_live import MIB, NOW, sample
from tests.support.window import settle
from tests.support.window_views import SilentShell
from zkcompanion.app.job_views import JobView, PhaseView, WorkerView
from zkcompanion.app.monitor_views import JobSpanView, Sample, SampleTaken, SpanView
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.memory import MemoryTab
from zkcompanion.ui.pages.monitor.workers import WorkersTab
from zkcompanion.ui.theme.tokens import DARK

PHASES = (("load", 10.0, 12.0), ("sum-a", 12.0, 30.0), ("verify", 30.0, 31.0))


def run(job: int, begin: float, end: float | None, worker: str = "prover", **more) -> JobSpanView:
    spans = tuple(SpanView(name, begin + first - 10, begin + last - 10, worker, job) for name, first, last in PHASES)
    given = {"outcome": "done" if end else "running", "proofs": 1, "phases": spans, "title": msg("Sudoku")}
    return JobSpanView(
        **{
            "job": job,
            "worker": worker,
            "submitted_unix_s": begin - 5,
            "begin_unix_s": begin,
            "end_unix_s": end,
            **given,
            **more,
        }
    )


class At:
    """A clock that stands still, beside the real one."""

    def __init__(self, clock, unix_s):
        self._clock, self._unix_s = clock, unix_s

    def unix_s(self):
        return self._unix_s

    def __getattr__(self, name):
        return getattr(self._clock, name)


@pytest.fixture
def context(desk, theme):
    bridge = EventBridge(desk.bus, theme)
    yield WindowContext(desk, theme, bridge, SilentShell())
    bridge.close()


def opened(tab, qtbot):
    qtbot.addWidget(tab, before_close_func=lambda closed: (closed.leave(), closed.close_tab()))
    tab.resize(960, 640)
    tab.show()
    tab.activateWindow()
    tab.arrive()
    return tab


@pytest.fixture
def workers(context, desk, qtbot, monkeypatch):
    """The tab with two workers, one of which is at work, and three runs."""
    views = (
        WorkerView("prover", "busy", 11, 7, int(200 * MIB), jobs=3, speed=1.25, busy_seconds=30.0),
        WorkerView("prover-2", "ready", 12, None, int(100 * MIB), jobs=1, speed=1.0, busy_seconds=10.0),
    )
    monkeypatch.setattr(desk.jobs, "workers", lambda: views)
    runs = (
        run(5, NOW - 250, NOW - 200, outcome="failed"),
        run(6, NOW - 150, NOW - 100, "prover-2", deaths=1),
        run(7, NOW - 21, None),
    )
    monkeypatch.setattr(type(desk.runs), "live", lambda _self, **_given: runs[2:])
    monkeypatch.setattr(type(desk.runs), "between", lambda _self, *_span, **_given: runs)
    monkeypatch.setattr(desk, "clock", At(desk.clock, NOW))
    tab = opened(WorkersTab(context), qtbot)
    qtbot.waitUntil(lambda: tab._runs is not None)
    settle(qtbot)
    return tab


def texts(tab, worker: str) -> list[str]:
    return [label.text() for label in tab._lines[worker]._labels]


def test_each_worker_has_a_line_that_says_what_it_does(workers, desk, qtbot):
    phases = (PhaseView("load", "done", 0.1), PhaseView("sum-a", "running", 0.2))
    desk.bus.publish(_changed(JobView(7, "sudoku", msg("Sudoku"), "f", "running", NOW, 10, 4, phases)))
    desk.bus.publish(SampleTaken(Sample(NOW, 1.0, {"worker.processor/prover": 173.0})))
    qtbot.waitUntil(lambda: "Sum A" in texts(workers, "prover")[2])
    assert texts(workers, "prover") == [
        "Worker 1",
        "at work",
        "Sudoku, proof 4 of 10: Sum A",
        "25 % faster than predicted",
        "173 %",
        "200 MiB",
    ]
    assert texts(workers, "prover-2")[1:4] == ["ready", "nothing", "as predicted"]
    assert [workers._lines[name]._bar.share for name in ("prover", "prover-2")] == [0.75, 0.25]


def _changed(job):
    from zkcompanion.app.job_views import JobChanged

    return JobChanged(job)


def test_runs_are_asked_for_again_after_a_refusal_and_a_clock_that_was_set_back(workers, desk, qtbot, monkeypatch):
    asked = []

    def between(_self, begin, _end, finest_s):
        asked.append(begin)
        if len(asked) == 1:
            raise ResourceError(msg("The disk is full."))
        return ()

    monkeypatch.setattr(type(desk.runs), "between", between)
    for number in (1, 2):
        monkeypatch.setattr(desk, "clock", At(desk.clock, NOW - number * 1e6))
        desk.bus.publish(SampleTaken(Sample(NOW, 1.0, {})))
        qtbot.waitUntil(lambda number=number: len(asked) == number and workers._runs._asked is None, timeout=5000)
    assert asked[1] < asked[0]
    assert [type(one) for one in workers.context.shell.told] == [ResourceError]


def test_runs_lie_in_the_lane_of_their_worker(workers):
    placed = workers.lanes.placed()
    assert [(one.run.job, one.lane) for one in placed] == [(5, 0), (6, 1), (7, 0)]
    first, second, going = placed
    assert first.wait.right() == pytest.approx(first.bar.left())
    assert first.wait.width() == pytest.approx(first.bar.width() / 10, rel=0.01)
    assert second.bar.top() > first.bar.top()
    assert going.bar.right() == pytest.approx(workers.lanes.width() - 8, abs=2)


def test_the_keyboard_walks_along_the_runs_and_opens_one(workers, qtbot):
    shown = workers.context.shell.told
    workers.lanes.setFocus()
    qtbot.keyClick(workers.lanes, Qt.Key.Key_Right)
    assert workers.reading.text().endswith("failed after 50.0 s.")
    qtbot.keyClick(workers.lanes, Qt.Key.Key_Right)
    assert "One worker ended in it" in workers.reading.text()
    assert workers.lanes.accessibleDescription() == workers.reading.text()
    qtbot.keyClick(workers.lanes, Qt.Key.Key_Right)
    assert "at work for 21.0 s" in workers.reading.text()
    qtbot.keyClick(workers.lanes, Qt.Key.Key_Return)
    assert shown == [("prove", {"job": 7})]


def test_the_pointer_reads_and_opens_a_run(workers, qtbot):
    shown = workers.context.shell.told
    target = workers.lanes.placed()[1].bar.center().toPoint()
    qtbot.mouseMove(workers.lanes, target)
    qtbot.waitUntil(lambda: workers.lanes.chosen is not None)
    assert workers.lanes.chosen.job == 6
    qtbot.mouseClick(workers.lanes, Qt.MouseButton.LeftButton, pos=target)
    assert shown == [("prove", {"job": 6})]
    workers.lanes.opened.emit(run(-3, NOW - 50, NOW - 40))
    assert shown[-1] == ("prove", {"history": True})


def test_what_is_drawn_changes_with_the_theme(workers, theme, monkeypatch):
    before = workers.lanes.grab().toImage()
    monkeypatch.setattr(theme, "tokens", DARK)
    assert workers.lanes.grab().toImage() != before


def test_memory_is_shown_by_component_over_time_and_by_phase(context, desk, qtbot, monkeypatch):
    for number in range(120):
        taken = sample(number)
        parts = {"memory.component/base": 90 * MIB, "memory.component/circuits": number * MIB}
        desk.monitor._recent.add(Sample(taken.unix_s, taken.monotonic_s, {**taken.values, **parts}))
    monkeypatch.setattr(type(desk.runs), "live", lambda _self, **_given: (run(1, NOW + 10, None),))
    tab = opened(MemoryTab(context), qtbot)
    qtbot.waitUntil(lambda: tab.board is not None and bool(tab._lines), timeout=20_000)
    settle(qtbot)
    assert [(part.name, part.words) for part in tab.treemap.parts] == [
        ("Python and libraries", "90.0 MiB"),
        ("Circuits and keys", "119 MiB"),
    ]
    assert "Circuits and keys 119 MiB" in tab.treemap.accessibleDescription()
    shares = [box.width() * box.height() for box in tab.treemap.rectangles()]
    assert shares[1] / shares[0] == pytest.approx(119 / 90)
    assert tab._lines["sum-a"]._size.text() == "229 MiB"
    assert list(tab._lines) == ["load", "sum-a", "verify"]
    tab.board.point(NOW + 60)
    assert tab.treemap.parts[1].words == "60.0 MiB"


def test_tabs_of_the_page_are_reached_by_name_and_by_the_arrow_keys(window, qtbot):
    window.go("monitor", tab="memory")
    assert window.page.tab.id == "memory"
    assert window.page.tab._in_sight
    tabs = window.page.tabs
    tabs.button("memory").setFocus()
    qtbot.keyClick(tabs.button("memory"), Qt.Key.Key_Home)
    assert window.page.tab.id == "live"
    assert not window.page._built["memory"]._in_sight
    window.go("home")
    assert window.page is not None
    assert not window._pages["monitor"].tab._in_sight
