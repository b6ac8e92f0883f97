import numpy as np

from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.points import (
    G1_GENERATOR,
    G2_GENERATOR,
    g1_from_limbs,
    g1_to_limbs,
    g2_from_limbs,
    g2_to_limbs,
)
from zkcompanion.proving.reference.curve import G1, G2


def test_generators_lie_on_their_curves_and_have_order_r():
    assert G1.is_on_curve(G1_GENERATOR)
    assert G2.is_on_curve(G2_GENERATOR)
    assert G1.multiply(G1_GENERATOR, FR.modulus) is None
    assert G2.multiply(G2_GENERATOR, FR.modulus) is None


def test_g1_limbs_are_montgomery_and_round_trip():
    points = [G1_GENERATOR, None, G1.double(G1_GENERATOR)]
    limbs = g1_to_limbs(points)
    assert limbs.shape == (3, 8)
    assert limbs.dtype == np.uint64
    assert int.from_bytes(limbs[0, :4].tobytes(), "little") == FP.r
    assert not limbs[1].any()
    assert g1_from_limbs(limbs) == points


def test_g2_limbs_are_montgomery_and_round_trip():
    points = [None, G2_GENERATOR, G2.negate(G2_GENERATOR)]
    limbs = g2_to_limbs(points)
    assert limbs.shape == (3, 16)
    assert int.from_bytes(limbs[1, 4:8].tobytes(), "little") == FP.to_mont(G2_GENERATOR[0][1])
    assert not limbs[0].any()
    assert g2_from_limbs(limbs) == points


def test_no_points_give_empty_arrays():
    assert g1_to_limbs([]).shape == (0, 8)
    assert g2_to_limbs([]).shape == (0, 16)
    assert g1_from_limbs(g1_to_limbs([])) == []
    assert g2_from_limbs(g2_to_limbs([])) == []


def test_a_point_with_one_zero_coordinate_is_not_infinity():
    point = ((0, 0), (5, 0))
    assert g2_from_limbs(g2_to_limbs([point])) == [point]
    assert g1_from_limbs(g1_to_limbs([(0, 7)])) == [(0, 7)]
