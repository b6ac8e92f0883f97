"""Waiting for the window without guessing how long."""

from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QApplication


def settle(qtbot, timeout=10_000):
    """Until nothing that the window started in the background is under way, and its results are shown."""
    pool = QThreadPool.globalInstance()

    def quiet():
        QApplication.processEvents()
        return pool.activeThreadCount() == 0

    # twice, because what came back may have started the next thing
    for _ in range(2):
        qtbot.waitUntil(quiet, timeout=timeout)
        QApplication.processEvents()
