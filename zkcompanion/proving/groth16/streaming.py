"""Sums of a proof within a bounded memory: over slices of the points, whose pages are given back after each.

A slice takes some neighbouring wires (or points of H) with a schedule of its own, so that neither the schedule, nor the
buckets, nor the pages of the key's section are there as a whole. The results are those of `sums`, bit for bit: points
of a group, however they are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from zkcompanion.proving import workcount
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.groth16.slices import StreamPlan
from zkcompanion.proving.groth16.sums import Sums
from zkcompanion.proving.groth16.wires import IN_A, IN_B, IN_C
from zkcompanion.proving.phases import Phase, Trace

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey
    from zkcompanion.proving.scalar_order import ScalarOrder

#: `SparingTrace` gives back once in so many calls: a step of rows or of wires reads about 1 to 3 MB.
_STEPS = 4


class SparingTrace(Trace):
    """Passes everything on, and gives the key's pages back now and then while it is read from end to end."""

    def __init__(self, trace: Trace, zkey: Groth16Zkey) -> None:
        self._trace = trace
        self._zkey = zkey
        # threads may both count here; a step that is lost is one that comes later
        self._left = _STEPS

    def begin(self, phase: Phase, steps: int = 0) -> None:
        """As the trace does."""
        self._trace.begin(phase, steps)

    def advance(self, phase: Phase, steps: int = 1) -> None:
        """As the trace does."""
        self._trace.advance(phase, steps)

    def end(self, phase: Phase) -> None:
        """As the trace does; what the phase read is given back."""
        self._zkey.give_back()
        self._trace.end(phase)

    def work(self, phase: Phase, count: Callable[[], int]) -> None:
        """As the trace does."""
        self._trace.work(phase, count)

    def check(self) -> None:
        """As the trace does; comes between steps."""
        self._left -= 1
        if self._left <= 0:
            self._left = _STEPS
            self._zkey.give_back()
        self._trace.check()


class _Quiet(Trace):
    """Steps inside a slice are not told."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def check(self) -> None:
        """As the trace does."""
        self._trace.check()


def sum_in_slices(
    zkey: Groth16Zkey,
    order: ScalarOrder,
    witness: LimbArray,
    h: LimbArray,
    backend: Backend,
    trace: Trace,
    plan: StreamPlan,
) -> Sums:
    """As `sums.sum_all`. With more than one slice of the wires, each sum sorts the witness anew."""
    msm, curve, quiet = backend.msm, backend.curve, _Quiet(trace)
    one_slice: list[Any] = []

    def schedule(first: int, end: int) -> Any:
        if one_slice:
            return one_slice[0]
        made = msm.schedule(witness[first:end], order=order.between(first, end), trace=quiet)
        if end - first == zkey.n_vars:
            one_slice.append(made)
        return made

    def total(phase: Phase, n: int, size: int, part: Callable[[int, int], Any]) -> list[Any]:
        with trace.phase(phase, -(-n // size)):
            found = []
            for first, end in _slices(n, size):
                found.append(part(first, end))
                zkey.give_back()
                trace.advance(phase)
        return found

    def summed(function: Callable[..., Any], phase: Phase, bases: LimbArray, scheduled: Any) -> Any:
        point = function(bases, scheduled, trace=quiet, phase=phase)
        trace.work(phase, lambda: workcount.sum_products(bases, scheduled))
        return point

    def over_wires(phase: Phase, points: LimbArray, classes: tuple[int, int], skipped: int = 0) -> list[Any]:
        """Wires before `skipped` have no point."""
        function = msm.g2 if phase is Phase.SUM_B2 else msm.g1

        def part(first: int, end: int) -> Any:
            begin = min(max(first, skipped), end)
            scheduled = schedule(first, end).part(*classes).slice_from(begin - first)
            return summed(function, phase, points[begin - skipped : end - skipped], scheduled)

        return total(phase, zkey.n_vars, plan.wires, part)

    def over_h(first: int, end: int) -> Any:
        return summed(msm.g1, Phase.SUM_H, zkey.points_h[first:end], msm.schedule(h[first:end], trace=quiet))

    a = over_wires(Phase.SUM_A, zkey.points_a, IN_A)
    b1 = over_wires(Phase.SUM_B1, zkey.points_b1, IN_B)
    b2 = over_wires(Phase.SUM_B2, zkey.points_b2, IN_B)
    c = over_wires(Phase.SUM_C, zkey.points_c, IN_C, zkey.n_public + 1)
    one_slice.clear()
    of_h = total(Phase.SUM_H, zkey.domain_size, plan.points, over_h)
    in_g1 = (curve.multiply_sum_g1(tuple(points), (1,) * len(points)) for points in (a, b1, c, of_h))
    of_a, of_b1, of_c, sum_h = in_g1
    return Sums(of_a, of_b1, curve.multiply_sum_g2(tuple(b2), (1,) * len(b2)), of_c, sum_h)


def _slices(n: int, size: int) -> Iterator[tuple[int, int]]:
    for first in range(0, n, size):
        yield first, min(first + size, n)
