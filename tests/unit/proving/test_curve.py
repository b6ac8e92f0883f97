"""Curve arithmetic on arrays by kernels, against the reference."""

from __future__ import annotations

import itertools
import random
from contextlib import nullcontext

import numpy as np
import pytest

from tests.support.curves import SIDES, CountingTrace, R, shaped_scalars
from tests.support.kernels import scalar_kernels
from tests.support.points import twist_point_outside_subgroup
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving import curve as curve_module
from zkcompanion.proving.curve import CurveArrays
from zkcompanion.proving.fields import to_limbs
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.row_sums import TILING, Tiling

pytestmark = pytest.mark.kernels
both = pytest.mark.parametrize("side", SIDES, ids=str)


SMALL = Tiling(tile_entries=32, piece_entries=8, pairs_per_batch=5)


@pytest.fixture(params=[1, 2])
def curve(request):
    """On one thread with the usual tiles, on two with small ones."""
    with ThreadTeam(request.param) as team:
        yield CurveArrays(scalar_kernels(*curve_module.GROUPS), team, TILING if request.param == 1 else SMALL)


@pytest.fixture
def small_items(monkeypatch):
    for name in curve_module._ITEM_POINTS:
        monkeypatch.setitem(curve_module._ITEM_POINTS, name, 3)
    monkeypatch.setattr(curve_module, "_FIXED_BASE_ROWS", 7)


def method(curve, name, side):
    return getattr(curve, f"{name}_{side.name}")


@both
@pytest.mark.parametrize("n", [0, 1, 5])
def test_short_sums_vs_reference(curve, side, n):
    ks, scalars = list(range(3, 3 + n)), shaped_scalars(random.Random(90), n)
    points = [side.small(k) for k in ks]
    expected = side.multiple(sum(k * s for k, s in zip(ks, scalars, strict=True)))
    assert method(curve, "multiply_sum", side)(points, scalars) == expected


@both
def test_short_sums_want_as_many_scalars_as_points(curve, side):
    with pytest.raises(ValueError):
        method(curve, "multiply_sum", side)([side.generator], [1, 2])


@both
def test_the_first_point_off_the_curve_is_found(curve, side, small_items):
    find = method(curve, "find_off_curve", side)
    good = side.run(20)
    assert find(good) == -1
    assert find(good[:0]) == -1
    for places in ((0,), (2,), (3,), (19,), (4, 10), (17, 5, 6)):
        bad = good.copy()
        bad[list(places), 1] ^= np.uint64(1)
        assert find(bad) == min(places)


def test_the_first_point_outside_the_subgroup_is_found(curve, small_items):
    side = SIDES[1]
    points = side.run(10)
    assert curve.find_outside_subgroup(points) == -1
    for place in (9, 4, 3, 0):
        points[place] = side.to_limbs([twist_point_outside_subgroup(random.Random(91))])[0]
        assert curve.find_outside_subgroup(points) == place


@both
@pytest.mark.parametrize("n", [0, 1, 20])
def test_points_are_scaled_vs_reference(curve, side, n, small_items):
    ks, scalars = list(range(n)), shaped_scalars(random.Random(92), n)
    got = method(curve, "scale_points", side)(side.array(ks), to_limbs(scalars))
    assert np.array_equal(got, side.array(k * s for k, s in zip(ks, scalars, strict=True)))


@both
def test_scaling_wants_as_many_scalars_as_points(curve, side):
    with pytest.raises(ValueError):
        method(curve, "scale_points", side)(side.run(3), to_limbs([1, 2]))


@both
def test_segments_are_summed_vs_reference(curve, side, small_items):
    rng = random.Random(93)
    picks = [rng.randrange(30) for _ in range(200)]
    signs = [rng.choice((1, -1)) for _ in picks]
    row_ptr = np.array([3, 3, 4, 6, 70, 70, 190], dtype=np.int64)
    named = np.array([p | (1 << 31 if s < 0 else 0) for p, s in zip(picks, signs, strict=True)], dtype=np.uint32)
    got = method(curve, "sum_segments", side)(side.run(30), named, row_ptr)
    terms = [s * (p + 1) for p, s in zip(picks, signs, strict=True)]
    assert np.array_equal(got, side.array(sum(terms[a:b]) for a, b in itertools.pairwise(row_ptr)))


@both
def test_segments_without_entries_are_infinity(curve, side):
    got = method(curve, "sum_segments", side)(side.run(1), np.zeros(0, dtype=np.uint32), np.zeros(4, dtype=np.int64))
    assert got.shape == (3, side.words)
    assert not got.any()


@pytest.mark.parametrize(
    ("named", "row_ptr"),
    [([3], [0, 1]), ([0x80000003], [0, 1]), ([0], [0, 2]), ([0], [-1, 1]), ([0, 1], [0, 2, 1])],
)
def test_segments_outside_their_arrays_are_refused(curve, named, row_ptr):
    with pytest.raises(ValueError):
        curve.sum_segments_g1(SIDES[0].run(3), np.array(named, dtype=np.uint32), np.array(row_ptr))


@both
@pytest.mark.parametrize("n", [0, 1, 30])
def test_multiples_of_a_fixed_base_vs_reference(curve, side, n, small_items):
    scalars = shaped_scalars(random.Random(94), n)
    base = side.small(5)
    got = method(curve, "fixed_base", side)(base, to_limbs(scalars))
    assert np.array_equal(got, side.array(5 * k for k in scalars))


@both
@pytest.mark.parametrize("stopped", [False, True])
def test_what_scalars_of_a_fixed_base_are_recoded_to_is_overwritten(curve, side, stopped, monkeypatch):
    seen, planned = [], curve_module.plan_rows

    def plan_rows(entries, *arguments):
        assert entries.any()
        seen.append(entries)
        return planned(entries, *arguments)

    class Stopping(CountingTrace):
        def check(self):
            if stopped and seen:
                raise Cancelled

    monkeypatch.setattr(curve_module, "plan_rows", plan_rows)
    scalars = to_limbs(shaped_scalars(random.Random(98), 12))
    with pytest.raises(Cancelled) if stopped else nullcontext():
        method(curve, "fixed_base", side)(side.generator, scalars, trace=Stopping())
    (entries,) = seen
    assert not entries.any()


@both
def test_multiples_of_infinity_are_infinity(curve, side):
    got = method(curve, "fixed_base", side)(None, to_limbs([0, 1, R - 1]))
    assert not got.any()


@both
def test_many_multiples_of_a_fixed_base_have_wide_windows(curve, side):
    n = 3000
    got = method(curve, "fixed_base", side)(side.generator, to_limbs(range(1, n + 1)))
    assert np.array_equal(got, side.run(n))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6, 10, 20, 60, 100, 200, 700, 1500, 4096])
def test_the_topmost_window_of_every_width_takes_the_largest_scalars(curve, n):
    # each n has another width of windows: the last one must hold bit 253 and the carry out of it
    side = SIDES[0]
    scalars = [R - 1, R - 2, (1 << 253) + 1, 3 << 252, (1 << 253) - 1, 0, 1]
    repeated = (scalars * (n // 7 + 1))[:n]
    got = curve.fixed_base_g1(side.generator, to_limbs(repeated))
    expected = side.array(scalars)
    assert np.array_equal(got, expected[np.arange(n) % 7])


def test_scalars_that_signed_windows_do_not_hold_are_refused(curve):
    side = SIDES[0]
    for k in (1 << 255, (1 << 256) - 1):
        with pytest.raises(ValueError, match="2\\^255"):
            curve.multiply_sum_g1([side.generator], [k])
        for rows in ((), (np.array([0, 2]),)):
            function = curve.multiply_rows_g1 if rows else curve.scale_points_g1
            with pytest.raises(ValueError, match="2\\^255"):
                function(side.run(2), to_limbs([1, k]), *rows)
    largest = (1 << 255) - 1
    assert curve.multiply_sum_g1([side.generator], [largest]) == side.multiple(largest)
    assert np.array_equal(curve.scale_points_g1(side.run(1), to_limbs([largest])), side.array([largest]))


def test_arrays_of_another_curve_are_refused(curve):
    for points in (SIDES[1].run(2), SIDES[0].run(2).ravel()):
        with pytest.raises(ValueError):
            curve.find_off_curve_g1(points)


def test_progress_is_told_and_cancelling_is_heard(curve, small_items):
    points, scalars = SIDES[0].run(30), to_limbs(range(30))
    trace = CountingTrace()
    curve.scale_points_g1(points, scalars, trace=trace)
    curve.find_off_curve_g1(points, trace=trace)
    assert trace.steps == {Phase.SETUP: 10, Phase.LOAD: 10}
    for work in (
        lambda t: curve.scale_points_g1(points, scalars, trace=t),
        lambda t: curve.find_off_curve_g1(points, trace=t),
        lambda t: curve.fixed_base_g1(SIDES[0].generator, scalars, trace=t),
    ):
        with pytest.raises(Cancelled):
            work(CountingTrace(limit=1))
