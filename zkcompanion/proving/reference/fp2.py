"""Fp2 = Fp[u]/(u^2 + 1) on pairs of plain Python integers (c0, c1) = c0 + c1*u, 0 <= c < p.

Inputs may be any integers congruent to the value (sums and differences need no reduction first); every result is
reduced. A product costs three integer multiplications (Karatsuba) and two reductions, about 0.7 us here.
"""

from __future__ import annotations

from zkcompanion.proving.fields import FP
from zkcompanion.proving.points import Fp2

P = FP.modulus

FP2_ZERO: Fp2 = (0, 0)
FP2_ONE: Fp2 = (1, 0)
#: xi = 9 + u, neither a square nor a cube in Fp2: the twist and the tower are built on it (EIP-197).
XI: Fp2 = (9, 1)


def fp2_add(a: Fp2, b: Fp2) -> Fp2:
    """The sum a + b."""
    return (a[0] + b[0]) % P, (a[1] + b[1]) % P


def fp2_sub(a: Fp2, b: Fp2) -> Fp2:
    """The difference a - b."""
    return (a[0] - b[0]) % P, (a[1] - b[1]) % P


def fp2_neg(a: Fp2) -> Fp2:
    """-a."""
    return -a[0] % P, -a[1] % P


def fp2_conj(a: Fp2) -> Fp2:
    """c0 - c1*u, which is a^p (Frobenius), since u^p = -u for p = 3 mod 4."""
    return a[0], -a[1] % P


def fp2_scale(a: Fp2, k: int) -> Fp2:
    """k*a for an integer k."""
    return a[0] * k % P, a[1] * k % P


def fp2_mul(a: Fp2, b: Fp2) -> Fp2:
    """The product a*b."""
    a0, a1 = a
    b0, b1 = b
    t0 = a0 * b0
    t1 = a1 * b1
    return (t0 - t1) % P, ((a0 + a1) * (b0 + b1) - t0 - t1) % P


def fp2_sqr(a: Fp2) -> Fp2:
    """a^2 = (c0 + c1)(c0 - c1) + 2*c0*c1*u: two integer multiplications."""
    a0, a1 = a
    return (a0 + a1) * (a0 - a1) % P, 2 * a0 * a1 % P


def fp2_inv(a: Fp2) -> Fp2:
    """1/a = conjugate / norm, norm = c0^2 + c1^2 in Fp; ValueError for zero. One inversion in Fp (extended Euclid)."""
    a0, a1 = a
    n = pow(a0 * a0 + a1 * a1, -1, P)
    return a0 * n % P, -a1 * n % P


def fp2_pow(a: Fp2, exponent: int) -> Fp2:
    """a^exponent for exponent >= 0, left to right."""
    result = FP2_ONE
    for bit in bin(exponent)[2:]:
        result = fp2_sqr(result)
        if bit == "1":
            result = fp2_mul(result, a)
    return result


def fp2_inv_many(values: list[Fp2]) -> list[Fp2]:
    """Inverses of all values with one inversion (Montgomery's trick, 3 products each); ValueError if one is zero."""
    prefix: list[Fp2] = []
    acc = FP2_ONE
    for value in values:
        prefix.append(acc)
        acc = fp2_mul(acc, value)
    inverse = fp2_inv(acc)
    result = [FP2_ZERO] * len(values)
    for i in range(len(values) - 1, -1, -1):
        result[i] = fp2_mul(inverse, prefix[i])
        inverse = fp2_mul(inverse, values[i])
    return result
