"""Workers that do the worst at the worst moment: whoever watches them goes on, and every job ends once."""

import os
import signal
import sys
import threading

import psutil
import pytest

from tests.support.workers import LIMIT_S, Heard, crew, job, plain_main, pool, quick, toy
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.engine import crew as crew_module
from zkcompanion.engine.crew import Crew

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def _plain_main():
    with plain_main():
        yield


@pytest.mark.parametrize("kind", ["half", "flood"])
def test_a_worker_that_stops_in_a_message_or_never_ends_stops_no_other(kind):
    with crew(limits=quick()) as (made, heard):
        made.hire(toy("v"))
        made.submit("w", job(1, kind))
        heard.wait_for("started", 1)
        for number in range(2, 30):
            made.submit("v", job(number, "echo"))
            assert heard.end_of(number).ending == "done"
        made.cancel(1)
        assert heard.end_of(1).ending == "cancelled"


@pytest.mark.parametrize("kind", ["garbage", "too_long"])
def test_garbage_ends_its_worker_and_no_other(kind):
    with crew() as (made, heard):
        made.submit("w", job(1, kind))
        assert heard.end_of(1).ending == "died"
        made.submit("w", job(2, "echo"))
        assert heard.end_of(2).ending == "done"


def test_thousands_of_cancels_for_a_worker_that_reads_nothing_end_its_job():
    with crew(limits=quick(grace_s=0.2)) as (made, heard):
        made.submit("w", job(1, "stop"))
        heard.wait_for("progressed", 1)
        pid = heard.statuses[0].pid
        while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
            assert heard.loads.get(timeout=LIMIT_S)
        for _ in range(3000):
            made.cancel(1)
        assert heard.end_of(1).ending == "cancelled"


def test_a_stopped_worker_is_ended_with_the_crew():
    with crew(limits=quick(closing_s=0.1)) as (made, heard):
        made.submit("w", job(1, "stop"))
        heard.wait_for("progressed", 1)
        pid = heard.statuses[0].pid
        os.kill(pid, signal.SIGSTOP)
        made.close()
        assert heard.end_of(1).ending == "closed"
        assert not psutil.pid_exists(pid)


def test_deaths_are_noticed_where_somebody_else_takes_the_exit_codes():
    former = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with crew() as (made, heard):
            made.submit("w", job(1, "leave", b"3"))
            assert heard.end_of(1).ending == "died"
            made.submit("w", job(2, "echo"))
            assert heard.end_of(2).ending == "done"
    finally:
        signal.signal(signal.SIGCHLD, former)


def test_workers_killed_while_they_start_and_get_warm_lose_no_job():
    with pool(opening="slow_warm", least=2, limits=quick(deaths=99, tries=99)) as (made, heard):
        for number in range(1, 6):
            made.submit("w", job(number, "echo"))
        for _ in range(8):
            for status in heard.statuses:
                if status.pid is not None:
                    os.kill(status.pid, signal.SIGKILL)
            heard.wait_for("workers")
        while len(heard.ends) < 5:
            heard.wait_for("ended")
    assert {number: [one.ending for one in ends] for number, ends in heard.ends.items()} == {
        number: ["done"] for number in range(1, 6)
    }


def test_a_computer_that_slept_blames_no_worker():
    class Clock:
        offset_s = 0.0

        def monotonic_s(self):
            return SYSTEM_CLOCK.monotonic_s() + self.offset_s

        unix_s = SYSTEM_CLOCK.unix_s

    clock, heard = Clock(), Heard()
    made = Crew(heard, clock=clock, limits=quick())
    made.hire(toy())
    made.start()
    try:
        heard.wait_for_state("idle")
        clock.offset_s = 3600.0
        for number in range(1, 4):
            made.submit("w", job(number, "echo"))
            assert heard.end_of(number).ending == "done"
        assert heard.statuses[0].deaths == 0
    finally:
        made.close()


def test_an_order_that_goes_wrong_takes_no_other_with_it(caplog):
    with crew() as (made, heard):
        go = threading.Event()
        made.call(lambda: go.wait(LIMIT_S))
        made.call(lambda: {}["nothing"])
        made.submit("w", job(1, "echo"))
        go.set()
        assert heard.end_of(1).ending == "done"
    assert "KeyError" in caplog.text


def test_a_crew_that_never_began_ends_its_jobs():
    heard = Heard()
    made = Crew(heard)
    made.hire(toy())
    body = bytearray(b"secret")
    made.submit("w", job(1, "echo", body))
    made.close()
    made.close()
    assert [one.ending for one in heard.ends[1]] == ["closed"]
    assert body == bytes(6)


def test_work_goes_on_where_nothing_can_be_measured(monkeypatch, caplog):
    failed = threading.Event()

    class Meter:
        def __init__(self, clock):
            pass

        def sample(self, pids):
            failed.set()
            raise OSError

    monkeypatch.setattr(crew_module, "LoadMeter", Meter)
    with crew() as (made, heard):
        made.submit("w", job(1, "wait"))
        heard.wait_for("started", 1)
        assert failed.wait(LIMIT_S)
        made.cancel(1)
        assert heard.end_of(1).ending == "failed"
    assert "OSError" in caplog.text


def test_folders_that_cannot_be_looked_into_stop_nothing():
    def folders():
        raise PermissionError

    with crew(folders=folders) as (made, heard):
        made.submit("w", job(1, "leave", b"1"))
        assert heard.end_of(1).ending == "died"
        made.submit("w", job(2, "echo"))
        assert heard.end_of(2).ending == "done"
