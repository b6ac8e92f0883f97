"""Somebody's proof: does it hold, why not, and does its key deserve trust?"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from zkcompanion.app.job_views import SortedFilesView
from zkcompanion.ui.context import WindowContext


class VerifyPanel(QWidget):
    """Signals: `circuit_dropped(SortedFilesView)` when files of a circuit arrived, which belong to proving."""

    circuit_dropped = Signal(object)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context

    def offer(self, files: SortedFilesView) -> None:
        """Take the proof, public signals and key among files that arrived elsewhere."""

    def clear(self) -> None:
        """Forget all files and the verdict."""
