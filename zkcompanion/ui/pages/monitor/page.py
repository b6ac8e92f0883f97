"""The page "Monitor": what the machine and its proofs do, and did; tabs that are built when they are first shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout

from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Page, Place
from zkcompanion.ui.pages.monitor.tab import MonitorTab, TabEntry
from zkcompanion.ui.widgets.tabs import Tabs


def _live() -> type[MonitorTab]:
    from zkcompanion.ui.pages.monitor.live import LiveTab

    return LiveTab


def _workers() -> type[MonitorTab]:
    from zkcompanion.ui.pages.monitor.workers import WorkersTab

    return WorkersTab


def _memory() -> type[MonitorTab]:
    from zkcompanion.ui.pages.monitor.memory import MemoryTab

    return MemoryTab


def _alerts() -> type[MonitorTab]:
    from zkcompanion.ui.pages.monitor.alerts_tab import AlertsTab

    return AlertsTab


def _objectives() -> type[MonitorTab]:
    from zkcompanion.ui.pages.monitor.objectives_tab import ObjectivesTab

    return ObjectivesTab


def _reports() -> type[MonitorTab]:
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


class MonitorPage(Page):
    """`arrive(tab=ID)` shows a tab; whatever else is said goes to that tab."""

    id = "monitor"
    title = msg("Monitor")
    question = msg("What this computer and its proofs are doing, and what they did.")
    icon = "monitor"
    help = msg(
        "Each second the processor, the memory, the workers and the proofs are measured. The charts share one time "
        "axis: point at one, and all of them say what was measured at that moment."
    )
    fills = True
    wide = True

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self._built: dict[str, MonitorTab] = {}
        self._entries = {entry.id: entry for entry in TABS}
        self._in_sight = False
        self.tabs = Tabs(((entry.id, context.say(entry.title)) for entry in TABS), name="monitor-tab")
        self.tabs.chosen.connect(self._show_tab)
        self.body.addWidget(self.tabs)
        self._place = QVBoxLayout()
        self.body.addLayout(self._place, 1)
        self._current = self._tab(self.tabs.current)
        self._current.show()

    @property
    def tab(self) -> MonitorTab:
        """The tab that is shown."""
        return self._current

    def arrive(self, tab: object = None, **where: object) -> None:
        """Show a tab, or a certain place of it."""
        wanted = str(tab) if tab in self._entries else self.tabs.current
        self._in_sight = True
        if wanted == self.tabs.current:
            self._current.arrive(**where)
            return
        self.tabs.choose(wanted)
        if where:
            self._current.arrive(**where)

    def leave(self) -> None:
        """Nothing is drawn any more."""
        self._in_sight = False
        self._current.leave()

    def close_page(self) -> None:
        """The tabs go too."""
        self._in_sight = False
        self._current.leave()
        for tab in self._built.values():
            tab.close_tab()

    def keep(self) -> object:
        """The tab in sight, and what each of them keeps."""
        return self.tabs.current, {name: tab.keep() for name, tab in self._built.items()}

    def take_back(self, kept: object) -> None:
        """The same in another language."""
        assert isinstance(kept, tuple)
        current, tabs = kept
        for name, what in tabs.items():
            if what is not None:
                self._tab(name).take_back(what)
        self.tabs.choose(current)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Every tab, and what lies on it."""
        tabs = tuple(
            Place(
                msg("Monitor: {tab}", tab=entry.title), cls.id, (("tab", entry.id),), words=entry.words, icon="monitor"
            )
            for entry in TABS
        )
        return (*tabs, *(place for entry in TABS for place in entry.load().places()))

    def _tab(self, name: str) -> MonitorTab:
        if name not in self._built:
            made = self._built[name] = self._entries[name].load()(self.context)
            if made.fills:
                self._place.addWidget(made, 1)
            else:
                self._place.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
            made.setVisible(False)
        return self._built[name]

    @Slot(str)
    def _show_tab(self, name: str) -> None:
        before, self._current = self._current, self._tab(name)
        if self._in_sight:
            before.leave()
        before.hide()
        self._current.show()
        if self._in_sight:
            self._current.arrive()
