"""How much a proof has to do in each phase, from the shape of its circuit: what `workcount` counts, beforehand."""

from __future__ import annotations

from collections.abc import Mapping

from zkcompanion.costs.memory import Run
from zkcompanion.costs.shape import CircuitShape
from zkcompanion.costs.windows import Windows, full_size_windows
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.windows import fixed_base_windows
from zkcompanion.proving.workcount import PointCosts, fold_additions, quotient_products, rows_products

#: Phases whose work is counted in field multiplications; the other phases count what they go through.
MULTIPLYING = (
    Phase.CONSTRAINTS,
    Phase.TRANSFORMS,
    Phase.SUM_A,
    Phase.SUM_B1,
    Phase.SUM_B2,
    Phase.SUM_C,
    Phase.SUM_H,
)


def work_by_phase(shape: CircuitShape, run: Run, full_size: int) -> Mapping[Phase, int]:
    """Field multiplications of a proof, `full_size` being how many values of the witness are neither 0, 1 nor -1.

    Phases that do not multiply: `setup` counts points of the key, `load` bytes, `witness` wires, `check` terms,
    `assemble` one and `verify` the public signals and one.
    """
    windows = full_size_windows(full_size)
    ones = (shape.wires - full_size) // 2
    share_c = shape.points_c / shape.wires
    work = {Phase.SETUP: 4 * shape.wires + shape.domain} if run.makes_key else {}
    work[Phase.LOAD] = shape.key_bytes + (run.system.size_bytes if run.system is not None else 0)
    work[Phase.WITNESS] = shape.wires
    if run.system is not None:
        work[Phase.CHECK] = run.system.terms
    work |= {
        Phase.CONSTRAINTS: rows_products(shape.coefficients),
        Phase.TRANSFORMS: quotient_products(shape.power),
        Phase.SUM_A: _sum(windows, 8, shape.finite_a / shape.wires, ones),
        Phase.SUM_B1: _sum(windows, 8, shape.finite_b / shape.wires, ones),
        Phase.SUM_B2: _sum(windows, 16, shape.finite_b / shape.wires, ones),
        Phase.SUM_C: _sum(windows, 8, share_c, ones),
        Phase.SUM_H: _sum(full_size_windows(shape.domain), 8, 1.0, 0),
        Phase.ASSEMBLE: 1,
        Phase.VERIFY: 1 + shape.public,
    }
    return work


def fixed_base_additions(n: int) -> int:
    """Additions for n multiples of one point, its table included: what most of making a key is."""
    bits, windows = fixed_base_windows(n)
    return windows * (n + (1 << (bits - 1)))


def _sum(windows: Windows, words: int, finite: float, ones: int) -> int:
    """As `workcount.sum_products`: of each bucket, of folding, and the final sum."""
    costs = PointCosts.of(words)
    additions = windows.additions(round(finite * windows.scalars)) + max(0, round(finite * ones) - 1)
    additions += sum(fold_additions(bits - 1) for bits in windows.bits)
    final = 0
    if windows.bits:
        # every window ends in its own bits; the highest power stands at the last but one bit of the last window
        highest = max(0, sum(windows.bits) - 2)
        final = costs.doubling * highest + costs.mixed_addition * sum(windows.bits)
    return costs.addition * additions + final
