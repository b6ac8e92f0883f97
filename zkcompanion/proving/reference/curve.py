"""G1 and G2 of BN254 on plain Python integers: the oracle of the curve kernels.

Points go in and come out affine and plain (`G1Point`, `G2Point`; None is infinity); inside, sums run in Jacobian
coordinates (X, Y, Z) with x = X/Z^2, y = Y/Z^3, and infinity is None there too. Formulas: dbl-2009-l, madd-2004-hmv and
add-1998-cmo-2 of the Explicit-Formulas Database (short Weierstrass, a = 0), complete here because the exceptional
cases are branched on. Nothing runs in constant time.

Arithmetic never looks whether an input lies on its curve; ask `is_on_curve` and `in_subgroup` first for points that
somebody else chose. The one curve constant b does not occur in the formulas, so a point off the curve gives a point
on another curve y^2 = x^3 + b' and no error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.points import Fp2, G1Affine, G2Affine
from zkcompanion.proving.reference.fp2 import (
    XI,
    fp2_add,
    fp2_conj,
    fp2_inv,
    fp2_inv_many,
    fp2_mul,
    fp2_neg,
    fp2_pow,
    fp2_scale,
    fp2_sqr,
    fp2_sub,
)

P = FP.modulus
R = FR.modulus

#: The parameter of the Barreto-Naehrig family: p = 36x^4 + 36x^3 + 24x^2 + 6x + 1, r = p - 6x^2.
BN_X = 4965661367192848881

#: b of G1, and b/xi of the (D-type) twist.
G1_B = 3
G2_B: Fp2 = fp2_scale(fp2_inv(XI), G1_B)

#: psi = twist^-1 o Frobenius o twist: psi(x, y) = (conj(x)*xi^((p-1)/3), conj(y)*xi^((p-1)/2)).
PSI_X: Fp2 = fp2_pow(XI, (P - 1) // 3)
PSI_Y: Fp2 = fp2_pow(XI, (P - 1) // 2)

Affine = TypeVar("Affine", G1Affine, G2Affine)
Jacobian = TypeVar("Jacobian")

G1Jacobian = tuple[int, int, int]
G2Jacobian = tuple[Fp2, Fp2, Fp2]

#: Width of the non-adjacent form in `multiply`: 2^(w-2) odd multiples, an addition every w + 1 doublings on average.
_NAF_WIDTH = 5


def wnaf(k: int, width: int) -> list[int]:
    """Digits of k >= 0, least significant first: zero or odd, |d| < 2^(width-1), no two non-zero within `width`."""
    digits = []
    modulus = 1 << width
    while k:
        digit = 0
        if k & 1:
            digit = k & (modulus - 1)
            if digit >= modulus >> 1:
                digit -= modulus
            k -= digit
        digits.append(digit)
        k >>= 1
    return digits


class Group(ABC, Generic[Affine, Jacobian]):
    """What G1 and G2 share: everything that needs only a doubling, two kinds of addition and a normalisation."""

    @abstractmethod
    def is_on_curve(self, point: Affine | None) -> bool:
        """Coordinates in [0, p) and the curve equation; infinity is on the curve."""

    @abstractmethod
    def negate(self, point: Affine | None) -> Affine | None:
        """-point."""

    @abstractmethod
    def from_affine(self, point: Affine) -> Jacobian:
        """The same point with Z = 1."""

    @abstractmethod
    def double_jacobian(self, point: Jacobian | None) -> Jacobian | None:
        """2*point."""

    @abstractmethod
    def add_affine(self, left: Jacobian | None, right: Affine) -> Jacobian | None:
        """The sum of any two inputs (equal and opposite points are branched on)."""

    @abstractmethod
    def add_jacobian(self, left: Jacobian | None, right: Jacobian | None) -> Jacobian | None:
        """The sum of any two inputs."""

    @abstractmethod
    def to_affine_many(self, points: Sequence[Jacobian | None]) -> list[Affine | None]:
        """Affine forms of all points with one inversion."""

    def to_affine(self, point: Jacobian | None) -> Affine | None:
        """Affine form of one point."""
        return self.to_affine_many([point])[0]

    def add(self, left: Affine | None, right: Affine | None) -> Affine | None:
        """The sum."""
        if left is None:
            return right
        if right is None:
            return left
        return self.to_affine(self.add_affine(self.from_affine(left), right))

    def double(self, point: Affine | None) -> Affine | None:
        """2*point."""
        return None if point is None else self.to_affine(self.double_jacobian(self.from_affine(point)))

    def multiply(self, point: Affine | None, k: int) -> Affine | None:
        """[k]point for any integer k, not reduced mod r (so it also answers for points outside the subgroup)."""
        return self.to_affine(self.multiply_jacobian(point, k))

    def multiply_jacobian(self, point: Affine | None, k: int) -> Jacobian | None:
        """[k]point, left in Jacobian coordinates (width-5 non-adjacent form, left to right)."""
        if k < 0:
            point, k = self.negate(point), -k
        if point is None or k == 0:
            return None
        start = self.from_affine(point)
        twice = self.double_jacobian(start)
        odd: list[Jacobian | None] = [start]
        digits = wnaf(k, _NAF_WIDTH)
        for _ in range(max(map(abs, digits)) // 2):
            odd.append(self.add_jacobian(odd[-1], twice))
        positive = self.to_affine_many(odd)
        negative = [self.negate(q) for q in positive]
        acc: Jacobian | None = None
        for digit in reversed(digits):
            acc = self.double_jacobian(acc)
            if digit:
                term = positive[digit >> 1] if digit > 0 else negative[-digit >> 1]
                if term is not None:  # an odd multiple is infinity only for a point of small odd order
                    acc = self.add_affine(acc, term)
        return acc


class G1Group(Group[G1Affine, G1Jacobian]):
    """y^2 = x^3 + 3 over Fp; prime order r, so every point of the curve is in the group."""

    def is_on_curve(self, point: G1Affine | None) -> bool:
        """See `Group`; one squaring and two products."""
        if point is None:
            return True
        x, y = point
        return 0 <= x < P and 0 <= y < P and (y * y - x * x * x - G1_B) % P == 0

    def negate(self, point: G1Affine | None) -> G1Affine | None:
        """(x, -y)."""
        return None if point is None else (point[0], -point[1] % P)

    def from_affine(self, point: G1Affine) -> G1Jacobian:
        """(x, y, 1)."""
        return point[0], point[1], 1

    def double_jacobian(self, point: G1Jacobian | None) -> G1Jacobian | None:
        """dbl-2009-l, 3M + 4S. y = 0 gives Z = 0, which cannot happen on G1 (odd order)."""
        if point is None:
            return None
        x, y, z = point
        yy = y * y % P
        d = 4 * x * yy % P
        e = 3 * x * x
        x3 = (e * e - 2 * d) % P
        return x3, (e * (d - x3) - 8 * yy * yy) % P, 2 * y * z % P

    def add_affine(self, left: G1Jacobian | None, right: G1Affine) -> G1Jacobian | None:
        """Mixed addition, 8M + 3S."""
        x2, y2 = right
        if left is None:
            return x2, y2, 1
        x1, y1, z1 = left
        zz = z1 * z1 % P
        h = (x2 * zz - x1) % P
        s = (y2 * zz * z1 - y1) % P
        if h == 0:
            return self.double_jacobian(left) if s == 0 else None
        hh = h * h % P
        hhh = h * hh % P
        v = x1 * hh % P
        x3 = (s * s - hhh - 2 * v) % P
        return x3, (s * (v - x3) - y1 * hhh) % P, z1 * h % P

    def add_jacobian(self, left: G1Jacobian | None, right: G1Jacobian | None) -> G1Jacobian | None:
        """Full addition, 12M + 4S."""
        if left is None:
            return right
        if right is None:
            return left
        x1, y1, z1 = left
        x2, y2, z2 = right
        zz1 = z1 * z1 % P
        zz2 = z2 * z2 % P
        u1 = x1 * zz2 % P
        s1 = y1 * zz2 * z2 % P
        h = (x2 * zz1 - u1) % P
        s = (y2 * zz1 * z1 - s1) % P
        if h == 0:
            return self.double_jacobian(left) if s == 0 else None
        hh = h * h % P
        hhh = h * hh % P
        v = u1 * hh % P
        x3 = (s * s - hhh - 2 * v) % P
        return x3, (s * (v - x3) - s1 * hhh) % P, z1 * z2 * h % P

    def to_affine_many(self, points: Sequence[G1Jacobian | None]) -> list[G1Affine | None]:
        """Montgomery's trick: 3M a point and one inversion, then 1S + 3M a point."""
        prefix: list[int] = []
        acc = 1
        for point in points:
            prefix.append(acc)
            if point is not None:
                acc = acc * point[2] % P
        inverse = pow(acc, -1, P)
        result: list[G1Affine | None] = [None] * len(points)
        for i in range(len(points) - 1, -1, -1):
            point = points[i]
            if point is not None:
                x, y, z = point
                zi = inverse * prefix[i] % P
                inverse = inverse * z % P
                zi2 = zi * zi % P
                result[i] = (x * zi2 % P, y * zi2 * zi % P)
        return result


class G2Group(Group[G2Affine, G2Jacobian]):
    """The twist y^2 = x^3 + 3/(9+u) over Fp2, order r*(2p - r); G2 is its subgroup of order r."""

    def is_on_curve(self, point: G2Affine | None) -> bool:
        """See `Group`; says nothing about the subgroup."""
        if point is None:
            return True
        x, y = point
        if not all(0 <= c < P for c in (*x, *y)):
            return False
        return fp2_sqr(y) == fp2_add(fp2_mul(fp2_sqr(x), x), G2_B)

    def negate(self, point: G2Affine | None) -> G2Affine | None:
        """(x, -y)."""
        return None if point is None else (point[0], fp2_neg(point[1]))

    def from_affine(self, point: G2Affine) -> G2Jacobian:
        """(x, y, 1)."""
        return point[0], point[1], (1, 0)

    def double_jacobian(self, point: G2Jacobian | None) -> G2Jacobian | None:
        """dbl-2009-l. y = 0 gives Z = 0, which cannot happen: the order of the twist is odd."""
        if point is None:
            return None
        x, y, z = point
        yy = fp2_sqr(y)
        d = fp2_scale(fp2_mul(x, yy), 4)
        e = fp2_scale(fp2_sqr(x), 3)
        e0, e1 = fp2_sqr(e)
        x3 = ((e0 - 2 * d[0]) % P, (e1 - 2 * d[1]) % P)
        y0, y1 = fp2_mul(e, (d[0] - x3[0], d[1] - x3[1]))
        c0, c1 = fp2_sqr(yy)
        z0, z1 = fp2_mul(y, z)
        return x3, ((y0 - 8 * c0) % P, (y1 - 8 * c1) % P), (2 * z0 % P, 2 * z1 % P)

    def add_affine(self, left: G2Jacobian | None, right: G2Affine) -> G2Jacobian | None:
        """Mixed addition."""
        x2, y2 = right
        if left is None:
            return x2, y2, (1, 0)
        z1 = left[2]
        zz = fp2_sqr(z1)
        h = fp2_sub(fp2_mul(x2, zz), left[0])
        s = fp2_sub(fp2_mul(fp2_mul(y2, zz), z1), left[1])
        return self._finish_addition(left, left[0], left[1], h, s, z1)

    def add_jacobian(self, left: G2Jacobian | None, right: G2Jacobian | None) -> G2Jacobian | None:
        """Full addition."""
        if left is None:
            return right
        if right is None:
            return left
        x1, y1, z1 = left
        x2, y2, z2 = right
        zz1 = fp2_sqr(z1)
        zz2 = fp2_sqr(z2)
        u1 = fp2_mul(x1, zz2)
        s1 = fp2_mul(fp2_mul(y1, zz2), z2)
        h = fp2_sub(fp2_mul(x2, zz1), u1)
        s = fp2_sub(fp2_mul(fp2_mul(y2, zz1), z1), s1)
        return self._finish_addition(left, u1, s1, h, s, fp2_mul(z1, z2))

    def _finish_addition(self, left: G2Jacobian, u1: Fp2, s1: Fp2, h: Fp2, s: Fp2, z: Fp2) -> G2Jacobian | None:
        """The common tail: h, s are the differences of x and y over a common denominator, z the product of the Zs."""
        if h == (0, 0):
            return self.double_jacobian(left) if s == (0, 0) else None
        hh = fp2_sqr(h)
        hhh = fp2_mul(h, hh)
        v = fp2_mul(u1, hh)
        r0, r1 = fp2_sqr(s)
        x3 = ((r0 - hhh[0] - 2 * v[0]) % P, (r1 - hhh[1] - 2 * v[1]) % P)
        y3 = fp2_sub(fp2_mul(s, (v[0] - x3[0], v[1] - x3[1])), fp2_mul(s1, hhh))
        return x3, y3, fp2_mul(z, h)

    def to_affine_many(self, points: Sequence[G2Jacobian | None]) -> list[G2Affine | None]:
        """One inversion for all."""
        inverses = iter(fp2_inv_many([point[2] for point in points if point is not None]))
        result: list[G2Affine | None] = []
        for point in points:
            if point is None:
                result.append(None)
                continue
            zi = next(inverses)
            zi2 = fp2_sqr(zi)
            result.append((fp2_mul(point[0], zi2), fp2_mul(fp2_mul(point[1], zi2), zi)))
        return result

    def psi(self, point: G2Affine | None) -> G2Affine | None:
        """The p-power Frobenius carried over to the twist; on G2 it is multiplication by p = 6x^2 mod r."""
        if point is None:
            return None
        return fp2_mul(fp2_conj(point[0]), PSI_X), fp2_mul(fp2_conj(point[1]), PSI_Y)

    def in_subgroup(self, point: G2Affine | None) -> bool:
        """Whether a point *of the twist* has order dividing r; one multiplication by the 63-bit x.

        Test: [x+1]Q + psi([x]Q) + psi^2([x]Q) = psi^3([2x]Q) (Dai, Lin, Zhao, Zhou, "Fast subgroup membership
        testings for G1, G2 and GT on pairing-friendly curves", ePrint 2022/348, section 5.1; gnark-crypto does so too).
        Why it suffices: psi satisfies psi^2 - t*psi + p = 0 on the twist, so a polynomial f in psi that kills Q gives
        [N]Q = 0 for N the norm of f in Z[psi]; here gcd(N, order of the twist) = r. A test recomputes that gcd and
        compares with [r]Q = 0.
        """
        if point is None:
            return True
        xq = self.multiply(point, BN_X)
        psi1 = self.psi(xq)
        psi2 = self.psi(psi1)
        psi3 = self.psi(psi2)
        left = self.add(self.add(self.add(xq, point), psi1), psi2)
        return left == self.double(psi3)


G1 = G1Group()
G2 = G2Group()
