"""Sleep and a clock that was set are told apart, as far as the system tells."""

import pytest

from zkcompanion.monitoring.marks import mark_of_gap
from zkcompanion.monitoring.runs import slept_s
from zkcompanion.monitoring.samples import Sample

DATE = 1.7e9


@pytest.mark.parametrize(
    ("date_s", "clock_s", "told_s", "slept", "kind"),
    [
        (1.0, 1.0, 0.0, 0.0, None),
        (1.0, 1.0, None, 0.0, None),
        # by a busy machine
        (9.0, 9.0, 0.0, 0.0, None),
        # asleep, of which the monotonic clock knows nothing
        (3601.0, 1.0, 3600.0, 3601.0, "sleep"),
        (6.0, 1.0, 5.0, 6.0, "sleep"),
        # the program was stopped
        (61.0, 61.0, 0.0, 61.0, "sleep"),
        # somebody set the clock, forth and back
        (3601.0, 1.0, 0.0, 0.0, "clock"),
        (-3599.0, 1.0, 0.0, 0.0, "clock"),
        (-3599.0, 1.0, None, 0.0, "clock"),
        (2.9, 1.0, 0.0, 0.0, None),
        (3.0, 1.0, 0.0, 0.0, "clock"),
        # asleep for an hour, and the clock was set back by two meanwhile
        (-3599.0, 1.0, 3600.0, 3601.0, "sleep"),
        # a system that does not tell
        (3601.0, 1.0, None, 3601.0, "sleep"),
        (6.0, 1.0, None, 0.0, "clock"),
    ],
)
def test_what_lies_between_two_samples(date_s, clock_s, told_s, slept, kind):
    before, after = Sample(DATE, 50.0, {}), Sample(DATE + date_s, 50.0 + clock_s, {}, slept_s=told_s)
    assert slept_s(before, after) == slept
    mark = mark_of_gap(before, after)
    assert (mark and mark.kind) == kind
    if mark is not None:
        assert mark.end_unix_s == after.unix_s
        assert mark.begin_unix_s == after.unix_s - slept
