import io
import json

import pytest

from zkcompanion.app.timing import PhaseAdvanced, PhaseFinished, PhaseStarted, ProofStarted
from zkcompanion.cli.output import Console
from zkcompanion.cli.progress import (
    TITLES,
    BarProgress,
    JsonProgress,
    NoProgress,
    PlainProgress,
    ProgressModel,
    choose_progress,
)
from zkcompanion.proving.phases import Phase


class HandClock:
    def __init__(self):
        self.now_s = 50.0

    def monotonic_s(self):
        return self.now_s


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    return HandClock()


def make_console(*, terminal=False, quiet=False):
    err = Terminal() if terminal else io.StringIO()
    return Console(io.StringIO(), err, quiet=quiet, environment={}), err


def test_every_phase_has_a_title():
    assert set(TITLES) == {phase.value for phase in Phase}


def test_a_phase_outside_a_proof_shows_its_own_share_and_time_left(clock):
    model = ProgressModel(clock)
    clock.now_s += 3
    model.hear(PhaseStarted(Phase.SETUP, 10))
    clock.now_s += 8
    model.hear(PhaseAdvanced(Phase.SETUP, 4, 10))
    view = model.view()
    assert (view.title, view.share_0_to_1, view.elapsed_s, view.left_s) == (TITLES["setup"], 0.4, 11.0, 12.0)


def test_the_time_left_shrinks_between_steps_and_is_unknown_when_it_is_over(clock):
    model = ProgressModel(clock)
    model.hear(PhaseStarted(Phase.COMPILE, 5))
    clock.now_s += 2
    model.hear(PhaseAdvanced(Phase.COMPILE, 1, 5))
    clock.now_s += 3
    assert model.view().left_s == 5.0
    clock.now_s += 6
    assert model.view().left_s is None


def test_a_phase_of_proofs_outside_of_one_shows_its_own_share(clock):
    model = ProgressModel(clock)
    model.hear(PhaseStarted(Phase.CHECK, 4))
    model.hear(PhaseAdvanced(Phase.CHECK, 1, 4))
    assert model.view().share_0_to_1 == 0.25


def test_a_phase_of_unknown_length_shows_no_share(clock):
    model = ProgressModel(clock)
    model.hear(PhaseStarted(Phase.LOAD, 0))
    assert model.view().share_0_to_1 is None


def test_nothing_open_is_the_start_or_just_work(clock):
    model = ProgressModel(clock)
    assert str(model.view().title) == "Starting"
    model.hear(PhaseStarted(Phase.LOAD, 0))
    model.hear(PhaseFinished(Phase.LOAD, 1.0))
    assert str(model.view().title) == "Working"


def test_a_proof_shows_the_share_of_all_its_phases_and_the_time_left(clock):
    model = ProgressModel(clock)
    model.hear(ProofStarted(1, 1))
    for phase in ("witness", "check", "constraints", "transforms", "sum-a", "sum-b1"):
        model.hear(PhaseStarted(Phase(phase), 1))
        model.hear(PhaseFinished(Phase(phase), 0.1))
    clock.now_s += 4.8
    model.hear(PhaseStarted(Phase.SUM_B2, 2))
    before = model.view()
    model.hear(PhaseAdvanced(Phase.SUM_B2, 1, 2))
    after = model.view()
    assert before.share_0_to_1 == pytest.approx(0.48)
    assert before.left_s == pytest.approx(5.2)
    assert after.share_0_to_1 == pytest.approx(0.61)


def test_the_first_moments_give_no_estimate(clock):
    model = ProgressModel(clock)
    model.hear(ProofStarted(1, 1))
    model.hear(PhaseStarted(Phase.SUM_H, 2))
    model.hear(PhaseAdvanced(Phase.SUM_H, 1, 2))
    clock.now_s += 0.1
    assert model.view().left_s is None


def test_the_time_left_counts_the_proofs_that_follow(clock):
    model = ProgressModel(clock)
    model.hear(ProofStarted(2, 4))
    model.hear(PhaseStarted(Phase.SUM_B2, 2))
    clock.now_s += 2.6
    model.hear(PhaseAdvanced(Phase.SUM_B2, 2, 2))
    view = model.view()
    assert (view.proof, view.proofs) == (2, 4)
    assert view.left_s == pytest.approx(7.4 + 2 * 10)


def test_plain_progress_is_a_line_for_each_phase_that_is_over():
    console, err = make_console()
    shown = PlainProgress(console)
    for phase, seconds in ((Phase.SUM_C, 0.5), (Phase.SUM_H, 0.01), (Phase.SUM_H, 0.0023)):
        shown.hear(PhaseStarted(phase, 1))
        shown.hear(PhaseFinished(phase, seconds))
    shown.tick()
    assert err.getvalue() == "Summing the points of C: 500 ms\n"
    shown.clear()
    shown.clear()
    assert err.getvalue() == "Summing the points of C: 500 ms\nSumming the points of H: 12.3 ms\n"


def test_json_progress_is_one_object_a_line_and_not_too_many(clock):
    console, err = make_console()
    shown = JsonProgress(console, clock)
    shown.hear(ProofStarted(1, 2))
    shown.hear(PhaseStarted(Phase.SUM_H, 300))
    for done in range(1, 101):
        shown.hear(PhaseAdvanced(Phase.SUM_H, done, 300))
    clock.now_s += 1
    shown.hear(PhaseAdvanced(Phase.SUM_H, 200, 300))
    shown.hear(PhaseFinished(Phase.SUM_H, 0.5))
    assert [json.loads(line) for line in err.getvalue().splitlines()] == [
        {"event": "proof-started", "proof": 1, "proofs": 2},
        {"event": "phase-started", "phase": "sum-h", "steps": 300},
        {"event": "phase-advanced", "phase": "sum-h", "done": 1, "steps": 300},
        {"event": "phase-advanced", "phase": "sum-h", "done": 200, "steps": 300},
        {"event": "phase-finished", "phase": "sum-h", "seconds": 0.5},
    ]


def test_the_bar_waits_a_moment_then_draws_and_leaves_nothing_behind(clock):
    console, err = make_console(terminal=True)
    bar = BarProgress(console, clock)
    bar.hear(PhaseStarted(Phase.SETUP, 4))
    bar.tick()
    bar.clear()
    assert err.getvalue() == ""
    clock.now_s += 1
    bar.hear(PhaseAdvanced(Phase.SETUP, 1, 4))
    bar.tick()
    assert err.getvalue() == "\r[####------------]  25 %  1.00 s  about 3.00 s left  Making the key\x1b[K"
    bar.tick()  # too soon to draw again
    bar.clear()
    assert err.getvalue().endswith("\x1b[K\r\x1b[K")
    assert err.getvalue().count("\r") == 2


def test_the_bar_tells_which_proof_and_how_long_it_will_take(clock):
    console, _ = make_console(terminal=True)
    bar = BarProgress(console, clock)
    bar.hear(ProofStarted(3, 9))
    bar.hear(PhaseStarted(Phase.SUM_B2, 1))
    clock.now_s += 1
    bar.hear(PhaseAdvanced(Phase.SUM_B2, 1, 1))
    line = bar.line(bar._model.view())
    assert line.endswith("1.00 s  about 25.9 s left  Proof 3 of 9  Summing the points of B in G2")


def test_a_terminal_that_is_gone_stops_the_drawing_only(clock):
    console, err = make_console(terminal=True)
    bar = BarProgress(console, clock)
    clock.now_s += 1
    err.close()
    bar.tick()
    bar.clear()


@pytest.mark.parametrize(
    ("how", "terminal", "quiet", "kind"),
    [
        ("auto", True, False, BarProgress),
        ("auto", True, True, NoProgress),
        ("auto", False, False, NoProgress),
        ("plain", False, False, PlainProgress),
        ("json", False, True, JsonProgress),
        ("none", True, False, NoProgress),
    ],
)
def test_how_progress_is_shown(how, terminal, quiet, kind):
    console, _ = make_console(terminal=terminal, quiet=quiet)
    shown = choose_progress(how, console)
    assert type(shown) is kind
    shown.hear(PhaseStarted(Phase.LOAD, 0))
    shown.tick()
    shown.clear()


def test_of_proofs_made_elsewhere_the_number_and_the_time_left_are_told(clock):
    model = ProgressModel(clock)
    model.hear(ProofStarted(1, 5))
    assert model.view().share_0_to_1 is None
    clock.now_s += 4.0
    model.hear(ProofStarted(3, 5))
    clock.now_s += 1.0
    view = model.view()
    assert (view.share_0_to_1, view.left_s, view.elapsed_s, view.proof) == (0.4, 5.0, 5.0, 3)
    console, err = make_console()
    plain = PlainProgress(console)
    plain.hear(ProofStarted(1, 5))
    plain.hear(ProofStarted(3, 5))
    assert err.getvalue() == "2 of 5 proofs\n"
