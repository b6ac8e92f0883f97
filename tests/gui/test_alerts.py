"""Alerts in the window: told without being asked, counted, decided about, and their rules changed in place."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QSystemTrayIcon, QTableView

from zkcompanion.app.monitor_views import Sample, SampleTaken
from zkcompanion.ui.pages.monitor.alert_history import DURATION, TITLE, WORST
from zkcompanion.ui.shell.alerts import AlertNotices


class Ticks:
    """The collector's place: samples with values that the test chooses, a second apart."""

    def __init__(self, desk):
        self._desk = desk
        self._now_s = 1000.0
        self._begin_s = desk.clock.unix_s() - self._now_s

    def __call__(self, times=1, **values):
        named = {name.replace("__", "."): float(value) for name, value in values.items()}
        for _ in range(times):
            self._now_s += 1
            self._desk.bus.publish(SampleTaken(Sample(self._begin_s + self._now_s, self._now_s, named)))


@pytest.fixture
def ticks(desk, window):
    desk.alerts.start()
    window.alert_notices = AlertNotices(window.context, window)
    yield Ticks(desk)
    desk.alerts.close()


@pytest.fixture
def tab(window, ticks):
    window.go("monitor", tab="alerts")
    return window.page.tab


def click(qtbot, parent, name):
    found = parent.findChild(QPushButton, name)
    assert found.isVisible(), name
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def said(window):
    return [str(notice.text) for notice in window.notices.notices]


def warnings(window):
    return window.status.findChild(QPushButton, "status-warnings")


def test_an_alert_is_told_counted_and_taken_back_and_leaves_the_keyboard_alone(window, ticks, qtbot):
    focus = window.focusWidget()
    ticks(worker__deaths=1)
    qtbot.waitUntil(lambda: said(window) == ["A worker ended by itself"], timeout=5000)
    qtbot.waitUntil(lambda: warnings(window).text() == "1 warning", timeout=5000)
    assert window.focusWidget() is focus
    qtbot.mouseClick(warnings(window), Qt.MouseButton.LeftButton)
    assert (window.page.id, window.page.tab.id) == ("monitor", "alerts")
    ticks(61, worker__deaths=0)
    qtbot.waitUntil(lambda: said(window) == [], timeout=5000)
    qtbot.waitUntil(lambda: warnings(window).text() == "No warnings", timeout=5000)
    qtbot.mouseClick(warnings(window), Qt.MouseButton.LeftButton)
    assert window.page.id == "diagnostics"


def test_what_is_snoozed_is_not_shown_until_it_is_wanted_again(window, tab, ticks, qtbot):
    ticks(16, machine__temperature=95)
    qtbot.waitUntil(lambda: len(tab.cards) == 1, timeout=5000)
    (card,) = tab.cards.values()
    qtbot.waitUntil(card.isVisible, timeout=5000)
    texts = " ".join(label.text() for label in card.findChildren(QLabel))
    assert "The processor is hot" in texts
    assert "Let air reach the vents" in texts
    assert "Now 95.0 °C, at worst 95.0 °C; the threshold is 92.0 °C." in texts
    click(qtbot, card, "monitor-alert-heat-snooze-hour")
    qtbot.waitUntil(lambda: said(window) == ["“The processor is hot” is not shown for now."], timeout=5000)
    qtbot.waitUntil(lambda: warnings(window).text() == "No warnings", timeout=5000)
    window.notices.notices[0].action()
    qtbot.waitUntil(lambda: "The processor is hot" in said(window), timeout=5000)
    click(qtbot, card, "monitor-alert-heat-snooze-end")
    qtbot.waitUntil(lambda: "The processor is hot" not in said(window), timeout=5000)
    click(qtbot, card, "monitor-alert-heat-again")
    qtbot.waitUntil(lambda: "The processor is hot" in said(window), timeout=5000)
    click(qtbot, card, "monitor-alert-heat-acknowledge")
    qtbot.waitUntil(lambda: "The processor is hot" not in said(window), timeout=5000)
    assert not card.findChild(QPushButton, "monitor-alert-heat-acknowledge").isVisible()
    # it is still so
    qtbot.waitUntil(lambda: warnings(window).text() == "1 warning", timeout=5000)
    ticks(16, machine__temperature=60)
    qtbot.waitUntil(lambda: tab.cards == {}, timeout=5000)


def test_the_history_is_sorted_and_searched(tab, ticks, qtbot):
    table = tab.findChild(QTableView, "monitor-alerts-history")
    assert table.isHidden()
    ticks(worker__deaths=3)
    ticks(61, worker__deaths=0)
    ticks(20, machine__temperature=96)
    model = tab.history.model
    qtbot.waitUntil(lambda: model.rowCount() == 2, timeout=5000)

    def column(which):
        return [model.index(row, which).data() for row in range(model.rowCount())]

    assert column(TITLE) == ["The processor is hot", "A worker ended by itself"]
    assert (column(WORST)[0], column(DURATION)[0]) == ("96.0 °C", "still open")
    table.sortByColumn(TITLE, Qt.SortOrder.AscendingOrder)
    assert column(TITLE) == ["A worker ended by itself", "The processor is hot"]
    qtbot.keyClicks(tab.findChild(QLineEdit, "monitor-alerts-search"), "hot warn")
    assert column(TITLE) == ["The processor is hot"]
    qtbot.keyClicks(tab.findChild(QLineEdit, "monitor-alerts-search"), "zz")
    assert table.isHidden()


def test_a_rule_is_changed_in_its_place_and_brought_back(desk, window, tab, ticks, qtbot):
    window.go("monitor", tab="alerts", rule="heat")
    line = tab.rules.lines["heat"]
    ticks(machine__temperature=80)
    qtbot.waitUntil(lambda: any(label.text() == "now 80.0 °C" for label in line.findChildren(QLabel)), timeout=5000)
    field = line.findChild(QLineEdit, "monitor-rule-heat-threshold")
    assert field.text() == "92.0 °C"

    def heat():
        return next(rule for rule in desk.alerts.rules() if rule.id == "heat")

    def typed(name, text):
        field = line.findChild(QLineEdit, f"monitor-rule-heat-{name}")
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        return field

    assert "is no value here" in typed("threshold", "hot").accessibleDescription()
    typed("threshold", "75")
    typed("margin", "5")
    typed("for", "2 s")
    typed("clear-for", "0")
    severity = line.findChild(QComboBox, "monitor-rule-heat-severity")
    severity.setCurrentIndex(severity.findData("critical"))
    qtbot.waitUntil(
        lambda: (
            (heat().threshold, heat().clear, heat().for_s, heat().clear_for_s, heat().severity)
            == (75.0, 70.0, 2.0, 0.0, "critical")
        ),
        timeout=5000,
    )
    ticks(3, machine__temperature=80)
    qtbot.waitUntil(lambda: [str(notice.tone) for notice in window.notices.notices] == ["bad"], timeout=5000)
    box = line.findChild(QCheckBox, "monitor-rule-heat-enabled")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not heat().enabled and desk.alerts.open() == (), timeout=5000)
    back = line.findChild(QPushButton, "monitor-rule-heat-default")
    qtbot.waitUntil(back.isEnabled, timeout=5000)
    back.click()
    qtbot.waitUntil(lambda: not heat().changed, timeout=5000)
    qtbot.waitUntil(lambda: field.text() == "92.0 °C" and "The rule is as it came." in said(window), timeout=5000)
    window.notices.notices[-1].action()
    qtbot.waitUntil(lambda: (heat().threshold, heat().enabled) == (75.0, False), timeout=5000)
    ticks()
    qtbot.waitUntil(lambda: field.text() == "75.0 °C", timeout=5000)


def test_without_monitoring_the_tab_says_why_nothing_opens(desk, tab, qtbot):
    desk.preferences.change(monitoring=False)
    qtbot.waitUntil(tab._off.isVisible, timeout=5000)
    desk.preferences.change(monitoring=True)
    qtbot.waitUntil(tab._off.isHidden, timeout=5000)


def test_the_desktop_is_told_only_when_that_is_wanted(desk, window, ticks, qtbot, monkeypatch):
    shown = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda _self: None)
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _self, title, text, *_: shown.append((title, text)))
    ticks(worker__deaths=1)
    qtbot.waitUntil(lambda: len(said(window)) == 1, timeout=5000)
    assert shown == []
    desk.preferences.change(notify_desktop=True)
    ticks(proofs__failed=1, worker__deaths=1)
    qtbot.waitUntil(lambda: [title for title, _ in shown] == ["A proof failed"], timeout=5000)
    desk.preferences.change(notify_desktop=False)
    qtbot.waitUntil(lambda: window.alert_notices._tray is None, timeout=5000)
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    desk.preferences.change(notify_desktop=True)
    ticks(6, machine__throttled=1)
    qtbot.waitUntil(lambda: "The processor slows itself down" in said(window), timeout=5000)
    assert len(shown) == 1
