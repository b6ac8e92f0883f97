"""Transforms on eight lanes, kernel by kernel: in scratch against the reference, and on arrays tile by tile."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.kernels import compiled, family_kernels, ifma_missing, portable_kernels, shaped_integers
from tests.support.lane_kernels import TRANSFORM_BOUNDS
from zkcompanion.proving.fields import FR, from_limbs, from_mont_limbs, to_mont_limbs
from zkcompanion.proving.kernels.blocks import LANES, pack_blocks
from zkcompanion.proving.kernels.ifma_field import IfmaField, Lanes
from zkcompanion.proving.kernels.ifma_ntt_levels import FINAL_BOUND, put
from zkcompanion.proving.kernels.ifma_ntt_ops_answers import known_answer
from zkcompanion.proving.kernels.ifma_ntt_tables import LaneTables
from zkcompanion.proving.kernels.ir import PTR, Emitter, ir
from zkcompanion.proving.ntt import bit_reversal
from zkcompanion.proving.reference import ntt as reference

pytestmark = pytest.mark.kernels
P = FR.modulus
MAKES = pytest.mark.parametrize("make", [pytest.param("ifma", marks=ifma_missing), "portable"])
SIZES = pytest.mark.parametrize("size", [8, 16, 32, 64])


def lane_kernels(make):
    return compiled("tests.support.ifma_lane_kernels" if make == "ifma" else "tests.support.lane_kernels")


def group(make):
    return family_kernels("ifma", "ntt") if make == "ifma" else portable_kernels("ntt")


def integers(blocks):
    """Of tight blocks."""
    assert (blocks >> np.uint64(52) == 0).all()
    columns = blocks.transpose(0, 2, 1).reshape(-1, 5).tolist()
    return [sum(limb << 52 * j for j, limb in enumerate(limbs)) for limbs in columns]


def transform(make, name, size, seed):
    """Columns that went in and that came out, eight of `size` numbers each; what went in is up to the bound."""
    limit = int(TRANSFORM_BOUNDS[name] * P)
    rng = random.Random(seed)
    values = shaped_integers(rng, size * LANES, FR)
    values = [v + rng.randrange((limit - v) // P + 1) * P for v in values]
    values[:3], values[-3:] = [limit - 1, 0, P], [limit - 1, limit - 1, P - 1]
    tables = LaneTables.of(2 * size.bit_length() - 2)
    assert tables.columns == size
    inverse_roots, roots, middles, _ = tables.addresses
    data = pack_blocks(values)
    lane_kernels(make)[name](data.ctypes.data, inverse_roots, roots, middles, size)
    results = integers(data)
    assert max(results) < FINAL_BOUND * P
    return [[numbers[lane::LANES] for lane in range(LANES)] for numbers in (values, results)]


@MAKES
@SIZES
def test_split_is_the_transform_with_inverse_roots_in_reversed_order(make, size) -> None:
    order = bit_reversal(size.bit_length() - 1)
    for before, after in zip(*transform(make, "split", size, 71), strict=True):
        expected = [v * size % P for v in reference.inverse_transform(before)]
        assert [v % P for v in after] == [expected[k] for k in order]


@MAKES
@SIZES
def test_merge_is_the_transform_from_reversed_order(make, size) -> None:
    order = bit_reversal(size.bit_length() - 1)
    for before, after in zip(*transform(make, "merge", size, 72), strict=True):
        assert [v % P for v in after] == reference.transform([before[k] for k in order])


@MAKES
@SIZES
def test_shift_takes_values_to_the_coset(make, size) -> None:
    scale = pow(size, -1, P)  # tables carry 1/n of a domain of size*size points
    for before, after in zip(*transform(make, "shift", size, 73), strict=True):
        assert [v % P for v in after] == [v * scale % P for v in reference.shift_to_odd_coset(before)]


class Passes:
    """The three kernels on arrays of one domain."""

    def __init__(self, make, power):
        self.kernels, self.tables = group(make), LaneTables.of(power)
        self.rng = random.Random(power)
        self.n = 1 << power
        self.scratch = np.full(self.tables.scratch_words, 77, dtype=np.uint64)

    def array(self, values):
        return to_mont_limbs(values, FR)

    def call(self, name, arrays, first, last):
        inverse_roots, roots, middles, seeds = self.tables.addresses
        addresses = {
            "open": (inverse_roots,),
            "shift": (inverse_roots, roots, middles, seeds),
            "close": (roots,),
        }[name]
        at = [array.ctypes.data for array in arrays]
        shape = self.tables.rows, self.tables.columns
        self.kernels[f"fr_ntt_lanes_{name}"](*at, *addresses, self.scratch.ctypes.data, *shape, first, last)


@MAKES
@pytest.mark.parametrize("power", [6, 7, 8, 9])
def test_the_passes_in_any_order_of_their_tiles_vs_reference(make, power) -> None:
    passes = Passes(make, power)
    x = shaped_integers(passes.rng, passes.n, FR)
    y = shaped_integers(passes.rng, passes.n, FR)[::-1]
    arrays = passes.array(x), passes.array(y), np.full((passes.n, 4), 99, dtype=np.uint64)
    for name, tiles in (("open", "columns"), ("shift", "rows"), ("close", "columns")):
        order = list(range(getattr(passes.tables, tiles) // LANES))
        passes.rng.shuffle(order)
        for tile in order:
            passes.call(name, arrays, tile, tile + 1)
    assert from_limbs(arrays[0]) == reference.quotient(x, y, [u * v % P for u, v in zip(x, y, strict=True)])


@MAKES
def test_a_tile_touches_only_its_own_columns_or_rows(make) -> None:
    passes = Passes(make, 8)
    rows, columns = passes.tables.rows, passes.tables.columns
    for name, inside in (
        ("open", (slice(None), slice(8, 16))),
        ("shift", (slice(8, 16), slice(None))),
        ("close", (slice(None), slice(8, 16))),
    ):
        arrays = [passes.array(shaped_integers(passes.rng, passes.n, FR)) for _ in range(3)]
        before = [array.copy().reshape(rows, columns, 4) for array in arrays]
        passes.call(name, arrays, 0, 0)
        passes.call(name, arrays, 1, 2)
        for k, array in enumerate(arrays):
            changed = (array.reshape(rows, columns, 4) != before[k]).any(axis=2)
            expected = np.zeros_like(changed)
            expected[inside] = name != "close" or k == 0
            assert np.array_equal(changed, expected)


@MAKES
def test_arrays_between_the_passes_hold_transforms_of_columns(make) -> None:
    # numbers below 2.1 p in Montgomery form; c is a*b without the 2^4 that its product lost
    passes = Passes(make, 7)
    rows, columns = passes.tables.rows, passes.tables.columns
    x, y = (shaped_integers(passes.rng, passes.n, FR) for _ in range(2))
    z = [u * v * pow(16, -1, P) % P for u, v in zip(x, y, strict=True)]
    arrays = passes.array(x), passes.array(y), np.zeros((passes.n, 4), dtype=np.uint64)
    passes.call("open", arrays, 0, columns // LANES)
    order = bit_reversal(rows.bit_length() - 1)
    for array, values in zip(arrays, (x, y, z), strict=True):
        assert max(from_limbs(array)) < 2.1 * P
        got = from_mont_limbs(array, FR)
        for column in range(columns):
            expected = [v * rows % P for v in reference.inverse_transform(values[column::columns])]
            assert [v % P for v in got[column::columns]] == [expected[k] for k in order]


@MAKES
def test_known_answers_find_each_kernel_that_is_wrong(make) -> None:
    kernels = group(make)
    assert known_answer(kernels.__getitem__)
    for name in ("fr_ntt_lanes_open", "fr_ntt_lanes_shift", "fr_ntt_lanes_close", "fr_ntt_scale"):

        def pick(wanted, name=name):
            return (lambda *_: None) if wanted == name else kernels[wanted]

        assert not known_answer(pick)


def test_a_value_that_outgrows_what_its_reader_expects_is_refused_while_emitting() -> None:
    e = Emitter(ir.Module(), "k", [("a", PTR)])
    element = IfmaField(e, FR).load(e.arg("a"))
    put(e, element, e.arg("a"), 1.0)
    with pytest.raises(ValueError, match="does not keep within"):
        put(e, Lanes(element.limbs, 2.5, tight=False), e.arg("a"), 2.1)
