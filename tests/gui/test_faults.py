"""What nobody caught is written down without values and told once."""

import sys
import threading

import pytest
from PySide6.QtCore import QObject, QTimer, Signal, qWarning

from zkcompanion.base.logs import RecentRecords, get_logger
from zkcompanion.ui.faults import FaultWatch

SECRET = "9876543210987654321"


class Sender(QObject):
    sent = Signal()


@pytest.fixture
def watch(desk, qtbot):
    records = RecentRecords()
    get_logger("zkcompanion").addHandler(records)
    made = FaultWatch(lambda: desk.diagnostics)
    made.records = records
    made.start()
    yield made
    made.stop()
    get_logger("zkcompanion").removeHandler(records)


def reports(desk):
    return [path.read_text() for path in sorted((desk.dirs.state / "errors").glob("*.txt"))]


@pytest.mark.qt_no_exception_capture
def test_an_error_in_a_slot_is_written_down_without_its_text(desk, watch, qtbot):
    def slot():
        raise ValueError(f"invalid literal: {SECRET}")

    sender = Sender()
    sender.sent.connect(slot)
    with qtbot.waitSignal(watch.found) as told:
        sender.sent.emit()
    assert told.args == ["window"]
    qtbot.waitUntil(lambda: len(reports(desk)) == 1)
    (report,) = reports(desk)
    assert "ValueError" in report
    assert "in slot" in report
    assert SECRET not in report + "".join(watch.records.lines())


@pytest.mark.qt_no_exception_capture
def test_an_error_in_a_thread_is_told_in_the_windows_thread(desk, watch, qtbot):
    told = []
    watch.found.connect(lambda where: told.append((where, threading.get_ident())))
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: told != [])
    assert told == [("thread", threading.get_ident())]


@pytest.mark.qt_no_exception_capture
def test_the_same_error_again_and_again_is_told_three_times(desk, watch, qtbot):
    told = []
    watch.found.connect(told.append)
    ticks = []

    def tick():
        ticks.append(1)
        raise RuntimeError

    timer = QTimer(interval=0)
    timer.timeout.connect(tick)
    timer.start()
    qtbot.waitUntil(lambda: len(ticks) > 10)
    timer.stop()
    qtbot.waitUntil(lambda: len(reports(desk)) == 3)
    assert len(told) == 3


@pytest.mark.qt_no_exception_capture
def test_an_error_while_cleaning_up_is_no_silence(desk, watch, qtbot):
    class Bad:
        def __del__(self):
            raise OSError

    bad = Bad()
    with qtbot.waitSignal(watch.found) as told:
        del bad
    assert told.args == ["clean-up"]


@pytest.mark.no_qt_log
def test_messages_of_qt_go_to_the_log_redacted(watch):
    qWarning(f"odd value {SECRET}")
    (line,) = [line for line in watch.records.lines() if "odd value" in line]
    assert "[redacted]" in line
    assert SECRET not in line


def test_it_puts_things_back(desk):
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    made = FaultWatch(lambda: desk.diagnostics)
    made.start()
    made.stop()
    made.stop()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
