import itertools
import math
import random

import pytest

from tests.support import mcl
from tests.support.points import g1_point, g2_point, twist_point_outside_subgroup
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import BN_X, G1, G2, wnaf
from zkcompanion.proving.reference.fp2 import fp2_add, fp2_conj, fp2_inv, fp2_inv_many, fp2_mul, fp2_pow, fp2_sqr

P = FP.modulus
R = FR.modulus
SCALARS = [0, 1, 2, 3, 15, 16, 17, R - 1, R, R + 1, 2 * R + 5, (1 << 253) - 1, 1 << 253]


def test_fp2_is_a_field():
    rng = random.Random(1)
    for _ in range(50):
        a, b, c = ((rng.randrange(P), rng.randrange(P)) for _ in range(3))
        assert fp2_mul(a, b) == ((a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P)
        assert fp2_mul(a, fp2_add(b, c)) == fp2_add(fp2_mul(a, b), fp2_mul(a, c))
        assert fp2_sqr(a) == fp2_mul(a, a)
        assert fp2_mul(a, fp2_inv(a)) == (1, 0)
        assert fp2_pow(a, P) == fp2_conj(a)
    assert fp2_inv_many([]) == []
    with pytest.raises(ValueError):
        fp2_inv((0, 0))


def test_the_family_parameter_gives_p_and_r():
    assert P == 36 * BN_X**4 + 36 * BN_X**3 + 24 * BN_X**2 + 6 * BN_X + 1
    assert R == P - 6 * BN_X**2


@pytest.mark.parametrize("width", [2, 3, 5])
def test_wnaf_digits_are_sparse_and_sum_to_the_number(width):
    rng = random.Random(2)
    for k in [0, 1, 2, 7, *(rng.randrange(R) for _ in range(20))]:
        digits = wnaf(k, width)
        assert sum(d << i for i, d in enumerate(digits)) == k
        assert all(d % 2 and abs(d) < 1 << (width - 1) for d in digits if d)
        positions = [i for i, d in enumerate(digits) if d]
        assert all(b - a >= width for a, b in itertools.pairwise(positions))


@pytest.mark.parametrize(("group", "generator"), [(G1, G1_GENERATOR), (G2, G2_GENERATOR)], ids=["g1", "g2"])
def test_addition_is_complete(group, generator):
    p = group.multiply(generator, 1234567)
    minus = group.negate(p)
    assert group.add(p, None) == p
    assert group.add(None, p) == p
    assert group.add(None, None) is None
    assert group.add(p, minus) is None
    assert group.add(p, p) == group.double(p)
    assert group.double(None) is None
    assert group.negate(None) is None
    assert group.add(group.double(p), minus) == p


@pytest.mark.parametrize(("group", "generator"), [(G1, G1_GENERATOR), (G2, G2_GENERATOR)], ids=["g1", "g2"])
def test_jacobian_addition_handles_every_exceptional_case_with_any_z(group, generator):
    j = group.multiply_jacobian(generator, 77)  # Z is not one
    same = group.multiply_jacobian(group.multiply(generator, 7), 11)  # the same point, another Z
    minus = group.multiply_jacobian(generator, -77)
    assert group.to_affine(group.add_jacobian(j, same)) == group.multiply(generator, 154)
    assert group.add_jacobian(j, minus) is None
    assert group.add_jacobian(j, None) == j
    assert group.add_jacobian(None, j) == j
    affine = group.to_affine(j)
    assert group.to_affine(group.add_affine(j, affine)) == group.multiply(generator, 154)
    assert group.add_affine(j, group.negate(affine)) is None
    assert group.to_affine(group.add_affine(None, affine)) == affine
    assert group.double_jacobian(None) is None
    assert group.to_affine_many([None, j, None]) == [None, affine, None]
    assert group.to_affine_many([]) == []


def test_multiplication_agrees_with_mcl():
    rng = random.Random(3)
    for k in [*SCALARS, *(rng.randrange(R) for _ in range(40))]:
        assert G1.multiply(G1_GENERATOR, k) == mcl.g1_multiply(G1_GENERATOR, k)
        assert G2.multiply(G2_GENERATOR, k) == mcl.g2_multiply(G2_GENERATOR, k)


def test_addition_agrees_with_mcl():
    rng = random.Random(4)
    for _ in range(40):
        a, b = rng.randrange(R), rng.randrange(R)
        assert G1.add(g1_point(a), g1_point(b)) == mcl.g1_add(g1_point(a), g1_point(b))
        assert G2.add(g2_point(a), g2_point(b)) == mcl.g2_add(g2_point(a), g2_point(b))


def test_a_few_sums_agree_with_py_ecc():
    from py_ecc.fields import optimized_bn128_FQ as FQ
    from py_ecc.fields import optimized_bn128_FQ2 as FQ2
    from py_ecc.optimized_bn128 import G1 as ECC_G1
    from py_ecc.optimized_bn128 import G2 as ECC_G2
    from py_ecc.optimized_bn128 import multiply, normalize

    for k in (2, 5, R - 3, 0x1234567890ABCDEF):
        x, y = normalize(multiply(ECC_G1, k))
        assert g1_point(k) == (int(FQ(x)), int(FQ(y)))
        x, y = normalize(multiply(ECC_G2, k))
        assert g2_point(k) == tuple(tuple(int(c) for c in FQ2(v.coeffs).coeffs) for v in (x, y))


@pytest.mark.parametrize(("group", "generator"), [(G1, G1_GENERATOR), (G2, G2_GENERATOR)], ids=["g1", "g2"])
def test_scalars_may_be_negative_or_beyond_r(group, generator):
    assert group.multiply(generator, -5) == group.negate(group.multiply(generator, 5))
    assert group.multiply(generator, R + 5) == group.multiply(generator, 5)
    assert group.multiply(generator, 0) is None
    assert group.multiply(None, 5) is None
    assert group.multiply(None, -5) is None


def test_curve_checks_refuse_what_is_off_or_not_canonical():
    x, y = g1_point(99)
    assert G1.is_on_curve((x, y))
    assert G1.is_on_curve(None)
    for bad in [(x, y + 1), (x + P, y), (x, y + P), (x - P, y), (-x, y), (0, 0), (y, x)]:
        assert not G1.is_on_curve(bad)
    x2, y2 = g2_point(99)
    assert G2.is_on_curve((x2, y2))
    assert G2.is_on_curve(None)
    swapped = (x2[1], x2[0])
    for bad in [
        (x2, (y2[0], y2[1] + 1)),
        ((x2[0] + P, x2[1]), y2),
        ((x2[0], x2[1] - P), y2),
        (x2, (y2[0], y2[1] + P)),
        (x2, (y2[0] + P, y2[1])),
        (swapped, y2),
        ((0, 0), (0, 0)),
    ]:
        assert not G2.is_on_curve(bad)


def test_the_subgroup_test_agrees_with_multiplication_by_r_and_with_mcl():
    rng = random.Random(5)
    for _ in range(6):
        inside = g2_point(rng.randrange(1, R))
        outside = twist_point_outside_subgroup(rng)
        mixed = G2.add(inside, outside)
        torsion = G2.multiply(outside, R)  # order divides the cofactor
        for point in (inside, outside, mixed, torsion, G2.add(inside, torsion)):
            assert G2.is_on_curve(point)
            expected = G2.multiply(point, R) is None
            assert G2.in_subgroup(point) is expected
            assert mcl.g2_has_order_r(mcl.g2(point)) is expected
        cleared = G2.multiply(outside, 2 * P - R)
        assert G2.in_subgroup(cleared)
    assert G2.in_subgroup(None)
    assert G2.in_subgroup(G2_GENERATOR)


def test_the_subgroup_test_suffices_because_its_norm_meets_the_twist_order_in_r_only():
    # f(psi) = (x + 1) + x psi + x psi^2 - 2x psi^3, reduced by psi^2 = t psi - p to u + v psi.
    t = 6 * BN_X**2 + 1
    f = [BN_X + 1, BN_X, BN_X, -2 * BN_X]
    while len(f) > 2:
        top = f.pop()
        f[-1] += t * top
        f[-2] -= P * top
    u, v = f
    norm = u * u + u * v * t + v * v * P
    assert norm % R == 0
    assert math.gcd(norm, R * (2 * P - R)) == R


def test_psi_satisfies_its_characteristic_equation_on_the_whole_twist():
    rng = random.Random(6)
    t = 6 * BN_X**2 + 1
    for _ in range(3):
        q = twist_point_outside_subgroup(rng)
        psi1 = G2.psi(q)
        assert G2.is_on_curve(psi1)
        psi2 = G2.psi(psi1)
        assert G2.add(G2.add(psi2, G2.multiply(psi1, -t)), G2.multiply(q, P)) is None
    inside = g2_point(31337)
    assert G2.psi(inside) == G2.multiply(inside, P % R)
    assert G2.psi(None) is None


def test_points_of_small_order_can_be_multiplied():
    # The twist's cofactor 2p - r is divisible by 10069; off the curve, (0, y) has order three.
    cofactor = 2 * P - R
    assert cofactor % 10069 == 0
    rng = random.Random(7)
    point = None
    while point is None:
        point = G2.multiply(twist_point_outside_subgroup(rng), R * cofactor // 10069)
    assert G2.multiply(point, 10069) is None
    assert G2.multiply(point, 10070) == point
    assert not G2.in_subgroup(point)
    for k in range(100):
        assert G1.multiply((0, 5), k) == [None, (0, 5), (0, P - 5)][k % 3]
        assert G2.multiply(((0, 0), (5, 1)), k) == [None, ((0, 0), (5, 1)), ((0, 0), (P - 5, P - 1))][k % 3]
