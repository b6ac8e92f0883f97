"""The prover: equal to the reference for the same blinding, for every shape; fresh blinding; phases; cancelling."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.support import mcl
from tests.support.backends import backend
from tests.support.circuits import Circuit, large_key, random_circuit, shapes
from zkcompanion.base.errors import Cancelled, ExitCode, InvalidProofError, UnsatisfiedWitnessError
from zkcompanion.proving.backend import PROVING
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.formats.proofjson import verification_key_from_json
from zkcompanion.proving.formats.wtns import read_wtns
from zkcompanion.proving.formats.zkey import read_zkey, write_zkey
from zkcompanion.proving.groth16 import prove as module
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.sums import sum_all
from zkcompanion.proving.groth16.verify import verify_proof
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.reference.groth16 import prove_reference

pytestmark = pytest.mark.kernels
R = FR.modulus
SHAPES = shapes()
BLINDING = (0x1234567 << 220, R - 98765)
ORDER = [
    Phase.CONSTRAINTS,
    Phase.TRANSFORMS,
    Phase.SUM_A,
    Phase.SUM_B1,
    Phase.SUM_B2,
    Phase.SUM_C,
    Phase.SUM_H,
    Phase.ASSEMBLE,
]


class Watch(Trace):
    """Notes phases and steps; from the check number `after` inside phase `stop` on, raises `Cancelled`."""

    def __init__(self, stop: Phase | None = None, after: int = 0) -> None:
        self.stop, self.left = stop, after
        self.open: list[Phase] = []
        self.begun: list[Phase] = []
        self.announced: dict[Phase, int] = {}
        self.done: dict[Phase, int] = {}
        self.stopped_at = 0.0
        self._lock = threading.Lock()

    def begin(self, phase: Phase, steps: int = 0) -> None:
        if not self.begun or self.begun[-1] is not phase:
            self.begun.append(phase)
        self.open.append(phase)
        self.announced[phase] = self.announced.get(phase, 0) + steps

    def advance(self, phase: Phase, steps: int = 1) -> None:
        with self._lock:
            self.done[phase] = self.done.get(phase, 0) + steps

    def end(self, phase: Phase) -> None:
        assert self.open.pop() is phase

    def check(self) -> None:
        with self._lock:
            if self.stop in self.open:
                self.left -= 1
                if self.left < 0:
                    self.stopped_at = self.stopped_at or time.monotonic()
                    raise Cancelled


@pytest.fixture(scope="module")
def big():
    """A circuit of 2^12 constraints and its prepared key."""
    circuit = random_circuit(12, (1 << 12) - 3, n_public=2)
    return circuit, ProvingKey.prepare(large_key(circuit, backend().curve))


@pytest.fixture(scope="module")
def small():
    circuit = random_circuit(3, 6, n_public=2)
    return circuit, ProvingKey.prepare(circuit.key())


def checked(circuit: Circuit, key: ProvingKey, proof) -> bool:
    return mcl.groth16_verifies(key.verification_key(), circuit.public, proof)


@pytest.mark.parametrize("name", list(SHAPES))
def test_every_shape_gives_the_proof_of_the_reference(name) -> None:
    circuit = SHAPES[name]
    assert circuit.holds()
    zkey = circuit.key()
    expected = prove_reference(zkey, circuit.witness, *BLINDING)
    key = ProvingKey.prepare(zkey)
    proof, public = prove(key, circuit.limbs, backend(), blinding=BLINDING)
    assert proof == expected
    assert public == circuit.public
    assert checked(circuit, key, proof)


@pytest.mark.parametrize("name", ["no constraints", "equal points", "minus one", "8 constraints and signals"])
@pytest.mark.parametrize("kind", ["scalar", "reference"])
def test_every_kind_of_arithmetic_proves_with_fresh_blinding(name, kind) -> None:
    circuit = SHAPES[name]
    key = ProvingKey.prepare(circuit.key())
    proof, public = prove(key, circuit.limbs, backend(kind))
    assert public == circuit.public
    assert checked(circuit, key, proof)


@pytest.mark.parametrize("kind", ["scalar", "reference"])
@pytest.mark.parametrize("blinding", [(0, 0), (0, 1), (1, 0), (1, R - 1), (R - 1, R - 1), BLINDING])
def test_any_blinding_gives_the_proof_of_the_reference(small, kind, blinding) -> None:
    circuit, key = small
    proof, _ = prove(key, circuit.limbs, backend(kind), blinding=blinding)
    assert proof == prove_reference(key.zkey, circuit.witness, *blinding)
    assert checked(circuit, key, proof)


def test_the_number_of_threads_changes_nothing(big) -> None:
    circuit, key = big
    proofs = {prove(key, circuit.limbs, backend(threads=n), blinding=BLINDING)[0] for n in (1, 2, 3, 4)}
    assert len(proofs) == 1
    assert checked(circuit, key, proofs.pop())


def test_a_large_key_from_kernels_is_the_key_of_python_integers() -> None:
    circuit = random_circuit(8, 20, n_public=3)
    expected, key = circuit.key(seed=9), large_key(circuit, backend().curve, seed=9)
    for name in ("points_a", "points_b1", "points_b2", "points_c", "points_h", "ic", "coefficients"):
        assert np.array_equal(getattr(key, name), getattr(expected, name)), name


def test_our_own_verifier_accepts(big) -> None:
    circuit, key = big
    proof, public = prove(key, circuit.limbs, backend())
    verify_proof(key.verification_key(), public, proof, pairing=backend().pairing)


def test_two_proofs_of_one_witness_differ_in_every_point(small) -> None:
    circuit, key = small
    for kind in ("scalar", "reference"):
        first, second = (prove(key, circuit.limbs, backend(kind))[0] for _ in range(2))
        for name in ("pi_a", "pi_b", "pi_c"):
            assert getattr(first, name) != getattr(second, name)


def test_blinding_is_drawn_from_the_operating_system_over_the_whole_range(small, monkeypatch) -> None:
    drawn = []

    def randbelow(bound: int) -> int:
        drawn.append(bound)
        return BLINDING[len(drawn) - 1]

    monkeypatch.setattr(module.secrets, "randbelow", randbelow)
    circuit, key = small
    assert prove(key, circuit.limbs, backend())[0] == prove_reference(key.zkey, circuit.witness, *BLINDING)
    assert drawn == [R, R]


def test_neither_blinding_nor_witness_nor_bare_sums_are_shown(small, caplog) -> None:
    circuit, key = small
    with caplog.at_level(logging.DEBUG):
        prove(key, circuit.limbs, backend(), blinding=BLINDING)
    schedule = backend().msm.schedule(circuit.limbs)
    h = to_limbs(range(key.zkey.domain_size))
    sums = sum_all(key.zkey, key.order, circuit.limbs, h, backend(), Trace())
    shown = caplog.text + repr(sums) + repr(backend("reference").msm.schedule(circuit.limbs)) + repr(schedule)
    secret = [v for v in (*circuit.witness[3:], *BLINDING, *sums.a) if v > 1 << 32]
    assert not [v for v in secret if str(v) in shown or f"{v:x}" in shown]


def test_a_broken_witness_gives_a_proof_that_does_not_verify(small) -> None:
    circuit, key = small
    for wire in range(1, circuit.n_vars):
        witness = circuit.witness.copy()
        witness[wire] = (witness[wire] + 1) % R
        broken = replace(circuit, witness=witness)
        if broken.holds():  # a wire that nothing constrains
            continue
        proof, public = prove(key, broken.limbs, backend())
        with pytest.raises(InvalidProofError):
            verify_proof(key.verification_key(), public, proof, pairing=backend().pairing)


@pytest.mark.parametrize("change", [-1, 1])
def test_a_witness_of_another_length_is_named_without_a_value(small, change) -> None:
    circuit, key = small
    witness = to_limbs([*circuit.witness, 77777][: circuit.n_vars + change])
    with pytest.raises(UnsatisfiedWitnessError, match="do not belong together") as caught:
        prove(key, witness, backend())
    assert f"{circuit.n_vars + change} values" in str(caught.value)
    assert f"{circuit.n_vars} wires" in str(caught.value)
    assert caught.value.exit_code is ExitCode.INVALID


@pytest.mark.parametrize("value", [R, R + 1, (1 << 256) - 1])
def test_a_value_out_of_range_is_named_by_its_wire(small, value) -> None:
    circuit, key = small
    witness = circuit.limbs
    witness[5] = to_limbs([value])[0]
    with pytest.raises(UnsatisfiedWitnessError, match="wire 5 is not below") as caught:
        prove(key, witness, backend())
    assert str(value) not in str(caught.value)


def test_wire_0_must_be_one(small) -> None:
    circuit, key = small
    for value in (0, 2, 1 << 64, (1 << 64) + 1, R - 1):
        with pytest.raises(UnsatisfiedWitnessError, match="Wire 0"):
            prove(key, to_limbs([value, *circuit.witness[1:]]), backend())


def test_the_witness_is_not_changed_and_may_lie_anyhow(small) -> None:
    circuit, key = small
    expected = prove_reference(key.zkey, circuit.witness, *BLINDING)
    fixed = circuit.limbs
    fixed.flags.writeable = False
    spread = np.zeros((circuit.n_vars, 8), dtype=np.uint64)
    spread[:, ::2] = fixed
    for witness in (fixed, spread[:, ::2], fixed.astype(">u8")):
        assert prove(key, witness, backend(), blinding=BLINDING)[0] == expected
        assert from_limbs(witness) == circuit.witness


def test_a_mapped_key_is_used_where_it_lies(small, tmp_path) -> None:
    circuit, key = small
    write_zkey(tmp_path / "a.zkey", key.zkey)
    with read_zkey(tmp_path / "a.zkey") as zkey:
        mapped = ProvingKey.prepare(zkey)
        assert np.shares_memory(mapped.rows.records, zkey.coefficients)
        proof, _ = prove(mapped, circuit.limbs, backend(), blinding=BLINDING)
        del mapped
    assert proof == prove_reference(key.zkey, circuit.witness, *BLINDING)


def test_phases_come_in_order_and_every_announced_step_is_taken(big) -> None:
    circuit, key = big
    trace = Watch()
    backend().load(PROVING)
    prove(key, circuit.limbs, backend(), trace=trace)
    assert trace.begun == ORDER
    assert trace.open == []
    assert trace.done == {phase: steps for phase, steps in trace.announced.items() if steps}
    assert set(trace.done) == set(ORDER) - {Phase.ASSEMBLE}


@pytest.mark.parametrize("after", [0, 1, 5])
@pytest.mark.parametrize("phase", ORDER[:-1])
def test_every_phase_can_be_cancelled_in_time(big, phase, after) -> None:
    circuit, key = big
    trace = Watch(stop=phase, after=after)
    with pytest.raises(Cancelled):
        prove(key, circuit.limbs, backend(), trace=trace)
    assert time.monotonic() - trace.stopped_at < 0.5
    assert trace.begun == ORDER[: ORDER.index(phase) + 1]


def test_a_proof_cancelled_before_it_is_assembled_is_cancelled(small) -> None:
    circuit, key = small

    class Last(Watch):
        def end(self, phase: Phase) -> None:
            super().end(phase)
            if phase is Phase.SUM_H and not self.open:
                self.stop = None
                self.open.append(None)

    with pytest.raises(Cancelled):
        prove(key, circuit.limbs, backend(), trace=Last())


@pytest.mark.parametrize("phase", [None, Phase.SUM_A, Phase.SUM_H])
def test_the_scalars_of_h_are_wiped_whatever_happens(small, monkeypatch, phase) -> None:
    circuit, key = small
    seen = []
    ntt = backend().ntt

    def quotient(*arguments, **keywords):
        seen.append(original(*arguments, **keywords))
        assert seen[-1].any()
        return seen[-1]

    original = ntt.quotient
    monkeypatch.setattr(ntt, "quotient", quotient)
    try:
        prove(key, circuit.limbs, backend(), trace=Watch(stop=phase))
    except Cancelled:
        assert phase is not None
    assert len(seen) == 1
    assert not seen[0].any()


def test_several_proofs_at_once_on_one_back_end_are_all_right(small, big) -> None:
    failures = []

    def run(circuit: Circuit, key: ProvingKey, rounds: int) -> None:
        expected = prove(key, circuit.limbs, backend(), blinding=BLINDING)
        for _ in range(rounds):
            if prove(key, circuit.limbs, backend(), blinding=BLINDING) != expected:
                failures.append(circuit)

    expected = prove_reference(small[1].zkey, small[0].witness, *BLINDING)
    threads = [
        threading.Thread(target=run, args=(*pair, rounds)) for pair, rounds in ((small, 8), (big, 2), (small, 8))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert prove(small[1], small[0].limbs, backend(), blinding=BLINDING)[0] == expected


def test_py_ecc_accepts_a_proof(small) -> None:
    from py_ecc.optimized_bn128 import FQ, FQ2, FQ12, Z1, add, multiply, neg, normalize, pairing

    circuit, key = small
    proof, public = prove(key, circuit.limbs, backend())
    vk = key.verification_key()

    def g1(point):
        return Z1 if point is None else (FQ(point[0]), FQ(point[1]), FQ(1))

    def g2(point):
        return (FQ2(list(point[0])), FQ2(list(point[1])), FQ2([1, 0]))

    total = g1(vk.ic[0])
    for base, x in zip(vk.ic[1:], public, strict=True):
        total = add(total, multiply(g1(base), x))
    pairs = [
        (neg(g1(proof.pi_a)), proof.pi_b),
        (g1(vk.vk_alpha_1), vk.vk_beta_2),
        (total, vk.vk_gamma_2),
        (g1(proof.pi_c), vk.vk_delta_2),
    ]
    assert len(normalize(total)) == 2
    product = FQ12.one()
    for p, q in pairs:
        product *= pairing(g2(q), p)
    assert product == FQ12.one()


@pytest.mark.nightly
def test_a_proof_on_a_domain_of_2_to_16() -> None:
    circuit = random_circuit(16, (1 << 16) - 3, n_public=2)
    key = ProvingKey.prepare(large_key(circuit, backend().curve))
    proof, _ = prove(key, circuit.limbs, backend())
    assert checked(circuit, key, proof)


@pytest.mark.external
def test_a_key_and_a_witness_of_rapidsnark_prove_and_verify(external_vectors) -> None:
    folder = external_vectors / "rapidsnark"
    vk = verification_key_from_json((folder / "verification_key.json").read_bytes(), file="verification_key.json")
    witness = read_wtns(folder / "witness.wtns")
    with read_zkey(folder / "circuit_final.zkey") as zkey:
        key = ProvingKey.prepare(zkey)
        assert key.verification_key() == vk
        proof, public = prove(key, witness, backend(), blinding=BLINDING)
        assert proof == prove_reference(zkey, from_limbs(witness), *BLINDING)
        fresh, _ = prove(key, witness, backend())
        del key
    for each in (proof, fresh):
        verify_proof(vk, public, each, pairing=backend().pairing)
        assert mcl.groth16_verifies(vk, public, each)
