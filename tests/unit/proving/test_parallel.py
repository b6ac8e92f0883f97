"""`ThreadTeam`: order, first error, cancellation, interruption, and no thread left behind."""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref

import pytest

from zkcompanion.base.errors import Cancelled
from zkcompanion.proving import parallel
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import Trace

_of_others: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def threads_of_shared_back_ends() -> None:
    """Back ends that the whole run shares keep their threads; they are none of this file's."""
    _of_others.clear()
    _of_others.update(team_threads())


def team_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("team-") and t not in _of_others]


class StopAfter(Trace):
    """Raises `Cancelled` from the check number `limit` on."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.checks = 0
        self._lock = threading.Lock()

    def check(self) -> None:
        with self._lock:
            self.checks += 1
            if self.checks > self.limit:
                raise Cancelled


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_results_come_in_item_order(threads: int, count: int) -> None:
    with ThreadTeam(threads) as team:
        assert team.map(lambda x: x * x, range(count)) == [x * x for x in range(count)]
    assert team_threads() == []


def test_items_run_side_by_side_and_the_caller_takes_part() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def item(_: int) -> str:
        meeting.wait()
        return threading.current_thread().name

    with ThreadTeam(3) as team:
        names = team.map(item, range(3))
        assert len(set(names)) == 3
        assert threading.current_thread().name in names
        assert len(team_threads()) == 2
    assert team_threads() == []


def test_one_thread_runs_inline_and_starts_none() -> None:
    with ThreadTeam(1) as team:
        assert team.map(lambda _: threading.get_ident(), range(3)) == [threading.get_ident()] * 3
        assert team_threads() == []


def test_a_team_without_threads_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ThreadTeam(0)


def test_a_closed_team_is_refused_and_closing_twice_is_harmless() -> None:
    team = ThreadTeam(2)
    team.map(str, range(4))
    team.close()
    team.close()
    with pytest.raises(ValueError, match="closed"):
        team.map(str, range(2))


def test_a_map_that_begins_while_the_team_is_closed_starts_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(team_threads())
    start = ThreadTeam._start

    def closed_meanwhile(team: ThreadTeam, count: int) -> None:
        team.close()
        start(team, count)

    monkeypatch.setattr(ThreadTeam, "_start", closed_meanwhile)
    assert ThreadTeam(3).map(str, range(4)) == ["0", "1", "2", "3"]
    assert set(team_threads()) <= before


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_first_error_wins_and_the_rest_is_not_started(threads: int) -> None:
    started = []

    def item(i: int) -> None:
        started.append(i)
        if i == 0:
            raise KeyError("first")
        failed.wait(10)
        raise ValueError("later")

    failed = threading.Event()

    class Tell(Trace):
        def check(self) -> None:
            # Hold the others back until item 0 has failed.
            if threading.current_thread() is not threading.main_thread():
                failed.wait(0.05)

    with ThreadTeam(threads) as team:
        with pytest.raises((KeyError, ValueError)):
            team.map(item, range(1000), Tell())
        failed.set()
        assert len(started) <= threads
        assert team.map(abs, [-1, -2, -3]) == [1, 2, 3], "the team is usable after an error"


def test_of_two_errors_the_first_in_time_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    fail = parallel._Job.fail
    both, failed = threading.Barrier(2), threading.Event()

    def told(job: parallel._Job, error: BaseException) -> None:
        fail(job, error)
        failed.set()

    def item(i: int) -> None:
        both.wait(10)
        if i == 0:
            failed.wait(10)
        raise ValueError("second") if i == 0 else KeyError("first")

    monkeypatch.setattr(parallel._Job, "fail", told)
    with ThreadTeam(2) as team, pytest.raises(KeyError, match="first"):
        team.map(item, range(2))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_trace_is_asked_before_each_item(threads: int) -> None:
    done = []
    trace = StopAfter(5)
    with ThreadTeam(threads) as team, pytest.raises(Cancelled):
        team.map(done.append, range(100), trace)
    assert len(done) == 5
    assert trace.checks <= 5 + threads


def test_a_map_inside_an_item_does_not_wait_for_itself() -> None:
    with ThreadTeam(2) as team:

        def outer(i: int) -> int:
            return sum(team.map(lambda j: i * j, range(5)))

        assert team.map(outer, range(20)) == [10 * i for i in range(20)]


def test_several_threads_may_share_a_team() -> None:
    results: dict[int, list[int]] = {}
    with ThreadTeam(3) as team:

        def run(k: int) -> None:
            results[k] = team.map(lambda x: x + k, range(200))

        callers = [threading.Thread(target=run, args=(k,)) for k in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert results == {k: [x + k for x in range(200)] for k in range(4)}


def test_nothing_of_the_caller_is_held_after_a_map() -> None:
    class Big:
        pass

    with ThreadTeam(4) as team:
        for _ in range(50):
            big = Big()
            gone = weakref.ref(big)
            team.map(lambda i, big=big: (i, big)[0], range(4))
            del big
            assert gone() is None


def test_an_errors_traceback_makes_no_cycle() -> None:
    class Big:
        pass

    def run(team: ThreadTeam) -> weakref.ref[Big]:
        big = Big()

        def item(i: int) -> None:
            if i == 3 and big:
                raise ValueError

        with pytest.raises(ValueError):
            team.map(item, range(8))
        return weakref.ref(big)

    gc.collect()
    gc.disable()
    try:
        with ThreadTeam(2) as team:
            gone = run(team)
            assert gone() is None
    finally:
        gc.enable()


def test_a_forgotten_team_ends_its_threads() -> None:
    team = ThreadTeam(3)
    team.map(lambda _: time.sleep(0.001), range(6))
    helpers = team_threads()
    assert len(helpers) == 2
    del team
    gc.collect()
    for helper in helpers:
        helper.join(5)
        assert not helper.is_alive()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_ctrl_c_is_handled_within_half_a_second_and_no_item_is_left_running(threads: int) -> None:
    running: set[int] = set()
    interrupted_at = 0.0

    def item(i: int) -> None:
        nonlocal interrupted_at
        running.add(i)
        if i == 5:
            interrupted_at = time.monotonic()
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.05)
        running.discard(i)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ThreadTeam(threads) as team:
            with pytest.raises(KeyboardInterrupt):
                team.map(item, range(10_000))
            assert time.monotonic() - interrupted_at < 0.5
            running.discard(5)  # interrupted itself where the main thread ran it
            assert len(running) <= 1
            assert team.map(str, range(3)) == ["0", "1", "2"]
    finally:
        signal.signal(signal.SIGINT, before)
    assert team_threads() == []


def test_ctrl_c_while_waiting_for_the_last_helper_waits_for_it_and_is_then_raised() -> None:
    main = threading.main_thread()
    finished = []

    def item(i: int) -> int:
        if threading.current_thread() is main:
            both.wait(10)
            return i
        both.wait(10)
        time.sleep(0.05)  # the main thread is in its wait by now
        signal.pthread_kill(main.ident or 0, signal.SIGINT)
        time.sleep(0.25)  # longer than one wait
        finished.append(i)
        return i

    both = threading.Barrier(2)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ThreadTeam(2) as team, pytest.raises(KeyboardInterrupt):
            team.map(item, range(2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(finished) == 1
    assert team_threads() == []


def test_ctrl_c_just_before_the_wait_begins_leaves_no_helper_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    # A signal is handled at the entry of a function: `finish` then ends before it has waited for anyone.
    finish = parallel._Job.finish
    calls, finished = [], []

    def interrupted_at_entry(job: parallel._Job) -> None:
        calls.append(job)
        if len(calls) == 1:
            raise KeyboardInterrupt
        finish(job)

    def item(_: int) -> None:
        both.wait(10)
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.05)
            finished.append(True)

    both = threading.Barrier(2)
    monkeypatch.setattr(parallel._Job, "finish", interrupted_at_entry)
    with ThreadTeam(2) as team:
        with pytest.raises(KeyboardInterrupt):
            team.map(item, range(2))
        assert finished == [True]


def test_a_system_that_gives_no_thread_is_an_error_and_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    done = []
    with ThreadTeam(3) as team:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            with pytest.raises(RuntimeError, match="new thread"):
                team.map(done.append, range(10))
        assert done == []
    assert team_threads() == []
