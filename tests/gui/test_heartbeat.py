"""A stall of the window's thread is counted, and its place is logged."""

import threading

from PySide6.QtCore import QObject

from zkcompanion.base.logs import RecentRecords, get_logger
from zkcompanion.ui.heartbeat import Heartbeat


def stall_here(seconds):
    threading.Event().wait(seconds)


def test_a_stall_is_counted_and_its_place_logged(qtbot):
    records = RecentRecords()
    logger = get_logger("zkcompanion")
    logger.addHandler(records)
    parent = QObject()
    beat = Heartbeat(parent)
    try:
        qtbot.waitUntil(lambda: beat.counts.beats > 2)
        stall_here(0.4)
        qtbot.waitUntil(lambda: beat.counts.late >= 1)
    finally:
        beat.stop()
        logger.removeHandler(records)
    assert beat.counts.latest_s > 0.128
    (line,) = [line for line in records.lines() if "has been busy for" in line]
    assert "in stall_here" in line


def test_a_window_that_goes_on_is_not_late(qtbot):
    parent = QObject()
    beat = Heartbeat(parent, late_s=2.0)
    qtbot.waitUntil(lambda: beat.counts.beats >= 5)
    beat.stop()
    beat.stop()
    assert (beat.counts.late, beat.counts.latest_s) == (0, 0.0)
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]
