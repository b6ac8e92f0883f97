"""The quotient of Groth16 on the vector family's kernels: plan and call of the three passes of `ifma_ntt_ops`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.kernels.blocks import LANES
from zkcompanion.proving.kernels.ifma_ntt_tables import LARGEST_POWER, SMALLEST_POWER, LaneTables
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import Phase, Trace

#: Points of one call: about an eighth of the domain, but within these bounds (0.05 ms to 3 ms).
_CALL_MIN, _CALL_MAX = 1 << 12, 1 << 16
_LINE_BYTES = 64

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class LanePlan:
    """How a domain is cut into calls; the same for every number of threads."""

    power: int
    #: ranges of tiles of eight columns, and of eight rows
    column_tiles: Ranges
    row_tiles: Ranges

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, power: int) -> LanePlan:
        """The domain of 2^power points."""
        rows, columns = 1 << power // 2, 1 << power - power // 2
        points = min(max(1 << power >> 3, _CALL_MIN), _CALL_MAX)
        return cls(
            power, _cut(columns // LANES, points // (LANES * rows)), _cut(rows // LANES, points // (LANES * columns))
        )

    @property
    def steps(self) -> int:
        """Calls of a whole quotient: its `advance` calls."""
        return 2 * len(self.column_tiles) + len(self.row_tiles)


def _cut(n: int, size: int) -> Ranges:
    size = max(size, 1)
    return tuple((start, min(start + size, n)) for start in range(0, n, size))


class LaneQuotient:
    """Quotients of 2^6 to 2^26 points; may be used from several threads. Keeps nothing but small tables."""

    def __init__(self, kernels: KernelSet, team: ThreadTeam) -> None:
        self._kernels = kernels
        self._team = team

    def takes(self, power: int) -> bool:
        """Whether the kernels are there, and take 2^power points."""
        return "fr_ntt_lanes_open" in self._kernels and SMALLEST_POWER <= power <= LARGEST_POWER

    def steps(self, power: int) -> int:
        """`advance` calls of one quotient."""
        return LanePlan.of(power).steps

    def run(self, power: int, arrays: tuple[LimbArray, LimbArray, LimbArray], trace: Trace) -> None:
        """`Transforms.quotient` of arrays[0] and arrays[1], into arrays[0]; the others hold secrets afterwards."""
        plan, tables = LanePlan.of(power), LaneTables.of(power)
        at = tuple(array.ctypes.data for array in arrays)
        inverse_roots, roots, middles, seeds = tables.addresses
        with _Scratch(tables.scratch_words) as scratch:

            def run(name: str, table_addresses: tuple[int, ...], ranges: Ranges) -> None:
                kernel = self._kernels[name]

                def call(bounds: tuple[int, int]) -> None:
                    words = scratch.take()
                    kernel(*at, *table_addresses, words.ctypes.data, tables.rows, tables.columns, *bounds)
                    scratch.give(words)
                    trace.advance(Phase.TRANSFORMS)

                self._team.map(call, ranges, trace)

            run("fr_ntt_lanes_open", (inverse_roots,), plan.column_tiles)
            run("fr_ntt_lanes_shift", (inverse_roots, roots, middles, seeds), plan.row_tiles)
            run("fr_ntt_lanes_close", (roots,), plan.column_tiles)


class _Scratch:
    """Working memory of one quotient, a piece for each thread that asks; zeroed at the end."""

    def __init__(self, words: int) -> None:
        self._words = words
        self._made: list[npt.NDArray[np.uint64]] = []
        self._free: list[npt.NDArray[np.uint64]] = []

    def take(self) -> npt.NDArray[np.uint64]:
        """A piece that nobody else has, aligned to a cache line."""
        try:
            return self._free.pop()
        except IndexError:
            spare = np.empty(self._words + _LINE_BYTES // 8, dtype=np.uint64)
            first = -spare.ctypes.data % _LINE_BYTES // 8
            piece = spare[first : first + self._words]
            self._made.append(piece)
            return piece

    def give(self, piece: npt.NDArray[np.uint64]) -> None:
        """Done with it."""
        self._free.append(piece)

    def __enter__(self) -> _Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        # no call runs any more when `ThreadTeam.map` has returned
        for piece in self._made:
            piece.fill(0)
