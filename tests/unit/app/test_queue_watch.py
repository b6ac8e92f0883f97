"""Why runs wait, and when they will be done."""

import threading

import pytest

from tests.support.job_records import record
from tests.support.workers import LIMIT_S
from zkcompanion.app.queue_watch import QueueWatch
from zkcompanion.base.messages import msg
from zkcompanion.costs.band import Band
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.schedule.policy import Machine, Policy, WorkerState
from zkcompanion.engine.work import Queue


@pytest.fixture
def scene():
    job = record()
    told = threading.Semaphore(0)
    watch = QueueWatch({job.id: job}, threading.Lock(), lambda _: told.release())
    yield job, watch, told
    watch.close()


SECONDS = Band(1.0, 2.0, 3.0)


def queue_of(*numbers, seconds=SECONDS):
    claims = tuple(Claim(number, Priority.BATCH, 0.0, 0, 0, seconds) for number in numbers)
    waits = {number: msg("Waits.") for number in numbers}
    return Queue(10.0, waits, Policy(Machine(1, 1 << 40)), claims, (WorkerState("w"),))


def test_a_run_that_waits_says_why_and_when_it_will_be_done(scene):
    job, watch, told = scene
    watch.queued(queue_of(7, 99))
    for _ in range(2):
        assert told.acquire(timeout=LIMIT_S), "for the reason, and for the forecast"
    view = job.view(10.5)
    assert (view.waits, view.ready_in) == (msg("Waits."), (0.5, 1.5, 2.5))
    assert str(view.ready) == "Ready in about 2 seconds."
    job.end("cancelled", 11.0)
    assert (job.view(11.0).waits, job.view(11.0).ready_in, job.view(11.0).ready) == (None, None, None)


def test_the_same_reason_is_told_once_and_of_many_queues_the_last_one_counts(scene, monkeypatch):
    job, watch, told = scene
    busy = threading.Event()
    watch._thread.submit(busy.wait, LIMIT_S)
    watch.queued(queue_of(7))
    assert told.acquire(timeout=LIMIT_S)
    watch.queued(queue_of(7, seconds=None))
    assert not told.acquire(blocking=False)
    busy.set()
    assert told.acquire(timeout=LIMIT_S)
    assert job.view(10.0).ready_in is None


def test_of_what_runs_the_forecast_is_kept_and_not_told(scene):
    job, watch, told = scene
    job.start(10.0, None)
    watch.queued(queue_of(7))
    assert told.acquire(timeout=LIMIT_S)
    watch.close()
    assert not told.acquire(blocking=False)
    assert job.view(10.0).ready_in == (1.0, 2.0, 3.0)


class Late:
    """Every look at it finds it so much later."""

    def __init__(self, step_s):
        self.now_s, self.step_s = 0.0, step_s

    def monotonic_s(self):
        self.now_s += self.step_s
        return self.now_s


def test_forecasts_that_take_long_are_made_seldom_and_the_end_waits_for_none():
    told = threading.Semaphore(0)
    job = record()
    watch = QueueWatch({job.id: job}, threading.Lock(), lambda _: told.release(), Late(1e6))
    watch.queued(queue_of(7, *range(100, 400)))
    for _ in range(2):
        assert told.acquire(timeout=LIMIT_S)
    assert job.view(10.0).ready_in is not None
    watch.queued(queue_of(7))
    assert not told.acquire(timeout=0.05)
    watch.close()
    assert told.acquire(blocking=False), "what came meanwhile was looked at before the end"
