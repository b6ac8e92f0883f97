import os
import signal
import sys
import threading
import time

import psutil
import pytest

from tests.support.workers import LIMIT_S, crew, job, open_never, open_stuck, plain_main, quick, toy
from zkcompanion.base.atomicfile import TEMPORARY_SUFFIX
from zkcompanion.engine import crew as crew_module
from zkcompanion.engine import post, work
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.worker import Worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

#: What is promised; a machine that is busy with something else may need more than one attempt.
CANCEL_S = 0.5
NOTICED_S = 0.25
ATTEMPTS = 3


@pytest.fixture(autouse=True)
def _plain_main():
    with plain_main():
        yield


def test_a_job_is_started_and_answered():
    with crew() as (made, heard):
        made.submit("w", job(1, "echo", b"hello"))
        heard.wait_for("started", 1)
        assert heard.end_of(1) == work.Outcome("done", b"hello")


def test_what_a_worker_is():
    import json

    with crew() as (made, heard):
        made.submit("w", job(1, "facts"))
        facts = json.loads(heard.end_of(1).body)
    assert facts["qt"] == []
    assert facts["cores"] == [0, 0]
    assert facts["dumpable"] == 0
    assert facts["nice"] == os.nice(0) + 10 or facts["nice"] == 19
    assert facts["session"]
    assert facts["interrupt"]
    assert facts["sockets"] == []
    assert facts["streams"] in ([], ["/dev/null"] * 3)
    assert {"reader", "reporter"} <= set(facts["threads"])
    if sys.platform == "linux":
        assert facts["data"] > 0


def test_jobs_wait_for_each_other_and_a_waiting_one_can_be_cancelled():
    with crew() as (made, heard):
        body = bytearray(b"secret")
        made.submit("w", job(1, "wait"))
        made.submit("w", job(2, "echo", body))
        made.submit("w", job(3, "echo", b"third"))
        heard.wait_for("started", 1)
        made.cancel(2)
        assert heard.end_of(2).ending == "cancelled"
        assert body == bytes(6)
        made.cancel(1)
        assert heard.end_of(1) == work.Outcome("failed", b"Cancelled")
        assert heard.end_of(3).body == b"third"
        made.cancel(3)
        made.cancel(99)
        made.submit("w", job(4, "echo"))
        heard.end_of(4)
    assert [len(ends) for ends in heard.ends.values()] == [1] * 4


def test_a_cancel_that_comes_with_its_job_is_heard():
    with crew() as (made, heard):
        heard.wait_for_state("idle")
        pid = heard.statuses[0].pid
        made.submit("w", job(1, "wait"))
        made.cancel(1)
        assert heard.end_of(1).ending in {"failed", "cancelled"}
        made.submit("w", job(2, "echo"))
        heard.end_of(2)
        assert heard.statuses[0].pid == pid, "the worker heard it, and was not killed"


def test_progress_is_told_until_the_end_and_not_after_it():
    with crew() as (made, heard):
        made.submit("w", job(1, "tell"))
        assert heard.end_of(1).body == b"told"
        told = [event[2] for event in heard.seen if event[0] == "progressed"]
        assert told[:2] == [b"0", b"1"]
        made.submit("w", job(2, "echo"))
        heard.end_of(2)
        assert not any(
            event[:2] == ("progressed", 1) for event in heard.seen[heard.seen.index(("started", 2, "w", 1)) :]
        )


@pytest.mark.parametrize("kind", ["ignore_begun", "hold"])
def test_a_worker_that_does_not_stop_is_replaced_within_half_a_second(kind):
    times = []
    with crew() as (made, heard):
        for number in range(1, 1 + ATTEMPTS):
            made.submit("w", job(number, kind))
            heard.wait_for("progressed", number)
            begin_s = time.perf_counter()
            made.cancel(number)
            assert heard.end_of(number).ending == "cancelled"
            times.append(time.perf_counter() - begin_s)
            if times[-1] < CANCEL_S:
                break
        assert min(times) < CANCEL_S
        made.submit("w", job(9, "echo"))
        assert heard.end_of(9).ending == "done"
        assert heard.wait_for_state("idle").deaths == 0


def test_a_stopped_worker_is_replaced():
    with crew() as (made, heard):
        made.submit("w", job(1, "ignore_begun"))
        heard.wait_for("progressed", 1)
        os.kill(heard.statuses[0].pid, signal.SIGSTOP)
        made.cancel(1)
        assert heard.end_of(1).ending == "cancelled"


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("signal", str(int(signal.SIGKILL)).encode(), -signal.SIGKILL),
        ("signal", str(int(signal.SIGILL)).encode(), -signal.SIGILL),
        ("segv", b"", -signal.SIGSEGV),
    ],
)
def test_a_death_is_noticed_at_once_and_the_next_job_works(kind, body, code):
    with crew() as (made, heard):
        made.submit("w", job(1, kind, body))
        made.submit("w", job(2, "echo", b"innocent"))
        heard.wait_for("started", 1)
        begin_s = time.perf_counter()
        assert heard.end_of(1) == work.Outcome("died", exit_code=code)
        assert time.perf_counter() - begin_s < 4 * NOTICED_S  # the crash itself takes part of it
        assert heard.end_of(2).body == b"innocent"
        assert heard.wait_for_state("idle").deaths == 1


def test_a_killed_worker_is_noticed_within_the_promise():
    times = []
    with crew() as (made, heard):
        for number in range(1, 1 + ATTEMPTS):
            made.submit("w", job(number, "ignore_begun"))
            heard.wait_for("progressed", number)
            os.kill(heard.statuses[0].pid, signal.SIGKILL)
            begin_s = time.perf_counter()
            assert heard.end_of(number).exit_code == -signal.SIGKILL
            times.append(time.perf_counter() - begin_s)
            if times[-1] < NOTICED_S:
                return
            made.submit("w", job(100 + number, "echo"))
            heard.end_of(100 + number)
    pytest.fail(f"{times}")


def test_an_idle_worker_that_is_killed_is_replaced():
    with crew() as (_made, heard):
        first = heard.wait_for_state("idle").pid
        os.kill(first, signal.SIGKILL)
        heard.wait_for_state("starting")
        assert heard.wait_for_state("idle").pid != first
        assert heard.wait_for_state("idle").deaths == 1


def test_a_worker_killed_while_it_starts_is_replaced():
    with crew() as (made, heard):
        made.submit("w", job(1, "echo"))
        os.kill(heard.wait_for_state("starting").pid, signal.SIGKILL)
        assert heard.end_of(1).ending == "done"


def test_three_deaths_in_a_row_end_it_and_a_new_choice_begins_anew():
    with crew() as (made, heard):
        for number in (1, 2, 3, 4):
            made.submit("w", job(number, "leave", b"7"))
        assert [heard.end_of(number).ending for number in (1, 2, 3, 4)] == ["died", "died", "died", "off"]
        status = heard.wait_for_state("off")
        assert status.given_up
        assert status.deaths == 3
        made.submit("w", job(5, "echo"))
        assert heard.end_of(5).ending == "off"
        made.replace(toy())
        made.submit("w", job(6, "echo"))
        assert heard.end_of(6).ending == "done"
        assert not heard.wait_for_state("idle").given_up


def test_an_answer_between_two_deaths_starts_the_count_anew():
    with crew() as (made, heard):
        for number, kind in enumerate(("leave", "leave", "echo", "leave", "leave", "echo"), start=1):
            made.submit("w", job(number, kind, b"7"))
        assert heard.end_of(6).ending == "done"


def test_a_worker_that_cannot_begin_is_given_up():
    with crew(entry=open_never) as (made, heard):
        made.submit("w", job(1, "echo"))
        assert heard.end_of(1).ending == "off"


def test_a_worker_that_starts_for_too_long_is_given_up():
    with crew(entry=open_stuck, limits=quick(starting_s=0.2)) as (made, heard):
        made.submit("w", job(1, "echo"))
        assert heard.end_of(1).ending == "off"


def test_a_worker_that_says_nothing_is_replaced():
    with crew(limits=quick(silent_s=0.5)) as (made, heard):
        made.submit("w", job(1, "hold"))
        assert heard.end_of(1).ending == "silent"
        assert heard.wait_for_state("idle").deaths == 1


def test_beyond_its_deadline_a_job_ends_with_its_worker():
    with crew() as (made, heard):
        made.submit("w", job(1, "ignore", deadline_s=0.2))
        made.submit("w", job(2, "echo", deadline_s=30.0))
        assert heard.end_of(1).ending == "late"
        assert heard.end_of(2).ending == "done"


@pytest.mark.parametrize(
    ("kind", "error"), [("fail", b"ValueError"), ("leave_by_exception", b"SystemExit"), ("large", b"ResourceError")]
)
def test_an_error_is_an_answer_and_its_worker_goes_on(kind, error):
    with crew() as (made, heard):
        pid = heard.wait_for_state("idle").pid
        made.submit("w", job(1, kind))
        assert heard.end_of(1) == work.Outcome("failed", error)
        made.submit("w", job(2, "configured"))
        heard.end_of(2)
        assert heard.statuses[0].pid == pid


def test_large_bodies_cross_and_are_forgotten_and_too_large_ones_are_refused(monkeypatch):
    with crew() as (made, heard):
        body = bytearray(os.urandom(50 << 20))
        content = bytes(body)
        made.submit("w", job(1, "echo", body))
        assert heard.end_of(1).body == content
        assert not any(body)
        monkeypatch.setattr(post, "MAX_BODY_BYTES", 10)
        body = bytearray(b"12345678901")
        made.submit("w", job(2, "echo", body))
        assert heard.end_of(2).ending == "too-large"
        assert not any(body)


def test_a_cancel_during_a_long_message_kills():
    with crew() as (made, heard):
        os.kill(heard.wait_for_state("idle").pid, signal.SIGSTOP)
        made.submit("w", job(1, "echo", bytearray(10 << 20)))
        heard.wait_for("started", 1)
        made.cancel(1)
        assert heard.end_of(1).ending == "cancelled"
        made.submit("w", job(2, "echo"))
        assert heard.end_of(2).ending == "done"


def test_a_worker_opens_before_its_first_job():
    with crew(opening="warm") as (made, heard):
        assert heard.wait_for("opened", "w") == (work.Outcome("done", b"warm"),)
        made.submit("w", job(1, "echo"))
        assert heard.end_of(1).ending == "done"


def test_an_opening_makes_way_for_a_job():
    with crew(opening="slow-warm") as (made, heard):
        heard.wait_for_state("busy")
        assert heard.statuses[0].opening
        assert heard.statuses[0].job is None
        made.submit("w", job(1, "echo"))
        assert heard.wait_for("opened", "w") == (work.Outcome("failed", b"Cancelled"),)
        assert heard.end_of(1).ending == "done"
    with crew(opening="slow-warm") as (made, heard):
        made.submit("w", job(1, "echo"))  # it waits before the process is there
        assert heard.end_of(1).ending == "done"


def test_a_worker_that_dies_before_its_opening_opens_again():
    with crew(opening="warm") as (made, heard):
        os.kill(heard.wait_for_state("starting").pid, signal.SIGKILL)
        assert heard.wait_for("opened", "w")[0].ending == "done"
        made.submit("w", job(1, "echo"))
        assert heard.end_of(1).ending == "done"
        assert sum(event[0] == "opened" for event in heard.seen) == 1


def test_a_successor_comes_when_the_worker_is_idle():
    with crew(config=b"old") as (made, heard):
        made.submit("w", job(1, "wait"))
        heard.wait_for("started", 1)
        made.replace(toy(config=b"new"))
        made.replace(toy("unknown"))
        made.submit("w", job(2, "configured"))
        made.cancel(1)
        assert heard.end_of(2).body == b"new"
        assert heard.wait_for_state("idle").deaths == 0


def test_hiring_twice_is_hiring_once():
    with crew() as (made, heard):
        made.hire(toy(config=b"other"))
        made.start()
        made.submit("w", job(1, "configured"))
        assert heard.end_of(1).body == b""


def test_half_written_files_of_a_killed_worker_are_removed(tmp_path):
    kept = tmp_path / f".00000000-other{TEMPORARY_SUFFIX}"
    kept.write_bytes(b"another process's")
    with crew(folders=lambda: (tmp_path, tmp_path / "none")) as (made, heard):
        made.submit("w", job(1, "draft", os.fsencode(tmp_path)))
        heard.wait_for("progressed", 1)
        assert len(list(tmp_path.iterdir())) == 2
        made.cancel(1)
        assert heard.end_of(1).ending == "cancelled"
        assert list(tmp_path.iterdir()) == [kept]


def test_closing_ends_everything_and_every_job():
    with crew() as (made, heard):
        made.submit("w", job(1, "ignore_begun"))
        made.submit("w", job(2, "echo", bytearray(b"x")))
        heard.wait_for("progressed", 1)
        pid = heard.statuses[0].pid
        begin_s = time.perf_counter()
        made.close()
        assert time.perf_counter() - begin_s < 1.0
        assert not psutil.pid_exists(pid)
        assert [heard.ends[number][0].ending for number in (1, 2)] == ["closed", "closed"]
        assert not made.submit("w", job(3, "echo"))
        made.cancel(1)
        made.hire(toy("late"))
        made.start()
        made.close()
    assert all(thread.name != "crew" for thread in threading.enumerate())


def test_closing_one_that_does_not_listen_kills_it():
    with crew(limits=quick(closing_s=0.1)) as (made, heard):
        made.submit("w", job(1, "hold"))
        heard.wait_for("progressed", 1)
        pid = heard.statuses[0].pid
        made.close()
        assert not psutil.pid_exists(pid)


def test_closing_while_starting_and_before_starting():
    with crew() as (made, heard):
        heard.wait_for_state("starting")
        made.submit("w", job(1, "echo"))
        made.close()
        assert heard.ends[1][0].ending == "closed"
    never = Crew(heard)
    never.close()
    never.start()
    assert not never.call(lambda: None)


def test_closing_from_a_listener_does_not_wait_for_itself():
    with crew() as (made, heard):
        heard.wait_for_state("idle")
        done = threading.Event()
        made.call(lambda: (made.close(), done.set()))
        assert done.wait(LIMIT_S)
        heard.wait_for_state("off")


def test_a_job_for_nobody_ends():
    with crew(hire=False) as (made, heard):
        body = bytearray(b"x")
        made.submit("w", job(1, "echo", body))
        assert heard.end_of(1).ending == "closed"
        assert body == b"\0"


def test_a_listener_that_fails_stops_nothing(caplog):
    with crew() as (made, heard):
        heard.started = lambda: None  # refuses its argument
        made.submit("w", job(1, "echo"))
        assert heard.end_of(1).ending == "done"
    assert "TypeError" in caplog.text


def test_a_system_without_room_for_processes_is_a_worker_that_is_off(monkeypatch):
    def start(self):
        raise BlockingIOError

    monkeypatch.setattr(Worker, "start", start)
    with crew(limits=quick(deaths=1)) as (made, heard):
        made.submit("w", job(1, "echo"))
        assert heard.end_of(1).ending == "off"


def test_whatever_happens_to_the_crew_every_job_ends_and_no_process_stays(monkeypatch, caplog):
    with crew() as (made, heard):
        made.submit("w", job(1, "ignore_begun"))
        made.submit("w", job(2, "echo"))
        heard.wait_for("progressed", 1)
        pid = heard.statuses[0].pid

        def fail(watched, timeout):
            made.call(lambda: heard.events.put(("last order",)))
            raise KeyError

        monkeypatch.setattr(crew_module, "wait", fail)
        made.call(lambda: None)
        assert heard.end_of(1).ending == "closed"
        assert heard.end_of(2).ending == "closed"
        made.close()
        assert not psutil.pid_exists(pid)
    assert "KeyError" in caplog.text


def test_the_load_is_measured():
    with crew() as (made, heard):
        made.submit("w", job(1, "ignore_begun"))
        heard.wait_for("progressed", 1)
        loads = [heard.loads.get(timeout=LIMIT_S) for _ in range(4)]
    assert loads[-1].at_s > loads[0].at_s
    assert all(0 <= load.processor_percent <= 100 and 0 <= load.worker_percent <= 100 for load in loads)
    assert loads[-1].memory_total_bytes == psutil.virtual_memory().total
    assert 0 < loads[-1].memory_used_bytes < loads[-1].memory_total_bytes
    assert max(loads[-1].worker_bytes.values()) > 1 << 20


def test_every_job_ends_exactly_once_whatever_is_cancelled_and_killed():
    from hashlib import blake2b

    number_of_jobs = 60
    with crew(limits=quick()) as (made, heard):
        made.hire(toy("v"))
        for number in range(1, 1 + number_of_jobs):
            draw = blake2b(b"seed 1" + bytes([number])).digest()
            kind = ("echo", "echo", "echo", "ignore", "leave")[draw[0] % 5]
            made.submit("wv"[draw[1] % 2], job(number, kind, b"0"))
            if kind == "ignore" or draw[2] % 4 == 0:
                made.cancel(number)
            if draw[3] % 16 == 0:
                for status in heard.statuses:
                    if status.pid is not None:
                        _kill(status.pid)
            if draw[4] % 8 == 0:
                made.replace(toy())
                made.replace(toy("v"))
        while len(heard.ends) < number_of_jobs:
            heard.wait_for("ended")
        made.close()
    assert {number: len(ends) for number, ends in heard.ends.items()} == dict.fromkeys(range(1, 1 + number_of_jobs), 1)


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_closing_leaves_no_thread_no_process_and_no_handle():
    me = psutil.Process()

    def held():
        return (
            {thread.name for thread in threading.enumerate()} & {"crew", "post"},
            {child.pid for child in me.children(recursive=True)},
            me.num_fds(),
        )

    before = None
    for _ in range(5):
        with crew() as (made, heard):
            made.submit("w", job(1, "echo", bytearray(1 << 20)))
            heard.end_of(1)
        before = before or held()  # the first one brings multiprocessing's own helper along
        assert held() == before
