"""Kernels on arrays of field elements against Python integers, on shaped inputs and edges, in place and not."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.kernels import scalar_kernels, shaped_integers
from zkcompanion.proving.fields import FP, FR, from_limbs, to_limbs

pytestmark = pytest.mark.kernels
FIELDS = pytest.mark.parametrize("f", [FR, FP], ids=["fr", "fp"])
BINARY = {
    "mul": lambda f, a, b: a * b * f.r_inv % f.modulus,
    "add": lambda f, a, b: (a + b) % f.modulus,
    "sub": lambda f, a, b: (a - b) % f.modulus,
}
N = 400


@pytest.fixture(scope="module")
def kernels():
    return scalar_kernels("field")


def operands(f, n: int, seed: int):
    """Every pair of the ten edges first, then shaped values."""
    rng = random.Random(seed)
    edges = shaped_integers(rng, 10, f)
    a = [x for x in edges for _ in edges] + shaped_integers(rng, n, f)
    b = edges * len(edges) + shaped_integers(rng, n, f)[::-1]
    return a[:n], b[:n]


@FIELDS
@pytest.mark.parametrize("name", list(BINARY))
@pytest.mark.parametrize("n", [0, 1, 2, N])
def test_binary_operations(kernels, f, name, n) -> None:
    x, y = operands(f, n, seed=n)
    a, b, out = to_limbs(x), to_limbs(y), np.full((n + 1, 4), 7, dtype=np.uint64)
    kernels[f"{f.name}_{name}"](out.ctypes.data, a.ctypes.data, b.ctypes.data, n)
    expected = [BINARY[name](f, u, v) for u, v in zip(x, y, strict=True)]
    assert from_limbs(out[:n]) == expected
    assert (out[n] == 7).all(), "nothing is written behind the array"
    kernels[f"{f.name}_{name}"](b.ctypes.data, a.ctypes.data, b.ctypes.data, n)
    assert from_limbs(b) == expected, "the output may be an input"
    assert from_limbs(a) == x


@FIELDS
def test_scale_multiplies_all_by_one_element(kernels, f) -> None:
    x, y = operands(f, N, seed=3)
    a, out = to_limbs(x), to_limbs(x)
    for factor in y[:12]:
        b = to_limbs([factor])
        kernels[f"{f.name}_scale"](out.ctypes.data, a.ctypes.data, b.ctypes.data, N)
        assert from_limbs(out) == [u * factor * f.r_inv % f.modulus for u in x]


@FIELDS
@pytest.mark.parametrize("n", [0, 1, 2, 3, N])
def test_batch_inverse_leaves_zeros_alone(kernels, f, n) -> None:
    x, _ = operands(f, n, seed=n)
    x[1::5] = [0] * len(x[1::5])
    a, out = to_limbs(x), to_limbs([1] * n)
    kernels[f"{f.name}_batch_inverse"](out.ctypes.data, a.ctypes.data, n)
    assert from_limbs(out) == [f.to_mont(pow(f.from_mont(v), -1, f.modulus)) if v else 0 for v in x]


@FIELDS
def test_batch_inverse_of_zeros_only_is_zeros(kernels, f) -> None:
    a, out = to_limbs([0] * 5), to_limbs([1] * 5)
    kernels[f"{f.name}_batch_inverse"](out.ctypes.data, a.ctypes.data, 5)
    assert not out.any()


@FIELDS
def test_conversions_undo_each_other_and_reduce(kernels, f) -> None:
    x, _ = operands(f, N, seed=4)
    # any 256-bit number is allowed in
    wide = [v + f.modulus * (i % 4) for i, v in enumerate(x)] + [(1 << 256) - 1, 4 * f.modulus]
    a, out = to_limbs(wide), to_limbs(wide)
    kernels[f"{f.name}_to_mont"](out.ctypes.data, a.ctypes.data, len(wide))
    assert from_limbs(out) == [f.to_mont(v) for v in wide]
    kernels[f"{f.name}_from_mont"](out.ctypes.data, out.ctypes.data, len(wide))
    assert from_limbs(out) == [v % f.modulus for v in wide]
