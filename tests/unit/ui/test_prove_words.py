"""What jobs and finished runs are called on the page "Prove"."""

from dataclasses import replace

import pytest

from tests.support.window_views import job, proving
from zkcompanion.app.error_views import ErrorView
from zkcompanion.base.messages import msg
from zkcompanion.ui.pages.prove.words import job_percent, job_words, jobs_ahead, when


def text(view, ahead=0):
    return str(job_words(view, ahead).text)


def test_a_job_that_waits_says_why():
    assert text(job("waiting"), 1) == "Waits for 1 proof before it"
    assert text(job("waiting"), 3) == "Waits for 3 proofs before it"
    assert text(job("waiting")) == "Starts in a moment"
    why = msg("Waits for memory.")
    assert text(job("waiting", waits=why)) == "Waits for memory."
    soon = msg("Ready in about 2 minutes.")
    assert text(job("waiting", waits=why, ready=soon)) == "Waits for memory. Ready in about 2 minutes."


def test_a_job_that_runs_says_how_far_it_is():
    assert text(job("running")) == "Running"
    assert text(job("running", elapsed_s=1.0, left_s=(2.0, 4.0))) == "Running, 25 % done"
    assert text(job("running", repeat=10, number=4)) == "Proof 4 of 10"
    assert text(job("running", in_slices=True)) == "With little memory"
    assert text(job("running", in_slices=True, elapsed_s=1.0, left_s=(2.0, 4.0))) == "With little memory, 25 % done"
    assert job_percent(job("running", elapsed_s=5.0, left_s=(0.0, 0.0))) == 99
    assert job_percent(job("running", elapsed_s=0.0, left_s=(1.0, 2.0))) is None


def test_a_job_that_is_over_says_what_became_of_it():
    done = job("done", result=proving(proofs=1))
    assert text(done).startswith("Verified in ")
    assert "proofs verified" in text(replace(done, repeat=10, result=proving(proofs=10)))
    assert text(job("cancelled")) == "Cancelled"
    assert text(job("failed", error=ErrorView("input", msg("Input x does not fit.")))) == "Input x does not fit."
    assert text(job("failed")) == "No proof"


def test_only_jobs_that_are_not_over_are_ahead():
    waiting = job("waiting", id=5)
    others = (job("running", id=3), job("waiting", id=4), job("done", id=1), job("waiting", id=6), waiting)
    assert jobs_ahead(waiting, others) == 2


@pytest.mark.parametrize(
    ("ago_s", "said"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (2 * 3600, "2 hours ago"),
        (86400, "1 day ago"),
        (6 * 86400, "6 days ago"),
        (7 * 86400, None),
    ],
)
def test_when_is_told_in_words_for_a_week(ago_s, said):
    found = when(1_000_000.0 - ago_s, 1_000_000.0)
    assert (str(found) if found is not None else None) == said
