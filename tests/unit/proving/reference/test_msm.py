import random

import pytest

from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.fields import FR
from zkcompanion.proving.phases import Trace
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import G1, G2
from zkcompanion.proving.reference.msm import msm, signed_digits, window_bits

R = FR.modulus
GROUPS = pytest.mark.parametrize(("group", "generator"), [(G1, G1_GENERATOR), (G2, G2_GENERATOR)], ids=["g1", "g2"])


def points_of(group, generator, logs):
    """[k]generator for all k, by a table of the small ones."""
    return [group.multiply(generator, k) for k in logs]


@GROUPS
@pytest.mark.parametrize("n", [1, 2, 3, 30, 150])
def test_the_sum_is_the_multiple_of_the_inner_product(group, generator, n):
    rng = random.Random(n)
    logs = [rng.randrange(R) for _ in range(n)]
    scalars = [rng.randrange(R) for _ in range(n)]
    expected = sum(a * b for a, b in zip(logs, scalars, strict=True)) % R
    assert msm(group, points_of(group, generator, logs), scalars) == group.multiply(generator, expected)


@GROUPS
def test_special_scalars_and_points_add_up(group, generator):
    logs = [0, 1, 1, 1, R - 1, 5, 5, R - 5, 7, 0]
    scalars = [9, 0, 1, R - 1, 1, 3, 3, 3, 2 * R + 1, 0]
    expected = sum(a * b for a, b in zip(logs, scalars, strict=True)) % R
    assert msm(group, points_of(group, generator, logs), scalars) == group.multiply(generator, expected)


@GROUPS
def test_sums_that_vanish_are_infinity(group, generator):
    p = group.multiply(generator, 12)
    assert msm(group, [], []) is None
    assert msm(group, [None, p], [4, 0]) is None
    assert msm(group, [p, group.negate(p)], [77, 77]) is None
    assert msm(group, [p], [R]) is None


def test_equal_points_in_one_bucket_are_doubled():
    p = G1.multiply(G1_GENERATOR, 3)
    assert msm(G1, [p] * 40, [1] * 40) == G1.multiply(p, 40)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="as many"):
        msm(G1, [G1_GENERATOR], [1, 2])


def test_cancelling_stops_between_windows():
    class Stop(Trace):
        asked = 0

        def check(self):
            self.asked += 1
            if self.asked == 3:
                raise Cancelled

    stop = Stop()
    with pytest.raises(Cancelled):
        msm(G1, [G1_GENERATOR], [5], trace=stop)
    assert stop.asked == 3


@pytest.mark.parametrize("c", range(1, 17))
def test_signed_digits_sum_to_the_scalar_within_their_bounds(c):
    rng = random.Random(c)
    windows = -(-255 // c)
    for k in [0, 1, R - 1, (1 << 253) - 1, 1 << 253, *(rng.randrange(R) for _ in range(30))]:
        digits = signed_digits(k, c, windows)
        assert len(digits) == windows
        assert sum(d << (c * i) for i, d in enumerate(digits)) == k
        assert all(-(1 << (c - 1)) <= d <= 1 << (c - 1) for d in digits)


def test_windows_grow_with_the_number_of_points():
    widths = [window_bits(n) for n in (1, 10, 100, 1000, 10_000, 1_000_000)]
    assert widths == sorted(widths)
    assert widths[0] < 5
    assert widths[-1] <= 16
