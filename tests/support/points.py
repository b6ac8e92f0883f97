"""Points for tests: random ones of known discrete logarithm, and points that must be refused."""

from __future__ import annotations

import random

from zkcompanion.proving.fields import FP
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, Fp2
from zkcompanion.proving.reference.curve import G1, G2, G2_B
from zkcompanion.proving.reference.fp2 import fp2_add, fp2_mul, fp2_sqr

P = FP.modulus


def g1_point(k: int):
    """[k]G1."""
    return G1.multiply(G1_GENERATOR, k)


def g2_point(k: int):
    """[k]G2."""
    return G2.multiply(G2_GENERATOR, k)


def fp2_sqrt(a: Fp2) -> Fp2 | None:
    """A square root in Fp2 (complex method, p = 3 mod 4), or None."""
    a0, a1 = a
    norm_root = pow(a0 * a0 + a1 * a1, (P + 1) // 4, P)
    half = pow(2, -1, P)
    for sign in (1, -1):
        square = (a0 + sign * norm_root) * half % P
        c0 = pow(square, (P + 1) // 4, P)
        if c0 * c0 % P != square:
            continue
        c1 = a1 * pow(2 * c0, -1, P) % P if c0 else pow(-a0 % P, (P + 1) // 4, P)
        if fp2_sqr((c0, c1)) == (a0 % P, a1 % P):
            return c0, c1
    return None


def twist_point_outside_subgroup(rng: random.Random):
    """A random point of the twist; its order is a multiple of the cofactor 2p - r all but certainly."""
    while True:
        x = rng.randrange(P), rng.randrange(P)
        y = fp2_sqrt(fp2_add(fp2_mul(fp2_sqr(x), x), G2_B))
        if y is not None:
            return x, y
