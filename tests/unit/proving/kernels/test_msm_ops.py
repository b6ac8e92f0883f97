"""Classes of scalars, digits and the counting sort, against Python integers."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.curves import SIGN, R, shaped_scalars
from tests.support.kernels import scalar_kernels
from zkcompanion.proving.fields import from_limbs, to_limbs
from zkcompanion.proving.reference.msm import signed_digits

pytestmark = pytest.mark.kernels


def call(name: str, *arguments) -> None:
    scalar_kernels("msm")[name](*(a.ctypes.data if isinstance(a, np.ndarray) else a for a in arguments))


def classify(values, order, begin, end):
    n = end - begin
    ones, kept = np.zeros(n, dtype=np.uint32), np.zeros(n, dtype=np.uint32)
    general, counts = np.zeros((n, 4), dtype=np.uint64), np.full(260, 5, dtype=np.int64)
    call("msm_classify", ones, general, kept, counts, to_limbs(values), np.array(order, dtype=np.uint32), begin, end)
    n_ones, n_general = counts[:2].tolist()
    return ones[:n_ones].tolist(), from_limbs(general[:n_general]), kept[:n_general].tolist(), counts[2:].tolist()


@pytest.mark.parametrize("n", [0, 1, 2, 30, 400])
def test_scalars_fall_into_classes_vs_reference(n):
    values = shaped_scalars(random.Random(30 + n), n)
    order = random.Random(29).sample(range(n), n)
    begin, end = n // 5, n - n // 7
    folded = [(i | (SIGN if values[i] > R // 2 else 0), min(values[i], R - values[i])) for i in order[begin:end]]
    ones, general, kept, lengths = classify(values, order, begin, end)
    assert ones == [entry for entry, k in folded if k == 1]
    assert general == [k for _, k in folded if k > 1]
    assert kept == [entry for entry, k in folded if k > 1]
    assert lengths == [sum(k.bit_length() == b for k in general) for b in range(258)]


@pytest.mark.parametrize("c", [1, 2, 3, 5, 8, 11, 13, 16])
def test_digits_are_counted_and_sorted_vs_reference(c):
    rng = random.Random(31)
    values = sorted({min(k, R - k) for k in shaped_scalars(rng, 120)})
    windows = -(-254 // c)
    digits = [signed_digits(k, c, windows) for k in values]
    limbs = to_limbs(values)
    named = np.array([rng.getrandbits(32) for _ in values], dtype=np.uint32)
    table = np.array([(i * c, c, 3 + (i << (c - 1))) for i in range(windows)], dtype=np.int64)
    n_rows = 3 + (windows << (c - 1))
    for begin, end in ((0, windows), (windows // 3, windows // 2), (windows - 1, windows), (1, 1)):
        counts = np.zeros(n_rows, dtype=np.int64)
        call("msm_count_digits", counts, limbs, table, len(values), begin, end)
        expected = [0, 0, 0]
        for window in range(windows):
            inside = begin <= window < end
            expected += _histogram([d[window] for d in digits] if inside else [], c)
        assert counts.tolist() == expected
        cursor = np.cumsum([0, *expected[:-1]])
        ends = cursor + counts
        out = np.zeros(len(values) * windows, dtype=np.uint32)
        call("msm_place_entries", out, cursor, limbs, named, table, len(values), begin, end)
        placed = sorted(
            (window, abs(d[window]), i) for window in range(begin, end) for i, d in enumerate(digits) if d[window]
        )
        wanted = [int(named[i]) ^ (SIGN if digits[i][window] < 0 else 0) for window, _, i in placed]
        assert out.tolist() == wanted + [0] * (len(out) - len(wanted))
        assert np.array_equal(cursor, ends)


def _histogram(digits: list[int], c: int) -> list[int]:
    counts = [0] * (1 << (c - 1))
    for d in digits:
        if d:
            counts[abs(d) - 1] += 1
    return counts


@pytest.mark.parametrize("c", [2, 7, 12, 14])
def test_entries_of_a_fixed_base_table_vs_reference(c):
    values = shaped_scalars(random.Random(32), 50)
    windows = -(-255 // c)
    out = np.zeros(len(values) * windows, dtype=np.uint32)
    starts = np.zeros(len(values) + 1, dtype=np.int64)
    call("msm_table_entries", out, starts, to_limbs(values), len(values), windows, c)
    rows = [
        [(w << (c - 1)) + abs(d) - 1 | (SIGN if d < 0 else 0) for w, d in enumerate(signed_digits(k, c, windows)) if d]
        for k in values
    ]
    assert starts.tolist() == np.cumsum([0, *map(len, rows)]).tolist()
    assert out[: starts[-1]].tolist() == [entry for row in rows for entry in row]


@pytest.mark.parametrize("top", [0, 1, 2, 7, 13])
def test_windows_are_the_cheapest_of_all_vs_brute_force(top):
    rng = random.Random(33)

    def cheapest(p: int) -> int:
        return min(int(cost[i, p]) + (cheapest(p + c) if p + c < top else 0) for i, c in enumerate(widths))

    for widths in ((1, 2, 3), (3, 4)):
        cost = np.array([[rng.randrange(1, 50) * c for _ in range(top)] for c in widths]).reshape(len(widths), top)
        chosen, best = np.zeros(top, dtype=np.int64), np.zeros(top, dtype=np.int64)
        call("msm_choose_windows", chosen, best, cost, top, widths[0], len(widths))
        assert best.tolist() == [cheapest(p) for p in range(top)]
        for p in range(top):
            c = int(chosen[p])
            assert best[p] == cost[c - widths[0], p] + (best[p + c] if p + c < top else 0)
