"""Every value has its unit, and three significant figures."""

import pytest

from zkcompanion.app.monitor_words import value_words
from zkcompanion.base.messages import render


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (42.0, "percent", "42 %"),
        (99.96, "percent", "100 %"),
        (9.996, "percent", "10.0 %"),
        (0.254, "share", "25.4 %"),
        (1536.0, "bytes", "1.50 KiB"),
        (1536.0, "bytes_per_second", "1.50 KiB/s"),
        (0.0, "seconds", "0 s"),
        (0.0123, "seconds", "12.3 ms"),
        (61.5, "celsius", "61.5 °C"),
        (2.4e9, "hertz", "2.40 GHz"),
        (3.0, "count", "3"),
        (0.5, "per_second", "0.50 per second"),
    ],
)
def test_a_value_in_words(value, unit, words):
    assert render(value_words(value, unit)) == words
