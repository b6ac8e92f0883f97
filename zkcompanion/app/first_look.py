"""The first answer about this computer, in one call that waits for as little as there is to wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcompanion.app.hardware_views import AnswerView, MachineFacts

if TYPE_CHECKING:
    from zkcompanion.app.hardware_service import HardwareService


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What this computer is, and what it can prove."""

    facts: MachineFacts
    answer: AnswerView


def first_look(hardware: HardwareService) -> FirstLook:
    """Look at the machine where that was not done yet, and answer; blocks for less than two seconds."""
    facts = hardware.facts()
    return FirstLook(facts if facts is not None else hardware.look(), hardware.answer())
