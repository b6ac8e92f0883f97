"""Which cores are fast: by speeds, by classes, by threads."""

import pytest

from zkcompanion.hardware.cores import by_class, by_speed, by_threads


@pytest.mark.parametrize(
    ("speeds", "kinds"),
    [
        ([1024] * 4 + [446] * 4, (4, 4)),
        ([1024, 871, 871, 871, 160, 160, 160, 160], (4, 4)),
        ([231, 226, 221, 216, 211, 206, 201, 196, 191, 186, 181, 176, 171, 166], None),
        ([67, 64, 64, 39, 39], (3, 2)),
        ([255] * 28, None),
        ([100, 0], None),
        ([100], None),
        ([], None),
    ],
)
def test_a_wide_gap_parts_two_kinds_and_small_ones_do_not(speeds, kinds):
    assert by_speed({str(number): float(speed) for number, speed in enumerate(speeds)}) == kinds


@pytest.mark.parametrize(
    ("cores", "logical", "kinds"),
    [(12, 20, (8, 4)), (16, 24, (8, 8)), (8, 16, None), (8, 8, None), (8, 40, None), (None, 8, None), (8, None, None)],
)
def test_of_unlike_cores_only_the_fast_ones_run_two_threads(cores, logical, kinds):
    assert by_threads(cores, logical) == kinds


@pytest.mark.parametrize(("classes", "kinds"), [([1, 1, 0, 0, 0], (2, 3)), ([0, 0], None), ([2, 1, 0], (2, 1))])
def test_the_slowest_class_is_the_slow_one(classes, kinds):
    assert by_class(classes) == kinds
