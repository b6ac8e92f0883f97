"""Batched additions, row sums and folds, against multiples of the generator and against the plain formulas."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.curves import SIDES, SIGN, entries, pointer
from tests.support.kernels import family_kernels, ifma_missing, shaped_integers
from zkcompanion.proving.fields import FP, from_mont_limbs, to_limbs, to_mont_limbs
from zkcompanion.proving.kernels.layout import LIST_STEP, ROW_WORDS, batch_scratch, pair_lists, pair_scratch
from zkcompanion.proving.reference.fp2 import fp2_inv, fp2_mul, fp2_sub

pytestmark = [pytest.mark.kernels, pytest.mark.parametrize("side", SIDES, ids=str)]


@pytest.fixture(autouse=True, params=["scalar", pytest.param("ifma", marks=ifma_missing)])
def family(request, monkeypatch):
    """Every test here runs on the kernels of both families."""
    monkeypatch.setitem(_FAMILY, "now", request.param)


_FAMILY = {"now": "scalar"}
P = FP.modulus

#: Pairs of multiples of the generator that take another way than the general formula.
SPECIAL = [(3, 3), (3, -3), (-4, -4), (0, 5), (5, 0), (0, 0), (7, 7), (-2, 2)]


def call(name: str, *arguments) -> None:
    family_kernels(_FAMILY["now"], "sums")[name](*(pointer(a) if isinstance(a, np.ndarray) else a for a in arguments))


def add_pairs(side, points, left, right, out=None, targets=None):
    n = len(left)
    out = np.zeros((n, side.words), dtype=np.uint64) if out is None else out
    targets = np.arange(n, dtype=np.uint32) if targets is None else targets
    prefix = pair_scratch(max(n, 1), side.words)
    call(f"{side.name}_add_pairs", out, points, left, right, targets, prefix, n)
    return out


def signed(k: int, table: list[int]) -> int:
    """Entry for [k]G from a table of multiples: its index, negated where only -k is there."""
    return table.index(k) if k in table else SIGN | table.index(-k)


@pytest.mark.parametrize("n", [*range(1, 8), 16, 17, 33])
def test_special_pairs_at_every_place_of_a_batch_vs_reference(side, n):
    table = list(range(20))
    points = side.array(table)
    for place in range(n):
        for special in SPECIAL:
            pairs = [(i % 4 + 1, 9 - i % 4) for i in range(n)]
            pairs[place] = special
            left, right = (np.array([signed(k, table) for k in ks], dtype=np.uint32) for ks in zip(*pairs, strict=True))
            assert np.array_equal(add_pairs(side, points, left, right), side.array(a + b for a, b in pairs))


def test_random_pairs_full_of_special_cases_vs_reference(side):
    rng = random.Random(20)
    table = list(range(12))
    pairs = [(rng.randrange(-11, 12), rng.randrange(-11, 12)) for _ in range(301)]
    left, right = (np.array([signed(k, table) for k in ks], dtype=np.uint32) for ks in zip(*pairs, strict=True))
    assert np.array_equal(add_pairs(side, side.array(table), left, right), side.array(a + b for a, b in pairs))


def test_no_pairs_write_nothing(side):
    out = add_pairs(side, side.array([1]), entries([]), entries([]), out=np.full((1, side.words), 7, dtype=np.uint64))
    assert (out == 7).all()


def test_a_sum_may_take_the_place_of_either_source(side):
    points = side.array([1, 2, 3, 4, 5, 6])
    targets = np.array([0, 3, 4], dtype=np.uint32)
    add_pairs(side, points, entries([0, 2, ~4]), entries([1, 3, 5]), out=points, targets=targets)
    assert np.array_equal(points, side.array([3, 2, 3, 7, 1, 6]))


def test_points_at_odd_addresses_are_read(side):
    points = side.array([1, 2, 3])
    raw = np.zeros(points.nbytes + 8, dtype=np.uint8)
    for shift in (1, 4, 7):
        raw[shift : shift + points.nbytes] = points.view(np.uint8).ravel()
        out = np.zeros((1, side.words), dtype=np.uint64)
        prefix = pair_scratch(1, side.words)
        a, b, target = entries([2]), entries([~0]), entries([0])
        call(f"{side.name}_add_pairs", out, raw.ctypes.data + shift, a, b, target, prefix, 1)
        assert np.array_equal(out, side.array([2]))


def test_coordinates_of_every_shape_vs_reference(side):
    """The addition formula never uses the curve's b, so any coordinates with different x have a sum."""
    rng = random.Random(21)
    n, degree = 240, side.words // 8
    values = shaped_integers(rng, 4 * n * degree)
    rng.shuffle(values)
    points = to_mont_limbs(values, FP).reshape(2 * n, side.words)
    left = np.arange(0, 2 * n, 2, dtype=np.uint32)
    right = np.arange(1, 2 * n, 2, dtype=np.uint32)
    got = from_mont_limbs(add_pairs(side, points, left | (left & np.uint32(2)) << np.uint32(30), right), FP)
    coordinates = [(v, 0) for v in values] if degree == 1 else list(zip(values[::2], values[1::2], strict=True))
    for i in range(n):
        x1, y1, x2, y2 = coordinates[4 * i : 4 * i + 4]
        if x1 == x2 or not any((*x1, *y1)) or not any((*x2, *y2)):
            continue
        if left[i] & 2:
            y1 = fp2_sub((0, 0), y1)
        slope = fp2_mul(fp2_sub(y2, y1), fp2_inv(fp2_sub(x2, x1)))
        x3 = fp2_sub(fp2_sub(fp2_mul(slope, slope), x1), x2)
        y3 = fp2_sub(fp2_mul(slope, fp2_sub(x1, x3)), y1)
        expected = [c for pair in (x3, y3) for c in pair[:degree]]
        assert got[2 * degree * i : 2 * degree * (i + 1)] == expected


def test_sums_with_coordinates_next_to_zero_and_p_vs_reference(side):
    """A sum's coordinates are reduced to at most p*(1 + 2^-38), and seldom is one of them not below p."""
    rng = random.Random(25)
    degree, edges = (
        side.words // 8,
        [0, 1, 2, P - 1, P - 2, (1 << 208) - 1, P - (1 << 200), P - (1 << 215), P >> 208 << 208],
    )
    points, expected = [], []
    for x_edge in edges:
        for y_edge in edges:
            # in the memory's form; slope and x1 at random, x2 and y1 so that the sum is the wanted one
            x3, y3 = (
                (from_mont_limbs(to_limbs([v]), FP)[0], rng.randrange(P) * (degree - 1)) for v in (x_edge, y_edge)
            )
            slope, x1 = ((rng.randrange(P), rng.randrange(P) * (degree - 1)) for _ in range(2))
            x2 = fp2_sub(fp2_sub(fp2_mul(slope, slope), x1), x3)
            y1 = fp2_sub(fp2_mul(slope, fp2_sub(x1, x3)), y3)
            y2 = fp2_sub(y1, fp2_mul(slope, fp2_sub(x1, x2)))
            points += [c for pair in (x1, y1, x2, y2) for c in pair[:degree]]
            expected += [c for pair in (x3, y3) for c in pair[:degree]]
    array = to_mont_limbs(points, FP).reshape(-1, side.words)
    left = np.arange(0, len(array), 2, dtype=np.uint32)
    got = add_pairs(side, array, left, left + np.uint32(1))
    assert np.array_equal(got, to_mont_limbs(expected, FP).reshape(-1, side.words))


@pytest.mark.parametrize("n", [15, 16, 17, 48])
def test_infinity_on_either_side_or_both_at_every_place(side, n):
    """With ordinary, equal and opposite pairs in other lanes of the same step."""
    table = list(range(12))
    points = side.array(table)
    for place in range(n):
        for special in ((0, 5), (-5, 0), (0, -5), (0, 0)):
            for other in ((3, 4), (6, 6), (6, -6), (0, 0), (0, 7)):
                pairs = [(i % 4 + 1, 9 - i % 4) for i in range(n)]
                pairs[place - 1] = other
                pairs[place] = special
                left, right = (
                    np.array([signed(k, table) for k in ks], dtype=np.uint32) for ks in zip(*pairs, strict=True)
                )
                assert np.array_equal(add_pairs(side, points, left, right), side.array(a + b for a, b in pairs))


def sum_rows(side, points, rows, *, batch, least=0, first=0, last=None):
    flat = entries([entry for row in rows for entry in row])
    starts = np.cumsum([0, *map(len, rows)])
    n = len(rows)
    out = np.full((n, side.words), 9, dtype=np.uint64)
    work = np.empty((sum((len(row) + 1) // 2 for row in rows) + 1, side.words), dtype=np.uint64)
    places, lists = np.empty(ROW_WORDS * n + 1, dtype=np.uint32), pair_lists(batch)
    prefix = batch_scratch(batch, side.words)
    kept = np.empty(max(map(len, rows), default=0) + LIST_STEP, dtype=np.uint32)
    arrays = (out, work, places, lists, prefix, kept, points, flat, starts, starts[1:])
    call(f"{side.name}_sum_rows", *arrays, least, first, n if last is None else last, batch)
    return out


def row_sums(rows, table) -> list[int]:
    return [sum(table[e] if e >= 0 else -table[~e] for e in row) for row in rows]


@pytest.mark.parametrize("batch", [1, 2, 3, 8, 500])
def test_rows_of_all_lengths_vs_reference(side, batch):
    rng = random.Random(22)
    table = [rng.randrange(6) for _ in range(30)]
    rows = [[rng.choice((1, -1)) * rng.randrange(30) for _ in range(k)] for k in [*range(14), 40, 0, 1, 33]]
    rows = [[e if e >= 0 else ~-e for e in row] for row in rows]
    assert np.array_equal(sum_rows(side, side.array(table), rows, batch=batch), side.array(row_sums(rows, table)))


@pytest.mark.parametrize("batch", [1, 4, 40])
def test_many_lists_of_pairs_one_after_another_vs_reference(side, batch):
    """Lists lag one behind: the first one is short, the last two are added up at the end."""
    rng = random.Random(26)
    table = [rng.randrange(1, 40) for _ in range(50)]
    for n in (1, 2, 3, 15, 16, 17, 31, 33, 64, 100, 200):
        rows = [[rng.randrange(-50, 50) for _ in range(n)], [rng.randrange(50)], [rng.randrange(50) for _ in range(5)]]
        got = sum_rows(side, side.array(table), rows, batch=batch)
        assert np.array_equal(got, side.to_limbs([side.multiple(k) for k in row_sums(rows, table)]))


def test_rows_that_end_before_the_next_begins(side):
    table = list(range(1, 11))
    flat, starts, ends = entries(range(10)), np.array([1, 4, 6, 9]), np.array([3, 4, 9, 10])
    out, work = np.empty((4, side.words), dtype=np.uint64), np.empty((8, side.words), dtype=np.uint64)
    arrays = (out, work, np.empty(4 * ROW_WORDS, dtype=np.uint32), pair_lists(2), batch_scratch(2, side.words), flat)
    call(f"{side.name}_sum_rows", *arrays, side.array(table), flat, starts, ends, 0, 0, 4, 2)
    assert np.array_equal(out, side.array([2 + 3, 0, 7 + 8 + 9, 10]))


def test_rows_outside_the_range_are_left_alone(side):
    rows = [[0, 1], [1, 1], [0], [1, 0]]
    out = sum_rows(side, side.array([2, 5]), rows, batch=2, first=1, last=3)
    assert (out[[0, 3]] == 9).all()
    assert np.array_equal(out[1:3], side.array([10, 2]))


def test_no_rows_write_nothing(side):
    assert len(sum_rows(side, side.array([1]), [], batch=1)) == 0


def test_entries_below_the_least_index_are_left_out(side):
    rng = random.Random(23)
    table = list(range(16))
    rows = [[rng.randrange(-16, 16) for _ in range(k)] for k in (0, 1, 2, 3, 9, 20, 1, 30)]
    for least in (1, 7, 15, 16):
        kept = [[e for e in row if (e if e >= 0 else ~e) >= least] for row in rows]
        got = sum_rows(side, side.array(table), rows, batch=3, least=least)
        assert np.array_equal(got, side.array(row_sums(kept, table)))
    assert not got.any()


@pytest.mark.parametrize("log_size", range(6))
@pytest.mark.parametrize("batch", [1, 3, 100])
def test_a_fold_gives_plain_sums_and_sums_by_bit_vs_reference(side, log_size, batch):
    rng = random.Random(24)
    sets, size = 3, 1 << log_size
    ks = [rng.randrange(-2, 6) for _ in range(sets * size)]
    buckets = side.array(ks)
    lists, prefix = pair_lists(batch), batch_scratch(batch, side.words)
    call(f"{side.name}_fold_buckets", buckets, lists, prefix, sets, log_size, batch)
    for s in range(sets):
        run = ks[s * size : (s + 1) * size]
        places = [s * size, *(s * size + (1 << q) for q in range(log_size))]
        expected = [sum(run), *(sum(k for i, k in enumerate(run) if i >> q & 1) for q in range(log_size))]
        assert np.array_equal(buckets[places], side.array(expected))
