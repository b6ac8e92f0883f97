"""How much memory each phase of a proof holds: what is allocated when, term by term, from the shape of the circuit.

Where the terms come from (bytes; n wires, d points of the domain, t coefficients of the key, m constraints):

- load: the whole key is mapped and looked at (`formats/zkey`); rows of A and B take 4t + 16(d+1) (`proving/rows`); the
  `.r1cs` in memory takes 36 for each term, 24(m+1) and 8n, and while it is read the file is mapped and 48m more are
  held (`formats/r1cs`); a `.sym` takes its own size and 56 for each line (`formats/sym`). The order of the wires takes
  4n, and while it is made 8n more: classes as they are chosen, or the runs of it beside the whole (`groth16/wires`).
- witness: 32n, and as much of the mapped `.wtns`, or the linear memory of the calculator (`witness/guest`).
- check: three arrays of 32m.
- constraints: two arrays of 32d; transforms: a third, and work rows for each thread (`ntt_lanes`), or a table of roots
  of 32d (`ntt`). One array of 32d stays: h.
- sums: a schedule has 4 for each digit that is not zero and 8 for each bucket and class of scalars (five of a witness,
  one of h); while it is made, 36 for each full-size scalar, 8 for each bucket, and for h an order of 4d (`msm`). The
  sums of the buckets take 64 each in G1; in G2 128 for half of the windows at a time (`Schedule.in_g2`).

The allocator of the C library returns freed arrays to the system only above 32 MiB; below that, a hole is there to be
used again, but not by anything larger. So what a schedule was made with counts on while larger arrays follow, and of
what reading the files took for a moment a fitted part stays (`constants`).

Arrays larger than any freed before are mapped by themselves, and do leave. So do the sums of A's buckets; those of B1
are as large, come from the heap and leave a hole. B2's do not fit in and lie beside it (unless reading a calculator or
making a key freed larger ones). The schedule of h is made in that hole where it fits; larger sums lie beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zkcompanion.costs.constants import MEMORY, MemoryConstants
from zkcompanion.costs.making import making_key
from zkcompanion.costs.shape import Calculator, CircuitShape, Names, System
from zkcompanion.costs.terms import KEPT_ROOTS, SCRATCH_BYTES, reading_bytes, system_bytes
from zkcompanion.costs.windows import Windows, full_size_windows
from zkcompanion.proving.groth16.checkpoints import scratch_bytes
from zkcompanion.proving.phases import Phase

Family = Literal["ifma", "scalar", "reference"]

#: The C library's largest threshold of `mmap`: freed arrays from this size on leave the process.
_RETURNED_BYTES = 32 << 20
#: `proving/rows` works in blocks of so many coefficients.
_BLOCK_COEFFICIENTS = 1 << 18
#: Classes that `groth16/wires` sorts scalars of the witness into; a test holds it.
WIRE_CLASSES = 5
#: `row_sums.Tiling`: entries of a tile; a test holds them.
TILE_ENTRIES = 1 << 14
#: `ntt_lanes` takes domains of these powers of two; each thread has a scratch of so many bytes for each row or column.
_LANE_POWERS, _LANE_BYTES = range(6, 27), 320


def kept_bytes(shape: CircuitShape) -> int:
    """Memory in which finished phases of a proof are kept for another worker, beside that of the process."""
    return scratch_bytes(shape.wires, shape.domain)


@dataclass(frozen=True, slots=True)
class Run:
    """How a circuit is proved. `system`, `names`, `calculator`: what there is beside the key, None where it is not."""

    threads: int = 1
    kernels: Family = "ifma"
    system: System | None = None
    names: Names | None = None
    calculator: Calculator | None = None
    #: a development key has to be made first, which needs `system`
    makes_key: bool = False


@dataclass(frozen=True, slots=True)
class PhaseMemory:
    """What is resident at the most in one phase, in bytes."""

    phase: Phase
    #: pages of files: the key, and what is being read
    mapped: int
    #: arrays and Python objects
    arrays: int
    #: work arrays of the threads
    scratch: int
    #: interpreter and libraries
    base: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.mapped + self.arrays + self.scratch + self.base


def memory_by_phase(
    shape: CircuitShape, run: Run, full_size: int, *, base: int | None = None, constants: MemoryConstants = MEMORY
) -> tuple[PhaseMemory, ...]:
    """The phases in their order, `full_size` being how many values of the witness are neither 0, 1 nor -1.

    `base`: resident bytes of a process that has its kernels loaded and proved nothing, where that was measured.
    """
    timeline = _Timeline(shape, run, constants, constants.base[run.kernels] if base is None else base)
    if run.makes_key:
        timeline.make_key()
    timeline.load()
    timeline.witness()
    timeline.constraints_and_transforms()
    timeline.sums(full_size)
    return tuple(timeline.phases)


class _Timeline:
    """Walks through the phases of a proof; `held` are the arrays that live on, `holes` what freed ones left."""

    def __init__(self, shape: CircuitShape, run: Run, constants: MemoryConstants, base: int) -> None:
        self.shape = shape
        self.run = run
        self.constants = constants
        self.phases: list[PhaseMemory] = []
        self.held = self.holes = self.key = 0
        self.base = base + (constants.calculator if run.calculator is not None else 0)

    def peak(self, phase: Phase, arrays: int = 0, *, mapped: int = 0, scratch: int = 0) -> None:
        """Beside what is held, `phase` has these for a moment; they fill the holes first."""
        resident = self.held + max(self.holes, arrays)
        self.phases.append(PhaseMemory(phase, self.key + mapped, resident, scratch, self.base))

    def make_key(self) -> None:
        """The steps of `making`; nothing of it is kept, but freed arrays leave holes."""
        system = self.run.system or System(0, 0, 0, 0)
        steps = making_key(self.shape.wires, self.shape.domain, system, self.run.threads)
        most = max(steps, key=lambda step: step.arrays + step.mapped)
        self.peak(Phase.SETUP, most.arrays + self.constants.setup_fixed, mapped=most.mapped)
        self.holes = round(self.constants.setup_kept * most.arrays)

    def load(self) -> None:
        """The key's pages; then what is read beside it, one after the other."""
        shape, run, system = self.shape, self.run, self.run.system
        self.key = shape.key_bytes
        # (arrays that stay, arrays of a moment, pages of a moment)
        steps: list[tuple[int, int, int]] = []
        if system is not None:
            steps.append((system_bytes(shape.wires, system), reading_bytes(system), system.size_bytes))
        if run.names is not None:
            steps.append((run.names.size_bytes + 56 * run.names.lines, 100 * run.names.lines, 0))
        if run.calculator is not None:
            steps.append((round(self.constants.wasm_byte * run.calculator.size_bytes), 0, 0))
        sorting = 4 * shape.coefficients + 9 * shape.most_coefficients + 12 * shape.domain
        sorting += 13 * min(shape.coefficients, _BLOCK_COEFFICIENTS)
        steps.append((4 * shape.coefficients + 16 * (shape.domain + 1), sorting, 0))
        steps.append((4 * shape.wires, 8 * shape.wires, 0))
        moments = []
        for stays, moment, mapped in steps:
            self.peak(Phase.LOAD, stays + moment, mapped=mapped)
            moments.append(self.phases.pop())
            self.held += stays + round(self.constants.load_kept * moment)
        self.phases.append(at_peak(moments))

    def witness(self) -> None:
        """The witness, and its check."""
        shape, calculator, system = self.shape, self.run.calculator, self.run.system
        values = 32 * shape.wires
        self.held += values
        if calculator is None:
            self.peak(Phase.WITNESS, mapped=values)
        else:
            linear = self.constants.wasm_memory * calculator.memory_bytes
            self.peak(Phase.WITNESS, round(linear))
            self.held += round(self.constants.wasm_kept * linear)
        if system is not None:
            self.peak(Phase.CHECK, 116 * system.constraints)

    def constraints_and_transforms(self) -> None:
        """A*w and B*w, then the quotient."""
        shape, run = self.shape, self.run
        values = 32 * shape.domain
        self.peak(Phase.CONSTRAINTS, 2 * values)
        scratch, with_table = lane_scratch(shape, run)
        table = values if with_table else 0
        self.peak(Phase.TRANSFORMS, 3 * values + table, scratch=scratch)
        self.held += values + (table if shape.domain <= KEPT_ROOTS else 0)

    def sums(self, full_size: int) -> None:
        """The five multi-scalar multiplications."""
        wires, domain = self.shape.wires, self.shape.domain
        before = self.held
        windows = full_size_windows(full_size)
        # half of the other values are ones
        self.held += 2 * (wires - full_size)
        in_g1, in_g2 = 64 * windows.buckets, 128 * windows.buckets_at_once_in_g2
        # where larger arrays were freed before, B2's come from the heap too, at its end, where B1's hole is
        beside = 0 if in_g2 <= in_g1 or self.run.calculator is not None or self.run.makes_key else in_g1
        of_witness = {Phase.SUM_A: in_g1, Phase.SUM_B1: in_g1, Phase.SUM_B2: beside + in_g2, Phase.SUM_C: in_g1}
        self._with_schedule(windows, of_witness, making_schedule(windows), WIRE_CLASSES)
        self.held = before
        windows = full_size_windows(domain)
        making, of_h = making_schedule(windows) + 4 * domain, 64 * windows.buckets
        beside = 0
        if of_h > in_g1 >= making:
            self.holes = max(self.holes, in_g1)
        elif of_h > in_g1:
            beside = in_g1
        self._with_schedule(windows, {Phase.SUM_H: beside + of_h}, making, 1)

    def _with_schedule(self, windows: Windows, sums: Mapping[Phase, int], making: int, classes: int) -> None:
        """Sums over the same scalars: bytes of the sums of their buckets, by phase, and of what lies beside them."""
        self.held += 4 * windows.entries + 8 * classes * windows.buckets
        self.holes = max(self.holes, making if making < _RETURNED_BYTES else 0)
        for phase, of_buckets in sums.items():
            # what a schedule was made with lies in front of the sums of the buckets, and is too small for them
            arrays = max(making, self.holes + of_buckets)
            used = SCRATCH_BYTES[0] if phase in {Phase.SUM_A, Phase.SUM_B1} else sum(SCRATCH_BYTES)
            share = self.constants.scratch_touched * min(1.0, windows.entries / TILE_ENTRIES)
            scratch = round(self.run.threads * share * used)
            self.phases.append(PhaseMemory(phase, self.key, self.held + arrays, scratch, self.base))


def lane_scratch(shape: CircuitShape, run: Run) -> tuple[int, bool]:
    """Work rows of the transforms, and whether there is a table of roots instead."""
    rows, columns = 1 << shape.power // 2, 1 << shape.power - shape.power // 2
    if run.kernels == "ifma" and shape.power in _LANE_POWERS:
        return run.threads * _LANE_BYTES * max(3 * rows, 2 * columns), False
    return 0, run.kernels != "reference"


def making_schedule(windows: Windows) -> int:
    """What is there while a schedule is made: scalars sorted out, with their indices, and cursors."""
    return 36 * windows.scalars + 8 * windows.buckets


def at_peak(phases: Sequence[PhaseMemory]) -> PhaseMemory:
    """The phase that binds."""
    return max(phases, key=lambda phase: phase.total)
