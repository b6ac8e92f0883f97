"""Objectives against tables that were computed by hand; the arithmetic stands beside them."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base.messages import msg
from zkcompanion.monitoring import objectives
from zkcompanion.monitoring.objectives import (
    BURNS,
    DAY_S,
    SHIPPED,
    Excluded,
    Incident,
    Ledger,
    Objective,
    problem,
    verdict,
)
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()
MADE = Objective("m", msg("M"), "success", 0.99)
MINUTE, HOUR = 60.0, 3600.0


def run(*proofs, number=1, begin=None, **more):
    values = {
        "id": number,
        "title": msg("C"),
        "fingerprint": "f",
        "source": "window",
        "worker": "prover",
        "submitted_unix_s": NOW,
        "begin_unix_s": proofs[0].end_unix_s - 2.0 if begin is None else begin,
        "end_unix_s": proofs[-1].end_unix_s,
        "outcome": "done",
        "proofs": proofs,
    }
    return RunRecord(**(values | more))


def event(ago_s, what="verified", seconds=1.0, **more):
    return ProofEvent(NOW - ago_s, seconds, what, **more)


def runs(*events):
    return [run(one, number=number) for number, one in enumerate(events, 1)]


def many(count, ago_s, what="verified"):
    return [event(ago_s, what) for _ in range(count)]


def judged(objective, *events):
    return Ledger(objective, runs(*events)).judge(NOW, UTC)


# -- what counts, and as what

V, U, F, R, C = "verified", "unverified", "failed", "refused", "cancelled"


@pytest.mark.parametrize(
    ("indicator", "what", "more", "found"),
    [
        # of those that were begun, those that were made
        ("success", V, {}, True),
        ("success", U, {}, True),
        ("success", F, {}, False),
        ("success", R, {}, "refused"),
        ("success", C, {}, "cancelled"),
        # of those that were made, those that verified
        ("verified", V, {}, True),
        ("verified", U, {}, False),
        ("verified", F, {}, None),
        ("verified", R, {}, None),
        ("verified", C, {}, None),
        # of those that lost a worker, those that verified
        ("recovered", V, {"lost": 1}, True),
        ("recovered", V, {}, None),
        ("recovered", F, {"lost": 2}, False),
        ("recovered", U, {"lost": 1}, False),
        ("recovered", C, {"lost": 1}, "cancelled"),
        ("recovered", C, {}, None),
    ],
)
def test_what_counts_and_as_what(indicator, what, more, found):
    proof = event(1, what, **more)
    assert verdict(replace(MADE, indicator=indicator), run(proof), proof) == found


@pytest.mark.parametrize(
    ("bound", "what", "more", "found"),
    [
        ({"bound_s": 2.0}, V, {"seconds": 2.0}, True),
        ({"bound_s": 2.0}, V, {"seconds": 2.001}, False),
        ({"bound_s": 2.0}, V, {"seconds": None}, "unknown"),
        ({"bound_s": 2.0}, F, {"seconds": None}, None),
        ({"bound_s": 2.0}, U, {"seconds": 1.0}, None),
        ({}, V, {"seconds": 1.0}, "unknown"),
        # 3 times a usual 0.5 s are 1.5 s
        ({"bound_times": 3.0}, V, {"seconds": 1.5, "usual_s": 0.5}, True),
        ({"bound_times": 3.0}, V, {"seconds": 1.6, "usual_s": 0.5}, False),
        ({"bound_times": 3.0}, V, {"seconds": 1.0}, "unknown"),
    ],
)
def test_a_bound_is_of_seconds_or_of_the_usual_time(bound, what, more, found):
    proof = event(1, what, **more)
    assert verdict(replace(MADE, indicator="fast", **bound), run(proof), proof) == found


def test_sleep_and_battery_are_left_out_where_the_objective_says_so():
    proof = event(1, F)
    asleep, battery = run(proof, asleep_s=40.0), run(proof, battery=True)
    all_out, none = replace(MADE, exclusions=("asleep", "battery")), replace(MADE, exclusions=())
    assert [verdict(all_out, one, proof) for one in (asleep, battery)] == ["asleep", "battery"]
    assert [verdict(none, one, proof) for one in (asleep, battery)] == [False, False]


# -- attained and budget


def test_the_budget_of_1250_proofs_at_99_percent():
    # allowed: 0.01 * 1250 = 12.5; bad: 10; left: 12.5 - 10 = 2.5, which is 2.5 / 12.5 = 0.2 of it
    # share: 1240 / 1250 = 0.992
    found = judged(MADE, *many(1240, HOUR), *many(10, 2 * HOUR, F))
    assert (found.events, found.bad, found.share) == (1250, 10, 0.992)
    assert (found.allowed, found.left, found.left_share) == (12.5, 2.5, 0.2)
    assert (found.enough, found.met) == (True, True)
    assert (found.low, found.high) == pytest.approx((0.985337, 0.996157), abs=1e-6)


@pytest.mark.parametrize(
    ("target", "events", "bad", "allowed", "left_share", "met"),
    [
        # 0.1 % of 1000 is 1: the one bad event spends it whole, and the objective is just met
        (0.999, 1000, 1, 1.0, 0.0, True),
        # 0.1 % of 1000 is 1: two bad events overspend it by 1
        (0.999, 1000, 2, 1.0, -1.0, False),
        # 1 % of 100 is 1, none spent
        (0.99, 100, 0, 1.0, 1.0, True),
        # 5 % of 40 is 2; 3 spent: 1 - 3/2
        (0.95, 40, 3, 2.0, -0.5, False),
        # half of 30 is 15; 12 spent: 1 - 12/15
        (0.5, 30, 12, 15.0, 0.2, True),
    ],
)
def test_budgets_by_hand(target, events, bad, allowed, left_share, met):
    found = judged(replace(MADE, target=target), *many(events - bad, HOUR), *many(bad, HOUR, F))
    assert (found.allowed, found.left_share, found.met) == (allowed, left_share, met)


@pytest.mark.parametrize(("events", "enough", "met"), [(0, False, None), (29, False, None), (30, True, True)])
def test_below_30_events_nothing_is_said_of_how_it_is_met(events, enough, met):
    found = judged(MADE, *many(events, HOUR))
    assert (found.enough, found.met) == (enough, met)
    assert (found.share is None) == (found.low is None) == (found.left_share is None) == (events == 0)


def test_only_the_window_counts():
    # 7 days: what ended 7 days ago to the second is out, one second later it is in; what is to come is out
    found = judged(replace(MADE, days=7), event(7 * DAY_S), event(7 * DAY_S - 1, F), event(0), event(-1, F))
    assert (found.events, found.bad) == (2, 1)


# -- burn rates

TABLE = [
    # window, events, bad, rate at a target of 99 %: (bad / events) / 0.01
    (300.0, 125, 18, 14.4),  # 0.144 / 0.01
    (3600.0, 1000, 144, 14.4),
    (1800.0, 50, 3, 6.0),  # 0.06 / 0.01
    (21600.0, 200, 5, 2.5),  # 0.025 / 0.01
    (259200.0, 400, 4, 1.0),  # 0.01 / 0.01
    (259200.0, 400, 0, 0.0),
]


@pytest.mark.parametrize(("window_s", "events", "bad", "rate"), TABLE)
def test_burn_rates_by_hand(window_s, events, bad, rate):
    within = window_s - 1
    found = judged(MADE, *many(events - bad, within), *many(bad, within, F), *many(7, window_s + 1, F))
    burns = {one.window_s: one for pair in found.burns for one in (pair.long, pair.short)}
    assert (burns[window_s].events, burns[window_s].bad, burns[window_s].rate) == (events, bad, rate)


def burning(*events, target=0.99):
    return [pair.burning for pair in judged(replace(MADE, target=target), *events).burns]


def test_the_windows_are_those_of_the_workbook():
    assert [(float(rate), long / HOUR, short / MINUTE) for rate, long, short in BURNS] == [
        (14.4, 1, 5),
        (6, 6, 30),
        (1, 72, 360),
    ]


def test_both_windows_must_burn():
    # within 5 minutes: 18 of 125 (14.4); within the hour: 18 + 126 of 1000 (14.4); 6 h and 30 min burn above 6 as well
    recent = [*many(107, MINUTE), *many(18, MINUTE, F)]
    earlier = [*many(749, 50 * MINUTE), *many(126, 50 * MINUTE, F)]
    assert burning(*recent, *earlier) == [True, True, True]
    # one bad event less in the hour: 143 of 1000 are 14.3
    assert burning(*recent, *earlier[:-1], *many(1, 50 * MINUTE)) == [False, True, True]
    # the same hour, but nothing bad in the last five minutes: over already; in the last 30 minutes nothing bad either
    assert burning(*many(125, MINUTE), *earlier) == [False, False, True]
    # no event in the last five minutes says nothing of now
    assert burning(*earlier) == [False, False, True]


def test_a_target_that_is_no_binary_fraction_is_meant_as_written():
    # 1 of 1000 at 99.9 % is exactly 1, and 6 of 1000 exactly 6: not a hair below
    slow = [*many(999, MINUTE), *many(1, MINUTE, F)]
    assert burning(*slow, target=0.999) == [False, False, True]
    assert burning(*many(994, MINUTE), *many(6, MINUTE, F), target=0.999) == [False, True, True]


def test_a_few_events_do_not_raise_an_alarm():
    # 29 events, all bad: a rate of 100, and not enough to say so
    assert burning(*many(29, MINUTE, F)) == [False, False, False]
    assert burning(*many(30, MINUTE, F)) == [True, True, True]
    assert judged(MADE, *many(29, MINUTE, F)).burning is False
    assert judged(MADE, *many(30, MINUTE, F)).burning is True


def test_without_events_there_is_no_rate():
    found = judged(MADE)
    assert {one.rate for pair in found.burns for one in (pair.long, pair.short)} == {None}
    assert (found.worst, found.excluded, found.unknown, found.burning) == ((), (), 0, False)


# -- incidents, exclusions, days


def test_bad_events_with_no_good_one_between_them_are_one_incident():
    # good at 100, bad at 90 and 80, good at 70, bad at 60, 50, 40, good at 30, bad at 20; runs 1 to 8
    found = judged(
        MADE, event(100), event(90, F), event(80, F), event(70), event(60, F), event(50, F), event(40, F), event(30),
        event(20, F),
    )  # fmt: skip
    assert found.worst == (
        Incident(NOW - 62, NOW - 40, 3, (5, 6, 7)),
        Incident(NOW - 92, NOW - 80, 2, (2, 3)),
        Incident(NOW - 22, NOW - 20, 1, (9,)),
    )


def test_of_incidents_that_are_alike_the_latest_is_first_and_five_are_shown():
    events = [one for ago in range(20, 0, -2) for one in (event(ago * 10, F), event(ago * 10 - 5))]
    found = judged(MADE, *events)
    assert [incident.end_unix_s for incident in found.worst] == [NOW - 20, NOW - 40, NOW - 60, NOW - 80, NOW - 100]


def test_what_was_left_out_is_told_with_its_seconds():
    # each run began 2 s before its first proof ended: 2 s each
    ledger = Ledger(MADE, runs(event(30, C), event(20, R), event(10, C), event(40 * DAY_S, C)))
    ledger.add([run(event(9, F), event(4, F), asleep_s=3.0)])  # 2 s and 5 s
    found = ledger.judge(NOW, UTC)
    assert found.excluded == (Excluded("asleep", 2, 7.0), Excluded("cancelled", 2, 4.0), Excluded("refused", 1, 2.0))
    assert found.events == 0
    assert judged(replace(MADE, indicator="fast", bound_times=2.0), event(3), event(40 * DAY_S)).unknown == 1


def at(day, hour, what=V):
    return ProofEvent(datetime(2026, 11, day, hour, tzinfo=UTC).timestamp(), 1.0, what)


def test_days_and_months_by_hand():
    found = judged(replace(MADE, days=2), at(1, 5), at(24, 11, F), at(25, 0), at(25, 23, F), at(26, 1))
    # the window begins on the 24th at noon; its days are whole
    assert [(one.name, one.events, one.bad, one.share) for one in found.days] == [
        ("2026-11-24", 1, 1, 0.0),
        ("2026-11-25", 2, 1, 0.5),
        ("2026-11-26", 1, 0, 1.0),
    ]
    assert [(one.name, one.events, one.bad) for one in found.months[-2:]] == [("2026-10", 0, 0), ("2026-11", 5, 2)]
    assert [one.name for one in found.months[:2]] == ["2025-12", "2026-01"]
    assert found.months[0].share is None


def test_what_ends_at_midnight_is_of_one_day_also_when_it_is_midnight_now():
    midnight = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    ledger = Ledger(
        replace(MADE, days=1), runs(ProofEvent(midnight, 1.0, F), ProofEvent(midnight - 1, 1.0, "verified"))
    )
    found = ledger.judge(midnight, UTC)
    assert [(one.name, one.events, one.bad) for one in found.days] == [("2026-11-30", 1, 0), ("2026-12-01", 1, 1)]
    assert [(one.name, one.events, one.bad) for one in found.months[-2:]] == [("2026-11", 1, 0), ("2026-12", 1, 1)]


def test_a_day_begins_at_midnight_where_one_is():
    # 23:30 UTC on the 25th is the 26th two hours further east
    east = timezone(timedelta(hours=2))
    ledger = Ledger(
        replace(MADE, days=1), runs(ProofEvent(datetime(2026, 11, 25, 23, 30, tzinfo=UTC).timestamp(), 1.0, F))
    )
    assert [(one.name, one.bad) for one in ledger.judge(NOW, east).days] == [("2026-11-25", 0), ("2026-11-26", 1)]
    assert [(one.name, one.bad) for one in ledger.judge(NOW, UTC).days] == [("2026-11-25", 1), ("2026-11-26", 0)]


# -- order, size, monotony

chance = st.tuples(st.integers(0, 400), st.sampled_from([V, F, C, R]))


@given(st.lists(chance, max_size=20), st.integers(0, 20), st.integers(0, 500), st.integers(0, 500))
def test_events_count_the_same_in_whatever_order_they_come(events, cut, begin, end):
    made = [run(event(ago, what), number=number) for number, (ago, what) in enumerate(events)]
    ledger = Ledger(MADE, made[:cut])
    ledger.add(made[cut:])
    counted = [what for ago, what in events if what in {V, F} and NOW - begin < NOW - ago <= NOW - end]
    assert ledger.count(NOW - begin, NOW - end) == (len(counted), counted.count(F))
    assert ledger.judge(NOW, UTC) == Ledger(MADE, reversed(made)).judge(NOW, UTC)


@given(st.lists(st.booleans(), min_size=1, max_size=25), st.floats(0.5, 0.9999))
def test_one_more_bad_event_never_helps(good, target):
    objective = replace(MADE, target=target)
    events = [event(9, V if one else F) for one in good]
    before = judged(objective, *events, event(1))
    after = judged(objective, *events, event(1, F))
    assert after.share < before.share
    assert after.left_share < before.left_share
    assert after.low <= before.low
    assert after.high <= before.high
    assert (after.met or False) <= (before.met or False)
    for worse, better in zip(after.burns, before.burns, strict=True):
        assert worse.long.rate > better.long.rate


@given(st.floats(0.5, 0.9998), st.floats(0.00001, 0.4))
def test_a_higher_target_leaves_less(target, more):
    higher = min(0.9999, target + more)
    events = [*many(40, HOUR), *many(2, HOUR, F)]
    low, high = (judged(replace(MADE, target=one), *events) for one in (target, higher))
    assert high.left_share < low.left_share
    assert high.allowed < low.allowed


def test_a_hundred_thousand_events_are_judged_at_once():
    proofs = tuple(ProofEvent(NOW - 100_000 + number, 1.0, F if number % 500 == 0 else V) for number in range(100_000))
    ledger = Ledger(MADE, [run(*proofs)])
    begun_s = time.perf_counter()
    ledger.add([run(event(0))])
    found = ledger.judge(NOW, UTC)
    assert time.perf_counter() - begun_s < 0.5
    assert (found.events, found.bad) == (100_001, 200)


def test_of_too_many_events_the_oldest_go(monkeypatch):
    monkeypatch.setattr(objectives, "_MOST_EVENTS", 10)
    ledger = Ledger(MADE, runs(*(event(100 - number, F if number < 3 else V) for number in range(10))))
    ledger.add(runs(event(1)))
    assert ledger.count(0, NOW) == (8, 0)  # 10 * 4 / 5, of which none of the first three
    ledger.add(runs(*many(30, 5, C)))
    assert ledger.judge(NOW, UTC).excluded[0].events == 10


# -- what a person may choose


@pytest.mark.parametrize("objective", SHIPPED)
def test_what_is_shipped_may_be_chosen(objective):
    assert problem(objective) is None


@pytest.mark.parametrize(
    "change",
    [{"target": 0.49}, {"target": 1.0}, {"days": 0}, {"days": 366}, {"bound_s": 0.0}, {"bound_times": 0.5},
     {"target": float("nan")}, {"bound_s": float("inf")},
     {"indicator": "fast"}],
)  # fmt: skip
def test_what_makes_no_sense_is_said(change):
    assert problem(replace(MADE, **change)) is not None
