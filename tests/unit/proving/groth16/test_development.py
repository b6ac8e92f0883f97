"""Development keys: sound keys for any circuit, labelled, from fresh randomness that is gone afterwards."""

from __future__ import annotations

import logging
import random
import secrets

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit, shapes
from tests.support.toygroth16 import toy_zkey
from zkcompanion.base.errors import Cancelled
from zkcompanion.benchmarks.generated import generate_circuit
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.zkey import CONTRIBUTED_LAYOUT, read_zkey, write_zkey
from zkcompanion.proving.groth16 import development as module
from zkcompanion.proving.groth16 import qap, toxic
from zkcompanion.proving.groth16.contributions import transcript
from zkcompanion.proving.groth16.development import new_development_key, write_development_key
from zkcompanion.proving.groth16.hash_to_g2 import hash_to_g2
from zkcompanion.proving.groth16.keytrust import DEVELOPMENT_CONTRIBUTION, KeyLevel, inspect_zkey
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.verify import verify_proof
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.points import G1_GENERATOR
from zkcompanion.proving.reference.curve import G1
from zkcompanion.proving.reference.pairing import pairing_product_is_one

R = FR.modulus
SHAPES = shapes()
KINDS = [pytest.param("scalar", marks=pytest.mark.kernels), "reference"]
ARRAYS = ("ic", "points_a", "points_b1", "points_b2", "points_c", "points_h", "coefficients")
DRAWN = {"tau": 3**150 % R, "alpha": 5**100 % R, "beta": R - 7, "delta": 11**70 % R}


@pytest.fixture
def drawn(monkeypatch):
    """Make the secrets known: the draws are those of DRAWN, then of a fixed generator."""

    def use(*first: int):
        queue = [*first, *DRAWN.values()]
        rest = random.Random(97)
        monkeypatch.setattr(secrets, "randbelow", lambda n: queue.pop(0) - 1 if queue else rest.randrange(n))

    return use


@pytest.mark.kernels
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_vs_the_equations_at_the_drawn_secrets(drawn, name):
    circuit = SHAPES[name]
    drawn()
    key = new_development_key(circuit.r1cs(), backend("scalar"))
    expected = toy_zkey(circuit.constraints, circuit.n_vars, circuit.n_public, **DRAWN)
    for array in ARRAYS:
        assert np.array_equal(getattr(key, array), getattr(expected, array)), array
    for point in ("vk_alpha_1", "vk_beta_1", "vk_beta_2", "vk_gamma_2", "vk_delta_1", "vk_delta_2"):
        assert getattr(key, point) == getattr(expected, point), point
    assert (key.n_vars, key.n_public, key.domain_size) == (circuit.n_vars, circuit.n_public, expected.domain_size)


@pytest.mark.parametrize("kind", KINDS)
def test_its_proofs_verify_and_it_says_what_it_is(tmp_path, kind, pairing):
    circuit = random_circuit(11, 14, n_public=2)
    path = tmp_path / "dev.zkey"
    write_development_key(path, circuit.r1cs(), backend(kind))
    with read_zkey(path) as key:
        proof, public = prove(ProvingKey.prepare(key), circuit.limbs, backend(kind))
        verify_proof(key.verification_key(), public, proof, pairing=pairing)
        trust = inspect_zkey(key, pairing)
        assert key.layout.order == CONTRIBUTED_LAYOUT.order
        (record,) = key.contributions
        assert record.note.shown_name == DEVELOPMENT_CONTRIBUTION == "zkcompanion development key"
        assert record.delta_after == key.vk_delta_1
        assert record.transcript == transcript(key.circuit_hash, (), record.g1_s, record.g1_sx)
    assert trust.level is KeyLevel.DEVELOPMENT
    assert [finding.id for finding in trust.findings] == ["development-key"]
    # its proof of knowledge of delta is sound
    challenge = hash_to_g2(record.transcript)
    for before, after in ((record.g1_s, record.g1_sx), (G1_GENERATOR, record.delta_after)):
        assert pairing_product_is_one([(before, record.g2_spx), (G1.negate(after), challenge)])


@pytest.mark.kernels
def test_two_keys_of_one_circuit_share_nothing_but_the_circuit():
    r1cs = random_circuit(12, 6).r1cs()
    one, other = (new_development_key(r1cs, backend("scalar")) for _ in range(2))
    assert np.array_equal(one.coefficients, other.coefficients)
    assert one.circuit_hash == other.circuit_hash
    assert one.vk_alpha_1 != other.vk_alpha_1
    assert one.vk_beta_2 != other.vk_beta_2
    assert one.vk_delta_1 != other.vk_delta_1
    assert not np.array_equal(one.points_a, other.points_a)
    different = new_development_key(random_circuit(13, 6).r1cs(), backend("scalar"))
    assert different.circuit_hash != one.circuit_hash


@pytest.mark.kernels
def test_a_tau_inside_the_domain_is_drawn_again(drawn):
    circuit = random_circuit(14, 6)
    drawn(1, FR.root_of_unity(1), FR.root_of_unity(4))  # all of order dividing 16
    key = new_development_key(circuit.r1cs(), backend("scalar"))
    expected = toy_zkey(circuit.constraints, circuit.n_vars, circuit.n_public, **DRAWN)
    assert key.domain_size == 8
    assert np.array_equal(key.points_h, expected.points_h)


class Stop(Trace):
    """Cancels at the `at`-th question."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.asked = 0
        self.steps: list[tuple[Phase, int]] = []
        self.advanced = 0

    def begin(self, phase, steps=0):
        self.steps.append((phase, steps))

    def advance(self, phase, steps=1):
        assert phase is Phase.SETUP
        self.advanced += steps

    def check(self):
        self.asked += 1
        if self.asked == self.at:
            raise Cancelled


@pytest.mark.kernels
def test_progress_counts_the_steps_it_promised():
    trace = Stop()
    new_development_key(random_circuit(15, 6).r1cs(), backend("scalar"), trace=trace)
    assert trace.steps == [(Phase.SETUP, trace.advanced)]


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_written_as_it_is_made_is_the_key_in_memory(tmp_path, drawn, monkeypatch, kind):
    """Whatever is made at once: of points, terms and coefficients."""
    r1cs = random_circuit(18, 14, n_public=3).r1cs()
    drawn()
    write_zkey(tmp_path / "whole.zkey", new_development_key(r1cs, backend(kind)))
    monkeypatch.setattr(module, "BLOCK", 4)
    monkeypatch.setattr(toxic, "BLOCK", 4)
    monkeypatch.setattr(toxic, "TERMS", 5)
    monkeypatch.setattr(qap, "PART_TERMS", 2)
    drawn()
    write_development_key(tmp_path / "parts.zkey", r1cs, backend(kind))
    assert (tmp_path / "parts.zkey").read_bytes() == (tmp_path / "whole.zkey").read_bytes()


@pytest.mark.kernels
def test_secrets_are_wiped_whatever_happens_and_nothing_is_left_behind(tmp_path, monkeypatch, caplog):
    arrays, held = [], []

    class Spy(toxic.ToxicArrays):
        def __init__(self):
            super().__init__()
            held.append(self)

        def keep(self, array):
            arrays.append(array)
            return super().keep(array)

    monkeypatch.setattr(module, "ToxicArrays", Spy)
    caplog.set_level(logging.DEBUG)
    r1cs = random_circuit(16, 6).r1cs()
    whole = Stop()
    new_development_key(r1cs, backend("scalar"), trace=whole)
    assert len(arrays) >= 9
    for at in range(2, whole.asked + 1, 2):
        with pytest.raises(Cancelled):
            write_development_key(tmp_path / "dev.zkey", r1cs, backend("scalar"), trace=Stop(at))
    assert len(held) > 3
    assert not any(spy._arrays for spy in held)
    assert not any(array.any() for array in arrays)
    assert list(tmp_path.iterdir()) == []
    assert caplog.text == ""


def test_secrets_are_not_shown():
    secret = module._Secrets(**DRAWN)
    assert not any(str(value) in repr(secret) for value in DRAWN.values())


@pytest.mark.kernels
@pytest.mark.slow
def test_a_circuit_of_thirty_thousand_constraints_takes_a_few_seconds_of_cpu():
    import time

    r1cs, _ = generate_circuit("bits", 15)
    kernels = backend("scalar")
    new_development_key(random_circuit(17, 3).r1cs(), kernels)  # kernels are loaded
    begin = time.process_time()
    new_development_key(r1cs, kernels)
    assert time.process_time() - begin < 3.0
