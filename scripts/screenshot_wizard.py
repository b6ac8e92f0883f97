"""The scenes of the first run: each step as it is met on this machine, on small and on large windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from windowlab import settle

if TYPE_CHECKING:
    from screenshot_scenes import Stage

_NARROW, _SIZE = (720, 900), (1180, 800)
_STEPS = ("look", "answer", "advice", "proof")


def wizard_look(stage: Stage) -> None:
    """The first screen, before anything is measured."""
    stage.window.go("wizard", again=True)
    stage.wait(lambda: _done(stage, "look"), "the first verdict")
    stage.take("wizard-look")


def wizard_sizes(stage: Stage) -> None:
    """Each step on a narrow window, with large text and in high contrast."""
    window, theme = stage.window, stage.window.context.theme
    chosen = stage.desk.preferences.current.theme
    for step in _STEPS:
        window.go("wizard", step=step)
        stage.wait(lambda step=step: step == "proof" or _done(stage, step), step)  # type: ignore[misc]
        window.resize(*_NARROW)
        stage.take(f"wizard-narrow-{step}")
        window.resize(*_SIZE)
        theme.apply(chosen, 200)
        stage.take(f"wizard-large-{step}")
        theme.apply("high-contrast", 100)
        stage.take(f"wizard-contrast-{step}")
        theme.apply(chosen, 100)
    settle(stage.app, 0.3)


def wizard_measure(stage: Stage) -> None:
    """The offer to measure, a real measurement, and what came of it."""
    stage.window.go("wizard", step="calibrate")
    stage.take("wizard-measure-offer")
    stage.click("hardware-calibrate")
    settle(stage.app, 9.0)
    stage.take("wizard-measuring")
    stage.wait(lambda: _done(stage, "calibrate"), "the end of measuring")
    stage.take("wizard-measured")


def wizard_answer(stage: Stage) -> None:
    """The ladder, and a rung that is read with the keyboard."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QWidget

    stage.window.go("wizard", step="answer")
    stage.wait(lambda: _done(stage, "answer"), "the answer")
    ladder = stage.window.page.findChild(QWidget, "wizard-ladder")
    assert isinstance(ladder, QWidget)
    ladder.setFocus()
    QTest.keyClick(ladder, Qt.Key.Key_Up)
    stage.take("wizard-answer")


def wizard_advice(stage: Stage) -> None:
    """What would help."""
    stage.window.go("wizard", step="advice")
    stage.wait(lambda: _done(stage, "advice"), "the advice")
    stage.take("wizard-advice")


def wizard_proof(stage: Stage) -> None:
    """The first proof: before, while it is made, and verified."""
    stage.window.go("wizard", step="proof")
    stage.wait(lambda: _enabled(stage, "wizard-prove"), "the example")
    stage.take("wizard-proof")
    stage.click("wizard-prove")
    stage.take("wizard-proving", settle_s=0.0)
    stage.wait(lambda: _done(stage, "proof"), "the first proof")
    stage.take("wizard-proved")
    stage.window.resize(*_NARROW)
    stage.take("wizard-narrow-proved")
    stage.window.resize(*_SIZE)


def _enabled(stage: Stage, name: str) -> bool:
    from PySide6.QtWidgets import QWidget

    found = stage.window.page.findChild(QWidget, name)
    return isinstance(found, QWidget) and found.isVisible() and found.isEnabled()


def _done(stage: Stage, step: str) -> bool:
    from zkcompanion.ui.wizard.page import WizardPage

    page = stage.window.page
    assert isinstance(page, WizardPage)
    return page.state.mark(step) == "done"  # type: ignore[arg-type]


#: In this order, each with (beginnings of) the names of its pictures.
WIZARD_SCENES: tuple[tuple[tuple[str, ...], Callable[[Stage], None]], ...] = (
    (("wizard-look",), wizard_look),
    (tuple(f"wizard-{size}-{step}" for size in ("narrow", "large", "contrast") for step in _STEPS), wizard_sizes),
    (("wizard-measure", "wizard-measuring", "wizard-measured"), wizard_measure),
    (("wizard-answer",), wizard_answer),
    (("wizard-advice",), wizard_advice),
    (("wizard-proof", "wizard-proving", "wizard-proved", "wizard-narrow-proved"), wizard_proof),
)
