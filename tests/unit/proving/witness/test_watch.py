import threading

import pytest

from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.phases import NULL_TRACE, Trace
from zkcompanion.proving.witness.watch import OverTimeError, run_watched


class CancelAfter(Trace):
    """Cancels at the n-th question."""

    def __init__(self, questions):
        self.left = questions

    def check(self):
        self.left -= 1
        if self.left <= 0:
            raise Cancelled


def test_the_result_comes_back():
    assert run_watched(lambda: 5, NULL_TRACE, limit_s=1) == 5
    assert run_watched(lambda: None, NULL_TRACE, limit_s=1) is None


def test_the_work_runs_in_a_thread_of_its_own():
    assert run_watched(threading.current_thread, NULL_TRACE, limit_s=1) is not threading.current_thread()


def test_an_error_comes_back_without_the_frames_of_the_work():
    def work():
        secret = 5
        raise KeyError(secret)

    with pytest.raises(KeyError) as caught:
        run_watched(work, NULL_TRACE, limit_s=1)
    trace = caught.value.__traceback__
    while trace is not None:
        assert trace.tb_frame.f_code is not work.__code__
        trace = trace.tb_next


def test_a_cancel_interrupts_the_work_and_waits_for_it():
    stop = threading.Event()
    ended = []
    asked = []

    def work():
        stop.wait()
        ended.append(True)

    def interrupt():
        # deaf to the first request, as work that has not come to its loop yet
        asked.append(True)
        if len(asked) > 1:
            stop.set()

    with pytest.raises(Cancelled):
        run_watched(work, CancelAfter(2), limit_s=60, interrupt=interrupt)
    assert ended == [True]
    assert len(asked) >= 2


def test_the_time_limit_interrupts_the_work():
    stop = threading.Event()
    with pytest.raises(OverTimeError):
        run_watched(stop.wait, NULL_TRACE, limit_s=0.1, interrupt=stop.set)


def test_work_that_cannot_be_interrupted_is_left_behind():
    stop = threading.Event()
    with pytest.raises(Cancelled):
        run_watched(stop.wait, CancelAfter(1), limit_s=60)
    stop.set()
