"""What a proof needs: memory by phase, the phase that binds, and work, from the shape of its circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zkcompanion.costs.band import Band
from zkcompanion.costs.constants import MEMORY, MemoryConstants
from zkcompanion.costs.memory import PhaseMemory, Run, at_peak, memory_by_phase
from zkcompanion.costs.shape import CircuitShape
from zkcompanion.costs.work import MULTIPLYING, work_by_phase
from zkcompanion.proving.phases import Phase


@dataclass(frozen=True, slots=True)
class Needs:
    """Of one proof in a process of its own."""

    #: resident bytes at the most, mapped pages of the key included
    peak: Band
    #: by phase, for the likely witness
    phases: tuple[PhaseMemory, ...]
    #: field multiplications of the phases that multiply; of the others the items that they go through
    work: Mapping[Phase, int]
    threads: int
    kernels: str

    @property
    def binding(self) -> PhaseMemory:
        """The phase that holds the most."""
        return at_peak(self.phases)

    @property
    def multiplications(self) -> int:
        """Field multiplications in all: what tells a small proof from a large one."""
        return sum(self.work[phase] for phase in MULTIPLYING)


def likely_full_size(shape: CircuitShape, constants: MemoryConstants = MEMORY) -> int:
    """How many values of a witness are neither 0, 1 nor -1, guessed from the wires that must be bits."""
    if shape.small is not None:
        return shape.wires - shape.small
    return max(0, round(shape.wires - constants.bits_per_bit * shape.bits))


def full_size_bounds(shape: CircuitShape, constants: MemoryConstants = MEMORY) -> tuple[int, int, int]:
    """The fewest that there may be, the likely number, and the most."""
    likely = likely_full_size(shape, constants)
    if shape.small is None:
        return 0, likely, shape.wires
    return likely // 2, likely, likely + shape.small // 8


def predict(
    shape: CircuitShape,
    run: Run,
    *,
    full_size: int | None = None,
    base_bytes: int | None = None,
    constants: MemoryConstants = MEMORY,
) -> Needs:
    """What proving such a circuit takes.

    Args:
        shape: of its key or its constraints (`shape.shape_of_zkey`, `shape.shape_of_r1cs`).
        run: how it is proved, and what is read beside the key.
        full_size: how many values of the witness are neither 0, 1 nor -1, where an earlier proof told; None: guessed,
            and the band reaches from none to all.
        base_bytes: resident bytes of the process before the proof, kernels loaded, where they were measured.
        constants: as fitted.
    """
    likely = likely_full_size(shape, constants) if full_size is None else full_size
    bounds = full_size_bounds(shape, constants) if full_size is None else (likely, likely, likely)
    low, phases, high = (memory_by_phase(shape, run, count, base=base_bytes, constants=constants) for count in bounds)
    margin = constants.setup_margin if run.makes_key else constants.margin
    # a few values more may make windows narrower, and so take less
    totals = [at_peak(of).total for of in (low, phases, high)]
    peak = Band(min(totals) * (1 - margin), totals[1], max(totals) * (1 + margin))
    return Needs(peak, phases, work_by_phase(shape, run, likely), run.threads, run.kernels)
