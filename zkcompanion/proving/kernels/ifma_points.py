"""Batched affine additions on eight lanes: the vector family's form of `point_ops.Functions.add_pairs`.

Points stay in memory as everywhere else: affine, 4 words of 64 bits, Montgomery form of radix 2^256, canonical. A tile
of eight is transposed on its way in and out. Kernels multiply with radix 2^260, so mul(x*2^256, y*2^256) =
x*y*2^252: each product of two elements in the memory's form loses a factor 2^4. The formulas absorb it for nothing:

    d_i, the denominators x2 - x1, enter the running product as they are; after the one inversion, u is scaled by 2^4
    (on one scalar), so that t_i = u*prefix_i comes out as (1/d_i)*2^260
    slope L = mul(y2 - y1, t) = L*2^256, the memory's form; shifted left by 4 bits, L' = L*2^260
    x3 = mul(L', L) - x1 - x2,  y3 = mul(L', x1 - x3) - y1: the memory's form again

Cost of an addition: 5M + 1S of eight lanes, two gathers, one scatter, two final reductions; 1/batch of an inversion.
Pairs that are equal, opposite or infinite make their tile take the complete scalar functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import Element, FieldOps, Fp2Ops
from zkcompanion.proving.kernels.ifma_field import (
    LANES,
    LIMBS,
    VECTOR,
    IfmaField,
    Lanes,
    any_lane,
    parts,
    shuffle,
    transpose_8x4,
    transpose_8x8,
    whole,
)
from zkcompanion.proving.kernels.ir import I8, I32, I64, Emitter, Value, const
from zkcompanion.proving.kernels.point_ops import INDEX_MASK, CurveShape, point_at, scratch

_ENTRIES = ir.VectorType(I32, LANES)
#: Bounds that hold for the running product at every turn of a loop, over Fp and Fp2 (there it is reduced each time).
_RUNNING_BOUND = {1: 2.0, 2: 1.0 + 2.0**-38}


class _LanesVar:
    """A mutable element of eight lanes with a fixed bound."""

    def __init__(self, e: Emitter, degree: int, bound: float) -> None:
        self._slots = [[e.var(VECTOR) for _ in range(LIMBS)] for _ in range(degree)]
        self._bound = bound

    def get(self) -> Element:
        """The element now."""
        return whole([Lanes(tuple(v.get() for v in slots), self._bound, tight=True) for slots in self._slots])

    def set(self, field: IfmaField, value: Element) -> None:
        """Assign; the value must be within the bound."""
        for slots, part in zip(self._slots, parts(value), strict=True):
            if part.bound > self._bound:
                raise ValueError("the bound does not hold at every turn of the loop")
            for slot, limb in zip(slots, field.tighten(part).limbs, strict=True):
                slot.set(limb)


class VectorAddPairs:
    """Emits the body of `add_pairs` for eight lanes; same arguments, but `prefix` is 40 bytes an element.

    A last tile that is not full is filled up with its last pair: the surplus lanes compute and write the same sum, and
    a tile reads all its points before it writes any.
    """

    def __init__(
        self, e: Emitter, shape: CurveShape, scalar: FieldOps, denominator: ir.Function, finish: ir.Function
    ) -> None:
        self.e = e
        self.shape = shape
        #: scalar arithmetic of the same curve, for the inversion
        self.scalar = scalar
        #: complete scalar functions of one pair, see `point_ops.Functions`
        self.denominator = denominator
        self.finish = finish
        self.field = IfmaField(e, FP)
        self.ops: FieldOps = self.field if shape.degree == 1 else Fp2Ops(self.field)
        self.bound = _RUNNING_BOUND[shape.degree]
        #: room for an element of each lane in the memory's layout
        self.cells = [scratch(e, shape.element_bytes) for _ in range(LANES)]
        self._padded = {name: scratch(e, 4 * LANES) for name in ("a", "b", "dst")}

    def emit(self) -> None:
        """Forward over the tiles, one inversion, backward over the tiles; nothing for n = 0."""
        e, b = self.e, self.e.builder
        n = e.arg("n")
        with e.when(b.icmp_signed(">", n, e.i64(0))):
            self._fill_last_tile(n)
            tiles = b.lshr(b.add(n, e.i64(LANES - 1)), e.i64(3))
            running = _LanesVar(e, self.shape.degree, self.bound)
            running.set(self.field, self.ops.one())
            with e.loop(0, tiles) as tile:
                self._forward(tile, running)
            self._invert(running)
            with e.loop_down(tiles, 0) as tile:
                self._backward(tile, running)

    # -- entries and memory ------------------------------------------------------------------------------------
    def _fill_last_tile(self, n: Value) -> None:
        e, b = self.e, self.e.builder
        first = b.and_(b.sub(n, e.i64(1)), e.i64(-LANES))
        for name, target in self._padded.items():
            with e.loop(0, LANES) as k:
                wanted, last = b.add(first, k), b.sub(n, e.i64(1))
                index = b.select(b.icmp_signed("<", wanted, last), wanted, last)
                e.store(e.load(e.arg(name), I32, index, align=4), target, k, align=4)

    def _entries(self, name: str, tile: Value) -> Value:
        """<8 x i32> of one list."""
        e, b = self.e, self.e.builder
        first = b.shl(tile, e.i64(3))
        full = b.icmp_signed("<=", b.add(first, e.i64(LANES)), e.arg("n"))
        source = b.select(full, e.at(e.arg(name), first, I32), self._padded[name])
        return b.load(source, typ=_ENTRIES, align=4)

    def _places(self, array: str, indices: Value) -> list[Value]:
        """Addresses of the points of an array that <8 x i32> indices name."""
        e, b = self.e, self.e.builder
        lanes = [b.zext(b.extract_element(indices, const(I32, k)), I64) for k in range(LANES)]
        return [point_at(e, self.shape, e.arg(array), lane) for lane in lanes]

    def _row(self, pointer: Value, offset_bytes: int, words: int) -> Value:
        e = self.e
        return e.builder.load(e.at(pointer, offset_bytes, I8), typ=ir.VectorType(I64, words), align=1)

    def _gather(self, pointers: Sequence[Value], coordinate: int) -> tuple[Element, Value]:
        """Coordinate x (0) or y (1) of eight points, canonical, and the lowest word of it."""
        e, size = self.e, self.shape.element_bytes
        rows = [self._row(p, coordinate * size, size // 8) for p in pointers]
        words = transpose_8x4(e, rows) if self.shape.degree == 1 else transpose_8x8(e, rows)
        return self._from_words(words), words[0]

    def _gather_points(self, pointers: Sequence[Value]) -> tuple[Element, Element, Value]:
        """x, y and the lowest word of x."""
        if self.shape.degree > 1:
            x, low = self._gather(pointers, 0)
            return x, self._gather(pointers, 1)[0], low
        words = transpose_8x8(self.e, [self._row(p, 0, 8) for p in pointers])
        return self._from_words(words[:4]), self._from_words(words[4:]), words[0]

    def _from_words(self, words: Sequence[Value]) -> Element:
        return whole([self.field.from_words(words[i : i + 4]) for i in range(0, len(words), 4)])

    def _to_words(self, a: Element) -> list[Value]:
        return [word for part in parts(a) for word in self.field.to_words(self.field.canonical(part))]

    def _scatter(self, words: Sequence[Value], pointers: Sequence[Value], offset_bytes: int) -> None:
        """Write eight words of 64 bits for each lane."""
        for row, pointer in zip(transpose_8x8(self.e, words), pointers, strict=True):
            self.e.builder.store(row, self.e.at(pointer, offset_bytes, I8), align=1)

    def _to_cells(self, a: Element) -> None:
        """An element, canonical, into the cells, one for each lane."""
        words = self._to_words(a)
        half = len(words) < LANES
        rows = transpose_8x8(self.e, [*words, *words] if half else words)
        for row, cell in zip(rows, self.cells, strict=True):
            self.e.builder.store(shuffle(self.e, row, row, [0, 1, 2, 3]) if half else row, cell, align=8)

    def _from_cells(self) -> Element:
        return self._gather(self.cells, 0)[0]

    def _prefix(self, tile: Value, part: int) -> Value:
        """Block index of one component of a tile's prefix."""
        e = self.e
        return e.builder.add(e.builder.mul(tile, e.i64(self.shape.degree)), e.i64(part))

    # -- the three steps ---------------------------------------------------------------------------------------
    def _settled(self, a: Element) -> Element:
        """Within the bound of the running product."""
        return a if self.shape.degree == 1 else whole([self.field.reduce(part) for part in parts(a)])

    def _signs(self, entries: Value) -> Value:
        return self.e.builder.icmp_signed("<", entries, const(_ENTRIES, 0))

    def _points_of(self, entries: Value) -> list[Value]:
        return self._places("points", self.e.builder.and_(entries, const(_ENTRIES, INDEX_MASK)))

    def _bits(self, condition: Value) -> list[Value]:
        return [self.e.builder.extract_element(condition, const(I32, k)) for k in range(LANES)]

    def _denominators(
        self, x: tuple[Element, Element], low: tuple[Value, Value], a: tuple[Value, list[Value]],
        b: tuple[Value, list[Value]],
    ) -> tuple[Element, Value]:  # fmt: skip
        """x2 - x1 in the memory's form, and i1: some lane may be equal, opposite or infinite.

        Decided on the lowest words: never missed where it is so; a false alarm once in 2^64 additions costs time only.
        """
        e, build = self.e, self.e.builder
        zero = const(VECTOR, 0)
        alarm = build.icmp_unsigned("==", low[0], low[1])
        for word in low:
            alarm = build.or_(alarm, build.icmp_unsigned("==", word, zero))
        d = _LanesVar(e, self.shape.degree, 2.0)
        d.set(self.field, self.ops.sub(x[1], x[0]))
        suspicious = any_lane(e, alarm)
        with e.when(suspicious, likely=False):
            flips = self._bits(build.xor(self._signs(a[0]), self._signs(b[0])))
            for cell, p, q, flip in zip(self.cells, a[1], b[1], flips, strict=True):
                e.call(self.denominator, cell, p, q, flip)
            d.set(self.field, self._from_cells())
        return d.get(), suspicious

    def _forward(self, tile: Value, running: _LanesVar) -> None:
        """Store the product of the denominators so far, then multiply by this tile's; 1M."""
        entries = self._entries("a", tile), self._entries("b", tile)
        pointers = self._points_of(entries[0]), self._points_of(entries[1])
        (x1, low1), (x2, low2) = self._gather(pointers[0], 0), self._gather(pointers[1], 0)
        d, _ = self._denominators((x1, x2), (low1, low2), (entries[0], pointers[0]), (entries[1], pointers[1]))
        product = running.get()
        for i, part in enumerate(parts(product)):
            self.field.store(part, self.e.arg("prefix"), self._prefix(tile, i))
        running.set(self.field, self._settled(self.ops.mul(product, d)))

    def _invert(self, running: _LanesVar) -> None:
        """2^4 over each lane's product, with one scalar inversion.

        The product in lane l is Q*2^260 as an integer; to scalar arithmetic it is (Q*2^4)*2^256, whose inverse in the
        same form is 2^512/(Q*2^260). Wanted is (2^-4/Q)*2^260*2^260/2^260 = 2^4 times that.
        """
        s = self.scalar
        self._to_cells(running.get())
        products = [s.load(cell) for cell in self.cells]
        before = [s.one()]
        for x in products:
            before.append(s.mul(before[-1], x))
        two = s.add(s.one(), s.one())
        four = s.add(two, two)
        inverse = s.mul(s.inv(before[-1]), s.mul(four, four))
        for cell, x, others in reversed(list(zip(self.cells, products, before[:-1], strict=True))):
            s.store(s.canonical(s.mul(inverse, others)), cell)
            inverse = s.mul(inverse, x)
        running.set(self.field, self._from_cells())

    def _backward(self, tile: Value, running: _LanesVar) -> None:
        """Slope and sum of each pair; 4M + 1S."""
        e, ops = self.e, self.ops
        entries = self._entries("a", tile), self._entries("b", tile)
        pointers = self._points_of(entries[0]), self._points_of(entries[1])
        targets = self._places("out", self._entries("dst", tile))
        (x1, y1, low1), (x2, y2, low2) = self._gather_points(pointers[0]), self._gather_points(pointers[1])
        d, suspicious = self._denominators((x1, x2), (low1, low2), (entries[0], pointers[0]), (entries[1], pointers[1]))
        inverse = running.get()
        prefix = whole(
            [
                self.field.load_bounded(e.arg("prefix"), self._prefix(tile, i), self.bound)
                for i in range(self.shape.degree)
            ]
        )
        t = ops.mul(inverse, prefix)
        running.set(self.field, self._settled(ops.mul(inverse, d)))
        sign_a, sign_b = self._signs(entries[0]), self._signs(entries[1])
        with e.either(suspicious) as (special, usual):
            with special:
                # (1/d)*2^260 to the memory's form (1/d)*2^256: a product with 2^256
                radix = self.field.raw((1 << 256) % FP.modulus)
                self._to_cells(whole([self.field.mul(part, radix) for part in parts(t)]))
                flips, negate = self._bits(e.builder.xor(sign_a, sign_b)), self._bits(sign_a)
                first = e.builder.shl(tile, e.i64(3))
                for k in range(LANES):
                    # Not the surplus lanes of the last tile: one by one, they would read what their pair has written.
                    arguments = (pointers[0][k], pointers[1][k], self.cells[k], flips[k], negate[k])
                    with e.when(e.builder.icmp_signed("<", e.builder.add(first, e.i64(k)), e.arg("n"))):
                        e.call(self.finish, targets[k], *arguments)
            with usual:
                self._finish((x1, self._signed(y1, sign_a)), (x2, self._signed(y2, sign_b)), t, targets)

    def _signed(self, y: Element, negative: Value) -> Element:
        """-y in the lanes whose entry says so; y is not zero in a tile that comes here."""
        f = self.field
        return whole([f.select(negative, f.neg(part), part) for part in parts(y)])

    def _finish(
        self, a: tuple[Element, Element], b: tuple[Element, Element], t: Element, targets: Sequence[Value]
    ) -> None:
        f, ops = self.field, self.ops
        slope = ops.mul(ops.sub(b[1], a[1]), t)
        if self.shape.degree > 1:
            slope = whole([f.reduce(part) for part in parts(slope)])  # 16 times its bound must fit
        wide = whole([f.times_16(part) for part in parts(slope)])
        x3 = ops.sub(ops.sub(self._product_with_itself(wide, slope), a[0]), b[0])
        x3 = whole([f.canonical(part) for part in parts(x3)])
        y3 = ops.sub(ops.mul(wide, ops.sub(a[0], x3)), a[1])
        words = self._to_words(x3), self._to_words(y3)
        if self.shape.degree == 1:
            self._scatter([*words[0], *words[1]], targets, 0)
        else:
            self._scatter(words[0], targets, 0)
            self._scatter(words[1], targets, self.shape.element_bytes)

    def _product_with_itself(self, wide: Element, slope: Element) -> Element:
        """The slope's square in the memory's form: `wide` is the slope times 2^4. 1M over Fp, 2M over Fp2."""
        if self.shape.degree == 1:
            return self.ops.mul(wide, slope)
        f = self.field
        cross = f.mul(wide[0], slope[1])
        return (f.mul(f.add(wide[0], wide[1]), f.sub(slope[0], slope[1])), f.add(cross, cross))
