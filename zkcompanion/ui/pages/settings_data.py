"""Settings: what the program keeps on the disk, and how to be rid of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QWidget

from zkcompanion.app.preferences import Preferences
from zkcompanion.app.storage_use import StorageUse, StorageView, Stored
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_size
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.pages.settings_parts import Section, SettingRow
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, ElidedLabel, Label, column, row
from zkcompanion.ui.widgets.confirm import ConfirmButton


@dataclass(frozen=True, slots=True)
class _Facts:
    stored: StorageView
    runs: int
    #: whether Monitor knows of runs, those that were taken out of the list included
    monitored: bool


_FOLDERS = (
    ("config", msg("Settings")),
    ("data", msg("Keys")),
    ("cache", msg("Cache")),
    ("state", msg("History and reports")),
)


class DataSection(Section):
    """Development keys, history, what Monitor measured, folders."""

    id = "data"
    title = msg("Keys and history")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._use = StorageUse(context.desk.dirs)
        self._keys = self._clear_button("keys", msg("Clear"), self._clear_keys)
        self._history = self._clear_button("history", msg("Clear"), self._clear_history)
        self._monitor = self._clear_button("monitor", msg("Clear"), self._clear_monitor)
        self._kept = QCheckBox(say(msg("Keep a history")))
        self._kept.setObjectName("settings-keep-history")
        self._kept.clicked.connect(lambda on: self.change(keep_history=on))
        reading = msg("Counting")
        self.add_group(
            msg("Can be made again"),
            SettingRow(context, "keys", msg("Development keys"), reading, self._keys),
        )
        self.add_group(
            msg("History"),
            SettingRow(
                context,
                "keep-history",
                msg("Remember runs that ended"),
                msg("Circuit, time, size and outcome, for predictions and for running again. Never inputs or proofs."),
                self._kept,
            ),
            SettingRow(context, "history", msg("Runs"), reading, self._history),
            SettingRow(context, "monitor-history", msg("Monitoring history"), reading, self._monitor),
        )
        self.add_group(
            msg("Where it lies"),
            SettingRow(
                context,
                "folders",
                msg("Folders"),
                msg("Only you may read them."),
                self._folders(),
                focus=self.findChild(Button, "settings-open-config"),
                wide=True,
            ),
        )
        self.add_stretch()
        context.bridge.history_changed.connect(self._count)

    def show_preferences(self, preferences: Preferences) -> None:
        """Let the controls say what holds."""
        self._kept.setChecked(preferences.keep_history)

    def arrive(self) -> None:
        """Count again."""
        self._count()

    def leave(self) -> None:
        """Ask nothing any more."""
        for button in (self._keys, self._history, self._monitor):
            button.forget()

    def _clear_button(self, key: str, text: Message, act: Callable[[], object]) -> ConfirmButton:
        say = self.context.say
        button = ConfirmButton(say(text), say(text), say(msg("Keep")), name=f"settings-clear-{key}", confirmed=act)
        button.set_enabled(False)  # until it is counted what there is
        return button

    def _folders(self) -> QWidget:
        say, dirs = self.context.say, self.context.desk.dirs
        holder = QWidget()
        lines = column(spacing=self.context.theme.pixels(Space.S))
        for name, title in _FOLDERS:
            open_it = Button(say(msg("Open")), "plain", name=f"settings-open-{name}")
            open_it.setAccessibleName(say(msg("Open the folder: {what}", what=title)))
            open_it.clicked.connect(lambda _checked=False, name=name: self._open(name))
            words = column(Label(say(title)), spacing=0)
            try:
                words.addWidget(ElidedLabel(str(getattr(dirs, name)), "caption"))
            except CompanionError as error:
                words.addWidget(Label(say(error.message), "bad"))
                open_it.setEnabled(False)
            across = row(spacing=Space.M)
            across.addLayout(words, 1)
            across.addWidget(open_it)
            lines.addLayout(across)
        holder.setLayout(lines)
        return holder

    def _open(self, name: str) -> None:
        folder = Path(getattr(self.context.desk.dirs, name))
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.context.shell.notify(
                Notice("caution", msg("No program here opens folders."), msg("It is {folder}.", folder=folder))
            )

    # -- counting and clearing

    def _count(self) -> None:
        desk = self.context.desk
        run_task(
            self,
            lambda: _Facts(self._use.view(), len(desk.history.records()), desk.runs.count() > 0),
            self._show,
            self.context.shell.show_error,
        )

    def _show(self, facts: _Facts) -> None:
        say = self.context.say
        stored = facts.stored
        self.rows["keys"].set_note(
            say(
                msg(
                    "{amount}. Keys made here for circuits that came without one; cleared ones are made anew, and "
                    "proofs of the old ones stay what they are.",
                    amount=_amount(stored.development_keys),
                )
            )
        )
        runs = msg_n("{n} run", "{count} runs", n=facts.runs, count=format_count(facts.runs))
        self.rows["history"].set_note(
            say(
                msg(
                    "{runs}, {size}. Predictions come from them.",
                    runs=runs,
                    size=format_size(stored.history.size_bytes),
                )
            )
        )
        measured = format_size(stored.monitor.size_bytes)
        self.rows["monitor-history"].set_note(
            say(
                msg(
                    "{size}. What Monitor measured: each second for a day, each minute for 90 days, each hour for two "
                    "years. Charts and reports of the past come from it.",
                    size=measured,
                )
            )
        )
        self._monitor.set_yes(say(msg("Forget {size} of measurements", size=measured)))
        self._monitor.set_enabled(stored.monitor.size_bytes > 0)
        self._keys.set_yes(say(msg("Delete {size} of keys", size=format_size(stored.development_keys.size_bytes))))
        self._history.set_yes(say(msg("Forget {runs}", runs=runs)))
        self._keys.set_enabled(stored.development_keys.entries > 0)
        self._history.set_enabled(facts.runs > 0 or facts.monitored)

    def _clear_keys(self) -> None:
        run_task(self, self._use.clear_development_keys, self._freed, self.context.shell.show_error)

    def _clear_history(self) -> None:
        def done(_nothing: None) -> None:
            self.context.shell.notify(Notice("good", msg("The history is empty."), key="settings-cleared"))
            self._count()

        desk = self.context.desk

        def clear() -> None:
            desk.history.clear()
            desk.runs.clear()

        run_task(self, clear, done, self.context.shell.show_error)

    def _clear_monitor(self) -> None:
        def done(_nothing: None) -> None:
            self.context.shell.notify(Notice("good", msg("The monitoring history is empty."), key="settings-cleared"))
            self._count()

        run_task(self, self.context.desk.monitor.clear, done, self.context.shell.show_error)

    def _freed(self, freed_bytes: int) -> None:
        self.context.shell.notify(
            Notice("good", msg("{size} freed.", size=format_size(freed_bytes)), key="settings-cleared")
        )
        self._count()


def _amount(stored: Stored) -> Message:
    if stored.entries == 0:
        return msg("Nothing stored")
    return msg_n(
        "{n} file, {size}",
        "{count} files, {size}",
        n=stored.entries,
        count=format_count(stored.entries),
        size=format_size(stored.size_bytes),
    )
