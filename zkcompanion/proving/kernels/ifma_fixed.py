"""Products of eight lanes with a factor that is known beforehand, on 5 limbs of 52 bits: Shoup's trick.

With the factor w < p comes its ratio w' = floor(w*2^260/p). For x < 2^260 the quotient q = floor(x*w/p) is nearly
x*w'/2^260, so x*w - q*p takes no Montgomery reduction and no Montgomery form: w is plain, the product keeps the form of
x.

q takes the columns of x*w' from 2^260 on (25 vpmadd52) and leaves out all below. What is left out are nine halves of
products in column 4, each below 2^52*2^208 = 2^260, and less than 2^-48 of that below; with the rounding of w' q is
less than 9 + 2^-48 + x/2^260 too small, and never too large. So the result is below (9 + 2^-48 + x/2^260)*p; it fits
2^260 and is computed modulo 2^260: five columns of x*w + q*(2^260 - p), 50 vpmadd52.

Cost: 75 vpmadd52 and 14 others on a tight x (Montgomery: 105 and 30), 2.0 ns for each element instead of 2.8.
Sources: Shoup's NTL (`MulModPrecon`); Harvey, "Faster arithmetic for number-theoretic transforms", 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from zkcompanion.proving.fields import FieldParams
from zkcompanion.proving.kernels.blocks import FACTOR_WORDS
from zkcompanion.proving.kernels.ifma_field import LIMB_BITS, LIMBS, RADIX_BITS, VECTOR, IfmaField, Lanes, limbs52
from zkcompanion.proving.kernels.ir import I32, I64, Emitter, Value, const

#: What a product may exceed x/2^260 by, in units of p.
_MISSED = 9 + 2.0**-40


@dataclass(frozen=True)
class Factor:
    """A factor w below p while code is emitted, the same in all lanes: limbs of w and of floor(w*2^260/p)."""

    limbs: tuple[Value, ...]
    ratio: tuple[Value, ...]


def load_factor(e: Emitter, table: Value, index: int | Value) -> Factor:
    """Entry `index` of a table uint64[n, 10] (`blocks.factor_table`), into every lane."""
    first = e.builder.mul(e.as_i64(index), e.i64(FACTOR_WORDS))
    words = [_broadcast(e, e.load(table, I64, e.builder.add(first, e.i64(j)))) for j in range(FACTOR_WORDS)]
    return Factor(tuple(words[:LIMBS]), tuple(words[LIMBS:]))


def constant_factor(value: int, params: FieldParams) -> Factor:
    """A plain integer mod p."""
    w = value % params.modulus
    ratio = (w << RADIX_BITS) // params.modulus
    return Factor(tuple(const(VECTOR, x) for x in limbs52(w)), tuple(const(VECTOR, x) for x in limbs52(ratio)))


def mul_fixed(f: IfmaField, x: Lanes, w: Factor) -> Lanes:
    """x*w mod p, below (9 + 2^-40 + x/2^260)*p. Loose: limbs below 2^57, the topmost one signed."""
    build = f.e.builder
    zero = const(VECTOR, 0)
    x = f.tighten(x)
    quotient = [zero] * LIMBS
    for i in range(LIMBS):
        for j in range(LIMBS):
            if i + j >= LIMBS:
                quotient[i + j - LIMBS] = f.madd("l", quotient[i + j - LIMBS], x.limbs[i], w.ratio[j])
            if i + j + 1 >= LIMBS:
                quotient[i + j + 1 - LIMBS] = f.madd("h", quotient[i + j + 1 - LIMBS], x.limbs[i], w.ratio[j])
    # below x*w/p < 2^260
    q = f.tighten(Lanes(tuple(quotient), 1.0, tight=False)).limbs
    complement = [const(VECTOR, limb) for limb in limbs52((1 << RADIX_BITS) - f.params.modulus)]
    columns = [zero] * LIMBS
    for a, b in ((x.limbs, w.limbs), (q, complement)):
        for i in range(LIMBS):
            for j in range(LIMBS - i):
                columns[i + j] = f.madd("l", columns[i + j], a[i], b[j])
                if i + j + 1 < LIMBS:
                    columns[i + j + 1] = f.madd("h", columns[i + j + 1], a[i], b[j])
    # Mod 2^260 without a carry chain: the value is below 2^257, so the top column, taken as a signed number of 52 bits,
    # is what it lacks (it may be a few units below zero, which the carries that are still in the others make good).
    unused = const(VECTOR, 64 - LIMB_BITS)
    columns[-1] = build.ashr(build.shl(columns[-1], unused), unused)
    return Lanes(tuple(columns), _MISSED + x.bound / f.room, tight=False)


def _broadcast(e: Emitter, scalar: Value) -> Value:
    undefined = ir.Constant(VECTOR, ir.Undefined)
    first = e.builder.insert_element(undefined, scalar, const(I32, 0))
    return e.builder.shuffle_vector(first, undefined, const(ir.VectorType(I32, VECTOR.count), 0))
