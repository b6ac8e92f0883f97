"""Quotients in lanes: the same as the scalar family's, however they are cut and whatever the CPU."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from tests.support.kernels import family_kernels, ifma_missing, portable_kernels, scalar_kernels, shaped_integers
from tests.support.traces import Steps
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving import ntt_lanes
from zkcompanion.proving.fields import FR, from_limbs, to_mont_limbs
from zkcompanion.proving.ntt import Ntt, NttDomain
from zkcompanion.proving.ntt_lanes import LanePlan, LaneQuotient, _Scratch
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.reference import ntt as reference

pytestmark = pytest.mark.kernels
P = FR.modulus


@pytest.fixture(scope="module")
def team():
    with ThreadTeam(2) as team:
        yield team


@pytest.fixture(scope="module", params=["portable", pytest.param("ifma", marks=ifma_missing)])
def kernels(request):
    return portable_kernels("ntt") if request.param == "portable" else family_kernels("ifma", "ntt")


@pytest.fixture(scope="module")
def driver(kernels, team) -> Ntt:
    return Ntt(kernels, team)


@pytest.fixture
def small_calls(monkeypatch):
    """Cut domains into calls of a tile each."""
    monkeypatch.setattr(ntt_lanes, "_CALL_MIN", 1)
    monkeypatch.setattr(ntt_lanes, "_CALL_MAX", 1)
    LanePlan.of.cache_clear()
    yield
    monkeypatch.undo()
    LanePlan.of.cache_clear()


def factors(power):
    rng = random.Random(power)
    x, y = shaped_integers(rng, 1 << power, FR), shaped_integers(rng, 1 << power, FR)[::-1]
    return x, y, to_mont_limbs(x, FR), to_mont_limbs(y, FR)


@pytest.mark.parametrize("power", [5, 6, 7, 8, 9, 10])
def test_quotient_equals_the_reference(driver, power) -> None:
    x, y, a, b = factors(power)
    h = driver.quotient(a, b)
    assert h is a
    assert from_limbs(h) == reference.quotient(x, y, [u * v % P for u, v in zip(x, y, strict=True)])
    assert not b.any()


@pytest.mark.parametrize("edge", [0, 1, P - 1, pow(1 << 256, -1, P)])
def test_constant_factors_leave_nothing(driver, edge) -> None:
    n = 1 << 6
    assert not driver.quotient(to_mont_limbs([edge] * n, FR), to_mont_limbs([P - 1] * n, FR)).any()


@pytest.mark.parametrize("power", [7, 8, 9])
def test_every_tile_may_be_a_call_of_its_own(small_calls, driver, team, power) -> None:
    _, _, a, b = factors(power)
    tiles = {7: 2 * 2 + 1, 8: 2 * 2 + 2, 9: 2 * 4 + 2}
    assert LanePlan.of(power).steps == tiles[power]
    expected = Ntt(scalar_kernels("ntt"), team).quotient(a.copy(), b.copy())
    assert np.array_equal(driver.quotient(a, b), expected)


@ifma_missing
@pytest.mark.parametrize("power", [12, 15, 18])
def test_large_quotients_are_those_of_the_scalar_family_bit_for_bit(team, power) -> None:
    rng = np.random.default_rng(power)
    a, b = (rng.integers(0, 1 << 64, size=(1 << power, 4), dtype=np.uint64) for _ in range(2))
    for array in (a, b):
        array[:, 3] %= np.uint64(P >> 192)
    a[::3] = 0  # a third of a usual witness is zero
    b[::5] = to_mont_limbs([1], FR)
    expected = Ntt(scalar_kernels("ntt"), team).quotient(a.copy(), b.copy())
    assert np.array_equal(Ntt(family_kernels("ifma", "ntt"), team).quotient(a, b), expected)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(small_calls, driver, kernels, threads) -> None:
    _, _, a, b = factors(8)
    expected = driver.quotient(a.copy(), b.copy())
    with ThreadTeam(threads) as team:
        assert np.array_equal(Ntt(kernels, team).quotient(a, b), expected)


@pytest.mark.parametrize("power", [5, 6, 10])
def test_the_announced_steps_are_taken(small_calls, driver, power) -> None:
    trace = Steps()
    n = 1 << power
    driver.quotient(np.zeros((n, 4), dtype=np.uint64), np.zeros((n, 4), dtype=np.uint64), trace=trace)
    assert trace.announced == trace.done > 0


def test_a_cancelled_quotient_leaves_no_secret_behind(small_calls, driver, monkeypatch) -> None:
    made = []

    class Watched(_Scratch):
        def take(self):
            piece = super().take()
            made.append(piece)
            return piece

    monkeypatch.setattr(ntt_lanes, "_Scratch", Watched)
    whole = Steps()
    _, _, a, b = factors(7)
    driver.quotient(a.copy(), b.copy(), trace=whole)
    for limit in range(whole.checks):
        x, y = a.copy(), b.copy()
        with pytest.raises(Cancelled):
            driver.quotient(x, y, trace=Steps(limit))
        assert not x.any()
        assert not y.any()
    assert made
    assert not any(piece.any() for piece in made)


def test_scratch_is_handed_on_aligned_and_zeroed_at_the_end() -> None:
    with _Scratch(100) as scratch:
        first, second = scratch.take(), scratch.take()
        for piece in (first, second):
            assert piece.shape == (100,)
            assert piece.ctypes.data % 64 == 0
            piece.fill(7)
        assert not np.shares_memory(first, second)
        scratch.give(second)
        assert scratch.take() is second
    assert not first.any()
    assert not second.any()


def test_the_scalar_family_and_domains_that_do_not_fit_are_left_to_others(kernels, team) -> None:
    lanes, scalar = LaneQuotient(kernels, team), LaneQuotient(scalar_kernels("ntt"), team)
    assert [lanes.takes(power) for power in (0, 5, 6, 26, 27, 28)] == [False, False, True, True, False, False]
    assert not any(scalar.takes(power) for power in range(29))
    assert lanes.steps(12) == LanePlan.of(12).steps != NttDomain.of(12).quotient_steps


@pytest.mark.parametrize("power", [6, 7, 12, 13, 16, 18, 20, 26])
def test_a_plan_covers_every_tile_once_in_calls_that_stay_short(power) -> None:
    plan = LanePlan.of(power)
    rows, columns = 1 << power // 2, 1 << power - power // 2
    for ranges, tiles, points in (
        (plan.column_tiles, columns // 8, 8 * rows),
        (plan.row_tiles, rows // 8, 8 * columns),
    ):
        assert (ranges[0][0], ranges[-1][1]) == (0, tiles)
        assert all(left[1] == right[0] for left, right in pairwise(ranges))
        assert all(last - first == 1 or (last - first) * points <= 1 << 16 for first, last in ranges)
        assert len(ranges) >= min(tiles, 8) or power < 15
