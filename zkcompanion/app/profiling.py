"""Profiles of proofs: the work of each phase beside its time and beside what this machine could do at most."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from zkcompanion.app.memory import PeakMeter, PhaseMemory
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import PhaseProfile, Profile
from zkcompanion.base.clock import Clock
from zkcompanion.base.messages import msg
from zkcompanion.proving.backend import PROFILING, Backend
from zkcompanion.proving.limit import Multiplications

#: The limit is the median of this many measurements of about two milliseconds.
_MEASUREMENTS = 9
_MEASUREMENT_S = 0.002
_FIRST_PRODUCTS = 1 << 14

#: Said where there is none.
NO_PROFILE = msg("There is no profile: it counts the work of compiled kernels, and Python integers compute here.")


@dataclass(frozen=True)
class Profiler:
    """`limit_s`: seconds of one field multiplication, see `measure_limit`; `threads`: that a proof may use."""

    limit_s: float
    threads: int

    def profile(
        self,
        phases: Mapping[str, float],
        work: Mapping[str, int],
        seconds: float,
        memory: Mapping[str, PhaseMemory] = MappingProxyType({}),
    ) -> Profile:
        """Of one proof: seconds by phase, field multiplications of those phases that count them, seconds in all, and
        what was held in phases that were looked at.
        """
        parts = {}
        for name, spent_s in phases.items():
            products = work.get(name)
            percent = None if products is None else self._percent(products, spent_s)
            parts[name] = PhaseProfile(spent_s, products, percent, memory.get(name))
        total = sum(work.values())
        return Profile(parts, total, self._percent(total, seconds))

    def _percent(self, products: int, spent_s: float) -> float:
        return 100 * products * self.limit_s / (self.threads * spent_s) if spent_s > 0 else 0.0


def start_profiler(backend: Backend, trace: RecordingTrace) -> Profiler | None:
    """Measure the machine and let `trace` count from now on; None where no kernels compute.

    Raises: KernelsUnavailable, Cancelled.
    """
    backend.load(PROFILING, trace=trace)
    if backend.limit is None:
        return None
    trace.counting = True
    trace.meter = PeakMeter()
    return Profiler(measure_limit(backend.limit, trace.clock), backend.threads)


def measure_limit(multiplications: Multiplications, clock: Clock) -> float:
    """Seconds of one field multiplication on one core that does nothing else; takes about 20 ms.

    By the processor time of this thread: other programs may take their share without being measured.
    """

    def seconds(products: int) -> float:
        start_s = clock.thread_cpu_s()
        made = multiplications.multiply(products)
        return (clock.thread_cpu_s() - start_s) / made

    seconds(_FIRST_PRODUCTS)  # wakes the processor's vector units up
    products = int(_MEASUREMENT_S / max(seconds(_FIRST_PRODUCTS), 1e-10))
    return statistics.median(seconds(products) for _ in range(_MEASUREMENTS))
