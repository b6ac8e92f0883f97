"""Wires by where their points are finite: the order, and proofs with keys full of infinity."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit
from tests.support.kernels import ifma_missing
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.groth16.sums import sum_all
from zkcompanion.proving.groth16.wires import IN_A, IN_B, IN_C, finite_points, order_wires
from zkcompanion.proving.phases import Trace

R = FR.modulus


def with_infinity(zkey, rng, *, share, alike):
    """The key with a share of its points at infinity; alike: B1 and B2 at the same wires, as in right keys."""
    arrays = {
        name: np.array(getattr(zkey, name)) for name in ("points_a", "points_b1", "points_b2", "points_c", "points_h")
    }
    for points in arrays.values():
        points[[rng.random() < share for _ in points]] = 0
    if alike:
        arrays["points_b2"][~arrays["points_b1"].any(axis=1)] = 0
        arrays["points_b1"][~arrays["points_b2"].any(axis=1)] = 0
    return replace(zkey, **arrays)


def test_points_are_finite_unless_all_their_words_are_zero():
    points = np.zeros((70_000, 8), dtype=np.uint64)
    points[3, 7] = points[4, 0] = points[5, 1] = points[69_999, 4] = 1
    assert np.flatnonzero(finite_points(points)).tolist() == [3, 4, 5, 69_999]
    assert len(finite_points(points[:0])) == 0


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("alike", [True, False])
def test_every_wire_is_in_the_one_class_that_fits(share, alike):
    zkey = with_infinity(random_circuit(4, 60, n_public=3).key(), random.Random(1), share=share, alike=alike)
    order = order_wires(zkey)
    assert sorted(order.indices.tolist()) == list(range(zkey.n_vars))
    assert len(order.cuts) == 6
    in_a, in_b, in_c = (set(order.indices[order.cuts[i] : order.cuts[j]].tolist()) for i, j in (IN_A, IN_B, IN_C))
    assert in_a == set(np.flatnonzero(zkey.points_a.any(axis=1)).tolist())
    either = zkey.points_b1.any(axis=1) | zkey.points_b2.any(axis=1)
    assert in_b == set(np.flatnonzero(either).tolist())
    finite_c = np.flatnonzero(zkey.points_c.any(axis=1)) + zkey.n_public + 1
    assert in_c == in_a | in_b | set(finite_c.tolist())


def test_the_order_can_be_stopped():
    class Stopped(Trace):
        def check(self) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        order_wires(random_circuit(4, 6).key(), trace=Stopped())


@pytest.mark.kernels
@pytest.mark.parametrize("kind", ["scalar", pytest.param("ifma", marks=ifma_missing)])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_sums_of_keys_full_of_infinity_are_those_of_the_reference(kind, share):
    rng = random.Random(2)
    for n, alike in ((1, True), (9, True), (40, False)):
        circuit = random_circuit(5 + n, n, n_public=min(n, 3))
        zkey = with_infinity(circuit.key(), rng, share=share, alike=alike)
        h = to_limbs([rng.randrange(R) for _ in range(zkey.domain_size)])
        order = order_wires(zkey)
        found, expected = (sum_all(zkey, order, circuit.limbs, h, backend(k), Trace()) for k in (kind, "reference"))
        assert found == expected
