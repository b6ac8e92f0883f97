"""Emits arithmetic of one prime field: the interface that every formula is written against, and its scalar family.

A formula (a point addition, a butterfly, a pairing line) is written once over `FieldOps`, with elements as opaque
values.
The scalar family holds one element in an i256; the vector family (8 lanes of 5x52 bits, AVX-512 IFMA) implements the
same
interface with five <8 x i64>, and `Fp2Ops` builds the quadratic extension over either.

Ranges of the scalar family: an element inside a formula is *lazy*, in [0, 2p). Since 4p < 2^256 and p < 2^254,
montmul(a, b) with a < ka*p, b < kb*p is below p * (1 + ka*kb*p/2^256) = p * (1 + 0.1891*ka*kb), so for ka = kb = 2 it
is
below 1.76p and needs no final subtraction. Whatever a kernel writes to memory that outlives it is *canonical*, in [0,
p).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from llvmlite import ir

from zkcompanion.proving.fields import FieldParams
from zkcompanion.proving.kernels import inversion, x86_mul
from zkcompanion.proving.kernels.ir import I64, I128, I256, PTR, VOID, Emitter, Value, const, internal_function

#: An element as a formula sees it: i256, five vectors, or a pair of those.
Element = Any
_MASK64 = (1 << 64) - 1


class FieldOps(Protocol):
    """What a formula may do with elements of one field. All results are lazy unless said otherwise."""

    e: Emitter
    #: base-field multiplications in one mul and one sqr, for cost comments and the profiler
    mul_cost: int
    sqr_cost: int
    #: bytes of one element in memory
    size_bytes: int

    def zero(self) -> Element:
        """0."""
        ...

    def one(self) -> Element:
        """Montgomery one."""
        ...

    def add(self, a: Element, b: Element) -> Element:
        """Sum."""
        ...

    def sub(self, a: Element, b: Element) -> Element:
        """Difference."""
        ...

    def neg(self, a: Element) -> Element:
        """-a."""
        ...

    def mul(self, a: Element, b: Element) -> Element:
        """Product."""
        ...

    def sqr(self, a: Element) -> Element:
        """Square."""
        ...

    def inv(self, a: Element) -> Element:
        """1/a, 0 for 0."""
        ...

    def canonical(self, a: Element) -> Element:
        """The representative in [0, p)."""
        ...

    def is_zero(self, a: Element) -> Value:
        """i1 (or a mask of lanes): a = 0 mod p, whatever its representative."""
        ...

    def select(self, condition: Value, a: Element, b: Element) -> Element:
        """`a` where the condition holds, else `b`."""
        ...

    def load(self, pointer: Value, index: int | Value = 0) -> Element:
        """Element `index` of an array of consecutive elements."""
        ...

    def store(self, a: Element, pointer: Value, index: int | Value = 0) -> None:
        """Write as it is; call `canonical` first for memory that outlives the kernel."""
        ...


class TightOps(FieldOps, Protocol):
    """`FieldOps` of the scalar family, with forms that use what is known of their operands' ranges."""

    def difference(self, a: Element, b: Element) -> Element:
        """Difference a - b for a, b in [0, p] (canonical, or from `negate_if`); a lazy element, up to 2p itself."""
        ...

    def negate_if(self, condition: Value, a: Element) -> Element:
        """-a where the condition holds, else a, for canonical a; in [0, p]: not canonical, p for -0."""
        ...

    def minus(self, a: Element, *subtrahends: Element) -> Element:
        """The lazy `a` minus one or two elements of [0, p]; canonical."""
        ...


def split_limbs(e: Emitter, value: Value, count: int = 4) -> list[Value]:
    """Little-endian 64-bit limbs of a wide integer (free: the legaliser keeps them in registers)."""
    b = e.builder
    return [b.trunc(b.lshr(value, const(value.type, 64 * i)) if i else value, I64) for i in range(count)]


def join_limbs(e: Emitter, limbs: Sequence[Value], type_: Any = I256) -> Value:
    """The wide integer of 64-bit limbs."""
    b = e.builder
    result = b.zext(limbs[0], type_)
    for i, limb in enumerate(limbs[1:], 1):
        result = b.or_(result, b.shl(b.zext(limb, type_), const(type_, 64 * i)))
    return result


class ScalarField:
    """`FieldOps` on one i256, Montgomery radix 2^256.

    `compact`: call one shared multiplication instead of inlining it, for formulas outside the hot loops: a tenth of the
    code and of the time to compile it, for about 2 ns more a product.
    """

    mul_cost = 1
    sqr_cost = 1
    size_bytes = 32

    def __init__(self, e: Emitter, params: FieldParams, *, compact: bool = False) -> None:
        if params.modulus >= 1 << 254:
            raise ValueError("lazy reduction needs 4p < 2^256")
        self.e = e
        self.params = params
        self.compact = compact

    def constant(self, value: int) -> Element:
        """A plain integer as a Montgomery constant."""
        return const(I256, self.params.to_mont(value % self.params.modulus))

    def zero(self) -> Element:
        """0."""
        return const(I256, 0)

    def one(self) -> Element:
        """Montgomery one."""
        return const(I256, self.params.r)

    def _mask(self, condition: Value) -> Value:
        """All ones or all zeros. The empty assembly hides why: LLVM would make a branch of it, and a branch on the
        borrow of two random numbers is mispredicted half the time, at the price of a multiplication.
        """
        e, build = self.e, self.e.builder
        mask = build.sext(condition, I64)
        mask = build.asm(ir.FunctionType(I64, [I64]), "", "=r,0", [mask], False)
        return join_limbs(e, [mask] * 4)

    def _minus(self, a: Value, b: Value, correction: int) -> Value:
        """The difference a - b, plus `correction` where that is negative: its borrow masks the correction."""
        build = self.e.builder
        pair = build.usub_with_overflow(a, b)
        fix = build.and_(self._mask(build.extract_value(pair, 1)), const(I256, correction))
        return build.add(build.extract_value(pair, 0), fix)

    def _minus_if_not_below(self, a: Value, bound: int) -> Value:
        return self._minus(a, const(I256, bound), bound)

    def canonical(self, a: Element) -> Element:
        """The representative in [0, p)."""
        return self._minus_if_not_below(a, self.params.modulus)

    def add(self, a: Element, b: Element) -> Element:
        """Sum."""
        # < 4p < 2^256, no carry out; back below 2p.
        return self._minus_if_not_below(self.e.builder.add(a, b), 2 * self.params.modulus)

    def sub(self, a: Element, b: Element) -> Element:
        """Difference."""
        return self._minus(a, b, 2 * self.params.modulus)

    def neg(self, a: Element) -> Element:
        """-a."""
        # 2p - a is in (0, 2p]; it must not reach 2p itself, so 0 stays 0.
        build = self.e.builder
        is_zero = build.icmp_unsigned("==", a, const(I256, 0))
        return build.select(is_zero, a, build.sub(const(I256, 2 * self.params.modulus), a))

    def difference(self, a: Element, b: Element) -> Element:
        """See `TightOps`."""
        build = self.e.builder
        return build.sub(build.add(a, const(I256, self.params.modulus)), b)

    def negate_if(self, condition: Value, a: Element) -> Element:
        """See `TightOps`."""
        # p - a = ~a + (p + 1)
        build, mask = self.e.builder, self._mask(condition)
        return build.add(build.xor(a, mask), build.and_(mask, const(I256, self.params.modulus + 1)))

    def minus(self, a: Element, *subtrahends: Element) -> Element:
        """See `TightOps`."""
        # a + 2p - b - c < 4p, then below 2p, then below p
        build = self.e.builder
        total = build.add(a, const(I256, len(subtrahends) * self.params.modulus))
        for b in subtrahends:
            total = build.sub(total, b)
        for multiple in (2, 1):
            total = self._minus_if_not_below(total, multiple * self.params.modulus)
        return total

    def opposite(self, a: Element) -> Element:
        """-a as 2p - a in (0, 2p]: good as a factor only."""
        return self.e.builder.sub(const(I256, 2 * self.params.modulus), a)

    def is_zero(self, a: Element) -> Value:
        """Whether a = 0 mod p."""
        # A lazy zero is 0 or p.
        build = self.e.builder
        return build.or_(
            build.icmp_unsigned("==", a, const(I256, 0)),
            build.icmp_unsigned("==", a, const(I256, self.params.modulus)),
        )

    def select(self, condition: Value, a: Element, b: Element) -> Element:
        """`a` where the condition holds, else `b`."""
        return self.e.builder.select(condition, a, b)

    def load(self, pointer: Value, index: int | Value = 0) -> Element:
        """Element `index` of an array."""
        return self.e.load(pointer, I256, index, align=1)

    def store(self, a: Element, pointer: Value, index: int | Value = 0) -> None:
        """Write as it is."""
        self.e.store(a, pointer, index, align=1)

    def mul(self, a: Element, b: Element) -> Element:
        """Montgomery product a*b/2^256, operand-scanning (CIOS) without the extra carry word.

        36 products 64x64; 130 instructions in assembly (`x86_mul`), 240 elsewhere; 10 and 12 ns on a 3.9 GHz Zen 5. No
        carry word: with a < 2p every partial row stays below a + p < 3p < 2^256 (Acar; gnark-crypto's "no-carry" case).
        """
        return self._sum_of_products((a, b))

    def mul_add(self, a: Element, b: Element, c: Element, d: Element) -> Element:
        """The sum a*b + c*d with one reduction for both: 52 products 64x64 instead of 72.

        Rows stay below a + c + p <= 5p < 2^256; the sum is below p * (1 + 0.1891*(ka*kb + kc*kd)) = 2.52p for operands
        below 2p, hence the conditional subtraction.
        """
        return self._minus_if_not_below(self._sum_of_products((a, b), (c, d)), 2 * self.params.modulus)

    def _sum_of_products(self, *pairs: tuple[Element, Element]) -> Element:
        if self.compact:
            return self._called(*pairs)
        if x86_mul.available():
            return join_limbs(self.e, x86_mul.sum_of_products(self.e, self.params, *pairs))
        names = ("a", "b", "c", "d")[: 2 * len(pairs)]
        function = internal_function(
            self.e.module,
            f"_{self.params.name}_mul{len(pairs)}_lazy_u64x4",
            [(name, I256) for name in names],
            I256,
            lambda e: _portable_products(
                e, self.params, [(e.arg(x), e.arg(y)) for x, y in zip(names[::2], names[1::2], strict=True)]
            ),
            inline=True,
        )
        return self.e.call(function, *(x for pair in pairs for x in pair))

    def _called(self, *pairs: tuple[Element, Element]) -> Element:
        """`_sum_of_products` through a function that is not inlined; operands travel in memory (registers are few)."""
        names = ("a", "b", "c", "d")[: 2 * len(pairs)]

        def body(e: Emitter) -> None:
            ops = ScalarField(e, self.params)
            places = [e.arg(name) for name in names]
            if x86_mul.available():
                limbs = x86_mul.sum_of_products_at(e, self.params, *zip(places[::2], places[1::2], strict=True))
                ops.store(join_limbs(e, limbs), e.arg("out"))
                return
            values = [ops.load(place) for place in places]
            ops.store(ops._sum_of_products(*zip(values[::2], values[1::2], strict=True)), e.arg("out"))

        name = f"_{self.params.name}_mul{len(pairs)}_called_u64x4"
        function = internal_function(self.e.module, name, [(n, PTR) for n in ("out", *names)], VOID, body)
        out = self.e.var(I256)
        self.e.call(function, out.slot, *(self.e.in_memory(x) for pair in pairs for x in pair))
        return out.get()

    def sqr(self, a: Element) -> Element:
        """Square."""
        # A dedicated squaring saves 6 of 32 products but lengthens the carry chains; LLVM's is no faster. Kept simple.
        return self.mul(a, a)

    def inv(self, a: Element) -> Element:
        """1/a, 0 for 0; about 1 us, by division steps (`inversion`)."""
        f = self.params

        def body(e: Emitter) -> Value:
            ops = ScalarField(e, f)
            # (x*R)^-1 = x^-1 * R^-1; a Montgomery product with R^3 makes x^-1 * R of it
            return ops.mul(const(I256, pow(f.r, 3, f.modulus)), inversion.inverse(e, f, ops.canonical(e.arg("a"))))

        function = internal_function(self.e.module, f"_{f.name}_inv_u64x4", [("a", I256)], I256, body)
        return self.e.call(function, a)


def _portable_products(e: Emitter, f: FieldParams, pairs: Sequence[tuple[Value, Value]]) -> Value:
    """Sum of products over 2^256 in plain LLVM IR; see `ScalarField.mul` and `mul_add`."""
    build = e.builder

    def wide(v: Value) -> Value:
        return build.zext(v, I128)

    def high(v: Value) -> Value:
        return build.lshr(v, const(I128, 64))

    p = [const(I64, (f.modulus >> (64 * i)) & _MASK64) for i in range(4)]
    vectors = [(split_limbs(e, a), split_limbs(e, b)) for a, b in pairs]
    t: list[Value] = [const(I64, 0)] * 4
    for i in range(4):
        top = const(I128, 0)
        for x, y in vectors[:-1]:
            carry = const(I128, 0)
            for j in range(4):
                acc = build.add(build.add(build.mul(wide(x[j]), wide(y[i])), wide(t[j])), carry)
                t[j] = build.trunc(acc, I64)
                carry = high(acc)
            top = carry
        # The last row and the reduction side by side: carry_a for a*b_i, carry_c for m*p; each sum is < 2^128.
        x, y = vectors[-1]
        acc = build.add(build.mul(wide(x[0]), wide(y[i])), wide(t[0]))
        low = build.trunc(acc, I64)
        carry_a = high(acc)
        m = build.mul(low, const(I64, f.inv64))
        carry_c = high(build.add(build.mul(wide(m), wide(p[0])), wide(low)))
        row = []
        for j in range(1, 4):
            acc = build.add(build.add(build.mul(wide(x[j]), wide(y[i])), wide(t[j])), carry_a)
            carry_a = high(acc)
            acc = build.add(build.add(build.mul(wide(m), wide(p[j])), wide(build.trunc(acc, I64))), carry_c)
            row.append(build.trunc(acc, I64))
            carry_c = high(acc)
        t = [*row, build.trunc(build.add(build.add(carry_a, carry_c), top), I64)]
    return join_limbs(e, t)


class Fp2Ops:
    """Fp2 = Fp[u]/(u^2 + 1) over any `FieldOps`; an element is (c0, c1), in memory c0 then c1."""

    def __init__(self, base: FieldOps) -> None:
        self.base = base
        self.e = base.e
        self.mul_cost = 3 * base.mul_cost
        self.sqr_cost = 2 * base.mul_cost
        self.size_bytes = 2 * base.size_bytes

    def zero(self) -> Element:
        """0."""
        return (self.base.zero(), self.base.zero())

    def one(self) -> Element:
        """Montgomery one."""
        return (self.base.one(), self.base.zero())

    def canonical(self, a: Element) -> Element:
        """The representative in [0, p)."""
        return (self.base.canonical(a[0]), self.base.canonical(a[1]))

    def add(self, a: Element, b: Element) -> Element:
        """Sum."""
        return (self.base.add(a[0], b[0]), self.base.add(a[1], b[1]))

    def sub(self, a: Element, b: Element) -> Element:
        """Difference."""
        return (self.base.sub(a[0], b[0]), self.base.sub(a[1], b[1]))

    def neg(self, a: Element) -> Element:
        """-a."""
        return (self.base.neg(a[0]), self.base.neg(a[1]))

    def mul(self, a: Element, b: Element) -> Element:
        """Product."""
        f = self.base
        if isinstance(f, ScalarField):
            # (a0*b0 + a1*(-b1), a0*b1 + a1*b0): two reductions, and no sums before or after
            return (f.mul_add(a[0], b[0], a[1], f.opposite(b[1])), f.mul_add(a[0], b[1], a[1], b[0]))
        # Karatsuba, 3M: c1 = (a0 + a1)(b0 + b1) - a0*b0 - a1*b1.
        low, high = f.mul(a[0], b[0]), f.mul(a[1], b[1])
        cross = f.mul(f.add(a[0], a[1]), f.add(b[0], b[1]))
        return (f.sub(low, high), f.sub(cross, f.add(low, high)))

    def sqr(self, a: Element) -> Element:
        """Square."""
        # 2M: (a0 + a1)(a0 - a1) + 2*a0*a1*u.
        f = self.base
        cross = f.mul(a[0], a[1])
        return (f.mul(f.add(a[0], a[1]), f.sub(a[0], a[1])), f.add(cross, cross))

    def inv(self, a: Element) -> Element:
        """Inverse, 0 for 0."""
        # conjugate over norm: 1/(a0 + a1*u) = (a0 - a1*u)/(a0^2 + a1^2).
        f = self.base
        scale = f.inv(f.add(f.sqr(a[0]), f.sqr(a[1])))
        return (f.mul(a[0], scale), f.neg(f.mul(a[1], scale)))

    def mul_by_nonresidue(self, a: Element) -> Element:
        """A * (9 + u): (9*a0 - a1, 9*a1 + a0)."""
        f = self.base

        def nine(x: Element) -> Element:
            y = f.add(x, x)
            y = f.add(y, y)
            return f.add(f.add(y, y), x)

        return (f.sub(nine(a[0]), a[1]), f.add(nine(a[1]), a[0]))

    def difference(self, a: Element, b: Element) -> Element:
        """See `TightOps`."""
        f = cast(TightOps, self.base)
        return (f.difference(a[0], b[0]), f.difference(a[1], b[1]))

    def negate_if(self, condition: Value, a: Element) -> Element:
        """See `TightOps`."""
        f = cast(TightOps, self.base)
        return (f.negate_if(condition, a[0]), f.negate_if(condition, a[1]))

    def minus(self, a: Element, *subtrahends: Element) -> Element:
        """See `TightOps`."""
        f = cast(TightOps, self.base)
        return tuple(f.minus(part, *(s[i] for s in subtrahends)) for i, part in enumerate(a))

    def is_zero(self, a: Element) -> Value:
        """Whether a = 0 mod p."""
        return self.e.builder.and_(self.base.is_zero(a[0]), self.base.is_zero(a[1]))

    def select(self, condition: Value, a: Element, b: Element) -> Element:
        """`a` where the condition holds, else `b`."""
        return (self.base.select(condition, a[0], b[0]), self.base.select(condition, a[1], b[1]))

    def load(self, pointer: Value, index: int | Value = 0) -> Element:
        """Element `index` of an array."""
        twice = self.e.builder.mul(self.e.as_i64(index), self.e.i64(2))
        return (self.base.load(pointer, twice), self.base.load(pointer, self.e.builder.add(twice, self.e.i64(1))))

    def store(self, a: Element, pointer: Value, index: int | Value = 0) -> None:
        """Write as it is."""
        twice = self.e.builder.mul(self.e.as_i64(index), self.e.i64(2))
        self.base.store(a[0], pointer, twice)
        self.base.store(a[1], pointer, self.e.builder.add(twice, self.e.i64(1)))
