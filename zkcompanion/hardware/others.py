"""Systems that we know nothing more of than what Python and psutil tell."""

from __future__ import annotations

import contextlib
import platform
from pathlib import Path

import psutil

from zkcompanion.hardware.cpuinfo import canonical_architecture, plain_name
from zkcompanion.hardware.disks import room
from zkcompanion.hardware.facts import Disk, Gpu, Limits, Memory, Platform, Power, Processor
from zkcompanion.hardware.limits import own_limits


class OtherSystem:
    """`folder`: our data's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def processor(self) -> Processor:
        """Kind and cores."""
        return Processor(
            model=plain_name(platform.processor()) or None,
            architecture=canonical_architecture(platform.machine()),
            physical_cores=psutil.cpu_count(logical=False),
            logical_cores=psutil.cpu_count(),
        )

    def memory(self) -> Memory:
        """Installed, available and swap."""
        memory = psutil.virtual_memory()
        swap_total = swap_free = None
        with contextlib.suppress(OSError, psutil.Error):
            swap = psutil.swap_memory()
            swap_total, swap_free = swap.total, swap.free
        return Memory(memory.total, memory.available, swap_total, swap_free)

    def disk(self) -> Disk:
        """Its room."""
        total, free = room(self._folder)
        return Disk(total_bytes=total, free_bytes=free)

    def gpus(self) -> tuple[Gpu, ...] | None:
        """Not told."""
        return None

    def power(self) -> Power:
        """Not told."""
        return Power()

    def limits(self) -> Limits:
        """Of this process."""
        return own_limits(here=True, container=None, virtual_machine=None)

    def versions(self) -> Platform:
        """Name and release."""
        return Platform("other", platform.release() or None, platform.system() or None, platform.python_version())
