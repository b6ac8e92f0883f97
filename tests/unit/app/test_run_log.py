"""A proof that a command made is in the window's history, unless the user keeps none."""

from dataclasses import replace

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from tests.support.clocks import HandClock
from tests.support.stores import Starts
from tests.support.window_views import job, proving
from zkcompanion.app.choose import choose
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.describing import describe_circuit
from zkcompanion.app.examples import find_example
from zkcompanion.app.history import History
from zkcompanion.app.job_views import JobChanged
from zkcompanion.app.preferences import PreferenceStore
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.run_log import BatchLog, leave_failure, leave_proof
from zkcompanion.app.run_recorder import RunRecorder
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import OverrideView
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import BugError, Cancelled, FileError, InputError, ResourceError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs


@pytest.fixture
def proved(tmp_path):
    folder = make_folder(tmp_path / "circuit", seed=11)
    with reference_app(tmp_path / "home") as app:
        view = app.prove_circuit(
            str(folder.zkey),
            {"witness": folder.witness},
            RecordingTrace(),
            out=tmp_path / "out",
            repeat=2,
            remember=True,
        )
    return folder, view


def records(home):
    opened = Starts(lambda home: History(AppDirs(home), EventBus()))
    history = opened(home)
    history.take_in()
    opened.end_all()
    return history.records()


def test_a_finished_proof_is_in_the_history_of_the_next_window(tmp_path, proved):
    folder, view = proved
    (record,) = records(tmp_path / "home")
    assert (record.outcome, record.proofs, record.kernels) == ("verified", 2, "reference")
    assert record.source == str(folder.zkey)
    assert record.constraints == view.constraints
    assert set(dict(record.phases)) == set(view.proofs[0].phases)


def test_it_is_known_by_the_same_mark_as_in_the_window(tmp_path, proved):
    folder, view = proved
    request = choose(str(folder.zkey), {"witness": folder.witness, "r1cs": folder.r1cs}, out=None, repeat=1)
    assert leave_proof(AppDirs(tmp_path / "home"), request, view, SYSTEM_CLOCK)
    described = describe_circuit(_files(request))
    assert records(tmp_path / "home")[0].fingerprint == described.fingerprint != ""


def _files(request):
    from zkcompanion.app.circuit_files import CircuitFiles

    return CircuitFiles(name=request.name, zkey=request.zkey, r1cs=request.r1cs, wasm=request.wasm, sym=request.sym)


def test_an_example_has_its_title_and_its_name(tmp_path, proved):
    example = find_example("age-over-18")
    request = ProvingRequest("age-over-18", None, r1cs=example.files.r1cs)
    assert leave_proof(AppDirs(tmp_path / "home"), request, proved[1], SYSTEM_CLOCK)
    record = records(tmp_path / "home")[0]
    assert (record.title, record.source) == (example.title, "age-over-18")


def test_where_the_user_keeps_no_history_nothing_is_left(tmp_path, proved):
    dirs = AppDirs(tmp_path / "other")
    store = PreferenceStore(dirs, EventBus())
    store.change(keep_history=False)
    request = ProvingRequest("x", proved[0].zkey)
    assert not leave_proof(dirs, request, proved[1], SYSTEM_CLOCK)
    store.change(keep_history=True)
    assert leave_proof(dirs, request, proved[1], SYSTEM_CLOCK)
    store.close()


def test_a_folder_that_cannot_be_had_does_not_stop_a_command(tmp_path, proved):
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "state").write_text("a file in the folder's place")
    assert not leave_proof(AppDirs(tmp_path / "blocked"), ProvingRequest("x", None), proved[1], SYSTEM_CLOCK)
    assert leave_proof(AppDirs(tmp_path / "sound"), ProvingRequest("x", None), proved[1], SYSTEM_CLOCK)


def counted(home):
    reader = RunRecorder(AppDirs(home), EventBus(), SYSTEM_CLOCK, writes=False)
    found = reader.records()
    reader.close()
    return found


def test_each_proof_of_a_command_counts_for_the_objectives(tmp_path, proved):
    _folder, view = proved
    (run,) = counted(tmp_path / "home")
    assert [(one.verdict, one.seconds) for one in run.proofs] == [
        ("verified", pytest.approx(proof.seconds, rel=1e-5)) for proof in view.proofs
    ]
    assert run.proofs[-1].end_unix_s == run.end_unix_s
    assert run.proofs[0].end_unix_s == pytest.approx(run.end_unix_s - view.proofs[1].seconds, abs=1e-3)
    assert (run.source, run.outcome, run.kernels) == ("command", "done", "reference")
    assert run.fingerprint


def test_a_command_with_very_many_proofs_leaves_them_in_parts(tmp_path, proved):
    folder, view = proved
    many = replace(view, proofs=view.proofs * 1000)
    assert leave_proof(AppDirs(tmp_path / "other"), ProvingRequest("x", folder.zkey), many, SYSTEM_CLOCK)
    parts = counted(tmp_path / "other")
    assert [len(part.proofs) for part in parts] == [800, 800, 400]
    assert parts[1].begin_unix_s == parts[0].end_unix_s
    ends = [one.end_unix_s for part in parts for one in part.proofs]
    assert ends == sorted(ends)


def test_a_command_that_made_no_proof_counts_as_one_that_failed_was_refused_or_was_cancelled(tmp_path, proved):
    folder, _ = proved
    dirs = AppDirs(tmp_path / "other")
    request = ProvingRequest("x", folder.zkey)
    for error in (BugError(msg("no")), InputError(msg("no"))):
        assert leave_failure(dirs, request, error, SYSTEM_CLOCK.unix_s() - 5, SYSTEM_CLOCK)
    runs = sorted(counted(tmp_path / "other"), key=lambda run: run.error_code)
    assert [(run.error_code, run.proofs[0].verdict, run.outcome) for run in runs] == [
        ("bug", "failed", "failed"),
        ("input", "refused", "failed"),
    ]
    assert records(tmp_path / "other") == ()  # the history has finished runs of commands only


def test_a_command_whose_inputs_do_not_fit_leaves_that(tmp_path):
    folder = make_folder(tmp_path / "circuit", seed=11)
    folder.witness.write_bytes(b"no witness")
    with reference_app(tmp_path / "home") as app, pytest.raises(FileError):
        app.prove_circuit(
            str(folder.zkey), {"witness": folder.witness}, RecordingTrace(), out=None, repeat=1, remember=True
        )
    (run,) = counted(tmp_path / "home")
    assert run.proofs[0].verdict == "refused"


def test_a_command_that_is_cancelled_leaves_nothing_because_it_answers_at_once(tmp_path):
    folder, trace = make_folder(tmp_path / "circuit", seed=11), RecordingTrace()
    trace.cancel.set()
    with reference_app(tmp_path / "home") as app, pytest.raises(Cancelled):
        app.prove_circuit(str(folder.zkey), {"witness": folder.witness}, trace, out=None, repeat=1, remember=True)
    assert counted(tmp_path / "home") == ()


def test_where_the_user_keeps_no_history_a_failure_leaves_nothing(tmp_path, proved):
    dirs = AppDirs(tmp_path / "other")
    store = PreferenceStore(dirs, EventBus())
    store.change(keep_history=False)
    store.close()
    assert not leave_failure(dirs, ProvingRequest("x", proved[0].zkey), BugError(msg("no")), 0.0, SYSTEM_CLOCK)
    assert counted(tmp_path / "other") == ()


def test_a_failure_that_cannot_be_left_is_no_error(tmp_path, proved):
    dirs = AppDirs(tmp_path / "other")
    dirs.state.joinpath("runs.spool").write_bytes(b"")
    assert not leave_failure(dirs, ProvingRequest("x", proved[0].zkey), BugError(msg("no")), 0.0, SYSTEM_CLOCK)


def batch(bus, clock, number, state, *, result=None):
    running = job("running", id=number, submitted_unix_s=clock.now_s)
    bus.publish(JobChanged(running))
    clock.set(clock.now_s + 1)
    bus.publish(JobChanged(replace(running, state=state, result=result)))


def test_the_proofs_of_a_batch_are_left_together(tmp_path, proved):
    bus, clock, dirs = EventBus(), HandClock(1_780_000_000.0), AppDirs(tmp_path / "other")
    log = BatchLog(bus, clock)
    files = CircuitFiles("c", zkey=proved[0].zkey)
    assert not log.leave(dirs, files)  # nothing was begun
    bus.publish(JobChanged(job("waiting", id=9)))
    bus.publish(JobChanged(job("cancelled", id=9)))
    for number in range(1, 4):
        batch(bus, clock, number, "done", result=proving())
    batch(bus, clock, 4, "cancelled")
    assert log.leave(dirs, files)
    (run,) = counted(tmp_path / "other")
    assert [one.verdict for one in run.proofs] == ["verified", "verified", "verified", "cancelled"]
    assert (run.end_unix_s - run.begin_unix_s, run.outcome, run.fingerprint != "") == (4.0, "cancelled", True)


def test_a_very_large_batch_is_left_in_parts(tmp_path):
    bus, clock, dirs = EventBus(), HandClock(1_780_000_000.0), AppDirs(tmp_path / "other")
    log = BatchLog(bus, clock)
    for number in range(801):
        batch(bus, clock, number, "done", result=proving())
    assert log.leave(dirs, CircuitFiles("c"))
    assert [len(run.proofs) for run in counted(tmp_path / "other")] == [800, 1]


def test_a_batch_is_not_left_where_no_history_is_kept_or_nothing_can_be_written(tmp_path):
    bus, clock, dirs = EventBus(), HandClock(1_780_000_000.0), AppDirs(tmp_path / "other")
    log = BatchLog(bus, clock)
    batch(bus, clock, 1, "done", result=proving())
    store = PreferenceStore(dirs, EventBus())
    store.change(keep_history=False)
    assert not log.leave(dirs, CircuitFiles("c"))
    store.change(keep_history=True)
    store.close()
    dirs.state.joinpath("runs.spool").write_bytes(b"")
    assert not log.leave(dirs, CircuitFiles("c"))


def test_what_was_tried_all_the_same_and_failed_stands_in_the_history_too(tmp_path, proved):
    request = ProvingRequest("x", proved[0].zkey)
    error = ResourceError(msg("There is not enough memory for this."))
    tried = OverrideView(2000, 1000)
    assert leave_failure(AppDirs(tmp_path / "tried"), request, error, 5.0, SYSTEM_CLOCK, tried)
    (record,) = records(tmp_path / "tried")
    assert (record.outcome, record.proofs, record.error_code) == ("failed", 0, "resources")
    assert (record.run_anyway, record.predicted_bytes, record.room_bytes) == (True, 2000, 1000)
    assert record.peak_rss_bytes > 0
    assert leave_failure(AppDirs(tmp_path / "plain"), request, error, 5.0, SYSTEM_CLOCK)
    assert records(tmp_path / "plain") == ()


def test_what_was_tried_all_the_same_and_made_is_judged_by_what_it_held(tmp_path, proved):
    request = ProvingRequest("x", proved[0].zkey)
    assert leave_proof(
        AppDirs(tmp_path / "tried"), request, replace(proved[1], overridden=OverrideView(2000, 1000)), SYSTEM_CLOCK
    )
    (record,) = records(tmp_path / "tried")
    assert (record.outcome, record.run_anyway, record.predicted_bytes) == ("verified", True, 2000)
