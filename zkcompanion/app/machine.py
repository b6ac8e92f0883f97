"""What machine this is, as far as it tells without being measured."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from zkcompanion.app.processor import processor_model
from zkcompanion.app.settings import usable_cpus


@dataclass(frozen=True, slots=True)
class MachineView:
    """`threads`: the logical processors that this process may use; `memory_bytes`: what is installed."""

    processor: str
    threads: int
    memory_bytes: int


def look_at_machine() -> MachineView:
    """Processor, usable threads and memory; reads small files of the system."""
    return MachineView(processor_model(), usable_cpus(), int(psutil.virtual_memory().total))
