"""What a calibration found; free of NumPy, since the window shows it."""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.costs.rates import Rates

#: With less than this share of quiet measurements the machine was busy with other work.
BUSY = 0.5


@dataclass(frozen=True, slots=True)
class MachineSpeeds:
    """Bytes a second: read and written memory on one core and on all, and the disk's, None where it cannot be told."""

    memory_one: float
    memory_all: float
    disk_write: float | None
    disk_read: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found. `quiet`: the share of the measurements in which no other program was in the way."""

    unix_s: float
    seconds: float
    rates: Rates
    speeds: MachineSpeeds
    quiet: float

    @property
    def busy(self) -> bool:
        """Whether other programs were in the way most of the time; then all cores were not measured together."""
        return self.quiet < BUSY
