"""Starts the window."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from zkcompanion.app.desk import Desk
from zkcompanion.ui.pages import PAGES
from zkcompanion.ui.shell.main_window import MainWindow
from zkcompanion.ui.theme.theme import Theme


def run_window() -> int:
    """Open the window and stay until it is closed; what the process returns."""
    app = QApplication([])
    with Desk() as desk:
        theme = Theme(app)
        chosen = desk.preferences.current
        theme.apply(chosen.theme, chosen.text_percent)
        window = MainWindow(desk, theme, PAGES)
        window.resize(1180, 800)
        window.show()
        desk.jobs.start()
        return app.exec()
