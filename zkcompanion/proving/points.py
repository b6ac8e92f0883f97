"""Points of BN254 as data: types, generators, and the way between Python integers and the arrays of a `.zkey`.

Curve G1: y^2 = x^3 + 3 over Fp. Curve G2, the sextic twist: y^2 = x^3 + 3/(9+u) over Fp2 = Fp[u]/(u^2 + 1).
Both groups have prime order r; G1 is the whole curve (cofactor 1), G2 is a subgroup of index 2p - r of the twist.
Nothing here checks that a point lies on its curve: see `reference/curve`. Source of the generators: EIP-196, EIP-197.
"""

from __future__ import annotations

from collections.abc import Iterable

from zkcompanion.proving.fields import FP, LimbArray, from_mont_limbs, to_mont_limbs

#: c0 + c1*u with u^2 = -1; plain integers, 0 <= c < p.
Fp2 = tuple[int, int]
#: A point that is not infinity: affine (x, y), plain integers.
G1Affine = tuple[int, int]
#: A point of the twist that is not infinity: affine ((x.c0, x.c1), (y.c0, y.c1)), plain integers.
G2Affine = tuple[Fp2, Fp2]
#: Affine, plain integers; None is the point at infinity.
G1Point = G1Affine | None
#: Affine, plain integers; None is the point at infinity.
G2Point = G2Affine | None

G1_GENERATOR: G1Affine = (1, 2)
G2_GENERATOR: G2Affine = (
    (
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
    ),
    (
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
    ),
)


def g1_to_limbs(points: Iterable[G1Point]) -> LimbArray:
    """uint64[n, 8]: x, y of each point in Montgomery form; infinity is all zeros."""
    flat: list[int] = []
    for point in points:
        flat.extend((0, 0) if point is None else point)
    return to_mont_limbs(flat, FP).reshape(-1, 8)


def g1_from_limbs(limbs: LimbArray) -> list[G1Point]:
    """Points of a Montgomery array uint64[n, 8]; all zeros is infinity."""
    flat = from_mont_limbs(limbs, FP)
    pairs = zip(flat[0::2], flat[1::2], strict=True)
    return [None if x == 0 and y == 0 else (x, y) for x, y in pairs]


def g2_to_limbs(points: Iterable[G2Point]) -> LimbArray:
    """uint64[n, 16]: x.c0, x.c1, y.c0, y.c1 of each point in Montgomery form; infinity is all zeros."""
    flat: list[int] = []
    for point in points:
        if point is None:
            flat.extend((0, 0, 0, 0))
        else:
            flat.extend((*point[0], *point[1]))
    return to_mont_limbs(flat, FP).reshape(-1, 16)


def g2_from_limbs(limbs: LimbArray) -> list[G2Point]:
    """Points of a Montgomery array uint64[n, 16]; all zeros is infinity."""
    flat = from_mont_limbs(limbs, FP)
    quads = zip(flat[0::4], flat[1::4], flat[2::4], flat[3::4], strict=True)
    return [None if not any(q) else ((q[0], q[1]), (q[2], q[3])) for q in quads]
