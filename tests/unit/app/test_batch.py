"""Many proofs of one circuit: which files, what is there already, and what cannot be written; with Python integers."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cli import home_with_kernels
from zkcompanion.app.batch import BatchRequest, prove_batch
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.examples import list_examples
from zkcompanion.app.job_views import JobChanged, JobView, WorkerView
from zkcompanion.app.outputs import Outputs
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import ProofStarted, RecordingTrace
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import Cancelled, FileError, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs

FILES = CircuitFiles("c", zkey=Path("c.zkey"), wasm=Path("c.wasm"))


def prove(circuit, tmp_path, *, trace=None, again=False, folder=None):
    request = BatchRequest(circuit, tmp_path / "in", folder or tmp_path / "out", again)
    settings = Settings(threads=1, min_workers=1, max_workers=1)
    home = tmp_path / "home"
    if not home.exists():
        home_with_kernels(home)
    return prove_batch(request, settings, Outputs(), AppDirs(home), SYSTEM_CLOCK, trace or RecordingTrace())


def write_inputs(tmp_path, *names):
    (tmp_path / "in").mkdir()
    for name in names:
        (tmp_path / "in" / name).write_text("{}")


def test_a_circuit_that_lacks_something_is_refused(tmp_path):
    write_inputs(tmp_path, "a.json")
    with pytest.raises(UsageError):
        prove(CircuitFiles("c", wasm=Path("c.wasm")), tmp_path)
    with pytest.raises(FileError, match=r"no \.wasm"):
        prove(CircuitFiles("c", zkey=Path("c.zkey")), tmp_path)


def test_a_folder_that_cannot_be_read_or_holds_nothing_is_refused(tmp_path, monkeypatch):
    with pytest.raises(FileError, match="no such folder"):
        prove(FILES, tmp_path)
    write_inputs(tmp_path, ".hidden.json", "a.txt")
    (tmp_path / "in" / "folder.json").mkdir()
    with pytest.raises(FileError, match=r"no \.json file"):
        prove(FILES, tmp_path)

    def refuse(_self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FileError, match="Permission denied"):
        prove(FILES, tmp_path)


def test_what_is_wrong_with_the_circuit_is_said_of_each_file(tmp_path):
    write_inputs(tmp_path, "a.json", "b.json")
    view = prove(FILES, tmp_path)
    assert [(item.name, item.state) for item in view.items] == [("a", "failed"), ("b", "failed")]
    assert all(item.error is not None for item in view.items)
    assert (view.kernels, view.key) == (None, None)


def test_a_cancel_ends_the_workers(tmp_path):
    write_inputs(tmp_path, "a.json")
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        prove(FILES, tmp_path, trace=RecordingTrace(cancel=cancel))


@pytest.mark.kernels
def test_a_proof_that_cannot_be_written_has_failed_and_the_others_are_there(tmp_path):
    example = next(one for one in list_examples() if one.id == "age-over-18")
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        shutil.copy(example.files.input, tmp_path / "in" / f"{name}.json")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("in the way")
    told = []
    view = prove(example.files, tmp_path, trace=RecordingTrace(listener=told.append))
    assert [(item.name, item.state) for item in view.items] == [("a", "failed"), ("b", "proved")]
    assert view.items[0].error.code == "bad-file"
    assert [event for event in told if isinstance(event, ProofStarted)] == [ProofStarted(1, 2), ProofStarted(2, 2)]
    assert prove(example.files, tmp_path).items[1].state == "skipped"
    (tmp_path / "out" / "a").unlink()
    again = prove(example.files, tmp_path, again=True)
    assert [item.state for item in again.items] == ["proved", "proved"]


def test_an_end_that_is_told_twice_is_one(tmp_path, monkeypatch):
    class Jobs:
        def __init__(self, _settings, bus, _history, **_more):
            self.bus, self.count, self.forgotten = bus, 0, []

        def start(self):
            pass

        def submit(self, order, *, priority):
            assert (order.inputs, priority) == (None, "batch")
            self.count += 1
            view = JobView(self.count, "c", msg("c"), "", "failed", 0.0)
            for _ in range(2):
                self.bus.publish(JobChanged(replace(view, state="running")))
                self.bus.publish(JobChanged(view))
            return self.count

        def forget(self, number):
            self.forgotten.append(number)

        def workers(self):
            return (WorkerView("prover", "ready"), WorkerView("clerk", "ready"))

        def close(self):
            assert self.forgotten == [1, 2]

    monkeypatch.setattr("zkcompanion.app.batch.JobService", Jobs)
    write_inputs(tmp_path, "a.json", "b.json")
    view = prove(FILES, tmp_path)
    assert (view.count("failed"), view.count("proved")) == (2, 0)
    assert [worker.name for worker in view.workers] == ["prover"]


def test_where_all_is_there_no_worker_starts(tmp_path, monkeypatch):
    monkeypatch.setattr("zkcompanion.app.batch._Batch.run", None)
    write_inputs(tmp_path, "a.json")
    key, wasm = tmp_path / "c.zkey", tmp_path / "c.wasm"
    key.touch()
    wasm.touch()
    (tmp_path / "out" / "a").mkdir(parents=True)
    for name in ("proof.json", "public.json"):
        (tmp_path / "out" / "a" / name).touch()
    assert prove(CircuitFiles("c", zkey=key, wasm=wasm), tmp_path).count("skipped") == 1
