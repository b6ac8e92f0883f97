"""Fp6 = Fp2[v]/(v^3 - xi) and Fp12 = Fp6[w]/(w^2 - v), xi = 9 + u, on plain Python integers.

Fp6 elements are flat tuples of six integers (a0, a1, b0, b1, c0, c1) = a + b*v + c*v^2 with a, b, c in Fp2; Fp12
elements are pairs (c0, c1) = c0 + c1*w of them. All results are reduced. Products are summed unreduced (Python
integers grow) and reduced once for each coefficient: reduction costs about twice a multiplication here.
"""

from __future__ import annotations

from zkcompanion.proving.points import Fp2
from zkcompanion.proving.reference.fp2 import XI, P, fp2_inv, fp2_mul, fp2_pow, fp2_sqr

Fp6 = tuple[int, int, int, int, int, int]
Fp12 = tuple[Fp6, Fp6]

FP6_ZERO: Fp6 = (0, 0, 0, 0, 0, 0)
FP6_ONE: Fp6 = (1, 0, 0, 0, 0, 0)
FP12_ONE: Fp12 = (FP6_ONE, FP6_ZERO)

#: xi^(i(p-1)/6): w^p = w * xi^((p-1)/6), so these carry the coefficient of w^i through the Frobenius map.
FROBENIUS: tuple[Fp2, ...] = tuple(fp2_pow(XI, i * (P - 1) // 6) for i in range(6))


def fp6_add(x: Fp6, y: Fp6) -> Fp6:
    """The sum x + y."""
    a0, a1, b0, b1, c0, c1 = x
    d0, d1, e0, e1, f0, f1 = y
    return (a0 + d0) % P, (a1 + d1) % P, (b0 + e0) % P, (b1 + e1) % P, (c0 + f0) % P, (c1 + f1) % P


def fp6_sub(x: Fp6, y: Fp6) -> Fp6:
    """The difference x - y."""
    a0, a1, b0, b1, c0, c1 = x
    d0, d1, e0, e1, f0, f1 = y
    return (a0 - d0) % P, (a1 - d1) % P, (b0 - e0) % P, (b1 - e1) % P, (c0 - f0) % P, (c1 - f1) % P


def fp6_neg(x: Fp6) -> Fp6:
    """-x."""
    a0, a1, b0, b1, c0, c1 = x
    return -a0 % P, -a1 % P, -b0 % P, -b1 % P, -c0 % P, -c1 % P


def fp6_mul_v(x: Fp6) -> Fp6:
    """v*x = xi*c + a*v + b*v^2."""
    a0, a1, b0, b1, c0, c1 = x
    return (9 * c0 - c1) % P, (9 * c1 + c0) % P, a0, a1, b0, b1


def fp6_mul(x: Fp6, y: Fp6) -> Fp6:
    """x*y, Karatsuba in v (6 products in Fp2 instead of 9) and in u: 18 integer products, 6 reductions.

    With A = a*d, B = b*e, C = c*f:
    a' = A + xi((b+c)(e+f) - B - C), b' = (a+b)(d+e) - A - B + xi*C, c' = (a+c)(d+f) - A - C + B.
    """
    a0, a1, b0, b1, c0, c1 = x
    d0, d1, e0, e1, f0, f1 = y
    # Each product (s + t*u)(q + z*u): real part s*q - t*z, imaginary part (s + t)(q + z) - s*q - t*z.
    s, t = a0 * d0, a1 * d1
    ra, ia = s - t, (a0 + a1) * (d0 + d1) - s - t
    s, t = b0 * e0, b1 * e1
    rb, ib = s - t, (b0 + b1) * (e0 + e1) - s - t
    s, t = c0 * f0, c1 * f1
    rc, ic = s - t, (c0 + c1) * (f0 + f1) - s - t
    g0, g1, h0, h1 = b0 + c0, b1 + c1, e0 + f0, e1 + f1
    s, t = g0 * h0, g1 * h1
    r1, i1 = s - t - rb - rc, (g0 + g1) * (h0 + h1) - s - t - ib - ic
    g0, g1, h0, h1 = a0 + b0, a1 + b1, d0 + e0, d1 + e1
    s, t = g0 * h0, g1 * h1
    r2, i2 = s - t - ra - rb, (g0 + g1) * (h0 + h1) - s - t - ia - ib
    g0, g1, h0, h1 = a0 + c0, a1 + c1, d0 + f0, d1 + f1
    s, t = g0 * h0, g1 * h1
    r3, i3 = s - t - ra - rc, (g0 + g1) * (h0 + h1) - s - t - ia - ic
    return (
        (ra + 9 * r1 - i1) % P,
        (ia + 9 * i1 + r1) % P,
        (r2 + 9 * rc - ic) % P,
        (i2 + 9 * ic + rc) % P,
        (r3 + rb) % P,
        (i3 + ib) % P,
    )


def fp6_mul_sparse(x: Fp6, d: Fp2, e: Fp2) -> Fp6:
    """x*(d + e*v): 5 products in Fp2. a' = a*d + xi*c*e, b' = (a+b)(d+e) - a*d - b*e, c' = b*e + c*d."""
    a0, a1, b0, b1, c0, c1 = x
    d0, d1 = d
    e0, e1 = e
    ds, es = d0 + d1, e0 + e1
    s, t = a0 * d0, a1 * d1
    ra, ia = s - t, (a0 + a1) * ds - s - t
    s, t = b0 * e0, b1 * e1
    rb, ib = s - t, (b0 + b1) * es - s - t
    s, t = c0 * e0, c1 * e1
    r1, i1 = s - t, (c0 + c1) * es - s - t
    s, t = c0 * d0, c1 * d1
    r2, i2 = s - t, (c0 + c1) * ds - s - t
    g0, g1 = a0 + b0, a1 + b1
    s, t = g0 * (d0 + e0), g1 * (d1 + e1)
    return (
        (ra + 9 * r1 - i1) % P,
        (ia + 9 * i1 + r1) % P,
        (s - t - ra - rb) % P,
        ((g0 + g1) * (ds + es) - s - t - ia - ib) % P,
        (rb + r2) % P,
        (ib + i2) % P,
    )


def fp6_inv(x: Fp6) -> Fp6:
    """1/x by the norm to Fp2; ValueError for zero (Guide to Pairing-Based Cryptography, algorithm 5.23)."""
    a, b, c = (x[0], x[1]), (x[2], x[3]), (x[4], x[5])
    bc = fp2_mul(b, c)
    cc = fp2_sqr(c)
    aa = fp2_sqr(a)
    ab = fp2_mul(a, b)
    bb = fp2_sqr(b)
    ac = fp2_mul(a, c)
    t0 = (aa[0] - 9 * bc[0] + bc[1], aa[1] - 9 * bc[1] - bc[0])
    t1 = (9 * cc[0] - cc[1] - ab[0], 9 * cc[1] + cc[0] - ab[1])
    t2 = (bb[0] - ac[0], bb[1] - ac[1])
    # The norm is a*t0 + xi*(c*t1 + b*t2).
    n0, n1 = fp2_mul(a, t0)
    m0, m1 = fp2_mul(c, t1)
    k0, k1 = fp2_mul(b, t2)
    m0, m1 = m0 + k0, m1 + k1
    inverse = fp2_inv((n0 + 9 * m0 - m1, n1 + 9 * m1 + m0))
    return (*fp2_mul(t0, inverse), *fp2_mul(t1, inverse), *fp2_mul(t2, inverse))


def fp12_mul(x: Fp12, y: Fp12) -> Fp12:
    """x*y, Karatsuba in w: 3 products in Fp6."""
    a, b = x
    c, d = y
    ac = fp6_mul(a, c)
    bd = fp6_mul(b, d)
    cross = fp6_mul(fp6_add(a, b), fp6_add(c, d))
    return fp6_add(ac, fp6_mul_v(bd)), fp6_sub(fp6_sub(cross, ac), bd)


def fp12_sqr(x: Fp12) -> Fp12:
    """x^2 = (a + b)(a + v*b) - ab - v*ab + 2ab*w: 2 products in Fp6."""
    a, b = x
    ab = fp6_mul(a, b)
    t = fp6_mul(fp6_add(a, b), fp6_add(a, fp6_mul_v(b)))
    return fp6_sub(fp6_sub(t, ab), fp6_mul_v(ab)), fp6_add(ab, ab)


def fp12_mul_line(x: Fp12, d: Fp2, e: Fp2) -> Fp12:
    """x*(1 + (d + e*v)*w), the shape of a line function scaled to constant term one: 10 products in Fp2."""
    a, b = x
    return fp6_add(a, fp6_mul_v(fp6_mul_sparse(b, d, e))), fp6_add(b, fp6_mul_sparse(a, d, e))


def fp12_conj(x: Fp12) -> Fp12:
    """c0 - c1*w = x^(p^6); the inverse where x has norm one over Fp6 (everything after the easy part)."""
    return x[0], fp6_neg(x[1])


def fp12_inv(x: Fp12) -> Fp12:
    """1/x = conjugate / (c0^2 - v*c1^2); ValueError for zero."""
    a, b = x
    norm = fp6_inv(fp6_sub(fp6_mul(a, a), fp6_mul_v(fp6_mul(b, b))))
    return fp6_mul(a, norm), fp6_neg(fp6_mul(b, norm))


def fp12_frobenius(x: Fp12) -> Fp12:
    """x^p: conjugate every Fp2 coefficient, multiply the one of w^i by xi^(i(p-1)/6)."""
    (a0, a1, b0, b1, c0, c1), (d0, d1, e0, e1, f0, f1) = x
    even: Fp6 = (
        a0,
        -a1 % P,
        *fp2_mul((b0, -b1), FROBENIUS[2]),
        *fp2_mul((c0, -c1), FROBENIUS[4]),
    )
    odd: Fp6 = (
        *fp2_mul((d0, -d1), FROBENIUS[1]),
        *fp2_mul((e0, -e1), FROBENIUS[3]),
        *fp2_mul((f0, -f1), FROBENIUS[5]),
    )
    return even, odd


def fp12_cyclotomic_sqr(x: Fp12) -> Fp12:
    """x^2 for x of the cyclotomic subgroup (order dividing p^4 - p^2 + 1): 9 squarings in Fp2.

    Granger, Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions", PKC 2010. With Fp4 =
    Fp2[s]/(s^2 - xi) and the pairs (a, e), (d, c), (b, f) of coefficients as Fp4 elements, each pair is squared and
    combined as 3*square -+ 2*conjugate.
    """
    (a0, a1, b0, b1, c0, c1), (d0, d1, e0, e1, f0, f1) = x
    # (y + z*s)^2 = (y^2 + xi*z^2) + 2yz*s, for (a, e), (d, c), (b, f); 2yz = (y+z)^2 - y^2 - z^2 needs no third square
    # here, because a general product in Fp2 costs three integer products and two squarings cost four.
    p0, p1 = (a0 + a1) * (a0 - a1), 2 * a0 * a1
    q0, q1 = (e0 + e1) * (e0 - e1), 2 * e0 * e1
    s0, s1 = p0 + 9 * q0 - q1, p1 + 9 * q1 + q0
    m, n = a0 * e0, a1 * e1
    t0, t1 = 2 * (m - n), 2 * ((a0 + a1) * (e0 + e1) - m - n)
    p0, p1 = (d0 + d1) * (d0 - d1), 2 * d0 * d1
    q0, q1 = (c0 + c1) * (c0 - c1), 2 * c0 * c1
    g0, g1 = p0 + 9 * q0 - q1, p1 + 9 * q1 + q0
    m, n = d0 * c0, d1 * c1
    h0, h1 = 2 * (m - n), 2 * ((d0 + d1) * (c0 + c1) - m - n)
    p0, p1 = (b0 + b1) * (b0 - b1), 2 * b0 * b1
    q0, q1 = (f0 + f1) * (f0 - f1), 2 * f0 * f1
    k0, k1 = p0 + 9 * q0 - q1, p1 + 9 * q1 + q0
    m, n = b0 * f0, b1 * f1
    l0, l1 = 2 * (m - n), 2 * ((b0 + b1) * (f0 + f1) - m - n)
    return (
        (
            (3 * s0 - 2 * a0) % P,
            (3 * s1 - 2 * a1) % P,
            (3 * g0 - 2 * b0) % P,
            (3 * g1 - 2 * b1) % P,
            (3 * k0 - 2 * c0) % P,
            (3 * k1 - 2 * c1) % P,
        ),
        (
            (3 * (9 * l0 - l1) + 2 * d0) % P,
            (3 * (9 * l1 + l0) + 2 * d1) % P,
            (3 * t0 + 2 * e0) % P,
            (3 * t1 + 2 * e1) % P,
            (3 * h0 + 2 * f0) % P,
            (3 * h1 + 2 * f1) % P,
        ),
    )


def fp12_pow(x: Fp12, exponent: int) -> Fp12:
    """x^exponent for exponent >= 0, any x, left to right."""
    result = FP12_ONE
    for bit in bin(exponent)[2:]:
        result = fp12_sqr(result)
        if bit == "1":
            result = fp12_mul(result, x)
    return result
