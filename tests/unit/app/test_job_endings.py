import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.job_records import record, result
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.codec import encode, failure_of
from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.examples import list_examples
from zkcompanion.app.fallback import TOO_SLOW
from zkcompanion.app.job_endings import ending_of, record_of, worker_view
from zkcompanion.app.job_state import JobRecord
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.settings import Settings
from zkcompanion.app.worker_entry import Warmth
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import BugError, Cancelled, FileError, NoRoomError, ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.taxonomy import Whose
from zkcompanion.engine.work import Outcome, WorkerStatus


@pytest.fixture
def end(tmp_path):
    def ended(ending, body=b"", **more):
        return ending_of(
            Outcome(ending, bytes(body), **more),
            Warmth,
            doing="prove sum-a",
            deadline_s=60.0,
            dirs=AppDirs(tmp_path),
            clock=SYSTEM_CLOCK,
        )

    return ended


def test_an_answer_is_an_answer(end):
    found = end("done", encode(Warmth("scalar", 2)))
    assert (found.state, found.value, found.error, found.view) == ("done", Warmth("scalar", 2), None, None)


def test_an_error_of_the_worker_is_an_error_here(end):
    found = end("failed", encode(failure_of(FileError(msg("broken"), file="a", offset=3))))
    assert (found.state, type(found.error), found.error.offset) == ("failed", FileError, 3)
    assert found.view.whose is not Whose.US
    assert found.view.report is None


def test_a_fault_of_ours_is_written_down(end, tmp_path):
    found = end("failed", encode(failure_of(BugError(msg("oh")), description="ValueError\n  line 3")))
    assert found.view.whose is Whose.US
    text = Path(found.view.report).read_text()
    assert "ValueError\n  line 3" in text
    assert "command: prove sum-a" in text


def test_a_fault_that_cannot_be_written_down_is_still_told(end, tmp_path):
    (tmp_path / "state").write_text("")
    found = end("failed", encode(failure_of(BugError(msg("oh")), description="d")))
    assert (found.view.whose, found.view.report) == (Whose.US, None)


@pytest.mark.parametrize("ending", ["done", "failed"])
def test_words_that_cannot_be_read_are_a_fault_of_ours(end, ending):
    found = end(ending, b"\xc1")
    assert found.state == "failed"
    assert isinstance(found.error, BugError)
    assert found.view.whose is Whose.US


@pytest.mark.parametrize(
    ("ending", "body"), [("cancelled", b""), ("closed", b""), ("failed", encode(failure_of(Cancelled())))]
)
def test_a_cancel_is_no_failure(end, ending, body):
    found = end(ending, body)
    assert (found.state, found.view) == ("cancelled", None)
    assert isinstance(found.error, Cancelled)


@pytest.mark.parametrize(
    ("ending", "more", "kind", "words"),
    [
        ("late", {}, ResourceError, "more than 60 seconds"),
        ("too-large", {}, ResourceError, "more than the 80.0 MiB"),
        ("died", {"exit_code": -signal.SIGKILL}, ResourceError, "most likely because memory ran out"),
        ("died", {"exit_code": -signal.SIGSEGV}, BugError, r"ended by itself \(SIGSEGV\)"),
        ("died", {"exit_code": -250}, BugError, r"ended by itself \(250\)"),
        ("died", {"exit_code": 1}, BugError, r"ended by itself \(1\)"),
        ("died", {}, BugError, r"ended by itself \(0\)"),
        ("silent", {}, BugError, "did not answer"),
        ("off", {}, BugError, "not started again"),
        ("impossible", {"reason": msg("Needs too much.")}, NoRoomError, "Needs too much"),
        ("impossible", {}, NoRoomError, "more memory than proofs may use"),
        ("impossible", {"reason": TOO_SLOW}, ResourceError, "Python integers are too slow"),
        ("quarantined", {"last": "memory"}, ResourceError, "more memory than proofs may use"),
        ("quarantined", {"last": "stuck"}, ResourceError, "far longer than ever before, twice"),
        ("quarantined", {"last": "died", "exit_code": -9}, ResourceError, "most likely because memory ran out"),
        ("quarantined", {"last": "died", "exit_code": -11}, BugError, r"Two processes .* \(SIGSEGV\)"),
        ("quarantined", {"last": "silent"}, BugError, "did not answer any more, so it is not tried again"),
    ],
)
def test_what_became_of_a_worker_is_said_in_a_sentence(end, ending, more, kind, words):
    found = end(ending, **more)
    assert found.state == "failed"
    assert type(found.error) is kind
    assert re.search(words, str(found.view.message))
    assert (found.view.whose is Whose.US) == (kind is BugError)
    assert (found.view.report is not None) == (kind is BugError)
    # a process that is not started again has not been started anew
    assert ("started anew" in str(found.view.hint)) == (kind is BugError and ending not in {"off", "quarantined"})


def test_a_run_that_was_verified_for_the_history():
    job = record(repeat=2)
    job.start(0.0, None)
    job.end("done", 3.0, result=result(("witness", 2.0), ("verify", 1.0)))
    kept = record_of(job, Settings(threads=9), "other", 77.0)
    assert (kept.outcome, kept.proofs, kept.seconds, kept.unix_s) == ("verified", 1, 1.0, 77.0)
    assert kept.phases == (("witness", 2.0), ("verify", 1.0))
    assert (kept.kernels, kept.threads, kept.key, kept.constraints) == ("scalar", 2, "ok", 3)
    assert (kept.source, kept.fingerprint, kept.error_code) == ("c.r1cs", "f", None)
    assert "secret" not in repr(kept)


def test_runs_that_came_to_nothing_for_the_history():
    job = record()
    job.start(0.0, None)
    job.end("failed", 1.0, error=ErrorView("input", msg("no")))
    kept = record_of(job, Settings(threads=9, kernels="auto"), None, 1.0)
    assert (kept.outcome, kept.error_code, kept.proofs, kept.seconds) == ("failed", "input", 0, None)
    assert (kept.kernels, kept.threads) == ("auto", 9)
    job.end("cancelled", 1.0)
    assert record_of(job, Settings(), "ifma", 1.0).outcome == "cancelled"
    assert record_of(job, Settings(), "ifma", 1.0).kernels == "ifma"


def test_the_source_of_a_bundled_circuit_is_its_id_and_of_others_the_key():
    def source(files):
        return record_of(
            JobRecord(1, ProofOrder(files, msg("t"), "f"), submitted_unix_s=0.0), Settings(), None, 0.0
        ).source

    example = list_examples()[0]
    assert source(example.files) == example.id
    assert source(CircuitFiles("c", r1cs=Path("a/c.r1cs"), zkey=Path("a/c.zkey"))) == "a/c.zkey"
    assert source(CircuitFiles("c")) == ""


@pytest.mark.parametrize(
    ("state", "opening", "shown"),
    [
        ("off", False, "off"),
        ("starting", False, "starting"),
        ("busy", True, "starting"),
        ("idle", False, "ready"),
        ("busy", False, "busy"),
        ("ending", False, "lost"),
    ],
)
def test_states_of_workers_as_the_window_shows_them(state, opening, shown):
    status = WorkerStatus("prover", state, 5, None, 2, False, opening)
    view = worker_view(status, {5: 100})
    assert (view.name, view.state, view.memory_bytes, view.deaths) == ("prover", shown, 100, 2)


def test_a_worker_without_a_process_holds_nothing():
    assert worker_view(WorkerStatus("clerk", "off", None, None, 0, False, False), {5: 1}).memory_bytes == 0


@pytest.mark.parametrize(
    ("state", "draining", "shown"),
    [("idle", True, "draining"), ("busy", True, "draining"), ("starting", True, "starting"), ("idle", False, "ready")],
)
def test_a_worker_that_ends_when_it_is_idle_is_draining(state, draining, shown):
    status = WorkerStatus("prover", state, 1, None, 0, False, False, draining=draining)
    assert worker_view(status, {}).state == shown


def test_a_worker_is_shown_with_what_it_did():
    status = WorkerStatus("w", "busy", 1, 7, 0, False, False, jobs=2, ready_s=10.0, began_s=18.0, busy_s=4.0, work=100)
    view = worker_view(status, {}, now_s=20.0)
    assert (view.jobs, view.busy_seconds, view.utilisation, view.throughput) == (2, 6.0, 0.6, 25.0)
    view = worker_view(WorkerStatus("w", "starting", 1, None, 0, False, False), {}, now_s=20.0)
    assert (view.busy_seconds, view.utilisation, view.throughput) == (0.0, 0.0, 0.0)


def test_what_is_left_of_a_proof_says_nothing_of_how_long_it_takes():
    job = record(repeat=2)
    job.start(0.0, None)
    made = result(("verify", 1.0))
    rest = replace(made.proofs[0], seconds=0.1, resumed=("witness",))
    job.end("done", 3.0, result=replace(made, proofs=(rest,)))
    kept = record_of(job, Settings(), "scalar", 77.0)
    assert (kept.outcome, kept.proofs, kept.seconds, kept.phases) == ("verified", 1, None, ())
    job.end("done", 3.0, result=replace(made, proofs=(rest, *made.proofs)))
    kept = record_of(job, Settings(), "scalar", 77.0)
    assert (kept.proofs, kept.seconds, kept.phases) == (2, 1.0, (("verify", 1.0),))
