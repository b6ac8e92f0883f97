"""What takes a while to load waits until there is something to see."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

#: A window that is closed at once, because it was only to show when it is ready, loads nothing more.
_AFTER_MS = 60


class AfterPicture(QObject):
    """Calls `call` in the GUI thread a moment after `widget` was painted next, if it is still in sight then; once."""

    def __init__(self, widget: QWidget, call: Callable[[], object]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._call = call
        widget.installEventFilter(self)
        widget.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the picture."""
        if watched is self._widget and event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(_AFTER_MS, self, self._due)
        return False

    def _due(self) -> None:
        if not self._widget.isVisible():
            self._widget.installEventFilter(self)  # it may come into sight again
            return
        self._call()
        self.deleteLater()
