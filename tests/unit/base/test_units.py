import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base.errors import UsageError
from zkcompanion.base.units import format_count, format_duration, format_size, parse_size


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.00 KiB"),
        (1536, "1.50 KiB"),
        (1024 * 1024 - 1, "1.00 MiB"),
        (25_557_000_000, "23.8 GiB"),
        (2**63, "8192 PiB"),
    ],
)
def test_sizes_have_three_digits_and_a_binary_unit(size_bytes, text):
    assert format_size(size_bytes) == text


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("1", 1),
        ("1500000", 1_500_000),
        ("512M", 512 << 20),
        ("1.5 GiB", 3 << 29),
        (" 2gb ", 2 << 30),
        ("3 tib", 3 << 40),
    ],
)
def test_sizes_are_read_as_people_type_them(text, size_bytes):
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "text", ["", "-1", "0", "1e9", "4 Q", "1.2.3", "nan", "9999999T", "one", "4G4", "0x10", "\u0664"]
)
def test_what_is_no_size_is_refused_with_the_word_typed(text):
    with pytest.raises(UsageError) as caught:
        parse_size(text)
    assert str(caught.value).startswith(f"{text} is not a size")


@given(st.integers(min_value=1, max_value=2**62))
def test_a_formatted_size_reads_back_within_half_a_percent(size_bytes):
    text = format_size(size_bytes)
    if text.endswith("PiB"):
        return
    again = parse_size(text.replace(" bytes", "").replace(" byte", ""))
    assert math.isclose(again, size_bytes, rel_tol=0.005)


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0.0, "0.00 us"),
        (0.00085, "850 us"),
        (0.0009996, "1.00 ms"),
        (0.0123, "12.3 ms"),
        (0.9996, "1.00 s"),
        (4.56, "4.56 s"),
        (99.96, "100 s"),
        (119.6, "2 min 00 s"),
        (125.2, "2 min 05 s"),
        (3600, "1 h 00 min"),
        (5432, "1 h 30 min"),
        (-0.5, "-500 ms"),
        (math.inf, "unknown"),
        (math.nan, "unknown"),
    ],
)
def test_durations_have_the_unit_that_fits(duration_s, text):
    assert format_duration(duration_s) == text


def test_counts_are_grouped_by_a_space_that_does_not_break():
    assert format_count(131072) == "131\N{NO-BREAK SPACE}072"
    assert format_count(12) == "12"
