"""Scalar multiples, Horner sums and membership tests, against the reference."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.curves import SIDES, R, shaped_scalars
from tests.support.kernels import scalar_kernels, shaped_integers
from tests.support.points import twist_point_outside_subgroup
from zkcompanion.proving.fields import FP, to_limbs, to_mont_limbs
from zkcompanion.proving.kernels import curve_ops_answers
from zkcompanion.proving.points import G2_GENERATOR, g2_to_limbs
from zkcompanion.proving.reference.curve import G2

pytestmark = pytest.mark.kernels
both = pytest.mark.parametrize("side", SIDES, ids=str)


def call(name: str, *arguments) -> None:
    scalar_kernels("curve")[name](*(a.ctypes.data if isinstance(a, np.ndarray) else a for a in arguments))


def multiply_sum(side, points, scalars):
    out = np.zeros((1, side.words), dtype=np.uint64)
    tables = np.empty((8 * len(points), 2 * side.words), dtype=np.uint64)
    call(f"{side.name}_multiply_sum", out, tables, points, to_limbs(scalars), len(points))
    return side.from_limbs(out)[0]


@both
def test_a_scalar_multiple_vs_reference(side):
    rng = random.Random(40)
    edges = [R, R + 1, R + 2, 2 * R - 1, (1 << 255) - 1, 1 << 254, 7, 8, 9, 15, 16]
    for k in edges + shaped_scalars(rng, 40):
        point = side.multiple(rng.randrange(R))
        assert multiply_sum(side, side.to_limbs([point]), [k]) == side.group.multiply(point, k)


@both
@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_a_short_sum_vs_reference(side, n):
    rng = random.Random(41)
    ks, scalars = [rng.randrange(3) for _ in range(n)], shaped_scalars(rng, n)
    got = multiply_sum(side, side.array(ks), scalars)
    assert got == side.multiple(sum(k * s for k, s in zip(ks, scalars, strict=True)))


@both
def test_sums_that_meet_themselves_vs_reference(side):
    k = R // 3
    for ks, scalars in (([1, 1], [k, k]), ([1, -1], [k, k]), ([1, 1], [k, R - k]), ([2, 1, -4], [k, 2 * k, k])):
        got = multiply_sum(side, side.array(ks), scalars)
        assert got == side.multiple(sum(a * b for a, b in zip(ks, scalars, strict=True)))


@both
def test_each_point_times_its_scalar_vs_reference(side):
    rng = random.Random(42)
    ks, scalars = [0, 1, *(rng.randrange(R) for _ in range(20))], shaped_scalars(rng, 22)
    out, points = np.zeros((22, side.words), dtype=np.uint64), side.array(ks)
    call(f"{side.name}_multiply_each", out, points, to_limbs(scalars), 22)
    assert np.array_equal(out, side.array(k * s for k, s in zip(ks, scalars, strict=True)))


@both
@pytest.mark.parametrize(
    "terms", [[], [(0, 5)], [(3, 1), (3, 1)], [(9, 2), (9, -2)], [(4, 1), (2, -4), (0, 7), (0, 0)]]
)
def test_a_sum_weighted_by_bits_vs_reference(side, terms):
    out = np.zeros((1, side.words), dtype=np.uint64)
    bits = np.array([bit for bit, _ in terms], dtype=np.int64)
    call(f"{side.name}_combine_bits", out, side.array(k for _, k in terms), bits, len(terms))
    assert side.from_limbs(out)[0] == side.multiple(sum(k << bit for bit, k in terms))


def first_bad(name: str, points) -> int:
    found = np.zeros(1, dtype=np.int64)
    call(name, found, points, len(points))
    return int(found[0])


@both
def test_points_off_the_curve_are_found(side):
    name = f"{side.name}_find_off_curve"
    good = side.array([1, 2, 0, -3, 77])
    assert first_bad(name, good) == -1
    assert first_bad(name, good[:0]) == -1
    for place in range(5):
        for word in range(side.words):
            bad = good.copy()
            bad[place, word] += np.uint64(1)
            assert first_bad(name, bad) == place
    for value in shaped_integers(random.Random(43), 30):
        bad = good.copy()
        bad[1] = to_mont_limbs([value] * (side.words // 4), FP).ravel()
        on_curve = value == 0 or side.group.is_on_curve(side.from_limbs(bad[1:2])[0])
        assert first_bad(name, bad) == (-1 if on_curve else 1)


@both
def test_coordinates_not_below_the_modulus_are_found(side):
    name = f"{side.name}_find_off_curve"
    for coordinate in range(side.words // 4):
        for k in (1, 0):
            points = side.array([2, k])
            part = points[1].reshape(-1, 4)[coordinate]
            total = sum(int(limb) << (64 * i) for i, limb in enumerate(part)) + FP.modulus
            part[:] = to_limbs([total])[0]
            assert first_bad(name, points) == 1


def test_points_outside_the_subgroup_are_found():
    name = "g2_find_outside_subgroup"
    rng = random.Random(44)
    good = [G2_GENERATOR, None, *(G2.multiply(G2_GENERATOR, rng.randrange(R)) for _ in range(5))]
    assert first_bad(name, g2_to_limbs(good)) == -1
    for place in range(len(good)):
        outside = twist_point_outside_subgroup(rng)
        points = [*good[:place], outside, *good[place:]]
        assert first_bad(name, g2_to_limbs(points)) == place
    # of order 2p - r (prime to r), and a point of G2 plus one of that order
    cleared = G2.multiply(twist_point_outside_subgroup(rng), R)
    assert first_bad(name, g2_to_limbs([cleared])) == 0
    assert first_bad(name, g2_to_limbs([G2.add(cleared, G2_GENERATOR)])) == 0


def test_the_known_point_outside_the_subgroup_is_on_the_twist():
    assert G2.is_on_curve(curve_ops_answers.OUTSIDE)
    assert not G2.in_subgroup(curve_ops_answers.OUTSIDE)
