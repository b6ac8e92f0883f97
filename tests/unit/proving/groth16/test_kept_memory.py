"""Proofs in memory that is kept: the same proofs, whatever was in it before, and nothing of them stays in it."""

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit
from tests.support.kernels import ifma_missing
from zkcompanion.proving import buffers as buffers_module
from zkcompanion.proving.buffers import Buffers
from zkcompanion.proving.groth16.prove import ProvingKey, prove

pytestmark = pytest.mark.kernels
BLINDING = (1234567, 7654321)
KINDS = ["scalar", pytest.param("ifma", marks=ifma_missing)]


@pytest.fixture(scope="module")
def circuits():
    made = [random_circuit(seed, n, n_public=2) for seed, n in ((3, 6), (4, 70), (5, 20))]
    return [(circuit, ProvingKey.prepare(circuit.key())) for circuit in made]


@pytest.fixture(params=KINDS)
def pooled(request, monkeypatch):
    """Small arrays come from kept memory too."""
    monkeypatch.setattr(buffers_module, "SMALLEST_BYTES", 64)
    made = backend(request.param).on_threads(2)
    made.buffers = Buffers()
    yield made
    made.close()


@pytest.mark.parametrize("masked", [False, True])
def test_proofs_of_several_circuits_share_memory_and_are_what_they_were(circuits, pooled, masked):
    plain = backend(pooled.kind)
    for _ in range(3):
        for circuit, key in circuits:
            mask = key.work_mask(pooled) if masked else None
            made = prove(key, circuit.limbs, pooled, mask=mask, blinding=BLINDING)
            assert made == prove(key, circuit.limbs, plain, blinding=BLINDING)
    use = pooled.buffers.use()
    assert use.lent_bytes == 0
    assert use.reuse > 0.8
    for block in pooled.buffers._idle:
        assert not np.frombuffer(block._map, dtype=np.uint8).any()


def test_what_a_caller_holds_is_never_given_to_another(circuits, pooled):
    (small, _), (large, key) = circuits[0], circuits[1]
    rows = key.rows
    a, b = pooled.rows.evaluate_key(rows, large.limbs)
    kept = a.copy(), b.copy()
    products = pooled.rows.multiply(a, b)
    before = products.copy()
    prove(key, large.limbs, pooled)
    prove(circuits[0][1], small.limbs, pooled)
    assert np.array_equal(a, kept[0])
    assert np.array_equal(b, kept[1])
    assert np.array_equal(products, before)


def test_a_proof_that_is_stopped_leaves_nothing(circuits, pooled):
    from zkcompanion.base.errors import Cancelled
    from zkcompanion.proving.phases import Phase, Trace

    circuit, key = circuits[1]

    class Stopping(Trace):
        def __init__(self, at):
            self.at = at

        def advance(self, phase, steps=1):
            if phase is self.at:
                raise Cancelled

    for at in (Phase.CONSTRAINTS, Phase.TRANSFORMS, Phase.SUM_A, Phase.SUM_H):
        with pytest.raises(Cancelled):
            prove(key, circuit.limbs, pooled, trace=Stopping(at))
    assert pooled.buffers.use().lent_bytes == 0
    for block in pooled.buffers._idle:
        assert not np.frombuffer(block._map, dtype=np.uint8).any()
