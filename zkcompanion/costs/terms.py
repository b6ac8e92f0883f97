"""Terms that more than one model of memory has; tests compare them with the arrays themselves."""

from __future__ import annotations

from zkcompanion.costs.shape import System

#: `row_sums.Tiling`: the work arrays of one thread (G1, G2).
SCRATCH_BYTES = (1_277_000, 1_923_000)
#: Longest table of roots that is kept (`ntt`).
KEPT_ROOTS = 1 << 20
#: `formats/r1cs` works in blocks of so many constraints.
_BLOCK_ROWS = 1 << 15


def system_bytes(wires: int, system: System) -> int:
    """An `.r1cs` in memory."""
    return 36 * system.terms + 24 * (system.constraints + 1) + 8 * wires


def reading_bytes(system: System) -> int:
    """What reading an `.r1cs` takes for a moment, beside the mapped file."""
    block = 52 * system.most_terms * min(1.0, _BLOCK_ROWS / max(system.constraints, 1))
    return 48 * system.constraints + round(block)
