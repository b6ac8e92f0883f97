"""The five multi-scalar multiplications of a proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkcompanion.proving import workcount
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray
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

    def __repr__(self) -> str:
        return "Sums(...)"


def sum_all(
    zkey: Groth16Zkey, order: ScalarOrder, witness: LimbArray, h: LimbArray, backend: Backend, trace: Trace
) -> Sums:
    """The five sums in the order of their phases. A, B1, B2 and C have the same scalars, so they share a schedule.

    order: `order_wires` of the key; wires whose points are infinity are left out.

    A schedule counts for the phase that needs it first; a phase inside itself only tells the number of steps.
    """
    msm = backend.msm

    def one(function: Callable[..., Any], phase: Phase, bases: LimbArray, schedule: Any) -> Any:
        with trace.phase(phase, schedule.steps_in_g2 if phase is Phase.SUM_B2 else schedule.steps):
            total = function(bases, schedule, trace=trace, phase=phase)
        trace.work(phase, lambda: workcount.sum_products(bases, schedule))
        return total

    with trace.phase(Phase.SUM_A):
        of_witness = msm.schedule(witness, order=order, trace=trace)
        a = one(msm.g1, Phase.SUM_A, zkey.points_a, of_witness.part(*IN_A))
    of_b = of_witness.part(*IN_B)
    b1 = one(msm.g1, Phase.SUM_B1, zkey.points_b1, of_b)
    b2 = one(msm.g2, Phase.SUM_B2, zkey.points_b2, of_b)
    c = one(msm.g1, Phase.SUM_C, zkey.points_c, of_witness.part(*IN_C).slice_from(zkey.n_public + 1))
    del of_witness, of_b
    with trace.phase(Phase.SUM_H):
        of_h = msm.schedule(h, trace=trace)
        return Sums(a, b1, b2, c, one(msm.g1, Phase.SUM_H, zkey.points_h, of_h))
