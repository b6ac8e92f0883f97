"""What became of a job: verified or why not, how long it took, what it shows, and what to do with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from zkcompanion.app.job_views import JobView
from zkcompanion.app.views import ExampleView
from zkcompanion.ui.context import WindowContext


class ResultCard(QWidget):
    """Signals: `run_again(repeat, profile)` asks for the same circuit once more."""

    run_again = Signal(int, bool)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context

    def show_job(self, job: JobView | None, example: ExampleView | None = None) -> None:
        """Show a job that is over; None, or one that is not over, shows nothing."""
