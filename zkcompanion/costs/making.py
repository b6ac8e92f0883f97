"""What making a development key holds (`proving/groth16/development`), from the sizes of the circuit. Bytes:

- constraints: the `.r1cs` in memory, all the while (`terms.system_bytes`); before, the mapped file and what reading
  takes for a moment;
- transforms: powers and what becomes of them, 32d each, and a table of roots of 16d, kept up to 32 MB (`proving/ntt`);
- columns: values at tau of the Lagrange polynomials, 32d, and three arrays of 32n for the wires;
- points: these three and a table of multiples of the generator (`proving/windows.fixed_base_windows`); in G2 two of
  them, and the tables of both groups;
- quotients: a transform again, with the table of G1.

Beside these there is what is done in parts of 2^16 elements, whatever the circuit.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.costs.constants import MEMORY, MemoryConstants
from zkcompanion.costs.shape import System
from zkcompanion.costs.terms import KEPT_ROOTS, SCRATCH_BYTES, reading_bytes, system_bytes
from zkcompanion.proving.windows import fixed_base_windows

#: Elements made at once; what of each there is for a moment: of points of
#: G1 and G2 (entries, rows, results), and of terms.
_PART, _POINT_BYTES, _TERM_BYTES = 1 << 16, (215, 345), 160


@dataclass(frozen=True, slots=True)
class Making:
    """Bytes beside the interpreter: arrays, and pages of files."""

    arrays: int
    mapped: int


def making_key(wires: int, domain: int, system: System, threads: int) -> tuple[Making, ...]:
    """The steps, in their order: reading, transforms, columns, points in G1, points in G2, quotients."""
    d, values, held = 32 * domain, 32 * wires, system_bytes(wires, system)
    roots = d // 2
    kept = roots if domain // 2 <= KEPT_ROOTS else 0
    in_g1 = _table_bytes(3 * wires + domain, 64)
    in_g2 = _table_bytes(wires, 128)
    terms = _TERM_BYTES * min(system.terms, 2 * _PART)
    of_g1, of_g2 = (size * min(max(wires, domain), _PART) for size in _POINT_BYTES)
    scratch = threads * sum(SCRATCH_BYTES)
    return (
        Making(held + reading_bytes(system), system.size_bytes),
        Making(held + 2 * d + roots, 0),
        Making(held + d + kept + 3 * values + terms, 0),
        Making(held + kept + 3 * values + in_g1 + max(of_g1 + scratch, terms), 0),
        Making(held + kept + 2 * values + in_g1 + in_g2 + of_g2 + scratch, 0),
        Making(held + 2 * d + roots + in_g1 + scratch, 0),
    )


def making_peak(
    wires: int,
    domain: int,
    system: System,
    *,
    threads: int,
    base_bytes: int,
    constants: MemoryConstants = MEMORY,
) -> int:
    """What a process that held `base_bytes`, its kernels loaded, holds at the most, with a margin."""
    most = max(step.arrays + step.mapped for step in making_key(wires, domain, system, threads))
    return round((base_bytes + most) * (1 + constants.margin))


def _table_bytes(n: int, size_bytes: int) -> int:
    bits, windows = fixed_base_windows(n)
    return size_bytes * windows << (bits - 1)
