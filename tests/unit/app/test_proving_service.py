import io
import json
import os
import sys
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.support.backends import kernel_store
from tests.support.circuit_folder import make_folder, reference_app
from tests.support.circuits import random_circuit
from zkcompanion.app import proving_service
from zkcompanion.app.application import Application
from zkcompanion.app.profiling import NO_PROFILE
from zkcompanion.app.proving_service import UNEVEN_INTEGERS, ProvingRequest
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import PhaseStarted, ProofStarted, RecordingTrace
from zkcompanion.base.clock import SystemClock
from zkcompanion.base.errors import (
    BugError,
    Cancelled,
    ExitCode,
    FileError,
    InputError,
    InsecureKeyError,
    InvalidProofError,
    NoRoomError,
    ResourceError,
    UnsatisfiedWitnessError,
)
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs, resource_path
from zkcompanion.proving import buffers
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.proofjson import proof_from_json, public_from_json, verification_key_from_json
from zkcompanion.proving.formats.zkey import read_zkey, write_zkey
from zkcompanion.proving.groth16 import checkpoints
from zkcompanion.proving.groth16.verify import verify_proof
from zkcompanion.proving.groth16.workmask import WorkMask
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.points import g1_to_limbs
from zkcompanion.proving.reference.pairing import ReferencePairing
from zkcompanion.storage import prepared

PHASES = [
    "witness", "check", "constraints", "transforms", "sum-a", "sum-b1", "sum-b2", "sum-c", "sum-h", "assemble", "verify"
]  # fmt: skip


@pytest.fixture
def app(tmp_path):
    with reference_app(tmp_path / "home") as app:
        yield app


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def request(folder, out, **changes):
    usual = {
        "name": "small",
        "zkey": folder.zkey,
        "witness": folder.witness,
        "r1cs": folder.r1cs,
        "proof_file": out / "proof.json",
        "public_file": out / "public.json",
        "verification_key_file": out / "verification_key.json",
    }
    return ProvingRequest(**{**usual, **changes})


def holds(out):
    key = verification_key_from_json((out / "verification_key.json").read_bytes(), file="vk")
    public = public_from_json((out / "public.json").read_bytes(), file="public")
    proof = proof_from_json((out / "proof.json").read_bytes(), file="proof")
    verify_proof(key, public, proof, pairing=ReferencePairing(), allow_insecure_key=True)
    return True


def test_a_proof_is_made_verified_and_written(app, folder, out):
    view = app.proving.prove(request(folder, out), RecordingTrace())
    assert holds(out)
    assert view.verified
    assert view.files == {
        "proof": str(out / "proof.json"),
        "public": str(out / "public.json"),
        "verification_key": str(out / "verification_key.json"),
    }
    assert (out / "proof.json").read_bytes() == view.proof_json
    assert view.public_signals == folder.circuit.public
    assert (view.circuit, view.constraints, view.wires) == ("small", 9, folder.circuit.n_vars)
    assert (view.kernels, view.threads, view.key.state) == ("reference", 1, "ok")
    assert view.witness_checked
    assert view.warnings == ()
    assert view.setup_seconds == 0
    assert not view.constant_work


def test_the_times_of_a_proof_are_those_of_its_phases(app, folder, out):
    view = app.proving.prove(request(folder, out), RecordingTrace())
    (proof,) = view.proofs
    assert list(proof.phases) == PHASES
    assert 0.5 * proof.seconds < sum(proof.phases.values()) <= proof.seconds
    assert view.load_seconds > 0
    assert proof.peak_rss_bytes > 1 << 20


def test_each_of_several_proofs_is_fresh_and_the_last_is_written(app, folder, out):
    heard = []
    view = app.proving.prove(request(folder, out, repeat=3), RecordingTrace(listener=heard.append))
    assert [proof.verified for proof in view.proofs] == [True] * 3
    assert all(list(proof.phases) == PHASES for proof in view.proofs)
    assert [event for event in heard if isinstance(event, ProofStarted)] == [ProofStarted(n, 3) for n in (1, 2, 3)]
    assert holds(out)
    first = view.proof_json
    assert app.proving.prove(request(folder, out), RecordingTrace()).proof_json != first


def test_constant_work_makes_sound_proofs_in_the_same_phases_and_says_so(tmp_path, folder, out):
    settings = Settings(threads=1, kernels="reference", constant_work=True)
    with Application(settings, dirs=AppDirs(tmp_path / "home")) as app:
        view = app.proving.prove(request(folder, out, repeat=2), RecordingTrace())
    assert holds(out)
    assert view.constant_work
    assert [list(proof.phases) for proof in view.proofs] == [PHASES] * 2
    # the integers of Python are no constant work
    assert view.warnings == (UNEVEN_INTEGERS,)


@pytest.mark.kernels
def test_constant_work_of_kernels_needs_no_warning_and_its_mask_is_wiped(tmp_path, folder, out, monkeypatch):
    masks = []
    draw = WorkMask.draw

    def watched(*arguments, **keywords):
        masks.append(draw(*arguments, **keywords))
        return masks[-1]

    monkeypatch.setattr(WorkMask, "draw", watched)
    home = AppDirs(tmp_path / "home")
    with Application(Settings(threads=1, kernels="scalar", constant_work=True), dirs=home) as app:
        app.code_store = kernel_store()
        view = app.proving.prove(request(folder, out), RecordingTrace())
    assert holds(out)
    assert view.constant_work
    assert view.warnings == ()
    (mask,) = masks
    assert not mask._witness.any()


def test_what_is_not_asked_for_is_not_written(app, folder, out):
    changes = {"proof_file": None, "public_file": None, "verification_key_file": None}
    view = app.proving.prove(request(folder, out, **changes), RecordingTrace())
    assert view.files == {}
    assert not out.exists()


def test_without_constraints_the_key_says_how_many_there_are(app, folder, out):
    view = app.proving.prove(request(folder, out, r1cs=None), RecordingTrace())
    assert (view.constraints, view.witness_checked) == (9, False)
    assert "check" not in view.proofs[0].phases


def test_a_witness_that_breaks_a_constraint_is_named_and_nothing_is_written(app, folder, out):
    values = list(folder.circuit.witness)
    values[-1] = (values[-1] + 1) % FR.modulus
    folder.write_witness(values)
    with pytest.raises(UnsatisfiedWitnessError, match="Constraint"):
        app.proving.prove(request(folder, out), RecordingTrace())
    assert not out.exists()


def test_without_constraints_such_a_witness_is_found_by_the_verification(app, folder, out):
    values = list(folder.circuit.witness)
    values[-1] = (values[-1] + 1) % FR.modulus
    folder.write_witness(values)
    with pytest.raises(UnsatisfiedWitnessError, match="does not verify") as caught:
        app.proving.prove(request(folder, out, r1cs=None), RecordingTrace())
    assert "--r1cs" in str(caught.value.hint)
    assert not out.exists()


def test_a_key_with_a_wrong_point_is_found_by_the_verification(app, folder, out):
    with read_zkey(folder.zkey) as zkey:
        zkey.points_h = zkey.points_h[::-1].copy()
        zkey.points_a = zkey.points_a[::-1].copy()
        write_zkey(folder.path / "wrong.zkey", zkey)
    with pytest.raises(InvalidProofError, match="key and circuit do not fit") as caught:
        app.proving.prove(request(folder, out, zkey=folder.path / "wrong.zkey"), RecordingTrace())
    assert caught.value.exit_code == ExitCode.INVALID
    assert not out.exists()


def test_under_a_key_that_anyone_can_forge_for_proving_works_and_warns(app, tmp_path, out):
    folder = make_folder(tmp_path / "insecure", delta=1)
    view = app.proving.prove(request(folder, out), RecordingTrace())
    assert (view.verified, view.key.state) == (True, "insecure")
    assert "insecure" in str(view.warnings[0])


def test_a_key_off_the_curve_cannot_be_used(app, folder, out):
    with read_zkey(folder.zkey) as zkey:
        zkey.ic = g1_to_limbs([(1, 1)] * 3)
        write_zkey(folder.path / "off.zkey", zkey)
    with pytest.raises(InsecureKeyError, match="not a point of the curve"):
        app.proving.prove(request(folder, out, zkey=folder.path / "off.zkey"), RecordingTrace())


@pytest.mark.parametrize(
    ("other", "what"),
    [(random_circuit(9, 4, n_public=2), "wires"), (random_circuit(7, 9, n_public=3), "public signals|wires")],
)
def test_a_key_and_constraints_of_another_circuit_do_not_belong_together(app, folder, tmp_path, out, other, what):
    stranger = make_folder(tmp_path / "other", circuit=other)
    with pytest.raises(FileError, match=what) as caught:
        app.proving.prove(request(folder, out, r1cs=stranger.r1cs), RecordingTrace())
    assert caught.value.file == str(folder.zkey)


def test_a_key_with_other_public_signals_does_not_belong_to_the_constraints(app, folder, tmp_path, out):
    circuit = folder.circuit
    other = type(circuit)(circuit.constraints, 1, circuit.witness)
    stranger = make_folder(tmp_path / "other", circuit=other)
    with pytest.raises(FileError, match="public signals"):
        app.proving.prove(request(folder, out, r1cs=stranger.r1cs), RecordingTrace())


def test_a_witness_of_another_circuit_does_not_belong_to_the_key(app, folder, out):
    folder.write_witness([1, 2, 3])
    with pytest.raises(FileError, match="do not belong together"):
        app.proving.prove(request(folder, out, r1cs=None), RecordingTrace())


def test_a_witness_from_standard_input_is_read_once_for_all_proofs(app, folder, out, monkeypatch):
    from pathlib import Path

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(folder.witness.read_bytes())))
    view = app.proving.prove(request(folder, out, witness=Path("-"), repeat=2), RecordingTrace())
    assert len(view.proofs) == 2
    assert holds(out)


def test_a_place_that_cannot_be_written_is_found_before_the_work(app, folder, tmp_path):
    (tmp_path / "file").write_text("")
    heard = []
    with pytest.raises(FileError, match="is not a folder"):
        app.proving.prove(request(folder, tmp_path / "file"), RecordingTrace(listener=heard.append))
    assert heard == []


@pytest.mark.parametrize("phase", [Phase.LOAD, Phase.WITNESS, Phase.CHECK, Phase.SUM_B2, Phase.ASSEMBLE, Phase.VERIFY])
def test_cancelled_in_any_phase_nothing_is_written(app, folder, out, phase):
    def listen(event):
        if getattr(event, "phase", None) is phase:
            trace.cancel.set()

    trace = RecordingTrace(listener=listen)
    with pytest.raises(Cancelled):
        app.proving.prove(request(folder, out), trace)
    assert not out.exists()


def test_neither_key_nor_constraints_is_a_fault_of_the_caller(app, folder, out):
    with pytest.raises(BugError):
        app.proving.prove(request(folder, out, zkey=None, r1cs=None), RecordingTrace())


def test_neither_witness_nor_inputs_is_a_fault_of_the_caller(app, folder, out):
    with pytest.raises(BugError):
        app.proving.prove(request(folder, out, witness=None), RecordingTrace())


def test_a_key_without_coefficients_does_not_tell_the_number_of_constraints(app, tmp_path, out):
    folder = make_folder(tmp_path / "empty", circuit=random_circuit(1, 0, n_public=0, n_inputs=0))
    with read_zkey(folder.zkey) as zkey:
        zkey.coefficients = zkey.coefficients[:0].copy()
        write_zkey(folder.path / "bare.zkey", zkey)
    view = app.proving.prove(request(folder, out, zkey=folder.path / "bare.zkey", r1cs=None), RecordingTrace())
    assert view.constraints is None


@pytest.fixture
def keyless(app, folder, out):
    """A request without a key, for a circuit whose development key was made."""
    asked = request(folder, out, zkey=None)
    assert app.proving.prove(asked, RecordingTrace()).setup_seconds > 0
    return asked


def local_key(tmp_path):
    (path,) = (tmp_path / "home" / "data" / "keys").iterdir()
    return path


def test_a_circuit_without_a_key_gets_a_development_key_once(app, keyless, out, tmp_path):
    made = local_key(tmp_path).read_bytes()
    view = app.proving.prove(keyless, RecordingTrace())
    assert (view.key.state, view.setup_seconds, view.verified) == ("development", 0, True)
    assert local_key(tmp_path).read_bytes() == made
    assert local_key(tmp_path).stat().st_mode & 0o777 == 0o600
    assert holds(out)


def test_a_development_key_that_was_cut_short_is_made_again(app, keyless, tmp_path):
    path = local_key(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    view = app.proving.prove(keyless, RecordingTrace())
    assert view.setup_seconds > 0
    assert view.verified


def test_a_development_key_with_a_wrong_point_is_removed_and_the_next_run_works(app, keyless, tmp_path):
    path = local_key(tmp_path)
    with read_zkey(path) as zkey:
        zkey.points_a = zkey.points_a[::-1].copy()
        write_zkey(path, zkey)
    with pytest.raises(InvalidProofError, match="It was removed") as caught:
        app.proving.prove(keyless, RecordingTrace())
    assert "again" in str(caught.value.hint)
    assert app.proving.prove(keyless, RecordingTrace()).verified


def test_cancelled_while_a_key_is_made_no_key_is_left(app, folder, out, tmp_path):
    def listen(event):
        if getattr(event, "phase", None) is Phase.SETUP:
            trace.cancel.set()

    trace = RecordingTrace(listener=listen)
    with pytest.raises(Cancelled):
        app.proving.prove(request(folder, out, zkey=None), trace)
    assert list((tmp_path / "home" / "data" / "keys").iterdir()) == []


EXAMPLE = resource_path("circuits", "funds-above-threshold")


@pytest.fixture
def from_inputs(out):
    files = {"r1cs": EXAMPLE / "circuit.r1cs", "sym": EXAMPLE / "circuit.sym", "wasm": EXAMPLE / "circuit.wasm"}

    def make(inputs, **changes):
        return ProvingRequest("funds", None, inputs=inputs, proof_file=out / "proof.json", **files, **changes)

    return make


@pytest.fixture
def compiled_app():
    """The home that all tests share, where kernels lie compiled."""
    with Application(Settings(threads=1)) as app:
        yield app


@pytest.mark.kernels
def test_a_proof_from_inputs_calculates_the_witness_each_time(compiled_app, from_inputs):
    view = compiled_app.proving.prove(from_inputs(EXAMPLE / "input.json", repeat=2), RecordingTrace())
    assert [list(proof.phases) for proof in view.proofs] == [PHASES] * 2
    assert view.witness_checked


@pytest.mark.kernels
def test_inputs_that_do_not_fit_the_field_are_warned_of(compiled_app, from_inputs, tmp_path):
    inputs = json.loads((EXAMPLE / "input.json").read_text())
    inputs["salt"] = str(int(inputs["salt"]) + FR.modulus)
    (tmp_path / "input.json").write_text(json.dumps(inputs))
    view = compiled_app.proving.prove(from_inputs(tmp_path / "input.json"), RecordingTrace())
    assert "salt" in str(view.warnings[0])


@pytest.mark.kernels
def test_inputs_that_the_circuit_refuses_end_the_run(compiled_app, from_inputs, tmp_path, out):
    inputs = tmp_path / "input.json"
    inputs.write_text('{"balance": 1, "salt": 2, "commitment": 3, "threshold": 4}')
    with pytest.raises(UnsatisfiedWitnessError, match="template"):
        compiled_app.proving.prove(from_inputs(inputs), RecordingTrace())
    inputs.write_text('{"balance": 1}')
    with pytest.raises(InputError):
        compiled_app.proving.prove(from_inputs(inputs), RecordingTrace())
    assert not out.exists()


@pytest.mark.kernels
def test_a_profile_counts_the_work_of_each_phase(tmp_path, folder, out):
    with Application(Settings(threads=1, kernels="scalar"), dirs=AppDirs(tmp_path / "home")) as app:
        app.code_store = kernel_store()
        view = app.proving.prove(request(folder, out, profile=True, repeat=2), RecordingTrace())
        plain = app.proving.prove(request(folder, out), RecordingTrace())
    for proof in view.proofs:
        profile = proof.profile
        assert list(profile.phases) == list(proof.phases) == PHASES
        assert {name: part.seconds for name, part in profile.phases.items()} == proof.phases
        counted = {name: part.field_multiplications for name, part in profile.phases.items()}
        assert [name for name, count in counted.items() if count is None] == ["witness", "check", "assemble", "verify"]
        assert counted["constraints"] == len(folder.circuit.key(7).coefficients)
        assert profile.field_multiplications == sum(filter(None, counted.values()))
        assert 0 < profile.limit_percent < 100
        assert 0.5 * proof.seconds < sum(proof.phases.values()) <= proof.seconds
        held = [part.memory for part in profile.phases.values()]
        assert all(4 << 20 < part.end_bytes <= part.peak_bytes <= proof.peak_rss_bytes for part in held)
    assert 1e-10 < view.multiplication_seconds < 1e-6
    assert (plain.proofs[0].profile, plain.multiplication_seconds) == (None, None)


@pytest.mark.kernels
@pytest.mark.parametrize("short", [False, True])
def test_memory_is_kept_for_the_next_proof_but_not_where_it_is_short(tmp_path, folder, out, monkeypatch, short):
    monkeypatch.setattr(proving_service, "memory_is_short", lambda: short)
    monkeypatch.setattr(buffers, "SMALLEST_BYTES", 64)
    with Application(Settings(threads=1, kernels="scalar"), dirs=AppDirs(tmp_path / "home")) as app:
        app.code_store = kernel_store()
        view = app.proving.prove(request(folder, out, repeat=4), RecordingTrace())
        use = app.backends.buffers.use()
        assert view.verified
        assert use.lent_bytes == 0
        assert (use.idle_bytes > 0) is not short
        assert view.accounts.buffers.requests == use.requests > 0
    assert app.backends.buffers.use().idle_bytes == 0


@pytest.mark.kernels
def test_a_run_with_a_budget_keeps_no_more_than_that_leaves(tmp_path, folder, out, monkeypatch):
    monkeypatch.setattr(buffers, "SMALLEST_BYTES", 64)
    limits = []
    monkeypatch.setattr(buffers.Buffers, "limited", lambda _self, size: limits.append(size) or nullcontext())
    settings = Settings(threads=1, kernels="scalar", memory_bytes=1 << 40)
    with Application(settings, dirs=AppDirs(tmp_path / "home")) as app:
        app.code_store = kernel_store()
        view = app.proving.prove(request(folder, out), RecordingTrace())
    assert limits == [view.memory.budget_bytes - view.memory.predicted_bytes]


def test_python_integers_prove_without_a_profile_and_say_so(app, folder, out):
    view = app.proving.prove(request(folder, out, profile=True), RecordingTrace())
    assert (view.proofs[0].profile, view.multiplication_seconds) == (None, None)
    assert view.warnings == (NO_PROFILE,)


@pytest.fixture
def scratch():
    if not hasattr(os, "memfd_create"):
        pytest.skip("no memory without a name on this system")
    descriptor = os.memfd_create("")
    yield descriptor
    os.close(descriptor)


def lost_in(phase, prove):
    """Have the worker end as it begins with a phase."""

    def hear(event):
        if event == PhaseStarted(phase, getattr(event, "steps", 0)):
            raise Cancelled

    with pytest.raises(Cancelled):
        prove(RecordingTrace(listener=hear))


def test_a_run_goes_on_in_another_process_and_the_proof_is_written(app, folder, out, scratch):
    wanted = request(folder, out, repeat=2)
    lost_in(Phase.SUM_H, lambda trace: app.proving.prove(wanted, trace, scratch=scratch))
    view = app.proving.prove(wanted, RecordingTrace(), scratch=scratch)
    assert [proof.resumed for proof in view.proofs] == [tuple(PHASES[: PHASES.index("sum-h")]), ()]
    assert list(view.proofs[0].phases) == PHASES[PHASES.index("sum-h") :]
    assert holds(out)
    again = app.proving.prove(wanted, RecordingTrace(), scratch=scratch)
    assert again.proofs[0] == view.proofs[0]
    assert again.proofs[1].resumed == tuple(PHASES[:-1]), "lost while the answer was on its way"
    assert again.proof_json == view.proof_json


def test_what_a_crashing_worker_left_may_be_wrong_and_the_proof_is_made_anew(app, folder, out, scratch, monkeypatch):
    wanted = request(folder, out)
    with monkeypatch.context() as patch:
        kept = checkpoints._payload
        patch.setattr(
            checkpoints, "_payload", lambda phase, value: kept(phase, (1, 2) if phase is Phase.SUM_A else value)
        )
        lost_in(Phase.SUM_C, lambda trace: app.proving.prove(wanted, trace, scratch=scratch))
    view = app.proving.prove(wanted, RecordingTrace(), scratch=scratch)
    assert view.verified
    assert view.proofs[0].resumed == ()
    assert view.proofs[0].phases.keys() >= set(PHASES)
    assert holds(out)


@pytest.mark.kernels
def test_warnings_about_inputs_are_not_lost_with_the_worker(compiled_app, from_inputs, tmp_path, scratch):
    inputs = json.loads((EXAMPLE / "input.json").read_text())
    inputs["salt"] = str(int(inputs["salt"]) + FR.modulus)
    (tmp_path / "input.json").write_text(json.dumps(inputs))
    wanted = from_inputs(tmp_path / "input.json")
    lost_in(Phase.SUM_A, lambda trace: compiled_app.proving.prove(wanted, trace, scratch=scratch))
    view = compiled_app.proving.prove(wanted, RecordingTrace(), scratch=scratch)
    assert "witness" in view.proofs[0].resumed
    assert "salt" in str(view.warnings[0])


@pytest.fixture
def budgeted(tmp_path, monkeypatch):
    """Services with a budget, and a `fit_into` that answers what a test says: plan, or none."""
    import zkcompanion.app.proving_service as module
    from zkcompanion.app import setup_service
    from zkcompanion.app.budgeting import Fit
    from zkcompanion.app.views import BudgetView
    from zkcompanion.proving.groth16.slices import StreamPlan

    asked, made = [], []

    def use(*, streamed=True, checked=True, fails=None, **changes):
        def fit_into(budget, zkey, files, *, threads, kernels, base_bytes, refuse):
            assert base_bytes > 4 << 20
            asked.append((budget, zkey, files, threads, kernels))
            if fails is not None:
                raise fails
            mode = "streamed" if streamed else "whole"
            return Fit(BudgetView(budget, 7, mode), StreamPlan(3, 2) if streamed else None, checked, ())

        monkeypatch.setattr(module, "fit_into", fit_into)
        monkeypatch.setattr(setup_service, "keep_to_budget", lambda budget, _r1cs, _backend: made.append(budget))
        settings = Settings(threads=1, kernels="reference", **{"memory_bytes": 1000, **changes})
        return Application(settings, dirs=AppDirs(tmp_path / "home")), asked, made

    return use


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("own_key", [False, True])
def test_a_budget_is_kept_to_and_told(budgeted, folder, out, streamed, own_key):
    service, asked, made = budgeted(streamed=streamed)
    with service as app:
        for _ in range(2):  # a key of this computer is made, then found
            key = None if own_key else folder.zkey
            view = app.proving.prove(request(folder, out, zkey=key), RecordingTrace())
            assert view.verified
            assert view.memory.mode == ("streamed" if streamed else "whole")
            assert view.witness_checked
            # of a thousand bytes, which this process held before, so that nothing is known of this run
            assert not any("more than its budget" in str(warning) for warning in view.warnings)
    # in slices, it is seen again what there is room for when earlier runs' files are gone
    times = 4 if streamed else 2
    assert [(budget, threads, kernels) for budget, _, _, threads, kernels in asked] == [(1000, 1, "reference")] * times
    assert asked[0][2].r1cs == folder.r1cs
    assert made == ([1000] if own_key else [])


def test_what_earlier_runs_left_idle_counts_for_nothing_in_a_budget(budgeted, folder, out, monkeypatch):
    import zkcompanion.app.proving_service as module

    service, _, _ = budgeted(streamed=False)
    fit_into, idle = module.fit_into, []

    def fit(*arguments, **options):
        idle.append(app.backends.buffers.use().idle_bytes)
        return fit_into(*arguments, **options)

    monkeypatch.setattr(module, "fit_into", fit)
    with service as app:
        for _ in range(2):
            del [app.backends.buffers.empty(1 << 21)][0]
            view = app.proving.prove(request(folder, out), RecordingTrace())
            room = view.memory.budget_bytes - view.memory.predicted_bytes
            assert app.backends.buffers.use().idle_bytes <= room
    assert idle[0] == 0, "what this process held before its first run was looked at without them"


def test_a_request_has_its_own_budget_and_may_go_unchecked(budgeted, folder, out):
    service, asked, _ = budgeted(checked=False, memory_bytes=None)
    with service as app:
        view = app.proving.prove(request(folder, out, memory_bytes=4000), RecordingTrace())
        assert not view.witness_checked
        assert app.proving.prove(request(folder, out), RecordingTrace()).memory is None
    assert [budget for budget, *_ in asked] == [4000] * 2


def test_an_unchecked_witness_that_is_wrong_costs_no_key_of_this_computer(budgeted, folder, out, tmp_path):
    service, _, _ = budgeted(checked=False)
    wanted = request(folder, out, zkey=None)
    with service as app:
        app.proving.prove(wanted, RecordingTrace())
        made = local_key(tmp_path).read_bytes()
        folder.write_witness([1] * folder.circuit.n_vars)
        with pytest.raises(UnsatisfiedWitnessError):
            app.proving.prove(wanted, RecordingTrace())
    assert local_key(tmp_path).read_bytes() == made


def test_what_is_read_anew_keeps_to_the_budget_too(budgeted, folder, out, monkeypatch):
    """Constraints come from the cache, so all is read anew before a witness is called wrong, and the key in slices."""
    service, _, _ = budgeted()
    service.clock = LaterClock()
    read = []
    monkeypatch.setattr(
        "zkcompanion.app.proving_service.read_zkey", lambda path, **how: read.append(how) or read_zkey(path, **how)
    )
    with service as app:
        monkeypatch.setattr(app.files, "key", lambda *_, **__: pytest.fail("the key is read as a whole"))
        app.proving.prove(request(folder, out), RecordingTrace())
        assert kinds_kept(app) == ["prepared-system"]
        folder.write_witness([1] * folder.circuit.n_vars)
        app.files.close()
        with pytest.raises(UnsatisfiedWitnessError):
            app.proving.prove(request(folder, out), RecordingTrace())
    assert read == [{"sparing": True}] * 3


def test_constant_work_has_no_budget(budgeted, folder, out):
    service, asked, _ = budgeted(constant_work=True)
    with service as app:
        assert app.proving.prove(request(folder, out), RecordingTrace()).memory is None
    assert asked == []


@pytest.mark.parametrize("own_key", [False, True])
def test_what_cannot_fit_is_refused_before_anything_is_written(budgeted, folder, out, own_key):
    service, _, _ = budgeted(fails=ResourceError(msg("Too small.")))
    with service as app, pytest.raises(ResourceError):
        app.proving.prove(request(folder, out, zkey=None if own_key else folder.zkey), RecordingTrace())
    assert not (out / "proof.json").exists()


def test_a_key_that_does_not_fit_is_not_made(tmp_path, folder, out):
    settings = Settings(threads=1, kernels="reference", memory_bytes=1000)
    app = Application(settings, dirs=AppDirs(tmp_path / "home"))
    with app, pytest.raises(ResourceError, match="Making a key"):
        app.proving.prove(request(folder, out, zkey=None), RecordingTrace())
    assert not list((tmp_path / "home" / "data" / "keys").iterdir())


class LaterClock(SystemClock):
    """An hour ahead, so that files just written are settled."""

    def unix_s(self):
        return super().unix_s() + 3600


def later_app(tmp_path):
    settings = Settings(threads=1, kernels="reference")
    return Application(settings, dirs=AppDirs(tmp_path / "home"), clock=LaterClock())


def kinds_kept(app):
    return sorted(entry.name for entry in app.code_store.entries())


def test_what_a_proof_needed_is_ready_for_the_next_process(tmp_path, folder, out):
    with later_app(tmp_path) as app:
        app.proving.prove(request(folder, out), RecordingTrace())
        assert kinds_kept(app) == ["prepared-key", "prepared-system"]
    with later_app(tmp_path) as app:
        assert app.proving.prove(request(folder, out), RecordingTrace()).verified
        usage = app.code_store.usage()
        assert (usage["prepared-key"].hits, usage["prepared-system"].hits) == (1, 1)
    assert holds(out)


def test_what_is_in_memory_is_used_again_and_closed_at_the_end(tmp_path, folder, out):
    with later_app(tmp_path) as app:
        for _ in range(3):
            app.proving.prove(request(folder, out), RecordingTrace())
        memory = app.files._memory
        assert (memory.hits, memory.misses) == (4, 2)
        app.files.close()
        assert len(memory) == 0


def test_a_wrong_witness_leaves_nothing_in_the_cache(tmp_path, folder, out):
    folder.write_witness([1] * folder.circuit.n_vars)
    with later_app(tmp_path) as app:
        with pytest.raises(UnsatisfiedWitnessError):
            app.proving.prove(request(folder, out, r1cs=None), RecordingTrace())
        assert kinds_kept(app) == []


@pytest.mark.parametrize("r1cs", [False, True])
@pytest.mark.parametrize("constant_work", [False, True])
def test_a_wrong_entry_costs_time_and_nothing_else(tmp_path, folder, out, monkeypatch, r1cs, constant_work):
    """As if a file had changed and nothing of it had shown: entries of one circuit are found for another."""
    other = make_folder(tmp_path / "other", circuit=random_circuit(11, 9, n_public=2))
    monkeypatch.setattr(prepared, "_entry_key", lambda _content: b"the same for all")
    wanted = {} if r1cs else {"r1cs": None}
    settings = Settings(threads=1, kernels="reference", constant_work=constant_work)
    for one in (other, folder):
        with Application(settings, dirs=AppDirs(tmp_path / "home"), clock=LaterClock()) as app:
            assert app.proving.prove(request(one, out, **wanted), RecordingTrace()).verified
            assert holds(out)
            names = ["prepared-key", "prepared-system"] if r1cs else ["prepared-key"]
            assert kinds_kept(app) == names


@pytest.mark.parametrize("r1cs", [False, True])
def test_what_is_wrong_in_memory_costs_time_and_nothing_else(tmp_path, folder, out, monkeypatch, r1cs):
    """A program that has the file mapped changes it, and the system tells no time of that: the next run of this very
    process takes what it prepared of other content.
    """
    other = make_folder(tmp_path / "other", circuit=random_circuit(11, 9, n_public=2))
    monkeypatch.setattr(prepared, "_entry_key", lambda _content: b"the same for all")
    with later_app(tmp_path) as app:
        monkeypatch.setattr(app.code_store, "get_mapped", lambda _name, _key: None)
        for one in (other, folder):
            assert app.proving.prove(request(one, out, **({} if r1cs else {"r1cs": None})), RecordingTrace()).verified
            assert holds(out)


def test_all_is_read_anew_once_where_phases_are_noted_too(tmp_path, folder, out, scratch, monkeypatch):
    with later_app(tmp_path) as app:
        app.proving.prove(request(folder, out), RecordingTrace())
    folder.write_witness([1] * folder.circuit.n_vars)
    begun = []
    with later_app(tmp_path) as app, pytest.raises(UnsatisfiedWitnessError):
        app.proving.prove(request(folder, out), RecordingTrace(listener=begun.append), scratch=scratch)
    assert [event.phase for event in begun if isinstance(event, PhaseStarted)].count(Phase.CHECK) == 2


def test_a_wrong_witness_is_named_wrong_also_after_all_was_read_anew(tmp_path, folder, out):
    with later_app(tmp_path) as app:
        app.proving.prove(request(folder, out), RecordingTrace())
    folder.write_witness([1] * folder.circuit.n_vars)
    with later_app(tmp_path) as app, pytest.raises(UnsatisfiedWitnessError, match="onstraint"):
        app.proving.prove(request(folder, out), RecordingTrace())


def test_constraints_of_another_circuit_in_the_cache_are_read_anew(tmp_path, folder, out, monkeypatch):
    other = make_folder(tmp_path / "other", circuit=random_circuit(11, 20, n_public=3))
    monkeypatch.setattr(prepared, "_entry_key", lambda _content: b"the same for all")
    with later_app(tmp_path) as app:
        app.proving._files._circuits.system(other.r1cs).keep()
        assert app.proving.prove(request(folder, out), RecordingTrace()).verified


@pytest.fixture
def roomy(tmp_path, monkeypatch):
    """Services without a budget, on a computer that has so much memory to give; what was looked at is told."""
    from zkcompanion.app import shortages

    monkeypatch.setattr(shortages, "resident_bytes", lambda: 0)

    def use(room, **changes):
        settings = Settings(threads=1, kernels="reference", **changes)
        app = Application(settings, dirs=AppDirs(tmp_path / "home"))
        monkeypatch.setattr(app.proving, "_room", lambda: room)
        return app

    return use


def test_where_there_is_room_nothing_is_said_of_memory(roomy, folder, out):
    with roomy(64 << 30) as app:
        view = app.proving.prove(request(folder, out), RecordingTrace())
        assert (view.verified, view.memory, view.overridden) == (True, None, None)


@pytest.mark.parametrize("own_key", [False, True])
def test_what_cannot_fit_is_refused_with_the_figures_before_anything_is_written(roomy, folder, out, own_key):
    with roomy(1 << 20) as app:
        with pytest.raises(NoRoomError, match=r"1\.00 MiB can be had now"):
            app.proving.prove(request(folder, out, zkey=None if own_key else folder.zkey), RecordingTrace())
        assert app.proving.overridden is None
    assert not (out / "proof.json").exists()


@pytest.mark.parametrize("of_the_request", [False, True])
@pytest.mark.parametrize("own_key", [False, True])
def test_what_a_person_insists_on_is_tried_and_told(roomy, folder, out, own_key, of_the_request):
    with roomy(1 << 20, run_anyway=not of_the_request) as app:
        wanted = replace(request(folder, out, zkey=None if own_key else folder.zkey), run_anyway=of_the_request)
        view = app.proving.prove(wanted, RecordingTrace())
        assert view.verified
        assert view.overridden.room_bytes == 1 << 20 < view.overridden.needed_bytes
        assert "tried all the same" in str(view.warnings[-1])
        # the next one is judged by itself
        app.proving._room = lambda: 64 << 30
        assert app.proving.prove(wanted, RecordingTrace()).overridden is None


def test_a_key_that_has_no_room_on_the_disk_is_not_made(roomy, folder, out, monkeypatch):
    from zkcompanion.app import room

    monkeypatch.setattr(room.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1000))
    with roomy(64 << 30) as app:
        with pytest.raises(NoRoomError, match="of the disk, and 1000 bytes are free"):
            app.proving.prove(request(folder, out, zkey=None), RecordingTrace())
        assert not list((app.dirs.data / "keys").iterdir())
        assert app.proving.prove(request(folder, out), RecordingTrace()).verified, "a key that is there takes none"
        wanted = replace(request(folder, out, zkey=None), run_anyway=True)
        assert app.proving.prove(wanted, RecordingTrace()).overridden.room_bytes == 1000


def test_constant_work_is_not_made_in_slices_and_not_refused(roomy, folder, out):
    with roomy(1 << 20, constant_work=True) as app:
        assert app.proving.prove(request(folder, out), RecordingTrace()).verified


def test_a_key_is_made_within_what_the_queue_has_room_for_or_not_at_all(roomy, folder, out):
    with roomy(64 << 30) as app:
        wanted = request(folder, out, zkey=None)
        with pytest.raises(NoRoomError, match="Making a key"):
            app.proving.prove(replace(wanted, memory_bytes=1000), RecordingTrace())
        assert app.proving.prove(replace(wanted, memory_bytes=64 << 30), RecordingTrace()).verified
