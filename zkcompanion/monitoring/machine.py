"""What the machine says of itself, as far as it does."""

from __future__ import annotations

import psutil


class MachineProbe:
    """Each `read` gives values by series since the one before."""

    def __init__(self) -> None:
        psutil.cpu_percent(percpu=True)

    def read(self) -> dict[str, float]:
        """Values of `machine.*`; takes some milliseconds at most."""
        cores = psutil.cpu_percent(percpu=True)
        memory = psutil.virtual_memory()
        swap = psutil.swap_memory()
        values = {f"machine.core/{number}": percent for number, percent in enumerate(cores)}
        values["machine.processor"] = sum(cores) / max(1, len(cores))
        values["machine.memory"] = float(memory.total - memory.available)
        values["machine.memory_free"] = float(memory.available)
        values["machine.swap"] = float(swap.used)
        return values
