"""Constant work: the same proofs, from scalars that tell nothing of the witness; masks are secret and wiped."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import large_key, random_circuit, shapes
from tests.support.kernels import ifma_missing
from zkcompanion.base.errors import Cancelled, UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.groth16 import workmask
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.phases import Phase, Trace

pytestmark = pytest.mark.kernels
R = FR.modulus
SHAPES = shapes()
BLINDING = (0x7654321 << 220, R - 12345)
KINDS = ["scalar", "reference", pytest.param("ifma", marks=ifma_missing)]


@pytest.fixture(scope="module")
def key():
    """Of a circuit of 2^10 constraints."""
    return ProvingKey.prepare(large_key(random_circuit(12, (1 << 10) - 3, n_public=2), backend().curve))


@pytest.fixture(scope="module")
def mask(key):
    return key.work_mask(backend())


@pytest.fixture(scope="module")
def small():
    circuit = random_circuit(3, 6, n_public=2)
    return circuit, ProvingKey.prepare(circuit.key())


def witnesses(n):
    """Whole witnesses of one kind of value; none of them satisfies the circuit, which the prover does not look at."""
    rng = random.Random(14)
    kinds = {
        "zeros": lambda: 0,
        "ones": lambda: 1,
        "minus ones": lambda: R - 1,
        "bits": lambda: rng.getrandbits(1),
        "bytes": lambda: rng.getrandbits(8),
        "all bits set": lambda: (1 << 253) - 1,
        "full size": lambda: rng.randrange(R),
    }
    return {name: to_limbs([1, *(value() for _ in range(n - 1))]) for name, value in kinds.items()}


class Watch(Trace):
    """Notes phases; raises in phase `stop`."""

    def __init__(self, stop: Phase | None = None) -> None:
        self.stop = stop
        self.open: list[Phase] = []
        self.begun: list[Phase] = []

    def begin(self, phase: Phase, steps: int = 0) -> None:
        self.open.append(phase)
        if self.begun[-1:] != [phase]:
            self.begun.append(phase)

    def end(self, phase: Phase) -> None:
        assert self.open.pop() is phase

    def check(self) -> None:
        if self.stop in self.open:
            raise Cancelled


@pytest.mark.parametrize("name", list(SHAPES))
def test_every_shape_gives_the_same_proof_as_without_the_mask(name) -> None:
    circuit = SHAPES[name]
    key = ProvingKey.prepare(circuit.key())
    with key.work_mask(backend()) as mask:
        masked = prove(key, circuit.limbs, backend(), blinding=BLINDING, mask=mask)
    assert masked == prove(key, circuit.limbs, backend(), blinding=BLINDING)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_arithmetic_gives_the_same_proof_again_and_again(small, kind) -> None:
    circuit, key = small
    expected = prove(key, circuit.limbs, backend(), blinding=BLINDING)
    with key.work_mask(backend(kind)) as mask:
        for _ in range(3):
            assert prove(key, circuit.limbs, backend(kind), blinding=BLINDING, mask=mask) == expected


def scalars_and_additions(key, witness, monkeypatch, mask):
    """What the sums of one proof are made from: the scalars and the additions of both schedules."""
    msm = backend().msm
    schedule = type(msm).schedule
    scalars, additions = [], []

    def watched(self, values, **keywords):
        made = schedule(self, values, **keywords)
        scalars.append(values.copy())
        additions.append(made.additions)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(type(msm), "schedule", watched)
        prove(key, witness, backend(), mask=mask)
    return scalars, additions


def spread(numbers):
    return (max(numbers) - min(numbers)) / max(numbers)


def test_all_kinds_of_witness_take_the_same_number_of_additions(key, mask, monkeypatch) -> None:
    kinds = witnesses(key.zkey.n_vars)
    masked = {name: scalars_and_additions(key, w, monkeypatch, mask)[1] for name, w in kinds.items()}
    plain = {name: scalars_and_additions(key, w, monkeypatch, None)[1] for name, w in kinds.items()}
    for sum_of in (0, 1):  # of the witness, of the quotient
        assert spread([additions[sum_of] for additions in masked.values()]) < 0.02
    # so much can be seen without the mask
    assert spread([additions[0] for additions in plain.values()]) > 0.9
    assert plain["zeros"][0] < plain["bytes"][0] < 0.3 * plain["full size"][0]


@pytest.mark.parametrize("name", ["zeros", "minus ones", "full size"])
def test_scalars_are_of_full_size_and_new_for_each_proof(key, mask, monkeypatch, name) -> None:
    witness = witnesses(key.zkey.n_vars)[name]
    runs = [scalars_and_additions(key, witness, monkeypatch, mask)[0] for _ in range(2)]
    for first, second in zip(*runs, strict=True):
        assert not (first == second).all(axis=1).any()
        for values in (first, second):
            numbers = from_limbs(values)
            assert max(numbers) < R
            assert len(set(numbers)) == len(numbers)
            # of uniform values one in 2^32 is as small as this
            assert min(numbers) > R >> 32
            assert 0.44 < sum(numbers) / len(numbers) / R < 0.56


def test_proofs_of_one_mask_are_not_tied_by_a_known_difference(key, mask, monkeypatch) -> None:
    """With the mask alone, scalars of two proofs would differ as their witnesses do."""
    kinds = witnesses(key.zkey.n_vars)
    one, other = (scalars_and_additions(key, kinds[name], monkeypatch, mask)[0][0] for name in ("zeros", "ones"))
    differences = {(b - a) % R for a, b in zip(from_limbs(one), from_limbs(other), strict=True)}
    assert len(differences) == key.zkey.n_vars


def test_a_drawn_number_that_is_too_large_is_drawn_again(monkeypatch) -> None:
    draws = iter([[R, R - 1, (1 << 254) - 1], [(1 << 256) - 1, 5 + (3 << 254)], [7]])
    monkeypatch.setattr(workmask.secrets, "token_bytes", lambda _: to_limbs(next(draws)).tobytes())
    out = np.zeros((3, 4), dtype=np.uint64)
    workmask._fill_uniform(out, Trace())
    assert from_limbs(out) == [7, R - 1, 5]


def test_numbers_are_drawn_in_steps(monkeypatch) -> None:
    monkeypatch.setattr(workmask, "_CHUNK", 3)
    out = np.zeros((8, 4), dtype=np.uint64)
    workmask._fill_uniform(out, Trace())
    numbers = from_limbs(out)
    assert len(set(numbers)) == 8
    assert max(numbers) < R


def test_a_mask_shows_nothing_and_is_wiped_when_it_is_closed(small) -> None:
    circuit, key = small
    with key.work_mask(backend()) as mask:
        held = mask._witness, mask._h
        assert all(array.any(axis=1).all() for array in held)
        assert repr(mask) == "WorkMask(...)"
    assert not any(array.any() for array in held)
    mask.close()
    with pytest.raises(ValueError, match="closed"):
        prove(key, circuit.limbs, backend(), mask=mask)


def test_the_mask_of_another_key_is_refused(small) -> None:
    circuit, key = small
    with key.work_mask(backend()) as mask, pytest.raises(ValueError, match="another key"):
        prove(ProvingKey.prepare(circuit.key()), circuit.limbs, backend(), mask=mask)


@pytest.mark.parametrize(
    ("wire", "value", "message"), [(3, R, "wire 3 is not below"), (0, 2, "Wire 0 should carry")], ids=["value", "one"]
)
def test_a_witness_that_cannot_be_is_refused_as_without_the_mask(small, wire, value, message) -> None:
    circuit, key = small
    values = list(circuit.witness)
    values[wire] = value
    with key.work_mask(backend()) as mask, pytest.raises(UnsatisfiedWitnessError, match=message):
        prove(key, to_limbs(values), backend(), mask=mask)


def test_a_mask_is_made_while_loading_and_a_proof_with_it_has_the_phases_of_any_proof(small) -> None:
    circuit, key = small
    loading, with_mask, without = Watch(), Watch(), Watch()
    mask = key.work_mask(backend(), trace=loading)
    assert loading.begun == [Phase.LOAD]
    prove(key, circuit.limbs, backend(), trace=with_mask, mask=mask)
    prove(key, circuit.limbs, backend(), trace=without)
    assert with_mask.begun == without.begun
    assert with_mask.open == loading.open == []


def test_making_a_mask_can_be_cancelled_and_leaves_nothing(small, monkeypatch) -> None:
    _, key = small
    made = []
    fill = workmask._fill_uniform

    def watched(out, trace):
        fill(out, Trace())
        made.append(out)

    monkeypatch.setattr(workmask, "_fill_uniform", watched)
    with pytest.raises(Cancelled):
        key.work_mask(backend(), trace=Watch(stop=Phase.LOAD))
    assert len(made) == 2
    assert not any(array.any() for array in made)


def test_a_proof_with_a_mask_can_be_cancelled(small) -> None:
    circuit, key = small
    with key.work_mask(backend()) as mask:
        for phase in (Phase.SUM_A, Phase.SUM_H):
            with pytest.raises(Cancelled):
                prove(key, circuit.limbs, backend(), trace=Watch(stop=phase), mask=mask)
