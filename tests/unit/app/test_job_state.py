from dataclasses import replace

import pytest

from tests.support.job_records import record, result
from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.job_progress import PhaseProgress, RunProgress
from zkcompanion.app.job_state import MOST_ENDED, MOST_PROOFS, PLAN, surplus
from zkcompanion.app.job_views import ExpectationView
from zkcompanion.app.views import BudgetView
from zkcompanion.base.messages import msg


def running(*, number=1, phases=(), **more):
    return RunProgress(number, phases, **more)


def done(name, seconds):
    return PhaseProgress(name, running=False, seconds=seconds)


EXPECTED = ExpectationView(8.0, 12.0, 3, (("witness", 2.0), ("sum-a", 6.0), ("verify", 2.0)))


def test_the_inputs_are_not_kept():
    job = record()
    assert job.order.inputs is None
    assert job.order.title == msg("C")


def test_a_waiting_job_shows_what_is_to_come():
    view = record().view(1.0)
    assert (view.state, view.elapsed_s, view.left_s, view.number, view.ended) == ("waiting", 0.0, None, 1, False)
    assert tuple(phase.phase for phase in view.phases) == PLAN
    assert all(phase.state == "waiting" for phase in view.phases)
    assert "check" not in [phase.phase for phase in record(r1cs=None).view(1.0).phases]


def test_a_running_job_shows_seconds_shares_and_what_is_expected():
    job = record()
    job.start(10.0, EXPECTED)
    job.hear(running(phases=(done("load", 1.0), done("witness", 2.5), PhaseProgress("sum-a", True, 3.0, 1, 4))), 16.5)
    view = job.view(17.0)
    assert view.elapsed_s == 7.0
    by_name = {phase.phase: phase for phase in view.phases}
    assert [phase.phase for phase in view.phases][:3] == ["load", "witness", "sum-a"]
    assert (by_name["witness"].state, by_name["witness"].share, by_name["witness"].expected_s) == ("done", 1.0, 2.0)
    assert (by_name["sum-a"].state, by_name["sum-a"].share, by_name["sum-a"].seconds) == ("running", 0.25, 3.5)
    assert (by_name["verify"].state, by_name["verify"].expected_s) == ("waiting", 2.0)
    assert job.running_phase == "sum-a"
    # of ten expected seconds, three quarters of six and all two of `verify` are to come
    assert view.left_s == pytest.approx((8.0 * 0.65, 12.0 * 0.65))


def test_a_phase_without_steps_goes_by_its_time():
    job = record()
    job.start(0.0, EXPECTED)
    job.hear(running(phases=(PhaseProgress("witness", True, 1.0),)), 1.0)
    assert job.view(1.0).phases[0].share is None
    assert job.view(1.0).left_s == pytest.approx((8.0 * 0.9, 12.0 * 0.9))
    assert job.view(3.0).left_s == pytest.approx((8.0 * 0.8, 12.0 * 0.8))


def test_only_the_innermost_phase_goes_on_between_two_words_of_the_worker():
    job = record()
    job.start(0.0, None)
    job.hear(running(number=0, phases=(PhaseProgress("load", True, 1.0), PhaseProgress("compile", True, 2.0))), 3.0)
    assert [phase.seconds for phase in job.view(4.0).phases[:2]] == [1.0, 3.0]
    assert job.view(2.0).phases[1].seconds == 2.0


def test_before_the_first_proof_all_of_it_is_to_come():
    job = record(repeat=3)
    job.start(0.0, EXPECTED)
    assert job.view(1.0).left_s == (24.0, 36.0)
    job.hear(running(number=0, phases=(PhaseProgress("load", True, 1.0),)), 1.0)
    assert job.view(1.0).left_s == (24.0, 36.0)


def test_the_proofs_before_this_one_say_what_is_to_be_expected():
    job = record(repeat=4)
    job.start(0.0, None)
    assert job.view(0.0).left_s is None
    progress = running(
        number=2, phases=(done("witness", 1.0),), shortest_s=4.0, longest_s=5.0, former=(("witness", 1.0), ("x", 3.0))
    )
    job.hear(progress, 5.0)
    assert job.view(5.0).left_s == pytest.approx((4.0 * 2.75, 5.0 * 2.75))
    assert job.view(5.0).phases[0].expected_s == 1.0
    job.hear(running(number=2, shortest_s=4.0, longest_s=5.0), 5.0)
    assert job.view(5.0).left_s == (12.0, 15.0), "where phases are not known, all of the proof is to come"


def test_a_job_that_is_done_shows_the_phases_of_its_last_proof():
    job = record(repeat=2)
    job.start(0.0, EXPECTED)
    job.hear(running(number=2, phases=(done("load", 1.0), PhaseProgress("witness", True, 0.5, 1, 9))), 2.0)
    job.end("done", 4.0, result=result(("witness", 2.0), ("verify", 1.0)))
    view = job.view(9.0)
    assert (view.state, view.ended, view.elapsed_s, view.left_s, view.number) == ("done", True, 4.0, None, 2)
    assert [(phase.phase, phase.state, phase.seconds, phase.share) for phase in view.phases] == [
        ("load", "done", 1.0, 1.0),
        ("witness", "done", 2.0, 1.0),
        ("verify", "done", 1.0, 1.0),
    ]


def test_a_job_that_failed_shows_how_far_it_came():
    job = record()
    job.start(0.0, None)
    job.hear(running(phases=(PhaseProgress("witness", True, 0.5, 1, 2),)), 1.0)
    job.end("failed", 2.0, error=ErrorView("x", msg("no")))
    (phase,) = job.view(3.0).phases
    assert (phase.state, phase.seconds, phase.share) == ("running", 0.5, 0.5)
    assert job.view(3.0).error.code == "x"
    assert job.began
    job.start(13.0, EXPECTED)
    assert all(phase.state == "waiting" for phase in job.view(13.0).phases)
    job.hear(running(phases=(PhaseProgress("sum-a", True, 3.0),)), 14.0)
    job.begin_again()
    job.end("failed", 15.0, error=ErrorView("bug", msg("Two.")))
    assert job.running_phase == "sum-a"
    assert [phase.phase for phase in job.view(15.0).phases] == ["sum-a"], "where it was lost"


def test_a_job_that_never_began_has_no_time():
    job = record()
    job.end("cancelled", 4.0)
    assert (job.view(9.0).elapsed_s, job.began, job.running_phase, job.ended) == (0.0, False, "", True)
    job = record()
    job.end("done", 4.0, result=result())
    assert job.view(5.0).phases == ()


def test_a_job_whose_worker_is_lost_waits_again_and_counts_it():
    job = record()
    job.worker, job.threads, job.kernels = "prover", 2, "scalar"
    job.start(10.0, EXPECTED)
    job.hear(running(phases=(done("load", 1.0),)), 11.0)
    view = job.view(11.0)
    assert (view.worker, view.threads, view.kernels, view.deaths) == ("prover", 2, "scalar", 0)
    assert (job.expected_s("sum-a"), job.expected_s("other")) == (6.0, None)
    job.begin_again()
    view = job.view(12.0)
    assert (view.state, view.worker, view.threads, view.deaths, view.elapsed_s) == ("waiting", None, 0, 1, 0.0)
    assert all(phase.state == "waiting" for phase in view.phases)
    assert job.began
    job.start(13.0, EXPECTED)
    assert all(phase.state == "waiting" for phase in job.view(13.0).phases)
    job.hear(running(phases=(PhaseProgress("sum-a", True, 3.0),)), 14.0)
    job.begin_again()
    job.end("failed", 15.0, error=ErrorView("bug", msg("Two.")))
    assert job.running_phase == "sum-a"
    assert [phase.phase for phase in job.view(15.0).phases] == ["sum-a"], "where it was lost"


def resumed(name):
    return PhaseProgress(name, running=False, seconds=0.0, resumed=True)


def lost(job, *phases, number=1):
    """Its worker ends in the last of them, and another one begins."""
    job.start(0.0, None)
    job.hear(running(number=number, phases=phases), 1.0)
    job.begin_again()
    assert (job.view(2.0).state, job.view(2.0).resumed_from) == ("waiting", None)
    job.start(2.0, EXPECTED)


def test_what_a_worker_goes_on_from_is_shown_with_the_times_of_the_one_before():
    job = record()
    lost(job, done("witness", 2.5), PhaseProgress("sum-a", True, 3.0))
    job.hear(running(number=0, phases=(done("load", 0.5),)), 2.5)
    assert job.view(2.5).resumed_from is None, "not yet known"
    job.hear(running(phases=(done("load", 0.5), resumed("witness"), PhaseProgress("sum-a", True, 1.0))), 4.0)
    view = job.view(4.0)
    assert (view.deaths, view.resumed_from) == (1, "sum-a")
    assert [(one.phase, one.state, one.seconds, one.resumed) for one in view.phases[:3]] == [
        ("load", "done", 0.5, False),
        ("witness", "done", 2.5, True),
        ("sum-a", "running", 1.0, False),
    ]
    # witness is behind it, and a sixth of sum-a cannot be told
    assert view.left_s == pytest.approx((8.0 * 0.7, 12.0 * 0.7))
    job.hear(running(phases=(resumed("witness"), done("sum-a", 6.0), PhaseProgress("verify", True, 0.0))), 9.0)
    assert job.view(9.0).resumed_from == "sum-a"
    job.begin_again()
    job.start(9.0, None)
    job.hear(running(phases=(resumed("witness"), resumed("sum-a"), PhaseProgress("verify", True, 0.0))), 9.0)
    assert [one.seconds for one in job.view(9.0).phases[:2]] == [2.5, 6.0]
    assert job.view(9.0).resumed_from == "verify"


def test_a_run_goes_on_with_the_proof_after_those_that_were_made():
    job = record(repeat=4)
    lost(job, PhaseProgress("witness", True, 1.0), number=3)
    job.hear(running(number=3, phases=(PhaseProgress("witness", True, 1.0),)), 3.0)
    assert (job.view(3.0).number, job.view(3.0).resumed_from) == (3, "witness")


def test_a_run_that_begins_again_goes_on_from_nowhere():
    job = record(repeat=4)
    lost(job, PhaseProgress("witness", True, 1.0))
    job.hear(running(phases=(PhaseProgress("witness", True, 1.0),)), 3.0)
    job.hear(running(number=2, phases=(PhaseProgress("witness", True, 1.0),)), 4.0)
    assert job.view(4.0).resumed_from is None


def test_a_rest_that_was_done_before_its_worker_told_anything_is_shown_by_the_result():
    made = result(("verify", 1.0))
    went_on = replace(made, proofs=(replace(made.proofs[0], resumed=("witness", "sum-a")),))
    for ending, expected in ((went_on, "verify"), (made, None)):
        job = record()
        lost(job, done("witness", 2.5), PhaseProgress("sum-a", True, 3.0))
        job.end("done", 5.0, result=ending)
        assert job.view(5.0).resumed_from == expected
    job = record()
    lost(job, done("witness", 2.5), PhaseProgress("sum-a", True, 3.0))
    job.end("done", 5.0, result=went_on)
    assert [(one.phase, one.seconds, one.resumed) for one in job.view(5.0).phases] == [
        ("witness", 2.5, True),
        ("sum-a", 3.0, True),
        ("verify", 1.0, False),
    ]


def test_a_job_with_little_memory_says_so_until_it_turns_out_to_have_had_enough():
    job = record()
    assert not job.view(0.0).in_slices
    job.order = replace(job.order, memory_bytes=1000)
    assert job.view(0.0).in_slices
    job.end("done", 3.0, result=replace(result(), memory=BudgetView(1000, 900, "whole")))
    assert not job.view(4.0).in_slices
    job.result = replace(job.result, memory=BudgetView(1000, 900, "streamed"))
    assert job.view(4.0).in_slices


def ended_run(number, proofs):
    job = record()
    job.id, job.end_told = number, True
    one = result(("verify", 1.0))
    job.end("done", 3.0, result=replace(one, proofs=one.proofs * proofs) if proofs else None)
    return job


def test_runs_that_are_over_make_way_by_their_number_and_by_their_proofs_but_the_latest_stays():
    assert surplus([ended_run(number, 0) for number in range(MOST_ENDED + 3)]) == [2, 1, 0]
    half = MOST_PROOFS // 2
    assert surplus([ended_run(1, 1), ended_run(2, half), ended_run(3, half)]) == [1]
    assert surplus([ended_run(1, 0), ended_run(2, MOST_PROOFS + 1)]) == [1]
    told_later = ended_run(1, 1)
    told_later.end_told = False
    assert surplus([told_later, record(), ended_run(2, MOST_PROOFS)]) == []
