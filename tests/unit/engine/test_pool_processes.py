"""The pool with real processes that die, hang, grow and are killed at random."""

import os
import random
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.workers import LIMIT_S, job, plain_main, pool, quick, rules, team
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.work import Outcome

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

#: What is promised; a machine that is busy with something else may need more than one attempt.
RUNS_AGAIN_S = 1.0
GROWN_S = 0.5
ATTEMPTS = 4
MIB = 1 << 20


@pytest.fixture(autouse=True)
def _plain_main():
    with plain_main():
        yield


def warm(heard, count):
    """Until so many workers stand ready."""
    while sum(status.state == "idle" and not status.opening for status in heard.statuses) < count:
        heard.wait_for("workers")


def pid_of(heard, number):
    while True:
        for status in heard.statuses:
            if status.job == number:
                return status.pid
        heard.wait_for("workers")


def test_two_jobs_run_at_once_and_a_third_waits():
    with pool(opening="warm") as (made, heard):
        warm(heard, 1)
        for number in (1, 2, 3):
            made.submit("w", job(number, "wait"))
        assert heard.wait_for("started", 1)[1] == 1
        heard.wait_for("started", 2)
        made.cancel(1)
        assert heard.end_of(1) == Outcome("failed", b"Cancelled")
        heard.wait_for("started", 3)
        made.cancel(2)
        made.cancel(3)
        heard.end_of(3)


def test_what_a_worker_is_told_of_how_to_work():
    with pool(opening="warm") as (made, heard):
        warm(heard, 1)
        made.submit("w", job(1, "how", claim=Claim(1, Priority.BATCH, 0.0, 0, 1 << 40)))
        scratch = sys.platform == "linux"
        assert heard.end_of(1).body == f"2  {scratch}".encode()
        made.work_as("w", "careful", team(opening="warm"))
        made.work_as("nobody", "careful", team())
        made.submit("w", job(2, "how"))
        assert heard.end_of(2).body == f"1 careful {scratch}".encode()


def test_a_killed_worker_costs_its_job_less_than_a_second_and_no_other_anything():
    times = []
    with pool(opening="warm", least=2, limits=quick(deaths=99, tries=99)) as (made, heard):
        warm(heard, 2)
        made.submit("w", job(1, "wait"))
        made.submit("w", job(2, "wait"))
        heard.wait_for("started", 2)
        innocent = pid_of(heard, 2)
        for _ in range(ATTEMPTS):
            warm(heard, 1)
            pid = pid_of(heard, 1)
            begin_s = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            heard.wait_for("started", 1)
            times.append(time.perf_counter() - begin_s)
            if times[-1] < RUNS_AGAIN_S:
                break
        assert min(times) < RUNS_AGAIN_S, times
        assert pid_of(heard, 2) == innocent
        made.cancel(1)
        made.cancel(2)
        heard.end_of(2)


@pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's")
def test_what_a_job_noted_is_there_in_its_next_worker_and_nowhere_afterwards():
    def links():
        return [name for link in Path("/proc/self/fd").iterdir() if "memfd" in (name := os.path.realpath(link))]

    with pool(opening="warm", least=2) as (made, heard):
        warm(heard, 2)
        known = links()
        made.submit("w", job(1, "leave_once"))
        assert heard.end_of(1) == Outcome("done", b"noted")
        assert [link for link in links() if link not in known] == []


def test_crashes_in_native_code_end_in_quarantine_and_not_in_a_loop():
    with pool(opening="warm", least=2) as (made, heard):
        warm(heard, 2)
        made.submit("w", job(1, "segv"))
        assert heard.end_of(1) == Outcome("quarantined", exit_code=-signal.SIGSEGV, last="died")
        made.submit("w", job(2, "echo", b"after"))
        assert heard.end_of(2).body == b"after"


def test_a_job_that_only_crashes_as_usual_is_done_in_another_way():
    with pool(opening="warm", least=2) as (made, heard):
        warm(heard, 2)
        lost = heard.lost

        def pardon(number, outcome):
            lost(number, outcome)
            if len(heard.losses) == 2:
                made.work_as("w", "careful", team(opening="warm"))
                return True
            return False

        heard.lost = pardon
        made.submit("w", job(1, "crash_as_usual"))
        assert heard.end_of(1).ending in {"done", "quarantined"}
        assert len(heard.losses) >= 2


def test_a_job_that_takes_too_much_memory_is_ended_before_the_machine_is():
    with pool(opening="warm", least=2, memory_bytes=300 * MIB, cores=1) as (made, heard):
        warm(heard, 2)
        made.submit("w", job(1, "grow", b"700"))
        outcome = heard.end_of(1)
        assert (outcome.ending, outcome.last) in {("quarantined", "memory"), ("impossible", None)}
        made.submit("w", job(2, "echo", b"small"))
        assert heard.end_of(2).body == b"small"


def test_a_job_that_hangs_in_a_phase_is_killed_and_tried_once():
    with pool(opening="warm", least=2) as (made, heard):
        warm(heard, 2)
        made.submit("w", job(1, "ignore_begun"))
        for _ in range(2):
            heard.wait_for("started", 1)
            made.expect("w", 1, time.monotonic() + 0.1)
        assert heard.end_of(1) == Outcome("quarantined", last="stuck")


def test_the_pool_answers_more_load_at_once():
    times = []
    for _ in range(ATTEMPTS):
        with pool(cores=4, least=2, most=5, opening="warm") as (made, heard):
            warm(heard, 2)
            begin_s = time.perf_counter()
            for number in (1, 2, 3):
                made.submit("w", job(number, "wait"))
            heard.wait_for("started", 2)
            while len(heard.statuses) < 3:
                heard.wait_for("workers")
            times.append(time.perf_counter() - begin_s)
            heard.wait_for("started", 3)
            while len(heard.statuses) < 4:  # a spare, once no job waits for a process
                heard.wait_for("workers")
        if times[-1] < GROWN_S:
            return
    pytest.fail(f"{times}")


def test_other_workers_come_when_those_there_are_idle():
    with pool(opening="warm", config=b"old", least=2) as (made, heard):
        warm(heard, 2)
        made.change("w", team(config=b"new", opening="warm"), rules(cores=1, least=2))
        made.submit("w", job(1, "configured"))
        assert heard.end_of(1).body == b"new"
        assert all(status.deaths == 0 for status in heard.statuses)


def test_gathering_twice_is_gathering_once():
    with pool() as (made, heard):
        made.gather("w", team(config=b"other"), rules())
        made.submit("w", job(1, "configured"))
        assert heard.end_of(1).body == b""


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.nightly)])
def test_every_job_ends_once_and_none_is_lost_when_workers_are_killed_at_random(count):
    draw = random.Random(5)
    doomed = set(draw.sample(range(1, 1 + count), count // 20))
    me = psutil.Process()
    with pool(opening="warm", least=2, limits=quick()) as (made, heard):
        warm(heard, 2)
        for number in range(1, 1 + count):
            made.submit("w", job(number, "wait" if number in doomed else "echo", str(number).encode()))
        started = dict.fromkeys(doomed, 0)
        while len(heard.ends) < count:
            event = heard.events.get(timeout=LIMIT_S)
            if event[0] == "started" and event[1] in doomed:
                number = event[1]
                started[number] += 1
                if started[number] == 1:
                    os.kill(pid_of(heard, number), signal.SIGKILL)
                else:
                    made.cancel(number)
    assert {number: len(outcomes) for number, outcomes in heard.ends.items()} == dict.fromkeys(range(1, 1 + count), 1)
    for number, (outcome,) in heard.ends.items():
        if number in doomed:
            assert outcome == Outcome("failed", b"Cancelled"), "it went on, and heard its cancel"
        else:
            assert outcome == Outcome("done", str(number).encode())
    assert started == dict.fromkeys(doomed, 2)
    assert [child for child in me.children(recursive=True) if "spawn_main" in " ".join(child.cmdline())] == []
