"""What an objective stands at, in sentences."""

from dataclasses import replace

import pytest

from zkcompanion.app import objective_words as words
from zkcompanion.base.messages import msg
from zkcompanion.monitoring.objectives import SHIPPED, Burn, Excluded, Ledger
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

NOW = 1_780_000_000.0
MADE = SHIPPED[0]


def judged(good, bad, *, ago=9e4, objective=MADE):
    proofs = tuple(
        ProofEvent(NOW - ago, 1.0, "verified" if number < good else "failed") for number in range(good + bad)
    )
    run = RunRecord(1, msg("C"), "f", "window", "", NOW - ago, NOW - ago, NOW - ago, "done", proofs=proofs)
    return Ledger(objective, [run]).judge(NOW)


def plain(message):
    return str(message).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50 %"), (0.992, "99.2 %"), (0.9984, "99.84 %"), (0.99984, "99.984 %"),
     (0.985337, "98.5 %"), (0.00012, "0.012 %"), (0.999999999999, "100 %"), (0.875, "87.5 %")],
)  # fmt: skip
def test_a_share_is_told_from_all_and_from_nothing(share, shown):
    assert plain(words.percent(share)) == shown


def test_what_was_attained_is_said_with_where_it_lies():
    assert plain(words.attained(judged(1240, 10))) == "99.2 % of 1 250 proofs, between 98.5 % and 99.62 %"
    assert plain(words.attained(judged(28, 1))) == "28 of 29 proofs: not enough data, 30 are needed"
    assert plain(words.attained(judged(1, 0))) == "1 of 1 proof: not enough data, 30 are needed"
    assert plain(words.attained(judged(0, 0))) == "No proof has counted yet."


@pytest.mark.parametrize(
    ("good", "bad", "ago", "found"),
    [
        (1240, 10, 4 * 86400.0, "met"),
        (1240, 10, 60.0, "met"),  # 0.8 times as fast as it may
        (990, 10, 60.0, "burning"),  # exactly as fast as it may, in both windows
        (1200, 50, 9e4, "missed"),
        (9, 0, 9e4, "few"),
    ],
)
def test_how_it_stands_in_a_word(good, bad, ago, found):
    assert words.standing(judged(good, bad, ago=ago)) == found
    assert found in words.STANDINGS


def test_the_budget_is_said():
    assert plain(words.budget(judged(1240, 10))) == "20 % left (10 bad, room for 12.5)"
    assert plain(words.budget(judged(98, 2))) == "overspent (2 bad, room for 1)"
    assert plain(words.budget(judged(0, 0))) == "begins with the first proof"


def test_what_is_wanted_is_said():
    assert plain(words.wanted(MADE)) == "At least 99 % within 30 days"
    assert plain(words.wanted(replace(SHIPPED[2], days=1))) == (
        "At least 95 % within 1 day: no more than 2 times the usual time of the circuit"
    )
    assert plain(words.wanted(SHIPPED[3])) == "At least 95 % within 30 days: no more than 60.0 s"


def test_how_fast_it_burns_is_said():
    assert plain(words.burn(Burn(3600.0, 1000, 144, 14.4))) == (
        "14.4 times as fast as it may (144 of 1 000 proofs were bad)"
    )
    assert plain(words.burn(Burn(3600.0, 1, 0, 0.0))) == "not at all (1 proof)"
    assert plain(words.burn(Burn(3600.0, 0, 0, None))) == "no proofs"
    assert [plain(words.window(one.window_s)) for one in words.burns(judged(1, 0))] == [
        "Last hour",
        "Last 6 hours",
        "Last 3 days",
    ]
    assert plain(words.window(300.0)) == "Last 5 minutes"


def test_a_month_is_said():
    assert plain(words.of_month(judged(1240, 10).months[-1])) == "99.2 % of 1 250 proofs"
    assert plain(words.of_month(judged(1, 0).months[-1])) == "100 % of 1 proof"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("cancelled", "2 proofs that you cancelled, 4.00 s"),
        ("refused", "2 proofs whose inputs or files did not fit, 4.00 s"),
        ("asleep", "2 proofs during which the computer slept, 4.00 s"),
        ("battery", "2 proofs on battery, 4.00 s"),
    ],
)
def test_what_does_not_count_is_said(kind, said):
    assert plain(words.excluded(Excluded(kind, 2, 4.0))) == said


def test_what_could_not_be_judged_is_said():
    assert words.unknown(judged(1, 0)) is None
    assert plain(words.unknown(judged(3, 0, objective=SHIPPED[2]))) == "3 proofs whose usual time is not known yet"
