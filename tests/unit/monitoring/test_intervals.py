"""Intervals of shares against published tables and against what their definition says."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.monitoring.intervals import beta_quantile, clopper_pearson, incomplete_beta, median_ranks, wilson

# Clopper and Pearson's chart and every table of exact 95 % limits since: 4 digits
EXACT = [
    (0, 10, 0.0000, 0.3085),
    (1, 10, 0.0025, 0.4450),
    (5, 10, 0.1871, 0.8129),
    (9, 10, 0.5550, 0.9975),
    (10, 10, 0.6915, 1.0000),
    (10, 100, 0.0490, 0.1762),
]
# Newcombe, Two-sided confidence intervals for the single proportion (1998), table I: methods 3 (score) and 5 (exact)
NEWCOMBE = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("good", "events", "low", "high"), EXACT)
def test_exact_limits_are_those_of_the_tables(good, events, low, high):
    assert clopper_pearson(good, events) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("good", "events", "score", "exact"), NEWCOMBE)
def test_both_are_those_that_newcombe_printed(good, events, score, exact):
    assert wilson(good, events) == pytest.approx(score, abs=5e-5)
    assert clopper_pearson(good, events) == pytest.approx(exact, abs=5e-5)


@pytest.mark.parametrize("events", [1, 7, 30, 1000])
def test_where_all_are_good_the_limit_has_a_closed_form(events):
    # P(all of n good) = p^n = 0.025
    assert clopper_pearson(events, events) == (pytest.approx(0.025 ** (1 / events), abs=1e-11), 1.0)
    assert wilson(events, events)[1] == 1.0
    assert wilson(0, events)[0] == 0.0


def tail(good, events, share):
    """The probability of at least so many good ones."""
    return math.fsum(math.comb(events, k) * share**k * (1 - share) ** (events - k) for k in range(good, events + 1))


@given(st.integers(1, 40).flatmap(lambda events: st.tuples(st.integers(0, events), st.just(events))))
def test_at_the_limits_what_was_seen_has_a_chance_of_a_fortieth(counts):
    good, events = counts
    low, high = clopper_pearson(good, events)
    if good:
        assert tail(good, events, low) == pytest.approx(0.025, rel=1e-6)
    if good < events:
        assert 1 - tail(good + 1, events, high) == pytest.approx(0.025, rel=1e-6)
    score = wilson(good, events)
    assert 0 <= score[0] <= good / events <= score[1] <= 1


@given(st.integers(2, 400).flatmap(lambda events: st.tuples(st.integers(0, events - 1), st.just(events))))
def test_one_more_good_event_moves_both_limits_up(counts):
    good, events = counts
    for interval in (wilson, clopper_pearson):
        before, after = interval(good, events), interval(good + 1, events)
        assert before[0] < after[0]
        assert before[1] < after[1] or after[1] == 1.0


@pytest.mark.parametrize(("good", "events"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_has_no_interval(good, events):
    for interval in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match="no share"):
            interval(good, events)


def test_the_beta_function_at_its_ends_and_in_closed_forms():
    assert incomplete_beta(0.0, 2, 3) == 0.0
    assert incomplete_beta(1.0, 2, 3) == 1.0
    assert incomplete_beta(0.3, 1, 1) == pytest.approx(0.3, abs=1e-15)  # uniform
    assert incomplete_beta(0.3, 1, 4) == pytest.approx(1 - 0.7**4, rel=1e-14)
    assert incomplete_beta(0.9, 4, 1) == pytest.approx(0.9**4, rel=1e-14)
    assert incomplete_beta(0.5, 7, 7) == pytest.approx(0.5, rel=1e-14)
    assert beta_quantile(0.3, 1, 1) == pytest.approx(0.3, abs=1e-11)


def test_it_is_scipys_where_that_is_installed():
    special = pytest.importorskip("scipy.special")
    for a, b in ((1, 30), (9, 2), (1240, 11), (99_900, 101), (50_000, 50_001)):
        for probability in (0.025, 0.5, 0.975):
            assert beta_quantile(probability, a, b) == pytest.approx(special.betaincinv(a, b, probability), abs=1e-10)


def test_a_fraction_that_does_not_converge_ends(monkeypatch):
    from zkcompanion.monitoring import intervals

    monkeypatch.setattr(intervals, "_STEPS", 3)
    assert math.isfinite(incomplete_beta(0.5, 50_000, 50_000))
    # a denominator that vanishes: 1 - (a + b) x / (a + 1) with a = b = 1, x = 1
    assert intervals._fraction(1.0, 1.0, 1.0) != 0.0


def test_the_ranks_around_a_median_are_those_of_printed_tables():
    # of the sign test at 95 %, two-sided: none below 6
    known = {6: 1, 8: 1, 9: 2, 11: 2, 12: 3, 15: 4, 20: 6, 25: 8, 100: 40}
    assert {n: median_ranks(n)[0] for n in known} == known
    assert [median_ranks(n) for n in (0, 1, 5)] == [None] * 3
    assert median_ranks(20) == (6, 15)
    assert median_ranks(5000)[0] == 2431  # as the normal approximation has it: 2500 - 1.96 * sqrt(5000) / 2
