"""One queue and many workers: no job is lost with its worker, and the pool grows and shrinks; workers are scripted."""

from dataclasses import replace

import pytest

from tests.support.workers import Heard, Scripted, job, quick, rules, team
from zkcompanion.costs.band import Band
from zkcompanion.engine import pool as pool_module
from zkcompanion.engine import post as post_module
from zkcompanion.engine.load import Load
from zkcompanion.engine.pool import Pool
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.wire import PROTOCOL, Done, Failed, Progress, Ready
from zkcompanion.engine.work import Outcome

GIB = 1 << 30


class Scene:
    def __init__(self, limits=None, **sizes):
        self.heard = Heard()
        self.now_s = 0.0
        self.pool = Pool(team(), self.heard, limits or quick(), rules(**sizes), 0.0)

    def go(self, seconds=0.0):
        self.now_s += seconds
        self.pool.advance(self.now_s)

    def worker(self, name):
        return next(post.worker for post in self.pool.posts if post.worker.name == name)

    def say(self, name, *words):
        self.worker(name).words = list(words)
        self.go()

    def begin(self):
        """All processes come up, and those that they bring along."""
        self.go()
        while starting := [post.worker for post in self.pool.posts if post.worker.state == "starting"]:
            for worker in starting:
                worker.words = [Ready(1, PROTOCOL, "t")]
            self.go()

    def submit(self, number, **claim):
        asked = {"priority": Priority.BATCH, "memory_bytes": 0, "work": 0} | claim
        self.pool.submit(
            job(number, "x", bytearray(b"secret"), claim=Claim(number, arrived_s=0.0, **asked)), self.now_s
        )
        self.go()

    def dies(self, name, code=-9):
        self.worker(name).ended = code
        self.go()

    @property
    def names(self):
        return [post.worker.name for post in self.pool.posts]

    @property
    def at_work(self):
        return {status.name: status.job for status in self.pool.statuses if status.job}


@pytest.fixture(autouse=True)
def _scripted(monkeypatch):
    monkeypatch.setattr(post_module, "Worker", Scripted)


def warm(**sizes):
    scene = Scene(**sizes)
    scene.pool._begun = True
    scene.begin()
    return scene


def test_the_first_worker_gets_warm_before_the_others_start():
    scene = Scene(least=2)
    scene.begin()
    assert scene.names == ["w1"]
    scene.pool.opened("w1", Outcome("done"))
    scene.begin()
    assert scene.names == ["w1", "w2"]


def test_a_job_begins_in_a_worker_that_is_not_warm_where_there_is_no_other():
    scene = Scene()
    scene.go()
    scene.submit(1)
    scene.begin()
    assert scene.at_work == {"w1": 1}


def test_a_spare_starts_when_no_job_waits_for_a_process_any_more():
    scene = warm(cores=4, most=5)
    for number in (1, 2, 3):
        scene.submit(number)
    assert scene.names == ["w1", "w2", "w3"]
    scene.say("w2", Ready(1, PROTOCOL, "t"))
    assert scene.names == ["w1", "w2", "w3"], "one job still waits for its process"
    scene.say("w3", Ready(1, PROTOCOL, "t"))
    assert scene.names == ["w1", "w2", "w3", "w4"]
    assert len(scene.at_work) == 3


def test_the_pool_grows_with_the_queue_and_shrinks_when_it_is_idle():
    scene = warm(cores=4, most=5, idle_s=10.0)
    assert scene.names == ["w1"]
    for number in (1, 2, 3):
        scene.submit(number)
    scene.begin()
    assert scene.names == ["w1", "w2", "w3", "w4"], "three at work and a spare"
    assert sorted(scene.at_work.values()) == [1, 2, 3]
    for name, number in scene.at_work.items():
        scene.say(name, Done(number, b""))
    for _ in range(4):
        scene.go(10.0)
        assert scene.pool.next_s() is not None
    assert any(status.draining for status in scene.pool.statuses)
    for post in scene.pool.posts:
        if post.draining:
            post.worker.ended = 0
            scene.go()
    assert len(scene.names) < 4
    assert all(outcome == [Outcome("done")] for outcome in scene.heard.ends.values())


def test_a_job_whose_worker_dies_begins_again_in_another_at_once():
    scene = warm(least=2)
    scene.submit(1)
    scene.dies("w1")
    assert scene.at_work == {"w2": 1}
    assert scene.heard.losses == [(1, Outcome("died", exit_code=-9))]
    scene.say("w2", Progress(1, b"p"), Done(1, b"answer"))
    assert scene.heard.ends == {1: [Outcome("done", b"answer")]}


def test_a_job_keeps_its_secret_until_it_is_over_and_no_longer():
    scene = warm(least=2)
    body = bytearray(b"secret")
    scene.pool.submit(job(1, "x", body), 0.0)
    scene.go()
    scene.dies("w1")
    assert body == b"secret"
    scene.say("w2", Done(1, b""))
    assert body == bytes(6)


def test_a_job_that_ended_two_workers_is_quarantined_and_the_next_one_is_not():
    scene = warm(least=2, cores=1, limits=quick(deaths=9))
    scene.submit(1)
    scene.submit(2)
    scene.dies("w1", -11)
    scene.dies("w2", -11)
    assert scene.heard.ends == {1: [Outcome("quarantined", exit_code=-11, last="died")]}
    scene.begin()
    assert list(scene.at_work.values()) == [2]


def test_a_job_that_is_pardoned_is_tried_again():
    scene = warm(least=2, limits=quick(deaths=9))
    scene.heard.pardoned.add(1)
    scene.submit(1)
    for _ in range(3):
        scene.dies(next(iter(scene.at_work)))
        scene.begin()
    assert list(scene.at_work.values()) == [1]


def test_three_deaths_in_a_row_stop_the_pool_until_another_choice():
    scene = warm(least=2, cores=1)
    for number in (1, 2, 3):
        scene.submit(number)
    for _ in range(3):
        scene.dies(next(iter(scene.at_work)))
        scene.begin()
    assert all(status.given_up for status in scene.pool.statuses)
    endings = {number: outcome.ending for number, (outcome,) in scene.heard.ends.items()}
    assert endings == {1: "quarantined", 2: "off", 3: "off"}
    scene.submit(4)
    assert scene.heard.ends[4] == [Outcome("off")]
    scene.pool.change(team(config=b"new"), rules())
    scene.begin()
    scene.submit(5)
    assert list(scene.at_work.values()) == [5]


def test_while_another_works_those_that_wait_are_not_ended():
    scene = warm(least=3, cores=1, limits=quick(deaths=1))
    scene.submit(1)
    scene.submit(2)
    scene.dies("w2")
    scene.go()
    assert scene.heard.ends == {}
    scene.say("w1", Done(1, b""))
    scene.begin()
    assert list(scene.at_work.values()) == [2], "its answer shows that not all is lost"


def test_a_job_that_waits_can_be_cancelled_and_one_that_runs_is_told():
    scene = warm(cores=1)
    scene.submit(1)
    scene.submit(2)
    scene.pool.cancel(2, scene.now_s)
    scene.pool.cancel(9, scene.now_s)
    scene.pool.cancel(1, scene.now_s)
    assert scene.heard.ends == {2: [Outcome("cancelled")]}
    assert ("cancel", 1) in scene.worker("w1").done
    scene.say("w1", Failed(1, b"Cancelled"))
    assert scene.heard.ends[1] == [Outcome("failed", b"Cancelled")]


def test_no_more_work_than_wanted_at_once():
    scene = warm(cores=4, least=3, at_work=1)
    scene.submit(1)
    scene.submit(2)
    scene.begin()
    assert list(scene.at_work.values()) == [1]


def test_why_jobs_wait_is_told():
    scene = warm(cores=1)
    scene.submit(1)
    scene.submit(2)
    queue = scene.heard.queue
    assert {number: str(reason) for number, reason in queue.waits.items()} == {2: "Waits for 1 proof before it."}
    assert [claim.id for claim in queue.waiting] == [2]
    assert [state.running.job.id for state in queue.workers if state.running] == [1]


def test_a_job_that_needs_more_than_there_is_ends_with_the_reason():
    scene = warm(memory_bytes=GIB)
    scene.submit(1, memory_bytes=2 * GIB)
    (outcome,) = scene.heard.ends[1]
    assert outcome.ending == "impossible"
    assert "2.00 GiB" in str(outcome.reason)


def test_a_large_job_gets_all_cores_and_small_ones_one_each():
    scene = warm(cores=2, least=2)
    scene.submit(1, work=1 << 40)
    assert [(status.job, status.threads) for status in scene.pool.statuses if status.job] == [(1, 2)]
    scene.say("w1", Done(1, b""))
    scene.submit(2)
    scene.submit(3)
    assert {status.job: status.threads for status in scene.pool.statuses if status.job} == {2: 1, 3: 1}


def test_speeds_are_measured_by_what_was_predicted():
    scene = warm(cores=1)
    scene.submit(1, seconds=Band(4.0, 5.0, 6.0))
    scene.go(10.0)
    scene.say("w1", Done(1, b""))
    status = scene.pool.statuses[0]
    assert (status.speed, status.jobs) == (0.5, 1)


def load(held):
    return Load(0.0, 0.0, 0.0, 0, 0, held)


def test_memory_pauses_at_80_percent_and_ends_at_95():
    scene = warm(cores=2, least=2, memory_bytes=10 * GIB)
    for post in scene.pool.posts:
        post.worker.pid = int(post.worker.name[1:])
    scene.submit(1, memory_bytes=GIB)
    scene.pool.measured(load({1: int(8.1 * GIB)}))
    scene.submit(2, memory_bytes=GIB)
    assert list(scene.at_work.values()) == [1]
    assert str(scene.heard.queue.waits[2]) == "Waits for memory: needs about 1.00 GiB, 1.90 GiB are free."
    scene.pool.measured(load({1: int(7.0 * GIB)}))
    scene.go()
    assert sorted(scene.at_work.values()) == [1, 2]
    scene.say("w2", Done(2, b""))
    scene.pool.measured(load({1: int(9.6 * GIB)}))
    assert scene.worker("w1").done[-1] == "kill"
    scene.dies("w1")
    scene.pool.measured(load({}))
    scene.begin()
    assert list(scene.at_work.values()) == [1], "it begins again, and counts for what it was seen to hold"
    assert scene.pool._running[1].claim.memory_bytes > 9 * GIB
    name = next(iter(scene.at_work))
    scene.worker(name).pid = 7
    scene.pool.measured(load({7: int(9.9 * GIB)}))
    scene.dies(name)
    assert scene.heard.ends[1] == [Outcome("quarantined", exit_code=None, last="memory")]


def test_a_job_that_stays_in_one_phase_for_too_long_is_tried_once_more():
    scene = warm(least=2)
    scene.submit(1)
    scene.pool.expect(1, 5.0)
    scene.pool.expect(9, 1.0)
    assert scene.pool.next_s() == 5.0
    scene.pool.expect(1, None)
    scene.go(6.0)
    assert "kill" not in scene.worker("w1").done
    scene.pool.expect(1, 7.0)
    scene.go(2.0)
    assert scene.worker("w1").done[-1] == "kill"
    scene.dies("w1")
    assert scene.heard.losses == [(1, Outcome("stuck"))]
    assert scene.at_work == {"w2": 1}


def test_another_way_of_working_counts_from_the_next_job_on(monkeypatch):
    modes = []
    monkeypatch.setattr(Scripted, "give", lambda _self, order, _scratch=None: modes.append(order.mode))
    scene = warm(least=2)
    scene.submit(1)
    scene.pool.work_as("careful", team(config=b"careful"))
    scene.submit(2)
    assert modes == ["", "careful"]


def test_too_much_for_a_message_is_refused(monkeypatch):
    monkeypatch.setattr(pool_module, "MAX_BODY_BYTES", 5)
    scene = warm()
    scene.submit(1)
    assert scene.heard.ends == {1: [Outcome("too-large")]}


def test_closing_ends_what_waits_and_what_runs():
    scene = warm(cores=1)
    scene.submit(1)
    scene.submit(2)
    scene.pool.close(scene.now_s)
    assert scene.heard.ends == {2: [Outcome("closed")]}
    scene.dies("w1")
    assert scene.heard.ends[1] == [Outcome("closed")]
    for post in scene.pool.posts[1:]:
        scene.dies(post.worker.name)
    assert scene.pool.next_s() is None


def test_a_pool_that_closes_abruptly_ends_what_waits_and_what_runs():
    scene = warm(cores=1)
    scene.submit(1)
    scene.submit(2)
    scene.pool.abandon()
    assert {number: outcome.ending for number, (outcome,) in scene.heard.ends.items()} == {1: "closed", 2: "closed"}


def test_a_worker_with_a_job_that_waits_for_it_is_not_drained():
    scene = Scene(least=1, most=3)
    scene.go()
    scene.submit(1)
    scene.pool._size._wanted = 1
    scene.go(100.0)
    assert not any(status.draining for status in scene.pool.statuses)


def test_of_too_many_workers_the_last_ones_go_but_none_that_works():
    scene = warm(cores=4, most=5, idle_s=10.0)
    for number in (1, 2, 3):
        scene.submit(number)
    scene.begin()
    busy = dict(scene.at_work)
    last = max(busy)
    for name, number in busy.items():
        if name != last:
            scene.say(name, Done(number, b""))
    for _ in range(3):
        scene.go(10.0)
    draining = {status.name for status in scene.pool.statuses if status.draining}
    assert draining
    assert last not in draining
    assert scene.at_work == {last: busy[last]}


def test_a_job_that_was_cancelled_is_not_begun_again_when_its_worker_dies_of_it():
    scene = warm(least=2)
    scene.submit(1)
    scene.pool.cancel(1, scene.now_s)
    scene.dies("w1", -11)
    assert scene.heard.ends == {1: [Outcome("cancelled")]}
    assert scene.heard.losses == []


def test_a_crowd_of_waiting_batch_work_hides_no_interactive_job():
    scene = warm(least=2, cores=2)
    scene.submit(1, priority=Priority.INTERACTIVE)
    scene.submit(2)
    for number in range(3, 103):
        scene.submit(number)
    scene.go(40.0)
    scene.pool._policy._room.observe(scene.now_s, 1.0)
    scene.submit(200, priority=Priority.INTERACTIVE)
    scene.pool._policy._room._share = 1.0
    at = {number: name for name, number in scene.at_work.items()}
    scene.say(at[1], Done(1, b""))
    assert scene.at_work[at[1]] == 3, "an old one is let through, now and then"
    scene.say(at[2], Done(2, b""))
    assert scene.at_work[at[2]] == 200


def test_a_system_without_room_for_more_processes_goes_on_with_those_there_are(monkeypatch):
    scene = warm(least=2, most=7, cores=6)

    def start(_self):
        raise BlockingIOError

    monkeypatch.setattr(Scripted, "start", start)
    for number in range(1, 7):
        scene.submit(number)
    assert set(scene.at_work.values()) == {1, 2}
    assert scene.heard.ends == {}
    assert scene.pool.next_s() <= scene.now_s + 0.5, "it is tried again"
    monkeypatch.undo()
    monkeypatch.setattr(post_module, "Worker", Scripted)
    scene.go(0.6)
    scene.begin()
    assert set(scene.at_work.values()) == {1, 2, 3, 4, 5, 6}


def test_a_pool_that_has_stopped_keeps_nobody_busy():
    scene = warm(least=3, most=4, cores=2)
    scene.submit(1, priority=Priority.INTERACTIVE)
    scene.submit(2)
    scene.submit(3)
    scene.pool._again_s = scene.now_s + 1.0
    healthy = next(name for name, number in scene.at_work.items() if number == 1)
    for _ in range(3):
        scene.pool._toll.died()
    scene.go(5.0)
    due_s = scene.pool.next_s()
    assert due_s is None or due_s > scene.now_s
    scene.say(healthy, Done(1, b""))
    assert scene.pool.next_s() is None or scene.pool.next_s() >= scene.now_s


def measure(scene, held, shared=None):
    pids = {}
    for at, post in enumerate(scene.pool.posts):
        post.worker.pid = 100 + at
        pids[post.worker.name] = 100 + at
    scene.pool.measured(
        Load(
            0.0,
            0.0,
            0.0,
            0,
            0,
            {pids[name]: size for name, size in held.items()},
            {pids[name]: size for name, size in (shared or {}).items()},
        )
    )
    scene.go()


def test_of_two_jobs_that_hold_too_much_together_the_one_beyond_its_prediction_ends():
    scene = warm(least=2, cores=2, memory_bytes=4 * GIB)
    scene.submit(1, memory_bytes=2 * GIB)
    scene.submit(2, memory_bytes=1 * GIB)
    at = {number: name for name, number in scene.at_work.items()}
    measure(scene, {at[1]: 2 * GIB, at[2]: int(1.9 * GIB)})
    assert scene.worker(at[2]).done[-1] == "kill"
    assert scene.worker(at[1]).done[-1] != "kill"
    scene.dies(at[2])
    scene.begin()
    assert 2 not in scene.at_work.values(), "it waits until what it was seen to hold is free"
    measure(scene, {at[1]: int(3.7 * GIB)})
    assert scene.worker(at[1]).done[-1] != "kill", "it is alone, and below the limit of one"
    scene.say(at[1], Done(1, b""))
    assert 2 in scene.at_work.values()


def test_a_key_that_both_workers_map_counts_once():
    scene = warm(least=2, cores=2, memory_bytes=4 * GIB)
    scene.submit(1, memory_bytes=1 * GIB)
    scene.submit(2, memory_bytes=1 * GIB)
    names = list(scene.at_work)
    measure(scene, dict.fromkeys(names, 2 * GIB), dict.fromkeys(names, GIB))
    assert all(scene.worker(name).done[-1] != "kill" for name in names)


def test_work_that_holds_what_was_predicted_is_left_alone():
    scene = warm(least=2, cores=2, memory_bytes=4 * GIB)
    scene.submit(1, memory_bytes=2 * GIB)
    scene.submit(2, memory_bytes=2 * GIB)
    measure(scene, dict.fromkeys(scene.at_work, int(1.95 * GIB)))
    assert all(scene.worker(name).done[-1] != "kill" for name in scene.at_work)


def test_a_worker_that_gets_warm_takes_what_nobody_else_can():
    scene = Scene(least=2, cores=3)
    scene.pool._begun = True
    scene.pool._spec_of = team(opening="warm")
    scene.begin()
    for worker in [post.worker for post in scene.pool.posts]:
        scene.say(worker.name, Done(0, b""))
    for number in (1, 2, 3):
        scene.submit(number)
    assert set(scene.at_work.values()) == {1, 2}
    scene.begin()
    (young,) = (post for post in scene.pool.posts if post.opening and post._queue)
    assert young.worker.done[-1] == ("cancel", 0), "the opening is cut short"
    scene.say(young.worker.name, Failed(0, b""))
    assert set(scene.at_work.values()) == {1, 2, 3}


def test_time_in_which_nobody_watched_blames_no_worker_of_a_pool():
    scene = warm(least=2)
    scene.pool.postpone(500.0)
    scene.go(501.0)
    assert all("kill" not in post.worker.done for post in scene.pool.posts)


def test_a_job_that_waits_for_what_other_programs_hold_begins_when_they_let_it_go():
    left = [GIB]
    scene = warm(memory_bytes=8 * GIB, room=lambda: left[0])
    scene.submit(1, memory_bytes=2 * GIB)
    assert scene.at_work == {}
    assert scene.heard.queue.short == {1}
    assert "needs about 2.00 GiB" in str(scene.heard.queue.waits[1])
    left[0] = 3 * GIB
    scene.go(0.5)
    assert scene.at_work == {}, "it is looked at once a second"
    scene.go(0.6)
    assert list(scene.at_work.values()) == [1]


def test_memory_that_a_running_job_has_not_taken_yet_is_not_there_for_the_next():
    scene = warm(cores=2, least=2, memory_bytes=8 * GIB, room=lambda: 3 * GIB)
    for post in scene.pool.posts:
        post.worker.pid = int(post.worker.name[1:])
    scene.submit(1, memory_bytes=2 * GIB)
    scene.submit(2, memory_bytes=2 * GIB)
    assert list(scene.at_work.values()) == [1]
    scene.pool.measured(load({1: 2 * GIB}))
    scene.go(1.1)
    assert sorted(scene.at_work.values()) == [1, 2]


def test_a_job_that_waits_is_begun_anyway_when_a_person_says_so():
    scene = warm(memory_bytes=8 * GIB, room=lambda: 0)
    scene.submit(1, memory_bytes=2 * GIB)
    body = scene.pool._waiting[0].job.body

    def insist(given):
        return replace(given, body=bytearray(b"another"), claim=replace(given.claim, anyway=True))

    scene.pool.revise(2, insist)
    scene.go()
    assert scene.at_work == {}
    scene.pool.revise(1, insist)
    assert bytes(body) == bytes(6), "what was secret in it is gone"
    scene.go()
    assert list(scene.at_work.values()) == [1]
    assert scene.pool._running[1].job.body == b"another"


def test_a_job_that_runs_anyway_is_not_ended_for_its_memory_and_tried_once():
    scene = warm(memory_bytes=GIB)
    scene.submit(1, memory_bytes=4 * GIB, anyway=True)
    (name,) = scene.at_work
    scene.worker(name).pid = 7
    scene.pool.measured(load({7: 3 * GIB}))
    scene.go()
    assert "kill" not in scene.worker(name).done
    scene.dies(name)
    assert [(one.ending, one.exit_code) for one in scene.heard.ends[1]] == [("died", -9)]
    scene.begin()
    scene.submit(2)
    assert list(scene.at_work.values()) == [2], "the pool goes on"


def test_a_job_that_is_to_run_anyway_begins_also_where_proofs_hold_nearly_all():
    scene = warm(cores=2, least=2, memory_bytes=8 * GIB)
    scene.submit(1, memory_bytes=GIB)
    (busy,) = scene.at_work
    scene.worker(busy).pid = 7
    scene.pool.measured(load({7: 7 * GIB}))
    scene.submit(2)
    assert list(scene.at_work.values()) == [1]
    scene.submit(3, memory_bytes=GIB, anyway=True)
    assert sorted(scene.at_work.values()) == [1, 3]
    assert scene.heard.queue.short == {2}
