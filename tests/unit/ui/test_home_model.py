"""Home says only what was measured here, and puts first what matters most."""

from dataclasses import replace

import pytest

from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import JobView, WorkerView
from zkcompanion.base.messages import msg
from zkcompanion.ui.pages.home_model import TIPS, answer, attention, share_done, tip, when

NOW_S = 1_800_000_000.0


def record(number=1, **changes):
    made = ProofRecord(
        id=number,
        unix_s=NOW_S,
        circuit="sudoku",
        title=msg("A solved sudoku"),
        source="sudoku",
        fingerprint="f",
        outcome="verified",
        proofs=1,
        seconds=0.115,
        constraints=18434,
        kernels="ifma",
        threads=2,
        key="ok",
    )
    return replace(made, **changes)


def job(**changes):
    made = JobView(1, "sudoku", msg("A solved sudoku"), "f", "running", NOW_S, elapsed_s=3.0)
    return replace(made, **changes)


def ids(items):
    return [item.id for item in items]


def test_nothing_is_claimed_before_a_proof_was_made():
    assert str(answer((), ()).headline) == "Nothing has been proved on this computer yet."
    assert "proved on" in str(answer((record(outcome="failed", seconds=None),), ()).headline)


def test_the_answer_is_the_largest_circuit_and_the_time_of_the_last_proof():
    found = answer((record(2, seconds=0.115, constraints=1200), record(1)), ())
    assert str(found.headline).replace("\N{NO-BREAK SPACE}", " ") == (
        "This computer has proved circuits up to 18 434 constraints."
    )
    assert "115 ms" in str(found.sentence)


def test_circuits_of_unknown_size_are_counted_instead():
    one = record(constraints=None)
    assert str(answer((one,), ()).headline) == "This computer has made one proof."
    assert str(answer((one, one), ()).headline) == "This computer has made 2 proofs."


def test_a_proof_without_a_time_is_still_said():
    assert "took" not in str(answer((record(seconds=None),), ()).sentence)


def test_a_name_of_any_length_leaves_the_sentence_readable():
    assert len(str(answer((record(title=msg("{name}", name="n" * 5000)),), ()).sentence)) < 200


def test_all_is_well_after_a_good_proof():
    assert attention((record(),), (WorkerView("prover", "ready"),)) == ()


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ({"outcome": "failed", "error_code": "unsatisfied-witness"}, ["failed"]),
        ({"outcome": "failed", "error_code": "something-new"}, ["failed"]),
        ({"key": "development"}, ["key"]),
        ({"key": "insecure"}, ["key"]),
        ({"kernels": "reference"}, ["kernels"]),
    ],
)
def test_the_last_run_is_spoken_of(last, expected):
    assert ids(attention((record(**last),), ())) == expected


def test_a_cancelled_run_does_not_hide_the_failure_before_it():
    runs = (record(3, outcome="cancelled"), record(2, outcome="failed"), record(1))
    assert ids(attention(runs, ())) == ["failed"]


def test_reference_arithmetic_that_was_asked_for_is_no_news():
    assert attention((record(kernels="reference"),), (), kernels="reference") == ()


def test_the_worst_comes_first():
    items = attention(
        (record(key="development"),),
        (WorkerView("prover", "ready", deaths=2),),
        notices=(("history", msg("history.json was damaged.")),),
        crash=True,
    )
    assert ids(items) == ["crash", "worker", "history", "key"]
    assert [item.tone for item in items] == ["bad", "bad", "caution", "caution"]


def test_a_worker_that_died_is_said_to_be_replaced_only_where_another_took_its_place():
    (replaced,) = attention((), (WorkerView("prover", "ready", deaths=1), WorkerView("clerk", "ready")))
    assert str(replaced.text) == "A worker process ended by itself, and another took its place."
    assert "went on from where it was" in str(replaced.detail)
    (left,) = attention((), (WorkerView("prover", "off", deaths=3), WorkerView("clerk", "ready")))
    assert "not started again" in str(left.text)
    assert "Restart workers in Settings" in str(left.detail)
    assert left.way == "engine"
    assert attention((), (WorkerView("prover", "off"),)) == ()


def test_how_far_a_job_is_comes_from_what_is_left():
    assert share_done(job()) is None
    assert share_done(job(left_s=(0.0, 2.0))) == pytest.approx(0.75)
    assert share_done(job(left_s=(0.0, 0.0))) == pytest.approx(0.99)
    assert share_done(job(elapsed_s=0.0, left_s=(0.0, 0.0))) is None


def test_days_are_called_by_their_names():
    assert str(when(NOW_S, NOW_S)).startswith("today ")
    assert str(when(NOW_S - 86400, NOW_S)).startswith("yesterday ")
    assert str(when(NOW_S - 5 * 86400, NOW_S)).startswith("2027-01-")


def test_tips_go_round():
    assert tip(len(TIPS)) == tip(0)
    assert len({str(one) for one in TIPS}) == len(TIPS)
