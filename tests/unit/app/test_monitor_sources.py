"""What the program tells of its own work each second, from what it is told of jobs, workers, cache and window."""

import os
import sys
from dataclasses import replace

import psutil
import pytest

from tests.support.window_views import job, proving
from tests.unit.monitoring.test_gpu import Nvml
from zkcompanion.app.accounts import AccountsView
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.job_views import JobChanged, PhaseView, WorkerView
from zkcompanion.app.monitor_sources import CacheSource, MonitorSources, RunSource, WindowSource, WorkerSource
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import SealedStore


class Clock:
    now_s = 100.0

    def monotonic_s(self):
        return self.now_s

    def thread_cpu_s(self):
        return 0.0


@pytest.fixture
def clock():
    return Clock()


def after(clock, seconds, source):
    clock.now_s += seconds
    return source.read()


def result(*seconds, resumed=(), **phases):
    view = proving()
    one = view.proofs[0]
    made = tuple(replace(one, seconds=each, phases=phases, resumed=resumed) for each in seconds)
    return replace(view, proofs=made, kernels="scalar", threads=2)


def record(seconds, **more):
    given = {"fingerprint": "f", "kernels": "scalar", "threads": 2, "outcome": "verified", "proofs": 1} | more
    return ProofRecord(id=1, unix_s=1.0, circuit="c", title=msg("C"), source="c", seconds=seconds, **given)


# -- queue and proofs


def test_the_queue_is_counted_from_the_views_of_its_jobs(clock):
    source = RunSource(clock, tuple)
    for number, state in enumerate(("waiting", "waiting", "running")):
        source.hear(job(state, id=number))
    assert after(clock, 1, source) == {
        "engine.waiting": 2.0,
        "engine.running": 1.0,
        "proofs.verified": 0.0,
        "proofs.failed": 0.0,
    }
    source.hear(job("running", id=0))
    source.hear(job("cancelled", id=1))
    source.hear(job("failed", id=2))
    values = after(clock, 2, source)
    assert (values["engine.waiting"], values["engine.running"]) == (0.0, 1.0)
    assert (values["proofs.verified"], values["proofs.failed"]) == (0.0, 0.5)


def test_proofs_of_a_run_count_when_the_next_one_begins_and_once(clock):
    source = RunSource(clock, tuple)
    source.hear(job("running", number=1, repeat=4))
    source.hear(job("running", number=3, repeat=4))
    assert after(clock, 2, source)["proofs.verified"] == 1.0
    # its worker died, and another begins with the third proof, or anew
    source.hear(job("waiting", number=1, repeat=4, deaths=1))
    source.hear(job("running", number=2, repeat=4, deaths=1))
    assert after(clock, 1, source)["proofs.verified"] == 0.0
    source.hear(job("done", number=4, repeat=4, deaths=1, result=result(1.0, 1.0, 1.0, 1.0)))
    values = after(clock, 1, source)
    assert (values["proofs.verified"], values["engine.running"]) == (2.0, 0.0)


def test_times_are_told_once_and_are_means_of_what_ended(clock):
    source = RunSource(clock, tuple)
    source.hear(job("done", id=1, result=result(2.0, 4.0)))
    source.hear(job("done", id=2, result=result(9.0)))
    assert after(clock, 1, source)["proofs.seconds"] == 5.0
    assert "proofs.seconds" not in after(clock, 1, source)


def test_what_two_workers_made_together_has_no_time(clock):
    source = RunSource(clock, lambda: [record(1.0)] * 3)
    source.hear(job("done", result=result(2.0, resumed=("load",))))
    values = after(clock, 1, source)
    assert {"proofs.seconds", "proofs.slowness"}.isdisjoint(values)
    assert values["proofs.verified"] == 1.0


def phase(name, state, seconds, **more):
    return PhaseView(name, state, seconds, **more)


def test_a_phase_is_told_when_it_ends(clock):
    source = RunSource(clock, tuple)
    source.hear(job("running", (phase("load", "done", 0.5, resumed=True), phase("witness", "running", 0.25))))
    assert not [name for name in after(clock, 1, source) if name.startswith("proofs.phase")]
    source.hear(job("running", (phase("witness", "done", 1.5), phase("sum-a", "running", 0.1))))
    source.hear(job("running", (phase("witness", "done", 1.5), phase("sum-a", "running", 0.2))))
    values = after(clock, 1, source)
    assert values["proofs.phase/witness"] == 1.5
    assert "proofs.phase/sum-a" not in values
    # the next proof of the run goes through the same phases
    source.hear(job("running", (phase("witness", "done", 3.5),), number=2))
    assert after(clock, 1, source)["proofs.phase/witness"] == 3.5
    source.hear(job("done", number=2, result=result(5.0, 5.0, witness=3.5, verify=0.5)))
    values = after(clock, 1, source)
    assert values["proofs.phase/verify"] == 0.5
    assert "proofs.phase/witness" not in values


@pytest.mark.parametrize(
    ("records", "slowness"),
    [
        ([], None),
        ([record(2.0)] * 2, None),
        ([record(2.0), record(8.0), record(4.0)], 1.5),
        # ten count, the newest; others than this circuit, these kernels and threads do not
        ([record(3.0)] * 10 + [record(60.0)] * 20, 2.0),
        ([record(60.0, fingerprint="g")] * 9 + [record(3.0)] * 3, 2.0),
        ([record(60.0, kernels="ifma"), record(60.0, threads=1), record(None), record(6.0, outcome="failed")], None),
        ([record(0.0)] * 3, None),
    ],
)
def test_slowness_is_by_the_median_of_this_machines_last_runs(clock, records, slowness):
    source = RunSource(clock, lambda: records)
    source.hear(job("done", result=result(5.0, 6.0, 40.0)))
    assert after(clock, 1, source).get("proofs.slowness") == slowness


def test_a_run_that_ended_without_a_result_has_no_times(clock):
    source = RunSource(clock, lambda: [record(1.0)] * 3)
    source.hear(job("done", result=None))
    assert "proofs.seconds" not in after(clock, 1, source)


# -- workers


def worker(name="prover", **more):
    given = {"state": "busy", "pid": os.getpid(), "memory_bytes": 1000} | more
    return WorkerView(name, **given)


def test_a_worker_is_told_of_by_its_name(clock):
    views = [worker(busy_seconds=5.0)]
    source = WorkerSource(lambda: tuple(views), clock)
    assert after(clock, 1, source) == {"worker.memory/prover": 1000.0, "worker.deaths": 0.0}
    views[:] = [worker(busy_seconds=5.5, memory_bytes=0)]
    spent = psutil.Process().cpu_times()
    values = after(clock, 1, source)
    assert values.keys() == {"worker.processor/prover", "worker.busy/prover", "worker.deaths"}
    assert values["worker.busy/prover"] == 0.5
    now = psutil.Process().cpu_times()
    assert 0 <= values["worker.processor/prover"] <= 100 * (now.user + now.system - spent.user - spent.system + 60)


def test_a_worker_that_died_is_counted_and_its_successor_begins_anew(clock):
    nobody = 2**22 + 1  # beyond Linux's largest process number
    views = [worker(deaths=2, busy_seconds=9.0)]
    source = WorkerSource(lambda: tuple(views), clock)
    assert after(clock, 1, source)["worker.deaths"] == 0.0, "they died before anybody looked"
    views[:] = [worker(deaths=3, pid=nobody, busy_seconds=0.5), worker("prover-2", pid=None, deaths=1)]
    values = after(clock, 2, source)
    assert values["worker.deaths"] == 1.0
    assert {"worker.busy/prover", "worker.processor/prover"}.isdisjoint(values)
    assert after(clock, 1, source)["worker.deaths"] == 0.0


def test_memory_by_component_is_that_of_all_workers(clock):
    def held(base, buffers):
        return AccountsView(base + buffers, {"base": base, "buffers": buffers})

    views = (worker(accounts=held(10, 5)), worker("prover-2", accounts=held(20, 0)), worker("clerk"))
    values = after(clock, 1, WorkerSource(lambda: views, clock))
    assert (values["memory.component/base"], values["memory.component/buffers"]) == (30.0, 5.0)


# -- cache and window


def test_the_cache_tells_what_became_of_it_since(clock, tmp_path):
    store = SealedStore(tmp_path / "code", tmp_path / "seal.key", max_entries=2)
    source = CacheSource(tmp_path / "code", clock)
    assert after(clock, 1, source) == {}
    store.put("a", b"1", b"x" * 100)
    store.get("a", b"1")
    store.get("a", b"2")
    values = after(clock, 2, source)
    assert values == {
        "cache.hits": 0.5,
        "cache.misses": 0.5,
        "cache.evictions": 0.0,
        "cache.size": store.size()[1],
        "cache.thrash": 0.0,
    }
    for key in (b"2", b"3"):
        store.put("a", key, b"y" * 50)
    values = after(clock, 1, source)
    assert (values["cache.evictions"], values["cache.hits"]) == (1.0, 0.0)
    assert values["cache.size"] == store.size()[1]
    store.clear()
    assert after(clock, 1, source)["cache.size"] == 0.0


def test_a_cache_thrashes_where_much_made_way_within_a_minute(clock, tmp_path):
    store = SealedStore(tmp_path / "code", tmp_path / "seal.key", max_entries=2)
    source = CacheSource(tmp_path / "code", clock)
    for key in range(6):
        store.put("a", bytes([key]), b"x")
    assert after(clock, 1, source)["cache.thrash"] == 0.0, "four of six made way, which a full cache does"
    store.put("a", b"one more", b"x")
    for _ in range(5):
        assert store.get("a", b"one more")
    assert after(clock, 58, source)["cache.thrash"] == 50.0, "five made way, five were found"
    assert after(clock, 2, source)["cache.thrash"] == 0.0, "of the last minute one made way"


def test_the_size_is_looked_for_where_the_folder_changed_only(clock, tmp_path, monkeypatch):
    store = SealedStore(tmp_path / "code", tmp_path / "seal.key")
    store.put("a", b"1", b"x")
    source = CacheSource(tmp_path / "code", clock)
    source.read()
    monkeypatch.setattr("zkcompanion.app.monitor_sources._size_of", lambda _folder: 17)
    assert source.read()["cache.size"] == store.size()[1]
    store.put("a", b"2", b"x")
    assert source.read()["cache.size"] == 17


def test_the_window_tells_its_longest_wait_and_that_it_hangs(clock):
    source = WindowSource(clock)
    assert source.read() == {}, "there is none"
    source.heard_beat(0.0)
    source.heard_beat(0.25)
    clock.now_s += 0.05
    source.heard_beat(0.01)
    assert source.read() == {"window.latency": 0.25}
    assert after(clock, 3, source)["window.latency"] == pytest.approx(2.95)
    source.heard_beat(2.96)
    assert source.read() == {"window.latency": 2.96}
    assert source.read()["window.latency"] <= 0.0


# -- all of it


def test_all_of_it_is_one_set_of_values_of_known_metrics(clock, tmp_path):
    from zkcompanion.monitoring.metrics import metric_of

    bus = EventBus()
    sources = MonitorSources(bus, AppDirs(tmp_path), clock, workers=lambda: (worker(),))
    asked = sources.prepare()
    sources.window.heard_beat(0.1)
    bus.publish(JobChanged(job("running")))
    clock.now_s += 1
    values = {name: value for source in asked for name, value in source().items()}
    assert values["engine.running"] == 1.0
    assert {"machine.memory", "worker.memory/prover", "window.latency"} <= values.keys()
    assert all(metric_of(name) for name in values)
    sources.close()
    sources.close()
    bus.publish(JobChanged(job("running", id=2)))
    assert asked[3]()["engine.running"] == 1.0


def test_graphics_processors_are_asked_where_there_are_some_and_let_go_of(clock, tmp_path, monkeypatch):
    nvml = Nvml({"percent": 30})
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    sources = MonitorSources(EventBus(), AppDirs(tmp_path), clock)
    assert sources.prepare()[-1]() == {"gpu.processor/0": 30.0}
    sources.close()
    assert nvml.calls == ["init", "shutdown"]


def test_where_no_proofs_are_made_nothing_is_told_of_them(clock, tmp_path):
    asked = MonitorSources(EventBus(), AppDirs(tmp_path), clock, ours=False).prepare()
    clock.now_s += 1
    values = {name for source in asked for name in source()}
    assert {name.partition(".")[0] for name in values} <= {"machine", "gpu", "cache"}


def test_folders_that_cannot_be_had_cost_no_other_value(clock, tmp_path):
    (tmp_path / "home").write_text("a file in its place")
    asked = MonitorSources(EventBus(), AppDirs(tmp_path / "home"), clock).prepare()
    clock.now_s += 1
    assert "machine.memory" in asked[0]()


def test_a_run_that_was_at_work_at_some_time_since_the_read_before_was_proving(clock):
    source = RunSource(clock, tuple)
    after(clock, 1, source)
    assert source.proved is False
    source.hear(job("running", id=1))
    source.hear(job("cancelled", id=1))
    after(clock, 1, source)
    assert source.proved is True
    after(clock, 1, source)
    assert source.proved is False
    source.hear(job("running", id=2))
    after(clock, 1, source)
    after(clock, 1, source)
    assert source.proved is True


def test_what_this_program_took_is_known_from_the_second_read_of_each_process_on(clock):
    views = []
    source = WorkerSource(lambda: tuple(views), clock)
    after(clock, 1, source)
    assert source.ours_percent is None
    after(clock, 1, source)
    assert source.ours_percent >= 0
    views.append(WorkerView("prover", "ready", pid=os.getppid()))
    after(clock, 1, source)
    assert source.ours_percent is None
    after(clock, 1, source)
    assert source.ours_percent is not None
