"""The tab "Reports": made while the window goes on, stopped, kept, removed and put back, by the calendar."""

import stat

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel

from tests.support.report_sources import NOW, record, run, sources
from zkcompanion.app.report_service import ReportService
from zkcompanion.app.report_views import ReportOrder, ReportsChanged
from zkcompanion.ui.context import Notice
from zkcompanion.ui.report_notice import ReportTeller


@pytest.fixture
def tab(desk, window):
    """With sources of its own, so that there is something to report."""
    made = ReportService(
        desk.dirs,
        desk.bus,
        desk.clock,
        sources(records=(run(1, NOW, 1.0),), history=(record(1, NOW),)),
        desk.outputs,
    )
    desk.__dict__["reports"] = made
    window.go("monitor", tab="reports")
    return window.page.tab


def only(tab, *forms):
    for form, box in tab.form.forms.items():
        box.setChecked(form in forms)


def rows(tab):
    return [
        label
        for label in tab.list.findChildren(QLabel)
        if label.property("kind") == "strong" and label.isVisibleTo(tab)
    ]


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_report_is_made_kept_removed_and_put_back(tab, qtbot, desk, window, monkeypatch):
    assert tab.list.empty.isVisibleTo(tab)
    only(tab, "md", "json")
    click(qtbot, tab.make)
    assert tab.progress.isVisible()
    assert not tab.make.isEnabled()
    qtbot.waitUntil(lambda: tab.make.isEnabled() and len(rows(tab)) == 1, timeout=20_000)
    assert not tab.progress.isVisible()
    (kept,) = desk.reports.kept()
    assert [form for form, _ in kept.files] == ["md", "json"]
    notices = []
    monkeypatch.setattr(window, "notify", notices.append)
    tab.list.remove_asked.emit(kept.id)
    qtbot.waitUntil(lambda: bool(notices) and tab.list.empty.isVisibleTo(tab), timeout=5000)
    notices[0].action()
    qtbot.waitUntil(lambda: len(rows(tab)) == 1, timeout=5000)
    assert desk.reports.kept() == (kept,)


def test_it_is_saved_where_somebody_wants_it(tab, qtbot, tmp_path):
    only(tab, "csv")
    tab.make_into(tmp_path)
    qtbot.waitUntil(tab.make.isEnabled, timeout=20_000)
    (path,) = tmp_path.glob("zkcompanion-performance-*.csv.zip")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_can_be_stopped_and_says_so(tab, qtbot, desk):
    only(tab, "html", "pdf")
    click(qtbot, tab.make)
    assert tab.cancel.hasFocus()
    qtbot.keyClick(tab.cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(tab.make.isEnabled, timeout=20_000)
    said = tab.findChild(QFrame, "monitor-reports-said")
    assert any("you stopped it" in label.text() for label in said.findChildren(QLabel))
    assert desk.reports.kept() == ()
    assert tab.make.hasFocus()


def test_without_a_form_or_a_period_there_is_no_report(tab, qtbot):
    only(tab)
    assert not tab.make.isEnabled()
    only(tab, "md")
    tab.form.period.setCurrentIndex(tab.form.period.findData(0))
    assert tab.form.begin.isVisibleTo(tab)
    tab.form.begin.setDate(tab.form.end.date().addDays(1))
    click(qtbot, tab.make)
    said = tab.findChild(QFrame, "monitor-reports-said")
    assert any("ends before it begins" in label.text() for label in said.findChildren(QLabel))


def test_days_are_whole_days_of_the_local_calendar(tab):
    tab.form.period.setCurrentIndex(tab.form.period.findData(0))
    day = tab.form.end.date().addDays(-3)
    tab.form.begin.setDate(day)
    tab.form.end.setDate(day)
    order = tab.form.order(NOW * 2)
    assert 23 * 3600 <= order.end_unix_s - order.begin_unix_s <= 25 * 3600


def test_the_calendar_is_a_preference(tab, qtbot, desk):
    tab.schedule.setCurrentIndex(tab.schedule.findData("weekly"))
    qtbot.waitUntil(lambda: desk.preferences.current.report_schedule == "weekly", timeout=5000)
    desk.preferences.change(report_schedule="daily")
    qtbot.waitUntil(lambda: tab.schedule.currentData() == "daily", timeout=5000)


def test_what_was_chosen_survives_another_language(tab):
    only(tab, "pdf", "csv")
    tab.form.kind.setCurrentIndex(1)
    kept = tab.keep()
    only(tab, "html")
    tab.form.kind.setCurrentIndex(0)
    tab.take_back(kept)
    assert (tab.form.wanted(), tab.form.kind.currentData()) == (("pdf", "csv"), "memory")


def test_a_scheduled_report_is_told_with_a_way_to_read_it(tab, qtbot, desk, window, monkeypatch):
    opened, notices = [], []
    monkeypatch.setattr("zkcompanion.ui.report_notice.open_path", lambda path: opened.append(path) or False)
    monkeypatch.setattr(window, "notify", notices.append)
    ReportTeller(window.context, window)
    order = ReportOrder("performance", NOW - 86400, NOW, ("html",), scheduled="daily 2026-09-20")
    kept = desk.reports.shelf.put("scheduled-x", order, NOW, "x", {"html": b"<p>"})
    desk.bus.publish(ReportsChanged())
    desk.bus.publish(ReportsChanged(kept))
    qtbot.waitUntil(lambda: len(notices) == 1, timeout=5000)
    assert isinstance(notices[0], Notice)
    window.go("home")
    notices[0].action()
    assert opened == [kept.files[0][1]]
    assert window.page.id == "monitor"
