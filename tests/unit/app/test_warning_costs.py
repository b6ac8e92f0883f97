"""What warnings cost: every figure here is worked out by hand."""

import pytest

from zkcompanion.app.monitor_views import AlertView
from zkcompanion.app.warning_costs import LEAST_PAIRS, warning_costs
from zkcompanion.base.messages import msg
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

END = 1_000_000.0


def alert(rule, begin, end, *, environment=True, standing=False, number=1):
    return AlertView(
        number,
        rule,
        msg("{rule}", rule=rule),
        msg("Meaning."),
        msg("Advice."),
        "warning",
        "open" if end is None else "ended",
        "machine.temperature",
        "celsius",
        92.0,
        begin,
        end,
        95.0,
        10.0,
        environment=environment,
        standing=standing,
    )


def run(*proofs, circuit="c", kernels="ifma", threads=2, **more):
    """Proofs as (end, seconds)."""
    events = tuple(ProofEvent(end, seconds, "verified") for end, seconds in proofs)
    return RunRecord(
        0, msg("C"), circuit, "window", "w", 0.0, 0.0, END, "done", kernels, threads, proofs=events, **more
    )


def hot_and_cool(ratios):
    """Pairs of proofs: of 10 s without a warning, and of `ratio` times that in the middle of one."""
    proofs, alerts = [], []
    for number, ratio in enumerate(ratios):
        at = 1000.0 * number
        proofs += [(at + 100, 10.0), (at + 500, 10.0 * ratio)]
        alerts.append(alert("heat", at + 400, at + 600, number=number + 1))
    return alerts, run(*proofs)


def only(found):
    (view,) = found
    return view


def test_the_cost_is_the_median_of_pairs_with_the_interval_of_the_sign_test():
    # 9 pairs: the median is the 5th, and the 2nd and the 8th hold it at 96.1 %
    alerts, made = hot_and_cool([1.5, 1.1, 1.2, 1.3, 2.0, 1.4, 1.6, 1.7, 1.0])
    view = only(warning_costs(alerts, [made], 0.0, END))
    assert (view.times, view.seconds, view.open) == (9, 9 * 200.0, False)
    assert view.share == pytest.approx(1800 / END)
    cost = view.cost
    assert (cost.proofs, cost.pairs, cost.mixed) == (9, 9, 0)
    assert (cost.ratio, cost.low, cost.high) == pytest.approx((1.4, 1.1, 1.7))
    # 128 s of proofs, of which 1/1.4 would have been enough
    assert cost.lost_s == pytest.approx(128.0 * (1 - 1 / 1.4))
    assert str(view.sentence) == "Proofs took 1.40 times as long (1.10 to 1.70, 9 pairs): about 36.6 s in all."


@pytest.mark.parametrize(("pairs", "known"), [(1, False), (5, False), (6, True)])
def test_below_six_pairs_nothing_is_said(pairs, known):
    alerts, made = hot_and_cool([1.5] * pairs)
    view = only(warning_costs(alerts, [made], 0.0, END))
    assert (view.cost.ratio is not None) is known
    assert LEAST_PAIRS == 6
    said = str(view.sentence)
    assert said.startswith("Proofs took 1.50 times" if known else "Not enough data")
    if pairs == 1:
        assert said == "Not enough data: 1 pair of like proofs with and without it; 6 are needed."


def test_an_interval_with_1_in_it_tells_no_cost():
    alerts, made = hot_and_cool([0.9, 1.2, 0.8, 1.1, 1.3, 1.0])
    view = only(warning_costs(alerts, [made], 0.0, END))
    assert (view.cost.low, view.cost.high) == pytest.approx((0.8, 1.3))
    assert str(view.sentence) == "No cost can be told: proofs took 1.05 times as long (0.80 to 1.30, 6 pairs)."
    alerts, made = hot_and_cool([0.9, 0.8, 0.8, 0.7, 0.95, 0.9])
    assert str(only(warning_costs(alerts, [made], 0.0, END)).sentence).startswith("Proofs took no longer: 0.85 times")


def test_only_like_proofs_are_compared():
    alerts, made = hot_and_cool([1.5] * 6)
    others = [
        run(*((1000.0 * n + 50, 1.0) for n in range(6)), **{name: value})
        for name, value in (("circuit", "d"), ("kernels", "scalar"), ("threads", 1))
    ]
    assert only(warning_costs(alerts, [made, *others], 0.0, END)).cost.ratio == pytest.approx(1.5)
    # without those alike there is no pair
    during = run(*((1000.0 * n + 500, 15.0) for n in range(6)))
    assert only(warning_costs(alerts, [during, *others], 0.0, END)).cost.pairs == 0


def test_a_pair_is_the_nearest_in_time_and_each_proof_is_in_one():
    # calm: 100 s at 100 and 10 s at 390; a proof at 500 takes the one at 390, one at 550 what is left
    alerts = [alert("heat", 400, 600)]
    made = run((100, 50.0), (390, 10.0), (500, 20.0), (550, 20.0), (580, 20.0))
    cost = only(warning_costs(alerts, [made], 0.0, END)).cost
    assert (cost.proofs, cost.pairs) == (3, 2)


def test_what_another_warning_touched_is_no_proof_without():
    alerts, made = hot_and_cool([1.5] * 6)
    # beside each calm proof something else was wrong, which is not of the environment at first
    beside = [alert("swapping", 1000.0 * n + 50, 1000.0 * n + 150, environment=False, number=20 + n) for n in range(6)]
    assert only(warning_costs([*alerts, *beside], [made], 0.0, END)).cost.pairs == 6
    beside = [alert("swapping", 1000.0 * n + 95, 1000.0 * n + 150, number=20 + n) for n in range(6)]
    by_rule = {view.rule: view for view in warning_costs([*alerts, *beside], [made], 0.0, END)}
    assert by_rule["heat"].cost.pairs == 0
    # 5 of the 10 seconds are half of the proof
    assert by_rule["swapping"].cost.proofs == 6


def test_less_than_half_of_a_proof_is_neither_with_nor_without():
    made = run(*((1000.0 * n + 500, 10.0) for n in range(6)))
    alerts = [alert("heat", 1000.0 * n + 496, 1000.0 * n + 600, number=n + 1) for n in range(6)]
    assert only(warning_costs(alerts, [made], 0.0, END)).cost.proofs == 0


def test_two_warnings_at_a_time_are_told():
    alerts, made = hot_and_cool([1.5] * 6)
    both = [*alerts, alert("busy-machine", 4400, 5600, number=50)]
    by_rule = {view.rule: view for view in warning_costs(both, [made], 0.0, END)}
    heat = by_rule["heat"]
    # the calm proof at 5100 lies in the other one, so a pair is missing
    assert (heat.cost.proofs, heat.cost.pairs, heat.cost.mixed) == (6, 5, 1)
    both = [*alerts, alert("busy-machine", 5400, 5600, number=50)]
    heat = {view.rule: view for view in warning_costs(both, [made], 0.0, END)}["heat"]
    assert str(heat.caution) == "In 1 of the pairs another warning was there too."


def test_what_is_there_all_the_time_is_compared_with_nothing_and_spoils_nothing():
    alerts, made = hot_and_cool([1.5] * 6)
    always = alert("no-vectors", 0.0, None, standing=True, number=99)
    by_rule = {view.rule: view for view in warning_costs([*alerts, always], [made], 0.0, END)}
    assert by_rule["heat"].cost.ratio == pytest.approx(1.5)
    assert (by_rule["no-vectors"].cost.proofs, by_rule["no-vectors"].open) == (0, True)
    assert "nothing to compare" in str(by_rule["no-vectors"].sentence)
    assert by_rule["heat"].caution is None


def test_times_are_of_the_stretch_that_was_asked_for_and_an_open_one_lasts():
    alerts = [
        alert("heat", 0.0, 50.0),
        alert("heat", 80.0, 120.0, number=2),
        alert("heat", 180.0, None, number=3),
        alert("heat", 300.0, 400.0, number=4),
    ]
    view = only(warning_costs(alerts, [], 100.0, 200.0))
    assert (view.times, view.seconds, view.share, view.open) == (2, 40.0, 0.4, True)
    assert str(view.sentence) == "No proof was made meanwhile."


@pytest.mark.parametrize(
    "spoilt",
    [
        {"asleep_s": 5.0},
        {"circuit": ""},
        {"proofs": (ProofEvent(500.0, 15.0, "failed"),)},
        {"proofs": (ProofEvent(500.0, None, "verified"),)},
        {"proofs": (ProofEvent(500.0, 15.0, "verified", lost=1),)},
        {"proofs": (ProofEvent(END + 1, 15.0, "verified"),)},
    ],
)
def test_what_says_nothing_of_time_does_not_count(spoilt):
    events = spoilt.pop("proofs", None)
    record = run((500, 15.0), **spoilt)
    if events is not None:
        record = RunRecord(0, msg("C"), "c", "window", "w", 0.0, 0.0, END, "done", "ifma", 2, proofs=events)
    assert only(warning_costs([alert("heat", 400, None)], [record], 0.0, END)).cost.proofs == 0


def test_what_cost_most_comes_first_and_then_what_lasted_longest():
    alerts, made = hot_and_cool([1.5] * 6)
    more = [alert("swapping", 900_000, 990_000, number=60), alert("disk-full", 900_000, 900_010, number=61)]
    assert [one.rule for one in warning_costs([*more, *alerts], [made], 0.0, END)] == ["heat", "swapping", "disk-full"]


def test_the_nearest_may_be_the_later_one():
    # one of 50 s lies 400 s before each, one of 10 s 100 s after it
    proofs = [(1000.0 * n + at, seconds) for n in range(6) for at, seconds in ((100, 50.0), (500, 20.0), (650, 10.0))]
    alerts = [alert("heat", 1000.0 * n + 400, 1000.0 * n + 600, number=n + 1) for n in range(6)]
    assert only(warning_costs(alerts, [run(*proofs)], 0.0, END)).cost.ratio == pytest.approx(2.0)


def test_a_proof_that_a_warning_touched_before_the_first_date_is_none_to_compare_with():
    """It was slow then too, by a warning that is not among those that are counted."""
    alerts, made = hot_and_cool([1.5] * LEAST_PAIRS)
    hot = run(*((one.end_unix_s, one.seconds) for one in made.proofs if one.seconds > 10.0))
    slow = run(*((-4000.0 - 100 * number, 100.0) for number in range(LEAST_PAIRS)))
    quiet = run(*((-8000.0 - 100 * number, 10.0) for number in range(LEAST_PAIRS)))
    swapped = alert("swap", -6000.0, -3000.0, number=90)
    view = only(warning_costs([*alerts, swapped], [hot, slow, quiet], 0.0, END))
    assert (view.rule, view.cost.pairs, view.cost.ratio) == ("heat", LEAST_PAIRS, 1.5)
    assert not view.cost.mixed


def test_an_alert_that_ends_before_it_begins_lasts_no_time():
    """As a file may have it of a clock that was set back."""
    alerts, made = hot_and_cool([1.5] * LEAST_PAIRS)
    backwards = [alert("heat", at + 50, at - 100, number=100 + at) for at in range(0, 9000, 1000)]
    plain, bent = (only(warning_costs(some, [made], 0.0, END)) for some in (alerts, [*alerts, *backwards]))
    assert (bent.seconds, bent.cost) == (plain.seconds, plain.cost)
