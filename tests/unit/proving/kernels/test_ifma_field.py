"""The vector family's field arithmetic: every operation against Python integers, with limbs chosen to break carries."""

from __future__ import annotations

import itertools
import random

import llvmlite.binding as llvm
import numpy as np
import pytest

from tests.support import ifma_kernels
from tests.support.ifma_kernels import BOUND_A, BOUND_B, BROKEN_BOUND
from tests.support.kernels import compiled, ifma_missing, shaped_integers
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.kernels import jit
from zkcompanion.proving.kernels.ifma_field import IfmaField, Lanes, limbs52
from zkcompanion.proving.kernels.ir import PTR, Emitter, emit_kernel, ir
from zkcompanion.proving.reference.fp2 import fp2_inv, fp2_mul

pytestmark = [pytest.mark.kernels, ifma_missing]
MASK = (1 << 52) - 1
RADIX = 1 << 260
FIELDS = pytest.mark.parametrize("field", [FP, FR], ids=lambda f: f.name)


def pack(values):
    """Blocks uint64[n/8, 5, 8]."""
    blocks = np.zeros((len(values) // 8, 5, 8), dtype=np.uint64)
    for i, value in enumerate(values):
        blocks[i // 8, :, i % 8] = limbs52(value)
    return blocks


def unpack(blocks):
    assert (blocks >> np.uint64(52) == 0).all(), "a stored limb is not tight"
    columns = blocks.transpose(0, 2, 1).reshape(-1, 5).tolist()
    return [sum(limb << (52 * j) for j, limb in enumerate(limbs)) for limbs in columns]


def run(name, a, b):
    kernel = compiled("tests.support.ifma_kernels")[name]
    x, y = pack(a), pack(b)
    out = np.full_like(x, 77)
    kernel(out.ctypes.data, x.ctypes.data, y.ctypes.data, len(x) // (2 if name.startswith("fp2_") else 1))
    return unpack(out)


def adversarial(field, bound):
    """Values below bound*p whose limbs are all zeros or all ones, and the representatives of small numbers."""
    limit = bound * field.modulus
    limbs = [sum(MASK << (52 * j) for j in range(5) if pattern >> j & 1) for pattern in range(32)]
    multiples = [k * field.modulus + d for k in range(bound + 1) for d in (-1, 0, 1)]
    return [v for v in (*limbs, *multiples, (1 << 256) - 1, RADIX % field.modulus) if 0 <= v < limit]


def operands(field, seed):
    """Every adversarial pair, then random ones of three shapes; a multiple of 16 in number."""
    rng = random.Random(seed)
    pairs = list(itertools.product(adversarial(field, BOUND_A), adversarial(field, BOUND_B)))
    a = [x for x, _ in pairs] + [v % (BOUND_A * field.modulus) for v in shaped_integers(rng, 300, field)]
    b = [y for _, y in pairs] + [v % (BOUND_B * field.modulus) for v in shaped_integers(rng, 300, field)]
    surplus = len(a) % 16
    return a[surplus:], b[surplus:]


def expected(name, field, a, b):
    p = field.modulus
    inverse = pow(RADIX, -1, p)
    table = {
        "add": (a + b, BOUND_A + BOUND_B),
        "sub": (a - b, BOUND_A + BOUND_B),
        "mul": (a * b * inverse, 1.127 + 0.0119 * BOUND_A * BOUND_B),
        "loose_mul": ((a - b) * (a + b) * inverse, 1.127 + 0.0119 * 18 * 18),
        "neg": (-a, BOUND_A),
        "opposite": (-a, BOUND_A + 2),
        "less": (-a - b, BOUND_A + BOUND_B),
        "times_4": (4 * a, 4 * (1 + 2.0**-38)),
        "sqr": (a * a * inverse, 1.127 + 0.0119 * BOUND_A**2),
        "reduce": (2 * (a + b), 1 + 2.0**-38),
        "sqr_loose": (16 * a * a * inverse, 1 + 2.0**-38),
        "reduce_loose": (16 * a * b * inverse - a - b, 1 + 2.0**-38),
        "reduce_negative": (a - b, 1 + 2.0**-38),
        "canonical": (a - b, 1),
        "times_16": (16 * a, 16 * (1 + 2.0**-38)),
        "inv": (0 if a % p == 0 else pow(a * inverse, -1, p) * RADIX, 2),
        "is_zero": (RADIX if (a - b) % p == 0 else 0, 1),
        "select": (a if a % p == 0 else b, BOUND_B),
        "words": (a, 1 + 2.0**-38),
    }
    return table[name]


_NAMES = "opposite less times_4 "
_NAMES += (
    "add sub mul loose_mul neg sqr sqr_loose reduce reduce_loose reduce_negative canonical times_16 is_zero select"
)


@FIELDS
@pytest.mark.parametrize("name", [*_NAMES.split(), "words"])
def test_operations_on_adversarial_limbs_vs_reference_and_within_their_bounds(field, name):
    a, b = operands(field, 31)
    for got, x, y in zip(run(f"{field.name}_{name}", a, b), a, b, strict=True):
        value, bound = expected(name, field, x, y)
        assert (got - value) % field.modulus == 0
        assert got <= bound * field.modulus


@FIELDS
def test_loose_limbs_are_reduced_next_to_every_multiple_of_p(field):
    """a - b + k*p has limbs below zero; a quotient too large by one would leave a number below zero, of 260 bits."""
    p = field.modulus
    steps = [0, 1, 2, MASK, 1 << 52, (1 << 104) - 1, 1 << 156, (1 << 208) - 1, 1 << 208, (1 << 208) + 1, 3 << 208]
    pairs = [(k * p + d, m * p + e) for k in range(7) for m in range(9) for d, e in itertools.product(steps, repeat=2)]
    pairs += [(k * p + p - 1 - d, m * p + e) for k in range(7) for m in range(9) for d in steps for e in (0, 1, MASK)]
    pairs = pairs[: len(pairs) // 8 * 8]
    got = run(f"{field.name}_reduce_negative", *map(list, zip(*pairs, strict=True)))
    for value, (a, b) in zip(got, pairs, strict=True):
        assert (value - (a - b)) % p == 0
        assert 0 <= value <= p * (1 + 2.0**-38)


@FIELDS
def test_a_difference_is_never_negative_where_the_bound_is_no_whole_number(field):
    p = field.modulus
    largest = int(BROKEN_BOUND * p)
    b = [largest, largest - 1, 9 * p, 9 * p + 1, 9 * p - 1, largest - (1 << 208), largest - MASK, p]
    for x in (0, 1, p):
        for got, y in zip(run(f"{field.name}_sub_broken", [x] * 8, b), b, strict=True):
            assert (got - (x - y)) % p == 0
            assert 0 <= got <= (BOUND_A + 10) * p


@FIELDS
def test_inversion_vs_reference_and_zero_stays_zero(field):
    a = [0, 1, field.modulus, field.modulus - 1, 2, *shaped_integers(random.Random(5), 27, field)][:32]
    for got, x in zip(run(f"{field.name}_inv", a, a), a, strict=True):
        assert (got - expected("inv", field, x, 0)[0]) % field.modulus == 0


@FIELDS
def test_equality_is_seen_in_the_lane_it_is_in(field):
    for lane in range(8):
        a = [3 + k for k in range(8)]
        b = [a[k] + (field.modulus if k == lane else 1) for k in range(8)]
        found = run(f"{field.name}_is_zero", a, b)
        assert [v != 0 for v in found] == [k == lane for k in range(8)]


@pytest.mark.parametrize("name", ["mul", "sqr", "inv"])
def test_the_quadratic_extension_vs_reference(name):
    p, rng = FP.modulus, random.Random(32)
    edges = [0, 1, p - 1, MASK, (1 << 208) - 1]
    a = edges * 16 + [rng.randrange(p) for _ in range(80)]
    b = [v for v in edges for _ in range(16)] + [rng.randrange(p) for _ in range(80)]
    got = run(f"fp2_{name}", a, b)
    inverse = pow(RADIX, -1, p)
    for block in range(0, len(a), 16):
        for lane in range(8):
            i, j = block + lane, block + 8 + lane
            x, y = (a[i] * inverse % p, a[j] * inverse % p), (b[i] * inverse % p, b[j] * inverse % p)
            value = {"mul": fp2_mul, "sqr": lambda x, _: fp2_mul(x, x), "inv": _inverse}[name](x, y)
            assert (got[i], got[j]) == (value[0] * RADIX % p, value[1] * RADIX % p)


def _inverse(x, _):
    return (0, 0) if x == (0, 0) else fp2_inv(x)


def test_transposes():
    a = np.arange(64, dtype=np.uint64).reshape(8, 8)
    out = np.zeros((12, 8), dtype=np.uint64)
    compiled("tests.support.ifma_kernels")["transposes"](out.ctypes.data, a.ctypes.data)
    assert np.array_equal(out[:8], a.T)
    assert np.array_equal(out[8:], a[:, :4].T)


@pytest.mark.parametrize(("name", "products"), [("mul", 101), ("sqr", 81)])
def test_a_product_takes_the_counted_instructions_and_spills_nothing(name, products):
    module = ir.Module(name="one")
    module.triple = llvm.get_process_triple()
    emit_kernel(module, next(spec for spec in ifma_kernels.SPECS if spec.name == f"fp_{name}"))
    machine = jit._target_machine()
    parsed = llvm.parse_assembly(str(module))
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(parsed, passes)
    lines = machine.emit_assembly(parsed).splitlines()
    assert sum("vpmadd52" in line for line in lines) == products
    assert not [line for line in lines if "mm" in line and "(%rsp)" in line]


def test_a_value_that_may_not_fit_is_refused_while_emitting():
    e = Emitter(ir.Module(), "k", [("a", PTR)])
    f = IfmaField(e, FP)
    wide = f.load_bounded(e.arg("a"), 0, 50.0)
    with pytest.raises(ValueError, match="reduce it before"):
        f.add(wide, wide)
    with pytest.raises(ValueError, match="256 bits"):
        f.to_words(wide)
    with pytest.raises(ValueError, match="may be negative"):
        f.opposite(wide, 49)
    assert f.reduce(Lanes(wide.limbs, 1.0, tight=True)).bound == 1
