"""Windows, buckets and digits without a schedule: the same as the multi-scalar multiplication takes."""

import random

import numpy as np
import pytest

from tests.support.kernels import scalar_kernels
from zkcompanion.costs.windows import full_size_windows
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.msm import GROUPS, Msm
from zkcompanion.proving.parallel import ThreadTeam


@pytest.mark.kernels
@pytest.mark.parametrize("count", [40, 700, 6000])
def test_windows_and_counts_are_those_of_a_schedule(count):
    rng = random.Random(count)
    scalars = to_limbs(rng.randrange(FR.modulus) for _ in range(count))
    with ThreadTeam(1) as team:
        schedule = Msm(scalar_kernels(*GROUPS), team).schedule(scalars)
    windows = full_size_windows(count)
    # a handful of scalars more or less of a length may move a bit from one window to another
    assert sum(windows.bits) == pytest.approx(sum(w.bits for w in schedule.windows), abs=2)
    assert windows.buckets == pytest.approx(sum(w.n_buckets for w in schedule.windows), rel=0.1)
    assert windows.entries == pytest.approx(len(schedule.buckets.entries), rel=0.02)
    filled = int(np.count_nonzero(np.diff(schedule.buckets.starts)))
    halves = [sum(w.n_buckets for w in half.windows) for half in schedule.in_g2()]
    assert windows.buckets_at_once_in_g2 == pytest.approx(max(halves), rel=0.15)
    assert windows.additions(count) == pytest.approx(len(schedule.buckets.entries) - filled, rel=0.05)


def test_more_scalars_take_fewer_digits_each_and_more_buckets():
    sizes = [full_size_windows(1 << power) for power in (4, 8, 12, 16, 20)]
    digits = [windows.entries / windows.scalars for windows in sizes]
    assert digits == sorted(digits, reverse=True)
    assert [w.buckets for w in sizes] == sorted(w.buckets for w in sizes)
    assert all(sum(w.bits) >= 253 for w in sizes)


def test_no_scalars_take_nothing():
    windows = full_size_windows(0)
    assert (windows.bits, windows.buckets, windows.entries, windows.additions(0)) == ((), 0, 0, 0)
    assert windows.buckets_at_once_in_g2 == 0


def test_points_at_infinity_are_not_added():
    windows = full_size_windows(5000)
    assert windows.additions(0) == 0
    assert 0 < windows.additions(1000) < windows.additions(5000)
