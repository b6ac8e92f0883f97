"""The array interfaces on Python integers: what they refuse, report and keep to themselves."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.support.points import g1_point, g2_point, twist_point_outside_subgroup
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.fields import FP, FR, to_limbs
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.points import g1_from_limbs, g1_to_limbs, g2_from_limbs, g2_to_limbs
from zkcompanion.proving.reference.curve import G1, G2
from zkcompanion.proving.reference.drivers import ReferenceCurve, ReferenceMsm, ReferencePairings

R = FR.modulus
CURVE = ReferenceCurve()
G1_POINTS = [g1_point(k) for k in (1, 2, 3, R - 2)]
G2_POINTS = [g2_point(k) for k in (1, 2, 3, R - 2)]


class Counting(Trace):
    def __init__(self, stop: bool = False) -> None:
        self.stop = stop
        self.done: list[Phase] = []

    def advance(self, phase: Phase, steps: int = 1) -> None:
        self.done += [phase] * steps

    def check(self) -> None:
        if self.stop:
            raise Cancelled


def test_a_schedule_is_cut_where_it_is_asked_and_shows_nothing() -> None:
    msm = ReferenceMsm()
    schedule = msm.schedule(to_limbs([123456789, 5, 6, 7]))
    assert "123456789" not in repr(schedule)
    assert schedule.steps == 1
    trace = Counting()
    assert msm.g1(g1_to_limbs(G1_POINTS[2:]), schedule.slice_from(2), trace=trace, phase=Phase.SUM_C) == g1_point(4)
    assert msm.g2(g2_to_limbs(G2_POINTS[2:]), schedule.slice_from(2), trace=trace) == g2_point(4)
    assert msm.g1(g1_to_limbs([]), schedule.slice_from(4)) is None
    assert trace.done == [Phase.SUM_C, Phase.SUM_B2]
    for first in (-1, 5):
        with pytest.raises(ValueError, match="no such scalar"):
            schedule.slice_from(first)
    with pytest.raises(ValueError, match="as many scalars"):
        msm.g1(g1_to_limbs(G1_POINTS[:3]), schedule)


def test_points_off_the_curve_are_found_and_coordinates_must_be_canonical() -> None:
    g1, g2 = g1_to_limbs(G1_POINTS), g2_to_limbs(G2_POINTS)
    assert CURVE.find_off_curve_g1(g1) == CURVE.find_off_curve_g2(g2) == CURVE.find_outside_subgroup(g2) == -1
    x = g1_to_limbs(G1_POINTS)
    x[2, :4] = to_limbs([int.from_bytes(x[2, :4].tobytes(), "little") + FP.modulus])[0]
    assert CURVE.find_off_curve_g1(x) == 2, "the same point with a coordinate that is not canonical"
    g2[1, 15] ^= np.uint64(1)
    assert CURVE.find_off_curve_g2(g2) == 1


def test_points_outside_the_subgroup_are_found() -> None:
    points = g2_to_limbs([*G2_POINTS, twist_point_outside_subgroup(random.Random(8))])
    assert CURVE.find_off_curve_g2(points) == -1
    assert CURVE.find_outside_subgroup(points) == 4


def test_every_item_of_work_is_asked_for_and_told() -> None:
    g1, g2, scalars = g1_to_limbs(G1_POINTS), g2_to_limbs(G2_POINTS), to_limbs([1, 2, 3, 4])
    entries, row_ptr = np.array([0, 1, 2], dtype=np.uint32), np.array([0, 1, 3])
    calls = [
        (lambda t: CURVE.find_off_curve_g1(g1, trace=t), Phase.LOAD, 4),
        (lambda t: CURVE.find_off_curve_g2(g2, trace=t), Phase.LOAD, 4),
        (lambda t: CURVE.find_outside_subgroup(g2, trace=t), Phase.LOAD, 4),
        (lambda t: CURVE.scale_points_g1(g1, scalars, trace=t), Phase.SETUP, 4),
        (lambda t: CURVE.scale_points_g2(g2, scalars, trace=t), Phase.SETUP, 4),
        (lambda t: CURVE.fixed_base_g1(G1_POINTS[0], scalars, trace=t), Phase.SETUP, 4),
        (lambda t: CURVE.fixed_base_g2(G2_POINTS[0], scalars, trace=t), Phase.SETUP, 4),
        (lambda t: CURVE.multiply_rows_g1(g1, scalars, row_ptr, trace=t), Phase.SETUP, 2),
        (lambda t: CURVE.multiply_rows_g2(g2, scalars, row_ptr, trace=t), Phase.SETUP, 2),
        (lambda t: CURVE.sum_segments_g1(g1, entries, row_ptr, trace=t), Phase.SETUP, 2),
        (lambda t: CURVE.sum_segments_g2(g2, entries, row_ptr, trace=t), Phase.SETUP, 2),
    ]
    for call, phase, steps in calls:
        trace = Counting()
        call(trace)
        assert trace.done == [phase] * steps
        with pytest.raises(Cancelled):
            call(Counting(stop=True))


def test_sums_of_rows_take_infinity_signs_and_empty_rows() -> None:
    entries = np.array([0, 1 | 1 << 31, 4, 2, 2, 2 | 1 << 31], dtype=np.uint32)
    row_ptr = np.array([0, 2, 2, 3, 6])
    g1, g2 = [*G1_POINTS, None], [*G2_POINTS, None]
    expected = [-1, 0, 0, 3]
    got = g1_from_limbs(CURVE.sum_segments_g1(g1_to_limbs(g1), entries, row_ptr))
    assert got == [G1.multiply(g1_point(1), k) for k in expected]
    got = g2_from_limbs(CURVE.sum_segments_g2(g2_to_limbs(g2), entries, row_ptr))
    assert got == [G2.multiply(g2_point(1), k) for k in expected]


def test_what_does_not_fit_is_refused() -> None:
    g1 = g1_to_limbs(G1_POINTS)
    with pytest.raises(ValueError, match="as many scalars"):
        CURVE.scale_points_g1(g1, to_limbs([1, 2, 3]))
    with pytest.raises(ValueError, match="as many scalars"):
        CURVE.multiply_rows_g1(g1, to_limbs([1, 2, 3]), np.array([0, 4]))
    with pytest.raises(ValueError, match="outside"):
        CURVE.multiply_rows_g1(g1, to_limbs([1, 2, 3, 4]), np.array([0, 5]))
    entries = np.array([0, 4], dtype=np.uint32)
    with pytest.raises(ValueError, match="not there"):
        CURVE.sum_segments_g1(g1, entries, np.array([0, 2]))
    for row_ptr in ([-1, 1], [0, 3], [0, 2, 1, 2]):
        with pytest.raises(ValueError, match="outside"):
            CURVE.sum_segments_g1(g1, entries & np.uint32(3), np.array(row_ptr))


def test_values_of_pairings_are_nested_as_files_have_them() -> None:
    value = ReferencePairings().pairing(g1_point(2), g2_point(3))
    assert ReferencePairings().pairing(g1_point(6), g2_point(1)) == value
    assert [len(half) for half in value] == [3, 3]
    assert ReferencePairings().pairing(None, g2_point(1)) == (((1, 0), (0, 0), (0, 0)), ((0, 0),) * 3)
