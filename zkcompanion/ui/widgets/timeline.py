"""The phases of a proof as a timeline that fills."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from zkcompanion.app.job_views import JobView
from zkcompanion.ui.context import WindowContext


class PhaseTimeline(QWidget):
    """Shows how far a job is, what happens at the moment and how long it will take."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context

    def show_job(self, job: JobView | None) -> None:
        """Show this state of a job; None shows the phases that are to come."""
