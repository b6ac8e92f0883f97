"""Rows cut into pieces and tiles: the plan, and sums against multiples of the generator."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from tests.support.curves import SIDES, CountingTrace, entries
from tests.support.kernels import scalar_kernels
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import NULL_TRACE, Phase
from zkcompanion.proving.row_sums import G1_CURVE, G2_CURVE, RowSums, Tiling, plan_rows

pytestmark = pytest.mark.kernels
CURVES = {"g1": G1_CURVE, "g2": G2_CURVE}
#: short rows take every path of long ones
SMALL = Tiling(tile_entries=16, piece_entries=4, pairs_per_batch=3)


def plan_of(rows):
    flat = entries([entry for row in rows for entry in row])
    return plan_rows(flat, np.cumsum([0, *map(len, rows)]), SMALL)


def expected(rows, table):
    return [sum(table[e] if e >= 0 else -table[~e] for e in row) for row in rows]


def run(side, points, plans, threads=1, **options):
    options = {"trace": NULL_TRACE, "phase": Phase.SUM_A} | options
    with ThreadTeam(threads) as team:
        return RowSums(scalar_kernels("sums"), team, CURVES[side.name], SMALL).run(points, plans, **options)


def tile_weights(plan):
    lengths = plan.ends - plan.starts
    return [int(lengths[begin:end].sum()) + end - begin for begin, end in plan.tiles]


def test_a_plan_covers_every_piece_once_in_bounded_tiles():
    rng = random.Random(50)
    plan = plan_of([[0] * rng.randrange(70) for _ in range(60)] + [[]] * 100)
    while plan is not None:
        assert [begin for begin, _ in plan.tiles] == [0, *(end for _, end in plan.tiles)][:-1]
        assert plan.tiles[-1][1] == len(plan.starts)
        assert (plan.ends - plan.starts).max() <= SMALL.piece_entries
        assert max(tile_weights(plan)) <= SMALL.tile_entries + SMALL.piece_entries + 1
        plan = plan.rest


def test_a_plan_counts_its_steps_and_additions():
    rows = [[0] * 40, [0], [], [0] * 5]
    plan = plan_of(rows)
    assert plan.additions == sum(max(len(row) - 1, 0) for row in rows)
    trace = CountingTrace()
    run(SIDES[0], SIDES[0].array([1]), [plan], trace=trace)
    assert trace.steps == {Phase.SUM_A: plan.steps}


def test_no_rows_make_an_empty_plan():
    plan = plan_of([])
    assert plan.tiles == ()
    assert run(SIDES[0], SIDES[0].array([1]), [plan])[0].shape == (0, 8)


def test_a_plan_of_another_tiling_is_refused():
    plan = plan_rows(entries([0]), np.array([0, 1]))
    with pytest.raises(ValueError):
        run(SIDES[0], SIDES[0].array([1]), [plan])


def test_entries_are_not_shown():
    assert "123456" not in repr(plan_of([[123456]]))


@pytest.mark.parametrize("side", SIDES, ids=str)
@pytest.mark.parametrize("threads", [1, 3])
def test_rows_of_all_lengths_cut_and_tiled_vs_reference(side, threads):
    rng = random.Random(51)
    table = [rng.randrange(5) for _ in range(20)]
    lengths = [*range(10), 0, 0, 100, 1, 64, 16, 17, 3]
    rows = [[rng.randrange(-20, 20) for _ in range(k)] for k in lengths]
    other = [[1, 2], [3]]
    first, second = run(side, side.array(table), [plan_of(rows), plan_of(other)], threads)
    assert np.array_equal(first, side.array(expected(rows, table)))
    assert np.array_equal(second, side.array(expected(other, table)))


@pytest.mark.parametrize("side", SIDES, ids=str)
@pytest.mark.parametrize("pair", [(0, 0), (0, ~0)], ids=["doubling", "cancelling"])
def test_special_pairs_at_every_place_across_tiles_vs_reference(side, pair):
    """Row i is the special one, all others are ordinary pairs; five rows make a tile."""
    table = [9, 1, 2, 3, 4, 5]
    points = side.array(table)
    for place in range(24):
        rows = [[1 + i % 5, 1 + (i + 1) % 5] for i in range(24)]
        rows[place] = list(pair)
        assert np.array_equal(run(side, points, [plan_of(rows)])[0], side.array(expected(rows, table)))


@pytest.mark.parametrize("side", SIDES, ids=str)
@pytest.mark.parametrize("sign", [1, -1])
def test_special_pairs_at_every_place_inside_a_cut_row_vs_reference(side, sign):
    """A row of 24 takes six pieces and two tiles; the same or the opposite point stands at two places of it."""
    table = list(range(1, 25))
    points = side.array(table)
    for first in range(0, 23, 3):
        for second in range(first + 1, 24):
            row = list(range(24))
            row[second] = first if sign == 1 else ~first
            assert np.array_equal(run(side, points, [plan_of([row])])[0], side.array(expected([row], table)))


@pytest.mark.parametrize("side", SIDES, ids=str)
def test_equal_points_make_multiples(side):
    lengths = [1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 100]
    assert np.array_equal(run(side, side.array([1]), [plan_of([[0] * k for k in lengths])])[0], side.array(lengths))


def test_indices_before_the_first_point_are_left_out():
    side = SIDES[0]
    rows = [[0, 3, 4], [1, 2], [2, 3], [4] * 20 + [0] * 20]
    got = run(side, side.array([30, 40]), [plan_of(rows)], first=3)[0]
    assert np.array_equal(got, side.array([70, 0, 30, 800]))


def test_cancelling_between_tiles_stops():
    plan = plan_of([[0, 0, 0]] * 200)
    trace = CountingTrace(limit=3)
    with pytest.raises(Cancelled):
        run(SIDES[0], SIDES[0].array([1]), [plan], trace=trace)
    assert trace.steps[Phase.SUM_A] == 3
    assert all(a < b for a, b in pairwise(plan.starts))
