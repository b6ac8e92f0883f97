"""The five multi-scalar multiplications of a proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkcompanion.proving import workcount
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.groth16.checkpoints import NO_CHECKPOINTS, Checkpoints
from zkcompanion.proving.groth16.wires import IN_A, IN_B, IN_C
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.points import G1Point, G2Point

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey
    from zkcompanion.proving.scalar_order import ScalarOrder


@dataclass(frozen=True)
class Sums:
    """Their results; they hide nothing before they are blinded."""

    a: G1Point
    b1: G1Point
    b2: G2Point
    c: G1Point
    h: G1Point

    def of(self, phase: Phase) -> Any:
        """The one that a phase made."""
        by_phase: dict[Phase, G1Point | G2Point] = {
            Phase.SUM_A: self.a,
            Phase.SUM_B1: self.b1,
            Phase.SUM_B2: self.b2,
            Phase.SUM_C: self.c,
            Phase.SUM_H: self.h,
        }
        return by_phase[phase]

    def __repr__(self) -> str:
        return "Sums(...)"


#: The sums over the witness, in order.
OF_WITNESS = (Phase.SUM_A, Phase.SUM_B1, Phase.SUM_B2, Phase.SUM_C)


def sum_all(
    zkey: Groth16Zkey,
    order: ScalarOrder,
    witness: LimbArray,
    h: LimbArray,
    backend: Backend,
    trace: Trace,
    kept: Checkpoints = NO_CHECKPOINTS,
    finish: Callable[[Phase, Any], Any] = lambda _phase, point: point,
) -> Sums:
    """The five sums in the order of their phases. A, B1, B2 and C have the same scalars, so they share a schedule.

    order: `order_wires` of the key; wires whose points are infinity are left out.
    kept: sums that are kept are not made again, and scalars of which no sum is missing are not looked at.
    finish: what is done with each sum before it is kept.

    A schedule counts for the phase that needs it first; a phase inside itself only tells the number of steps.
    """
    msm = backend.msm
    shared: list[Any] = []  # the schedule of the witness, and the part of it that B1 and B2 go through

    def one(function: Callable[..., Any], phase: Phase, bases: LimbArray, schedule: Any) -> Any:
        with trace.phase(phase, schedule.steps_in_g2 if phase is Phase.SUM_B2 else schedule.steps):
            total = finish(phase, function(bases, schedule, trace=trace, phase=phase))
        trace.work(phase, lambda: workcount.sum_products(bases, schedule))
        return total

    def over_witness(function: Callable[..., Any], phase: Phase, bases: LimbArray, part: Callable[[], Any]) -> Any:
        def make() -> Any:
            if shared:
                return one(function, phase, bases, part())
            with trace.phase(phase):
                whole = msm.schedule(witness, order=order, trace=trace)
                shared.extend((whole, whole.part(*IN_B)))
                return one(function, phase, bases, part())

        return kept.once(phase, make, trace)

    def over_h() -> Any:
        with trace.phase(Phase.SUM_H):
            return one(msm.g1, Phase.SUM_H, zkey.points_h, msm.schedule(h, trace=trace))

    a = over_witness(msm.g1, Phase.SUM_A, zkey.points_a, lambda: shared[0].part(*IN_A))
    b1 = over_witness(msm.g1, Phase.SUM_B1, zkey.points_b1, lambda: shared[1])
    b2 = over_witness(msm.g2, Phase.SUM_B2, zkey.points_b2, lambda: shared[1])
    private = zkey.n_public + 1
    c = over_witness(msm.g1, Phase.SUM_C, zkey.points_c, lambda: shared[0].part(*IN_C).slice_from(private))
    shared.clear()
    return Sums(a, b1, b2, c, kept.once(Phase.SUM_H, over_h, trace))
