"""The timeline of phases: its widths, its words, and how one walks through it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics

from tests.support.window_views import SECONDS, SilentShell, job, phases
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.widgets.phase_bar import share_out


@pytest.fixture
def timeline(desk, theme, qtbot):
    from zkcompanion.ui.widgets.timeline import PhaseTimeline

    bridge = EventBridge(desk.bus, theme)
    made = PhaseTimeline(WindowContext(desk, theme, bridge, SilentShell()))
    qtbot.addWidget(made)
    made.resize(700, 240)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    bridge.close()


def test_widths_are_in_proportion_and_none_is_too_narrow_to_point_at():
    widths = share_out([1, 1, 2, 0.001], 406, 6)
    assert widths == pytest.approx([100, 100, 200, 6])
    assert sum(share_out([0, 0, 5], 100, 6)) == pytest.approx(100)
    assert share_out([3, 1], 8, 6) == pytest.approx([4, 4]), "no room for that: all alike"
    assert share_out([], 100, 6) == []


def test_it_fills_and_says_what_happens_and_how_long_it_will_take(timeline):
    timeline.show_job(job(parts=phases("sum-b2", 0.4), left_s=(1.21, 1.58), repeat=10, number=2))

    assert timeline.title.text() == "Proof 2 of 10: Sum B2"
    assert timeline.times.text() == "0.8 s so far, about 1.2 to 1.6 s left"
    assert "larger curve group" in timeline.sentence.text()
    states = {piece.phase: (piece.state, piece.fill) for piece in timeline.bar.pieces}
    assert states["sum-b1"] == ("done", None)
    assert states["sum-b2"] == ("running", 0.4)
    assert states["verify"] == ("waiting", None)
    figures = {item.name: item.figure for item in timeline.list.items}
    assert figures["Sum B1"] == "165 ms"
    assert figures["Sum B2"] == "40 %"
    assert figures["Verify"] == "≈ 12 ms"


def test_widths_are_what_earlier_proofs_took_and_then_what_this_one_took(timeline):
    timeline.show_job(job(parts=phases("sum-a")))
    widths = dict(zip(SECONDS, (box.width() for box in timeline.bar.rectangles()), strict=True))
    assert widths["sum-b2"] / widths["sum-a"] == pytest.approx(SECONDS["sum-b2"] / SECONDS["sum-a"], rel=0.01)
    before = timeline.bar.rectangles()
    timeline.show_job(job(parts=phases("sum-c")))
    assert timeline.bar.rectangles() == before, "nothing moves while it runs"

    timeline.show_job(job("done", phases(expected=False), elapsed_s=1.63))
    widths = dict(zip(SECONDS, (box.width() for box in timeline.bar.rectangles()), strict=True))
    assert widths["sum-h"] / widths["sum-c"] == pytest.approx(SECONDS["sum-h"] / SECONDS["sum-c"], rel=0.01)
    assert timeline.title.text() == "Done"
    assert timeline.times.text() == "1.63 s"


def test_a_phase_that_takes_longer_than_ever_is_not_shown_as_done(timeline):
    late = phases("witness", None)
    slow = tuple(
        type(phase)(phase.phase, phase.state, 5.0, None, phase.expected_s) if phase.state == "running" else phase
        for phase in late
    )
    timeline.show_job(job(parts=slow))
    assert next(piece.fill for piece in timeline.bar.pieces if piece.state == "running") == pytest.approx(0.97)


def test_a_proof_that_outlived_its_worker_says_from_where_it_went_on(timeline):
    parts = tuple(replace(part, resumed=part.state == "done") for part in phases("sum-b2", 0.4))
    timeline.show_job(job(parts=parts, deaths=1, resumed_from="sum-b2"))
    assert "went on from Sum B2" in timeline.sentence.text()
    kept = next(item for item in timeline.list.items if item.name == "Sum B1")
    assert "kept from the worker process that ended; it took 165 ms there" in kept.spoken

    timeline.show_job(job(parts=phases("load"), deaths=1))
    assert "makes the proof from the beginning" in timeline.sentence.text()
    timeline.show_job(job("done", parts, deaths=1, resumed_from="sum-b2"))
    assert timeline.sentence.text().startswith("Point at a phase")


def test_where_it_failed_is_told_without_colour(timeline):
    timeline.show_job(job("failed", phases("check")))
    assert timeline.title.text() == "Did not finish"
    item = timeline.list.items[2]
    assert (item.name, item.figure, item.state) == ("Check", "failed", "failed")

    timeline.show_job(job("cancelled", phases("check")))
    assert timeline.title.text() == "Stopped"
    assert timeline.list.items[2].figure == "stopped"


def test_before_there_is_anything_it_shows_what_will_come(timeline):
    timeline.show_job(None)
    assert [piece.phase for piece in timeline.bar.pieces] == list(SECONDS)
    assert {piece.state for piece in timeline.bar.pieces} == {"waiting"}
    timeline.show_job(job("waiting"), 2)
    assert timeline.title.text() == "Waiting for its turn"
    assert timeline.sentence.text() == "It begins as soon as the 2 proofs before it are done."
    # the first one waits for nobody's proof
    timeline.show_job(job("waiting"))
    assert timeline.title.text() == "Starting"
    assert timeline.sentence.text() == "It begins as soon as the process that makes proofs is ready."


def test_compiling_and_key_making_appear_when_they_occur(timeline):
    from zkcompanion.app.job_views import PhaseView

    parts = (PhaseView("compile", "running", 0.5), *phases("load")[1:])
    timeline.show_job(job(parts=parts))
    assert timeline.list.items[0].name == "Compile"
    assert "later starts reuse it" in timeline.sentence.text()


def test_arrow_keys_walk_through_the_phases_and_tell_their_times(timeline, qtbot):
    timeline.show_job(job("done", phases(), elapsed_s=1.63))
    timeline.list.setFocus(Qt.FocusReason.TabFocusReason)
    timeline.list.clearFocus()
    timeline.list.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(timeline.list.hasFocus)
    assert timeline.sentence.text().startswith("Load: took 22.0 ms")
    qtbot.keyClick(timeline.list, Qt.Key.Key_Right)
    assert timeline.sentence.text() == (
        "Witness: took 4.40 ms, about 4.0 ms expected. Calculates every value inside the circuit from your inputs."
    )
    assert timeline.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) == timeline.sentence.text()
    assert timeline.list.accessibleName() == "Phases of the proof"
    assert "Witness: took 4.40 ms" in timeline.bar.accessibleDescription()


def test_the_pointer_tells_the_same_and_moves_nothing(timeline, qtbot):
    timeline.show_job(job(parts=phases("sum-b2")))
    height = timeline.heightForWidth(timeline.width())
    box = timeline.bar.rectangles()[7]
    qtbot.mouseMove(timeline.bar, QPoint(2, 5))
    qtbot.mouseMove(timeline.bar, box.center().toPoint())
    qtbot.waitUntil(lambda: timeline.sentence.text().startswith("Sum B2: running, 40 % done."))
    assert timeline.list.lit == 7
    assert timeline.heightForWidth(timeline.width()) == height


@pytest.mark.parametrize("percent", [80, 100, 200])
@pytest.mark.parametrize("width", [300, 480, 1000])
def test_the_words_fit_at_every_width_and_text_size(timeline, theme, qtbot, percent, width):
    theme.apply("light", percent)
    timeline.resize(width, 400)
    timeline.show_job(job(parts=phases("constraints"), left_s=(1.2, 1.6)))
    qtbot.waitUntil(lambda: timeline.width() == width)
    grid = timeline.list.gridSize()
    metrics = QFontMetrics(timeline.list.fonts(running=True)[0])
    icon = theme.pixels(16 + 6 + 8)
    assert max(metrics.horizontalAdvance(item.name) for item in timeline.list.items) + icon <= grid.width()
    columns = max(1, (timeline.list.width() - 1) // grid.width())
    assert timeline.list.height() >= -(-len(SECONDS) // columns) * grid.height()
    seen = [timeline.list.visualRect(timeline.list.model().index(number)) for number in range(len(SECONDS))]
    assert max(box.bottom() for box in seen) <= timeline.list.height()
    assert max(box.right() for box in seen) <= timeline.list.width()
