"""Tells why metrics are not given to other programs, where somebody asked for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from zkcompanion.app.metrics_export import MetricsExport
from zkcompanion.app.preferences import PreferencesChanged
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.tasks import follow

_KEY = "metrics"


class MetricsTeller(QObject):
    """Lives as long as its parent, the window."""

    def __init__(self, context: WindowContext, metrics: MetricsExport, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._metrics = metrics
        context.bridge.preferences_changed.connect(self._changed)
        self._look()

    @Slot(object)
    def _changed(self, event: PreferencesChanged) -> None:
        before, after = event.before, event.after
        if (before.metrics_port, before.metrics_file) != (after.metrics_port, after.metrics_file):
            self._look()

    def _look(self) -> None:
        """Give what is asked for, and say what of it cannot be."""
        wanted = self._metrics.start(self._context.desk.preferences.current)
        follow(self, wanted, lambda _: self._tell(), self._context.shell.show_error)

    def _tell(self) -> None:
        notice = self._metrics.notice
        if notice is not None:
            self._context.shell.notify(
                Notice(
                    "caution",
                    msg("Metrics are not given to other programs"),
                    notice,
                    action_text=msg("See the setting"),
                    action=lambda: self._context.shell.go("settings", setting="metrics-port"),
                    key=_KEY,
                )
            )
