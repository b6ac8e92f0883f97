"""Every operation of the field families on lazy elements, against Python integers: value and range."""

from __future__ import annotations

import random

import numpy as np
import pytest
from llvmlite import ir

from tests.support.kernels import compiled, shaped_integers
from zkcompanion.proving.fields import FP, FR, FieldParams, from_limbs, to_limbs
from zkcompanion.proving.kernels.field_ops import Fp2Ops, ScalarField
from zkcompanion.proving.kernels.ir import Emitter
from zkcompanion.proving.reference.fp2 import fp2_add, fp2_inv, fp2_mul, fp2_neg, fp2_sqr, fp2_sub

pytestmark = pytest.mark.kernels
N = 300


def kernel(name: str):
    return compiled("tests.support.field_kernels")[name]


def lazy_values(rng: random.Random, n: int, f: FieldParams) -> list[int]:
    """Elements in [0, 2p): edges of the lazy range, then shaped values, every other one in its upper half."""
    p = f.modulus
    edges = [0, 1, p - 1, p, p + 1, 2 * p - 1, 2 * p - 2, f.r, p + f.r]
    shaped = [v + p * (i & 1) for i, v in enumerate(shaped_integers(rng, n - len(edges), f))]
    values = edges + shaped
    rng.shuffle(values)
    return values


def run(name: str, a, b, words: int = 4) -> list[int]:
    a, b = to_limbs(a), to_limbs(b)
    out = np.zeros_like(a)
    kernel(name)(out.ctypes.data, a.ctypes.data, b.ctypes.data, len(a) * 4 // words)
    return from_limbs(out)


def montgomery(f: FieldParams):
    p, r_inv = f.modulus, f.r_inv
    return {
        "add": lambda a, b: (a + b) % p,
        "sub": lambda a, b: (a - b) % p,
        "mul": lambda a, b: a * b * r_inv % p,
        "neg": lambda a, _: -a % p,
        "sqr": lambda a, _: a * a * r_inv % p,
        "inv": lambda a, _: pow(a, -1, p) * f.r2 % p if a % p else 0,
        "canonical": lambda a, _: a % p,
        "is_zero": lambda a, _: f.r if a % p == 0 else 0,
        "select": lambda a, b: (a if a % p == 0 else b) % p,
    }


@pytest.mark.parametrize("family", ["fr", "fp", "compact"])
@pytest.mark.parametrize("operation", list(montgomery(FR)))
def test_an_operation_on_lazy_elements_is_right_and_stays_lazy(family, operation) -> None:
    f = FR if family == "fr" else FP
    rng = random.Random(operation)
    a, b = lazy_values(rng, N, f), lazy_values(rng, N, f)
    got = run(f"{family}_{operation}", a, b)
    expected = [montgomery(f)[operation](x, y) for x, y in zip(a, b, strict=True)]
    assert [v % f.modulus for v in got] == expected
    assert all(v < (f.modulus if operation == "canonical" else 2 * f.modulus) for v in got)


@pytest.mark.parametrize("f", [FR, FP], ids=["fr", "fp"])
def test_a_product_takes_any_second_operand_and_stays_lazy(f) -> None:
    # first operand below p, second below 2^256: the conversions and the rows of a key rely on it
    rng = random.Random(3)
    a = [v % f.modulus for v in lazy_values(rng, N, f)]
    b = [(1 << 256) - 1 - rng.getrandbits(rng.randrange(1, 256)) for _ in range(N)]
    got = run(f"{f.name}_mul", a, b)
    assert [v % f.modulus for v in got] == [x * y * f.r_inv % f.modulus for x, y in zip(a, b, strict=True)]
    assert all(v < 2 * f.modulus for v in got)


def test_fp2_operations_are_those_of_the_quadratic_extension() -> None:
    rng = random.Random(5)
    flat_a, flat_b = lazy_values(rng, 2 * N, FP), lazy_values(rng, 2 * N, FP)
    flat_a[:4] = [0, FP.modulus, 0, 1]
    one = (1, 0)
    operations = {
        "add": fp2_add,
        "sub": fp2_sub,
        "mul": fp2_mul,
        "neg": lambda a, _: fp2_neg(a),
        "sqr": lambda a, _: fp2_sqr(a),
        "inv": lambda a, _: fp2_inv(a) if a != (0, 0) else (0, 0),
        "canonical": lambda a, _: a,
        "is_zero": lambda a, _: one if a == (0, 0) else (0, 0),
        "select": lambda a, b: a if a == (0, 0) else b,
        "mul_by_nonresidue": lambda a, _: fp2_mul(a, (9, 1)),
    }

    def pairs(flat):
        plain = [FP.from_mont(v) for v in flat]
        return list(zip(plain[0::2], plain[1::2], strict=True))

    for name, operation in operations.items():
        got = run(f"fp2_{name}", flat_a, flat_b, words=8)
        assert pairs(got) == [operation(x, y) for x, y in zip(pairs(flat_a), pairs(flat_b), strict=True)], name
        assert all(v < 2 * FP.modulus for v in got), name
        if name == "canonical":
            assert all(v < FP.modulus for v in got)


def test_a_constant_is_in_montgomery_form() -> None:
    out = np.zeros((1, 4), dtype=np.uint64)
    kernel("fr_constant")(out.ctypes.data)
    assert from_limbs(out) == [FR.to_mont(FR.modulus - 5)]


def test_costs_and_sizes_follow_the_tower() -> None:
    e = Emitter(ir.Module(), "f", [])
    base = ScalarField(e, FP)
    fp2 = Fp2Ops(base)
    assert (base.mul_cost, base.sqr_cost, base.size_bytes) == (1, 1, 32)
    assert (fp2.mul_cost, fp2.sqr_cost, fp2.size_bytes) == (3, 2, 64)
    assert fp2.one() == (base.one(), base.zero())
    assert fp2.zero() == (base.zero(), base.zero())


def test_a_field_without_room_for_lazy_elements_is_refused() -> None:
    wide = FieldParams("wide", (1 << 254) + 79, nonresidue=2)
    with pytest.raises(ValueError, match="4p"):
        ScalarField(Emitter(ir.Module(), "f", []), wide)
