import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.app.alert_values import parse_seconds, parse_value, seconds_text, value_text
from zkcompanion.base.errors import UsageError

UNITS = ["percent", "share", "celsius", "per_second", "count", "bytes", "bytes_per_second", "seconds"]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("92", "celsius", 92.0),
        ("92.5 °C", "celsius", 92.5),
        ("-5 °C", "celsius", -5.0),
        ("8 %", "percent", 8.0),
        ("200 %", "share", 2.0),
        ("0.5/s", "per_second", 0.5),
        ("12 000", "count", 12000.0),
        ("2G", "bytes", float(2 << 30)),
        ("0", "bytes", 0.0),
        ("0 bytes", "bytes", 0.0),
        ("10 MiB/s", "bytes_per_second", float(10 << 20)),
        ("500 ms", "seconds", 0.5),
        ("2 min 30 s", "seconds", 150.0),
        ("1 h", "seconds", 3600.0),
        ("1d", "seconds", 86400.0),
        ("90", "seconds", 90.0),
    ],
)
def test_what_a_person_types_is_read(text, unit, value):
    assert parse_value(text, unit) == value


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("text", ["", "much", "1e9", "nan", "9 9", "1 2 s", "٣", "5 apples"])
def test_what_is_no_value_is_refused(text, unit):
    with pytest.raises(UsageError):
        parse_value(text, unit)


@given(st.floats(0.01, 1e6), st.sampled_from(UNITS))
def test_what_is_shown_is_read_as_the_same(value, unit):
    shown = value_text(value, unit)
    assert parse_value(shown, unit) == pytest.approx(value, rel=0.06, abs=0.6)


@given(st.integers(0, 86400))
def test_durations_come_back(seconds):
    assert parse_seconds(seconds_text(float(seconds))) == pytest.approx(seconds, abs=60)


def test_nothing_is_a_dash():
    assert value_text(None, "celsius") == "\N{EN DASH}"
    assert value_text(0, "seconds") == "0 s"
