"""Known answers of the group `ntt` of the vector family: the scalar kernels', then their quotients on eight lanes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkcompanion.proving.fields import FR, LimbArray, to_limbs, to_mont_limbs
from zkcompanion.proving.kernels import ntt_ops_answers
from zkcompanion.proving.kernels.blocks import LANES
from zkcompanion.proving.kernels.ifma_ntt_tables import LaneTables

_P = FR.modulus
Kernels = Callable[[str], Callable[..., None]]


def known_answer(kernel: Kernels) -> bool:
    """Whether the compiled group computes what Python integers do."""
    # 8 rows of 8 and of 16: levels with and without a single one on top
    return ntt_ops_answers.known_answer(kernel) and all(_agrees(kernel, power) for power in (6, 7))


def _agrees(kernel: Kernels, power: int) -> bool:
    n = 1 << power
    x = [pow(3, 5 * i, _P) for i in range(n)]
    y = [_P - 1 - (i << 240) % _P for i in range(n)]
    x[:4], y[1:5] = [0, _P - 1, 1, _P - 2], [0, _P - 1, 1, _P - 1]
    a, b = to_mont_limbs(x, FR), to_mont_limbs(y, FR)
    return np.array_equal(_in_lanes(kernel, power, a.copy(), b.copy()), _scalar(kernel, power, a, b))


def _in_lanes(kernel: Kernels, power: int, a: LimbArray, b: LimbArray) -> LimbArray:
    tables = LaneTables.of(power)
    c, scratch = np.empty_like(a), np.empty(tables.scratch_words, dtype=np.uint64)
    arrays = [array.ctypes.data for array in (a, b, c)]
    inverse_roots, roots, middles, seeds = tables.addresses
    at, shape = scratch.ctypes.data, (tables.rows, tables.columns)
    kernel("fr_ntt_lanes_open")(*arrays, inverse_roots, at, *shape, 0, tables.columns // LANES)
    kernel("fr_ntt_lanes_shift")(*arrays, inverse_roots, roots, middles, seeds, at, *shape, 0, tables.rows // LANES)
    kernel("fr_ntt_lanes_close")(*arrays, roots, at, *shape, 0, tables.columns // LANES)
    return a


def _scalar(kernel: Kernels, power: int, a: LimbArray, b: LimbArray) -> LimbArray:
    n, w = 1 << power, FR.root_of_unity(power + 1)
    table = to_mont_limbs((pow(w, int(f"{i:0{power}b}"[::-1], 2), _P) for i in range(n)), FR)
    c, factor, inverse = np.empty_like(a), to_mont_limbs([n], FR), to_limbs([pow(n, -2, _P)])
    at, c_at, table_at = (a.ctypes.data, b.ctypes.data), c.ctypes.data, table.ctypes.data
    kernel("fr_ntt_product")(c_at, *at, factor.ctypes.data, 0, n)
    for array in (*at, c_at):
        kernel("fr_ntt_shift")(array, table_at, table_at, n, 0, 1)
    kernel("fr_ntt_quotient")(*at, c_at, inverse.ctypes.data, n, 0, n // 2 + 1)
    return a
