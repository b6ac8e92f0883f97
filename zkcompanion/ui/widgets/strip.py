"""Processor and memory while a proof runs, on one time axis, with the phases behind."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from zkcompanion.app.job_views import JobView, LoadView
from zkcompanion.ui.context import WindowContext


class ActivityStrip(QWidget):
    """Live while a job runs, and still afterwards so that one can look at it."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context

    def begin(self, job: JobView) -> None:
        """Start anew for this job; what was drawn is gone."""

    def show_job(self, job: JobView) -> None:
        """Note where phases begin and end."""

    def add(self, load: LoadView) -> None:
        """One more sample; ignored where no job runs."""

    def finish(self, job: JobView) -> None:
        """The job is over: nothing moves any more."""

    def clear(self) -> None:
        """Show nothing."""
