"""Series over time: bounded, with gaps that are never joined, and stacked without inventing anything."""

from __future__ import annotations

import numpy as np
import pytest

from zkcompanion.app.monitor_views import CurveView, Point, Sample
from zkcompanion.base.messages import msg
from zkcompanion.ui.widgets.chart_data import (
    EMPTY,
    SampleTable,
    Track,
    aligned,
    highest,
    lowest,
    most,
    smoothed,
    stacked,
    stretches,
    track_of,
)

NAN = float("nan")


def sample(unix_s: float, **values: float) -> Sample:
    return Sample(unix_s, unix_s, {name.replace("_", "/"): value for name, value in values.items()})


def track(times: list[float], values: list[float], step_s: float = 1.0) -> Track:
    given = np.array(values, dtype=np.float64)
    return Track(np.array(times, dtype=np.float64), np.full(len(times), step_s), given, given, given)


def parts(times: list[float], values: list[float], step_s: float = 1.0) -> list[tuple[int, int]]:
    one = track(times, values, step_s)
    return [(part.start, part.stop) for part in stretches(one.times, one.steps, one.mean)]


def test_the_table_keeps_the_last_samples_and_its_memory_does_not_grow():
    table = SampleTable(100)
    for number in range(1000):
        table.add(sample(number, a=number, **({"b_1": 1.0} if number < 300 else {})))
    assert len(table) == 100
    assert (table.first_unix_s, table.last_unix_s) == (900.0, 999.0)
    assert table.track("a").mean.tolist() == list(range(900, 1000))
    assert table.names == ("a",), "a series of which nothing is left goes"
    assert len(table._times) == 200
    assert table.track("a").times.base is table._times


def test_a_series_that_is_not_in_every_sample_has_no_value_there():
    table = SampleTable(10)
    for number, values in enumerate(({"a": 1.0}, {"a": 2.0, "b": 5.0}, {"b": 6.0})):
        table.add(Sample(number, number, values))
    assert table.track("a").mean.tolist()[:2] == [1.0, 2.0]
    assert np.isnan(table.track("a").mean[2])
    assert np.isnan(table.track("b").mean[0])
    assert np.isnan(table.track("never").mean).all()
    table.clear()
    assert (len(table), table.first_unix_s, table.last_unix_s) == (0, None, None)


def test_where_the_clock_goes_back_the_time_that_comes_again_is_written_anew():
    table = SampleTable(10)
    table.fill([sample(number, a=number) for number in range(6)])
    table.add(sample(3.5, a=100))
    assert table.track("a").times.tolist() == [0, 1, 2, 3, 3.5]
    assert table.track("a").mean.tolist() == [0, 1, 2, 3, 100]


def test_gaps_are_not_joined():
    assert parts([0, 1, 2, 10, 11], [1, 1, 1, 1, 1]) == [(0, 3), (3, 5)]
    assert parts([0, 1.3, 2.7], [1, 1, 1]) == [(0, 3)], "a sample that is late is no gap"
    assert parts([0, 1, 2, 3], [1, NAN, 1, 1]) == [(0, 1), (2, 4)]
    assert parts([0, 60, 120, 300], [1, 1, 1, 1], 60) == [(0, 3), (3, 4)]
    assert parts([0, 1], [NAN, NAN]) == []
    assert parts([], []) == []


def test_steps_of_two_lengths_beside_each_other_are_joined():
    steps = np.array([60.0, 60.0, 1.0, 1.0])
    times = np.array([30.0, 90.0, 121.0, 122.0])
    assert [(one.start, one.stop) for one in stretches(times, steps, np.ones(4))] == [(0, 4)]


def test_a_moment_is_read_only_where_something_was_measured():
    one = track([10, 11, 12, 20], [1, 2, NAN, 4])
    assert (one.at(10.4), one.at(11.4), one.at(12.1)) == (1.0, 2.0, None)
    assert (one.at(16.0), one.at(19.0), one.at(100.0)) == (None, 4.0, None)
    assert EMPTY.at(0.0) is None
    assert (one.latest(13.0, 5.0), one.latest(9.0, 5.0), one.latest(19.9, 2.0)) == (2.0, None, None)


def test_a_curve_from_the_store_lies_in_the_middle_of_its_steps():
    points = (Point(0.0, 60.0, 60, 5.0, 1.0, 9.0, 5.0, 8.0), Point(60.0, 1.0, 1, 6.0, 6.0, 6.0, 6.0, 6.0))
    found = track_of(CurveView("machine.processor", msg("Processor"), "percent", points))
    assert found.times.tolist() == [30.0, 60.0]
    assert (found.mean.tolist(), found.low.tolist(), found.high.tolist()) == ([5, 6], [1, 6], [9, 6])
    assert track_of(CurveView("machine.processor", msg("Processor"), "percent", ())) is EMPTY


def test_series_are_brought_onto_common_moments():
    rows = aligned([track([0, 1, 2], [1, 2, 3]), track([1, 2, 3], [10, 20, 30])])
    assert rows.times.tolist() == [0, 1, 2, 3]
    assert rows.mean[0].tolist()[:3] == [1, 2, 3]
    assert np.isnan(rows.mean[0, 3])
    assert np.isnan(rows.mean[1, 0])
    assert lowest(rows.low).tolist() == [1, 2, 3, 30]
    assert highest(rows.high).tolist() == [1, 10, 20, 30]
    heights = stacked(rows.mean)
    assert heights[-1].tolist() == [1, 12, 23, 30]
    assert aligned([]).times.tolist() == []
    assert lowest(np.zeros((0, 0))).tolist() == highest(np.zeros((0, 0))).tolist() == []


def test_nothing_is_stacked_where_nothing_was_measured():
    heights = stacked(np.array([[1.0, NAN], [2.0, NAN]]))
    assert heights[:, 0].tolist() == [0, 1, 3]
    assert np.isnan(heights[:, 1]).all()
    assert most(np.array([NAN, 3.0, 2.0])) == 3.0
    assert most(np.array([NAN])) == 0.0


def test_a_rate_is_the_mean_of_the_last_samples_without_those_that_are_not_there():
    one = smoothed(track([0, 1, 2, 3, 4], [0, 2, NAN, 4, 0]), 3)
    assert one.mean.tolist()[:2] == [0, 1]
    assert np.isnan(one.mean[2])
    assert one.mean.tolist()[3:] == pytest.approx([3.0, 2.0])
    coarse = track([0, 60], [1, 2], 60)
    assert smoothed(coarse) is coarse
    assert smoothed(EMPTY) is EMPTY
