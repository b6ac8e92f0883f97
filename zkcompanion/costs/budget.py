"""What a proof holds when it is made within a budget of memory, and the slices that fit one.

The terms are those of `memory`, with three differences (`proving/groth16/streaming`). Of the key only the pages of the
slice that is summed are there, or some MB where it is read from end to end. Rows of A and B are there during the
constraints alone. And freed arrays leave the process (`base/process.return_freed_memory`), so nothing lies in holes.
The witness is taken to be full-size throughout: a budget has to hold for any.

How much the interpreter and its libraries take differs from computer to computer (and grows where a debugger or a
measurement of coverage runs in them), so whoever is in the process says what it holds: `base_bytes`.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.costs.constants import MEMORY, MemoryConstants
from zkcompanion.costs.memory import (
    WIRE_CLASSES,
    PhaseMemory,
    Run,
    at_peak,
    lane_scratch,
    making_schedule,
)
from zkcompanion.costs.shape import CircuitShape, System
from zkcompanion.costs.terms import SCRATCH_BYTES, system_bytes
from zkcompanion.costs.windows import full_size_windows
from zkcompanion.proving.formats.mapped import StrPath
from zkcompanion.proving.formats.zkey import read_zkey_outline
from zkcompanion.proving.groth16.slices import StreamPlan
from zkcompanion.proving.phases import Phase

#: Pages of a key while it is read from end to end.
READ_BYTES = 24 << 20
#: The shortest slice: shorter ones spend their time in buckets, and save nothing beside the transforms.
SHORTEST = 1 << 14
#: By so much the same process differs from one start to the next, in pages of libraries that the system maps ahead.
VARIES_BYTES = 3 << 20


@dataclass(frozen=True, slots=True)
class Streamed:
    """A plan, and what is resident at the most with it: in all, with a margin, and by phase."""

    plan: StreamPlan
    peak_bytes: int
    phases: tuple[PhaseMemory, ...]


def bounding_shape(zkey: StrPath) -> CircuitShape:
    """A shape that needs at least what this key does; reads its header alone. Raises: FileError."""
    key = read_zkey_outline(zkey, check=False)
    terms, wires = len(key.coefficients), key.n_vars
    rows = key.domain_size - key.n_public - 1
    return CircuitShape(rows, wires, key.n_public, key.domain_size, terms, terms, wires, wires, 0, key.size_bytes)


def bounding_system(shape: CircuitShape, size_bytes: int) -> System:
    """What an `.r1cs` of that size holds at the most."""
    terms = size_bytes // 36
    return System(shape.domain, terms, terms, size_bytes)


def stream_within(
    shape: CircuitShape,
    run: Run,
    budget_bytes: int,
    *,
    base_bytes: int | None = None,
    constants: MemoryConstants = MEMORY,
) -> Streamed | None:
    """The longest slices that fit, or None where the shortest do not; `base_bytes` as in `needs.predict`."""
    wires, points = shape.wires, shape.domain
    while True:
        streamed = streamed_with(shape, run, StreamPlan(wires, points), base_bytes=base_bytes, constants=constants)
        if streamed.peak_bytes <= budget_bytes:
            return streamed
        # the phase that holds the most decides what is cut
        binding = at_peak(streamed.phases).phase
        if binding is Phase.SUM_H and points > SHORTEST:
            points = max(SHORTEST, -(-points // 2))
        elif binding in _OVER_WIRES and wires > SHORTEST:
            wires = max(SHORTEST, -(-wires // 2))
        else:
            return None


def least_bytes(
    shape: CircuitShape, run: Run, *, base_bytes: int | None = None, constants: MemoryConstants = MEMORY
) -> int:
    """The smallest budget that `stream_within` finds slices for."""
    plan = StreamPlan(min(SHORTEST, shape.wires), min(SHORTEST, shape.domain))
    return streamed_with(shape, run, plan, base_bytes=base_bytes, constants=constants).peak_bytes


_OVER_WIRES = (Phase.SUM_A, Phase.SUM_B1, Phase.SUM_B2, Phase.SUM_C)


def streamed_with(
    shape: CircuitShape,
    run: Run,
    plan: StreamPlan,
    *,
    base_bytes: int | None = None,
    constants: MemoryConstants = MEMORY,
) -> Streamed:
    """What is resident with these slices."""
    base = constants.base[run.kernels] if base_bytes is None else base_bytes
    base += constants.calculator if run.calculator is not None else 0
    d, terms, phases = 32 * shape.domain, shape.coefficients, []

    def peak(phase: Phase, arrays: int, *, mapped: int = 0, scratch: int = 0) -> None:
        phases.append(PhaseMemory(phase, mapped, arrays, scratch, base))

    held = 4 * shape.wires
    reading, of_file = 9 * shape.wires, min(READ_BYTES, shape.key_bytes)
    if run.system is not None:
        held += system_bytes(shape.wires, run.system)
        reading = max(reading, 48 * run.system.constraints + READ_BYTES)
        of_file = max(of_file, run.system.size_bytes)
    if run.names is not None:
        held += run.names.size_bytes + 56 * run.names.lines
        reading = max(reading, 100 * run.names.lines)
    if run.calculator is not None:
        held += round(constants.wasm_byte * run.calculator.size_bytes)
    peak(Phase.LOAD, held + reading, mapped=of_file)
    held += 32 * shape.wires
    if run.calculator is None:
        peak(Phase.WITNESS, held, mapped=32 * shape.wires)
    else:
        linear = constants.wasm_memory * run.calculator.memory_bytes
        peak(Phase.WITNESS, held + round(linear))
        held += round(constants.wasm_kept * linear)
    if run.system is not None:
        peak(Phase.CHECK, held + 116 * run.system.constraints)
    rows = 4 * terms + 16 * (shape.domain + 1)
    making = 9 * shape.most_coefficients + 12 * shape.domain
    peak(Phase.CONSTRAINTS, held + rows + max(2 * d, making), mapped=of_file)
    scratch, table = lane_scratch(shape, run)
    peak(Phase.TRANSFORMS, held + 3 * d + (table and d), scratch=scratch)
    held += d
    threads = run.threads
    for phase in _OVER_WIRES:
        in_g2 = phase is Phase.SUM_B2
        arrays, mapped = _slice(min(plan.wires, shape.wires), WIRE_CLASSES, in_g2=in_g2)
        peak(phase, held + arrays, mapped=mapped, scratch=threads * SCRATCH_BYTES[in_g2])
    arrays, mapped = _slice(min(plan.points, shape.domain), 1, in_g2=False)
    peak(Phase.SUM_H, held + arrays, mapped=mapped, scratch=threads * SCRATCH_BYTES[0])
    total = at_peak(phases).total
    return Streamed(plan, round(total * (1 + constants.margin)), tuple(phases))


def _slice(scalars: int, classes: int, *, in_g2: bool) -> tuple[int, int]:
    """Arrays and pages of a sum over so many points."""
    windows = full_size_windows(scalars)
    schedule = 4 * windows.entries + 8 * classes * windows.buckets
    buckets = 128 * windows.buckets_at_once_in_g2 if in_g2 else 64 * windows.buckets
    making = making_schedule(windows) + 8 * scalars
    pages = (128 if in_g2 else 64) * scalars
    # making a schedule, and adding up with it, come one after the other; pages are read in the second
    return schedule + max(making - pages, buckets), pages
