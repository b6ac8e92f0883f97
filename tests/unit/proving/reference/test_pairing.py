import json
import random

import pytest

from tests.support import mcl
from tests.support.points import g1_point, g2_point
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import BN_X
from zkcompanion.proving.reference.pairing import (
    ReferencePairing,
    final_exponentiation,
    gt_from_nested,
    gt_to_nested,
    line_coefficients,
    miller_loop,
    pairing,
    pairing_product_is_one,
)
from zkcompanion.proving.reference.tower import FP12_ONE, fp12_mul, fp12_pow

P = FP.modulus
R = FR.modulus


def product_of(logs):
    """Pairs ([a]G1, [b]G2)."""
    return [(g1_point(a), g2_point(b)) for a, b in logs]


def balanced(rng, n):
    """n pairs of discrete logarithms whose products sum to zero."""
    logs = [(rng.randrange(1, R), rng.randrange(1, R)) for _ in range(n - 1)]
    last = rng.randrange(1, R)
    logs.append((-sum(a * b for a, b in logs) * pow(last, -1, R) % R, last))
    return logs


def test_the_pairing_is_bilinear_and_not_degenerate():
    rng = random.Random(30)
    a, b = rng.randrange(R), rng.randrange(R)
    e = pairing(G1_GENERATOR, G2_GENERATOR)
    assert e != FP12_ONE
    assert fp12_pow(e, R) == FP12_ONE
    assert pairing(g1_point(a), g2_point(b)) == fp12_pow(e, a * b % R)
    assert pairing(None, G2_GENERATOR) == FP12_ONE
    assert pairing(G1_GENERATOR, None) == FP12_ONE


def test_the_final_exponentiation_is_the_power_its_docstring_names():
    f = miller_loop([G1_GENERATOR], line_coefficients([G2_GENERATOR]))
    k = 2 * BN_X * (6 * BN_X**2 + 3 * BN_X + 1)
    assert (P**12 - 1) % R == 0
    assert final_exponentiation(f) == fp12_pow(f, k * ((P**12 - 1) // R))
    with pytest.raises(ValueError):
        final_exponentiation(((0,) * 6, (0,) * 6))


def test_a_product_of_pairings_is_one_exactly_when_the_exponents_cancel():
    rng = random.Random(31)
    for n in (2, 3, 4, 7):
        logs = balanced(rng, n)
        assert pairing_product_is_one(product_of(logs))
        a, b = logs[0]
        logs[0] = (a + 1, b)
        assert not pairing_product_is_one(product_of(logs))


def test_products_agree_with_mcl():
    rng = random.Random(32)
    for n in (1, 2, 4):
        for _ in range(6):
            logs = balanced(rng, n) if n > 1 else [(rng.randrange(R), rng.randrange(R))]
            if rng.random() < 0.5:
                logs[0] = (logs[0][0], rng.randrange(R))
            pairs = product_of(logs)
            assert pairing_product_is_one(pairs) == mcl.product_is_one(pairs)


def test_pairs_with_infinity_count_as_one():
    pair = (g1_point(3), g2_point(4))
    opposite = (g1_point(-12), G2_GENERATOR)
    assert pairing_product_is_one([])
    assert pairing_product_is_one([(None, None), (None, G2_GENERATOR), (G1_GENERATOR, None)])
    assert pairing_product_is_one([pair, (None, G2_GENERATOR), opposite])
    assert not pairing_product_is_one([pair, (G1_GENERATOR, None)])


def test_values_agree_with_py_ecc():
    from py_ecc.optimized_bn128 import G1 as ECC_G1
    from py_ecc.optimized_bn128 import G2 as ECC_G2
    from py_ecc.optimized_bn128 import pairing as ecc_pairing

    from tests.unit.proving.reference.test_tower import polynomial

    # py_ecc takes the plain (p^12 - 1)/r; ours is the power k of that.
    k = 2 * BN_X * (6 * BN_X**2 + 3 * BN_X + 1) % R
    theirs = ecc_pairing(ECC_G2, ECC_G1)
    assert polynomial(pairing(G1_GENERATOR, G2_GENERATOR)) == [int(c) for c in (theirs**k).coeffs]


def test_nested_form_round_trips_and_refuses_other_shapes():
    value = pairing(G1_GENERATOR, g2_point(5))
    nested = gt_to_nested(value)
    assert [len(half) for half in nested] == [3, 3]
    assert gt_from_nested(nested) == value
    for bad in ([], nested[:1], [nested[0][:2], nested[1]], [nested[0], [[1], [2], [3]]]):
        with pytest.raises(ValueError):
            gt_from_nested(bad)


def test_the_reference_backend_keeps_lines_of_few_points_and_answers_the_same_again():
    check = ReferencePairing()
    rng = random.Random(33)
    logs = balanced(rng, 3)
    for _ in range(2):
        assert check.product_is_one(product_of(logs))
    assert len(check._lines) == 3
    assert check.product_is_one([(g1_point(1), g2_point(8)), (g1_point(-1), g2_point(8))])
    for b in range(2, 2 + ReferencePairing.capacity):
        assert not check.product_is_one([(G1_GENERATOR, g2_point(b))])
    assert len(check._lines) == ReferencePairing.capacity
    assert check.product_is_one(product_of(logs))


def test_the_reference_backend_sums_and_tests_subgroups():
    check = ReferencePairing()
    assert check.g1_msm([G1_GENERATOR, None, g1_point(5)], [3, 4, 2]) == g1_point(13)
    assert check.g2_in_subgroup(g2_point(9))


def test_more_points_than_the_capacity_still_give_the_right_product():
    rng = random.Random(34)
    logs = balanced(rng, ReferencePairing.capacity + 2)
    check = ReferencePairing()
    assert check.product_is_one(product_of(logs))
    assert fp12_mul(FP12_ONE, FP12_ONE) == FP12_ONE
    assert len(check._lines) == ReferencePairing.capacity


@pytest.mark.external
def test_snarkjs_keys_hold_the_value_of_our_pairing(external_vectors):
    key = json.loads((external_vectors / "rapidsnark" / "verification_key.json").read_text())
    alpha = tuple(int(c) for c in key["vk_alpha_1"][:2])
    beta = tuple(tuple(int(c) for c in pair) for pair in key["vk_beta_2"][:2])
    stored = [[[int(c) for c in pair] for pair in half] for half in key["vk_alphabeta_12"]]
    assert gt_to_nested(pairing(alpha, beta)) == stored
