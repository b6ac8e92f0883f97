"""Products with a factor that is known beforehand: against Python integers, on limbs chosen to break carries."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.kernels import compiled, ifma_missing, shaped_integers
from tests.support.lane_kernels import BOUND, CONSTANT, HALF_BOUND
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.kernels.blocks import FACTOR_WORDS, factor_table, pack_blocks
from zkcompanion.proving.kernels.ifma_field import IfmaField
from zkcompanion.proving.kernels.ifma_fixed import constant_factor, mul_fixed
from zkcompanion.proving.kernels.ir import PTR, Emitter, ir

pytestmark = pytest.mark.kernels
MASK = (1 << 52) - 1
RADIX = 1 << 260
FIELDS = pytest.mark.parametrize("field", [FP, FR], ids=lambda f: f.name)
MAKES = pytest.mark.parametrize(
    "make",
    [
        pytest.param("tests.support.ifma_lane_kernels", marks=ifma_missing, id="ifma"),
        pytest.param("tests.support.lane_kernels", id="portable"),
    ],
)


def signed_values(blocks):
    """Of loose blocks: limbs are signed."""
    assert (np.abs(blocks.view(np.int64)) < 1 << 57).all()
    columns = blocks.view(np.int64).transpose(0, 2, 1).reshape(-1, 5).tolist()
    return [sum(limb << (52 * j) for j, limb in enumerate(limbs)) for limbs in columns]


def adversarial(field, bound):
    """Values below bound*p whose limbs are all zeros or all ones, and both neighbours of multiples of p."""
    limit = int(bound * field.modulus)
    limbs = [sum(MASK << (52 * j) for j in range(5) if pattern >> j & 1) for pattern in range(32)]
    multiples = [k * field.modulus + d for k in range(0, int(bound) + 1, 5) for d in (-1, 0, 1)]
    values = [v for v in (*limbs, *multiples, limit - 1, limit - 2) if 0 <= v < limit]
    return values[: len(values) // 8 * 8]


def adversarial_factors(field):
    p = field.modulus
    low = [sum(MASK << (52 * j) for j in range(5) if pattern >> j & 1) % p for pattern in (1, 5, 10, 15, 21, 31)]
    # the largest remainder that a ratio leaves out, and the smallest
    ratios = [pow(RADIX, -1, p), -pow(RADIX, -1, p) % p]
    return [0, 1, 2, p - 1, p - 2, p >> 1, *low, *ratios]


def run(make, name, a, b, factors):
    x, y = pack_blocks(a), pack_blocks(b)
    out = np.full_like(x, 77)
    compiled(make)[name](*(array.ctypes.data for array in (out, x, y, factors)), len(x))
    return signed_values(out)


def check(field, got, x, w):
    assert (got - x * w) % field.modulus == 0
    # never negative, and below (9 + 2^-40 + x/2^260) p
    assert 0 <= got <= 9 * field.modulus + (field.modulus >> 40) + x * field.modulus // RADIX + 1


@MAKES
@FIELDS
def test_products_vs_reference_and_within_their_bound(make, field) -> None:
    rng = random.Random(61)
    a = adversarial(field, BOUND) + [v % int(BOUND * field.modulus) for v in (rng.getrandbits(260) for _ in range(64))]
    for w in adversarial_factors(field) + shaped_integers(rng, 26, field)[10:]:
        table = np.repeat(factor_table([w], field), len(a) // 8, axis=0)
        for got, x in zip(run(make, f"{field.name}_table", a, a, table), a, strict=True):
            check(field, got, x, w)


@MAKES
@FIELDS
def test_each_block_has_its_own_factor(make, field) -> None:
    rng = random.Random(62)
    a = shaped_integers(rng, 32 * 8, field)
    factors = shaped_integers(rng, 32, field)
    table = factor_table(factors, field)
    assert table.shape == (32, FACTOR_WORDS)
    for i, (got, x) in enumerate(zip(run(make, f"{field.name}_table", a, a, table), a, strict=True)):
        check(field, got, x, factors[i // 8])


@MAKES
@FIELDS
def test_a_constant_may_be_any_integer(make, field) -> None:
    a = adversarial(field, BOUND)
    for got, x in zip(run(make, f"{field.name}_constant", a, a, factor_table([0], field)), a, strict=True):
        check(field, got, x, CONSTANT % field.modulus)


@MAKES
@FIELDS
def test_a_small_product_whose_topmost_column_lacks_the_carries_of_the_others(make, field) -> None:
    # For x = 2^208 nothing but the ratio's lowest limb is left out, so the quotient is exact and the value is the
    # remainder. Where that is small, the topmost column is negative by what the lower ones carry.
    x, p = 1 << 208, field.modulus
    remainders = [0, 1, 2, MASK, 1 << 200, 1 << 208, 3 << 208, 7 << 208]
    factors = [s * pow(x, -1, p) % p for s in remainders]
    a = [x] * 8 * len(factors)
    got = run(make, f"{field.name}_table", a, a, factor_table(factors, field))[::8]
    assert got == remainders


@MAKES
@FIELDS
def test_loose_limbs_are_taken(make, field) -> None:
    a = adversarial(field, HALF_BOUND)
    b = a[5:] + a[:5]
    shift = int(HALF_BOUND) * field.modulus
    for w in adversarial_factors(field):
        table = np.repeat(factor_table([w], field), len(a) // 8, axis=0)
        for got, x, y in zip(run(make, f"{field.name}_loose", a, b, table), a, b, strict=True):
            check(field, got, x - y + shift, w)


def test_the_product_takes_75_multiplications() -> None:
    e = Emitter(ir.Module(), "k", [("a", PTR)])
    f = IfmaField(e, FR)
    product = mul_fixed(f, f.load(e.arg("a")), constant_factor(5, FR))
    assert str(e.module).count('call <8 x i64> @"llvm.x86.avx512.vpmadd52') == 75
    assert not product.tight
    assert 9 < product.bound < 9.02
