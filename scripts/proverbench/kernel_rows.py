"""Rows 7 and 8: kernels by themselves, on one core, in processor time of the thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from proverbench.bench import Bench
from proverbench.table import Part, Row
from zkcompanion.proving.fields import FR, LimbArray, to_limbs
from zkcompanion.proving.kernels.layout import pair_scratch
from zkcompanion.proving.points import G1_GENERATOR

_POINTS = 1 << 16
_BATCH = 1 << 11
_SEED = 4


def _thread_seconds(work: Callable[[], object], times: int) -> list[float]:
    """Processor seconds of this thread for each call."""
    result = []
    for _ in range(times):
        start = time.thread_time_ns()
        work()
        result.append((time.thread_time_ns() - start) * 1e-9)
    return result


def _points(bench: Bench, n: int, rng: np.random.Generator) -> LimbArray:
    """uint64[n, 8]: random multiples of the generator, affine Montgomery."""
    return bench.backend().curve.fixed_base_g1(G1_GENERATOR, _scalars(n, rng))


def _scalars(n: int, rng: np.random.Generator) -> LimbArray:
    """uint64[n, 4]: uniform below r, plain."""
    return to_limbs(int.from_bytes(rng.bytes(48), "little") % FR.modulus for _ in range(n))


def row_7(bench: Bench) -> Row:
    """One multi-scalar multiplication in G1."""
    rng = np.random.default_rng(_SEED)
    bases, scalars = _points(bench, _POINTS, rng), _scalars(_POINTS, rng)
    msm = bench.backend(threads=1).msm
    msm.g1(bases, msm.schedule(scalars))
    seconds = _thread_seconds(lambda: msm.g1(bases, msm.schedule(scalars)), max(bench.options.rounds, 5))
    part = Part("", 1e3 * statistics.median(seconds), 60, 45, "ms", least=True)
    how = "processor time of one thread, the schedule included; median; uniform scalars, distinct random points"
    return Row(7, "G1 sum of 2^16 points, one core", how, [part], [{"milliseconds": [1e3 * s for s in seconds]}])


def row_8(bench: Bench) -> Row:
    """The kernel `g1_add_pairs`."""
    rng = np.random.default_rng(_SEED)
    points, out = _points(bench, _POINTS, rng), np.empty((_BATCH, 8), dtype=np.uint64)
    prefix = pair_scratch(_BATCH, 8)
    kernels = bench.kernels("sums")  # its memory holds the code
    kernel = kernels["g1_add_pairs"]
    # every point once in a pass over all of them, in random order, with random signs
    entries = rng.permutation(_POINTS).astype(np.uint32) | (rng.integers(0, 2, _POINTS, dtype=np.uint32) << 31)
    a, b = entries[: _POINTS // 2].copy(), entries[_POINTS // 2 :].copy()
    target = rng.permutation(_BATCH).astype(np.uint32)
    calls = [
        (out.ctypes.data, points.ctypes.data, a.ctypes.data + 4 * i, b.ctypes.data + 4 * i, target.ctypes.data)
        for i in range(0, _POINTS // 2, _BATCH)
    ]

    def one_pass() -> None:
        for arguments in calls:
            kernel(*arguments, prefix.ctypes.data, _BATCH)

    one_pass()
    nanoseconds = [1e9 * s / (_POINTS // 2) for s in _thread_seconds(one_pass, max(10 * bench.options.rounds, 50))]
    part = Part("", statistics.median(nanoseconds), 32, 27, "ns", least=True)
    how = (
        f"processor time of one thread for each addition, {_BATCH} to an inversion; points at random places of 2^16,"
        " random signs, sums to random places; median"
    )
    detail = {"least": min(nanoseconds), "most": max(nanoseconds)}
    return Row(8, "batched affine addition with gather, scatter and its share of the inversion", how, [part], [detail])
