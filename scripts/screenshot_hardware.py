"""The scenes of the page "Hardware", of this computer as it is, before and after it was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from windowlab import settle

if TYPE_CHECKING:
    from screenshot_scenes import Stage

    from zkcompanion.ui.pages.hardware.answers import Answers

_LOOK_S, _MEASURE_S = 30, 120
_SIZE, _NARROW = (1180, 800), (900, 800)


def _answers(stage: Stage, tab: str) -> Answers:
    """The page on a tab, once there is an answer."""
    from zkcompanion.ui.pages.hardware.page import HardwarePage

    stage.window.go("hardware", tab=tab)
    page = stage.window.page
    assert isinstance(page, HardwarePage)
    stage.wait(lambda: page.answers.answer is not None and page.answers.advice is not None, "the answer", _LOOK_S)
    settle(stage.app, 0.5)
    return page.answers


def computer(stage: Stage) -> None:
    """What it is, by its description."""
    _answers(stage, "computer")
    stage.take("hardware-computer")


def workloads(stage: Stage) -> None:
    """The catalogue, a row of it and why, and a part of it."""
    _answers(stage, "workloads")
    stage.window.go("hardware", tab="workloads", workload="anon-aadhaar")
    stage.take("hardware-workloads")
    stage.click("hardware-tier-barely")
    stage.click("hardware-tier-too-large")
    stage.click("hardware-workloads-groups")
    stage.take("hardware-workloads-some")
    stage.click("hardware-workloads-all")
    stage.click("hardware-workloads-groups")


def what_if(stage: Stage) -> None:
    """Another computer, what it changes, and the table about it."""
    from zkcompanion.ui.pages.hardware.advice_tab import AdviceTab

    answers = _answers(stage, "advice")
    stage.take("hardware-advice")
    tab = stage.window.page.tab  # type: ignore[attr-defined]
    assert isinstance(tab, AdviceTab)
    slider = tab.panel.memory.slider
    slider.setFocus()
    slider.setValue(round(0.6 * slider.maximum()))
    tab.panel.cores.slider.setValue(4)
    stage.wait(lambda: answers.imagined, "the other computer's answer", _LOOK_S)
    stage.take("hardware-what-if")
    stage.click("hardware-what-if-see")
    stage.take("hardware-what-if-table")
    stage.click("hardware-workloads-here")
    stage.click("hardware-workloads-all")


def warnings(stage: Stage) -> None:
    """What disturbs proofs."""
    stage.window.go("hardware", tab="warnings")
    stage.take("hardware-warnings", settle_s=0.8)


def narrow(stage: Stage) -> None:
    """A small window, and large text."""
    stage.window.resize(*_NARROW)
    for tab in ("computer", "workloads", "advice"):
        _answers(stage, tab)
        stage.take(f"hardware-narrow-{tab}")
    stage.window.resize(*_SIZE)
    theme = stage.window.context.theme
    theme.apply(stage.desk.preferences.current.theme, 200)
    for tab in ("computer", "workloads", "advice"):
        _answers(stage, tab)
        stage.take(f"hardware-large-{tab}")
    theme.apply(stage.desk.preferences.current.theme, 100)
    settle(stage.app, 0.3)


def measured(stage: Stage) -> None:
    """While it is measured, and what came of it."""
    _answers(stage, "computer")
    ended: list[object] = []
    stage.window.context.bridge.calibration_ended.connect(ended.append)
    stage.click("hardware-calibrate")
    settle(stage.app, 8.0)
    stage.take("hardware-measuring")
    stage.wait(lambda: ended, "the end of the measuring", _MEASURE_S)
    stage.take("hardware-measured", settle_s=1.5)


#: In this order, each with (beginnings of) the names of its pictures.
HARDWARE_SCENES: tuple[tuple[tuple[str, ...], Callable[[Stage], None]], ...] = (
    (("hardware-computer",), computer),
    (("hardware-workloads", "hardware-workloads-some"), workloads),
    (("hardware-advice", "hardware-what-if", "hardware-what-if-table"), what_if),
    (("hardware-warnings",), warnings),
    (
        tuple(f"hardware-{kind}-{tab}" for kind in ("narrow", "large") for tab in ("computer", "workloads", "advice")),
        narrow,
    ),
    (("hardware-measuring", "hardware-measured"), measured),
)
