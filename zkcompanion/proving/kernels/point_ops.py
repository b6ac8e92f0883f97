"""Formulas for points of y^2 = x^3 + b, once for G1 (over Fp) and G2 (over Fp2): what every curve kernel is built from.

Two coordinate systems:

* *Affine*, in memory x then y, canonical Montgomery elements, all-zero is infinity: 64 bytes in G1, 128 in G2, the same
  bytes as in a `.zkey`. Additions come in batches that share one inversion (`add_pairs`, Montgomery's trick):
  5M + 1S each, against 8M + 2S for the cheapest addition without one.
* *XYZZ*, in memory X, Y, ZZ, ZZZ with x = X/ZZ, y = Y/ZZZ, ZZ^3 = ZZZ^2, lazy elements, ZZ = 0 is infinity: for chains
  whose next step needs the last one's result. Formulas dbl-2008-s-1, madd-2008-s and add-2008-s of the
  Explicit-Formulas Database, made complete: infinity, equal and opposite points are branched on.

Preconditions, not checked: points lie on the curve and coordinates are canonical. No point has y = 0 (both curves have
odd order), so doubling never divides by zero. Nothing runs in constant time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from llvmlite import ir

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import Element, FieldOps, Fp2Ops, ScalarField, TightOps
from zkcompanion.proving.kernels.ir import I1, I8, I32, I64, I256, PTR, VOID, Emitter, Value, const, internal_function
from zkcompanion.proving.kernels.lanes import InterleavedOps

#: Top bit of an entry: take the point with y negated. The other 31 bits are its index.
SIGN_BIT = 1 << 31
#: The bits of an entry that are its index.
INDEX_MASK = SIGN_BIT - 1

#: How many pairs ahead of their use points are asked for; they lie at random places of a large array.
_PREFETCH_PAIRS = 12
CACHE_LINE = 64


class BatchedAdditions(Protocol):
    """Emits the body of `Functions.add_pairs`."""

    def emit(self) -> None:
        """Into the function that the emitter writes."""


#: (emitter, shape, field, complete denominator of one pair, complete finish of one pair)
PairsEmitter = Callable[[Emitter, "CurveShape", TightOps, ir.Function, ir.Function], BatchedAdditions]


@dataclass(frozen=True)
class CurveShape:
    """One curve as the emitter sees it."""

    #: "g1" or "g2": prefix of every kernel
    name: str
    #: 1: over Fp, 2: over Fp2
    degree: int
    #: additions whose multiplications are interleaved; a multiplication in Fp2 is already three independent ones
    width: int
    #: emits batched additions instead of `_AddPairs` (the vector family's)
    pairs: PairsEmitter | None = None

    @property
    def element_bytes(self) -> int:
        """Bytes of one coordinate."""
        return 32 * self.degree

    @property
    def point_bytes(self) -> int:
        """Bytes of one affine point."""
        return 64 * self.degree

    def ops(self, e: Emitter, *, compact: bool = False) -> TightOps:
        """Arithmetic of the coordinates; `compact`: see `ScalarField`."""
        base = ScalarField(e, FP, compact=compact)
        return base if self.degree == 1 else Fp2Ops(base)


G1_SHAPE = CurveShape("g1", 1, 2)
G2_SHAPE = CurveShape("g2", 2, 1)
SHAPES = (G1_SHAPE, G2_SHAPE)


class ElementVar:
    """A mutable local that holds an element (nested tuples of i256)."""

    def __init__(self, e: Emitter, init: Element) -> None:
        self._parts: Any = tuple(ElementVar(e, x) for x in init) if isinstance(init, tuple) else e.var(I256, init)

    def get(self) -> Element:
        """The element now."""
        return tuple(p.get() for p in self._parts) if isinstance(self._parts, tuple) else self._parts.get()

    def set(self, value: Element) -> None:
        """Assign."""
        if isinstance(self._parts, tuple):
            for part, x in zip(self._parts, value, strict=True):
                part.set(x)
        else:
            self._parts.set(value)


def scratch(e: Emitter, size_bytes: int) -> Value:
    """A local buffer of the function, aligned to 32 bytes."""
    with e.builder.goto_entry_block():
        slot = e.builder.alloca(ir.ArrayType(I8, size_bytes))
        slot.align = 32
        slot.type = PTR  # llvmlite gives allocas a typed pointer, which refuses loads and stores of other types
        return slot


def copy_words(e: Emitter, target: Value, source: Value, size_bytes: int) -> None:
    """Copy a point or an element; the regions must not overlap (they may be the same)."""
    words = [e.load(source, I256, i, align=1) for i in range(size_bytes // 32)]
    for i, word in enumerate(words):
        e.store(word, target, i, align=1)


def set_zero(e: Emitter, target: Value, size_bytes: int) -> None:
    """Write zeros: the affine point at infinity, or an XYZZ one."""
    for i in range(size_bytes // 32):
        e.store(const(I256, 0), target, i, align=1)


def point_at(e: Emitter, shape: CurveShape, array: Value, index: int | Value) -> Value:
    """Address of affine point `index` of an array."""
    return e.at(array, e.builder.mul(e.as_i64(index), e.i64(shape.point_bytes)), I8)


def is_infinity(e: Emitter, shape: CurveShape, point: Value) -> Value:
    """i1: the affine point in memory is all zeros."""
    words = [e.load(point, I256, i, align=1) for i in range(shape.point_bytes // 32)]
    total = words[0]
    for word in words[1:]:
        total = e.builder.or_(total, word)
    return e.builder.icmp_unsigned("==", total, const(I256, 0))


def _low_limb(x: Element) -> Any:
    return _low_limb(x[0]) if isinstance(x, tuple) else x


class Functions:
    """The internal functions of one curve in one module; each is emitted when first asked for."""

    def __init__(self, module: ir.Module, shape: CurveShape) -> None:
        self.module = module
        self.shape = shape

    def _function(
        self,
        name: str,
        params: Sequence[tuple[str, Any]],
        body: Callable[[Emitter, TightOps], Value | None],
        *,
        compact: bool = True,
    ) -> ir.Function:
        def whole(e: Emitter) -> Value | None:
            return body(e, self.shape.ops(e, compact=compact))

        return internal_function(self.module, f"_{self.shape.name}_{name}", params, VOID, whole)

    # -- XYZZ --------------------------------------------------------------------------------------------------
    def double(self) -> ir.Function:
        """(p): p <- 2p in XYZZ; 6M + 3S. Infinity stays infinity: its ZZ is a factor of the new one."""

        def body(e: Emitter, f: FieldOps) -> None:
            p = e.arg("p")
            x, y = f.load(p, 0), f.load(p, 1)
            u = f.add(y, y)
            v = f.sqr(u)
            w = f.mul(u, v)
            s = f.mul(x, v)
            xx = f.sqr(x)
            m = f.add(f.add(xx, xx), xx)
            x3 = f.sub(f.sqr(m), f.add(s, s))
            f.store(x3, p, 0)
            f.store(f.sub(f.mul(m, f.sub(s, x3)), f.mul(w, y)), p, 1)
            f.store(f.mul(v, f.load(p, 2)), p, 2)
            f.store(f.mul(w, f.load(p, 3)), p, 3)

        return self._function("xyzz_double", [("p", PTR)], body)

    def add_affine(self) -> ir.Function:
        """(p, q, negate: i1): p <- p +- q, p in XYZZ, q affine; 8M + 2S; any two points."""
        double = self.double()

        def body(e: Emitter, f: FieldOps) -> None:
            p, q = e.arg("p"), e.arg("q")
            b = e.builder
            with e.when(b.not_(is_infinity(e, self.shape, q))):
                x2, y2 = f.load(q, 0), f.load(q, 1)
                y2 = f.select(e.arg("negate"), f.neg(y2), y2)
                zz1 = f.load(p, 2)
                with e.either(f.is_zero(zz1)) as (fresh, general):
                    with fresh:
                        for i, value in enumerate((x2, y2, f.one(), f.one())):
                            f.store(value, p, i)
                    with general:
                        x1, y1, zzz1 = f.load(p, 0), f.load(p, 1), f.load(p, 3)
                        self._finish_xyzz(e, f, double, x1, y1, f.mul(x2, zz1), f.mul(y2, zzz1), zz1, zzz1)

        return self._function("xyzz_add_affine", [("p", PTR), ("q", PTR), ("negate", I1)], body)

    def add(self) -> ir.Function:
        """(p, q): p <- p + q, both in XYZZ; 12M + 2S; any two points."""
        double = self.double()

        def body(e: Emitter, f: FieldOps) -> None:
            p, q = e.arg("p"), e.arg("q")
            b = e.builder
            zz1, zz2 = f.load(p, 2), f.load(q, 2)
            with e.when(b.not_(f.is_zero(zz2))), e.either(f.is_zero(zz1)) as (fresh, general):
                with fresh:
                    copy_words(e, p, q, 4 * self.shape.element_bytes)
                with general:
                    zzz1, zzz2 = f.load(p, 3), f.load(q, 3)
                    u1, s1 = f.mul(f.load(p, 0), zz2), f.mul(f.load(p, 1), zzz2)
                    u2, s2 = f.mul(f.load(q, 0), zz1), f.mul(f.load(q, 1), zzz1)
                    self._finish_xyzz(e, f, double, u1, s1, u2, s2, f.mul(zz1, zz2), f.mul(zzz1, zzz2))

        return self._function("xyzz_add", [("p", PTR), ("q", PTR)], body)

    @staticmethod
    def _finish_xyzz(
        e: Emitter, f: FieldOps, double: ir.Function, u1: Element, s1: Element, u2: Element, s2: Element,
        zz: Element, zzz: Element,
    ) -> None:  # fmt: skip
        """Common tail: (u1, s1) and (u2, s2) are x and y over common denominators zz and zzz; result to p."""
        p, b = e.arg("p"), e.builder
        dx, dy = f.sub(u2, u1), f.sub(s2, s1)
        with e.either(f.is_zero(dx)) as (special, general):
            with special, e.either(f.is_zero(dy)) as (equal, opposite):
                with equal:
                    b.call(double, [p])
                with opposite:
                    f.store(f.zero(), p, 2)
                    f.store(f.zero(), p, 3)
            with general:
                pp = f.sqr(dx)
                ppp = f.mul(dx, pp)
                q = f.mul(u1, pp)
                x3 = f.sub(f.sub(f.sqr(dy), ppp), f.add(q, q))
                f.store(x3, p, 0)
                f.store(f.sub(f.mul(dy, f.sub(q, x3)), f.mul(s1, ppp)), p, 1)
                f.store(f.mul(zz, pp), p, 2)
                f.store(f.mul(zzz, ppp), p, 3)

    def finish_affine(self) -> ir.Function:
        """(out, p, inverse): affine form of the XYZZ point p given 1/ZZZ (0 where p is infinity); 3M + 1S."""

        def body(e: Emitter, f: FieldOps) -> None:
            p, inverse = e.arg("p"), f.load(e.arg("inverse"))
            over_z = f.mul(f.load(p, 2), inverse)  # ZZ/ZZZ = 1/Z
            f.store(f.canonical(f.mul(f.load(p, 0), f.sqr(over_z))), e.arg("out"), 0)
            f.store(f.canonical(f.mul(f.load(p, 1), inverse)), e.arg("out"), 1)

        return self._function("xyzz_finish_affine", [("out", PTR), ("p", PTR), ("inverse", PTR)], body)

    # -- batched affine addition -------------------------------------------------------------------------------
    def _pair_denominator(self) -> ir.Function:
        """(d, a, b, flip: i1): denominator of the slope of A + B, B negated if `flip`; any two affine points.

        x2 - x1; 2*y1 for equal points; 1 where no slope is needed (either is infinity, or they cancel): never zero.
        """

        def body(e: Emitter, f: FieldOps) -> None:
            a, b = e.arg("a"), e.arg("b")
            build = e.builder
            (x1, y1), (x2, y2) = ((f.load(q, 0), f.load(q, 1)) for q in (a, b))
            y2 = f.select(e.arg("flip"), f.neg(y2), y2)
            difference = f.sub(x2, x1)
            same_x, same_y = f.is_zero(difference), f.is_zero(f.sub(y2, y1))
            no_slope = build.or_(is_infinity(e, self.shape, a), is_infinity(e, self.shape, b))
            no_slope = build.or_(no_slope, build.and_(same_x, build.not_(same_y)))
            result = f.select(same_x, f.add(y1, y1), difference)
            f.store(f.select(no_slope, f.one(), result), e.arg("d"))

        return self._function("pair_denominator", [("d", PTR), ("a", PTR), ("b", PTR), ("flip", I1)], body)

    def _pair_finish(self) -> ir.Function:
        """(out, a, b, t, flip: i1, negate: i1): out <- +-(A +- B), t the inverse of `_pair_denominator`."""

        def body(e: Emitter, f: FieldOps) -> None:
            out, a, b, negate = e.arg("out"), e.arg("a"), e.arg("b"), e.arg("negate")
            build = e.builder
            (x1, y1), (x2, y2) = ((f.load(q, 0), f.load(q, 1)) for q in (a, b))
            y2 = f.select(e.arg("flip"), f.neg(y2), y2)
            a_infinite, b_infinite = is_infinity(e, self.shape, a), is_infinity(e, self.shape, b)
            same_x, same_y = f.is_zero(f.sub(x2, x1)), f.is_zero(f.sub(y2, y1))
            t = f.load(e.arg("t"))
            xx = f.sqr(x1)
            slope = f.mul(f.select(same_x, f.add(f.add(xx, xx), xx), f.sub(y2, y1)), t)
            x3 = f.sub(f.sub(f.sqr(slope), x1), x2)
            y3 = f.sub(f.mul(slope, f.sub(x1, x3)), y1)
            x3, y3 = (f.select(b_infinite, p, s) for p, s in ((x1, x3), (y1, y3)))
            x3, y3 = (f.select(a_infinite, p, s) for p, s in ((x2, x3), (y2, y3)))
            finite = build.not_(build.or_(a_infinite, b_infinite))
            none = build.and_(finite, build.and_(same_x, build.not_(same_y)))
            none = build.or_(none, build.and_(a_infinite, b_infinite))
            y3 = f.select(negate, f.neg(y3), y3)
            f.store(f.canonical(f.select(none, f.zero(), x3)), out, 0)
            f.store(f.canonical(f.select(none, f.zero(), y3)), out, 1)

        params = [("out", PTR), ("a", PTR), ("b", PTR), ("t", PTR), ("flip", I1), ("negate", I1)]
        return self._function("pair_finish", params, body)

    def add_pairs(self) -> ir.Function:
        """(out, points, a, b, dst, prefix, n, next_a, next_b, n_next): out[dst[i]] <- +-points[a[i]] +- points[b[i]]
        for i < n; any points.

        a, b: uint32[n] entries (`SIGN_BIT` | index); dst: uint32[n]; prefix: n field elements of scratch. `out` may be
        `points`; dst[i] may be one of pair i's own sources, but no other pair's. One inversion for all n pairs:
        forward   d_i = x2 - x1, prefix_i = d_0 ... d_(i-1)                   1M
        backward  t = prefix_i/(d_0 ... d_i) = 1/d_i, slope = (y2 - y1)*t    3M
                  x3 = slope^2 - x1 - x2, y3 = slope*(x1 - x3) - y1           1M + 1S
        Pairs that are equal, opposite or infinite take the complete but slower functions above; low limbs tell
        which pairs might be (a false alarm once in 2^64 pairs costs only time).

        next_a, next_b: n_next pairs of entries of the same points that the next call will be about; their points may be
        asked for already. n_next may be 0.
        """
        denominator, finish = self._pair_denominator(), self._pair_finish()
        params = [(name, PTR) for name in ("out", "points", "a", "b", "dst", "prefix")] + [("n", I64)]
        params += [("next_a", PTR), ("next_b", PTR), ("n_next", I64)]

        def body(e: Emitter, f: TightOps) -> None:
            emitter = self.shape.pairs or _AddPairs
            emitter(e, self.shape, f, denominator, finish).emit()

        return self._function("add_pairs", params, body, compact=False)


class _AddPairs:
    """Emits the body of `Functions.add_pairs`."""

    def __init__(
        self, e: Emitter, shape: CurveShape, f: TightOps, denominator: ir.Function, finish: ir.Function
    ) -> None:
        self.e = e
        self.shape = shape
        self.f = f
        self.lanes = InterleavedOps(f, shape.width)
        self.denominator = denominator
        self.finish = finish
        self.cells = [scratch(e, shape.element_bytes) for _ in range(shape.width)]

    def emit(self) -> None:
        """Forward over blocks of `width` pairs, then over the last few one by one; inversion; backward."""
        e, f, lanes = self.e, self.f, self.lanes
        b, n = e.builder, e.arg("n")
        width = e.i64(lanes.width)
        whole = b.mul(b.sdiv(n, width), width)
        running = ElementVar(e, lanes.one())
        with e.loop(0, whole, lanes.width) as i:
            self._forward_block(i, running)
        single = ElementVar(e, running.get()[0])
        with e.loop(whole, n) as i:
            f.store(single.get(), e.arg("prefix"), i)
            single.set(f.mul(single.get(), self._single_denominator(i)))
        running.set((single.get(), *running.get()[1:]))

        running.set(self._invert_lanes(running.get()))
        single.set(running.get()[0])
        with e.loop_down(n, whole) as i:
            t = f.mul(single.get(), f.load(e.arg("prefix"), i))
            single.set(f.mul(single.get(), self._single_denominator(i)))
            self._finish_single(i, t, 0)
        running.set((single.get(), *running.get()[1:]))
        with e.loop_down(b.sdiv(whole, width), 0) as block:
            self._backward_block(b.mul(block, width), running)

    def _invert_lanes(self, products: tuple[Element, ...]) -> tuple[Element, ...]:
        """1/x for each lane with one inversion: the product of all, times the products of the others."""
        f = self.f
        before = [f.one()]
        for x in products:
            before.append(f.mul(before[-1], x))
        inverse = f.inv(before[-1])
        result = []
        for i in range(len(products) - 1, -1, -1):
            result.append(f.mul(inverse, before[i]))
            inverse = f.mul(inverse, products[i])
        return tuple(reversed(result))

    def _entry(self, name: str, i: Value) -> tuple[Value, Value]:
        """Address and sign (i1) of the point that entry i of `name` stands for."""
        e, b = self.e, self.e.builder
        entry = e.load(e.arg(name), I32, i, align=4)
        index = b.zext(b.and_(entry, const(I32, INDEX_MASK)), I64)
        negative = b.icmp_signed("<", entry, const(I32, 0))
        return point_at(e, self.shape, e.arg("points"), index), negative

    def _single_denominator(self, i: Value) -> Element:
        (a, sign_a), (b, sign_b) = self._entry("a", i), self._entry("b", i)
        self.e.call(self.denominator, self.cells[0], a, b, self.e.builder.xor(sign_a, sign_b))
        return self.f.load(self.cells[0])

    def _finish_single(self, i: Value, t: Element, lane: int) -> None:
        e = self.e
        (a, sign_a), (b, sign_b) = self._entry("a", i), self._entry("b", i)
        self.f.store(t, self.cells[lane])
        target = point_at(e, self.shape, e.arg("out"), e.load(e.arg("dst"), I32, i, align=4))
        e.call(self.finish, target, a, b, self.cells[lane], e.builder.xor(sign_a, sign_b), sign_a)

    def _block(self, i: Value, name: str) -> tuple[list[Value], list[Value]]:
        e = self.e
        entries = [self._entry(name, e.builder.add(i, e.i64(k))) for k in range(self.lanes.width)]
        return [p for p, _ in entries], [s for _, s in entries]

    def _suspicious(self, x1: Element, x2: Element) -> Value:
        """i1: some lane may hold equal x or infinity (whose x is zero); never false where one does."""
        b = self.e.builder
        result = const(I1, 0)
        for p, q in zip(x1, x2, strict=True):
            low_p, low_q = (b.trunc(_low_limb(x), I64) for x in (p, q))
            for left, right in ((low_p, low_q), (low_p, const(I64, 0)), (low_q, const(I64, 0))):
                result = b.or_(result, b.icmp_unsigned("==", left, right))
        return result

    def _denominators(self, i: Value) -> tuple[Element, Element, Element, Value, Any]:
        """x1, x2, d of a block, whether it is suspicious, and the lanes' pointers and signs."""
        e, lanes = self.e, self.lanes
        (a, sign_a), (b, sign_b) = self._block(i, "a"), self._block(i, "b")
        x1, x2 = lanes.gather(a), lanes.gather(b)
        d = ElementVar(e, lanes.difference(x2, x1))
        suspicious = self._suspicious(x1, x2)
        with e.when(suspicious, likely=False):
            for k in range(lanes.width):
                e.call(self.denominator, self.cells[k], a[k], b[k], e.builder.xor(sign_a[k], sign_b[k]))
            d.set(lanes.gather(self.cells))
        return x1, x2, d.get(), suspicious, (a, sign_a, b, sign_b)

    def _prefetch(self, i: Value) -> None:
        """Ask for the points of a block `_PREFETCH_PAIRS` later: they lie anywhere in memory, and no window of
        instructions reaches from one multiplication to the loads after the next.
        """
        e, b = self.e, self.e.builder
        ahead, last = b.add(i, e.i64(_PREFETCH_PAIRS)), b.sub(e.arg("n"), e.i64(self.lanes.width))
        ahead = b.select(b.icmp_signed("<", ahead, last), ahead, last)
        for name in ("a", "b"):
            for pointer in self._block(ahead, name)[0]:
                for offset in range(0, self.shape.point_bytes + 1, CACHE_LINE - 1):
                    e.prefetch(e.at(pointer, offset, I8))

    def _forward_block(self, i: Value, running: ElementVar) -> None:
        e, lanes = self.e, self.lanes
        self._prefetch(i)
        _, _, d, _, _ = self._denominators(i)
        products = running.get()
        for k, product in enumerate(products):
            self.f.store(product, e.arg("prefix"), e.builder.add(i, e.i64(k)))
        running.set(lanes.mul(products, d))

    def _backward_block(self, i: Value, running: ElementVar) -> None:
        e, lanes = self.e, self.lanes
        x1, x2, d, suspicious, (a, sign_a, b, sign_b) = self._denominators(i)
        places = [e.builder.add(i, e.i64(k)) for k in range(lanes.width)]
        prefix = tuple(self.f.load(e.arg("prefix"), p) for p in places)
        inverse = running.get()
        t = lanes.mul(inverse, prefix)
        running.set(lanes.mul(inverse, d))
        with e.either(suspicious) as (special, usual):
            with special:
                for k in range(lanes.width):
                    self._finish_single(places[k], t[k], k)
            with usual:
                y1, y2 = lanes.gather(a, 1), lanes.gather(b, 1)
                y1, y2 = lanes.negate_if(sign_a, y1), lanes.negate_if(sign_b, y2)
                slope = lanes.mul(lanes.difference(y2, y1), t)
                x3 = lanes.minus(lanes.sqr(slope), x1, x2)
                y3 = lanes.minus(lanes.mul(slope, lanes.difference(x1, x3)), y1)
                targets = [point_at(e, self.shape, e.arg("out"), e.load(e.arg("dst"), I32, p, align=4)) for p in places]
                lanes.scatter(x3, targets, 0)
                lanes.scatter(y3, targets, 1)
