"""Alerts against tables that were worked out by hand: a row is a look, `-` a look without a value."""

import pytest

from zkcompanion.base.messages import msg
from zkcompanion.rules.evaluator import Evaluator
from zkcompanion.rules.rule import Rule


def rule(name="hot", **others):
    given = {"series": "t", "comparison": "above", "threshold": 90.0, "unit": "celsius"} | others
    return Rule(name, msg("Hot"), msg("It is hot."), msg("Cool it."), **given)


def table(text):
    """Seconds, value and what is to be told of each row."""
    for line in text.strip().splitlines():
        time, value, *told = line.split()
        yield float(time), {} if value == "-" else {"t": float(value)}, told


def played(evaluator, text):
    for now_s, values, expected in table(text):
        slept = expected[:1] == ["slept"]
        told = [f"{one.kind}" for one in evaluator.take(now_s, values, slept=slept)]
        assert told == expected[slept:], f"at {now_s}"


TABLES = {
    "three seconds beyond 90, five at 80 or below": (
        {"for_s": 3, "clear_for_s": 5, "margin": 10},
        """
        0 85
        1 90
        2 91 pending
        3 95
        4 91
        5 92 opened
        6 96 worse
        7 96
        8 85
        9 80
        10 81
        11 79
        12 79
        13 79
        14 79
        15 79
        16 79 ended
        17 79
        """,
    ),
    "before it opens, one value that is not beyond begins anew": (
        {"for_s": 2},
        """
        0 91 pending
        1 91
        2 90 dropped
        3 91 pending
        4 91
        5 91 opened
        6 90 ended
        """,
    ),
    "below": (
        {"comparison": "below", "threshold": 10.0, "margin": 2.0, "for_s": 1, "clear_for_s": 1},
        """
        0 9 pending
        1 8 opened
        2 7 worse
        3 11
        4 12
        5 12 ended
        """,
    ),
    "no duration: at once, and over at once": (
        {"threshold": 0.0},
        """
        0 0
        1 1 opened
        2 2 worse
        3 1
        4 0 ended
        """,
    ),
    "a missing value counts for neither, and undoes nothing": (
        {"for_s": 3, "clear_for_s": 2},
        """
        0 91 pending
        1 91
        2 -
        3 91
        4 91
        5 91 opened
        6 80
        7 80
        8 -
        9 80
        10 80 ended
        """,
    ),
    "missed looks count for neither": (
        {"for_s": 3, "clear_for_s": 3},
        """
        0 91 pending
        1 91
        61 91
        62 91
        63 91 opened
        64 80
        164 80
        165 80
        166 80
        167 80 ended
        """,
    ),
    "sleep counts for neither, by a clock that stands still then": (
        {"for_s": 2, "clear_for_s": 2},
        """
        0 91 pending
        1 91 slept
        2 91
        3 91 opened
        4 80
        5 80 slept
        6 80
        7 80 ended
        """,
    ),
    "a value that is no number is none": (
        {"for_s": 2},
        """
        0 91 pending
        1 nan
        2 inf
        3 91
        4 91
        5 91 opened
        """,
    ),
    "no value for a minute of looks: over, and nobody saw when": (
        {"unseen_s": 3},
        """
        0 91 opened
        1 -
        2 -
        50 -
        51 - ended
        """,
    ),
    "no value while it is pending": (
        {"for_s": 9, "unseen_s": 2},
        """
        0 91 pending
        1 -
        2 - dropped
        3 91 pending
        """,
    ),
}


@pytest.mark.parametrize(("made", "text"), TABLES.values(), ids=TABLES)
def test_an_alert_changes_when_the_table_says_so(made, text):
    played(Evaluator([rule(**made)]), text)


def test_what_is_told_of_an_alert_is_exact():
    evaluator = Evaluator([rule(for_s=1, clear_for_s=2, margin=10)])
    told = [
        one for t, v in enumerate((91, 93, 99, 80, 85, 70, 70, 70), start=100) for one in evaluator.take(t, {"t": v})
    ]
    assert [(one.kind, one.at_s, one.since_s, one.worst, one.counted_s, one.unseen) for one in told] == [
        ("pending", 100, 100, 91, 0, False),
        ("opened", 101, 100, 93, 1, False),
        ("worse", 102, 100, 99, 2, False),
        # 80 at 103 was no end: the second until 85 at 104 counts as lasting
        ("ended", 107, 100, 99, 4, False),
    ]


def test_each_label_is_an_alert_of_its_own():
    evaluator = Evaluator([rule(series="gpu.t/*", for_s=1)])
    rows = [
        ({"gpu.t/0": 95, "gpu.t/1": 20, "gpu.x/0": 99}, ["pending gpu.t/0"]),
        ({"gpu.t/0": 95, "gpu.t/1": 99}, ["opened gpu.t/0", "pending gpu.t/1"]),
        ({"gpu.t/0": 80, "gpu.t/1": 99}, ["ended gpu.t/0", "opened gpu.t/1"]),
    ]
    for now_s, (values, expected) in enumerate(rows):
        assert [f"{one.kind} {one.series}" for one in evaluator.take(now_s, values)] == expected
        assert evaluator.values == {"hot": max(v for k, v in values.items() if k.startswith("gpu.t"))}


def test_a_share_of_other_series_is_what_is_compared():
    evaluator = Evaluator([rule(series="free/*", of=("used/*", "free/*"), comparison="below", threshold=10.0)])
    for now_s, (free, used, value, told) in enumerate(
        [(10, 90, 10, []), (5, 95, 5, ["opened"]), (0, 0, 0, ["worse"]), (-1, 1, None, []), (50, 50, 50, ["ended"])]
    ):
        changes = evaluator.take(now_s, {"free/a": free, "used/a": used, "free/b": 1})
        assert [one.kind for one in changes] == told
        assert evaluator.values.get("hot") == value


def test_times_that_do_not_add_up_by_a_rounding_still_do():
    evaluator = Evaluator([rule(for_s=0.3)])
    told = [one.kind for n in range(4) for one in evaluator.take(n * 0.1, {"t": 91.0})]
    assert told == ["pending", "opened"]


def test_an_alert_of_an_earlier_run_goes_on_or_ended_unseen():
    evaluator = Evaluator([rule(margin=10), rule("cold", series="c"), rule("off", series="o", enabled=False)])
    assert evaluator.resume("hot", "t", 5.0, worst=97.0, counted_s=40.0)
    assert evaluator.resume("cold", "c", 5.0, worst=97.0, counted_s=40.0)
    assert not evaluator.resume("off", "o", 5.0, worst=1.0, counted_s=1.0)
    assert not evaluator.resume("gone", "t", 5.0, worst=1.0, counted_s=1.0)
    changes = evaluator.take(6.0, {"t": 85.0, "c": 20.0})
    assert [(one.kind, one.rule.id, one.unseen, one.counted_s) for one in changes] == [("ended", "cold", True, 40.0)]
    assert [(one.kind, one.worst) for one in evaluator.take(7.0, {"t": 98.0})] == [("worse", 98.0)]
    assert (evaluator.lasted_s("hot", "t"), evaluator.lasted_s("hot", "u")) == (42.0, 0.0)
    assert [(one.kind, one.unseen, one.counted_s) for one in evaluator.take(8.0, {"t": 80.0})] == [
        ("ended", False, 42.0)
    ]


def test_an_alert_of_an_earlier_run_whose_value_does_not_come_is_over():
    evaluator = Evaluator([rule(unseen_s=2)])
    evaluator.resume("hot", "t", 0.0, worst=97.0, counted_s=1.0)
    told = [(one.kind, one.unseen, now_s) for now_s in range(4) for one in evaluator.take(now_s, {})]
    assert told == [("ended", True, 2)]


def test_another_rule_holds_from_the_next_look():
    evaluator = Evaluator([rule(for_s=2), rule("cold", series="c")])
    evaluator.take(0, {"t": 91.0, "c": 91.0})
    assert [one.kind for one in evaluator.change(rule(for_s=1, threshold=89.0), 0.5)] == ["dropped"]
    assert [one.kind for one in evaluator.take(1, {"t": 90.0, "c": 91.0})] == ["pending"]
    assert [one.kind for one in evaluator.take(2, {"t": 90.0, "c": 91.0})] == ["opened"]
    assert evaluator.change(rule(threshold=80.0), 2.5) == []
    assert evaluator.take(3, {"t": 85.0, "c": 91.0}) == []
    assert evaluator.values == {"hot": 85.0, "cold": 91.0}
    assert [one.kind for one in evaluator.change(rule(enabled=False), 3.5)] == ["ended"]
    assert evaluator.values == {"cold": 91.0}
    assert evaluator.take(4, {"t": 99.0, "c": 91.0}) == []
