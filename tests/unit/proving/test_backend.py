"""Back ends: which kind is chosen and why, what is loaded when, and the same results from every kind."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.support.backends import backend, kernel_store
from tests.support.circuits import random_circuit
from tests.support.kernels import ifma_missing
from tests.support.points import g1_point, g2_point
from zkcompanion.base.errors import Cancelled, ExitCode, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.proving import backend as module
from zkcompanion.proving.backend import (
    KINDS,
    PROVING,
    VERIFYING,
    KernelBackend,
    ReferenceBackend,
    load_backend,
)
from zkcompanion.proving.fields import FP, FR, to_limbs, to_mont_limbs
from zkcompanion.proving.kernels.jit import KernelSet, KernelsUnavailable, cpu_has_ifma
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.points import g1_to_limbs, g2_to_limbs
from zkcompanion.proving.reference.pairing import gt_to_nested, pairing
from zkcompanion.proving.rows import KeyRows

R = FR.modulus
#: Every kind that runs on this computer; all must give the same results, bit for bit.
KINDS_HERE = ("ifma", "scalar", "reference") if cpu_has_ifma() else ("scalar", "reference")
kernels = pytest.mark.kernels


def team_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("team-")]


def fresh(kind: str = "scalar", **keywords):
    return load_backend(kind, **{"threads": 2, "store": kernel_store(), **keywords})


class Compilations(Trace):
    def __init__(self) -> None:
        self.steps = 0

    def begin(self, phase: Phase, steps: int = 0) -> None:
        assert phase is Phase.COMPILE
        self.steps += steps


@kernels
@pytest.mark.parametrize(
    ("asked", "has_ifma", "kind"),
    [
        ("auto", False, "scalar"),
        ("scalar", True, "scalar"),
        pytest.param("auto", True, "ifma", marks=ifma_missing),
        pytest.param("ifma", True, "ifma", marks=ifma_missing),
    ],
)
def test_the_best_kind_that_the_processor_runs_is_chosen(asked, has_ifma, kind, monkeypatch) -> None:
    monkeypatch.setattr(module, "cpu_has_ifma", lambda: has_ifma)
    with fresh(asked, threads=3) as found:
        assert isinstance(found, KernelBackend)
        assert (found.kind, found.threads, found.notice) == (kind, 3, None)


def test_the_reference_needs_no_kernels_and_has_one_thread() -> None:
    with load_backend("reference", threads=8) as found:
        assert isinstance(found, ReferenceBackend)
        assert (found.kind, found.threads, found.notice) == ("reference", 1, None)
        found.load((*PROVING, *VERIFYING))


def test_vector_kernels_are_refused_by_name_where_the_processor_lacks_them(monkeypatch) -> None:
    monkeypatch.setattr(module, "cpu_has_ifma", lambda: False)
    with pytest.raises(UsageError, match="AVX-512 IFMA") as caught:
        load_backend("ifma", threads=1)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.hint is not None


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(UsageError, match="no kernels called fast") as caught:
        load_backend("fast", threads=1)
    assert all(kind in str(caught.value) for kind in KINDS)


def test_where_no_kernel_runs_auto_falls_back_and_says_why_and_scalar_refuses(monkeypatch) -> None:
    def refuse(*_, **__) -> None:
        raise KernelsUnavailable(msg("This computer lets no {what} run.", what="kernel"))

    monkeypatch.setattr(KernelSet, "load", refuse)
    before = team_threads()
    found = load_backend("auto", threads=2)
    assert found.kind == "reference"
    assert str(found.notice) == "This computer lets no kernel run. Slow arithmetic is used instead."
    with pytest.raises(KernelsUnavailable, match="lets no kernel run"):
        load_backend("scalar", threads=2)
    assert team_threads() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux to forbid run-time code")
def test_a_system_that_forbids_run_time_code_still_proves() -> None:
    program = """
import ctypes, sys
from tests.support.circuits import random_circuit
from tests.support.kernels import ifma_missing
from tests.support import mcl
from zkcompanion.proving.backend import load_backend
from zkcompanion.proving.groth16.prove import ProvingKey, prove
circuit = random_circuit(5, 6)
key = ProvingKey.prepare(circuit.key())
mcl.load()
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
    sys.exit(77)
with load_backend("auto", threads=2) as backend:
    print(backend.notice)
    proof, public = prove(key, circuit.limbs, backend)
    print(mcl.groth16_verifies(key.verification_key(), public, proof))
"""
    root = Path(module.__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False, timeout=120
    )
    if result.returncode == 77:
        pytest.skip("this kernel has no such setting")
    first, second = result.stdout.splitlines()
    assert first.startswith("This computer does not let us run code that was compiled on it")
    assert second == "True"


@kernels
def test_any_other_error_while_loading_ends_the_threads(monkeypatch) -> None:
    closed = []
    close = KernelBackend.close
    monkeypatch.setattr(KernelBackend, "close", lambda self: (closed.append(self), close(self)))

    class Stop(Trace):
        def check(self) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_backend("auto", threads=2, trace=Stop())
    assert len(closed) == 1


@kernels
def test_only_the_groups_of_the_drivers_that_are_used_are_loaded() -> None:
    with fresh() as found:

        def groups() -> set[str]:
            return set(found._kernels._loaded)

        assert groups() == {"rows"}
        found.load(VERIFYING)
        assert groups() == {"rows", "pairing", "curve"}, "a verifier needs no multi-scalar multiplication"
        assert found.pairing.g2_in_subgroup(None)
        found.ntt.forward(to_limbs([1, 2]))
        assert groups() == {"rows", "pairing", "curve", "ntt"}
        found.load(PROVING)
        assert groups() == {"rows", "pairing", "curve", "ntt", "sums", "msm"}
        assert found.ntt is found.ntt
        assert found.msm is found.msm


@kernels
def test_what_must_be_compiled_is_announced_once() -> None:
    trace = Compilations()
    with load_backend("scalar", threads=1, trace=trace) as found:
        assert trace.steps == 1
        found.load(["ntt", "rows"], trace=trace)
        found.load(["ntt"], trace=trace)
        assert trace.steps == 2
        assert found.compiled == ("rows", "ntt")
    backend().load(["ntt"])  # fills the store
    trace = Compilations()
    with fresh(trace=trace) as found:
        found.load(["ntt"], trace=trace)
        assert found.compiled == ()
    assert trace.steps == 0


@kernels
def test_two_threads_may_ask_for_a_driver_at_once() -> None:
    with fresh() as found:
        seen: list[object] = []
        with found._lock:
            threads = [threading.Thread(target=lambda: seen.append(found.ntt)) for _ in range(3)]
            for thread in threads:
                thread.start()
            threads[0].join(0.2)
            assert seen == [], "a driver was made while another thread makes one"
        for thread in threads:
            thread.join()
        assert [driver is found.ntt for driver in seen] == [True] * 3


@kernels
def test_closing_ends_the_threads_and_is_idempotent() -> None:
    before = set(team_threads())
    found = fresh(threads=3)
    n = 1 << 14
    found.ntt.quotient(np.zeros((n, 4), dtype=np.uint64), np.zeros((n, 4), dtype=np.uint64))
    started = set(team_threads()) - before
    assert len(started) == 2
    found.close()
    found.close()
    assert not any(thread.is_alive() for thread in started)


@kernels
def test_every_kind_gives_the_same_results_bit_for_bit() -> None:
    circuit = random_circuit(21, 9, n_public=2)
    zkey = circuit.key()
    witness = circuit.limbs
    results = []
    for kind in KINDS_HERE:
        b = backend(kind)
        rows = KeyRows.of(zkey.coefficients, n_vars=zkey.n_vars, domain_size=zkey.domain_size)
        left, right = b.rows.evaluate_key(rows, witness)
        system = circuit.r1cs()
        plain = [b.rows.evaluate(matrix, witness) for matrix in (system.a, system.b, system.c)]
        arrays = [left.copy(), right.copy(), *plain, b.rows.multiply(plain[0], plain[1])]
        arrays += [b.ntt.forward(left), b.ntt.inverse(left), b.ntt.quotient(left, right)]
        arrays += [b.fields.scale(field, witness, 12345) for field in (FR, FP)]
        schedule = b.msm.schedule(witness)
        of_c = schedule.slice_from(zkey.n_public + 1)
        points = [b.msm.g1(zkey.points_a, schedule), b.msm.g2(zkey.points_b2, schedule), b.msm.g1(zkey.points_c, of_c)]
        value = b.pairing.pairing(zkey.vk_alpha_1, zkey.vk_beta_2)
        results.append(([array.tobytes() for array in arrays], points, value))
    assert results[0] == results[1]
    assert results[0][2] == tuple(
        tuple(map(tuple, half)) for half in gt_to_nested(pairing(zkey.vk_alpha_1, zkey.vk_beta_2))
    )


@kernels
def test_curves_on_arrays_are_the_same_in_every_kind() -> None:
    rng = random.Random(4)
    exponents = [1, 2, R - 1, 0, rng.randrange(R), 1]
    scalars = to_limbs([3, R - 1, 0, 7, rng.randrange(R), 1])
    g1 = [None if k == 0 else g1_point(k) for k in exponents]
    g2 = [None if k == 0 else g2_point(k) for k in exponents]
    entries = np.array([0, 1 | 1 << 31, 2, 0 | 1 << 31, 3, 4, 4], dtype=np.uint32)
    row_ptr = np.array([0, 2, 2, 4, 7], dtype=np.int64)
    rows = np.array([0, 3, 3, 4, 6], dtype=np.int64)
    seen = []
    for kind in KINDS_HERE:
        curve = backend(kind).curve
        x, y = g1_to_limbs(g1), g2_to_limbs(g2)
        bad_x, bad_y = x.copy(), y.copy()
        bad_x[4, 0] ^= 1
        bad_y[2, 0] ^= 1
        arrays = [
            curve.scale_points_g1(x, scalars),
            curve.scale_points_g2(y, scalars),
            curve.fixed_base_g1(g1[4], scalars),
            curve.fixed_base_g2(g2[4], scalars),
            curve.sum_segments_g1(x, entries, row_ptr),
            curve.sum_segments_g2(y, entries, row_ptr),
            curve.multiply_rows_g1(x, scalars, rows),
            curve.multiply_rows_g2(y, scalars, rows),
        ]
        few = [5, R - 1, 1, 2, 0, R - 4]
        seen.append(
            (
                [array.tobytes() for array in arrays],
                curve.multiply_sum_g1(g1, few),
                curve.multiply_sum_g2(g2, few),
                [curve.find_off_curve_g1(a) for a in (x, bad_x, x[:0])],
                [curve.find_off_curve_g2(a) for a in (y, bad_y)],
                curve.find_outside_subgroup(y),
            )
        )
    assert seen[0] == seen[1]
    assert seen[0][3:] == ([-1, 4, -1], [-1, 2], -1)


def test_arrays_in_montgomery_form_are_linear_in_every_kind() -> None:
    x = [5, R - 1, 0, 9]
    reference = ReferenceBackend()
    assert np.array_equal(reference.ntt.inverse(reference.ntt.forward(to_mont_limbs(x, FR))), to_mont_limbs(x, FR))
