"""Decisions one by one: threads, memory, reservations, room, fast and slow workers, and the reasons."""

from dataclasses import replace

import pytest

from tests.support.queues import GIB, job, policy, pool
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.schedule.policy import LARGE_WORK, Machine, Policy, Running, WorkerState

LARGE = {"work": 10 * LARGE_WORK}


def started(decision):
    return {start.job.id: (start.worker, start.threads) for start in decision.starts}


def said(decision):
    return {number: str(message) for number, message in decision.waits.items()}


def at_work(name, one, threads=1, started_s=0.0):
    return WorkerState(name, Running(one, threads, started_s))


def test_small_proofs_run_side_by_side_and_one_alone_takes_one_core():
    assert started(policy().allot(0.0, [job(1)], pool("ab"))) == {1: ("a", 1)}
    assert started(policy().allot(0.0, [job(1), job(2)], pool("ab"))) == {1: ("a", 1), 2: ("b", 1)}


def test_a_large_proof_that_is_alone_takes_all_cores():
    assert started(policy(cores=4).allot(0.0, [job(1, 10.0, **LARGE)], pool("abcd"))) == {1: ("a", 4)}
    assert started(policy(cores=4).allot(0.0, [job(1, None, **LARGE)], pool("abcd"))) == {1: ("a", 4)}


def test_large_proofs_share_the_cores():
    decision = policy(cores=4).allot(0.0, [job(n, 10.0, **LARGE) for n in (1, 2)], pool("abcd"))
    assert started(decision) == {1: ("a", 2), 2: ("b", 2)}
    decision = policy(cores=2).allot(0.0, [job(n, 10.0, **LARGE) for n in (1, 2, 3)], pool("ab"))
    assert started(decision) == {1: ("a", 1), 2: ("b", 1)}
    assert said(decision) == {3: "Waits for 1 proof before it."}


def test_a_large_interactive_proof_does_not_share_with_work_that_matters_less():
    large = job(1, 10.0, priority=Priority.INTERACTIVE, **LARGE)
    waiting = [large, *(job(n) for n in (2, 3, 4))]
    decision = policy(cores=2).allot(0.0, waiting, pool("ab"))
    assert started(decision) == {1: ("a", 2)}
    assert said(decision)[3] == "Waits for 2 proofs before it."


def test_a_large_proof_waits_for_the_other_core_only_where_it_is_done_sooner_so():
    large = job(2, 10.0, **LARGE)
    soon = [at_work("a", job(1, 1.0)), WorkerState("b")]
    decision = policy().allot(0.5, [large], soon)
    assert said(decision) == {2: "Waits for 1 proof before it."}
    late = [at_work("a", job(1, 20.0)), WorkerState("b")]
    assert started(policy().allot(0.5, [large], late)) == {2: ("b", 1)}
    assert started(policy().allot(0.5, [job(2, None, **LARGE)], soon)) == {2: ("b", 1)}


def test_a_job_waits_for_memory_and_says_how_much_is_there():
    running = at_work("a", job(1, 5.0, memory_bytes=int(1.8 * GIB)))
    waiting = [job(2, 5.0, memory_bytes=int(1.9 * GIB))]
    decision = policy(memory_bytes=3 * GIB).allot(1.0, waiting, [running, WorkerState("b")])
    assert not decision.starts
    assert said(decision) == {2: "Waits for memory: needs about 1.90 GiB, 1.20 GiB are free."}


def test_a_job_that_needs_more_than_there_is_says_so_and_holds_nobody_up():
    waiting = [job(1, memory_bytes=9 * GIB), job(2)]
    decision = policy(memory_bytes=4 * GIB).allot(0.0, waiting, pool("ab"))
    assert decision.impossible == {1}
    assert started(decision) == {2: ("a", 1)}
    assert said(decision) == {1: "Needs about 9.00 GiB of memory, and proofs may use 4.00 GiB."}


def reserved_queue(*others):
    """Four cores, 4 GiB; one proof of 3 GiB runs until 10 s, and the next one needs 3 GiB too."""
    workers = [at_work("a", job(1, 10.0, memory_bytes=3 * GIB)), *pool("bcd")]
    waiting = [job(2, 5.0, memory_bytes=3 * GIB), *others]
    return policy(cores=4, memory_bytes=4 * GIB).allot(1.0, waiting, workers)


def test_what_ends_before_the_reserved_memory_is_there_may_overtake():
    decision = reserved_queue(job(3, 5.0, memory_bytes=GIB))
    assert started(decision) == {3: ("b", 1)}
    assert said(decision) == {2: "Waits for memory: needs about 3.00 GiB, 1.00 GiB are free."}


def test_what_leaves_the_reserved_memory_alone_may_overtake_however_long_it_takes():
    decision = reserved_queue(job(3, 50.0, memory_bytes=GIB))
    assert started(decision) == {3: ("b", 1)}
    decision = reserved_queue(job(3, None, memory_bytes=GIB // 2), job(4, None, memory_bytes=GIB // 2))
    assert set(started(decision)) == {3, 4}


def test_what_would_delay_the_reserved_job_waits():
    workers = [at_work("a", job(1, 10.0, memory_bytes=2 * GIB)), *pool("bcd")]
    head = job(2, 5.0, memory_bytes=3 * GIB)

    def overtakes(other):
        decision = policy(cores=4, memory_bytes=4 * GIB).allot(1.0, [head, other], workers)
        return 3 in started(decision)

    assert overtakes(job(3, 5.0, memory_bytes=2 * GIB))
    assert not overtakes(job(3, 8.0, memory_bytes=2 * GIB))  # 8 s may become 10 s
    assert not overtakes(job(3, None, memory_bytes=2 * GIB))
    assert overtakes(job(3, None, memory_bytes=GIB))


def test_two_that_overtake_do_not_take_the_reserved_memory_together():
    workers = [at_work("a", job(1, 10.0, memory_bytes=2 * GIB)), *pool("bcd")]
    waiting = [job(2, 5.0, memory_bytes=3 * GIB), *(job(n, 50.0, memory_bytes=GIB) for n in (3, 4))]
    decision = policy(cores=4, memory_bytes=4 * GIB).allot(1.0, waiting, workers)
    assert started(decision) == {3: ("b", 1)}
    assert said(decision)[4] == "Waits for 2 proofs before it."


def test_where_nobody_knows_when_a_job_ends_nothing_overtakes_but_beside():
    workers = [at_work("a", job(1, None, memory_bytes=2 * GIB)), *pool("bcd")]
    waiting = [job(2, 5.0, memory_bytes=3 * GIB), job(3, 1.0, memory_bytes=2 * GIB)]
    assert not policy(cores=4, memory_bytes=4 * GIB).allot(1.0, waiting, workers).starts


def test_a_job_that_should_have_ended_is_not_waited_for():
    """A worker that hangs: its job should have ended at 1 s."""
    slow, late = WorkerState("b"), at_work("a", job(1, 1.0))
    one = policy()
    one.speeds.measured("b", 1.0, 3.0)
    assert started(one.allot(5.0, [job(2, 10.0)], [late, slow])) == {2: ("b", 1)}


def test_near_the_end_of_the_queue_a_job_waits_for_the_faster_worker():
    one = policy()
    one.speeds.measured("b", 1.0, 3.0)
    workers = [at_work("a", job(1, 1.0)), WorkerState("b")]
    decision = one.allot(0.5, [job(2, 10.0)], workers)
    assert said(decision) == {2: "Waits for 1 proof before it."}
    # behind it the fast one is not free before 10.5 s
    assert started(one.allot(0.5, [job(2, 10.0), job(3, 2.0)], workers)) == {3: ("b", 1)}
    # with a longer queue the slow one is worth having
    many = [job(n, 10.0) for n in range(2, 9)]
    assert started(one.allot(0.5, many, workers)) == {2: ("b", 1)}


def test_while_interactive_work_comes_other_work_begins_only_below_the_target():
    one = policy(window_s=10.0)
    one.allot(0.0, [], [at_work("a", job(1, 50.0)), at_work("b", job(2, 50.0))])
    one.arrived(job(9, priority=Priority.INTERACTIVE), 40.0)
    half = [at_work("a", job(1, 50.0)), WorkerState("b")]
    assert one.utilisation(40.0) > 0.9
    decision = one.allot(40.0, [job(3, arrived_s=39.0)], half)
    assert said(decision) == {3: "Waits so that there is room for interactive work."}
    assert 40.0 < decision.again_s < 50.0
    asked = one.allot(decision.again_s, [job(3, arrived_s=39.0)], half)
    assert started(asked) == {3: ("b", 1)}
    assert asked.again_s is None


def test_interactive_work_itself_needs_no_room():
    one = policy(window_s=10.0)
    one.arrived(job(9, priority=Priority.INTERACTIVE), 0.0)
    one.allot(0.0, [], [at_work("a", job(1, 50.0)), at_work("b", job(2, 50.0))])
    new = job(4, arrived_s=40.0, priority=Priority.INTERACTIVE)
    assert started(one.allot(40.0, [new], [at_work("a", job(1, 50.0)), WorkerState("b")])) == {4: ("b", 1)}


def test_one_that_waited_long_is_let_through_now_and_then():
    one = policy(cores=3, window_s=1e6, ageing_s=30.0)
    one.allot(0.0, [], [at_work(name, job(n, 1e7)) for n, name in enumerate("abc")])
    one.arrived(job(9, priority=Priority.INTERACTIVE), 1e7)  # by now the cores count as busy
    old = [job(n, arrived_s=1e7 - 50.0) for n in (3, 4)]
    workers = [at_work("a", job(1, 1e9)), *pool("bc")]
    decision = one.allot(1e7, old, workers)
    assert set(started(decision)) == {3}
    assert said(decision) == {4: "Waits so that there is room for interactive work."}
    assert decision.again_s == pytest.approx(1e7 + 30.0, abs=0.01)
    assert set(started(one.allot(1e7 + 30.0, old[1:], workers))) == {4}


def test_of_many_cores_some_stay_idle_while_interactive_work_comes():
    one = policy(cores=10)
    one.arrived(job(99, priority=Priority.INTERACTIVE), 0.0)
    decision = one.allot(0.0, [job(n) for n in range(10)], pool("abcdefghij"))
    assert len(decision.starts) == 8
    assert decision.again_s == pytest.approx(30.0, abs=0.01)  # then one is old enough to be let through


def test_large_batch_work_leaves_a_core_while_interactive_work_comes():
    one = policy(cores=4)
    one.arrived(job(9, priority=Priority.INTERACTIVE), 0.0)
    assert started(one.allot(0.0, [job(1, 10.0, **LARGE)], pool("abcd"))) == {1: ("a", 3)}
    alone = policy(cores=1)
    alone.arrived(job(9, priority=Priority.INTERACTIVE), 0.0)
    assert started(alone.allot(0.0, [job(1, 10.0, **LARGE)], pool("a"))) == {1: ("a", 1)}


def test_ended_jobs_teach_speeds_and_interactive_ones_keep_the_room():
    one = policy()
    one.ended("a", Running(job(1, 10.0), 1, 5.0), 25.0)
    assert one.speeds.of("a") == 0.5
    assert one.seconds(job(2, 10.0), "a", 1) == 20.0
    one.ended("b", Running(job(2, None), 1, 5.0), 25.0)
    assert one.speeds.of("b") == 1.0
    assert not one._room.is_kept(25.0)
    one.left(Running(job(3, priority=Priority.INTERACTIVE), 1, 5.0), 30.0)
    assert one._room.is_kept(89.0)
    one.forget("a")
    assert one.speeds.of("a") == 1.0


def test_a_copy_decides_the_same_and_changes_nothing():
    one = policy()
    one.speeds.measured("a", 1.0, 2.0)
    one.arrived(job(9, priority=Priority.INTERACTIVE), 0.0)
    waiting = [job(n) for n in range(5)]
    assert one.copy().allot(1.0, waiting, pool("ab")) == one.copy().allot(1.0, waiting, pool("ab"))
    assert one.utilisation(5.0) == 0.0


def test_without_workers_and_without_jobs_nothing_happens():
    assert not Policy(Machine(2, GIB)).allot(0.0, [], pool("ab")).starts
    decision = policy().allot(0.0, [job(1)], [])
    assert said(decision) == {1: "Waits for 1 proof before it."}
    assert not replace(decision, waits={}).starts


def test_what_is_reserved_is_the_first_moment_that_suffices():
    workers = [
        at_work("a", job(1, 10.0, memory_bytes=2 * GIB)),
        at_work("b", job(4, 99.0, memory_bytes=1)),
        *pool("cd"),
    ]
    head = job(2, 5.0, memory_bytes=3 * GIB)

    def overtakes(seconds):
        waiting = [head, job(3, seconds, memory_bytes=int(1.5 * GIB))]
        return 3 in started(policy(cores=4, memory_bytes=4 * GIB).allot(1.0, waiting, workers))

    assert overtakes(5.0)
    assert not overtakes(20.0)  # before 99 s, but not before 10 s


def test_batch_work_keeps_no_room():
    one = policy()
    one.arrived(job(1), 0.0)
    assert not one._room.is_kept(0.0)


def test_what_other_programs_hold_is_not_there_and_is_looked_at_again():
    one = job(1, memory_bytes=2 * GIB)
    decision = policy(memory_bytes=8 * GIB).allot(5.0, [one], pool("a"), GIB)
    assert said(decision) == {1: "Waits for memory: needs about 2.00 GiB, 1.00 GiB are free."}
    assert (decision.short, decision.impossible, decision.again_s) == ({1}, frozenset(), 6.0)
    assert started(policy(memory_bytes=8 * GIB).allot(5.0, [one], pool("a"), 3 * GIB)) == {1: ("a", 1)}
    # it fits what there is, and waits for cores: nothing comes of looking again
    decision = policy(memory_bytes=8 * GIB).allot(5.0, [one], [at_work("a", job(2))], GIB)
    assert (decision.short, decision.again_s) == (frozenset(), None)


def test_more_room_than_proofs_may_use_changes_nothing():
    decision = policy(memory_bytes=GIB).allot(0.0, [job(1, memory_bytes=2 * GIB)], pool("a"), 64 * GIB)
    assert decision.impossible == {1}


def test_a_job_that_is_to_run_anyway_waits_for_no_memory_and_counts_for_what_it_needs():
    made = policy(memory_bytes=GIB)
    insists = job(1, memory_bytes=4 * GIB, anyway=True)
    assert started(made.allot(0.0, [insists], pool("a"), 0)) == {1: ("a", 1)}
    decision = made.allot(0.0, [job(2)], [at_work("a", insists), WorkerState("b")])
    assert decision.short == {2}
    # beside another one it waits for a core, and for nothing else
    decision = policy(cores=1, memory_bytes=GIB).allot(0.0, [insists], [at_work("a", job(2)), WorkerState("b")])
    assert said(decision) == {1: "Waits for 1 proof before it."}
    assert decision.short == frozenset()


def test_a_job_that_is_to_run_anyway_waits_behind_none_that_waits_for_memory():
    waits = job(1, None, memory_bytes=2 * GIB)
    insists = job(2, None, memory_bytes=2 * GIB, anyway=True)
    decision = policy(memory_bytes=8 * GIB).allot(5.0, [waits, insists], pool("ab"), GIB)
    assert started(decision) == {2: ("a", 1)}
    assert decision.short == {1}


def test_what_waits_for_the_memory_of_other_programs_holds_nobody_up():
    """When they will let it go nobody knows, so nothing is kept for it but what proofs hold."""
    large, small = job(1, memory_bytes=4 * GIB), job(2, None)
    decision = policy(memory_bytes=8 * GIB).allot(5.0, [large, small], pool("ab"), GIB)
    assert started(decision) == {2: ("a", 1)}
    assert decision.short == {1}
    # what proofs hold is awaited, and nothing is left beside it then
    busy = [at_work("a", job(3, 10.0, memory_bytes=3 * GIB)), *pool("b")]
    decision = policy(memory_bytes=8 * GIB).allot(5.0, [large, small], busy, GIB + 1)
    assert started(decision) == {}
