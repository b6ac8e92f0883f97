"""The history below the page "Prove": searched, sorted, run again, removed with a way back, cleared by a verb."""

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.support.window_views import SilentShell
from zkcompanion.app.history import ProofRecord
from zkcompanion.base.messages import msg
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.pages.prove.history import HistoryPanel
from zkcompanion.ui.pages.prove.history_model import CIRCUIT, CONSTRAINTS, KERNELS, OUTCOME, TIME, WHEN

LEFT = Qt.MouseButton.LeftButton
HOUR = 3600.0


def record(desk, ago_s=0.0, **changes):
    made = ProofRecord(
        id=0,
        unix_s=desk.clock.unix_s() - ago_s,
        circuit="sudoku",
        title=msg("Solution of a sudoku"),
        source="sudoku",
        fingerprint="f",
        outcome="verified",
        proofs=1,
        seconds=0.25,
        constraints=918,
        kernels="ifma",
        threads=2,
    )
    return replace(made, **changes)


@pytest.fixture
def shell():
    return SilentShell()


@pytest.fixture
def panel(desk, theme, qtbot, shell):
    bridge = EventBridge(desk.bus, theme)
    made = HistoryPanel(WindowContext(desk, theme, bridge, shell))
    bridge.history_changed.connect(lambda: made.show_records(desk.history.records()))
    made.resize(900, 500)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_records(desk.history.records())
    yield made
    bridge.close()
    made.close()
    made.deleteLater()
    qtbot.wait(0)


@pytest.fixture
def filled(desk, panel, qtbot):
    """Three runs: a sudoku two hours ago, a failed vote, and ten ages just now."""
    desk.history.add(record(desk, 2 * HOUR, seconds=1.5))
    desk.history.add(record(desk, HOUR / 2, title=msg("Vote"), outcome="failed", seconds=None, constraints=5681))
    desk.history.add(record(desk, title=msg("Age"), proofs=10, kernels="scalar", constraints=None))
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3)
    return panel


def column(panel, number):
    return [panel.model.index(row, number).data() for row in range(panel.model.rowCount())]


def words(panel):
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]


def test_before_the_first_proof_it_says_what_will_be_here(panel):
    assert "Your proofs will be listed here: times and outcomes, never inputs." in words(panel)
    assert not panel.table.isVisible()
    assert not panel.search.isVisible()


def test_each_run_says_what_became_of_it_in_words_and_with_an_icon(filled):
    assert column(filled, CIRCUIT) == ["Age", "Vote", "Solution of a sudoku"]
    assert column(filled, OUTCOME) == ["Verified, 10 proofs", "No proof", "Verified"]
    assert column(filled, TIME) == ["250 ms", "\N{EN DASH}", "1.50 s"]
    assert column(filled, CONSTRAINTS)[1] == "5\N{NO-BREAK SPACE}681"
    assert column(filled, KERNELS) == ["scalar", "ifma", "ifma"]
    assert column(filled, WHEN) == ["just now", "30 minutes ago", "2 hours ago"]
    assert not filled.model.index(0, OUTCOME).data(Qt.ItemDataRole.DecorationRole).isNull()
    assert filled.model.index(0, WHEN).data(Qt.ItemDataRole.ToolTipRole)
    assert "3 proof runs. Inputs are never kept, so running again asks for them." in words(filled)


def test_typing_finds_runs_by_all_that_is_said_of_them(filled, qtbot):
    qtbot.keyClicks(filled.search, "sudo ifma")
    assert column(filled, CIRCUIT) == ["Solution of a sudoku"]
    assert any(text.startswith("1 of 3 proof runs") for text in words(filled))
    filled.search.clear()
    qtbot.keyClicks(filled.search, "nothing like it")
    assert "No proof here has these words." in words(filled)
    assert not filled.table.isVisible()
    filled.search.clear()
    assert filled.model.rowCount() == 3


def test_a_click_on_a_head_sorts_and_what_was_chosen_stays_chosen(filled, qtbot):
    filled.table.selectRow(1)
    header = filled.table.horizontalHeader()

    def click(number):
        at = header.sectionViewportPosition(number) + 10
        qtbot.mouseClick(
            header.viewport(),
            LEFT,
            pos=header.viewport().rect().topLeft() + type(header.viewport().rect().topLeft())(at, 10),
        )

    click(CIRCUIT)
    first = column(filled, CIRCUIT)
    click(CIRCUIT)
    assert column(filled, CIRCUIT) == first[::-1]
    assert sorted(first) in (first, first[::-1])
    assert filled._current().title.template == "Vote"
    click(TIME)
    assert column(filled, TIME) in (["\N{EN DASH}", "250 ms", "1.50 s"], ["1.50 s", "250 ms", "\N{EN DASH}"])


def test_enter_and_the_button_ask_for_the_same_circuit_again(filled, qtbot):
    assert not filled.again_button.isEnabled()
    filled.table.setFocus()
    filled.table.selectRow(0)
    with qtbot.waitSignal(filled.run_again) as heard:
        qtbot.mouseClick(filled.again_button, LEFT)
    assert heard.args[0].title.template == "Age"
    with qtbot.waitSignal(filled.run_again):
        qtbot.keyClick(filled.table, Qt.Key.Key_Return)


def test_what_was_removed_can_be_put_back(desk, filled, shell, qtbot):
    filled.table.setFocus()
    filled.table.selectRow(1)
    qtbot.keyClick(filled.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: filled.model.rowCount() == 2)
    qtbot.waitUntil(lambda: bool(shell.told))
    (notice,) = shell.told
    assert isinstance(notice, Notice)
    assert str(notice.text) == "Vote was removed from the history."
    notice.action()
    qtbot.waitUntil(lambda: filled.model.rowCount() == 3)
    assert column(filled, CIRCUIT) == ["Age", "Vote", "Solution of a sudoku"]


def test_clearing_all_is_confirmed_in_place_by_a_verb(desk, filled, qtbot):
    qtbot.mouseClick(filled.clear_button, LEFT)
    assert "Forget all 3 proof runs for good?" in words(filled)
    assert filled.keep_button.hasFocus()  # Enter does no harm
    qtbot.keyClick(filled.keep_button, Qt.Key.Key_Escape)
    assert not filled.forget_button.isVisible()
    qtbot.mouseClick(filled.clear_button, LEFT)
    qtbot.mouseClick(filled.forget_button, LEFT)
    qtbot.waitUntil(lambda: filled.model.rowCount() == 0)
    assert desk.history.records() == ()
    assert any("will be listed here" in text for text in words(filled))


def test_a_narrow_window_keeps_the_columns_that_matter_most(filled, qtbot):
    filled.resize(330, 500)
    qtbot.waitUntil(lambda: filled.table.isColumnHidden(KERNELS))
    assert not filled.table.isColumnHidden(CIRCUIT)
    assert not filled.table.isColumnHidden(OUTCOME)
    filled.resize(1000, 500)
    qtbot.waitUntil(lambda: not filled.table.isColumnHidden(KERNELS))


def test_a_thousand_runs_take_no_time_that_is_felt(desk, panel):
    many = tuple(
        record(desk, 97.0 * number, id=1000 - number, seconds=0.01 * number, title=msg("Run {n}", n=number))
        for number in range(1000)
    )
    began = time.thread_time()
    panel.show_records(many)
    panel.search.setText("run 99")
    panel.search.clear()
    panel.table.sortByColumn(TIME, Qt.SortOrder.AscendingOrder)
    assert time.thread_time() - began < 0.4
    assert panel.model.rowCount() == 1000
