import random

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.kernels import shaped_integers
from tests.support.points import g1_point, g2_point
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving import weighted_sums as module
from zkcompanion.proving.fields import FP, FR, from_limbs, to_limbs
from zkcompanion.proving.formats.r1cs import SparseRows
from zkcompanion.proving.phases import Trace
from zkcompanion.proving.points import g1_from_limbs, g1_to_limbs, g2_from_limbs, g2_to_limbs
from zkcompanion.proving.weighted_sums import WeightedSums

R = FR.modulus
KINDS = [pytest.param("scalar", marks=pytest.mark.kernels), "reference"]


@pytest.fixture(params=KINDS)
def curve(request):
    return backend(request.param).curve


def in_g1(curve, done=lambda: None) -> WeightedSums:
    return WeightedSums(curve.sum_segments_g1, curve.multiply_rows_g1, done)


def case(seed: int, n_points: int, lengths: list[int]):
    """Logarithms of points (infinity and equal ones among them), rows over them, and the rows' sums."""
    rng = random.Random(seed)
    logs = [rng.choice([0, 1, 1, R - 1, rng.randrange(R)]) for _ in range(n_points)]
    n_terms = sum(lengths)
    values = [
        rng.choice([0, 1, 1, 1, R - 1, R - 1, 2, R - 2, 1 << 64, R // 2, R // 2 + 1, k])
        for k in shaped_integers(rng, n_terms, FR, 254)
    ]
    wires = [rng.randrange(n_points) for _ in range(n_terms)]
    row_ptr = np.cumsum([0, *lengths])
    sums = [sum(values[j] * logs[wires[j]] for j in range(row_ptr[i], row_ptr[i + 1])) % R for i in range(len(lengths))]
    return logs, SparseRows(row_ptr, np.array(wires, dtype=np.uint32), to_limbs(values)), sums


LENGTHS = [0, 3, 1, 0, 0, 12, 2, 7, 0]


def test_weighted_sums_in_g1_vs_reference(curve):
    logs, rows, sums = case(91, 9, LENGTHS)
    assert g1_from_limbs(in_g1(curve).run(g1_to_limbs(map(g1_point, logs)), rows)) == [g1_point(k) for k in sums]


def test_weighted_sums_in_g2_vs_reference(curve):
    logs, rows, sums = case(92, 6, [0, 4, 1, 6])
    weighted = WeightedSums(curve.sum_segments_g2, curve.multiply_rows_g2)
    assert g2_from_limbs(weighted.run(g2_to_limbs(map(g2_point, logs)), rows)) == [g2_point(k) for k in sums]


def test_long_subtraction_and_comparison_carry_through_equal_limbs():
    m = FP.modulus
    low = (1 << 64) - 1
    values = [
        0,
        1,
        m,
        m - 1,
        m >> 1,
        m & low,
        m - (m & low),
        (m & ~low) - (1 << 128) | low,
        *shaped_integers(random.Random(7), 60),
    ]
    # each limb of m, one more and one less, under a smaller topmost limb
    values += [(m % (1 << bits)) + d for bits in (64, 128, 192) for d in (-1, 0, 1)]
    values += [((m >> 64) % (1 << 64)) << 64 | low, ((m >> 128) % (1 << 64)) << 128 | low << 64 | low]
    a = to_limbs(values)
    assert from_limbs(module._subtract_from(m, a)) == [m - v for v in values]
    b = a[::-1].copy()
    assert module._less(a, b).tolist() == [u < v for u, v in zip(values, values[::-1], strict=True)]
    assert module._less(a, a).tolist() == [False] * len(values)


def test_negated_points_stay_canonical_where_a_component_of_y_is_zero():
    points = to_limbs([5, 6, 0, 7, 5, 6, 7, 0, 0, 0, 0, 0, 1, 2, 3, 4]).reshape(4, 16)
    module._negate(points, np.array([True, True, True, False]))
    p = FP.modulus
    assert from_limbs(points) == [5, 6, 0, p - 7, 5, 6, p - 7, 0, 0, 0, 0, 0, 1, 2, 3, 4]


@pytest.mark.parametrize(("tile", "piece"), [(1, 1), (4, 2), (5, 1000), (1000, 3)])
def test_tiles_and_pieces_change_nothing(curve, monkeypatch, tile, piece):
    monkeypatch.setattr(module, "TILE_TERMS", tile)
    monkeypatch.setattr(module, "_PIECE_TERMS", piece)
    logs, rows, sums = case(93, 9, LENGTHS)
    steps = []
    got = in_g1(curve, lambda: steps.append(1)).run(g1_to_limbs(map(g1_point, logs)), rows)
    assert g1_from_limbs(got) == [g1_point(k) for k in sums]
    assert len(steps) == WeightedSums.tiles(rows)


def test_no_rows_and_no_terms_are_fine(curve):
    nothing = SparseRows(np.zeros(1, np.int64), np.zeros(0, np.uint32), np.zeros((0, 4), np.uint64))
    assert in_g1(curve).run(g1_to_limbs([g1_point(1)]), nothing).shape == (0, 8)
    empty = SparseRows(np.zeros(4, np.int64), nothing.wire, nothing.value)
    assert g1_from_limbs(in_g1(curve).run(g1_to_limbs([]), empty)) == [None] * 3


def test_a_wire_without_a_point_is_refused(curve):
    rows = SparseRows(np.array([0, 1]), np.array([1], np.uint32), to_limbs([1]))
    with pytest.raises(IndexError):
        in_g1(curve).run(g1_to_limbs([g1_point(1)]), rows)


def test_it_can_be_cancelled_between_tiles(curve):
    class Stop(Trace):
        def check(self):
            raise Cancelled

    logs, rows, _ = case(94, 3, [2, 2])
    with pytest.raises(Cancelled):
        in_g1(curve).run(g1_to_limbs(map(g1_point, logs)), rows, trace=Stop())


def test_limb_arithmetic_vs_integers():
    rng = random.Random(95)
    a, b = shaped_integers(rng, 60, FR), shaped_integers(rng, 60, FR)
    rng.shuffle(b)
    b[:5] = a[:5]
    assert module._less(to_limbs(a), to_limbs(b)).tolist() == [x < y for x, y in zip(a, b, strict=True)]
    assert np.array_equal(module._subtract_from(R, to_limbs(a)), to_limbs(R - x for x in a))
