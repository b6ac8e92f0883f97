"""Batched affine additions on eight lanes: the vector family's form of `point_ops.Functions.add_pairs`.

Points stay in memory as everywhere else: affine, 4 words of 64 bits, Montgomery form of radix 2^256, canonical. A tile
of eight is transposed on its way in and out. Kernels multiply with radix 2^260, so mul(x*2^256, y*2^256) =
x*y*2^252: each product of two elements in the memory's form loses a factor 2^4. The formulas absorb it for nothing:

    d_i, the denominators x2 - x1, enter the running product as they are; after the one inversion, u is scaled by 2^6
    (on one scalar), so that u*prefix_i comes out as (4/d_i)*2^260
    slope S = u*(prefix_i*(y2 - y1)) = 4*L*2^256, four times the slope L in the memory's form
    x3 = mul(S, S) - x1 - x2,  y3 = 4*mul(S, x1 - x3) - y1: the memory's form again

*Differences* of lanes need a multiple of p that keeps them from being negative, which costs as much as the difference.
So 3p - x1 and k*p - y1 are made once: d = x2 + (3p - x1), y2 - y1 = y2 + (k*p - y1), and going back
x3 = mul(S, S) + 2*(3p - x1) - d, which is mul(S, S) + 3p - x1 - x2; y3 = (k*p - y1) - 4*mul(S, x3 + (3p - x1)). That is
nine instructions a limb instead of thirteen.

*Points are read once.* Going forward, a step reads and transposes its points, and leaves in the scratch all that going
back needs, in lanes: -x1, -y1, d and q = prefix*(y2 - y1). Going back then runs along memory; it would otherwise look
up points all over a large array a second time, once 2048 other pairs pushed them out of the nearest cache, and turn
them into lanes again. Taking prefix and y2 - y1 together also makes the slope one product of u instead of two in a row.

Cost of an addition: 5M + 1S of eight lanes, one gather, one scatter, two final reductions, 160 bytes of scratch written
and read; 1/batch of an inversion. One product of eight lanes takes 34 ns when the next one waits for it, 21 ns when it
does not (Zen 5), and a tile's products wait for each other; in G1 a step therefore works on two tiles in turn (an Fp2
product is three independent ones anyway).

*Special pairs.* Infinity stays in the lanes: the pair (0, -Y), (-X, -Y) has slope 0 and the sum (X, Y), and its
denominator -X is not zero, since neither curve has a point with x = 0. Pairs that are equal or opposite make their step
take the complete scalar functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import Element, FieldOps, Fp2Ops
from zkcompanion.proving.kernels.ifma_field import (
    LANES,
    LIMB_BITS,
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
from zkcompanion.proving.kernels.layout import STEP_VECTORS
from zkcompanion.proving.kernels.point_ops import CACHE_LINE, INDEX_MASK, CurveShape, point_at, scratch

#: How many steps ahead points are asked for, over Fp and Fp2: 32 pairs. Half or one and a half as many is as good.
_PREFETCH_STEPS = {1: 2, 2: 4}
_ENTRIES = ir.VectorType(I32, LANES)
_FLAGS = ir.VectorType(I1, LANES)
#: Bounds that hold for the running product at every turn of a loop, over Fp and Fp2.
_RUNNING_BOUND = {1: 2.0, 2: 6.0}
#: Bounds of the coordinates of a pair once infinity is taken out of it (p - 0 is p) and y is negated.
_X_BOUND, _Y_BOUND = 1.0 + 2.0**-30, 3.0 + 2.0**-30
#: The multiple of p from which x1 is taken: 3p - x1 - x2 is not negative.
_X_ROOM = 3
#: The same for y1, over Fp and Fp2: not below the bound of y1 and of four times a product.
_Y_ROOM = {1: 9, 2: 36}
#: What a step keeps that no product takes.
_LOOSE = ("minus_x1", "minus_y1")
#: Bound of prefix*(y2 - y1), over Fp and Fp2.
_Q_BOUND = {1: 2.0, 2: 20.5}


class _LanesVar:
    """A mutable element of eight lanes with a fixed bound."""

    def __init__(self, e: Emitter, degree: int, bound: float, *, tight: bool = True) -> None:
        self._slots = [[e.var(VECTOR) for _ in range(LIMBS)] for _ in range(degree)]
        self._bound = bound
        self._tight = tight

    def get(self) -> Element:
        """The element now."""
        values = [tuple(v.get() for v in slots) for slots in self._slots]
        return whole([Lanes(limbs, self._bound, tight=self._tight) for limbs in values])

    def set(self, field: IfmaField, value: Element) -> None:
        """Assign; the value must be within the bound."""
        for slots, part in zip(self._slots, parts(value), strict=True):
            if part.bound > self._bound:
                raise ValueError("the bound does not hold at every turn of the loop")
            for slot, limb in zip(slots, (field.tighten(part) if self._tight else part).limbs, strict=True):
                slot.set(limb)


class _Tile:
    """Eight pairs while a step reads them."""

    def __init__(self, e: Emitter, degree: int) -> None:
        #: coordinates of the first and the second points, as they are added
        self.x = [_LanesVar(e, degree, _X_BOUND) for _ in range(2)]
        self.y = [_LanesVar(e, degree, _Y_BOUND, tight=False) for _ in range(2)]
        #: the points as they were read, y negated where the entry says so
        self.read: list[tuple[Element, Element]] = []
        #: their words
        self.words: list[list[Value]] = []
        #: <8 x i1>: both may have the same x
        self.equal = e.var(_FLAGS)


class VectorAddPairs:
    """Emits the body of `add_pairs` on lanes; same arguments, but `prefix` is a `layout.pair_scratch`.

    A step handles `width` tiles of eight pairs. A last step that is not full is filled up with the last pair: the
    surplus lanes compute and write the same sum, and all points are read before any is written.
    """

    def __init__(
        self, e: Emitter, shape: CurveShape, _scalar: FieldOps, denominator: ir.Function, finish: ir.Function
    ) -> None:
        self.e = e
        self.shape = shape
        #: scalar arithmetic of the same curve, for the inversion
        self.scalar = shape.ops(e, compact=True)
        #: complete scalar functions of one pair, see `point_ops.Functions`
        self.denominator = denominator
        self.finish = finish
        self.field = IfmaField(e, FP)
        self.ops: FieldOps = self.field if shape.degree == 1 else Fp2Ops(self.field)
        self.bound = _RUNNING_BOUND[shape.degree]
        self.y_room = _Y_ROOM[shape.degree]
        #: what a step keeps for the way back, in this order, and its bound; then comes a flag
        self.kept = {
            "minus_x1": _X_ROOM + 2.0**-30,
            "minus_y1": self.y_room + 2.0**-30,
            "d": _X_ROOM + _X_BOUND + 2.0**-30,
            "q": _Q_BOUND[shape.degree],
        }
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
        """Where the entries of each tile of a step lie in one of the lists."""
        e, b = self.e, self.e.builder
        first = b.mul(step, e.i64(self.pairs))
        full = b.icmp_signed("<=", b.add(first, e.i64(self.pairs)), e.arg("n"))
        source = b.select(full, e.at(e.arg(name), first, I32), self._padded[name])
        return [e.at(source, k * LANES, I32) for k in range(self.width)]

    def _places(self, array: str, entries: Value) -> list[Value]:
        """Addresses of the points of an array that eight entries name. Words of the list are read one by one: taking
        them out of a vector register would keep the units busy that multiply.
        """
        e, b = self.e, self.e.builder
        indices = [b.and_(e.load(entries, I32, k, align=4), const(I32, INDEX_MASK)) for k in range(LANES)]
        return [point_at(e, self.shape, e.arg(array), b.zext(index, I64)) for index in indices]

    def _signs(self, entries: Value) -> Value:
        """<8 x i1>: the entry negates its point."""
        b = self.e.builder
        return b.icmp_signed("<", b.load(entries, typ=_ENTRIES, align=4), const(_ENTRIES, 0))

    def _bits(self, conditions: Sequence[Value]) -> list[Value]:
        """i1 for each lane of each tile's <8 x i1>."""
        b = self.e.builder
        return [b.extract_element(tile, const(I32, k)) for tile in conditions for k in range(LANES)]

    def _flips(self, sides: Sequence[Sequence[Value]]) -> list[Value]:
        """i1 for each pair: its points have different signs."""
        b = self.e.builder
        return self._bits([b.xor(self._signs(p), self._signs(q)) for p, q in zip(*sides, strict=True)])

    def _gather(self, pointers: Sequence[Value]) -> tuple[Element, Element, list[Value]]:
        """X and y of eight points, canonical, and the words they are made of."""
        e, b = self.e, self.e.builder
        kind = ir.VectorType(I64, LANES)
        words: list[Value] = []
        for offset in range(0, self.shape.point_bytes, CACHE_LINE):
            words += transpose_8x8(e, [b.load(e.at(p, offset, I8), typ=kind, align=1) for p in pointers])
        half = len(words) // 2
        return self._from_words(words[:half]), self._from_words(words[half:]), words

    def _infinite(self, words: Sequence[Value]) -> Value:
        """<8 x i1>: all words of the point are zero."""
        b = self.e.builder
        total = words[0]
        for word in words[1:]:
            total = b.or_(total, word)
        return b.icmp_unsigned("==", total, const(VECTOR, 0))

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
        """What `_to_cells` wrote, or scalar functions since."""
        e, size = self.e, self.shape.element_bytes // 8
        kind = ir.VectorType(I64, size)
        transpose = transpose_8x4 if self.shape.degree == 1 else transpose_8x8
        tiles = [self._cells_of(tile) for tile in range(self.width)]
        loaded = [[e.builder.load(cell, typ=kind, align=8) for cell in cells] for cells in tiles]
        return [self._from_words(transpose(e, rows)) for rows in loaded]

    def _kept(self, step: Value, tile: int, name: str) -> tuple[Value, int]:
        """Where a step's scratch has an element of a tile: address of the step, number of the first block in it."""
        e = self.e
        at = e.at(e.arg("prefix"), e.builder.mul(step, e.i64(STEP_VECTORS)), VECTOR)
        return at, (tile * len(self.kept) + list(self.kept).index(name)) * self.shape.degree

    def _keep(self, step: Value, tile: int, name: str, a: Element) -> None:
        """Write an element for the way back; those that no product takes with their limbs as they are."""
        at, first = self._kept(step, tile, name)
        for i, part in enumerate(parts(a)):
            if part.bound > self.kept[name]:
                raise ValueError(f"{name} may be larger than its readers think")
            for j, limb in enumerate((part if name in _LOOSE else self.field.tighten(part)).limbs):
                self.e.store(limb, at, (first + i) * LIMBS + j, align=64)

    def _kept_value(self, step: Value, tile: int, name: str) -> Element:
        """Read what `_keep` wrote."""
        at, first = self._kept(step, tile, name)
        limbs = [
            tuple(self.e.load(at, VECTOR, (first + i) * LIMBS + j, align=64) for j in range(LIMBS))
            for i in range(self.shape.degree)
        ]
        return whole([Lanes(part, self.kept[name], tight=name not in _LOOSE) for part in limbs])

    def _flag(self, step: Value) -> Value:
        """Address of the word that says whether a step is special."""
        return self.e.at(self._kept(step, 0, "minus_x1")[0], STEP_VECTORS - 1, VECTOR)

    # -- forward -----------------------------------------------------------------------------------------------
    def _settled(self, a: Element) -> Element:
        """Within the bound of the running product."""
        return a if self.shape.degree == 1 else whole([self.field.reduce(part) for part in parts(a)])

    def _prefetch(self, step: Value) -> None:
        """Ask for the points of a later step, which may lie anywhere; not in sums in place, which run along memory."""
        e, b = self.e, self.e.builder
        with e.when(b.icmp_unsigned("!=", e.arg("out"), e.arg("points"))):
            last = b.sub(b.udiv(b.add(e.arg("n"), e.i64(self.pairs - 1)), e.i64(self.pairs)), e.i64(1))
            ahead = b.add(step, e.i64(_PREFETCH_STEPS[self.shape.degree]))
            ahead = b.select(b.icmp_signed("<", ahead, last), ahead, last)
            for name in ("a", "b"):
                for entries in self._entries(name, ahead):
                    for pointer in self._places("points", entries):
                        for offset in range(0, self.shape.point_bytes + 1, CACHE_LINE - 1):
                            e.prefetch(e.at(pointer, offset, I8))

    def _prefetch_next(self, step: Value) -> None:
        """Ask for points of the next call: going back leaves memory alone, so half of the waiting is done here."""
        e, b = self.e, self.e.builder
        first = b.mul(step, e.i64(self.pairs))
        with e.when(b.icmp_signed("<=", b.add(first, e.i64(self.pairs)), e.arg("n_next"))):
            for name in ("next_a", "next_b"):
                for k in range(self.width):
                    entries = e.at(e.arg(name), b.add(first, e.i64(k * LANES)), I32)
                    for pointer in self._places("points", entries):
                        for offset in range(0, self.shape.point_bytes + 1, CACHE_LINE - 1):
                            e.prefetch(e.at(pointer, offset, I8), nearest=False)

    def _read(self, sides: Sequence[Sequence[Value]]) -> list[_Tile]:
        """The tiles of a step, y negated where the entry says so."""
        tiles = [_Tile(self.e, self.shape.degree) for _ in range(self.width)]
        for k, side in enumerate(sides):
            for tile, entries in zip(tiles, side, strict=True):
                x, y, words = self._gather(self._places("points", entries))
                y = self._signed(y, self._signs(entries))
                tile.x[k].set(self.field, x)
                tile.y[k].set(self.field, y)
                tile.read.append((x, y))
                tile.words.append(words)
        return tiles

    def _signed(self, y: Element, negative: Value) -> Element:
        """-y in the lanes whose entry says so."""
        f = self.field
        return whole([f.select(negative, f.neg(part), part) for part in parts(y)])

    def _replace_infinity(self, tiles: Sequence[_Tile]) -> None:
        """Take infinity out of the pairs, so that the usual formulas give their sums.

        Infinity and (X, Y) become (0, -Y), (-X, -Y): x3 = 0^2 - 0 - (-X), y3 = 0*(0 - X) - (-Y). Two infinities become
        (-1, 0), (1, 0), with the denominator 2: x3 = 0^2 - (-1) - 1, y3 = 0.
        """
        f, b = self.field, self.e.builder
        zeros = [f.zero()] * (self.shape.degree - 1)
        zero, one, minus_one = (whole([f.raw(k % FP.modulus), *zeros]) for k in (0, 1, -1))

        def chosen(condition: Value, first: Element, second: Element) -> Element:
            return whole([f.select(condition, p, q) for p, q in zip(parts(first), parts(second), strict=True)])

        for tile in tiles:
            first, second = (self._infinite(words) for words in tile.words)
            some, both = b.or_(first, second), b.and_(first, second)
            x, y = zip(*tile.read, strict=True)
            minus_x, minus_y = (self.ops.neg(chosen(first, v[1], v[0])) for v in (x, y))
            for k, (new, of_both) in enumerate(((zero, minus_one), (minus_x, one))):
                tile.x[k].set(f, chosen(both, of_both, chosen(some, new, x[k])))
                tile.y[k].set(f, chosen(some, minus_y, y[k]))
            tile.equal.set(b.and_(tile.equal.get(), b.not_(both)))

    def _forward(self, step: Value, running: Sequence[_LanesVar]) -> None:
        """Read the step's points, keep what the way back needs, multiply the running product by the denominators; 2M.

        A special step keeps the prefix itself as q.
        """
        e, b, ops = self.e, self.e.builder, self.ops
        self._prefetch(step)
        sides = self._entries("a", step), self._entries("b", step)
        tiles = self._read(sides)
        # by lowest words: never missed where it is so; a false alarm once in 2^64 additions costs time only
        zero, equal = (const(_FLAGS, 0),) * 2
        for tile in tiles:
            low = [words[0] for words in tile.words]
            for word in low:
                zero = b.or_(zero, b.icmp_unsigned("==", word, const(VECTOR, 0)))
            tile.equal.set(b.icmp_unsigned("==", *low))
        with e.when(any_lane(e, zero), likely=False):
            self._replace_infinity(tiles)
        for tile in tiles:
            equal = b.or_(equal, tile.equal.get())
        special = any_lane(e, equal)
        products = [variable.get() for variable in running]
        d = [_LanesVar(e, self.shape.degree, self.kept["d"]) for _ in tiles]
        minus_x1 = [self._opposite(tile.x[0].get(), _X_ROOM) for tile in tiles]
        minus_y1 = [self._opposite(tile.y[0].get(), self.y_room) for tile in tiles]
        for tile, variable, x in zip(tiles, d, minus_x1, strict=True):
            variable.set(self.field, ops.add(tile.x[1].get(), x))
        dy = [ops.add(tile.y[1].get(), y) for tile, y in zip(tiles, minus_y1, strict=True)]
        q = [ops.mul(product, y) for product, y in zip(products, dy, strict=True)]
        for k in range(len(tiles)):
            self._keep(step, k, "minus_x1", minus_x1[k])
            self._keep(step, k, "minus_y1", minus_y1[k])
            self._keep(step, k, "q", q[k])
        with e.when(special, likely=False):
            self._denominators(sides, d)
            for k, product in enumerate(products):
                self._keep(step, k, "q", product)
        e.store(b.zext(special, I64), self._flag(step), align=64)
        for k, variable in enumerate(d):
            self._keep(step, k, "d", variable.get())
        for variable, product, factor in zip(running, products, d, strict=True):
            variable.set(self.field, ops.mul(product, factor.get()))

    def _opposite(self, a: Element, multiple: int) -> Element:
        return whole([self.field.opposite(part, multiple) for part in parts(a)])

    def _denominators(self, sides: Sequence[Sequence[Value]], d: Sequence[_LanesVar]) -> None:
        """Pair by pair, by the scalar function that knows all cases."""
        a, b = ([p for entries in side for p in self._places("points", entries)] for side in sides)
        for cell, p, q, flip in zip(self.cells, a, b, self._flips(sides), strict=True):
            self.e.call(self.denominator, cell, p, q, flip)
        for variable, value in zip(d, self._from_cells(), strict=True):
            variable.set(self.field, value)

    # -- inversion ---------------------------------------------------------------------------------------------
    def _invert(self, running: Sequence[_LanesVar]) -> None:
        """U = 2^6 over each lane's product, with one scalar inversion.

        Lanes are multiplied up in a tree: each round makes, for a lane, the product of its own and its neighbour's
        subtree, until every lane has the product of all; its inverse times the neighbours' subtrees is the lane's.

        A product is Q*2^260 as an integer; to scalar arithmetic it is (Q*2^4)*2^256, whose inverse in the same form is
        2^512/(Q*2^260). (2^-4/Q)*2^260 would be 2^4 times that; slopes are wanted four times as large, see above.
        """
        e, s, ops = self.e, self.scalar, self.ops
        own = [variable.get() for variable in running]
        total = own[0]
        for other in own[1:]:
            total = self._settled(ops.mul(total, other))
        neighbours = []
        for distance in (1, 2, 4):
            order = [k ^ distance for k in range(LANES)]
            neighbours.append(self._shuffled(total, order))
            total = self._settled(ops.mul(total, neighbours[-1]))
        self._to_cells([total])
        cell = self.cells[0]
        two = s.add(s.one(), s.one())
        four = s.add(two, two)
        s.store(s.canonical(s.mul(s.inv(s.load(cell)), s.mul(s.mul(four, four), four))), cell)
        words = [e.builder.load(e.at(cell, k, I64), typ=I64) for k in range(self.shape.element_bytes // 8)]
        inverse = self._from_words([self._in_all_lanes(word) for word in words])
        for neighbour in reversed(neighbours):
            inverse = self._settled(ops.mul(inverse, neighbour))
        if self.width == 1:
            running[0].set(self.field, inverse)
        else:
            for variable, other in zip(running, reversed(own), strict=True):
                variable.set(self.field, ops.mul(inverse, other))

    def _shuffled(self, a: Element, order: Sequence[int]) -> Element:
        """Lane k of the result is lane order[k]."""
        limbs = [[shuffle(self.e, limb, limb, order) for limb in part.limbs] for part in parts(a)]
        return whole(
            [Lanes(tuple(new), part.bound, tight=part.tight) for new, part in zip(limbs, parts(a), strict=True)]
        )

    def _in_all_lanes(self, word: Value) -> Value:
        one = self.e.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), word, const(I32, 0))
        return shuffle(self.e, one, one, [0] * LANES)

    # -- backward ----------------------------------------------------------------------------------------------
    def _backward(self, step: Value, running: Sequence[_LanesVar]) -> None:
        """Slope and sum of each pair; 3M + 1S."""
        e, b, ops = self.e, self.e.builder, self.ops
        self._prefetch_next(step)
        tiles = range(self.width)
        targets = [self._places("out", entries) for entries in self._entries("dst", step)]
        inverses = [variable.get() for variable in running]
        slopes = [ops.mul(inverses[k], self._kept_value(step, k, "q")) for k in tiles]
        d = [self._kept_value(step, k, "d") for k in tiles]
        for variable, inverse, factor in zip(running, inverses, d, strict=True):
            variable.set(self.field, ops.mul(inverse, factor))
        flag = e.load(self._flag(step), I64, align=64)
        with e.either(b.icmp_unsigned("!=", flag, e.i64(0))) as (special, usual):
            with special:
                self._finish_complete(step, slopes, targets)
            with usual:
                minus_x1 = [self._kept_value(step, k, "minus_x1") for k in tiles]
                minus_y1 = [self._kept_value(step, k, "minus_y1") for k in tiles]
                self._finish(minus_x1, minus_y1, d, slopes, targets)

    def _finish_complete(self, step: Value, t: Sequence[Element], targets: Sequence[Sequence[Value]]) -> None:
        """Pair by pair, by the scalar function that knows all cases; t: 4/d in lanes."""
        e, b = self.e, self.e.builder
        sides = self._entries("a", step), self._entries("b", step)
        left, right = ([p for entries in side for p in self._places("points", entries)] for side in sides)
        # (4/d)*2^260 to the memory's form (1/d)*2^256: a product with 2^254
        radix = self.field.raw((1 << 254) % FP.modulus)
        self._to_cells([whole([self.field.mul(part, radix) for part in parts(a)]) for a in t])
        negate = self._bits([self._signs(entries) for entries in sides[0]])
        out = [p for tile in targets for p in tile]
        first = b.mul(step, e.i64(self.pairs))
        for k, flip in enumerate(self._flips(sides)):
            # Not the surplus lanes of the last step: one by one, they would read what their pair has written.
            with e.when(b.icmp_signed("<", b.add(first, e.i64(k)), e.arg("n"))):
                e.call(self.finish, out[k], left[k], right[k], self.cells[k], flip, negate[k])

    def _finish(
        self,
        minus_x1: Sequence[Element],
        minus_y1: Sequence[Element],
        d: Sequence[Element],
        slope: Sequence[Element],
        targets: Sequence[Sequence[Value]],
    ) -> None:
        """The usual case. Each line is emitted for all tiles before the next one, so that they overlap.

        minus_x1 = 3p - x1 and d = x2 + minus_x1, so x3 = S^2 + 2*minus_x1 - d = S^2 + 3p - x1 - x2, with no multiple of
        p to add; minus_y1 - 4*S*(x3 - x1) is not negative either.
        """
        f, ops = self.field, self.ops
        squares = [self._square(s) for s in slope]
        sums = [ops.add(ops.add(s, x), x) for s, x in zip(squares, minus_x1, strict=True)]
        x3 = [
            whole(
                [
                    f.reduce(f.less(a, b, c.bound + _X_ROOM))
                    for a, b, c in zip(parts(p), parts(q), parts(s), strict=True)
                ]
            )
            for p, q, s in zip(sums, d, squares, strict=True)
        ]
        products = [self._mul_loose(s, ops.add(x, z)) for s, x, z in zip(slope, minus_x1, x3, strict=True)]
        y3 = [
            whole([self._minus_4_times(y, v) for y, v in zip(parts(p), parts(q), strict=True)])
            for p, q in zip(minus_y1, products, strict=True)
        ]
        x3, y3 = self._below_p(x3, y3)
        for x, y, places in zip(x3, y3, targets, strict=True):
            words = [[word for part in parts(v) for word in f.to_words(part)] for v in (x, y)]
            if self.shape.degree == 1:
                self._scatter([*words[0], *words[1]], places, 0)
            else:
                self._scatter(words[0], places, 0)
                self._scatter(words[1], places, self.shape.element_bytes)

    def _minus_4_times(self, minus_y1: Lanes, product: Lanes) -> Lanes:
        """-y1 - 4*product, reduced."""
        fourfold = self.field.times_4(product)
        if fourfold.bound > self.y_room - _Y_BOUND:
            raise ValueError("a difference that may be negative")
        return self.field.reduce(self.field.less(minus_y1, fourfold, minus_y1.bound))

    def _square(self, a: Element) -> Element:
        """a^2, not for another product: limbs are loose. 1S over Fp, 2M over Fp2."""
        return self.field.sqr(a, loose=True) if self.shape.degree == 1 else self.ops.sqr(a)

    def _mul_loose(self, a: Element, b: Element) -> Element:
        """a*b, not for another product."""
        return self.field.mul(a, b, loose=True) if self.shape.degree == 1 else self.ops.mul(a, b)

    def _below_p(self, *elements: Sequence[Element]) -> list[list[Element]]:
        """Elements that are reduced already, canonical: one may be left between p and p*(1 + 2^-38), where its topmost
        limb is not below that of p. Once in 2^40 times it is so, for random numbers, and is looked at closer.
        """
        e, b, f = self.e, self.e.builder, self.field
        flat = [part for group in elements for a in group for part in parts(a)]
        least = const(VECTOR, FP.modulus >> (LIMB_BITS * (LIMBS - 1)))
        suspicious = const(ir.VectorType(I1, LANES), 0)
        slots = [[e.var(VECTOR) for _ in range(LIMBS)] for _ in flat]
        for part, own in zip(flat, slots, strict=True):
            suspicious = b.or_(suspicious, b.icmp_unsigned(">=", part.limbs[-1], least))
            for slot, limb in zip(own, part.limbs, strict=True):
                slot.set(limb)
        with e.when(any_lane(e, suspicious), likely=False):
            for part, own in zip(flat, slots, strict=True):
                for slot, limb in zip(own, f.canonical(part).limbs, strict=True):
                    slot.set(limb)
        settled = iter([Lanes(tuple(slot.get() for slot in own), 1.0, tight=True) for own in slots])
        return [[whole([next(settled) for _ in parts(a)]) for a in group] for group in elements]
