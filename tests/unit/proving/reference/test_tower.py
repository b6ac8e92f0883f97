import random

import pytest

from zkcompanion.proving.fields import FP
from zkcompanion.proving.reference.tower import (
    FP6_ONE,
    FP12_ONE,
    fp6_add,
    fp6_inv,
    fp6_mul,
    fp6_mul_sparse,
    fp6_mul_v,
    fp6_neg,
    fp6_sub,
    fp12_conj,
    fp12_cyclotomic_sqr,
    fp12_frobenius,
    fp12_inv,
    fp12_mul,
    fp12_mul_line,
    fp12_pow,
    fp12_sqr,
)

P = FP.modulus
rng = random.Random(20)


def fp6():
    return tuple(rng.randrange(P) for _ in range(6))


def fp12():
    return fp6(), fp6()


def polynomial(x):
    """The element as a polynomial in w over Fp, degree below 12, by u = w^6 - 9."""
    even, odd = x
    out = [0] * 12
    for i in range(3):
        for offset, half in ((0, even), (1, odd)):
            c0, c1 = half[2 * i], half[2 * i + 1]
            power = 2 * i + offset
            out[power] = (out[power] + c0 - 9 * c1) % P
            out[power + 6] = (out[power + 6] + c1) % P
    return out


def polynomial_product(a, b):
    """Product mod w^12 - 18w^6 + 82, the field of EIP-197 and py_ecc: nothing of the tower is used."""
    out = [0] * 23
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    for k in range(22, 11, -1):
        out[k - 6] += 18 * out[k]
        out[k - 12] -= 82 * out[k]
    return [v % P for v in out[:12]]


def test_products_agree_with_the_plain_polynomial_field():
    for _ in range(20):
        x, y = fp12(), fp12()
        assert polynomial(fp12_mul(x, y)) == polynomial_product(polynomial(x), polynomial(y))
        assert fp12_sqr(x) == fp12_mul(x, x)


def test_products_stay_exact_at_the_ends_of_the_range():
    top = (P - 1,) * 6
    for x in [(top, top), (top, FP6_ONE), (FP6_ONE, top)]:
        assert polynomial(fp12_mul(x, x)) == polynomial_product(polynomial(x), polynomial(x))
        assert all(0 <= c < P for half in fp12_sqr(x) for c in half)


def test_fp6_is_a_ring_with_v():
    v = (0, 0, 1, 0, 0, 0)
    for _ in range(20):
        a, b, c = fp6(), fp6(), fp6()
        assert fp6_mul(a, fp6_add(b, c)) == fp6_add(fp6_mul(a, b), fp6_mul(a, c))
        assert fp6_mul(a, v) == fp6_mul_v(a)
        assert fp6_sub(a, b) == fp6_add(a, fp6_neg(b))
        assert fp6_mul_sparse(a, b[:2], b[2:4]) == fp6_mul(a, (*b[:4], 0, 0))


def test_inverses_multiply_to_one_and_zero_has_none():
    for _ in range(10):
        a, x = fp6(), fp12()
        assert fp6_mul(a, fp6_inv(a)) == FP6_ONE
        assert fp12_mul(x, fp12_inv(x)) == FP12_ONE
    with pytest.raises(ValueError):
        fp12_inv(((0,) * 6, (0,) * 6))


def test_a_line_multiplies_like_the_full_element():
    for _ in range(10):
        x, d, e = fp12(), fp6()[:2], fp6()[:2]
        assert fp12_mul_line(x, d, e) == fp12_mul(x, (FP6_ONE, (*d, *e, 0, 0)))


def test_frobenius_is_the_p_th_power_and_conjugation_its_sixth_iterate():
    x = fp12()
    assert fp12_frobenius(x) == fp12_pow(x, P)
    y = x
    for _ in range(6):
        y = fp12_frobenius(y)
    assert y == fp12_conj(x)


def test_cyclotomic_squaring_is_squaring_in_the_cyclotomic_subgroup():
    x = fp12()
    x = fp12_mul(fp12_conj(x), fp12_inv(x))
    x = fp12_mul(fp12_frobenius(fp12_frobenius(x)), x)
    for _ in range(10):
        assert fp12_cyclotomic_sqr(x) == fp12_sqr(x)
        x = fp12_mul(fp12_sqr(x), fp12_frobenius(x))
    assert fp12_inv(x) == fp12_conj(x)
    general = fp12()
    assert fp12_cyclotomic_sqr(general) != fp12_sqr(general)


def test_powers():
    x = fp12()
    assert fp12_pow(x, 0) == FP12_ONE
    assert fp12_pow(x, 5) == fp12_mul(fp12_sqr(fp12_sqr(x)), x)
