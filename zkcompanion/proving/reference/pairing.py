"""The optimal ate pairing on BN254 with Python integers: Miller loop, final exponentiation, products.

e(P, Q) = (f_{6x+2,Q}(P) * l_{[6x+2]Q, psi(Q)}(P) * l_{[6x+2]Q + psi(Q), -psi^2(Q)}(P))^(k*(p^12 - 1)/r)
(Vercauteren, "Optimal Pairings", 2010), with k = 2x(6x^2 + 3x + 1) prime to r from the hard part below. This is the
value, and with `gt_to_nested` the layout, that snarkjs keeps as `vk_alphabeta_12`. EIP-197's pairing check does not
depend on k.

A line through untwisted points of slope m (on the twist) through (x, y), at P = (X, Y), is
Y - m*X*w + (m*x - y)*w^3; it is divided by Y, which lies in Fp and so dies in the final exponentiation. Slopes depend
on Q alone: `line_coefficients` gives them once for each Q, and a verifier keeps those of its key.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkcompanion.proving.points import Fp2, G1Affine, G1Point, G2Affine, G2Point
from zkcompanion.proving.reference.curve import BN_X, G1, G2, wnaf
from zkcompanion.proving.reference.fp2 import P, fp2_inv_many, fp2_mul, fp2_sqr
from zkcompanion.proving.reference.msm import msm
from zkcompanion.proving.reference.tower import (
    FP12_ONE,
    Fp6,
    Fp12,
    fp12_conj,
    fp12_cyclotomic_sqr,
    fp12_frobenius,
    fp12_inv,
    fp12_mul,
    fp12_mul_line,
    fp12_sqr,
)

#: Signed digits (-1, 0, 1) of 6x + 2 below the leading one, most significant first.
_LOOP = wnaf(6 * BN_X + 2, 2)[-2::-1]
#: The same of x, for the hard part, leading one included.
_X_DIGITS = wnaf(BN_X, 2)[::-1]

#: (m, m*x - y) of each line in the order of the Miller loop.
Lines = list[tuple[Fp2, Fp2]]


def line_coefficients(points: Sequence[G2Affine]) -> list[Lines]:
    """Lines of the Miller loop for each Q, 66 doublings and additions in step so that they share inversions.

    Needs points of order r: then no step meets equal or opposite points. Others can raise ValueError.
    """
    lines: list[Lines] = [[] for _ in points]
    current = list(points)
    opposite = [(q[0], (-q[1][0] % P, -q[1][1] % P)) for q in points]
    for digit in _LOOP:
        current = _step(lines, current, None)
        if digit:
            current = _step(lines, current, points if digit > 0 else opposite)
    once = [_finite(G2.psi(q)) for q in points]
    current = _step(lines, current, once)
    _step(lines, current, [_finite(G2.negate(G2.psi(q))) for q in once])
    return lines


def _finite(point: G2Point) -> G2Affine:
    """Psi and negation never turn a finite point into infinity; this only tells the type checker."""
    assert point is not None
    return point


def _step(lines: list[Lines], current: Sequence[G2Affine], others: Sequence[G2Affine] | None) -> list[G2Affine]:
    """Append the tangents at `current` (others is None) or the chords to `others`; return the doubles or the sums."""
    if others is None:
        below = [(2 * y[0], 2 * y[1]) for _, y in current]
        above = [(3 * s[0], 3 * s[1]) for s in (fp2_sqr(x) for x, _ in current)]
        others = current
    else:
        below = [(b[0][0] - a[0][0], b[0][1] - a[0][1]) for a, b in zip(current, others, strict=True)]
        above = [(b[1][0] - a[1][0], b[1][1] - a[1][1]) for a, b in zip(current, others, strict=True)]
    result: list[G2Affine] = []
    inverses = fp2_inv_many(below)
    for out, (x, y), (x_other, _), dy, inverse in zip(lines, current, others, above, inverses, strict=True):
        slope = fp2_mul(dy, inverse)
        m0, m1 = fp2_mul(slope, x)
        constant = ((m0 - y[0]) % P, (m1 - y[1]) % P)
        out.append((slope, constant))
        s0, s1 = fp2_sqr(slope)
        x3 = ((s0 - x[0] - x_other[0]) % P, (s1 - x[1] - x_other[1]) % P)
        # The third point of the line, negated: y3 = m*(x - x3) - y = (m*x - y) - m*x3.
        m0, m1 = fp2_mul(slope, x3)
        result.append((x3, ((constant[0] - m0) % P, (constant[1] - m1) % P)))
    return result


def miller_loop(points: Sequence[G1Affine], lines: Sequence[Lines]) -> Fp12:
    """Product of the Miller functions of (P_i, Q_i), before the final exponentiation; squarings are shared.

    Needs P_i on the curve (so y is not zero). `lines` are those of the Q_i.
    """
    scales = []
    for x, y in points:
        inverse = pow(y, -1, P)
        scales.append((-x * inverse % P, inverse))
    rows = list(zip(scales, lines, strict=True))
    f = FP12_ONE
    position = 0
    for digit in (*_LOOP, None):
        # A digit is a doubling, and an addition where it is not zero; after the last come the two Frobenius lines.
        steps = 2 if digit is None or digit else 1
        if digit is not None:
            f = fp12_sqr(f)
        for k in range(position, position + steps):
            for (across, up), own in rows:
                (m0, m1), (c0, c1) = own[k]
                f = fp12_mul_line(f, (m0 * across % P, m1 * across % P), (c0 * up % P, c1 * up % P))
        position += steps
    return f


def _pow_x(f: Fp12) -> Fp12:
    """f^x in the cyclotomic subgroup: 62 cheap squarings and about 20 products."""
    inverse = fp12_conj(f)
    result = f
    for digit in _X_DIGITS[1:]:
        result = fp12_cyclotomic_sqr(result)
        if digit:
            result = fp12_mul(result, f if digit > 0 else inverse)
    return result


def final_exponentiation(f: Fp12) -> Fp12:
    """f^(2x(6x^2 + 3x + 1) * (p^12 - 1)/r); ValueError for zero.

    Easy part f^((p^6 - 1)(p^2 + 1)); hard part by Fuentes-Castaneda, Knapp, Rodriguez-Henriquez, "Faster
    Hashing to G2", SAC 2011: l0 + l1*p + l2*p^2 + l3*p^3 with l3 = 12x^3 + 6x^2 + 4x - 1, l2 = 12x^3 + 6x^2 + 6x,
    l1 = 12x^3 + 6x^2 + 4x, l0 = 12x^3 + 12x^2 + 6x + 1, which is 2x(6x^2 + 3x + 1)*(p^4 - p^2 + 1)/r.
    """
    f = fp12_mul(fp12_conj(f), fp12_inv(f))
    f = fp12_mul(fp12_frobenius(fp12_frobenius(f)), f)

    f_2x = fp12_cyclotomic_sqr(_pow_x(f))
    f_6x = fp12_mul(fp12_cyclotomic_sqr(f_2x), f_2x)
    f_6x2 = _pow_x(f_6x)
    f_12x3 = _pow_x(fp12_cyclotomic_sqr(f_6x2))
    l2 = fp12_mul(fp12_mul(f_12x3, f_6x2), f_6x)
    l1 = fp12_mul(l2, fp12_conj(f_2x))
    l0 = fp12_mul(fp12_mul(l2, f_6x2), f)
    l3 = fp12_mul(l1, fp12_conj(f))
    # Horner in the Frobenius map: ((l3^p * l2)^p * l1)^p * l0.
    result = fp12_mul(fp12_frobenius(l3), l2)
    result = fp12_mul(fp12_frobenius(result), l1)
    return fp12_mul(fp12_frobenius(result), l0)


def pairing(p: G1Point, q: G2Point) -> Fp12:
    """e(P, Q); one where either is infinity. P on the curve and Q in the subgroup are the caller's to check."""
    if p is None or q is None:
        return FP12_ONE
    return final_exponentiation(miller_loop([p], line_coefficients([q])))


def gt_to_nested(value: Fp12) -> list[list[list[int]]]:
    """Plain integers [2][3][2]: coefficient of w, of v, of u; the layout of snarkjs's `vk_alphabeta_12`."""
    return [[list(half[i : i + 2]) for i in range(0, 6, 2)] for half in value]


def gt_from_nested(nested: Sequence[Sequence[Sequence[int]]]) -> Fp12:
    """The inverse of `gt_to_nested`; ValueError where the shape is another one. Coefficients are reduced mod p."""
    halves: list[Fp6] = []
    for half in nested:
        (a0, a1), (b0, b1), (c0, c1) = half
        halves.append((a0 % P, a1 % P, b0 % P, b1 % P, c0 % P, c1 % P))
    even, odd = halves
    return even, odd


class ReferencePairing:
    """The reference as a `PairingCheck` (see `groth16/verify`); keeps the lines of the last few G2 points it met.

    A key's own points come back in every verification, so only pi_b needs new lines. Not for several threads at once.
    """

    #: Three points of some keys; 90 lines of four numbers each come to about 30 kB a point.
    capacity = 16

    def __init__(self) -> None:
        self._lines: dict[G2Affine, Lines] = {}

    def product_is_one(self, pairs: Sequence[tuple[G1Point, G2Point]]) -> bool:
        """Whether the product of e(P_i, Q_i) is one; pairs with infinity count as one, no pairs as true.

        One Miller loop with shared squarings, one final exponentiation. Points must have been checked by the caller.
        """
        finite = [(p, q) for p, q in pairs if p is not None and q is not None]
        if not finite:
            return True
        known = self._lines
        missing = list(dict.fromkeys(q for _, q in finite if q not in known))
        fresh = dict(zip(missing, line_coefficients(missing), strict=True))
        lines = [known[q] if q in known else fresh[q] for _, q in finite]
        for q, own in fresh.items():
            if len(known) >= self.capacity:
                del known[next(iter(known))]
            known[q] = own
        return final_exponentiation(miller_loop([p for p, _ in finite], lines)) == FP12_ONE

    def g1_msm(self, points: Sequence[G1Point], scalars: Sequence[int]) -> G1Point:
        """The sum of [k_i]P_i."""
        return msm(G1, points, scalars)

    def g2_in_subgroup(self, point: G2Point) -> bool:
        """Whether a point of the twist lies in G2."""
        return G2.in_subgroup(point)


def pairing_product_is_one(pairs: Sequence[tuple[G1Point, G2Point]]) -> bool:
    """As `ReferencePairing.product_is_one`, keeping nothing."""
    return ReferencePairing().product_is_one(pairs)
