"""The page "Settings": sections beside a list; whatever is changed holds at once."""

from __future__ import annotations

from dataclasses import asdict

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from zkcompanion.app.preferences import Preferences, PreferencesChanged
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Page, Place
from zkcompanion.ui.pages.settings_about import AboutSection
from zkcompanion.ui.pages.settings_appearance import AppearanceSection
from zkcompanion.ui.pages.settings_cache import CacheSection
from zkcompanion.ui.pages.settings_data import DataSection
from zkcompanion.ui.pages.settings_engine import EngineSection
from zkcompanion.ui.pages.settings_monitoring import MonitoringSection
from zkcompanion.ui.pages.settings_parts import Section, keep
from zkcompanion.ui.pages.settings_privacy import PrivacySection
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.side_list import SideList

_SECTIONS: tuple[type[Section], ...] = (
    AppearanceSection,
    EngineSection,
    CacheSection,
    MonitoringSection,
    DataSection,
    PrivacySection,
    AboutSection,
)
#: (key, section, what it is called, other words for it)
_FOUND: tuple[tuple[str, str, Message, tuple[Message, ...]], ...] = (
    ("theme", "appearance", msg("Theme"), (msg("dark"), msg("light"), msg("high contrast"), msg("colours"))),
    ("text-size", "appearance", msg("Text size"), (msg("font"), msg("larger"), msg("zoom"))),
    ("language", "appearance", msg("Language"), (msg("translation"),)),
    ("threads", "engine", msg("Threads of a proof"), (msg("cores"), msg("processor"))),
    ("kernels", "engine", msg("Arithmetic"), (msg("kernels"), msg("vector"), msg("scalar"), msg("reference"))),
    ("constant-work", "engine", msg("Constant work"), (msg("timing"), msg("side channel"))),
    ("workers", "engine", msg("Restart workers"), (msg("processes"), msg("prover"))),
    ("cache-use", "cache", msg("Cache: size and time saved"), (msg("statistics"), msg("hits"), msg("disk"))),
    ("cache-clear", "cache", msg("Clear the cache"), (msg("compiled code"), msg("disk"))),
    ("cache-bytes", "cache", msg("Size of the cache"), (msg("limit"), msg("disk"), msg("room"))),
    ("cache-entries", "cache", msg("Entries of the cache"), (msg("limit"),)),
    ("monitoring", "monitoring", msg("Watch this computer"), (msg("monitor"), msg("samples"), msg("history"))),
    ("notify-desktop", "monitoring", msg("Desktop notifications"), (msg("alerts"), msg("tray"))),
    ("alert-rules", "monitoring", msg("When an alert opens"), (msg("rules"), msg("threshold"), msg("warnings"))),
    ("report-schedule", "monitoring", msg("Reports by themselves"), (msg("schedule"), msg("daily"), msg("weekly"))),
    ("metrics-port", "monitoring", msg("Metrics at a port"), (msg("OpenMetrics"), msg("Prometheus"), msg("endpoint"))),
    ("metrics-file", "monitoring", msg("Metrics in a file"), (msg("OpenMetrics"), msg("Prometheus"))),
    ("keys", "data", msg("Clear development keys"), (msg("disk"), msg("zkey"))),
    ("keep-history", "data", msg("Keep a history"), (msg("runs"),)),
    ("history", "data", msg("Clear the history"), (msg("runs"), msg("forget"))),
    ("monitor-history", "data", msg("Clear the monitoring history"), (msg("measurements"), msg("forget"))),
    ("folders", "data", msg("Where data lies"), (msg("folders"), msg("files"))),
    ("network", "privacy", msg("Nothing leaves this computer"), (msg("network"), msg("telemetry"))),
    ("never-kept", "privacy", msg("What is never kept"), (msg("inputs"), msg("witness"), msg("secrets"))),
    ("version", "about", msg("Version"), (msg("release"),)),
    ("self-test", "about", msg("Test this installation"), (msg("self-test"), msg("check"))),
    ("setup", "about", msg("Set up again"), (msg("wizard"), msg("first start"), msg("calibrate"))),
    ("diagnostics", "about", msg("Report of faults"), (msg("diagnostics"), msg("crash"), msg("log"))),
    ("shortcuts", "about", msg("Keyboard shortcuts"), (msg("keys"),)),
    ("licences", "about", msg("Licences"), (msg("open source"), msg("libraries"))),
)
_SECTION_OF = {key: section for key, section, _, _ in _FOUND} | {"kept": "privacy"}
#: Narrower than this (at 100 % text size) the list of sections stands above them.
_BESIDE_PX = 760
_LIST_PX = 176


class SettingsPage(Page):
    """`arrive(section=ID)` shows a section, `arrive(setting=KEY)` points at one setting."""

    id = "settings"
    title = msg("Settings")
    question = msg("How this program looks and works. What you change holds at once.")
    icon = "settings"
    help = msg("Every change holds at once and can be undone. “Back to defaults” brings all settings back.")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self.head_actions.addWidget(
            Button(say(msg("Back to defaults")), "plain", name="settings-defaults", clicked=self._back_to_defaults),
            0,
            Qt.AlignmentFlag.AlignTop,
        )
        self._list = SideList(context, tuple((kind.id, say(kind.title)) for kind in _SECTIONS), name="settings-section")
        self._list.chosen.connect(self._show_section)
        self._holder = QWidget()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._holder)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(context.theme.pixels(Space.XL))
        self._across.addWidget(self._list, 0, Qt.AlignmentFlag.AlignTop)
        # one in sight at a time, and only that one takes room
        self._place = QVBoxLayout()
        self._across.addLayout(self._place, 1)
        self.body.addWidget(self._holder)
        self._sections: dict[str, Section] = {}
        self._current = ""
        context.bridge.preferences_changed.connect(self._preferences_changed)
        context.theme.changed.connect(self._arrange)
        self._show_section(_SECTIONS[0].id)

    def arrive(self, section: object = None, setting: object = None, **_where: object) -> None:
        """Show a section, or point at one setting."""
        wanted = _SECTION_OF.get(str(setting), str(section) if section else self._current)
        self._list.choose(wanted if wanted in {kind.id for kind in _SECTIONS} else self._current)
        self._sections[self._current].arrive()
        row = self._sections[self._current].rows.get(str(setting))
        if row is not None:
            self._settle()
            row.point_at()

    def leave(self) -> None:
        """Ask nothing any more."""
        self._sections[self._current].leave()

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Every section and every setting."""
        sections = tuple(
            Place(msg("Settings: {section}", section=kind.title), cls.id, (("section", kind.id),), icon="settings")
            for kind in _SECTIONS
        )
        settings = tuple(
            Place(title, cls.id, (("setting", key),), words, icon="settings") for key, _, title, words in _FOUND
        )
        return (*sections, *settings)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list stands beside the section where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def keep(self) -> object:
        """The section in sight."""
        return self._current

    def take_back(self, kept: object) -> None:
        """Show that section again."""
        self.arrive(section=kept)

    def _arrange(self) -> None:
        beside = self.width() >= self.context.theme.pixels(_BESIDE_PX)
        self._list.set_upright(upright=beside)
        self._across.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def _show_section(self, section: str) -> None:
        if section == self._current:
            return
        if self._current:
            self._sections[self._current].leave()
            self._sections[self._current].hide()
        if section not in self._sections:
            kind = next(kind for kind in _SECTIONS if kind.id == section)
            made = self._sections[section] = kind(self.context)
            made.show_preferences(self.context.desk.preferences.current)
            self._place.addWidget(made)
        self._current = section
        self._sections[section].show()
        if self.isVisible():
            self._sections[section].arrive()

    def _settle(self) -> None:
        """Let the layout know its sizes before something is brought into sight."""
        layout = self._holder.layout()
        if layout is not None:
            layout.activate()

    def _preferences_changed(self, event: PreferencesChanged) -> None:
        for section in self._sections.values():
            section.show_preferences(event.after)

    def _back_to_defaults(self) -> None:
        before = asdict(self.context.desk.preferences.current)
        defaults = asdict(Preferences())
        del before["started_before"], defaults["started_before"]
        if before == defaults:
            self.context.shell.notify(Notice("info", msg("All settings are the defaults."), key="settings-defaults"))
            return

        context = self.context

        def said() -> None:
            context.shell.notify(
                Notice(
                    "good",
                    msg("All settings are the defaults again."),
                    action_text=msg("Undo"),
                    action=lambda: keep(context, before),
                    key="settings-defaults",
                )
            )

        keep(context, defaults, said)
