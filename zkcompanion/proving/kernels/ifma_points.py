"""Batched affine additions on eight lanes: the vector family's form of `point_ops.Functions.add_pairs`.

Points stay in memory as everywhere else: affine, 4 words of 64 bits, Montgomery form of radix 2^256, canonical. A tile
of eight is transposed on its way in and out. Kernels multiply with radix 2^260, so mul(x*2^256, y*2^256) =
x*y*2^252: each product of two elements in the memory's form loses a factor 2^4. The formulas absorb it for nothing:

    d_i, the denominators x2 - x1, enter the running product as they are; after the one inversion, u is scaled by 2^4
    (on one scalar), so that t_i = u*prefix_i comes out as (1/d_i)*2^260
    slope L = mul(y2 - y1, t) = L*2^256, the memory's form; shifted left by 4 bits, L' = L*2^260
    x3 = mul(L', L) - x1 - x2,  y3 = mul(L', x1 - x3) - y1: the memory's form again

Cost of an addition: 5M + 1S of eight lanes, two gathers, one scatter, two final reductions; 1/batch of an inversion.
One product of eight lanes takes 34 ns when the next one waits for it, 21 ns when it does not, and a tile's products
wait for each other; in G1 a step therefore works on two tiles in turn (an Fp2 product is three independent ones
anyway). Pairs that are equal, opposite or infinite make their step take the complete scalar functions.
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
from zkcompanion.proving.kernels.ir import I1, I8, I32, I64, Emitter, Value, const
from zkcompanion.proving.kernels.point_ops import INDEX_MASK, CurveShape, point_at, scratch

_CACHE_LINE = 64
#: How many steps ahead points are asked for, over Fp and Fp2: 32 pairs. Half or one and a half as many is as good.
_PREFETCH_STEPS = {1: 2, 2: 4}
_ENTRIES = ir.VectorType(I32, LANES)
_FLAGS = ir.VectorType(I1, LANES)
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
    """Emits the body of `add_pairs` on lanes; same arguments, but `prefix` is a `layout.pair_scratch`.

    A step handles `width` tiles of eight pairs. A last step that is not full is filled up with the last pair: the
    surplus lanes compute and write the same sum, and a step reads all its points before it writes any.
    """

    def __init__(
        self, e: Emitter, shape: CurveShape, _scalar: FieldOps, denominator: ir.Function, finish: ir.Function
    ) -> None:
        self.e = e
        self.shape = shape
        #: scalar arithmetic of the same curve, for the inversion; its products are too few to be worth inlining
        self.scalar = shape.ops(e, compact=True)
        #: complete scalar functions of one pair, see `point_ops.Functions`
        self.denominator = denominator
        self.finish = finish
        self.field = IfmaField(e, FP)
        self.ops: FieldOps = self.field if shape.degree == 1 else Fp2Ops(self.field)
        self.bound = _RUNNING_BOUND[shape.degree]
        self.width = 2 if shape.degree == 1 else 1
        self.pairs = self.width * LANES
        #: room for an element of each lane in the memory's layout
        self.cells = [scratch(e, shape.element_bytes) for _ in range(self.pairs)]
        self._padded = {name: scratch(e, 4 * self.pairs) for name in ("a", "b", "dst")}

    def emit(self) -> None:
        """Forward over the steps, one inversion, backward over the steps; nothing for n = 0."""
        e, b = self.e, self.e.builder
        n = e.arg("n")
        with e.when(b.icmp_signed(">", n, e.i64(0))):
            self._fill_last_step(n)
            steps = b.udiv(b.add(n, e.i64(self.pairs - 1)), e.i64(self.pairs))
            running = [_LanesVar(e, self.shape.degree, self.bound) for _ in range(self.width)]
            for variable in running:
                variable.set(self.field, self.ops.one())
            with e.loop(0, steps) as step:
                self._forward(step, running)
            self._invert(running)
            with e.loop_down(steps, 0) as step:
                self._backward(step, running)

    # -- entries and memory ------------------------------------------------------------------------------------
    def _fill_last_step(self, n: Value) -> None:
        e, b = self.e, self.e.builder
        last = b.sub(n, e.i64(1))
        first = b.and_(last, e.i64(-self.pairs))
        for name, target in self._padded.items():
            with e.loop(0, self.pairs) as k:
                wanted = b.add(first, k)
                index = b.select(b.icmp_signed("<", wanted, last), wanted, last)
                e.store(e.load(e.arg(name), I32, index, align=4), target, k, align=4)

    def _entries(self, name: str, step: Value) -> list[Value]:
        """<8 x i32> of one list for each tile of a step."""
        e, b = self.e, self.e.builder
        first = b.mul(step, e.i64(self.pairs))
        full = b.icmp_signed("<=", b.add(first, e.i64(self.pairs)), e.arg("n"))
        source = b.select(full, e.at(e.arg(name), first, I32), self._padded[name])
        return [b.load(e.at(source, k * LANES, I32), typ=_ENTRIES, align=4) for k in range(self.width)]

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

    def _cells_of(self, tile: int) -> list[Value]:
        return self.cells[tile * LANES : (tile + 1) * LANES]

    def _to_cells(self, elements: Sequence[Element]) -> None:
        """An element for each tile, canonical, into the cells, one for each lane."""
        for tile, a in enumerate(elements):
            words = self._to_words(a)
            half = len(words) < LANES
            rows = transpose_8x8(self.e, [*words, *words] if half else words)
            for row, cell in zip(rows, self._cells_of(tile), strict=True):
                self.e.builder.store(shuffle(self.e, row, row, [0, 1, 2, 3]) if half else row, cell, align=8)

    def _from_cells(self) -> list[Element]:
        return [self._gather(self._cells_of(tile), 0)[0] for tile in range(self.width)]

    def _prefix(self, step: Value, tile: int, part: int) -> Value:
        """Block index of one component of a tile's prefix."""
        e = self.e
        first = e.builder.mul(step, e.i64(self.width * self.shape.degree))
        return e.builder.add(first, e.i64(tile * self.shape.degree + part))

    # -- the three steps ---------------------------------------------------------------------------------------
    def _settled(self, a: Element) -> Element:
        """Within the bound of the running product."""
        return a if self.shape.degree == 1 else whole([self.field.reduce(part) for part in parts(a)])

    def _signs(self, entries: Value) -> Value:
        return self.e.builder.icmp_signed("<", entries, const(_ENTRIES, 0))

    def _points_of(self, entries: Sequence[Value]) -> list[list[Value]]:
        """Addresses for each tile."""
        indices = (self.e.builder.and_(tile, const(_ENTRIES, INDEX_MASK)) for tile in entries)
        return [self._places("points", tile) for tile in indices]

    def _bits(self, conditions: Sequence[Value]) -> list[Value]:
        """i1 for each lane of each tile's <8 x i1>."""
        b = self.e.builder
        return [b.extract_element(tile, const(I32, k)) for tile in conditions for k in range(LANES)]

    def _flips(self, entries: tuple[Sequence[Value], Sequence[Value]]) -> list[Value]:
        b = self.e.builder
        return self._bits([b.xor(self._signs(p), self._signs(q)) for p, q in zip(*entries, strict=True)])

    def _denominators(
        self,
        x: tuple[Sequence[Element], Sequence[Element]],
        low: tuple[Sequence[Value], Sequence[Value]],
        entries: tuple[Sequence[Value], Sequence[Value]],
        pointers: tuple[Sequence[Sequence[Value]], Sequence[Sequence[Value]]],
    ) -> tuple[list[Element], Value]:
        """x2 - x1 in the memory's form for each tile, and i1: some lane may be equal, opposite or infinite.

        Decided on the lowest words: never missed where it is so; a false alarm once in 2^64 additions costs time only.
        """
        e, build = self.e, self.e.builder
        zero, alarm = const(VECTOR, 0), const(_FLAGS, 0)
        for low1, low2 in zip(*low, strict=True):
            alarm = build.or_(alarm, build.icmp_unsigned("==", low1, low2))
            for word in (low1, low2):
                alarm = build.or_(alarm, build.icmp_unsigned("==", word, zero))
        d = [_LanesVar(e, self.shape.degree, 2.0) for _ in range(self.width)]
        for variable, x1, x2 in zip(d, *x, strict=True):
            variable.set(self.field, self.ops.sub(x2, x1))
        suspicious = any_lane(e, alarm)
        with e.when(suspicious, likely=False):
            a, b = ([p for tile in side for p in tile] for side in pointers)
            for cell, p, q, flip in zip(self.cells, a, b, self._flips(entries), strict=True):
                e.call(self.denominator, cell, p, q, flip)
            for variable, value in zip(d, self._from_cells(), strict=True):
                variable.set(self.field, value)
        return [variable.get() for variable in d], suspicious

    def _prefetch(self, step: Value) -> None:
        """Ask for the points of a later step, which may lie anywhere; not in sums in place, which run along memory."""
        e, b = self.e, self.e.builder
        with e.when(b.icmp_unsigned("!=", e.arg("out"), e.arg("points"))):
            last = b.sub(b.udiv(b.add(e.arg("n"), e.i64(self.pairs - 1)), e.i64(self.pairs)), e.i64(1))
            ahead = b.add(step, e.i64(_PREFETCH_STEPS[self.shape.degree]))
            ahead = b.select(b.icmp_signed("<", ahead, last), ahead, last)
            for name in ("a", "b"):
                for tile in self._points_of(self._entries(name, ahead)):
                    for pointer in tile:
                        for offset in range(0, self.shape.point_bytes + 1, _CACHE_LINE - 1):
                            e.prefetch(e.at(pointer, offset, I8))

    def _forward(self, step: Value, running: Sequence[_LanesVar]) -> None:
        """Store the product of the denominators so far, then multiply by this step's; 1M."""
        self._prefetch(step)
        entries = self._entries("a", step), self._entries("b", step)
        pointers = self._points_of(entries[0]), self._points_of(entries[1])
        x1, low1 = zip(*(self._gather(tile, 0) for tile in pointers[0]), strict=True)
        x2, low2 = zip(*(self._gather(tile, 0) for tile in pointers[1]), strict=True)
        d, _ = self._denominators((x1, x2), (low1, low2), entries, pointers)
        products = [variable.get() for variable in running]
        for tile, product in enumerate(products):
            for i, part in enumerate(parts(product)):
                self.field.store(part, self.e.arg("prefix"), self._prefix(step, tile, i))
        for variable, product, factor in zip(running, products, d, strict=True):
            variable.set(self.field, self._settled(self.ops.mul(product, factor)))

    def _invert(self, running: Sequence[_LanesVar]) -> None:
        """2^4 over each lane's product, with one scalar inversion.

        The product in a lane is Q*2^260 as an integer; to scalar arithmetic it is (Q*2^4)*2^256, whose inverse in the
        same form is 2^512/(Q*2^260). Wanted is (2^-4/Q)*2^260*2^260/2^260 = 2^4 times that.
        """
        s = self.scalar
        self._to_cells([variable.get() for variable in running])
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
        for variable, value in zip(running, self._from_cells(), strict=True):
            variable.set(self.field, value)

    def _backward(self, step: Value, running: Sequence[_LanesVar]) -> None:
        """Slope and sum of each pair; 4M + 1S."""
        e, ops = self.e, self.ops
        entries = self._entries("a", step), self._entries("b", step)
        pointers = self._points_of(entries[0]), self._points_of(entries[1])
        targets = [self._places("out", tile) for tile in self._entries("dst", step)]
        x1, y1, low1 = zip(*(self._gather_points(tile) for tile in pointers[0]), strict=True)
        x2, y2, low2 = zip(*(self._gather_points(tile) for tile in pointers[1]), strict=True)
        d, suspicious = self._denominators((x1, x2), (low1, low2), entries, pointers)
        inverses = [variable.get() for variable in running]
        t = [ops.mul(inverse, self._load_prefix(step, tile)) for tile, inverse in enumerate(inverses)]
        for variable, inverse, factor in zip(running, inverses, d, strict=True):
            variable.set(self.field, self._settled(ops.mul(inverse, factor)))
        with e.either(suspicious) as (special, usual):
            with special:
                self._finish_complete(step, entries, pointers, t, targets)
            with usual:
                signed1, signed2 = (
                    [self._signed(y, self._signs(tile)) for y, tile in zip(ys, side, strict=True)]
                    for ys, side in zip((y1, y2), entries, strict=True)
                )
                self._finish((x1, signed1), (x2, signed2), t, targets)

    def _load_prefix(self, step: Value, tile: int) -> Element:
        prefix = self.e.arg("prefix")
        blocks = [self._prefix(step, tile, i) for i in range(self.shape.degree)]
        return whole([self.field.load_bounded(prefix, block, self.bound) for block in blocks])

    def _finish_complete(
        self,
        step: Value,
        entries: tuple[Sequence[Value], Sequence[Value]],
        pointers: tuple[Sequence[Sequence[Value]], Sequence[Sequence[Value]]],
        t: Sequence[Element],
        targets: Sequence[Sequence[Value]],
    ) -> None:
        """Pair by pair, by the scalar function that knows all cases."""
        e, b = self.e, self.e.builder
        # (1/d)*2^260 to the memory's form (1/d)*2^256: a product with 2^256
        radix = self.field.raw((1 << 256) % FP.modulus)
        self._to_cells([whole([self.field.mul(part, radix) for part in parts(a)]) for a in t])
        negate = self._bits([self._signs(tile) for tile in entries[0]])
        left, right, out = ([p for tile in side for p in tile] for side in (*pointers, targets))
        first = b.mul(step, e.i64(self.pairs))
        for k, flip in enumerate(self._flips(entries)):
            # Not the surplus lanes of the last step: one by one, they would read what their pair has written.
            with e.when(b.icmp_signed("<", b.add(first, e.i64(k)), e.arg("n"))):
                e.call(self.finish, out[k], left[k], right[k], self.cells[k], flip, negate[k])

    def _signed(self, y: Element, negative: Value) -> Element:
        """-y in the lanes whose entry says so."""
        f = self.field
        return whole([f.select(negative, f.neg(part), part) for part in parts(y)])

    def _finish(
        self,
        a: tuple[Sequence[Element], Sequence[Element]],
        b: tuple[Sequence[Element], Sequence[Element]],
        t: Sequence[Element],
        targets: Sequence[Sequence[Value]],
    ) -> None:
        """The usual case. Each line is emitted for all tiles before the next one, so that they overlap."""
        f, ops = self.field, self.ops
        slope = [ops.mul(ops.sub(y2, y1), u) for y1, y2, u in zip(a[1], b[1], t, strict=True)]
        if self.shape.degree > 1:
            slope = [whole([f.reduce(part) for part in parts(s)]) for s in slope]  # 16 times its bound must fit
        wide = [whole([f.times_16(part) for part in parts(s)]) for s in slope]
        squares = [self._product_with_itself(w, s) for w, s in zip(wide, slope, strict=True)]
        x3 = [ops.sub(ops.sub(q, x1), x2) for q, x1, x2 in zip(squares, a[0], b[0], strict=True)]
        x3 = [whole([f.canonical(part) for part in parts(x)]) for x in x3]
        y3 = [ops.sub(ops.mul(w, ops.sub(x1, x)), y1) for w, x1, x, y1 in zip(wide, a[0], x3, a[1], strict=True)]
        for x, y, places in zip(x3, y3, targets, strict=True):
            words = self._to_words(x), self._to_words(y)
            if self.shape.degree == 1:
                self._scatter([*words[0], *words[1]], places, 0)
            else:
                self._scatter(words[0], places, 0)
                self._scatter(words[1], places, self.shape.element_bytes)

    def _product_with_itself(self, wide: Element, slope: Element) -> Element:
        """The slope's square in the memory's form: `wide` is the slope times 2^4. 1M over Fp, 2M over Fp2."""
        if self.shape.degree == 1:
            return self.ops.mul(wide, slope)
        f = self.field
        cross = f.mul(wide[0], slope[1])
        return (f.mul(f.add(wide[0], wide[1]), f.sub(slope[0], slope[1])), f.add(cross, cross))
