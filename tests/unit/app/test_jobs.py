"""The service as the window uses it, with real workers that compute on Python integers."""

import gc
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support.circuit_folder import make_folder
from tests.support.workers import LIMIT_S, plain_main
from zkcompanion.app import idle_warming, pool_rules
from zkcompanion.app import jobs as jobs_module
from zkcompanion.app.cache_service import CacheService
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.history import History, HistoryChanged
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.job_state import MOST_ENDED, JobRecord
from zkcompanion.app.job_views import JobChanged, LoadSampled, ProofOrder, VerifyOrder, WorkersChanged
from zkcompanion.app.jobs import JobService
from zkcompanion.app.prediction_errors import Foretold
from zkcompanion.app.settings import Settings
from zkcompanion.app.worker_pool import CLERK, PROVER
from zkcompanion.base.errors import Cancelled, FileError, ResourceError, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import Limits as CacheLimits
from zkcompanion.costs.band import Band
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.work import Limits, Outcome

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

SETTINGS = Settings(threads=1, kernels="reference")
FOREVER = 100_000


class Scene:
    """A service, and what it tells."""

    def __init__(self, home, *, start=True, **options):
        self.dirs = AppDirs(home)
        self.bus = EventBus()
        self.history = History(self.dirs, self.bus)
        self.service = JobService(SETTINGS, self.bus, self.history, dirs=self.dirs, **options)
        self.changes = queue.Queue()
        self.loads = queue.Queue()
        self.workers = queue.Queue()
        self.bus.subscribe(JobChanged, lambda event: self.changes.put(event.job))
        self.kept = queue.Queue()
        self.bus.subscribe(HistoryChanged, self.kept.put)
        self.bus.subscribe(LoadSampled, lambda event: self.loads.put(event.load))
        self.bus.subscribe(WorkersChanged, lambda event: self.workers.put(event.workers))
        if start:
            self.service.start()

    def wait_for(self, job, holds):
        """The first view of the job from now on for which `holds`."""
        until_s = time.monotonic() + LIMIT_S
        while True:
            view = self.changes.get(timeout=max(0.0, until_s - time.monotonic()))
            if view.id == job and holds(view):
                return view

    def end_of(self, job):
        return self.wait_for(job, lambda view: view.ended)

    def running(self, job, phase="sum-a"):
        return self.wait_for(job, lambda view: any(p.phase == phase and p.state == "running" for p in view.phases))

    def outcomes(self, count):
        """Of the runs in the history, newest first, once there are so many."""
        while len(found := self.history.records()) < count:
            self.kept.get(timeout=LIMIT_S)
        return [record.outcome for record in found]

    def busy(self):
        """The worker that has a job."""
        while True:
            for view in self.service.workers():
                if view.job is not None:
                    return view
            self.workers.get(timeout=LIMIT_S)

    def worker(self, name, state):
        """The worker, once it is in this state."""
        while True:
            for view in self.service.workers():
                if (view.name, view.state) == (name, state):
                    return view
            self.workers.get(timeout=LIMIT_S)  # another state, now or at some time before


@pytest.fixture(autouse=True)
def _plain_main():
    with plain_main():
        yield


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path / "home")
    yield made
    made.service.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A service for tests that leave it as it was."""
    with plain_main():
        made = Scene(tmp_path_factory.mktemp("shared") / "home")
    yield made
    made.service.close()


@pytest.fixture
def order(tmp_path):
    folder = make_folder(tmp_path / "small")
    files = CircuitFiles("small", zkey=folder.zkey, witness=folder.witness)

    def make(**more):
        return ProofOrder(files, msg("Small"), "fingerprint", **more)

    return make


def test_from_an_order_to_a_verdict_and_a_record(scene, order, tmp_path):
    circuit = scene.service.describe(order().circuit).result(LIMIT_S)
    assert (circuit.constraints, circuit.expectation) == (9, None)
    job = scene.service.submit(order(repeat=2))
    assert scene.wait_for(job, bool).state == "waiting"
    view = scene.end_of(job)
    assert (view.state, view.result.verified, view.number, view.error) == ("done", True, 2, None)
    assert [phase.phase for phase in view.phases][-1] == "verify"
    assert scene.service.job(job).result == view.result
    paths = [tmp_path / name for name in ("vk.json", "public.json", "proof.json")]
    data = (view.result.verification_key_json, view.result.public_json, view.result.proof_json)
    for path, content in zip(paths, data, strict=True):
        path.write_bytes(content)
    assert scene.service.verify(VerifyOrder(*paths)).result(LIMIT_S).verified
    assert scene.service.sort_files([*paths]).result(LIMIT_S).proof == paths[2]
    assert scene.outcomes(1) == ["verified"]
    (record,) = scene.history.records()
    assert (record.outcome, record.proofs, record.kernels, record.threads) == ("verified", 2, "reference", 1)
    again = scene.service.submit(order(repeat=FOREVER))
    assert scene.running(again).left_s is not None, "the first run says what to expect"
    scene.service.cancel(again)
    assert scene.end_of(again).state == "cancelled"
    assert scene.outcomes(2) == ["cancelled", "verified"]


def test_an_example_is_described_with_what_is_to_be_expected(shared, monkeypatch):
    found = shared.service.describe_example("funds-above-threshold").result(LIMIT_S)
    assert found.example_id == "funds-above-threshold"
    shared.worker(PROVER, "ready")
    expected = object()
    monkeypatch.setattr(shared.history, "expectation", lambda _, **more: (more, expected))
    found = shared.service.describe_example("funds-above-threshold").result(LIMIT_S)
    assert found.expectation == ({"kernels": "reference", "threads": 1}, expected)


def test_a_circuit_that_was_opened_is_prepared_when_nothing_is_to_be_done(tmp_path, monkeypatch):
    monkeypatch.setattr(idle_warming, "IDLE_S", 0.0)
    made = Scene(tmp_path / "home", cache_limits=lambda: CacheLimits(100, 1 << 24))
    try:
        made.service.describe_example("funds-above-threshold").result(LIMIT_S)
        kept = CacheService(made.dirs)
        while (view := kept.view()).total.entries < 3:
            made.loads.get(timeout=LIMIT_S)
        assert {kind.kind for kind in view.kinds if kind.entries} == {
            "witness-module",
            "prepared-system",
            "prepared-names",
        }
        assert (view.max_entries, view.max_bytes) == (100, 1 << 24)
    finally:
        made.service.close()


def test_before_anything_is_warm_nothing_is_expected(tmp_path):
    made = Scene(tmp_path / "home", start=False)
    assert made.service.kernels() is None
    assert made.service._expectation("f", 1) is None


def test_errors_come_back_as_what_they_were(shared, order, tmp_path):
    with pytest.raises(UsageError, match="no example named"):
        shared.service.describe_example("none").result(LIMIT_S)
    with pytest.raises(FileError):
        shared.service.describe(CircuitFiles("x", zkey=tmp_path / "none.zkey")).result(LIMIT_S)
    job = shared.service.submit(ProofOrder(CircuitFiles("x"), msg("X"), ""))
    view = shared.end_of(job)
    assert (view.state, view.error.code, view.error.whose) == ("failed", "usage", "request")


def test_a_verdict_does_not_wait_for_a_proof(shared, order):
    job = shared.service.submit(order(repeat=FOREVER))
    shared.running(job)
    assert shared.service.describe_example("sha256-preimage").result(LIMIT_S).constraints > 1000
    assert shared.service.job(job).state == "running"
    shared.service.cancel(job)
    shared.end_of(job)


def test_jobs_in_the_list_can_be_cancelled_and_forgotten(scene, order):
    first = scene.service.submit(order(repeat=FOREVER))
    second = scene.service.submit(order())
    scene.running(first)
    assert [(view.id, view.state) for view in scene.service.jobs()] == [(second, "waiting"), (first, "running")]
    scene.service.cancel(second)
    assert scene.end_of(second).state == "cancelled"
    scene.service.forget(first)
    scene.service.forget(second)
    scene.service.forget(99)
    assert [view.id for view in scene.service.jobs()] == [first]
    assert scene.service.job(second) is None
    scene.service.cancel(first)
    assert scene.end_of(first).state == "cancelled"
    scene.service.close()
    assert scene.outcomes(1) == ["cancelled"], "one never began"


def test_a_job_that_was_forgotten_by_the_crew_is_no_error(shared):
    before = shared.service.jobs()
    shared.service.started(77, PROVER, 1)
    shared.service.progressed(77, b"")
    assert not shared.service.lost(77, Outcome("died"))
    shared.service.ended(77, Outcome("died"))
    assert shared.service.jobs() == before


def test_a_worker_that_is_killed_costs_its_job_a_moment_and_no_more(scene, order):
    job = scene.service.submit(order(repeat=FOREVER))
    first = scene.running(job)
    os.kill(scene.busy().pid, signal.SIGKILL)
    assert scene.wait_for(job, lambda view: view.deaths == 1).state == "waiting"
    second = scene.running(job)
    assert (second.deaths, second.error) == (1, None)
    assert {first.worker, second.worker} <= {"prover", "prover-2"}
    scene.service.cancel(job)
    assert scene.end_of(job).state == "cancelled"
    assert scene.end_of(scene.service.submit(order())).state == "done"
    assert sum(view.deaths for view in scene.service.workers()) == 1
    assert scene.outcomes(2) == ["verified", "cancelled"]


def test_a_job_that_ends_two_workers_is_reported_with_its_phase(scene, order):
    job = scene.service.submit(order(repeat=FOREVER))
    for _ in range(2):
        scene.running(job)
        os.kill(scene.busy().pid, signal.SIGSEGV)
        view = scene.wait_for(job, lambda view: view.state != "running")
    view = view if view.ended else scene.end_of(job)
    assert "Two processes" in str(view.error.message)
    assert "SIGSEGV" in str(view.error.message)
    assert view.error.whose == "us"
    assert "command: prove" in Path(view.error.report).read_text()
    assert [phase.phase for phase in view.phases][-1] in {"sum-a", "sum-b1", "sum-b2", "sum-c", "sum-h"}


def test_a_job_whose_workers_run_out_of_memory_is_told_so(scene, order):
    job = scene.service.submit(order(repeat=FOREVER))
    for _ in range(2):
        scene.running(job)
        os.kill(scene.busy().pid, signal.SIGKILL)
        view = scene.wait_for(job, lambda view: view.state != "running")
    view = view if view.ended else scene.end_of(job)
    assert (view.state, view.error.code) == ("failed", "resources")


def test_the_load_is_told_while_a_job_runs(shared, order):
    job = shared.service.submit(order(repeat=FOREVER))
    shared.running(job)
    while not (load := shared.loads.get(timeout=LIMIT_S)).worker_percent:
        pass
    assert 0 < load.worker_percent <= 100
    assert load.worker_bytes > 10 << 20
    assert shared.service.load() is not None
    assert shared.service.workers()[0].memory_bytes > 1 << 20
    assert shared.service.workers()[0].accounts.components["base"] > 10 << 20
    gc.collect()
    assert 0 < shared.service._garbage.cost().share < 1
    assert 0 <= load.garbage_percent < 100
    assert load.memory_total_bytes == psutil.virtual_memory().total
    shared.service.cancel(job)
    shared.end_of(job)


def test_inputs_that_are_too_large_are_refused(shared, order):
    job = shared.service.submit(order(inputs=bytes(81 << 20)))
    view = shared.end_of(job)
    assert (view.state, view.error.code) == ("failed", "resources")


def test_fifty_megabytes_of_inputs_are_the_workers_to_refuse(shared, order):
    files = CircuitFiles("x", r1cs=order().circuit.zkey, wasm=order().circuit.zkey)
    job = shared.service.submit(ProofOrder(files, msg("X"), "", inputs=b'{"a": "' + b"7" * (50 << 20) + b'"}'))
    assert shared.end_of(job).state == "failed"
    assert shared.end_of(shared.service.submit(order())).state == "done"


def test_two_hundred_quick_orders_each_end_once(shared):
    nothing = ProofOrder(CircuitFiles("x"), msg("X"), "")
    numbers = [shared.service.submit(nothing) for _ in range(200)]
    for number in numbers[1::2]:
        shared.service.cancel(number)
    ends = {}
    while len(ends) < 200:
        view = shared.changes.get(timeout=LIMIT_S)
        if view.ended:
            ends[view.id] = ends.get(view.id, 0) + 1
    assert set(ends.values()) == {1}
    assert {view.state for view in shared.service.jobs()} <= {"failed", "cancelled"}
    assert len(shared.service.jobs()) == MOST_ENDED


def test_a_view_that_is_asked_for_late_does_not_tell_an_end_again(shared):
    number = shared.service.submit(ProofOrder(CircuitFiles("x"), msg("X"), ""))
    shared.end_of(number)
    shared.service._watch._tell(shared.service._jobs[number])
    told = threading.Event()
    shared.service._crew.call(told.set)
    assert told.wait(LIMIT_S)
    late = []
    while not shared.changes.empty():
        late.append(shared.changes.get())
    assert [view for view in late if view.id == number] == []


def test_forecasts_are_told_in_the_crews_thread_and_a_closed_service_tells_no_end_twice(tmp_path):
    made = Scene(tmp_path / "home", start=False)
    number = made.service.submit(ProofOrder(CircuitFiles("x"), msg("X"), ""))
    made.service._watch._tell(made.service._jobs[number])
    assert made.changes.empty()  # the crew has not begun, and so nobody tells
    made.service.close()
    views = []
    while not made.changes.empty():
        views.append(made.changes.get())
    assert [view.ended for view in views].count(True) == 1
    assert views[-1].ended


def test_who_does_not_want_an_answer_does_not_stop_the_service(shared):
    future = shared.service.describe_example("sha256-preimage")
    future.cancel()
    assert shared.service.describe_example("sha256-preimage").result(LIMIT_S)
    future = shared.service.describe_example("none")
    future.cancel()
    with pytest.raises(UsageError):
        shared.service.describe_example("none").result(LIMIT_S)


def test_a_question_beyond_its_deadline_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs_module, "SELF_TEST_S", 0.01)
    made = Scene(tmp_path / "home")
    try:
        with pytest.raises(ResourceError, match="more than 0 seconds"):
            made.service.self_test().result(LIMIT_S)
        assert made.service.describe_example("sha256-preimage").result(LIMIT_S)
    finally:
        made.service.close()


def test_other_settings_count_from_the_next_job_on(scene, order):
    before = scene.worker(PROVER, "ready").pid
    job = scene.service.submit(order(repeat=FOREVER))
    scene.running(job)
    scene.service.reconfigure(replace(SETTINGS, constant_work=True))
    assert scene.service.job(job).state == "running"
    assert scene.service.workers()[0].pid == before
    scene.service.cancel(job)
    scene.end_of(job)
    view = scene.end_of(scene.service.submit(order()))
    assert view.result.constant_work
    assert scene.worker(PROVER, "ready").pid != before
    assert scene.worker(PROVER, "ready").deaths == 0


def test_the_clerk_comes_after_the_prover_is_warm(shared):
    shared.worker(PROVER, "ready")
    shared.worker(CLERK, "ready")
    assert shared.service.kernels() == "reference"


def test_a_prover_that_cannot_be_warmed_is_no_reason_to_have_no_clerk(tmp_path):
    made = Scene(tmp_path / "home", start=False)
    made.service.opened(CLERK, Outcome("failed"))
    made.service.opened(PROVER, Outcome("failed"))
    made.service.start()
    made.worker(CLERK, "ready")
    made.service.close()


def test_closing_ends_jobs_questions_and_processes(scene, order):
    job = scene.service.submit(order(repeat=FOREVER))
    waiting = scene.service.submit(order())
    scene.running(job)
    pids = [view.pid for view in scene.service.workers() if view.pid]
    question = scene.service.self_test()
    scene.service.close()
    assert not any(map(psutil.pid_exists, pids))
    assert {view.id: view.state for view in scene.service.jobs()} == {job: "cancelled", waiting: "cancelled"}
    with pytest.raises(Cancelled):
        question.result(0)
    late = scene.service.submit(order())
    assert scene.service.job(late).state == "cancelled"
    with pytest.raises(Cancelled):
        scene.service.describe_example("sha256-preimage").result(0)
    scene.service.close()


def test_closing_at_once_and_without_a_start(tmp_path):
    for start in (True, False):
        made = Scene(tmp_path / str(start), start=start)
        made.service.close()
        assert all(view.state == "off" for view in made.service.workers())


def test_a_run_is_told_to_have_ended_once(shared, order):
    job = shared.service.submit(order())
    shared.end_of(job)
    shared.service.ended(job, Outcome("died"))
    assert shared.service.job(job).state == "done"


def test_limits_can_be_chosen(tmp_path, order):
    made = Scene(tmp_path / "home", limits=Limits(deaths=1))
    try:
        job = made.service.submit(order(repeat=FOREVER))
        made.running(job)
        os.kill(made.worker(PROVER, "busy").pid, signal.SIGILL)
        assert "not started again" in str(made.end_of(job).error.message)
        view = made.end_of(made.service.submit(order()))
        assert "not started again" in str(view.error.message)
        assert made.worker(PROVER, "off").deaths == 1
    finally:
        made.service.close()


def test_a_run_that_waits_says_why_and_when_it_will_be_ready(scene, order):
    assert scene.end_of(scene.service.submit(order())).state == "done"
    scene.outcomes(1)
    running = scene.service.submit(order(repeat=FOREVER))
    scene.running(running)
    behind = scene.service.submit(order(), priority="background")
    view = scene.wait_for(behind, lambda view: view.ready_in is not None)
    assert (view.state, view.priority) == ("waiting", "background")
    assert str(view.waits) == "Waits for 1 proof before it."
    assert "minutes" in str(view.ready), "as many proofs come before it"
    low_s, likely_s, high_s = view.ready_in
    assert 0 < low_s <= likely_s <= high_s
    assert scene.service.job(running).ready_in is not None
    scene.service.cancel(running)
    assert scene.end_of(behind).state == "done"


def test_a_circuit_that_was_described_is_foreseen(scene):
    circuit = scene.service.describe_example("funds-above-threshold").result(LIMIT_S)
    assert scene.service.measure(circuit.files).result(LIMIT_S).shape.wires == circuit.wires
    assert scene.service._foresight.knows(circuit.fingerprint)
    again = scene.service.describe_example("funds-above-threshold").result(LIMIT_S)
    assert again.fingerprint == circuit.fingerprint
    with pytest.raises(UsageError):
        scene.service.measure(CircuitFiles("x")).result(LIMIT_S)


def test_a_finished_run_keeps_what_was_said_of_it(tmp_path):
    class Predictions:
        def foretell(self, circuit, fingerprint, kernels, threads):
            assert (circuit, fingerprint, kernels, threads) == ("looked at", "f", "scalar", 2)
            return Foretold(Band(0.4, 0.5, 0.6), 123, "7", 0.45, calibrated=True)

    scene = Scene(tmp_path / "home", start=False, predictions=Predictions)
    scene.service._foresight.keep("f", "looked at")
    record = ProofRecord(0, 1.0, "c", msg("C"), "c", "f", "verified", 1, seconds=0.5, kernels="scalar", threads=2)
    scene.service._keep_run(record)
    scene.service._keep_run(replace(record, fingerprint="unknown"))
    unknown, known = scene.history.records()
    assert (known.predicted_s, known.model_s, known.model, known.predicted_bytes) == (0.5, 0.45, "7", 123)
    assert (unknown.predicted_s, unknown.model_s, unknown.model) == (None, None, "")
    scene.service.close()
    # the next window reads it
    assert History(scene.dirs, EventBus()).records() == (unknown, known)


@pytest.fixture
def narrow(tmp_path, monkeypatch):
    """A service whose proofs may use next to nothing."""
    monkeypatch.setattr(pool_rules, "memory_budget", lambda _settings: 110 << 20)
    made = Scene(tmp_path / "home")
    yield made
    made.service.close()


def test_what_is_predicted_not_to_fit_is_refused_and_made_where_a_person_insists(narrow, order):
    job = narrow.service.submit(order())
    view = narrow.end_of(job)
    assert (view.state, view.error.code, view.run_anyway) == ("failed", "no-room", False)
    assert "can be had now" in str(view.error.message)
    again = narrow.service.submit(order(run_anyway=True))
    done = narrow.end_of(again)
    assert (done.state, done.run_anyway, done.result.verified) == ("done", True, True)
    narrow.outcomes(2)
    record = next(one for one in narrow.history.records() if one.outcome == "verified")
    assert record.run_anyway
    assert record.predicted_bytes > record.room_bytes
    assert record.peak_rss_bytes > 0
    assert all(worker.deaths == 0 for worker in narrow.service.workers())


def test_what_waits_for_other_programs_says_so_and_begins_where_a_person_insists(tmp_path, monkeypatch, order):
    monkeypatch.setattr(pool_rules, "memory_left", lambda: 10 << 20)
    made = Scene(tmp_path / "home")
    try:
        job = made.service.submit(order())
        waits = made.wait_for(job, lambda view: view.waits_for_memory)
        assert str(waits.waits).startswith("Waits for memory: needs about ")
        made.service.run_anyway(job)
        done = made.end_of(job)
        assert (done.state, done.run_anyway, done.waits_for_memory) == ("done", True, False)
        made.service.run_anyway(job)  # it is over
        made.service.run_anyway(job + 1)  # there is none
    finally:
        made.service.close()


class Fits:
    """A foresight that makes a run of 300 MiB in slices where it may hold as much as they take."""

    def __init__(self, slices_bytes):
        self._slices_bytes = slices_bytes

    def within(self, order, claim, budget_bytes, **_how):
        if claim.memory_bytes <= budget_bytes or self._slices_bytes > budget_bytes:
            return order, claim
        return replace(order, memory_bytes=budget_bytes), replace(claim, memory_bytes=self._slices_bytes)


@pytest.mark.parametrize(
    ("room", "slices", "others", "changes", "expected"),
    [
        # (what the order may hold, what it claims, whether it is begun anyway)
        (800, 200, False, {}, (None, 300, False)),
        (160, 200, False, {}, (250, 200, False)),
        (160, 270, False, {}, (None, 300, False)),
        (160, 200, True, {}, (None, 300, False)),
        (160, 200, False, {"run_anyway": True}, (None, 300, True)),
        (800, 200, False, {"run_anyway": True}, (None, 300, False)),
    ],
)
def test_a_run_is_fitted_into_what_other_programs_leave(
    tmp_path, monkeypatch, order, room, slices, others, changes, expected
):
    monkeypatch.setattr(jobs_module, "run_budget", lambda _settings: 1 << 40)
    monkeypatch.setattr(jobs_module, "memory_left", lambda: room << 20)
    monkeypatch.setattr(jobs_module, "IDLE_BYTES", 90 << 20)
    made = Scene(tmp_path / "home", start=False)
    service = made.service
    service.__dict__["_foresight"] = Fits(slices << 20)
    wanted = order(**changes)
    record = service._jobs[1] = JobRecord(1, wanted, submitted_unix_s=0.0)
    if others:
        service._jobs[2] = JobRecord(2, order(), submitted_unix_s=0.0)
    claim = Claim(1, Priority.INTERACTIVE, 0.0, 300 << 20, 0)
    fitted, asks = service._fitted(record, wanted, claim)
    held = None if fitted.memory_bytes is None else fitted.memory_bytes >> 20
    assert (held, asks.memory_bytes >> 20, asks.anyway) == expected
    assert (record.needed_bytes >> 20, record.room_bytes >> 20) == (300, room + 90)
    assert record.short is (room < 210)
    assert record.overridden is expected[2]
    service.close()
