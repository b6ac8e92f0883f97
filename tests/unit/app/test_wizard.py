"""The first run as a state machine: every state and transition, random walks, and what was written down."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.app import wizard
from zkcompanion.app.wizard import STEPS, WizardState

MARKS = ("open", "skipped", "done")
TRAILS = [trail for count in range(1, len(STEPS) + 1) for trail in itertools.combinations(STEPS, count)]
EVERY = [
    WizardState(trail, marks, ended)
    for trail in TRAILS
    for marks in itertools.product(MARKS, repeat=len(STEPS))
    for ended in ("", "finished", "dismissed")
]
MOVES = {
    "forward": wizard.forward,
    "back": wizard.back,
    "leave": wizard.leave,
    "take_up": wizard.take_up,
    **{f"go_to {step}": lambda state, step=step: wizard.go_to(state, step) for step in STEPS},
    **{f"done {step}": lambda state, step=step: wizard.done(state, step) for step in STEPS},
    "closed and opened": lambda state: wizard.from_plain(json.loads(json.dumps(wizard.to_plain(state)))),
}


def sound(state):
    return (
        len(state.trail) > 0
        and [step for step in STEPS if step in state.trail] == list(state.trail)
        and len(state.marks) == len(STEPS)
        and set(state.marks) <= set(MARKS)
        and state.ended in {"", "finished", "dismissed"}
    )


@pytest.mark.parametrize("name", MOVES)
def test_every_move_leads_from_every_state_to_one_that_can_be(name):
    assert len(EVERY) == 31 * 243 * 3
    assert all(sound(MOVES[name](state)) for state in EVERY)


def test_forward_goes_one_step_and_the_last_one_finishes():
    for state in EVERY:
        after = wizard.forward(state)
        here = STEPS.index(state.step)
        if state.last:
            assert after.ended == "finished"
            assert after.step == state.step
        else:
            assert after.ended == ""
            assert STEPS.index(after.step) == here + 1
            assert after.trail[:-1] == state.trail
        left = after.mark(state.step)
        assert left == ("skipped" if state.mark(state.step) == "open" else state.mark(state.step))
        # no other step is touched
        assert [mark for place, mark in enumerate(after.marks) if place != here] == [
            mark for place, mark in enumerate(state.marks) if place != here
        ]


def test_back_undoes_the_way_and_marks_nothing():
    for state in EVERY:
        after = wizard.back(state)
        assert after.marks == state.marks
        assert after.trail == (state.trail[:-1] if len(state.trail) > 1 else state.trail)
        if not state.last:
            assert wizard.back(wizard.forward(state)).trail == state.trail


def test_any_step_is_one_move_away_and_the_way_back_stays():
    for state in EVERY:
        for step in STEPS:
            after = wizard.go_to(state, step)
            assert (after.step, after.marks, after.ended) == (step, state.marks, "")
            assert set(after.trail[:-1]) <= set(state.trail)
            assert all(STEPS.index(one) < STEPS.index(step) for one in after.trail[:-1])


def test_prove_now_leads_to_the_proof_and_back_again():
    begun = WizardState()
    proof = wizard.go_to(begun, "proof")
    assert proof.trail == ("look", "proof")
    assert wizard.back(proof) == begun
    made = wizard.done(proof, "proof")
    assert made.mark("proof") == "done"
    assert wizard.forward(made).ended == "finished"
    # what was left out can still be gone through, and finishing afterwards forgets nothing
    rest = wizard.forward(wizard.go_to(made, "calibrate"))
    assert (rest.step, rest.mark("calibrate"), rest.mark("proof")) == ("answer", "skipped", "done")


def test_leaving_never_undoes_an_end():
    for state in EVERY:
        assert wizard.leave(state).ended == (state.ended or "dismissed")
        assert replaced(wizard.leave(state), state)


def replaced(after, before):
    return (after.trail, after.marks) == (before.trail, before.marks)


def test_it_is_taken_up_where_it_was_left_and_begun_anew_when_it_was_finished():
    assert wizard.take_up(None) == WizardState()
    for state in EVERY:
        after = wizard.take_up(state)
        assert after.ended == ""
        assert after == WizardState() if state.ended == "finished" else replaced(after, state)


def test_it_comes_by_itself_once():
    assert wizard.comes_by_itself(None, used_before=False)
    assert not wizard.comes_by_itself(None, used_before=True)
    for used in (True, False):
        assert wizard.comes_by_itself(WizardState(), used_before=used)
        assert not wizard.comes_by_itself(wizard.leave(WizardState()), used_before=used)
        assert not wizard.comes_by_itself(WizardState(ended="finished"), used_before=used)


def test_what_is_written_down_is_found_again():
    for state in EVERY:
        assert wizard.from_plain(json.loads(json.dumps(wizard.to_plain(state)))) == state


GOOD = {"trail": ["look", "proof"], "marks": ["open"] * 5, "ended": ""}


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        "look",
        {},
        GOOD | {"trail": []},
        GOOD | {"trail": "look"},
        GOOD | {"trail": ["proof", "look"]},
        GOOD | {"trail": ["look", "look"]},
        GOOD | {"trail": ["look", "what"]},
        GOOD | {"trail": [["look"]]},
        GOOD | {"marks": ["open"] * 4},
        GOOD | {"marks": ["open"] * 6},
        GOOD | {"marks": ["open"] * 4 + ["later"]},
        GOOD | {"marks": [[]] * 5},
        GOOD | {"marks": None},
        GOOD | {"ended": "never"},
        GOOD | {"ended": None},
        {name: GOOD[name] for name in ("trail", "marks")},
    ],
)
def test_anything_else_that_was_written_down_is_nothing(plain):
    assert wizard.from_plain(GOOD) is not None
    assert wizard.from_plain(plain) is None


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=60))
def test_no_walk_ends_in_a_corner_or_loses_a_step(walk):
    state = WizardState()
    for name in walk:
        before, state = state, MOVES[name](state)
        assert sound(state)
        if name == "closed and opened":
            assert state == before
        # going on or back shows a neighbour on the way: nothing between is passed over unseen
        if name == "forward":
            assert STEPS.index(state.step) - STEPS.index(before.step) in {0, 1}
        if name == "back":
            assert state.step in before.trail[-2:]
        if not name.startswith("done"):
            assert all(a == b or (a, b) == ("open", "skipped") or name == "take_up" for a, b in marks(before, state))
    # from wherever it went, going on ends it, and Home is one move away
    ended = state
    for _ in STEPS:
        ended = wizard.forward(ended) if ended.ended != "finished" else ended
    assert ended.ended == "finished"
    assert wizard.leave(state).ended


def marks(before, after):
    return zip(before.marks, after.marks, strict=True)
