"""The page "Monitor": what the machine and its proofs do, and did; tabs that are built when they are first shown."""

from __future__ import annotations

from zkcompanion.base.messages import msg
from zkcompanion.ui.tabbed import PageTab, TabbedPage, TabEntry


def _live() -> type[PageTab]:
    from zkcompanion.ui.pages.monitor.live import LiveTab

    return LiveTab


def _workers() -> type[PageTab]:
    from zkcompanion.ui.pages.monitor.workers import WorkersTab

    return WorkersTab


def _memory() -> type[PageTab]:
    from zkcompanion.ui.pages.monitor.memory import MemoryTab

    return MemoryTab


def _alerts() -> type[PageTab]:
    from zkcompanion.ui.pages.monitor.alerts_tab import AlertsTab

    return AlertsTab


def _objectives() -> type[PageTab]:
    from zkcompanion.ui.pages.monitor.objectives_tab import ObjectivesTab

    return ObjectivesTab


def _reports() -> type[PageTab]:
    from zkcompanion.ui.pages.monitor.reports_tab import ReportsTab

    return ReportsTab


#: From left to right.
TABS: tuple[TabEntry, ...] = (
    TabEntry("live", msg("Live"), _live, words=(msg("charts"), msg("processor"), msg("memory"), msg("throughput"))),
    TabEntry("workers", msg("Workers"), _workers, words=(msg("processes"), msg("jobs"), msg("load"))),
    TabEntry("memory", msg("Memory"), _memory, words=(msg("components"), msg("treemap"))),
    TabEntry("alerts", msg("Alerts"), _alerts, words=(msg("warnings"), msg("thresholds"), msg("notifications"))),
    TabEntry("objectives", msg("Objectives"), _objectives, words=(msg("SLA"), msg("error budget"))),
    TabEntry("reports", msg("Reports"), _reports, words=(msg("PDF"), msg("HTML"), msg("CSV"), msg("save"))),
)


class MonitorPage(TabbedPage):
    """See the module."""

    id = "monitor"
    title = msg("Monitor")
    question = msg("What this computer and its proofs are doing, and what they did.")
    icon = "monitor"
    help = msg(
        "Each second the processor, the memory, the workers and the proofs are measured. The charts share one time "
        "axis: point at one, and all of them say what was measured at that moment."
    )
    entries = TABS
