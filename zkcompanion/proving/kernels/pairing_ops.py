"""Kernels of the optimal ate pairing on BN254: lines, Miller loop, final exponentiation.

The method is the one of `reference/pairing` (Vercauteren 2010; hard part of Fuentes-Castaneda, Knapp,
Rodriguez-Henriquez, SAC 2011), digit for digit, so that values agree, not only their being one.

A line through untwisted points at P = (X, Y), divided by Y and by an Fp2 factor, both of which die in the final
exponentiation, is 1 + (d + e*v)*w with d = -m*X/Y, e = c/Y; m is its slope on the twist, c = m*x - y. These two
depend on Q alone: `g2_line_table` makes them for a Q once, and a verifier keeps those of its key.

Scalar family, one core of 4 GHz: a line table 0.08 ms a point, Miller loop 0.07 ms and 0.06 ms for each pair,
final exponentiation 0.20 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import Element, ScalarField
from zkcompanion.proving.kernels.ir import I8, I64, PTR, VOID, Emitter, KernelSpec, Value, const, internal_function
from zkcompanion.proving.kernels.point_ops import scratch
from zkcompanion.proving.kernels.tower_ops import Tower
from zkcompanion.proving.reference.curve import BN_X, PSI_X, PSI_Y, wnaf

#: Signed digits of 6x + 2 below the leading one, most significant first.
_LOOP = wnaf(6 * BN_X + 2, 2)[-2::-1]
#: The same of x.
_X_DIGITS = wnaf(BN_X, 2)[-2::-1]

#: What each line belongs to: a doubling, or the addition of an entry of (Q, -Q, psi(Q), -psi^2(Q)).
_DOUBLE, _Q, _MINUS_Q, _PSI, _MINUS_PSI2 = range(5)
_STEPS = [
    step for digit in _LOOP for step in ([_DOUBLE] if digit == 0 else [_DOUBLE, _Q if digit > 0 else _MINUS_Q])
] + [_PSI, _MINUS_PSI2]
#: Lines of one point.
LINES = len(_STEPS)
#: Lines after each squaring of the Miller loop; the two Frobenius lines follow the last one.
_LINES_AFTER_SQUARING = [1 if digit == 0 else 2 for digit in _LOOP[:-1]] + [(1 if _LOOP[-1] == 0 else 2) + 2]


def _tower(e: Emitter) -> Tower:
    """The tower over Fp of BN254 in the scalar family."""
    return Tower(e, lambda inner: ScalarField(inner, FP))


def _constant_bytes(e: Emitter, name: str, values: list[int]) -> Value:
    """A read-only array of signed bytes, asked for once."""
    array = ir.GlobalVariable(e.module, ir.ArrayType(I8, len(values)), name)
    array.linkage = "internal"
    array.global_constant = True
    array.initializer = ir.Constant(array.value_type, [v & 0xFF for v in values])
    return array


def _local(e: Emitter, name: str, params: str, body: Callable[[Emitter], Value | None], result: Any = VOID) -> Any:
    """Internal function whose parameters, separated by blanks, are all pointers."""
    return internal_function(e.module, name, [(p, PTR) for p in params.split()], result, body)


def _psi(t: Tower, x: Element, y: Element) -> tuple[Element, Element]:
    """Frobenius carried over to the twist, on affine coordinates."""
    f = t.fp2
    return f.mul(f.conj(x), f.constant(PSI_X)), f.mul(f.conj(y), f.constant(PSI_Y))


# -- lines -----------------------------------------------------------------------------------------------------------


def _tangent(e: Emitter) -> Any:
    """`_g2_tangent(line*, bottom*, p*)`: the tangent at p as (m*D, c*D) and D; then p = 2p.

    m = 3X^2/(2YZ) and m*x - y = (3X^3 - 2Y^2)/(2YZ^3) have the common denominator D = 2YZ * Z^2.
    """

    def body(e: Emitter) -> None:
        f = _tower(e).fp2
        line, p = e.arg("line"), e.arg("p")
        x, y, z = (f.load(p, i) for i in range(3))
        zz, yy = f.sqr(z), f.sqr(y)
        slope = f.triple(f.sqr(x))
        z3 = f.double(f.mul(y, z))
        f.store(f.mul(slope, zz), line, 0)
        f.store(f.sub(f.mul(slope, x), f.double(yy)), line, 1)
        f.store(f.mul(z3, zz), e.arg("bottom"))
        d = f.double(f.double(f.mul(x, yy)))
        x3 = f.sub(f.sqr(slope), f.double(d))
        yyyy8 = f.double(f.double(f.double(f.sqr(yy))))
        f.store(x3, p, 0)
        f.store(f.sub(f.mul(slope, f.sub(d, x3)), yyyy8), p, 1)
        f.store(z3, p, 2)

    return _local(e, "_g2_tangent", "line bottom p", body)


def _chord(e: Emitter) -> Any:
    """`_g2_chord(line*, bottom*, p*, q*)`: the line through p and the affine q as (m*D, c*D) and D; then p = p + q.

    With h = x2*Z^2 - X, s = y2*Z^3 - Y: m = s/(Z*h), D = Z*h. A point of order r never meets h = 0 here.
    """

    def body(e: Emitter) -> None:
        f = _tower(e).fp2
        line, p, q = e.arg("line"), e.arg("p"), e.arg("q")
        x, y, z = (f.load(p, i) for i in range(3))
        x2, y2 = f.load(q, 0), f.load(q, 1)
        zz = f.sqr(z)
        h = f.sub(f.mul(x2, zz), x)
        s = f.sub(f.mul(f.mul(y2, z), zz), y)
        z3 = f.mul(z, h)
        f.store(s, line, 0)
        f.store(f.sub(f.mul(s, x2), f.mul(y2, z3)), line, 1)
        f.store(z3, e.arg("bottom"))
        hh = f.sqr(h)
        hhh, v = f.mul(h, hh), f.mul(x, hh)
        x3 = f.sub(f.sub(f.sqr(s), hhh), f.double(v))
        f.store(x3, p, 0)
        f.store(f.sub(f.mul(s, f.sub(v, x3)), f.mul(y, hhh)), p, 1)
        f.store(z3, p, 2)

    return _local(e, "_g2_chord", "line bottom p q", body)


def _line_table(e: Emitter) -> None:
    """lines[i] = (m, c) of every line of point i: uint64[n, LINES, 16]; sound[i] = 0 where a step was degenerate.

    Points are finite, affine; sound is 1 for every point of order r, and lines of others are worth nothing: where a
    denominator is zero they would all come out as one, and so would every product with them. One inversion a point
    (Montgomery's trick over its lines), so that a bad point spoils only itself.
    """
    t = _tower(e)
    f, b = t.fp2, e.builder
    steps = _constant_bytes(e, "_line_steps", _STEPS)
    point, addends = scratch(e, 3 * f.size_bytes), scratch(e, 8 * f.size_bytes)
    bottoms, prefixes = scratch(e, LINES * f.size_bytes), scratch(e, LINES * f.size_bytes)
    running = scratch(e, f.size_bytes)
    with e.loop(0, e.arg("n")) as i:
        lines = e.at(e.arg("lines"), b.mul(i, e.i64(LINES * 2 * f.size_bytes)), I8)
        start = e.at(e.arg("points"), b.mul(i, e.i64(2 * f.size_bytes)), I8)
        x, y = f.load(start, 0), f.load(start, 1)
        px, py = _psi(t, x, y)
        ppx, ppy = _psi(t, px, py)
        for k, value in enumerate((x, y, x, f.neg(y), px, py, ppx, f.neg(ppy))):
            f.store(value, addends, k)
        for k, value in enumerate((x, y, f.one())):
            f.store(value, point, k)
        f.store(f.one(), running)
        with e.loop(0, LINES) as k:
            line = e.at(lines, b.mul(k, e.i64(2 * f.size_bytes)), I8)
            bottom = e.at(bottoms, b.mul(k, e.i64(f.size_bytes)), I8)
            step = e.as_i64(e.load(steps, I8, k))
            with e.either(b.icmp_unsigned("==", step, e.i64(_DOUBLE))) as (double, add):
                with double:
                    e.call(_tangent(e), line, bottom, point)
                with add:
                    addend = e.at(addends, b.mul(b.sub(step, e.i64(1)), e.i64(2 * f.size_bytes)), I8)
                    e.call(_chord(e), line, bottom, point, addend)
            product = f.load(running)
            f.store(product, prefixes, k)
            f.store(f.mul(product, f.load(bottoms, k)), running)
        product = f.load(running)
        e.store(b.zext(b.not_(f.is_zero(product)), I64), e.arg("sound"), i)
        f.store(f.inv(product), running)
        with e.loop_down(LINES, 0) as k:
            product = f.load(running)
            inverse = f.mul(product, f.load(prefixes, k))
            f.store(f.mul(product, f.load(bottoms, k)), running)
            line = e.at(lines, b.mul(k, e.i64(2 * f.size_bytes)), I8)
            for part in range(2):
                f.store(f.canonical(f.mul(f.load(line, part), inverse)), line, part)


# -- Miller loop and final exponentiation ----------------------------------------------------------------------------


def _scale_points(e: Emitter, t: Tower) -> None:
    """scaled[j] = (-x/y, 1/y) of each G1 point, one inversion for all: 6M each. y is never 0 on G1."""
    f = t.fp
    points, scaled, n = e.arg("points"), e.arg("scaled"), e.arg("n")
    b = e.builder
    running = scratch(e, f.size_bytes)
    f.store(f.one(), running)
    with e.loop(0, n) as j:
        y_at = b.add(b.shl(j, e.i64(1)), e.i64(1))
        product = f.load(running)
        f.store(product, scaled, y_at)
        f.store(f.mul(product, f.load(points, y_at)), running)
    f.store(f.inv(f.load(running)), running)
    with e.loop_down(n, 0) as j:
        x_at = b.shl(j, e.i64(1))
        y_at = b.add(x_at, e.i64(1))
        product = f.load(running)
        inverse = f.mul(product, f.load(scaled, y_at))
        f.store(f.mul(product, f.load(points, y_at)), running)
        f.store(inverse, scaled, y_at)
        f.store(f.neg(f.mul(f.load(points, x_at), inverse)), scaled, x_at)


def _miller_loop(e: Emitter) -> None:
    """Write to out the product of the Miller functions of (points[j], Q_j), before the final exponentiation.

    points: G1, affine, finite, on the curve; lines: of the Q_j, from `g2_line_table`; scaled: scratch of n G1 points.
    65 squarings whatever n is, and LINES * (4M + 30M) for each pair.
    """
    t = _tower(e)
    f, b = t.fp12, e.builder
    n, scaled = e.arg("n"), e.arg("scaled")
    _scale_points(e, t)
    counts = _constant_bytes(e, "_lines_after_squaring", _LINES_AFTER_SQUARING)
    acc = scratch(e, f.size_bytes)
    position = e.var(I64, 0)
    f.store(f.one(), acc)
    with e.loop(0, len(_LINES_AFTER_SQUARING)) as i:
        f.store(f.sqr(f.load(acc)), acc)
        with e.loop(0, e.as_i64(e.load(counts, I8, i))):
            with e.loop(0, n) as j:
                line = b.shl(b.add(b.mul(j, e.i64(LINES)), position.get()), e.i64(1))
                d = t.fp2.scale(t.fp2.load(e.arg("lines"), line), t.fp.load(scaled, b.shl(j, e.i64(1))))
                up = t.fp.load(scaled, b.add(b.shl(j, e.i64(1)), e.i64(1)))
                c = t.fp2.scale(t.fp2.load(e.arg("lines"), b.add(line, e.i64(1))), up)
                f.store(f.mul_line(f.load(acc), d, c), acc)
            position.set(b.add(position.get(), e.i64(1)))
    f.store(f.canonical(f.load(acc)), e.arg("out"))


def _pow_x(t: Tower, value: Element) -> Element:
    """value^x in the cyclotomic subgroup: 62 squarings of 18M and 21 products of 54M."""

    def formula(t: Tower, x: Element) -> Element:
        f, e = t.fp12, t.e
        digits = _constant_bytes(e, "_x_digits", _X_DIGITS)
        factors, acc = scratch(e, 2 * f.size_bytes), scratch(e, f.size_bytes)
        f.store(x, factors, 0)
        f.store(f.conj(x), factors, 1)
        f.store(x, acc)
        with e.loop(0, len(_X_DIGITS)) as i:
            f.store(f.cyclotomic_sqr(f.load(acc)), acc)
            digit = e.load(digits, I8, i)
            with e.when(e.builder.icmp_signed("!=", digit, const(I8, 0))):
                # digit 1 takes x, digit -1 (sign bit set) its inverse
                which = e.builder.lshr(e.as_i64(digit), e.i64(7))
                f.store(f.mul(f.load(acc), f.load(factors, which)), acc)
        return f.load(acc)

    return t.call("fp12_pow_x", formula, ((12, value),), 12)


def _final_exponentiation(e: Emitter) -> None:
    """Write to out the (product of f[i])^(2x(6x^2 + 3x + 1) * (p^12 - 1)/r), canonical; 0 gives 0. About 6,900M."""
    t = _tower(e)
    f = t.fp12
    acc = scratch(e, f.size_bytes)
    f.store(f.one(), acc)
    with e.loop(0, e.arg("n")) as i:
        f.store(f.mul(f.load(acc), f.load(e.arg("f"), i)), acc)
    # easy part: f^((p^6 - 1)(p^2 + 1))
    a = f.load(acc)
    a = f.mul(f.conj(a), f.inv(a))
    a = f.mul(f.frobenius(f.frobenius(a)), a)
    # hard part: l0 + l1*p + l2*p^2 + l3*p^3, see reference/pairing
    a_2x = f.cyclotomic_sqr(_pow_x(t, a))
    a_6x = f.mul(f.cyclotomic_sqr(a_2x), a_2x)
    a_6x2 = _pow_x(t, a_6x)
    a_12x3 = _pow_x(t, f.cyclotomic_sqr(a_6x2))
    l2 = f.mul(f.mul(a_12x3, a_6x2), a_6x)
    l1 = f.mul(l2, f.conj(a_2x))
    l0 = f.mul(f.mul(l2, a_6x2), a)
    l3 = f.mul(l1, f.conj(a))
    result = f.mul(f.frobenius(l3), l2)
    result = f.mul(f.frobenius(result), l1)
    result = f.mul(f.frobenius(result), l0)
    f.store(f.canonical(result), e.arg("out"))


SPECS = (
    KernelSpec("g2_line_table", ("lines*", "sound*", "points*", "n"), _line_table),
    KernelSpec("gt_miller_loop", ("out*", "scaled*", "points*", "lines*", "n"), _miller_loop),
    KernelSpec("gt_final_exponentiation", ("out*", "f*", "n"), _final_exponentiation),
)
