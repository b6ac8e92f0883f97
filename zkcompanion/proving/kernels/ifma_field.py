"""Emits arithmetic on eight independent field elements at once: 5 limbs of 52 bits, radix 2^260, AVX-512 IFMA.

An element is a `Lanes`: five <8 x i64>, limb j of eight elements, 52 bits each. 2^260 / p = 84.6 leaves room for a
bound that is carried along while emitting instead of conditional subtractions at run time: `Lanes.bound` is a number k
with value < k*p in every lane. A product of operands below ka*p and kb*p is below p*(1.13 + ka*kb*p/2^260) =
p*(1.13 + 0.0118*ka*kb), that is 2.13 p for ka*kb <= 84; sums add bounds; a - b adds a multiple of p that is not below
b's bound. A value that might not fit 2^260 is refused while emitting.

Limbs are *tight* (each below 2^52) or loose (sums and differences: signed, a few bits more; the value itself is never
negative). vpmadd52 reads 52 bits of each factor, so `mul` makes its operands tight first; nothing else needs to.

Cost on eight elements: mul 101 vpmadd52 and 30 others, sqr 81 and 35, tighten 12, reduce 23, canonical 47; 2.7 ns and
2.5 ns for each element where the multipliers are kept busy (docs/kernels.md). Sources: Gueron and Krasnov,
"Accelerating Big Integer Arithmetic Using Intel IFMA Extensions", 2016; gnark-crypto issue 816 (a carry chain over
doubled limbs must be sequential).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from zkcompanion.proving.fields import FieldParams
from zkcompanion.proving.kernels import blocks
from zkcompanion.proving.kernels.field_ops import Element
from zkcompanion.proving.kernels.ir import I8, I64, Emitter, Value, const

LANES, LIMBS, LIMB_BITS, RADIX_BITS = blocks.LANES, blocks.LIMBS, blocks.LIMB_BITS, blocks.RADIX_BITS
_MASK = (1 << LIMB_BITS) - 1
VECTOR = ir.VectorType(I64, LANES)
#: Bits below the quotient in `reduce`: floor(2^(208 + 52 + 40) / p) is below 2^52 for a p of 254 bits.
_QUOTIENT_SHIFT = 40


@dataclass(frozen=True)
class Lanes:
    """Eight elements while code is emitted: limbs, a bound in units of p, and whether the limbs are tight."""

    limbs: tuple[Value, ...]
    bound: float
    tight: bool


def limbs52(value: int) -> list[int]:
    """Five little-endian limbs of 52 bits of an integer below 2^260."""
    return [(value >> (LIMB_BITS * i)) & _MASK for i in range(LIMBS)]


class IfmaField:
    """`FieldOps` on eight lanes. Conditions are <8 x i1>."""

    mul_cost = 1
    sqr_cost = 1
    size_bytes = LIMBS * LANES * 8

    def __init__(self, e: Emitter, params: FieldParams) -> None:
        self.e = e
        self.params = params
        #: 2^260 / p
        self.room = (1 << RADIX_BITS) / params.modulus
        #: 2^-52 mod p
        self._fold = pow(1 << LIMB_BITS, -1, params.modulus)

    # -- values ------------------------------------------------------------------------------------------------
    def raw(self, value: int) -> Lanes:
        """An integer below p as it is, in every lane."""
        return Lanes(tuple(const(VECTOR, limb) for limb in limbs52(value)), 1.0, tight=True)

    def constant(self, value: int) -> Lanes:
        """A plain integer in Montgomery form of radix 2^260."""
        return self.raw((value << RADIX_BITS) % self.params.modulus)

    def zero(self) -> Lanes:
        """0."""
        return Lanes((const(VECTOR, 0),) * LIMBS, 0.0, tight=True)

    def one(self) -> Lanes:
        """1 in Montgomery form of radix 2^260."""
        return self.constant(1)

    def _made(self, limbs: Sequence[Value], bound: float) -> Lanes:
        if bound >= self.room - 1:
            raise ValueError(f"a value of up to {bound:.1f} p does not fit {RADIX_BITS} bits; reduce it before")
        return Lanes(tuple(limbs), bound, tight=False)

    # -- sums --------------------------------------------------------------------------------------------------
    def add(self, a: Lanes, b: Lanes) -> Lanes:
        """Sum, loose; 5 instructions."""
        build = self.e.builder
        return self._made([build.add(x, y) for x, y in zip(a.limbs, b.limbs, strict=True)], a.bound + b.bound)

    def sub(self, a: Lanes, b: Lanes) -> Lanes:
        """Difference plus k*p with the least k that keeps it from being negative, loose; 10 instructions."""
        build = self.e.builder
        k = math.ceil(b.bound)
        limbs = [
            build.add(build.sub(x, y), const(VECTOR, m))
            for x, y, m in zip(a.limbs, b.limbs, limbs52(k * self.params.modulus), strict=True)
        ]
        # 0 - 0 is k*p itself, which is not below k*p
        return self._made(limbs, max(a.bound, 2.0**-40) + k)

    def neg(self, a: Lanes) -> Lanes:
        """k*p - a, loose. Of a canonical zero this is p, not zero."""
        return self.sub(self.zero(), a)

    def opposite(self, a: Lanes, multiple: int) -> Lanes:
        """multiple*p - a, loose; the multiple is not below a's bound. 5 instructions."""
        if multiple < a.bound:
            raise ValueError("a difference that may be negative")
        limbs = [
            self.e.builder.sub(const(VECTOR, m), x)
            for x, m in zip(a.limbs, limbs52(multiple * self.params.modulus), strict=True)
        ]
        return self._made(limbs, multiple + 2.0**-40)

    def less(self, a: Lanes, b: Lanes, bound: float) -> Lanes:
        """Difference, loose, for whoever knows that it is not negative and below bound*p. 5 instructions."""
        return self._made([self.e.builder.sub(x, y) for x, y in zip(a.limbs, b.limbs, strict=True)], bound)

    def times_4(self, a: Lanes) -> Lanes:
        """4*a, as `times_16`."""
        return self._shifted(a, 2)

    def times_16(self, a: Lanes) -> Lanes:
        """16*a, loose: from Montgomery form of radix 2^256 to that of radix 2^260; five shifts.

        Limbs of `a` must be below 2^59 in size: those of one loose product, or of a few sums of tight elements.
        """
        return self._shifted(a, 4)

    def _shifted(self, a: Lanes, bits: int) -> Lanes:
        limbs = [self.e.builder.shl(limb, const(VECTOR, bits)) for limb in a.limbs]
        return self._made(limbs, a.bound * (1 << bits))

    def tighten(self, a: Lanes) -> Lanes:
        """The same value with each limb below 2^52. Sequential: a carry may ripple through all limbs."""
        if a.tight:
            return a
        build = self.e.builder
        limbs = list(a.limbs)
        for i in range(LIMBS - 1):
            limbs[i + 1] = build.add(limbs[i + 1], build.ashr(limbs[i], const(VECTOR, LIMB_BITS)))
            limbs[i] = build.and_(limbs[i], const(VECTOR, _MASK))
        return Lanes(tuple(limbs), a.bound, tight=True)

    # -- products ----------------------------------------------------------------------------------------------
    def madd(self, half: str, acc: Value, x: Value, y: Value) -> Value:
        """Add to acc the low ("l") or high ("h") half of the 104-bit product of the low 52 bits of x and y."""
        name = f"llvm.x86.avx512.vpmadd52{half}.uq.512"
        module = self.e.module
        function = module.globals.get(name)
        if function is None:
            function = ir.Function(module, ir.FunctionType(VECTOR, [VECTOR] * 3), name)
        return self.e.builder.call(function, [acc, x, y])

    def mul(self, a: Lanes, b: Lanes, *, loose: bool = False) -> Lanes:
        """Montgomery product a*b/2^260, tight unless `loose` (limbs below 2^57); 101 vpmadd52.

        All 25 products of limbs first, low halves to columns i + j, high halves to i + j + 1, then five rows of
        reduction. A column collects at most 20 terms below 2^52. That the columns of the product do not wait for the
        reduction is what makes the shorter rows worth it: one row after another, each column is a chain of 20 sums.
        """
        a, b = self.tighten(a), self.tighten(b)
        columns = [const(VECTOR, 0)] * (2 * LIMBS)
        for i, y in enumerate(b.limbs):
            for half, first in (("l", i), ("h", i + 1)):
                for j, x in enumerate(a.limbs, first):
                    columns[j] = self.madd(half, columns[j], x, y)
        return self._reduced(columns, a.bound * b.bound, loose=loose)

    def sqr(self, a: Lanes, *, loose: bool = False) -> Lanes:
        """a*a/2^260, tight unless `loose` (limbs below 2^58); 81 vpmadd52.

        The ten cross products once, doubled in their columns, then five rows of reduction.
        """
        a = self.tighten(a)
        x, build = a.limbs, self.e.builder
        zero = const(VECTOR, 0)
        columns = [zero] * (2 * LIMBS)
        for i in range(LIMBS):
            for j in range(i + 1, LIMBS):
                columns[i + j] = self.madd("l", columns[i + j], x[i], x[j])
                columns[i + j + 1] = self.madd("h", columns[i + j + 1], x[i], x[j])
        columns = [zero if c is zero else build.add(c, c) for c in columns]
        for i in range(LIMBS):
            columns[2 * i] = self.madd("l", columns[2 * i], x[i], x[i])
            columns[2 * i + 1] = self.madd("h", columns[2 * i + 1], x[i], x[i])
        return self._reduced(columns, a.bound * a.bound, loose=loose)

    def inv(self, a: Lanes) -> Lanes:
        """1/a in each lane, 0 for 0: a^(p-2) by plain square-and-multiply, about 380 products in a row, 13 us.

        One inversion of the lanes' product on scalars takes 5 us: `ifma_points` does that.
        """
        e, p = self.e, self.params.modulus
        bits = (p - 2).bit_length()
        exponent = e.var(ir.IntType(256), (p - 2) << (256 - bits))
        base, slots = self.reduce(a), [e.var(VECTOR, limb) for limb in self.one().limbs]
        with e.loop(0, bits):
            squared = self.sqr(Lanes(tuple(s.get() for s in slots), 2.0, tight=True))
            bit = e.builder.icmp_signed("<", exponent.get(), const(ir.IntType(256), 0))
            product = self.mul(squared, base)
            for slot, x, y in zip(slots, product.limbs, squared.limbs, strict=True):
                slot.set(e.builder.select(bit, x, y))
            exponent.set(e.builder.shl(exponent.get(), const(ir.IntType(256), 1)))
        return Lanes(tuple(s.get() for s in slots), 2.0, tight=True)

    def _reduced(self, columns: Sequence[Value], bound: float, *, loose: bool) -> Lanes:
        """Of ten columns, a number below bound*p*p: divided by 2^260 mod p.

        Each fold adds less than 2^52*f and takes 52 bits away, so four of them leave less than bound*p*p/2^208 +
        2^52*f*(1 + 2^-51); the last row adds less than 2^52*p. f is 0.127*p in Fp and 0.123*p in Fr.
        """
        for _ in range(LIMBS - 1):
            columns = self._fold_row(columns)
        folds = self._fold / self.params.modulus + 2.0**-50
        product = self._made(self._last_row(columns), 1 + folds + bound / self.room)
        return product if loose else self.tighten(product)

    def _fold_row(self, columns: Sequence[Value]) -> list[Value]:
        """Columns 1 and up of a number that is the same mod p where column 0 is done away with; 10 vpmadd52.

        The lower 52 bits m of column 0 become m*f in columns 1 to 6, f = 2^-52 mod p. Unlike Montgomery's row this
        needs no quotient, and the next row waits for one product instead of three; but m*f is as long as what was
        there before, so the last row must be Montgomery's. What column 0 has above 52 bits goes to column 1; vpmadd52
        ignores it.
        """
        low, result = columns[0], list(columns[1:])
        factor = [const(VECTOR, limb) for limb in limbs52(self._fold)]
        result[0] = self.e.builder.add(result[0], self.e.builder.lshr(low, const(VECTOR, LIMB_BITS)))
        for j in range(LIMBS):
            result[j] = self.madd("l", result[j], factor[j], low)
        for j in range(LIMBS):
            result[j + 1] = self.madd("h", result[j + 1], factor[j], low)
        return result

    def _last_row(self, columns: Sequence[Value]) -> list[Value]:
        """Columns 1 to 5 of six columns + m*p; m = -(column 0)/p mod 2^52 makes column 0 a 0 mod 2^52, whose upper bits
        are its carry; 11 vpmadd52.
        """
        low, *result = columns
        modulus, zero = self.params.modulus, const(VECTOR, 0)
        inverse = -pow(modulus, -1, 1 << LIMB_BITS) % (1 << LIMB_BITS)
        m = self.madd("l", zero, low, const(VECTOR, inverse))
        p = [const(VECTOR, limb) for limb in limbs52(modulus)]
        low = self.madd("l", low, p[0], m)
        for j in range(1, LIMBS):
            result[j - 1] = self.madd("l", result[j - 1], p[j], m)
        for j in range(LIMBS):
            result[j] = self.madd("h", result[j], p[j], m)
        result[0] = self.e.builder.add(result[0], self.e.builder.lshr(low, const(VECTOR, LIMB_BITS)))
        return result

    # -- representatives ---------------------------------------------------------------------------------------
    def reduce(self, a: Lanes) -> Lanes:
        """Below p*(1 + 2^-38), tight: minus q*p with q estimated from the topmost limb.

        mu = floor(2^300/p): q = floor(top*mu/2^92) never exceeds value/p, and misses it by less than 1 + 2^-38, since
        the lower limbs are below 2^208 = p/2^45 and the rounding of mu costs top/2^92. q*p is subtracted by adding
        q*(2^260 - p) mod 2^260.

        Of loose limbs only the fourth is carried into the topmost one before the estimate. The carries that are left
        out change it by one at most, up or down; one less is taken, and never less than 0, so that q is not too large.
        It then misses by up to two in the topmost limb more, 2*p/2^45.
        """
        if a.bound <= 1:
            return self.tighten(a)
        build = self.e.builder
        mu = (1 << (208 + LIMB_BITS + _QUOTIENT_SHIFT)) // self.params.modulus
        top = a.limbs[-1]
        if not a.tight:
            one_less = build.sub(a.limbs[-2], const(VECTOR, 1 << LIMB_BITS))
            top = build.add(top, build.ashr(one_less, const(VECTOR, LIMB_BITS)))
            top = build.select(build.icmp_signed("<", top, const(VECTOR, 0)), const(VECTOR, 0), top)
        estimate = self.madd("h", const(VECTOR, 0), top, const(VECTOR, mu))
        q = build.lshr(estimate, const(VECTOR, _QUOTIENT_SHIFT))
        limbs = list(a.limbs)
        complement = [const(VECTOR, limb) for limb in limbs52((1 << RADIX_BITS) - self.params.modulus)]
        for j in range(LIMBS):
            limbs[j] = self.madd("l", limbs[j], q, complement[j])
        for j in range(LIMBS - 1):
            limbs[j + 1] = self.madd("h", limbs[j + 1], q, complement[j])
        tight = self.tighten(Lanes(tuple(limbs), 1 + 2.0**-38, tight=False))
        top = build.and_(tight.limbs[-1], const(VECTOR, _MASK))
        return Lanes((*tight.limbs[:-1], top), tight.bound, tight=True)

    def canonical(self, a: Lanes) -> Lanes:
        """The representative in [0, p), tight."""
        a = self.tighten(a) if a.bound <= 2 else self.reduce(a)
        if a.bound <= 1:
            return a
        build = self.e.builder
        limbs = [build.sub(x, const(VECTOR, m)) for x, m in zip(a.limbs, limbs52(self.params.modulus), strict=True)]
        less = self.tighten(Lanes(tuple(limbs), 1.0, tight=False))
        below = build.icmp_signed("<", less.limbs[-1], const(VECTOR, 0))
        return self.select(below, Lanes(a.limbs, 1.0, tight=True), less)

    def is_zero(self, a: Lanes) -> Value:
        """<8 x i1>: the lane is 0 mod p."""
        build = self.e.builder
        limbs = self.canonical(a).limbs
        total = limbs[0]
        for limb in limbs[1:]:
            total = build.or_(total, limb)
        return build.icmp_unsigned("==", total, const(VECTOR, 0))

    def select(self, condition: Value, a: Lanes, b: Lanes) -> Lanes:
        """`a` in the lanes where the condition (<8 x i1>) holds, else `b`."""
        limbs = tuple(self.e.builder.select(condition, x, y) for x, y in zip(a.limbs, b.limbs, strict=True))
        return Lanes(limbs, max(a.bound, b.bound), tight=a.tight and b.tight)

    # -- other layouts -----------------------------------------------------------------------------------------
    def from_words(self, words: Sequence[Value], bound: float = 1.0) -> Lanes:
        """From 4 words of 64 bits (<8 x i64> each): the same integers, regrouped; 13 instructions."""
        build = self.e.builder
        w0, w1, w2, w3 = words
        mask = const(VECTOR, _MASK)

        def window(low: Value, shift: int, high: Value) -> Value:
            right, left = const(VECTOR, shift), const(VECTOR, 64 - shift)
            return build.and_(build.or_(build.lshr(low, right), build.shl(high, left)), mask)

        limbs = (build.and_(w0, mask), window(w0, 52, w1), window(w1, 40, w2), window(w2, 28, w3))
        return Lanes((*limbs, build.lshr(w3, const(VECTOR, 16))), bound, tight=True)

    def to_words(self, a: Lanes) -> list[Value]:
        """To 4 words of 64 bits: the same integers, which must be below 2^256; 12 instructions."""
        if a.bound > (1 << 256) / self.params.modulus:
            raise ValueError("does not fit 256 bits; reduce it before")
        build = self.e.builder
        limbs = self.tighten(a).limbs

        def joined(low: int, right: int, left: int) -> Value:
            first = limbs[low] if right == 0 else build.lshr(limbs[low], const(VECTOR, right))
            return build.or_(first, build.shl(limbs[low + 1], const(VECTOR, left)))

        return [joined(0, 0, 52), joined(1, 12, 40), joined(2, 24, 28), joined(3, 36, 16)]

    def load(self, pointer: Value, index: int | Value = 0) -> Lanes:
        """Block `index` of an array of blocks uint64[5, 8], canonical."""
        return self.load_bounded(pointer, index, 1.0)

    def load_bounded(self, pointer: Value, index: int | Value, bound: float) -> Lanes:
        """The same, tight and below bound*p."""
        e = self.e
        first = e.builder.mul(e.as_i64(index), e.i64(LIMBS))
        limbs = tuple(e.load(pointer, VECTOR, e.builder.add(first, e.i64(j))) for j in range(LIMBS))
        return Lanes(limbs, bound, tight=True)

    def store(self, a: Lanes, pointer: Value, index: int | Value = 0) -> None:
        """Write block `index`, tight; the reader must know the bound."""
        e = self.e
        first = e.builder.mul(e.as_i64(index), e.i64(LIMBS))
        for j, limb in enumerate(self.tighten(a).limbs):
            e.store(limb, pointer, e.builder.add(first, e.i64(j)))


def transpose_8x8(e: Emitter, rows: Sequence[Value]) -> list[Value]:
    """Eight <8 x i64> as a matrix, transposed: three rounds that swap the off-diagonal blocks of 1, 2 and 4."""
    current = list(rows)
    for distance in (1, 2, 4):
        keep = [k if not k & distance else LANES + k - distance for k in range(LANES)]
        swap = [k + distance if not k & distance else LANES + k for k in range(LANES)]
        following = list(current)
        for i in range(LANES):
            if not i & distance:
                j = i | distance
                following[i] = shuffle(e, current[i], current[j], keep)
                following[j] = shuffle(e, current[i], current[j], swap)
        current = following
    return current


def transpose_8x4(e: Emitter, rows: Sequence[Value]) -> list[Value]:
    """Eight <4 x i64> (rows) to four <8 x i64> (columns)."""
    pairs = [shuffle(e, rows[k], rows[k + 4], list(range(LANES))) for k in range(4)]  # rows k | k + 4
    even, odd = [0, 8, 2, 10, 4, 12, 6, 14], [1, 9, 3, 11, 5, 13, 7, 15]
    low, high = [0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15]
    first = [shuffle(e, pairs[0], pairs[1], mask) for mask in (even, odd)]
    second = [shuffle(e, pairs[2], pairs[3], mask) for mask in (even, odd)]
    return [shuffle(e, first[k % 2], second[k % 2], low if k < 2 else high) for k in range(4)]


def shuffle(e: Emitter, a: Value, b: Value, lanes: Sequence[int]) -> Value:
    """Lane i of the result is lane lanes[i] of a and b put side by side."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))
    return e.builder.shuffle_vector(a, b, mask)


def any_lane(e: Emitter, condition: Value) -> Value:
    """i1: the condition (<8 x i1>) holds in some lane."""
    return e.builder.icmp_unsigned("!=", e.builder.bitcast(condition, I8), const(I8, 0))


def parts(element: Element) -> list[Any]:
    """The base-field components of an element of Fp or Fp2, c0 first."""
    return list(element) if isinstance(element, tuple) else [element]


def whole(components: Sequence[Any]) -> Element:
    """The element of the components that `parts` gives."""
    return tuple(components) if len(components) > 1 else components[0]
