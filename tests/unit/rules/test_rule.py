import math

import pytest

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.rules.rule import MOST_S, Rule


def rule(**others):
    given = {"id": "hot", "series": "t", "comparison": "above", "threshold": 90.0, "unit": "celsius"} | others
    return Rule(title=msg("Hot"), meaning=msg("It is hot."), advice=msg("Cool it."), **given)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Hot"},
        {"id": "hot\n"},
        {"series": "T"},
        {"series": "t/*x/"},
        {"of": ("ok", "not ok")},
        {"comparison": "over"},
        {"severity": "awful"},
        {"threshold": math.nan},
        {"threshold": math.inf},
        {"margin": -1.0},
        {"for_s": -1.0},
        {"clear_for_s": MOST_S + 1},
        {"unseen_s": -1.0},
    ],
)
def test_what_is_no_rule_is_refused(wrong):
    with pytest.raises(UsageError):
        rule(**wrong)


def test_the_way_back_lies_on_the_good_side():
    assert rule(margin=5.0).clear == 85.0
    below = rule(comparison="below", margin=5.0)
    assert below.clear == 95.0
    assert (below.begins(90.0), below.begins(89.0), below.lasts(94.0), below.lasts(95.0)) == (False, True, True, False)
    assert (below.worse(1.0, 2.0), rule().worse(1.0, 2.0)) == (True, False)


def test_what_a_person_changes_is_changed_alone():
    changed = rule().changed(threshold=95, margin=3, for_s=7, clear_for_s=8, severity="critical", enabled=False)
    assert changed == rule(threshold=95.0, margin=3.0, for_s=7.0, clear_for_s=8.0, severity="critical", enabled=False)
    assert isinstance(changed.threshold, float)


@pytest.mark.parametrize(
    "wrong",
    [
        {"series": "u"},
        {"threshold": "90"},
        {"threshold": True},
        {"threshold": math.nan},
        {"enabled": 1},
        {"severity": 1},
        {"severity": "awful"},
        {"for_s": -1},
    ],
)
def test_what_cannot_be_changed_so_is_refused(wrong):
    with pytest.raises(UsageError):
        rule().changed(**wrong)
