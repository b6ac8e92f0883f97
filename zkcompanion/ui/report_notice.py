"""Tells of a report that the calendar asked for, with a way to read it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from zkcompanion.app.report_views import KINDS, KeptReport, ReportsChanged
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import Notice, WindowContext


class ReportTeller(QObject):
    """Lives as long as its parent, the window."""

    def __init__(self, context: WindowContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        context.bridge.reports_changed.connect(self._heard)

    @Slot(object)
    def _heard(self, event: ReportsChanged) -> None:
        made = event.made
        if made is None:
            return
        self._context.shell.notify(
            Notice(
                "info",
                msg("A report was written: {kind}", kind=KINDS[made.kind]),
                action_text=msg("Open"),
                action=lambda: self._open(made),
                key="report-made",
                lasting=True,
            )
        )

    def _open(self, made: KeptReport) -> None:
        _, path = made.files[0]
        if not open_path(path):
            self._context.shell.go("monitor", tab="reports")


def open_path(path: Path) -> bool:
    """Show a file or a folder in the program that the desktop has for it; whether there is one."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
