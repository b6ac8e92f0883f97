"""Waiting without stalling: questions that nobody wants answered any more, and things done in the order of asking."""

import errno
import threading
from concurrent.futures import Future

from PySide6.QtCore import QObject, QThreadPool
from shiboken6 import delete

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.ui.tasks import follow, run_task


def test_an_answer_comes_in_the_window_s_thread(qapp, qtbot):
    parent, future, found = QObject(), Future(), []
    follow(parent, future, lambda value: found.append((value, threading.current_thread())), found.append)
    threading.Thread(target=lambda: future.set_result(7)).start()
    qtbot.waitUntil(lambda: found == [(7, threading.main_thread())])


def test_a_question_that_nobody_wants_answered_is_withdrawn(qapp, qtbot):
    parent, future, found = QObject(), Future(), []
    task = follow(parent, future, found.append, found.append)
    task.drop()
    assert future.cancelled()
    other = Future()
    follow(parent, other, found.append, found.append)
    other.set_exception(UsageError(msg("no")))
    qtbot.waitUntil(lambda: len(found) == 1)
    assert str(found[0]) == "no"


def test_what_is_asked_for_in_order_is_done_in_order(qapp, qtbot):
    parent, done, told = QObject(), [], []
    first = threading.Event()

    def task(number):
        if number == 0:
            first.wait(5)
        elif number == 3:
            raise UsageError(msg("not this one"))
        done.append(number)

    for number in range(6):
        run_task(parent, lambda number=number: task(number), told.append, told.append, in_order=True)
    assert done == []
    first.set()
    qtbot.waitUntil(lambda: len(told) == 6)
    assert done == [0, 1, 2, 4, 5]
    run_task(parent, lambda: done.append(9), told.append, told.append, in_order=True)
    qtbot.waitUntil(lambda: done[-1] == 9)


def test_what_goes_wrong_unexpectedly_is_sorted_and_noted_without_its_text(qapp, qtbot, caplog):
    parent, told = QObject(), []

    def fail(error):
        raise error

    for error in (OSError(errno.ENOSPC, "No space left on device", "a.zkey"), ValueError("4711")):
        run_task(parent, lambda error=error: fail(error), told.append, told.append)
        qtbot.waitUntil(lambda error=error: len(told) == 1 + isinstance(error, ValueError))
    assert [error.code for error in told] == ["disk-full", "bug"]
    assert caplog.text.count("What the window waited for failed.") == 2
    assert "ValueError\n  zkcompanion/ui/tasks.py, line " in caplog.text
    assert "4711" not in caplog.text


def test_what_ends_while_its_parent_is_deleted_reaches_nobody_and_ends_nothing(qapp, qtbot):
    told = []
    for _ in range(200):
        parent = QObject()
        run_task(parent, lambda: None, told.append, told.append)
        delete(parent)
    last = QObject()
    run_task(last, lambda: "last", told.append, told.append)
    qtbot.waitUntil(lambda: told == ["last"])
    QThreadPool.globalInstance().waitForDone()
    qapp.processEvents()
    assert told == ["last"]
