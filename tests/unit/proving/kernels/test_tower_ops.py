import random

import numpy as np
import pytest

from tests.support.kernels import compiled, shaped_integers
from zkcompanion.proving.fields import FP, from_mont_limbs, to_mont_limbs
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference import tower as ref
from zkcompanion.proving.reference.fp2 import fp2_inv, fp2_mul, fp2_scale, fp2_sqr
from zkcompanion.proving.reference.pairing import line_coefficients, miller_loop

pytestmark = pytest.mark.kernels

P = FP.modulus
N = 36


def run(name: str, result: int, *operands: tuple[int, list[int]]) -> list[list[int]]:
    """Plain coefficients of out[i]; operands are (degree, flat plain coefficients)."""
    arrays = [to_mont_limbs(flat, FP) for _, flat in operands]
    n = len(arrays[0]) // operands[0][0]
    out = np.empty((n * result, 4), np.uint64)
    compiled("tests.support.tower_kernels")[name](out.ctypes.data, *(a.ctypes.data for a in arrays), n)
    flat = from_mont_limbs(out, FP)
    return [flat[i : i + result] for i in range(0, len(flat), result)]


def values(rng, degree: int) -> list[int]:
    """N elements: shaped coefficients, then zero, one, and one with all coefficients p - 1."""
    flat = shaped_integers(rng, (N - 3) * degree)
    rng.shuffle(flat)
    return flat + [0] * degree + [1] + [0] * (degree - 1) + [P - 1] * degree


def split(flat, degree):
    return [tuple(flat[i : i + degree]) for i in range(0, len(flat), degree)]


def to_fp12(c):
    return tuple(c[:6]), tuple(c[6:])


def flatten(x):
    return [c for part in x for c in (flatten(part) if isinstance(part, tuple) else [part])]


OPERATIONS = [
    ("fp_mul", 1, (1, 1), lambda a, b: (a[0] * b[0] % P,)),
    ("fp_sqr", 1, (1,), lambda a: (a[0] * a[0] % P,)),
    ("fp2_mul", 2, (2, 2), fp2_mul),
    ("fp2_sqr", 2, (2,), fp2_sqr),
    ("fp2_inv", 2, (2,), lambda a: fp2_inv(a) if any(a) else a),
    ("fp2_scale", 2, (2, 1), lambda a, k: fp2_scale(a, k[0])),
    ("fp6_add", 6, (6, 6), ref.fp6_add),
    ("fp6_mul", 6, (6, 6), ref.fp6_mul),
    ("fp6_mul_sparse", 6, (6, 2, 2), ref.fp6_mul_sparse),
    ("fp6_inv", 6, (6,), lambda a: ref.fp6_inv(a) if any(a) else a),
    ("fp12_add", 12, (12, 12), lambda a, b: tuple((x + y) % P for x, y in zip(a, b, strict=True))),
    ("fp12_sub", 12, (12, 12), lambda a, b: tuple((x - y) % P for x, y in zip(a, b, strict=True))),
    ("fp12_neg", 12, (12,), lambda a: tuple(-x % P for x in a)),
    ("fp12_zero", 12, (12,), lambda _: (0,) * 12),
    ("fp12_mul", 12, (12, 12), lambda a, b: ref.fp12_mul(to_fp12(a), to_fp12(b))),
    ("fp12_sqr", 12, (12,), lambda a: ref.fp12_sqr(to_fp12(a))),
    ("fp12_mul_line", 12, (12, 2, 2), lambda a, d, e: ref.fp12_mul_line(to_fp12(a), d, e)),
    ("fp12_inv", 12, (12,), lambda a: ref.fp12_inv(to_fp12(a)) if any(a) else a),
    ("fp12_conj", 12, (12,), lambda a: ref.fp12_conj(to_fp12(a))),
    ("fp12_frobenius", 12, (12,), lambda a: ref.fp12_frobenius(to_fp12(a))),
    # as a formula it is the same on any input, in the cyclotomic subgroup or not
    ("fp12_cyclotomic_sqr", 12, (12,), lambda a: ref.fp12_cyclotomic_sqr(to_fp12(a))),
    (
        "fp12_chain",
        12,
        (12, 12),
        lambda a, b: ref.fp12_mul(
            ref.fp12_sqr(to_fp12([(x - y) % P for x, y in zip(a, b, strict=True)])),
            to_fp12([(x + y) % P for x, y in zip(a, b, strict=True)]),
        ),
    ),
]


@pytest.mark.parametrize(("name", "result", "degrees", "oracle"), OPERATIONS, ids=[o[0] for o in OPERATIONS])
def test_every_operation_vs_reference(name, result, degrees, oracle):
    rng = random.Random(f"tower {name}")
    operands = [(d, values(rng, d)) for d in degrees]
    expected = [flatten(oracle(*xs)) for xs in zip(*(split(flat, d) for d, flat in operands), strict=True)]
    assert run(name, result, *operands) == expected


def test_the_cyclotomic_squaring_squares_what_the_easy_part_leaves():
    f = miller_loop([G1_GENERATOR], line_coefficients([G2_GENERATOR]))
    f = ref.fp12_mul(ref.fp12_conj(f), ref.fp12_inv(f))
    f = ref.fp12_mul(ref.fp12_frobenius(ref.fp12_frobenius(f)), f)
    assert run("fp12_cyclotomic_sqr", 12, (12, flatten(f))) == [flatten(ref.fp12_sqr(f))]


def test_results_are_canonical():
    a = to_mont_limbs([P - 1] * 12, FP)
    out = np.empty((12, 4), np.uint64)
    compiled("tests.support.tower_kernels")["fp12_add"](out.ctypes.data, a.ctypes.data, a.ctypes.data, 1)
    assert all(int.from_bytes(row.tobytes(), "little") < P for row in out)
