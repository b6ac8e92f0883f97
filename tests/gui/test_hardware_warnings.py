"""Warnings of this computer: what is open with what to do, what was, and what it cost; by hand and by keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QTableView

from tests.gui.test_alerts import Ticks, click, said
from zkcompanion.base.messages import msg
from zkcompanion.monitoring.runs import ProofEvent, RunRecord
from zkcompanion.ui.pages.hardware.costs_table import COST, SECONDS, SHARE, TIMES, TITLE
from zkcompanion.ui.pages.hardware.warnings_tab import WarningsTab

AGO_S = 1000.0


@pytest.fixture
def ticks(desk, window):
    desk.alerts.start()
    made = Ticks(desk)
    made._begin_s -= AGO_S  # so that what is told in a moment lies in the past
    yield made
    desk.alerts.close()


@pytest.fixture
def tab(window, ticks, qtbot):
    made = WarningsTab(window.context)
    qtbot.addWidget(made)
    made.resize(1000, 900)
    made.show()
    made.arrive()
    yield made
    made.leave()
    made.close_tab()


def cell(table, row, column):
    return table.model().index(row, column).data()


def test_only_warnings_of_the_computer_stand_there_with_meaning_and_advice(tab, ticks, qtbot):
    assert "Nothing of this computer disturbs proofs now." in " ".join(one.text() for one in tab.findChildren(QLabel))
    ticks(16, machine__temperature=95, proofs__failed=1)
    qtbot.waitUntil(lambda: len(tab.opened.cards) == 1, timeout=5000)
    (card,) = tab.opened.cards.values()
    texts = " ".join(label.text() for label in card.findChildren(QLabel))
    assert "The processor is hot" in texts
    assert "Let air reach the vents" in texts
    assert card.accessibleName() == "Warning: The processor is hot"
    assert all(button.accessibleName() or button.text() for button in card.findChildren(QPushButton))


def test_a_warning_is_seen_snoozed_and_dismissed_and_the_last_is_taken_back(window, desk, tab, ticks, qtbot):
    ticks(16, machine__temperature=95)
    qtbot.waitUntil(lambda: len(tab.opened.cards) == 1, timeout=5000)
    (card,) = tab.opened.cards.values()
    qtbot.waitUntil(card.isVisible, timeout=5000)
    click(qtbot, card, "hardware-warning-heat-acknowledge")
    qtbot.waitUntil(lambda: desk.alerts.open()[0].acknowledged, timeout=5000)
    click(qtbot, card, "hardware-warning-heat-snooze-day")
    qtbot.waitUntil(lambda: desk.alerts.open()[0].snoozed_until_unix_s is not None, timeout=5000)
    gone = card.findChild(QPushButton, "hardware-warning-heat-dismiss")
    gone.setFocus()
    qtbot.keyClick(gone, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not tab.opened.cards, timeout=5000)
    qtbot.waitUntil(
        lambda: "“The processor is hot” is dismissed. It stays in the history." in said(window), timeout=5000
    )
    history = tab.findChild(QTableView, "hardware-warnings-history")
    qtbot.waitUntil(lambda: history.model().rowCount() == 1, timeout=5000)
    assert cell(history, 0, 3) == "dismissed"
    window.notices.notices[-1].action()
    qtbot.waitUntil(lambda: len(tab.opened.cards) == 1, timeout=5000)


def test_what_it_cost_is_told_by_kind_and_filtered(desk, tab, ticks, qtbot, monkeypatch):
    begin = desk.clock.unix_s() - AGO_S
    ticks(40, machine__temperature=95, machine__swapping=0)
    ticks(20, machine__temperature=40)
    events = [ProofEvent(begin + 2 * n + 5, 1.5, "verified") for n in range(8)]
    events += [ProofEvent(begin - 100 - 2 * n, 1.0, "verified") for n in range(8)]
    run = RunRecord(1, msg("C"), "c", "window", "w", begin - 200, begin - 200, begin + 40, "done", proofs=tuple(events))
    monkeypatch.setattr(desk.runs, "records", lambda: (run,))
    ticks(16, machine__swapping=5e7)
    tab.arrive()
    table = tab.findChild(QTableView, "hardware-warnings-costs")
    qtbot.waitUntil(lambda: table.model().rowCount() == 2, timeout=5000)
    by_title = {cell(table, row, TITLE): row for row in range(2)}
    row = by_title["The processor is hot"]
    assert cell(table, row, TIMES) == "1"
    assert cell(table, row, SECONDS).endswith(" s")
    assert cell(table, row, SHARE) == "< 0.1 %"
    assert cell(table, row, COST).startswith("Proofs took 1.50 times as long (1.50 to 1.50, 8 pairs): about 4.00 s")
    swapping = by_title["Memory goes to the disk and back"]
    assert cell(table, swapping, COST) == "No proof was made meanwhile."
    table.sortByColumn(COST, Qt.SortOrder.DescendingOrder)
    assert cell(table, 0, TITLE) == "The processor is hot"
    for column in range(5):
        table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
        assert table.model().rowCount() == 2
    search = tab.findChild(QLineEdit, "hardware-warnings-search")
    qtbot.keyClicks(search, "disk and back")
    assert table.model().rowCount() == 1
    search.clear()
    assert table.model().rowCount() == 2


def test_the_stretch_of_time_is_chosen_and_kept(tab, ticks, qtbot):
    period = tab.findChild(QComboBox, "hardware-warnings-period")
    asked = []
    tab._latest.ask = asked.append
    period.setFocus()
    qtbot.keyClick(period, Qt.Key.Key_Down)
    assert asked == [365 * 86400.0]
    assert tab.keep() == 2
    tab.take_back(0)
    assert period.currentText() == "The last 7 days"
    tab.take_back(None)
    assert period.currentIndex() == 0


def test_a_place_leads_to_the_warning_and_to_its_rule(window, tab, ticks, qtbot):
    ticks(16, machine__temperature=95)
    qtbot.waitUntil(lambda: len(tab.opened.cards) == 1, timeout=5000)
    tab.arrive(alert="heat")
    (place,) = tab.places()
    assert (place.page, dict(place.where)) == ("hardware", {"tab": "warnings"})
    click(qtbot, tab, "hardware-warnings-rules")
    assert (window.page.id, window.page.tab.id) == ("monitor", "alerts")


def test_without_monitoring_it_says_why_nothing_comes(desk, tab, qtbot):
    assert not tab._off.isVisible()
    desk.preferences.change(monitoring=False)
    qtbot.waitUntil(tab._off.isVisible, timeout=5000)
