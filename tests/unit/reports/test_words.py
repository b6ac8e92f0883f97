"""Values with units, dates by the clock on the wall, ticks on round moments."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tests.support.documents import HOSTILE
from zkcompanion.base.messages import msg
from zkcompanion.reports.document import Curve
from zkcompanion.reports.pictures import broken
from zkcompanion.reports.quantities import UNKNOWN, axis_scale, digits, quantity
from zkcompanion.reports.timeaxis import ticks
from zkcompanion.reports.told import bounds_of
from zkcompanion.reports.words import Words

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (45.23, "percent", "45.2 %"),
        (0.9991, "share", "99.9 %"),
        (3 << 30, "bytes", "3.00 GiB"),
        (1.5 * 1024, "bytes_per_second", "1.50 KiB/s"),
        (2.4e9, "hertz", "2.40 GHz"),
        (50.0, "hertz", "50.0 Hz"),
        (61.0, "celsius", "61.0 °C"),
        (0.0123, "seconds", "12.3 ms"),
        (131072, "count", "131\xa0072"),
        (2.5, "count", "2.50"),
        (2.0, "per_second", "2.00 /s"),
        (0.05, "per_second", "3.00 /min"),
        (0.0005, "per_second", "1.80 /h"),
        (0.0, "per_second", "0 /s"),
        (None, "bytes", UNKNOWN),
        (math.nan, "percent", UNKNOWN),
        (math.inf, "seconds", UNKNOWN),
    ],
)
def test_every_value_has_its_unit(value, unit, text):
    assert quantity(value, unit) == text


def test_three_digits():
    assert [digits(x) for x in (0, 0.001, 1.234, 12.34, 123.4, 12345.0)] == [
        "0",
        "0.0010",
        "1.23",
        "12.3",
        "123",
        "12\xa0345",
    ]


@pytest.mark.parametrize(
    ("unit", "most", "factor", "sign"),
    [
        ("bytes", 3e9, 2.0**30, "GiB"),
        ("bytes", 3.0, 1.0, "bytes"),
        ("bytes_per_second", 2e6, 2.0**20, "MiB/s"),
        ("hertz", 4e9, 1e9, "GHz"),
        ("seconds", 0.2, 1e-3, "ms"),
        ("seconds", 5.0, 1.0, "s"),
        ("seconds", 300.0, 60.0, "min"),
        ("seconds", 9000.0, 3600.0, "h"),
        ("share", 1.0, 0.01, "%"),
        ("percent", 90.0, 1.0, "%"),
        ("celsius", 90.0, 1.0, "°C"),
        ("count", 9.0, 1.0, ""),
        ("per_second", 9.0, 1.0, "/s"),
    ],
)
def test_an_axis_says_its_unit_once(unit, most, factor, sign):
    assert axis_scale(unit, most) == (factor, sign)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_stay_on_one_line(text):
    for shown in (Words().text(text), Words().text(msg("a {name}", name=text))):
        assert len(shown.splitlines()) <= 1
        shown.encode()


def test_a_period_says_what_the_clock_is_ahead_of_utc_on_both_sides_of_a_change():
    begin, end = (datetime(2026, 10, day, tzinfo=BERLIN).timestamp() for day in (24, 26))
    assert Words(zone=BERLIN).period(begin, end) == "2026-10-24 00:00 to 2026-10-26 00:00 (UTC+02:00, UTC+01:00)"
    assert Words(zone=UTC).cell(0.0, "time") == "1970-01-01 00:00:00"


def test_ticks_of_a_day_with_25_hours_stand_on_round_hours_of_the_wall():
    begin = datetime(2026, 10, 25, tzinfo=BERLIN)
    found = ticks(begin.timestamp(), (begin + timedelta(days=1)).timestamp(), Words(zone=BERLIN))
    assert [label for _, label in found] == ["10-25", "06:00", "12:00", "18:00", "10-26"]
    # one hour more lies between the first two
    assert [after - before for (before, _), (after, _) in pairwise(found)] == [7 * 3600, *[6 * 3600] * 3]


@pytest.mark.parametrize("seconds", [60, 600, 3600, 86400, 7 * 86400, 30 * 86400, 90 * 86400, 365 * 86400, 730 * 86400])
def test_there_are_some_ticks_and_not_too_many(seconds):
    begin = datetime(2026, 1, 30, 7, 13, 5, tzinfo=UTC).timestamp()
    found = ticks(begin, begin + seconds, Words(zone=UTC))
    assert 1 <= len(found) <= 9
    assert [moment for moment, _ in found] == sorted({moment for moment, _ in found})
    assert all(begin <= moment <= begin + seconds for moment, _ in found)


def test_a_line_is_broken_where_nothing_was_measured():
    curve = Curve("c", "c", (0.0, 1.0, 5.0), (1.0, 2.0, 3.0), 1.0)
    x, y = broken(curve, curve.values)
    assert x == [0.0, 1.0, 5.0, 5.0]
    assert [math.isnan(one) for one in y] == [False, False, True, False]


def test_bounds_of_a_curve_are_those_of_its_samples():
    assert bounds_of(Curve("c", "c", (0.0, 1.0), (2.0, 4.0), 1.0, (1.0, 3.0), (5.0, 9.0))) == (1.0, 3.0, 9.0)
    assert all(math.isnan(one) for one in bounds_of(Curve("c", "c", (), (), 1.0)))
