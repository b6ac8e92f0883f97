"""Which stretch of time is in sight, and round figures on its axes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.app.monitor_words import value_words
from zkcompanion.ui.widgets.chart_ticks import moment_words, round_top, time_ticks
from zkcompanion.ui.widgets.time_window import DAY_S, LONGEST_S, SHORTEST_S, TimeWindow

NOW = 1_700_000_000.0


def test_it_follows_the_present_until_it_is_held():
    window = TimeWindow(60.0)
    assert window.span(NOW) == (NOW - 60, NOW)
    window.hold(NOW)
    assert (window.follows, window.span(NOW + 100)) == (False, (NOW - 60, NOW))
    window.follow()
    assert window.span(NOW + 100) == (NOW + 40, NOW + 100)


def test_zooming_leaves_the_moment_under_the_pointer_where_it_is():
    window = TimeWindow(100.0)
    window.end_at(NOW - 1000, NOW)
    window.zoom(0.5, NOW - 1075, NOW)
    assert window.span(NOW) == (NOW - 1087.5, NOW - 1037.5)
    follows = TimeWindow(100.0)
    follows.zoom(2.0, NOW - 50, NOW)
    assert (follows.follows, follows.length_s) == (True, 200.0)


def test_moving_past_the_present_follows_it_again():
    window = TimeWindow(60.0)
    window.move(-30, NOW)
    assert window.span(NOW) == (NOW - 90, NOW - 30)
    window.move(31, NOW)
    assert window.follows


@given(st.lists(st.tuples(st.sampled_from("zmc"), st.floats(-1e9, 1e9, allow_nan=False)), max_size=30))
def test_whatever_is_done_it_stays_within_two_years_and_not_in_the_future(deeds):
    window = TimeWindow(300.0)
    for deed, value in deeds:
        if deed == "z":
            window.zoom(abs(value) + 1e-6, NOW - abs(value), NOW)
        elif deed == "m":
            window.move(value, NOW)
        else:
            window.choose(value, NOW)
        begin, end = window.span(NOW)
        assert SHORTEST_S <= window.length_s <= LONGEST_S
        assert end <= NOW
        assert begin >= NOW - LONGEST_S - 1e-3


@pytest.mark.parametrize(
    ("highest", "unit", "top", "ticks"),
    [
        (37.0, "percent", 100.0, [50.0, 100.0]),
        (0.4, "share", 1.0, [0.5, 1.0]),
        (700.0 * 2**20, "bytes", 768.0 * 2**20, [256.0 * 2**20, 512.0 * 2**20, 768.0 * 2**20]),
        (2.0, "count", 2.0, [1.0, 2.0]),
        (0.0, "count", 1.0, [1.0]),
        (2.9, "seconds", 3.0, [1.0, 2.0, 3.0]),
        (0.0, "seconds", 0.1, [0.1]),
    ],
)
def test_an_axis_ends_at_a_round_value(highest, unit, top, ticks):
    assert round_top(highest, unit) == (top, ticks)


@given(st.floats(0, 1e15), st.sampled_from(["percent", "bytes", "count", "per_second", "seconds", "celsius"]))
def test_an_axis_reaches_the_highest_value_with_few_ticks(highest, unit):
    top, ticks = round_top(highest, unit)
    assert top >= highest * (1 - 1e-9)
    assert 1 <= len(ticks) <= 4
    assert ticks[-1] == top


@pytest.mark.parametrize(
    "length_s", [10, 60, 300, 900, 3600, 6 * 3600, DAY_S, 7 * DAY_S, 30 * DAY_S, 365 * DAY_S, 731 * DAY_S]
)
def test_moments_on_the_axis_are_round_and_few_at_every_length(length_s):
    ticks = time_ticks(NOW, NOW + length_s, 8)
    assert 1 <= len(ticks) <= 9
    assert all(NOW <= at <= NOW + length_s for at, _ in ticks)
    assert [at for at, _ in ticks] == sorted(at for at, _ in ticks)
    steps = {later - earlier for (earlier, _), (later, _) in pairwise(ticks)}
    assert len(steps) <= 1
    assert all(text for _, text in ticks)


def test_figures_have_their_unit():
    said = [
        str(value_words(value, unit))
        for value, unit in (
            (12.345, "percent"),
            (0.5, "share"),
            (1536.0, "bytes"),
            (1048576.0, "bytes_per_second"),
            (0.0, "seconds"),
            (0.0124, "seconds"),
            (61.24, "celsius"),
            (3.2e9, "hertz"),
            (1.5, "per_second"),
            (3.0, "count"),
            (123.4, "count"),
        )
    ]
    assert said == [
        "12.3 %",
        "50 %",
        "1.50 KiB",
        "1.00 MiB/s",
        "0 s",
        "12.4 ms",
        "61.2 °C",
        "3.20 GHz",
        "1.50 per second",
        "3",
        "123",
    ]
    assert len(moment_words(NOW, 60)) == len("22:13:20")
    assert "2023" in moment_words(NOW, DAY_S)
