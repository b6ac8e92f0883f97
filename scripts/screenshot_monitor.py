"""The scenes of the page "Monitor"."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from windowlab import ended, order, settle

if TYPE_CHECKING:
    from screenshot_scenes import Stage


def monitor_tabs(stage: Stage) -> None:
    """Charts, workers and memory while a proof is made, and the charts as a table."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from zkcompanion.ui.pages.monitor.charts_tab import ChartsTab
    from zkcompanion.ui.pages.monitor.page import MonitorPage

    desk = stage.desk
    desk.start_monitor()
    stage.window.go("monitor", tab="live", seconds=60.0)
    page = stage.window.page
    assert isinstance(page, MonitorPage)
    job = desk.jobs.submit(order(desk, "sha256-preimage", repeat=12))
    stage.wait(lambda: (view := desk.jobs.job(job)) is not None and view.number >= 8, "the eighth proof")
    live = page.tab
    assert isinstance(live, ChartsTab)
    assert live.board is not None
    live.board.setFocus()
    for _ in range(12):
        QTest.keyClick(live.board, Qt.Key.Key_Left)
    stage.take("monitor-live", settle_s=1.2)
    live.tools.as_table.setChecked(True)
    stage.take("monitor-live-table")
    live.tools.as_table.setChecked(False)
    stage.window.go("monitor", tab="workers", seconds=300.0)
    stage.take("monitor-workers", settle_s=2.5)
    stage.wait(lambda: ended(desk, job), "the end of the proofs")
    stage.window.go("monitor", tab="memory")
    stage.take("monitor-memory", settle_s=6.0)
    stage.window.go("home")


def monitor_alerts(stage: Stage) -> None:
    """A worker is ended while it proves; then the alert, the notice, the history and a rule that is changed."""
    from zkcompanion.ui.shell.alerts import AlertNotices

    desk = stage.desk
    AlertNotices(stage.window.context, stage.window)
    desk.alerts.start()
    desk.start_monitor()
    job = desk.jobs.submit(order(desk, "sha256-preimage", repeat=30))
    stage.wait(lambda: (view := desk.jobs.job(job)) is not None and view.number >= 2, "the second proof")
    busy = next(worker for worker in desk.jobs.workers() if worker.state == "busy")
    assert busy.pid is not None
    os.kill(busy.pid, signal.SIGKILL)
    stage.wait(desk.alerts.open, "the alert")
    stage.window.go("monitor", tab="alerts")
    stage.take("monitor-alerts", settle_s=1.0)
    stage.wait(lambda: ended(desk, job), "the end of the proofs")
    for alert in desk.alerts.open():
        desk.alerts.acknowledge(alert.id)
    stage.take("monitor-alerts-seen", settle_s=1.0)
    stage.window.go("home")


def monitor_objectives(stage: Stage) -> None:
    """Objectives after real proofs, some of which a wrong input or a cancel kept from being made."""
    _ = stage.desk.runs  # it hears of the runs from now on
    for example in ("age-over-18", "funds-above-threshold"):
        stage.prove(example, repeat=40)
    stage.prove("age-over-18", inputs=b"{}")
    job = stage.desk.jobs.submit(order(stage.desk, "age-over-18", repeat=1000))
    stage.wait(lambda: any(run.begin_unix_s is not None for run in stage.desk.runs.live()), "a run")
    stage.desk.jobs.cancel(job)
    stage.wait(lambda: not stage.desk.runs.live(), "the end of the run")
    stage.window.go("monitor", tab="objectives")
    stage.wait(lambda: stage.says("Met"), "the objectives")
    stage.take("monitor-objectives")
    stage.click("monitor-objectives-made-more")
    stage.click("monitor-objectives-usual-change")
    stage.take("monitor-objectives-open")


def reports(stage: Stage) -> None:
    """A report is made, and is kept."""
    from zkcompanion.ui.pages.monitor.reports_tab import ReportsTab

    stage.window.go("monitor", tab="reports")
    stage.take("monitor-reports-empty")
    tab = stage.window.page.tab  # type: ignore[attr-defined]
    assert isinstance(tab, ReportsTab)
    for form in ("pdf", "md"):
        tab.form.forms[form].setChecked(True)
    tab.make.click()
    stage.take("monitor-reports-making")
    stage.wait(tab.make.isEnabled, "the report")
    settle(stage.app, 0.5)
    stage.take("monitor-reports")


#: In this order, each with (beginnings of) the names of its pictures.
MONITOR_SCENES: tuple[tuple[tuple[str, ...], Callable[[Stage], None]], ...] = (
    (("monitor-live", "monitor-workers", "monitor-memory"), monitor_tabs),
    (("monitor-alerts",), monitor_alerts),
    (("monitor-objectives",), monitor_objectives),
    (("monitor-reports",), reports),
)
