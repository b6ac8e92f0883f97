"""What runs in a worker, asked in this process."""

import threading

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from zkcompanion.app import worker_entry
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.codec import Failure, decode, encode
from zkcompanion.app.job_progress import RunProgress
from zkcompanion.app.job_views import CircuitView, ProofOrder, SortedFilesView, VerifyOrder
from zkcompanion.app.settings import Settings
from zkcompanion.app.views import CheckView, ProvingView, SelfTestView, VerificationView
from zkcompanion.app.worker_entry import (
    ExampleId,
    Paths,
    Warmed,
    WarmOrder,
    Warmth,
    Work,
    WorkerConfig,
    open_worker,
    private_folders,
)
from zkcompanion.base import atomicfile
from zkcompanion.base.atomicfile import temporary_beside
from zkcompanion.base.errors import BugError, Cancelled, FileError, UsageError
from zkcompanion.base.messages import msg


class Task:
    """What the engine hands over."""

    def __init__(self, kind, order=None):
        self.kind = kind
        self.body = bytes(encode(order))
        self.cancel = threading.Event()
        self.threads, self.mode, self.scratch = 1, "", None
        self.changes = 0

    def report(self, snapshot):
        self.snapshot = snapshot

    def changed(self):
        self.changes += 1


@pytest.fixture
def app(tmp_path):
    with reference_app(tmp_path / "home") as made:
        yield made


@pytest.fixture
def ask(app):
    def answer(task, kind, *, all_kernels=True):
        return decode(Work(app, all_kernels=all_kernels).run(task), kind)

    return answer


def order_for(folder):
    files = CircuitFiles("small", zkey=folder.zkey, witness=folder.witness)
    return ProofOrder(files, msg("Small"), "f", repeat=2)


@pytest.mark.parametrize("all_kernels", [True, False])
def test_warming_tells_what_computes(ask, all_kernels):
    found = ask(Task("warm"), Warmth, all_kernels=all_kernels)
    assert (found.kernels, found.threads) == ("reference", 1)


def test_a_proof_is_made_and_judged_and_progress_is_told(ask, tmp_path):
    folder = make_folder(tmp_path / "small")
    task = Task("prove", order_for(folder))
    made = ask(task, ProvingView)
    assert made.verified
    assert made.files == {}
    assert task.body == b"", "the order is not kept"
    progress = decode(task.snapshot(), RunProgress)
    assert progress.number == 2
    assert "sum-h" in [entry.phase for entry in progress.phases]
    assert task.changes > 20
    paths = [tmp_path / name for name in ("vk.json", "public.json", "proof.json")]
    for path, data in zip(paths, (made.verification_key_json, made.public_json, made.proof_json), strict=True):
        path.write_bytes(data)
    assert ask(Task("verify", VerifyOrder(*paths)), VerificationView).verified
    assert ask(Task("verify", VerifyOrder(folder.zkey, *paths[1:])), VerificationView).verified


def test_a_job_that_should_stop_stops(ask, tmp_path):
    task = Task("prove", order_for(make_folder(tmp_path / "small")))
    task.cancel.set()
    with pytest.raises(Cancelled):
        ask(task, ProvingView)


def test_questions_are_answered(ask, app, tmp_path, monkeypatch):
    folder = make_folder(tmp_path / "small")
    assert ask(Task("describe", CircuitFiles("x", zkey=folder.zkey)), CircuitView).constraints == 9
    assert ask(Task("describe-example", ExampleId("funds-above-threshold")), CircuitView).fields
    assert ask(Task("sort-files", Paths((folder.zkey,))), SortedFilesView).circuit.zkey == folder.zkey
    checks = SelfTestView(True, (CheckView("parts", True, msg("all"), 0.1),))
    monkeypatch.setattr(app, "self_test", lambda _trace: checks)
    assert ask(Task("self-test"), SelfTestView) == checks


def test_a_circuit_is_prepared_within_the_limits_unless_it_is_large(ask, app, tmp_path, monkeypatch):
    monkeypatch.setattr("zkcompanion.storage.prepared.settled", lambda _status, _now_s: True)
    folder = make_folder(tmp_path / "small")
    files = CircuitFiles("small", zkey=folder.zkey, r1cs=folder.r1cs)
    assert ask(Task("prepare", WarmOrder(None, 100, 1 << 20)), Warmed) == Warmed(0)
    assert (app.cache.view().max_entries, app.cache.view().max_bytes) == (100, 1 << 20)
    monkeypatch.setattr(worker_entry, "MOST_PREPARED_BYTES", files.size_bytes - 1)
    assert ask(Task("prepare", WarmOrder(files, 100, 1 << 20)), Warmed) == Warmed(0)
    monkeypatch.undo()
    monkeypatch.setattr("zkcompanion.storage.prepared.settled", lambda _status, _now_s: True)
    assert ask(Task("prepare", WarmOrder(files, 100, 1 << 20)), Warmed) == Warmed(2)
    assert ask(Task("prepare", WarmOrder(files, 100, 1 << 20)), Warmed) == Warmed(0)


def test_an_unknown_question_is_a_fault_of_ours(ask):
    with pytest.raises(BugError):
        ask(Task("format-disk"), Warmth)


def failed(app, error):
    return decode(Work(app, all_kernels=False).failure(error), Failure)


def test_what_the_user_can_act_on_goes_back_as_it_is(app):
    found = failed(app, FileError(msg("broken"), file="a"))
    assert (found.kind, found.description, found.view.whose) == ("FileError", None, "file")
    assert failed(app, UsageError(msg("no"))).kind == "UsageError"
    assert failed(app, Cancelled()).kind == "Cancelled"


def test_too_little_memory_is_no_fault_of_ours(app):
    found = failed(app, MemoryError())
    assert (found.kind, found.view.whose) == ("ResourceError", "machine")


@pytest.mark.parametrize("error", [ValueError("invalid literal: '123456'"), SystemExit("123456"), BugError(msg("oh"))])
def test_anything_else_goes_back_without_its_text(app, error):
    found = failed(app, error)
    assert (found.kind, found.view.whose) == ("BugError", "us")
    assert type(error).__name__ in found.description
    assert "123456" not in found.description + str(found.view)


def test_a_worker_is_opened_from_its_configuration(tmp_path):
    config = WorkerConfig(Settings(threads=1, kernels="reference"), tmp_path / "home", all_kernels=False)
    work = open_worker(bytes(encode(config)))
    try:
        assert decode(work.run(Task("warm")), Warmth).kernels == "reference"
    finally:
        work._app.close()


def test_before_the_end_half_written_files_are_removed(app, monkeypatch):
    folders = private_folders(app.dirs)
    drafts = []
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        drafts.append(temporary_beside(folder / "x"))
        drafts[-1].write_bytes(b"half")
    monkeypatch.setattr(atomicfile, "_ending", threading.Event())  # this process goes on
    Work(app, all_kernels=False).abandon()
    assert not any(draft.exists() for draft in drafts)
    assert app.outputs._lock.locked(), "and nothing is begun any more"


def test_a_worker_that_rests_keeps_no_memory(tmp_path):
    with reference_app(tmp_path) as app:
        work = Work(app, all_kernels=False)
        kept = app.backends.buffers
        array = kept.empty(1 << 20, "u1")
        array.fill(1)
        del array
        assert kept.use().idle_bytes > 0
        work.rest()
        assert kept.use().idle_bytes == 0
