"""Kernels on curve points that are not large sums: scalar multiples, a Horner sum over bits, and membership tests."""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import Element, FieldOps, Fp2Ops, ScalarField
from zkcompanion.proving.kernels.ir import (
    I1,
    I8,
    I64,
    I256,
    PTR,
    VOID,
    Emitter,
    KernelSpec,
    Value,
    const,
    internal_function,
)
from zkcompanion.proving.kernels.point_ops import (
    G2_SHAPE,
    SHAPES,
    CurveShape,
    Functions,
    is_infinity,
    point_at,
    scratch,
    set_zero,
)
from zkcompanion.proving.points import Fp2
from zkcompanion.proving.reference.curve import BN_X, G1_B, G2_B, PSI_X, PSI_Y

#: Signed windows of a scalar multiplication: 64 windows, 8 multiples of the point.
_WINDOW = 4
_TABLE = 1 << (_WINDOW - 1)


def _fp2_constant(f: FieldOps, value: int | Fp2) -> Element:
    base = f.base if isinstance(f, Fp2Ops) else f
    assert isinstance(base, ScalarField)
    if isinstance(value, int):
        return base.constant(value)
    return tuple(base.constant(c) for c in value)


def _to_affine(e: Emitter, shape: CurveShape, out: Value, p: Value) -> None:
    """Affine form of the XYZZ point p to `out`, with an inversion of its own."""
    f = shape.ops(e, compact=True)
    cell = scratch(e, shape.element_bytes)
    f.store(f.inv(f.load(p, 3)), cell)
    e.call(Functions(e.module, shape).finish_affine(), out, p, cell)


def _combine_bits(shape: CurveShape) -> KernelSpec:
    """out[0] <- sum 2^bits[i]*points[i], affine. bits: int64[n], non-increasing, >= 0.

    One doubling for each bit and one mixed addition for each point: about 9M and 10M.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        functions = Functions(e.module, shape)
        acc = scratch(e, 4 * shape.element_bytes)
        set_zero(e, acc, 4 * shape.element_bytes)
        level = e.var(I64, 0)
        with e.loop(0, e.arg("n")) as i:
            bit = e.load(e.arg("bits"), I64, i)
            with e.loop(bit, level.get()):
                e.call(functions.double(), acc)
            level.set(bit)
            e.call(functions.add_affine(), acc, point_at(e, shape, e.arg("points"), i), const(I1, 0))
        with e.loop(0, b.select(b.icmp_signed(">", e.arg("n"), e.i64(0)), level.get(), e.i64(0))):
            e.call(functions.double(), acc)
        _to_affine(e, shape, e.arg("out"), acc)

    return KernelSpec(f"{shape.name}_combine_bits", ("out*", "points*", "bits*", "n"), emit)


def _fill_table(e: Emitter, shape: CurveShape) -> Value:
    """(table, point): table[i] <- (i+1)*point in XYZZ, i < `_TABLE`."""

    def body(inner: Emitter) -> None:
        functions = Functions(inner.module, shape)
        size = 4 * shape.element_bytes
        table, point = inner.arg("table"), inner.arg("point")
        set_zero(inner, table, size)
        inner.call(functions.add_affine(), table, point, const(I1, 0))
        with inner.loop(1, _TABLE) as i:
            here = inner.at(table, inner.builder.mul(i, inner.i64(size)), I8)
            before = inner.at(here, -size, I8)
            for word in range(size // 32):
                inner.store(inner.load(before, I256, word), here, word)
            inner.call(functions.add_affine(), here, point, const(I1, 0))

    return internal_function(e.module, f"_{shape.name}_fill_table", [("table", PTR), ("point", PTR)], VOID, body)


def _window_digit(e: Emitter, scalar: Value, window: Value) -> tuple[Value, Value]:
    """|d| and sign of the signed 4-bit digit `window` (0..63) of a scalar below 2^255; see msm_ops for the recoding."""
    b = e.builder
    nibble_byte = b.lshr(window, e.i64(1))
    shift = b.shl(b.and_(window, e.i64(1)), e.i64(2))
    nibble = b.and_(b.lshr(b.zext(e.load(scalar, I8, nibble_byte), I64), shift), e.i64(15))
    below_window = b.sub(window, e.i64(1))
    is_first = b.icmp_signed("==", window, e.i64(0))
    below_window = b.select(is_first, e.i64(0), below_window)
    below_byte = b.zext(e.load(scalar, I8, b.lshr(below_window, e.i64(1))), I64)
    below_shift = b.add(b.shl(b.and_(below_window, e.i64(1)), e.i64(2)), e.i64(3))
    carry = b.select(is_first, e.i64(0), b.and_(b.lshr(below_byte, below_shift), e.i64(1)))
    value = b.add(nibble, carry)
    negative = b.icmp_unsigned(">=", nibble, e.i64(8))
    return b.select(negative, b.sub(e.i64(16), value), value), negative


def _straus(e: Emitter, shape: CurveShape) -> Value:
    """(out, tables, points, scalars, n): out <- sum scalars[i]*points[i], affine (Straus's interleaving)."""

    def body(inner: Emitter) -> None:
        b = inner.builder
        functions = Functions(inner.module, shape)
        f = shape.ops(inner, compact=True)
        size = 4 * shape.element_bytes
        fill = _fill_table(inner, shape)
        n = inner.arg("n")

        def table(i: Value) -> Value:
            return inner.at(inner.arg("tables"), b.mul(i, inner.i64(_TABLE * size)), I8)

        used = inner.var(I256, 0)
        with inner.loop(0, n) as i:
            inner.call(fill, table(i), point_at(inner, shape, inner.arg("points"), i))
            used.set(b.or_(used.get(), inner.load(inner.arg("scalars"), I256, i)))
        acc, term = scratch(inner, size), scratch(inner, size)
        set_zero(inner, acc, size)
        # Windows up to one bit above the longest scalar (the last digit's top bit must be clear): short ones are cheap.
        bits = b.sub(inner.i64(256), b.trunc(b.ctlz(used.get(), const(I1, 0)), I64))
        windows = b.add(b.udiv(bits, inner.i64(_WINDOW)), inner.i64(1))
        with inner.loop_down(windows, 0) as window:
            with inner.loop(0, _WINDOW):
                inner.call(functions.double(), acc)
            with inner.loop(0, n) as i:
                digit, negative = _window_digit(inner, inner.at(inner.arg("scalars"), i, I256), window)
                with inner.when(b.icmp_signed("!=", digit, inner.i64(0))):
                    source = inner.at(table(i), b.mul(b.sub(digit, inner.i64(1)), inner.i64(size)), I8)
                    for k in range(4):
                        value = f.load(source, k)
                        f.store(f.select(negative, f.neg(value), value) if k == 1 else value, term, k)
                    inner.call(functions.add(), acc, term)
        _to_affine(inner, shape, inner.arg("out"), acc)

    params = [(name, PTR) for name in ("out", "tables", "points", "scalars")] + [("n", I64)]
    return internal_function(e.module, f"_{shape.name}_straus", params, VOID, body)


def _multiply_sum(shape: CurveShape) -> KernelSpec:
    """out[0] <- sum scalars[i]*points[i], affine; scalars: plain, < 2^255.

    tables: 8*n XYZZ points of scratch. 256 doublings for all, 64 + 8 additions for each point, fewer for short ones.
    """

    def emit(e: Emitter) -> None:
        e.call(_straus(e, shape), *(e.arg(name) for name in ("out", "tables", "points", "scalars", "n")))

    return KernelSpec(f"{shape.name}_multiply_sum", ("out*", "tables*", "points*", "scalars*", "n"), emit)


def _multiply_each(shape: CurveShape) -> KernelSpec:
    """out[i] <- scalars[i]*points[i], affine; scalars: plain, < 2^255. About 55 us a point in G1."""

    def emit(e: Emitter) -> None:
        table = scratch(e, _TABLE * 4 * shape.element_bytes)
        with e.loop(0, e.arg("n")) as i:
            out, point = (point_at(e, shape, e.arg(name), i) for name in ("out", "points"))
            e.call(_straus(e, shape), out, table, point, e.at(e.arg("scalars"), i, I256), e.i64(1))

    return KernelSpec(f"{shape.name}_multiply_each", ("out*", "points*", "scalars*", "n"), emit)


def _multiply_rows(shape: CurveShape) -> KernelSpec:
    """out[i] <- sum scalars[j]*points[j] for starts[i] <= j < starts[i+1], affine, for rows i in [begin, end).

    scalars: plain, < 2^255; starts: int64; tables: 8 XYZZ points of scratch for each term of the longest row. One run
    of doublings for a row: long rows cost 15 us a term in G1, where `multiply_each` needs 55 us.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        with e.loop(e.arg("begin"), e.arg("end")) as i:
            first, last = (e.load(e.arg("starts"), I64, at) for at in (i, b.add(i, e.i64(1))))
            out, points = point_at(e, shape, e.arg("out"), i), point_at(e, shape, e.arg("points"), first)
            scalars = e.at(e.arg("scalars"), first, I256)
            e.call(_straus(e, shape), out, e.arg("tables"), points, scalars, b.sub(last, first))

    params = ("out*", "tables*", "points*", "scalars*", "starts*", "begin", "end")
    return KernelSpec(f"{shape.name}_multiply_rows", params, emit)


def _first_bad(
    shape: CurveShape, name: str, is_good: Callable[[Emitter, Value], Value]
) -> KernelSpec:  # fmt: skip
    """found[0] <- index of the first point that fails the test, -1 where none does (int64)."""

    def emit(e: Emitter) -> None:
        b = e.builder
        found, i = e.var(I64, -1), e.var(I64, 0)
        n = e.arg("n")
        with e.while_(lambda: b.icmp_signed("<", i.get(), n)):
            good = is_good(e, point_at(e, shape, e.arg("points"), i.get()))
            found.set(b.select(good, found.get(), i.get()))
            i.set(b.select(good, b.add(i.get(), e.i64(1)), n))
        e.store(found.get(), e.arg("found"))

    return KernelSpec(f"{shape.name}_{name}", ("found*", "points*", "n"), emit)


def _off_curve(shape: CurveShape) -> KernelSpec:
    """A point is good when it is all zeros, or its coordinates are below p and y^2 = x^3 + b; 1M + 2S."""

    def is_good(e: Emitter, point: Value) -> Value:
        b = e.builder
        f = shape.ops(e, compact=True)
        below = const(I1, 1)
        for word in range(shape.point_bytes // 32):
            limb = e.load(point, I256, word, align=1)
            below = b.and_(below, b.icmp_unsigned("<", limb, const(I256, FP.modulus)))
        x, y = f.load(point, 0), f.load(point, 1)
        right = f.add(f.mul(f.sqr(x), x), _fp2_constant(f, G1_B if shape.degree == 1 else G2_B))
        return b.or_(is_infinity(e, shape, point), b.and_(below, f.is_zero(f.sub(f.sqr(y), right))))

    return _first_bad(shape, "find_off_curve", is_good)


def _psi(e: Emitter, out: Value, p: Value) -> None:
    """psi(p) in XYZZ to `out`: conjugate every coordinate, then X*xi^((p-1)/3) and Y*xi^((p-1)/2)."""
    f = G2_SHAPE.ops(e, compact=True)
    for k in range(4):
        c0, c1 = f.load(p, k)
        value = (c0, f.base.neg(c1))  # type: ignore[attr-defined]
        if k < 2:
            value = f.mul(value, _fp2_constant(f, (PSI_X, PSI_Y)[k]))
        f.store(value, out, k)


def _outside_subgroup() -> KernelSpec:
    """Points of the twist whose order does not divide r: [x+1]Q + psi([x]Q) + psi^2([x]Q) = psi^3([2x]Q) fails.

    The test and why it suffices: `reference.curve.G2Group.in_subgroup`. 63 doublings and about 30 additions.
    """
    shape = G2_SHAPE
    size = 4 * shape.element_bytes

    def multiply_by_x(e: Emitter) -> Value:
        def body(inner: Emitter) -> None:
            functions = Functions(inner.module, shape)
            out = inner.arg("out")
            set_zero(inner, out, size)
            with inner.loop_down(BN_X.bit_length(), 0) as bit:
                inner.call(functions.double(), out)
                is_set = inner.builder.lshr(inner.i64(BN_X), bit)
                with inner.when(inner.builder.trunc(is_set, I1)):
                    inner.call(functions.add_affine(), out, inner.arg("point"), const(I1, 0))

        return internal_function(e.module, "_g2_multiply_by_x", [("out", PTR), ("point", PTR)], VOID, body)

    def is_good(e: Emitter, point: Value) -> Value:
        functions = Functions(e.module, shape)
        f = shape.ops(e, compact=True)
        total, image, next_image = (scratch(e, size) for _ in range(3))
        e.call(multiply_by_x(e), total, point)
        _psi(e, image, total)
        e.call(functions.add_affine(), total, point, const(I1, 0))
        e.call(functions.add(), total, image)
        _psi(e, next_image, image)
        e.call(functions.add(), total, next_image)
        _psi(e, image, next_image)
        e.call(functions.double(), image)
        f.store(f.neg(f.load(image, 1)), image, 1)
        e.call(functions.add(), total, image)
        return f.is_zero(f.load(total, 2))

    return _first_bad(shape, "find_outside_subgroup", is_good)


SPECS = (
    *(
        make(shape)
        for shape in SHAPES
        for make in (_combine_bits, _multiply_sum, _multiply_each, _multiply_rows, _off_curve)
    ),
    _outside_subgroup(),
)
