"""Number-theoretic transforms over Fr on arrays, and the quotient of Groth16: drivers of the kernels in `ntt_ops`.

Domain: the n = 2^power roots of unity w^0, w^1, ..., w = FR.root_of_unity(power). Natural order means that index i
belongs to w^i (values) or x^i (coefficients). The *coset* is g*w^0, g*w^1, ... with g = `coset_generator(power)`.

The quotient uses no permutation: split (natural to bit-reversed), multiply, merge (back to natural), see `ntt_ops`. A
transform runs in passes; each pass is cut into tiles that do not depend on one another: the outer levels by columns,
the inner levels by blocks that fit in the cache. Where the vector family has kernels for quotients, `ntt_lanes` does
them; everything else is scalar in both families.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.buffers import NO_BUFFERS, Buffers
from zkcompanion.proving.fields import FR, LimbArray, from_limbs, from_mont_limbs, to_limbs, to_mont_limbs
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.ntt_lanes import LaneQuotient
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.reference import ntt as reference

#: Kernel groups that `Ntt` calls.
GROUPS = ("ntt",)
#: Levels of one outer pass at most: 16 rows a power of two apart share their sets of the cache, so not more than that.
_OUTER_LEVELS = 4
#: Levels that a block runs through at once: 2^10 elements are 32 KiB.
_INNER_LEVELS = 10
#: Elements of a tile: about an eighth of the array, but within these bounds (0.1 ms for one pass, 15 ms for all inner).
_TILE_MIN, _TILE_MAX = 1 << 12, 1 << 16
#: Longest table of roots that is kept, 32 MiB; a longer one is made for each quotient, which costs 2 % of it.
_KEPT_ROOTS = 1 << 20
#: log2 of the elements that `inverse` puts in order at once: their indices are all that it has beside its result.
_GATHERED = 16

#: (kernel, its integer arguments)
Tile = tuple[str, tuple[int, ...]]


class Transforms(Protocol):
    """What a back end offers of transforms. Arrays are uint64[n, 4], n = 2^power, canonical; ValueError otherwise."""

    def forward(self, values: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """Coefficients to values: out[k] = sum_j values[j] * w^(jk), a new array, natural order, power <= 28.

        Linear: plain numbers give plain ones, Montgomery gives Montgomery.
        """
        ...

    def inverse(self, values: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """Values to coefficients; undoes `forward`."""
        ...

    def quotient(self, a: LimbArray, b: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """h_i = a'_i*b'_i - c'_i, *plain*, natural order: the scalars of a key's points H.

        a and b are values on the domain (Montgomery), c = a*b there; a', b', c' are the values on the coset of the
        polynomials through a, b, c. Both arrays are used up: the result is a, and b is zeroed. Runs as
        Phase.TRANSFORMS. Source: snarkjs `groth16_prove.js`.
        """
        ...


def coset_generator(power: int) -> int:
    """The coset's g, plain: w of order 2n; for n = 2^28, where there is no such w, snarkjs's Fr.shift = 5^2."""
    return FR.root_of_unity(power + 1) if power < FR.two_adicity else FR.nonresidue**2


def power_of(values: LimbArray) -> int:
    """log2(n) of an array uint64[n, 4]; ValueError for another shape, type or memory layout."""
    if values.ndim != 2 or values.shape[1] != 4 or values.dtype != np.uint64 or not values.flags.c_contiguous:
        raise ValueError("a transform takes a contiguous array uint64[n, 4]")
    return reference.domain_power(len(values))


def bit_reversal(power: int) -> npt.NDArray[np.int64]:
    """int64[n]: the lowest `power` bits of i in reverse."""
    indices = np.zeros(1, dtype=np.int64)
    for _ in range(power):
        indices = np.concatenate((indices << 1, (indices << 1) | 1))
    return indices


@dataclass(frozen=True)
class NttDomain:
    """How transforms of one size are cut: passes of tiles. The same for every number of threads.

    `split` and `merge` are the outer passes, `shift` the inner levels of both with the coset between them, `inner` the
    inner levels of merge alone; `ranges` cut the array for what is done element by element.
    """

    power: int
    split: tuple[tuple[Tile, ...], ...]
    merge: tuple[tuple[Tile, ...], ...]
    shift: tuple[Tile, ...]
    inner: tuple[Tile, ...]
    ranges: tuple[tuple[int, int], ...]

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, power: int) -> NttDomain:
        """The domain of 2^power points."""
        n = 1 << power
        inner = min(power, _INNER_LEVELS)
        outer: list[tuple[int, int]] = []  # (level, levels)
        passes = -(-(power - inner) // _OUTER_LEVELS)
        for i in range(passes):
            done = sum(levels for _, levels in outer)
            outer.append((done, -(-(power - inner - done) // (passes - i))))
        tile = min(max(n >> 3, _TILE_MIN), _TILE_MAX)
        blocks = cut(n >> inner, tile >> inner)
        return cls(
            power,
            split=tuple(_columns("fr_ntt_split", n, level, levels, tile) for level, levels in outer),
            merge=tuple(_columns("fr_ntt_merge", n, level, levels, tile) for level, levels in reversed(outer)),
            shift=tuple(("fr_ntt_shift", (1 << inner, first, last)) for first, last in blocks),
            inner=tuple(("fr_ntt_merge", (1 << inner, inner, first, last, 0, 1)) for first, last in blocks),
            ranges=tuple(cut(n, tile)),
        )

    @property
    def quotient_steps(self) -> int:
        """Tiles of a whole quotient: its `advance` calls."""
        one = sum(map(len, self.split)) + len(self.shift) + sum(map(len, self.merge))
        return 3 * one + 2 * len(self.ranges)


def cut(n: int, size: int) -> list[tuple[int, int]]:
    """[0, n) in ranges of `size` (at least 1), the last one shorter."""
    size = max(size, 1)
    return [(start, min(start + size, n)) for start in range(0, n, size)]


def _columns(kernel: str, n: int, level: int, levels: int, tile: int) -> tuple[Tile, ...]:
    """One outer pass over the 2^level blocks of a level, `tile` elements at a time."""
    size = n >> level
    columns = size >> levels
    return tuple(
        (kernel, (size, levels, first, last, start, stop))
        for first, last in cut(1 << level, tile // size)
        for start, stop in cut(columns, tile >> levels)
    )


class Ntt:
    """`Transforms` on compiled kernels; may be used from several threads.

    Keeps one table of roots for all domains, because a shorter table is a longer one's prefix.
    """

    def __init__(self, kernels: KernelSet, team: ThreadTeam, buffers: Buffers = NO_BUFFERS) -> None:
        self._kernels = kernels
        self._team = team
        self._buffers = buffers
        self._lanes = LaneQuotient(kernels, team)
        self._roots = to_mont_limbs([1], FR)
        self._growing = threading.Lock()

    @property
    def table_bytes(self) -> int:
        """The table of roots."""
        return self._roots.nbytes

    def forward(self, values: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `Transforms`."""
        power = power_of(values)
        return self._merge(values[bit_reversal(power)], power, 1, trace)

    def inverse(self, values: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `Transforms`."""
        power = power_of(values)
        n = len(values)
        out = np.empty_like(values)
        low = min(power, _GATHERED)
        ends, starts = bit_reversal(low) << (power - low), bit_reversal(power - low)
        for block, start in enumerate(starts.tolist()):
            at = slice(block << low, (block + 1) << low)
            # sum_j x_j w^(-jk) = sum_j x_(-j) w^(jk)
            np.take(values, -(ends | start) & (n - 1), axis=0, out=out[at], mode="clip")
        try:
            return self._merge(out, power, pow(n, -1, FR.modulus), trace)
        except BaseException:
            out.fill(0)
            raise

    def quotient(self, a: LimbArray, b: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `Transforms`. Takes one array more for c, and the table of roots (none of that length in lanes)."""
        power = power_of(a)
        if power_of(b) != power or not (a.flags.writeable and b.flags.writeable):
            raise ValueError("a and b must be of one length, and writeable")
        c: LimbArray = self._buffers.empty(a.shape)
        in_lanes = self._lanes.takes(power)
        steps = self._lanes.steps(power) if in_lanes else NttDomain.of(power).quotient_steps
        try:
            with trace.phase(Phase.TRANSFORMS, steps):
                if in_lanes:
                    self._lanes.run(power, (a, b, c), trace)
                else:
                    self._quotient(NttDomain.of(power), (a, b, c), trace)
        except BaseException:
            a.fill(0)
            raise
        finally:
            b.fill(0)
            c.fill(0)
        return a

    def _quotient(self, domain: NttDomain, arrays: tuple[LimbArray, LimbArray, LimbArray], trace: Trace) -> None:
        n = 1 << domain.power
        # Both tables are held here: another thread may put a longer one in the place of self._roots meanwhile.
        roots = self._table(min(n, 1 << FR.two_adicity - 1), trace)
        coset = roots if domain.power < FR.two_adicity else self._coset_table(domain.power, trace)
        roots_at, coset_at = roots.ctypes.data, coset.ctypes.data
        a_at, b_at, c_at = (array.ctypes.data for array in arrays)

        def run(tiles: tuple[Tile, ...], *tables: int) -> None:
            def call(task: tuple[int, Tile]) -> None:
                at, (kernel, numbers) = task
                self._kernels[kernel](at, *tables, *numbers)
                trace.advance(Phase.TRANSFORMS)

            self._team.map(call, [(at, tile) for at in (a_at, b_at, c_at) for tile in tiles], trace)

        # Split and merge leave n times a transform and its inverse: c = a*b gets another n, the end takes n^-2.
        self._each("fr_ntt_product", (c_at, a_at, b_at), FR.to_mont(n), domain.ranges, trace)
        for tiles in domain.split:
            run(tiles, roots_at)
        run(domain.shift, roots_at, coset_at)
        for tiles in domain.merge:
            run(tiles, roots_at)
        # Pairs (i, n - i) are done together: half of each range.
        pairs = tuple((first + 1 >> 1, last + 1 >> 1) for first, last in domain.ranges)
        pairs = (*pairs[:-1], (pairs[-1][0], (n >> 1) + 1))
        self._each("fr_ntt_quotient", (a_at, b_at, c_at), pow(n, -2, FR.modulus), pairs, trace, n)

    def _each(
        self,
        kernel: str,
        addresses: tuple[int, ...],
        factor: int,
        ranges: tuple[tuple[int, int], ...],
        trace: Trace,
        *numbers: int,
    ) -> None:
        """kernel(*addresses, factor, *numbers, from, to) for each range."""
        limbs = to_limbs([factor])
        factor_at = limbs.ctypes.data

        def call(bounds: tuple[int, int]) -> None:
            self._kernels[kernel](*addresses, factor_at, *numbers, *bounds)
            trace.advance(Phase.TRANSFORMS)

        self._team.map(call, ranges, trace)

    def _merge(self, out: LimbArray, power: int, factor: int, trace: Trace) -> LimbArray:
        """In place: bit-reversed to natural order, times `factor`, canonical."""
        domain = NttDomain.of(power)
        roots = self._table(max(len(out) // 2, 1), trace)
        roots_at, out_at = roots.ctypes.data, out.ctypes.data
        for tiles in (domain.inner, *domain.merge):
            self._team.map(lambda tile: self._kernels[tile[0]](out_at, roots_at, *tile[1]), tiles, trace)
        self._scale(out_at, out_at, FR.to_mont(factor), domain.ranges, trace)
        return out

    def _scale(
        self,
        out_at: int,
        in_at: int,
        factor: int,
        ranges: tuple[tuple[int, int], ...] | list[tuple[int, int]],
        trace: Trace,
    ) -> None:
        limbs = to_limbs([factor])
        factor_at = limbs.ctypes.data
        scale = self._kernels["fr_ntt_scale"]
        self._team.map(lambda r: scale(out_at + 32 * r[0], in_at + 32 * r[0], factor_at, r[1] - r[0]), ranges, trace)

    def _table(self, size: int, trace: Trace) -> LimbArray:
        """At least `size` entries w_2m^brv(i), the same for every m > i; see `ntt_ops`."""
        if len(self._roots) >= size:
            return self._roots
        with self._growing:
            if len(self._roots) >= size:
                return self._roots
            roots = self._powers(self._roots, size, lambda k: FR.root_of_unity(k + 2), trace)
            if size <= _KEPT_ROOTS:
                self._roots = roots
        return roots

    def _coset_table(self, power: int, trace: Trace) -> LimbArray:
        """g^brv(i) for a g that is no root of unity."""
        g, n = coset_generator(power), 1 << power
        return self._powers(to_mont_limbs([1], FR), n, lambda k: pow(g, n >> (k + 1), FR.modulus), trace)

    def _powers(self, start: LimbArray, size: int, step: Callable[[int], int], trace: Trace) -> LimbArray:
        """`start` continued by table[2^k + i] = table[i] * step(k)."""
        table = np.empty((size, 4), dtype=np.uint64)
        done = min(len(start), size)
        table[:done] = start[:done]
        at = table.ctypes.data
        while done < size:
            factor = FR.to_mont(step(done.bit_length() - 1))
            self._scale(at + 32 * done, at, factor, cut(done, _TILE_MAX), trace)
            done *= 2
        return table


class ReferenceNtt:
    """`Transforms` on Python integers, for small domains; half a microsecond a butterfly."""

    def forward(self, values: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `Transforms`."""
        power_of(values)
        trace.check()
        return to_limbs(reference.transform(from_limbs(values)))

    def inverse(self, values: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `Transforms`."""
        power_of(values)
        trace.check()
        return to_limbs(reference.inverse_transform(from_limbs(values)))

    def quotient(self, a: LimbArray, b: LimbArray, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `Transforms`; below 2^28 points."""
        power_of(a)
        with trace.phase(Phase.TRANSFORMS):
            try:
                x, y = from_mont_limbs(a, FR), from_mont_limbs(b, FR)
                a[:] = to_limbs(reference.quotient(x, y, [u * v % FR.modulus for u, v in zip(x, y, strict=True)]))
            finally:
                b.fill(0)
        return a
