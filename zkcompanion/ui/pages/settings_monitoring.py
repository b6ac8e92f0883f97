"""Settings: whether this computer is watched, how alerts are told, and what other programs may read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox

from zkcompanion.app.preferences import LEAST_PORT, MOST_PATH, MOST_PORT, Preferences
from zkcompanion.app.report_views import SCHEDULES
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.settings_parts import Section, SettingRow
from zkcompanion.ui.widgets.basic import Button, set_flag
from zkcompanion.ui.widgets.typed_field import TypedField


class MonitoringSection(Section):
    """Collection, notifications, reports, and the two ways out for other programs."""

    id = "monitoring"
    title = msg("Monitoring")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._on = self._box("settings-monitoring", say(msg("Watch this computer")), "monitoring")
        self._desktop = self._box("settings-notify-desktop", say(msg("Desktop notifications")), "notify_desktop")
        self._rules = Button(
            say(msg("See the rules")),
            "link",
            name="settings-monitoring-alerts",
            clicked=lambda: context.shell.go("monitor", tab="alerts", rule="memory-low"),
        )
        set_flag(self._rules, "flush", value=True)
        self._schedule = QComboBox()
        self._schedule.setObjectName("settings-report-schedule")
        for key, title in SCHEDULES:
            self._schedule.addItem(say(title), key)
        self._schedule.currentIndexChanged.connect(
            lambda index: self.change(report_schedule=self._schedule.itemData(index))
        )
        self._port = TypedField[int](
            context,
            "settings-metrics-port",
            read=_read_port,
            shown=lambda port: str(port) if port else "",
            chosen=lambda port: self.change(metrics_port=port),
        )
        self._port.line.setPlaceholderText(say(msg("off")))
        self._file = TypedField[str](
            context,
            "settings-metrics-file",
            read=_read_path,
            shown=str,
            chosen=lambda path: self.change(metrics_file=path),
        )
        self._file.line.setPlaceholderText(say(msg("off")))
        self.add_group(None, self._on_row())
        self.add_group(msg("Alerts and reports"), self._desktop_row(), self._rules_row(), self._schedule_row())
        self.add_group(msg("For other programs"), self._port_row(), self._file_row())
        self.add_stretch()

    def show_preferences(self, preferences: Preferences) -> None:
        """Let the controls say what holds."""
        self._on.setChecked(preferences.monitoring)
        self._desktop.setChecked(preferences.notify_desktop)
        with QSignalBlocker(self._schedule):
            self._schedule.setCurrentIndex(self._schedule.findData(preferences.report_schedule))
        self._port.show_value(preferences.metrics_port)
        self._file.show_value(preferences.metrics_file)

    def _box(self, name: str, text: str, preference: str) -> QCheckBox:
        made = QCheckBox(text)
        made.setObjectName(name)
        made.clicked.connect(lambda on: self.change(**{preference: on}))
        return made

    def _on_row(self) -> SettingRow:
        return SettingRow(
            self.context,
            "monitoring",
            msg("A look at the machine and its proofs each second"),
            msg("Charts, alerts, objectives and reports come from it. It is kept on this computer; never inputs."),
            self._on,
        )

    def _desktop_row(self) -> SettingRow:
        return SettingRow(
            self.context,
            "notify-desktop",
            msg("Tell of alerts outside the window too"),
            msg("Where this desktop has a place for notifications. They say the alert, nothing of what was proved."),
            self._desktop,
        )

    def _rules_row(self) -> SettingRow:
        return SettingRow(
            self.context,
            "alert-rules",
            msg("When an alert opens"),
            msg("Thresholds, durations and severities stand beside the alerts, in Monitor."),
            self._rules,
        )

    def _schedule_row(self) -> SettingRow:
        return SettingRow(
            self.context,
            "report-schedule",
            msg("Write a report by itself"),
            msg("A report that fell due while the program was closed is written when it is opened again."),
            self._schedule,
        )

    def _port_row(self) -> SettingRow:
        return SettingRow(
            self.context,
            "metrics-port",
            msg("Metrics at a port"),
            msg(
                "For programs that collect metrics (OpenMetrics text). Off as long as there is no number here. Only "
                "programs on this computer can ask, at 127.0.0.1."
            ),
            self._port,
            focus=self._port.line,
        )

    def _file_row(self) -> SettingRow:
        return SettingRow(
            self.context,
            "metrics-file",
            msg("Metrics in a file"),
            msg(
                "The same text, written again and again to a file that you name. Off as long as there is no name here."
            ),
            self._file,
            focus=self._file.line,
        )


def _read_port(text: str) -> int:
    digits = "".join(text.split())
    if not digits:
        return 0
    if digits.isascii() and digits.isdigit() and len(digits) < 6 and LEAST_PORT <= int(digits) <= MOST_PORT:
        return int(digits)
    raise UsageError(msg("A number from {least} to {most}, or nothing.", least=str(LEAST_PORT), most=str(MOST_PORT)))


def _read_path(text: str) -> str:
    wanted = text.strip()
    if not wanted:
        return ""
    if len(wanted) > MOST_PATH or "\0" in wanted or not Path(wanted).is_absolute():
        raise UsageError(msg("A whole path, such as {example}, or nothing.", example=str(Path.home() / "proofs.prom")))
    return wanted
