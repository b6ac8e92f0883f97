import random

import pytest

from zkcompanion.proving.fields import FR
from zkcompanion.proving.reference.ntt import (
    domain_power,
    inverse_transform,
    powers,
    quotient,
    shift_to_odd_coset,
    transform,
)

R = FR.modulus


def evaluate(coefficients, x):
    total = 0
    for c in reversed(coefficients):
        total = (total * x + c) % R
    return total


@pytest.mark.parametrize("power", range(7))
def test_a_transform_evaluates_on_the_roots_in_natural_order(power):
    rng = random.Random(power)
    n = 1 << power
    coefficients = [rng.randrange(R) for _ in range(n)]
    w = FR.root_of_unity(power)
    values = transform(coefficients)
    assert values == [evaluate(coefficients, pow(w, i, R)) for i in range(n)]
    assert inverse_transform(values) == coefficients


@pytest.mark.parametrize("power", range(6))
def test_the_coset_shift_evaluates_on_the_odd_roots(power):
    rng = random.Random(power)
    n = 1 << power
    coefficients = [rng.randrange(R) for _ in range(n)]
    w2 = FR.root_of_unity(power + 1)
    expected = [evaluate(coefficients, pow(w2, 2 * i + 1, R)) for i in range(n)]
    assert shift_to_odd_coset(transform(coefficients)) == expected


def test_the_quotient_is_minus_two_times_the_true_one_on_the_coset():
    # A*B - C = H * (X^n - 1), and X^n = -1 on the odd 2n-th roots.
    rng = random.Random(3)
    n = 8
    a, b = ([rng.randrange(R) for _ in range(n)] for _ in range(2))
    c = [x * y % R for x, y in zip(a, b, strict=True)]
    fa, fb, fc = map(inverse_transform, (a, b, c))
    product = [0] * (2 * n - 1)
    for i, x in enumerate(fa):
        for j, y in enumerate(fb):
            product[i + j] = (product[i + j] + x * y) % R
    difference = [(x - y) % R for x, y in zip(product, [*fc, *([0] * (n - 1))], strict=True)]
    h = difference[n:]  # division by X^n - 1: the top half is the quotient, and the rest must cancel
    assert [(low + high) % R for low, high in zip(difference[:n], [*h, 0], strict=True)] == [0] * n
    w2 = FR.root_of_unity(4)
    assert quotient(a, b, c) == [-2 * evaluate(h, pow(w2, 2 * i + 1, R)) % R for i in range(n)]


def test_powers():
    assert powers(3, 5) == [1, 3, 9, 27, 81]
    assert powers(R - 1, 2) == [1, R - 1]


@pytest.mark.parametrize("n", [0, 3, 12, 1 << 29])
def test_sizes_without_a_domain_are_refused(n):
    with pytest.raises(ValueError, match="no domain"):
        domain_power(n)
    assert domain_power(1 << 28) == 28


def test_columns_must_have_one_length():
    with pytest.raises(ValueError):
        quotient([1, 2], [1, 2], [1])
