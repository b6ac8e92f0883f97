"""The first run, step by step, without a window: states, what leads from one to the next, and what is remembered.

A state is frozen; every transition gives another one and touches nothing else. Whatever happens, each step can be gone
on from, gone back from and left, and a state that was written down is found again as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

Step = Literal["look", "calibrate", "answer", "advice", "proof"]
#: `open`: not come to, or left by going back or ahead; `skipped`: passed by; `done`: what it is for came to pass.
Mark = Literal["open", "skipped", "done"]
#: "": under way; `finished`: its end was reached; `dismissed`: a person went elsewhere before.
Ended = Literal["", "finished", "dismissed"]

STEPS: tuple[Step, ...] = get_args(Step)
#: Where `app/preferences` remembers it.
TOPIC, NAME = "wizard", "state"


@dataclass(frozen=True, slots=True)
class WizardState:
    """`trail`: the steps that led here, the last one is shown; always in the order of `STEPS` and never empty.

    `marks`: one for each of `STEPS`.
    """

    trail: tuple[Step, ...] = STEPS[:1]
    marks: tuple[Mark, ...] = ("open", "open", "open", "open", "open")
    ended: Ended = ""

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.trail[-1]

    @property
    def last(self) -> bool:
        """Whether no step comes after this one."""
        return self.step == STEPS[-1]

    def mark(self, step: Step) -> Mark:
        """What became of a step."""
        return self.marks[STEPS.index(step)]


def go_to(state: WizardState, step: Step) -> WizardState:
    """Show a step, from wherever one is. Steps before it that led here stay the way back; none is marked by it."""
    before = tuple(one for one in state.trail if STEPS.index(one) < STEPS.index(step))
    return replace(state, trail=(*before, step), ended="")


def forward(state: WizardState) -> WizardState:
    """The next step; one that is left before it was done is skipped. From the last one the wizard is finished."""
    if state.mark(state.step) == "open":
        state = _marked(state, state.step, "skipped")
    if state.last:
        return replace(state, ended="finished")
    return go_to(state, STEPS[STEPS.index(state.step) + 1])


def back(state: WizardState) -> WizardState:
    """The step that led here; the first one stays."""
    return replace(state, trail=state.trail[:-1] or state.trail, ended="")


def done(state: WizardState, step: Step) -> WizardState:
    """What a step is for came to pass, whichever is shown by now."""
    return _marked(state, step, "done")


def leave(state: WizardState) -> WizardState:
    """A person went elsewhere: it does not come by itself again. What was finished stays so."""
    return state if state.ended else replace(state, ended="dismissed")


def take_up(state: WizardState | None) -> WizardState:
    """Asked for again: where it was left, from the beginning where there was none or it was finished."""
    if state is None or state.ended == "finished":
        return WizardState()
    return replace(state, ended="")


def comes_by_itself(state: WizardState | None, *, used_before: bool) -> bool:
    """Whether a start of the program shows it: at the very first, and after one that was closed in the middle of it.

    `state`: what was remembered. `used_before`: somebody worked with this home already, perhaps with a version that had
    no wizard.
    """
    return not used_before if state is None else not state.ended


def to_plain(state: WizardState) -> dict[str, object]:
    """For `PreferenceStore.remember`: words only."""
    return {"trail": list(state.trail), "marks": list(state.marks), "ended": state.ended}


def from_plain(plain: object) -> WizardState | None:
    """What `to_plain` gave; None for anything else."""
    if not isinstance(plain, Mapping):
        return None
    trail, marks, ended = plain.get("trail"), plain.get("marks"), plain.get("ended")
    if not isinstance(trail, list) or not isinstance(marks, list) or ended not in get_args(Ended):
        return None
    if not trail or [one for one in STEPS if one in trail] != trail:
        return None
    if len(marks) != len(STEPS) or any(mark not in get_args(Mark) for mark in marks):
        return None
    return WizardState(tuple(trail), tuple(marks), cast("Ended", ended))


def _marked(state: WizardState, step: Step, mark: Mark) -> WizardState:
    marks = list(state.marks)
    marks[STEPS.index(step)] = mark
    return replace(state, marks=tuple(marks))
