"""Levels of butterflies on eight lanes, in a scratch area of blocks uint64[5, 8]; `ifma_ntt_ops` says what for.

The eight lanes of a block have one common factor on every level: a transform of m blocks is eight transforms of m
elements. Split and merge are those of `ntt_ops`, with the same order of the factors; split takes the inverse ones.

Levels run in twos (radix 4), the topmost one alone where their number is odd: it has no factors. Two levels of four
elements compute for longer than the L2 cache takes to bring them: cutting levels to the L1 cache changes nothing
(measured up to 2^22 points).

Elements in scratch are loose, below SPLIT_BOUND*p before the middle and below MERGE_BOUND*p after it. What only takes
part in sums is reduced on every second level, all else is a product or a sum of two. A product's limbs are below
14*2^52; the worst sum is one of four elements of two such limbs each: below 2^59, far from 2^63.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zkcompanion.proving.kernels.ifma_field import LANES, LIMBS, VECTOR, IfmaField, Lanes
from zkcompanion.proving.kernels.ifma_fixed import Factor, load_factor, mul_fixed
from zkcompanion.proving.kernels.ir import I1, I8, I64, PTR, VOID, Emitter, Value, const, internal_function

BLOCK_BYTES = 8 * LIMBS * LANES
#: Bounds, in units of p, of elements in scratch: as they come in, before and after the middle, as they go out.
LOADED_BOUND = 2.1
SPLIT_BOUND = 21.5
MERGE_BOUND = 20.0
FINAL_BOUND = 2 * MERGE_BOUND

MakeField = Callable[[Emitter], IfmaField]


def block(e: Emitter, base: Value, index: int | Value) -> Value:
    """Address of a block."""
    return e.at(base, e.builder.mul(e.as_i64(index), e.i64(BLOCK_BYTES)), I8)


def get(e: Emitter, at: Value, bound: float, *, tight: bool = False) -> Lanes:
    """The block at an address, which whoever wrote it kept below `bound`."""
    return Lanes(tuple(e.load(at, VECTOR, j) for j in range(LIMBS)), bound, tight=tight)


def put(e: Emitter, a: Lanes, at: Value, bound: float) -> None:
    """Write a block, loose or tight as it is, for readers that take it to be below `bound`."""
    for j, limb in enumerate(within(a, bound).limbs):
        e.store(limb, at, j)


def within(a: Lanes, bound: float) -> Lanes:
    """`a`; ValueError while emitting where it may reach `bound`."""
    if a.bound > bound:
        raise ValueError(f"a value of up to {a.bound:.1f} p does not keep within {bound} p")
    return a


# -- radix 4 -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Quad:
    """Four elements a quarter of part `number` apart; that number is also the index of the part's factor."""

    places: tuple[Value, ...]
    number: Value
    roots: Value

    def get(self, e: Emitter, bound: float) -> list[Lanes]:
        """The four."""
        return [get(e, at, bound) for at in self.places]

    def put(self, e: Emitter, elements: Sequence[Lanes], bound: float) -> None:
        """Write them."""
        for a, at in zip(elements, self.places, strict=True):
            put(e, a, at, bound)

    def factor(self, e: Emitter, half: int | None = None) -> Factor:
        """The factor of the whole part, or of one of its halves."""
        if half is None:
            return load_factor(e, self.roots, self.number)
        b = e.builder
        return load_factor(e, self.roots, b.add(b.shl(self.number, e.i64(1)), e.i64(half)))


def _split_quad(e: Emitter, f: IfmaField, q: Quad) -> None:
    """(x + c*y, x - c*y) twice; 4 fixed products, 1 reduction."""
    x0, x1, x2, x3 = q.get(e, SPLIT_BOUND)
    c = q.factor(e)
    x0 = f.reduce(x0)
    t, s = mul_fixed(f, x2, c), mul_fixed(f, x3, c)
    x0, x2 = f.add(x0, t), f.sub(x0, t)
    x1, x3 = f.add(x1, s), f.sub(x1, s)
    t, s = mul_fixed(f, x1, q.factor(e, 0)), mul_fixed(f, x3, q.factor(e, 1))
    q.put(e, [f.add(x0, t), f.sub(x0, t), f.add(x2, s), f.sub(x2, s)], SPLIT_BOUND)


def _split_first_quad(e: Emitter, f: IfmaField, q: Quad) -> None:
    """The same of part 0, two of whose factors are 1; 1 fixed product, 3 reductions."""
    x0, x1, x2, x3 = q.get(e, SPLIT_BOUND)
    x0, x2 = f.reduce(f.add(x0, x2)), f.reduce(f.sub(x0, x2))
    x1, x3 = f.reduce(f.add(x1, x3)), f.sub(x1, x3)
    s = mul_fixed(f, x3, q.factor(e, 1))
    q.put(e, [f.add(x0, x1), f.sub(x0, x1), f.add(x2, s), f.sub(x2, s)], SPLIT_BOUND)


def _merge_quad(e: Emitter, f: IfmaField, q: Quad) -> None:
    """(x + y, (x - y)*c) twice; 4 fixed products, 1 reduction."""
    x0, x1, x2, x3 = q.get(e, MERGE_BOUND)
    x0, x1 = f.add(x0, x1), mul_fixed(f, f.sub(x0, x1), q.factor(e, 0))
    x2, x3 = f.add(x2, x3), mul_fixed(f, f.sub(x2, x3), q.factor(e, 1))
    c = q.factor(e)
    x0, x2 = f.reduce(f.add(x0, x2)), mul_fixed(f, f.sub(x0, x2), c)
    x1, x3 = f.add(x1, x3), mul_fixed(f, f.sub(x1, x3), c)
    q.put(e, [x0, x1, x2, x3], MERGE_BOUND)


def _merge_first_quad(e: Emitter, f: IfmaField, q: Quad) -> None:
    """The same of part 0; 1 fixed product, 3 reductions."""
    x0, x1, x2, x3 = q.get(e, MERGE_BOUND)
    x0, x1 = f.reduce(f.add(x0, x1)), f.reduce(f.sub(x0, x1))
    x2, x3 = f.reduce(f.add(x2, x3)), mul_fixed(f, f.sub(x2, x3), q.factor(e, 1))
    q.put(e, [f.add(x0, x2), f.add(x1, x3), f.sub(x0, x2), f.sub(x1, x3)], MERGE_BOUND)


# -- transforms ----------------------------------------------------------------------------------------------------
class Levels:
    """Emits the functions of one module, each once. `make_field` makes the arithmetic of a function."""

    def __init__(self, e: Emitter, make_field: MakeField) -> None:
        self._module = e.module
        self._make_field = make_field

    def function(self, name: str, pointers: str, numbers: str, body: Callable[[Emitter, IfmaField], None]) -> Any:
        """The internal function of this name; its parameters as words."""
        params = [(p, PTR) for p in pointers.split()] + [(n, I64) for n in numbers.split()]
        return internal_function(
            self._module, f"_fr_lanes_{name}", params, VOID, lambda e: body(e, self._make_field(e))
        )

    def split(self) -> Any:
        """(data, inverse_roots, size): a transform of `size` blocks, a power of 2; bit-reversed order out."""
        return self.function("split", "data inverse_roots", "size", lambda e, _: self._split(e, 1))

    def merge(self) -> Any:
        """(data, roots, size): the same from bit-reversed to natural order."""
        return self.function("merge", "data roots", "size", lambda e, _: self._merge(e, 1))

    def shift(self) -> Any:
        """(data, inverse_roots, roots, middles, size): values to coefficients, the coset's powers, values again."""

        def body(e: Emitter, _: IfmaField) -> None:
            self._split(e, 2)
            e.call(self.middle(), e.arg("data"), e.arg("middles"), e.arg("size"))
            self._merge(e, 2)

        return self.function("shift", "data inverse_roots roots middles", "size", body)

    def _split(self, e: Emitter, until: int) -> None:
        """The levels down to parts of `until`, 1 or 2."""
        is_odd, top = self._top(e, until)
        with e.when(is_odd):
            e.call(self.cross(merging=False), e.arg("data"), top)
        arguments = (e.arg("data"), e.arg("inverse_roots"), e.arg("size"), top, e.i64(until))
        e.call(self.sweep(merging=False), *arguments)

    def _merge(self, e: Emitter, until: int) -> None:
        is_odd, top = self._top(e, until)
        e.call(self.sweep(merging=True), e.arg("data"), e.arg("roots"), e.arg("size"), top, e.i64(until))
        with e.when(is_odd):
            e.call(self.cross(merging=True), e.arg("data"), top)

    def _top(self, e: Emitter, until: int) -> tuple[Value, Value]:
        """Whether the number of levels is odd, and the size of the parts that two levels at a time begin with."""
        b = e.builder
        # log2(size/until), for 1 and 2
        odd = b.and_(b.sub(e.i64(64 - until), b.ctlz(e.arg("size"), const(I1, 1))), e.i64(1))
        return b.icmp_signed("!=", odd, e.i64(0)), b.lshr(e.arg("size"), odd)

    def sweep(self, *, merging: bool) -> Any:
        """(data, roots, size, top, until): the levels between parts of `top` blocks and of `until`, two at a time.

        top/until is a power of 4.
        """
        usual, first = (_merge_quad, _merge_first_quad) if merging else (_split_quad, _split_first_quad)

        def body(e: Emitter, f: IfmaField) -> None:
            b = e.builder
            top, until = e.arg("top"), e.arg("until")
            quarter = e.var(I64, until if merging else b.lshr(top, e.i64(2)))

            def unfinished() -> Value:
                return b.icmp_signed("<", quarter.get(), top) if merging else b.icmp_signed(">=", quarter.get(), until)

            with e.while_(unfinished):
                step = quarter.get()
                part = b.shl(step, e.i64(2))
                with e.loop(0, b.sdiv(e.arg("size"), part)) as number:
                    corner = b.mul(number, part)
                    with e.either(b.icmp_signed("==", number, e.i64(0))) as (then, otherwise):
                        for branch, formula in ((then, first), (otherwise, usual)):
                            with branch, e.loop(0, step) as i:
                                place = b.add(corner, i)
                                indices = [b.add(place, b.mul(step, e.i64(k))) for k in range(4)]
                                places = tuple(block(e, e.arg("data"), index) for index in indices)
                                formula(e, f, Quad(places, number, e.arg("roots")))
                quarter.set(part if merging else b.lshr(step, e.i64(2)))

        return self.function("merge_levels" if merging else "split_levels", "data roots", "size top until", body)

    def cross(self, *, merging: bool) -> Any:
        """(data, half): (x + y, x - y), the topmost level."""
        bound, result = (MERGE_BOUND, FINAL_BOUND) if merging else (LOADED_BOUND, SPLIT_BOUND)

        def body(e: Emitter, f: IfmaField) -> None:
            with e.loop(0, e.arg("half")) as i:
                places = block(e, e.arg("data"), i), block(e, e.arg("data"), e.builder.add(i, e.arg("half")))
                x, y = (get(e, at, bound) for at in places)
                put(e, f.add(x, y), places[0], result)
                put(e, f.sub(x, y), places[1], result)

        return self.function("merge_cross" if merging else "split_cross", "data", "half", body)

    def middle(self) -> Any:
        """(data, middles, size): pairs to coefficients, the coset, and pairs again; 3 fixed products a pair."""

        def body(e: Emitter, f: IfmaField) -> None:
            b = e.builder
            with e.loop(0, b.lshr(e.arg("size"), e.i64(1))) as pair:
                first, entry = b.shl(pair, e.i64(1)), b.mul(pair, e.i64(3))
                factors = [load_factor(e, e.arg("middles"), b.add(entry, e.i64(k))) for k in range(3)]
                places = [block(e, e.arg("data"), b.add(first, e.i64(k))) for k in range(2)]
                x, y = (get(e, at, SPLIT_BOUND) for at in places)
                z = mul_fixed(f, y, factors[0])
                put(e, mul_fixed(f, f.add(x, z), factors[1]), places[0], MERGE_BOUND)
                put(e, mul_fixed(f, f.sub(x, z), factors[2]), places[1], MERGE_BOUND)

        return self.function("middle", "data middles", "size", body)
