"""A cycle for every class that can do without Qt: made, used, ended."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.leaks import monitor_cycles  # noqa: F401  # registers more
from tests.leaks.registry import covers
from tests.support.backends import backend, kernel_store
from tests.support.circuits import random_circuit
from tests.support.format_files import ptau
from tests.support.guests import guest
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.formats.zkey import read_zkey, write_zkey

Cycles = Iterator[Callable[[], object]]


# -- proving


@covers("proving.parallel.ThreadTeam")
@contextmanager
def team(_folder: Path) -> Cycles:
    from zkcompanion.proving.parallel import ThreadTeam

    def cycle() -> None:
        with ThreadTeam(3) as made:
            assert made.map(lambda x: x + 1, range(9)) == list(range(1, 10))

    yield cycle


@covers("proving.parallel.ThreadTeam")
@contextmanager
def team_that_is_forgotten(_folder: Path) -> Cycles:
    from zkcompanion.proving.parallel import ThreadTeam

    def cycle() -> None:
        ThreadTeam(3).map(abs, range(9))

    yield cycle


@covers("proving.formats.mapped.MappedFile")
@contextmanager
def mapped_file(folder: Path) -> Cycles:
    from zkcompanion.proving.formats.mapped import MappedFile

    path = folder / "file"
    path.write_bytes(bytes(100_000))

    def cycle() -> None:
        with MappedFile(path, max_bytes=1 << 20, sparing=True) as made:
            assert not np.frombuffer(made.data, dtype=np.uint8).any()
            made.give_back()

    yield cycle


@covers("proving.formats.zkey.Groth16Zkey", "proving.formats.mapped.MappedFile")
@contextmanager
def key(folder: Path) -> Cycles:
    path = folder / "small.zkey"
    write_zkey(path, random_circuit(7, 9).key())

    def cycle() -> None:
        with read_zkey(path) as made:
            assert made.points_a.any()

    yield cycle


@covers("proving.formats.ptau.Ptau", "proving.formats.mapped.MappedFile")
@contextmanager
def powers_of_tau(folder: Path) -> Cycles:
    from zkcompanion.proving.formats.ptau import read_ptau

    path = folder / "small.ptau"
    path.write_bytes(ptau())

    def cycle() -> None:
        with read_ptau(path) as made:
            assert made.tau_g1.any()

    yield cycle


@covers("proving.backend.Backend", "proving.backend.KernelBackend", "proving.parallel.ThreadTeam", cycles=5)
@contextmanager
def kernels(_folder: Path) -> Cycles:
    from zkcompanion.proving.backend import PROVING, KernelBackend

    loaded = backend()
    assert isinstance(loaded, KernelBackend)
    values = random_values(256)

    def cycle() -> None:
        with loaded.on_threads(2) as made:
            made.load(PROVING)
            made.ntt.forward(values)

    yield cycle


@covers("proving.backend.ReferenceBackend")
@contextmanager
def reference(_folder: Path) -> Cycles:
    from zkcompanion.proving.backend import load_backend

    values = random_values(8)

    def cycle() -> None:
        with load_backend("reference", threads=1) as made:
            made.ntt.forward(values)

    yield cycle


@covers("proving.groth16.workmask.WorkMask", cycles=4)
@contextmanager
def work_mask(_folder: Path) -> Cycles:
    from zkcompanion.proving.groth16.prove import ProvingKey, prove

    circuit = random_circuit(3, 6)
    prepared = ProvingKey.prepare(circuit.key())

    def cycle() -> None:
        with prepared.work_mask(backend()) as mask:
            prove(prepared, circuit.limbs, backend(), mask=mask)

    yield cycle


@covers("proving.buffers.Buffers", "proving.buffers._Block", "proving.buffers._Loan")
@contextmanager
def kept_memory(_folder: Path) -> Cycles:
    from zkcompanion.proving.buffers import Buffers

    def cycle() -> None:
        made = Buffers()
        for size in (1 << 20, 1 << 22, 1 << 19):
            assert not made.empty(size, np.uint8).any()
        made.close()

    yield cycle


@covers("proving.buffers._Block", "proving.buffers._Loan")
@contextmanager
def arrays_of_kept_memory(_folder: Path) -> Cycles:
    from zkcompanion.proving.buffers import Buffers

    made = Buffers()
    first = made.empty(1 << 20, np.uint8)

    def cycle() -> None:
        arrays = [made.empty(size, np.uint8) for size in (1 << 20, 1 << 21, 1 << 18)]
        assert not any(array.any() for array in arrays)
        if made.use().idle_bytes:
            made.trim()

    yield cycle
    del first


@covers("proving.ntt_lanes._Scratch")
@contextmanager
def lane_scratch(_folder: Path) -> Cycles:
    from zkcompanion.proving.ntt_lanes import _Scratch

    def cycle() -> None:
        with _Scratch(1 << 10) as made:
            piece = made.take()
            made.give(piece)

    yield cycle


@covers("proving.witness.guest.Guest", cycles=5)
@contextmanager
def witness_calculation(_folder: Path) -> Cycles:
    from zkcompanion.proving.witness.calculator import WitnessCalculator
    from zkcompanion.proving.witness.inputs import inputs_from

    calculator = WitnessCalculator(guest(), file="circuit.wasm")
    inputs = inputs_from({"x": [3, 4]}, file="input.json")

    yield lambda: calculator.calculate(inputs)


# -- base and storage


@covers("base.sealed.SealedStore")
@contextmanager
def sealed_store(folder: Path) -> Cycles:
    from zkcompanion.base.sealed import SealedStore

    SealedStore(folder / "cache", folder / "seal.key").put("kind", b"key", bytes(10_000))

    def cycle() -> None:
        made = SealedStore(folder / "cache", folder / "seal.key")
        made.put("kind", b"other", bytes(100))
        assert made.get("kind", b"key") == bytes(10_000)
        view = made.get_mapped("kind", b"key")
        assert view is not None
        assert not any(view)
        made.remove("kind", b"other")

    yield cycle


@covers("base.garbage.GarbageWatch")
@contextmanager
def garbage_watch(_folder: Path) -> Cycles:
    from zkcompanion.base.garbage import GarbageWatch

    def cycle() -> None:
        made = GarbageWatch()
        made.start()
        made.stop()

    yield cycle


@covers("storage.store.Store", "storage.writer.Writer", "storage.ownership.Ownership", cycles=5)
@contextmanager
def store(folder: Path) -> Cycles:
    from zkcompanion.storage.schema import Schema
    from zkcompanion.storage.store import Store

    schema = Schema("things", (("CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT) STRICT",),))

    def cycle() -> None:
        with Store(lambda: folder, schema) as made:
            made.write(lambda connection: connection.execute("INSERT OR REPLACE INTO things VALUES (1, 'a')")).result()
            assert made.read(lambda connection: connection.execute("SELECT text FROM things").fetchone()) == ("a",)

    yield cycle


@covers("storage.spool.SpoolWatch")
@contextmanager
def spool_watch(folder: Path) -> Cycles:
    from zkcompanion.storage.spool import SpoolWatch

    def cycle() -> None:
        SpoolWatch(folder, lambda: None).close()

    yield cycle


# -- services


@covers("app.alert_service.AlertService", "rules.journal.Journal", cycles=5)
@contextmanager
def alerts(folder: Path) -> Cycles:
    from zkcompanion.app.alert_service import AlertService
    from zkcompanion.app.monitor_views import Sample, SampleTaken

    def cycle() -> None:
        bus = EventBus()
        made = AlertService(bus, AppDirs(folder), SYSTEM_CLOCK)
        made.start()
        bus.publish(SampleTaken(Sample(SYSTEM_CLOCK.unix_s(), 1.0, {"worker.deaths": 1.0})))
        made.acknowledge(made.open()[0].id)
        made.close()

    yield cycle


@covers("app.history.History", "storage.store.Store", "storage.spool.SpoolWatch", cycles=5)
@contextmanager
def history(folder: Path) -> Cycles:
    from zkcompanion.app.history import History
    from zkcompanion.app.history_rows import ProofRecord
    from zkcompanion.base.messages import msg

    record = ProofRecord(0, 1.0, "sudoku", msg("Sudoku"), "sudoku", "print", "verified", 1, seconds=1.0)

    def cycle() -> None:
        made = History(AppDirs(folder), EventBus())
        made.watch()
        kept = made.add(record)
        made.remove(kept.id)
        made.close()

    yield cycle


@covers("app.run_recorder.RunRecorder", "app.objective_service.ObjectiveService", cycles=5)
@contextmanager
def run_recorder(folder: Path) -> Cycles:
    from dataclasses import replace

    from tests.support.window_views import job, proving
    from zkcompanion.app.job_views import JobChanged
    from zkcompanion.app.objective_service import ObjectiveService
    from zkcompanion.app.run_recorder import RunRecorder

    running = job("running", submitted_unix_s=SYSTEM_CLOCK.unix_s())

    def cycle() -> None:
        bus = EventBus()
        runs = RunRecorder(AppDirs(folder), bus, SYSTEM_CLOCK)
        runs.watch()
        objectives = ObjectiveService(AppDirs(folder), bus, SYSTEM_CLOCK, runs)
        bus.publish(JobChanged(running))
        bus.publish(JobChanged(replace(running, state="done", result=proving())))
        runs.settled()
        objectives.judged()
        objectives.close()
        runs.close()

    yield cycle


@covers("app.preferences.PreferenceStore", "storage.store.Store", cycles=5)
@contextmanager
def preferences(folder: Path) -> Cycles:
    from zkcompanion.app.preferences import PreferenceStore

    def cycle() -> None:
        made = PreferenceStore(AppDirs(folder), EventBus())
        made.change(threads=1)
        made.change(threads=0)
        made.close()

    yield cycle


@covers("base.logfile.LogFile")
@contextmanager
def log_file(folder: Path) -> Cycles:
    from zkcompanion.base.logfile import LogFile
    from zkcompanion.base.logs import get_logger

    logger = get_logger("zkcompanion.test_leaks")
    logger.propagate = False

    def cycle() -> None:
        # so small that each record turns the file over
        handler = LogFile(lambda: folder, max_bytes=10)
        logger.addHandler(handler)
        logger.warning("a record")
        logger.removeHandler(handler)
        handler.close()

    yield cycle
    logger.propagate = True


@covers("app.diagnostics.Diagnostics", "app.crashmarks.CrashMarks")
@contextmanager
def diagnostics(folder: Path) -> Cycles:
    from zkcompanion.app.diagnostics import Diagnostics
    from zkcompanion.base.logs import ROOT_NAME

    def cycle() -> None:
        made = Diagnostics(AppDirs(folder))
        made.watch_crashes()
        made.close()
        assert not any(type(handler).__name__ == "RecentRecords" for handler in logging.getLogger(ROOT_NAME).handlers)

    yield cycle


@covers("app.loaded_files.LoadedFiles", "proving.formats.zkey.Groth16Zkey")
@contextmanager
def loaded_files(folder: Path) -> Cycles:
    from zkcompanion.app.loaded_files import LoadedFiles
    from zkcompanion.base.sealed import SealedStore
    from zkcompanion.storage.prepared import PreparedCircuits

    path = folder / "small.zkey"
    write_zkey(path, random_circuit(7, 9).key())
    wasm = folder / "small.wasm"
    wasm.write_bytes(guest())
    # compiling lets the compiler's own threads keep some memory
    code = SealedStore(folder / "code", folder / "seal.key")

    def cycle() -> None:
        made = LoadedFiles(PreparedCircuits(None, SYSTEM_CLOCK), code)
        with made.key(path, backend()) as prepared:
            assert prepared.value.zkey.points_a.any()
        with made.calculator(wasm):
            pass
        made.close()

    yield cycle


@covers("app.backends.Backends", "proving.backend.KernelBackend", cycles=3)
@contextmanager
def backends(_folder: Path) -> Cycles:
    from zkcompanion.app.backends import Backends
    from zkcompanion.app.settings import Settings
    from zkcompanion.proving.phases import NULL_TRACE

    def cycle() -> None:
        made = Backends(Settings(threads=2, kernels="scalar"), kernel_store)
        made.checking(NULL_TRACE)
        made.close()

    yield cycle


@covers("app.application.Application")
@contextmanager
def application(folder: Path) -> Cycles:
    from tests.support.circuit_folder import make_folder, reference_app

    files = make_folder(folder / "small")

    def cycle() -> None:
        with reference_app(folder / "home") as made:
            assert made.inspection.file(files.zkey) is not None
            assert made.files is not None
            assert made.backends is not None

    yield cycle


@covers("app.desk.Desk", "app.jobs.JobService", "app.queue_watch.QueueWatch", "engine.crew.Crew", cycles=5)
@contextmanager
def desk(folder: Path) -> Cycles:
    from zkcompanion.app.desk import Desk

    def cycle() -> None:
        with Desk(dirs=AppDirs(folder)) as made:
            made.diagnostics.watch_crashes()
            assert made.jobs.jobs() == ()
            assert made.catalogue is not None
            assert made.examples is not None

    yield cycle


@covers("app.queue_watch.QueueWatch")
@contextmanager
def queue_watch(_folder: Path) -> Cycles:
    from zkcompanion.app.queue_watch import QueueWatch
    from zkcompanion.engine.schedule.policy import Machine, Policy
    from zkcompanion.engine.work import Queue

    def cycle() -> None:
        made = QueueWatch({}, threading.Lock(), lambda _record: None)
        made.queued(Queue(0.0, {}, Policy(Machine(1, 1 << 40)), (), ()))
        made.close()

    yield cycle


@covers("cli.runner.Interrupts")
@contextmanager
def interrupts(_folder: Path) -> Cycles:
    from zkcompanion.cli.runner import Interrupts, run_interruptible

    def cycle() -> None:
        with Interrupts() as made:
            assert run_interruptible(lambda: 7, made, tick=lambda: None, abandon=lambda: None) == 7

    yield cycle


# -- processes


@covers(
    "engine.crew.Crew",
    "engine.pool.Pool",
    "engine.post.Post",
    "engine.worker.Worker",
    "engine.pipe.HostPipe",
    "engine.load.LoadMeter",
    cycles=2,
)
@contextmanager
def pool_of_workers(_folder: Path) -> Cycles:
    from tests.support.workers import job, plain_main, pool
    from zkcompanion.engine.scratch import open_scratch

    def cycle() -> None:
        with pool(least=1, most=1) as (crew, heard):
            crew.submit("w", job(1, "echo", bytearray(200_000), scratch=open_scratch()))
            assert heard.end_of(1).ending == "done"

    with plain_main():
        yield cycle


def random_values(n: int) -> np.ndarray:
    """Field elements, uint64[n, 4]."""
    rng = random.Random(1)
    return np.array([[rng.getrandbits(60) for _ in range(4)] for _ in range(n)], dtype=np.uint64)


# -- reports


@covers("app.report_press.Press", "engine.crew.Crew", cycles=2)
@contextmanager
def press(folder: Path) -> Cycles:
    from tests.support.documents import document
    from zkcompanion.app.report_press import Press

    dirs = AppDirs(folder)

    def cycle() -> None:
        with Press(dirs, SYSTEM_CLOCK, pictures=False) as made:
            assert len(made.render(document(), ("md",), ())) == 1

    yield cycle


@covers("app.calibration_service.CalibrationService", "app.calibration_service._Run", "engine.crew.Crew", cycles=2)
@contextmanager
def calibration(folder: Path) -> Cycles:
    from zkcompanion.app.calibration_service import CalibrationService
    from zkcompanion.app.hardware_views import CalibrationEnded
    from zkcompanion.app.settings import Settings

    bus, over = EventBus(), threading.Event()
    bus.subscribe(CalibrationEnded, lambda _event: over.set())

    def cycle() -> None:
        over.clear()
        made = CalibrationService(
            AppDirs(folder), bus, SYSTEM_CLOCK, facts=lambda: None, settings=lambda: Settings(threads=1)
        )
        made.start()
        made.cancel()
        assert over.wait(60)
        made.close()
        assert not list((folder / "cache").glob("calibration-*"))

    yield cycle


@covers(
    "app.report_service.ReportService",
    "app.report_schedule.ReportScheduler",
    "app.report_reading.StoredSources",
    cycles=5,
)
@contextmanager
def reports(folder: Path) -> Cycles:
    from zkcompanion.app.outputs import Outputs
    from zkcompanion.app.report_reading import StoredSources
    from zkcompanion.app.report_schedule import ReportScheduler
    from zkcompanion.app.report_service import ReportService
    from zkcompanion.app.report_views import ReportOrder

    dirs = AppDirs(folder)

    def cycle() -> None:
        with StoredSources(dirs, SYSTEM_CLOCK) as stored:
            service = ReportService(dirs, EventBus(), SYSTEM_CLOCK, stored.sources(), Outputs())
            calendar = ReportScheduler(service, SYSTEM_CLOCK, lambda: "daily")
            calendar.start()
            made = service.order(ReportOrder("memory", 1.0, 86400.0, ("md",)))[1].result(60)
            service.remove(made.kept)
            service.close()
            calendar.close()

    yield cycle
