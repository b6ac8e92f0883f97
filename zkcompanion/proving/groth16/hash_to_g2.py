"""The point of G2 that snarkjs derives from a hash: the challenge of a contribution's proof of knowledge.

A ChaCha20 stream seeded with the hash gives x in Fp2 until one is on the twist, and the sign of y; the cofactor takes
the point into the subgroup. It must agree with snarkjs 0.7.6 bit for bit, so its habits are kept: words are used in the
order of the block, the block counter has 128 bits, the first word of a 64-bit draw is its upper half, and a drawn field
element is taken for the Montgomery form of its value. Source: ffjavascript 0.3 (chacha, wasm_field1, wasm_curve).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.points import Fp2, G2Affine
from zkcompanion.proving.reference.curve import G2, G2_B
from zkcompanion.proving.reference.fp2 import fp2_add, fp2_mul, fp2_neg, fp2_sqr

P = FP.modulus
COFACTOR = 2 * P - FR.modulus
_MASK = 0xFFFFFFFF
_SIGMA = tuple(int.from_bytes(b"expand 32-byte k"[i : i + 4], "little") for i in range(0, 16, 4))
#: Columns, then diagonals of the 4x4 state.
_ROUNDS = (
    (0, 4, 8, 12),
    (1, 5, 9, 13),
    (2, 6, 10, 14),
    (3, 7, 11, 15),
    (0, 5, 10, 15),
    (1, 6, 11, 12),
    (2, 7, 8, 13),
    (3, 4, 9, 14),
)


def chacha20_words(seed: Sequence[int]) -> Iterator[int]:
    """32-bit words of the stream under a key of eight words; counter and nonce start at zero (RFC 8439's rounds)."""
    counter = 0
    while True:
        start = [*_SIGMA, *seed, *((counter >> (32 * i)) & _MASK for i in range(4))]
        x = list(start)
        for _ in range(10):
            for a, b, c, d in _ROUNDS:
                _quarter_round(x, a, b, c, d)
        yield from ((u + v) & _MASK for u, v in zip(x, start, strict=True))
        counter = (counter + 1) & ((1 << 128) - 1)


def _quarter_round(x: list[int], a: int, b: int, c: int, d: int) -> None:
    for first, second, third, shift in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        x[first] = (x[first] + x[second]) & _MASK
        mixed = x[third] ^ x[first]
        x[third] = (mixed << shift | mixed >> (32 - shift)) & _MASK


def _field_element(words: Iterator[int]) -> int:
    """The next element of Fp, plain."""
    while True:
        value = 0
        for i in range(4):
            value |= (next(words) << 32 | next(words)) << (64 * i)
        value &= (1 << P.bit_length()) - 1
        if value < P:
            return FP.from_mont(value)


def fp2_sqrt(a: Fp2) -> Fp2 | None:
    """A square root in Fp2, or None: by the norm's root in Fp, since p = 3 mod 4 (Adj, Rodriguez-Henriquez, 2012)."""
    a0, a1 = a
    norm_root = pow(a0 * a0 + a1 * a1, (P + 1) // 4, P)
    half = pow(2, -1, P)
    for candidate in ((a0 + norm_root) * half % P, (a0 - norm_root) * half % P):
        c0 = pow(candidate, (P + 1) // 4, P)
        # c0 = 0 where a is minus a square of Fp, whose root is a multiple of u
        c1 = a1 * pow(2 * c0, -1, P) % P if c0 else pow(-a0, (P + 1) // 4, P)
        if fp2_sqr((c0, c1)) == (a0 % P, a1 % P):
            return c0, c1
    return None


def _is_negative(a: Fp2) -> bool:
    """The sign of c1, of c0 where c1 is zero: a number above (p - 1)/2 is negative."""
    return (a[1] or a[0]) > (P - 1) // 2


def hash_to_g2(digest: bytes) -> G2Affine:
    """The point for the first 32 bytes of `digest`; of order r, nobody knows its logarithm. About 8 ms."""
    words = chacha20_words([int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)])
    while True:
        x = _field_element(words), _field_element(words)
        wants_negative = bool(next(words) & 1)
        y = fp2_sqrt(fp2_add(fp2_mul(fp2_sqr(x), x), G2_B))
        if y is None:
            continue
        if _is_negative(y) != wants_negative:
            y = fp2_neg(y)
        point = G2.multiply((x, y), COFACTOR)
        if point is not None:
            return point
