"""Alerts as notices of the window and, where a person wants that, of the desktop."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

from zkcompanion.app.monitor_views import AlertView
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import Notice, Tone, WindowContext
from zkcompanion.ui.shell.notices import ALERT_KEY

TONES: dict[str, Tone] = {"info": "info", "warning": "caution", "critical": "bad"}
#: How long the desktop is asked to show it.
_DESKTOP_MS = 10_000


class AlertNotices(QObject):
    """A notice for each rule with an alert that is open, not snoozed and not acknowledged; withdrawn when that is over.

    Lives as long as the window. Nothing of it takes the keyboard.
    """

    def __init__(self, context: WindowContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        #: alerts that were told and not taken back, by rule
        self._told: dict[str, set[int]] = {}
        self._tray: QSystemTrayIcon | None = None
        context.bridge.alert_changed.connect(self._changed)
        context.bridge.preferences_changed.connect(self._preferences_changed)

    @Slot(object)
    def _changed(self, alert: object) -> None:
        assert isinstance(alert, AlertView)
        told = self._told.setdefault(alert.rule, set())
        wanted = alert.state == "open" and not alert.acknowledged and alert.snoozed_until_unix_s is None
        if wanted and alert.id not in told:
            told.add(alert.id)
            self._tell(alert)
        elif not wanted and alert.id in told:
            told.discard(alert.id)
            if not told:
                self._context.shell.withdraw(ALERT_KEY + alert.rule)

    def _tell(self, alert: AlertView) -> None:
        context = self._context
        context.shell.notify(
            Notice(
                TONES[alert.severity],
                alert.title,
                alert.meaning,
                action_text=msg("See what to do"),
                action=lambda: context.shell.go("monitor", tab="alerts", alert=alert.rule),
                key=ALERT_KEY + alert.rule,
                lasting=alert.severity != "info",
            )
        )
        if context.desk.preferences.current.notify_desktop:
            self._tell_desktop(alert)

    def _tell_desktop(self, alert: AlertView) -> None:
        if self._tray is None:
            if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
                return
            self._tray = QSystemTrayIcon(QGuiApplication.windowIcon(), self)
            self._tray.setToolTip(QGuiApplication.applicationDisplayName())
            self._tray.show()
        say = self._context.say
        kinds = QSystemTrayIcon.MessageIcon
        icon = {"info": kinds.Information, "warning": kinds.Warning, "critical": kinds.Critical}[alert.severity]
        self._tray.showMessage(say(alert.title), say(alert.meaning), icon, _DESKTOP_MS)

    @Slot(object)
    def _preferences_changed(self, _event: object) -> None:
        if self._tray is not None and not self._context.desk.preferences.current.notify_desktop:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None
