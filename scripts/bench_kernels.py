#!/usr/bin/env python3
"""Nanoseconds of the kernels that a proof is made of, on one core of this machine.

    scripts/bench_kernels.py [--kernels auto|scalar|ifma] [--rounds N] [--largest POWER] [--json]

Times are processor time of the calling thread, so that other programs do not count (they still take cache and turbo:
give it a quiet machine). Each figure is the least of all rounds, the median beside it; inputs differ from call to call,
because a processor learns the branches of data that it has seen.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the checkout's own package

import numpy as np
import numpy.typing as npt

from zkcompanion.proving import ntt, rows
from zkcompanion.proving.backend import load_backend
from zkcompanion.proving.curve import GROUPS, CurveArrays
from zkcompanion.proving.fields import FP, FR, LimbArray
from zkcompanion.proving.formats.zkey import COEFFICIENT
from zkcompanion.proving.kernels.field_ops import ScalarField
from zkcompanion.proving.kernels.ir import I256, Emitter, KernelSpec
from zkcompanion.proving.kernels.jit import (
    IFMA_GROUPS,
    SCALAR_GROUPS,
    KernelGroup,
    KernelSet,
    compile_group,
    cpu_identity,
)
from zkcompanion.proving.kernels.layout import pair_scratch
from zkcompanion.proving.msm import Msm
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.row_sums import TILING
from zkcompanion.proving.rows import KeyRows

#: Fixed: the same inputs on every machine.
SEED = 20260101


def _chains(width: int) -> KernelSpec:
    """x[i] <- x[i]*c, n times, for `width` independent chains."""

    def emit(e: Emitter) -> None:
        f = ScalarField(e, FP)
        factor = f.load(e.arg("c"))
        chains = [e.var(I256, f.load(e.arg("x"), i)) for i in range(width)]
        with e.loop(0, e.arg("n")):
            for chain in chains:
                chain.set(f.mul(chain.get(), factor))
        for i, chain in enumerate(chains):
            f.store(chain.get(), e.arg("x"), i)

    return KernelSpec(f"chains_{width}", ("x*", "c*", "n"), emit)


def _inverses() -> KernelSpec:
    def emit(e: Emitter) -> None:
        f = ScalarField(e, FP)
        with e.loop(0, e.arg("n")) as i:
            f.store(f.inv(f.load(e.arg("x"), i)), e.arg("x"), i)

    return KernelSpec("inverses", ("x*", "n"), emit)


#: Kernels of this program alone, compiled as a group of their own.
SPECS = (_chains(1), _chains(4), _inverses())


class Clock:
    """Takes the time of calls, keeps every round."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.figures: list[dict[str, Any]] = []

    def measure(
        self, name: str, unit: str, per: int, call: Callable[[], object], prepare: Callable[[], object]
    ) -> None:
        """One figure: processor time of `call` divided by `per`; `prepare` runs before each, not counted."""
        times = []
        for _ in range(self.rounds):
            prepare()
            start = time.thread_time_ns()
            call()
            times.append((time.thread_time_ns() - start) / per)
        figure = {"name": name, "unit": unit, "least": min(times), "median": statistics.median(times)}
        self.figures.append(figure)
        print(f"{name:44} {figure['least']:12.2f} {figure['median']:12.2f} {unit}", file=sys.stderr, flush=True)


def uniform(rng: np.random.Generator, n: int, modulus: int = FR.modulus) -> LimbArray:
    """uint64[n, 4], below the modulus, all but the topmost few bits uniform."""
    values = rng.integers(0, 1 << 64, (n, 4), dtype=np.uint64)
    values[:, 3] %= np.uint64(modulus >> 192)
    return values


def bits(rng: np.random.Generator, n: int) -> LimbArray:
    """98 % zeros and ones, 2 % uniform: the witness of a bitwise hash."""
    values = np.zeros((n, 4), dtype=np.uint64)
    values[:, 0] = rng.integers(0, 2, n)
    full = rng.random(n) < 0.02
    values[full] = uniform(rng, int(full.sum()))
    return values


def addresses(*arrays: npt.NDArray[Any]) -> list[int]:
    """What kernels take."""
    return [array.ctypes.data for array in arrays]


def bench_field(clock: Clock, rng: np.random.Generator) -> None:
    """One multiplication in a dependent chain, and among independent ones; one inversion."""
    group = KernelGroup("bench", compile_group("__main__", "bench"))
    n = 20000
    for width, what in ((1, "latency"), (4, "throughput")):
        x, c = uniform(rng, width, FP.modulus), uniform(rng, 1, FP.modulus)
        call = partial(group.functions[f"chains_{width}"], *addresses(x, c), n)
        clock.measure(f"field mul {what}", "ns", n * width, call, lambda: None)
    many = uniform(rng, 1000, FP.modulus)
    clock.measure(
        "field inversion",
        "ns",
        len(many),
        lambda: group.functions["inverses"](*addresses(many), len(many)),
        lambda: many.__setitem__(slice(None), uniform(rng, len(many), FP.modulus)),
    )


def bench_additions(clock: Clock, kernels: KernelSet, rng: np.random.Generator, curve: str, points: LimbArray) -> None:
    """Batched additions with their share of the inversion, random gather and scatter."""
    n, words = TILING.pairs_per_batch, points.shape[1]
    out, prefix = np.empty((n, words), dtype=np.uint64), pair_scratch(n, words)
    a, b, targets = (np.empty(n, dtype=np.uint32) for _ in range(3))

    def prepare() -> None:
        for entries in (a, b):
            entries[:] = rng.integers(0, len(points), n) | rng.integers(0, 2, n) << 31
        targets[:] = rng.permutation(n)

    arguments = addresses(out, points, a, b, targets, prefix)
    clock.measure(f"{curve} batched addition", "ns", n, lambda: kernels[f"{curve}_add_pairs"](*arguments, n), prepare)


def bench_sums(
    clock: Clock, kernels: KernelSet, rng: np.random.Generator, curve: str, points: LimbArray, largest: int
) -> None:
    """Multi-scalar multiplication of the first points, scalars sorted (and that alone) included."""
    sums = Msm(kernels, ThreadTeam(1))
    multiply = sums.g1 if curve == "g1" else sums.g2
    for shape, make in (("uniform", uniform), ("bits", bits)):
        for power in range(10, largest + 1, 2):
            n = 1 << power
            scalars, bases = make(rng, n), points[:n]
            renew = partial(_renew, scalars, make, rng)
            if curve == "g1":
                clock.measure(f"schedule 2^{power} {shape}", "us", 1000, partial(sums.schedule, scalars), renew)
            whole = partial(_whole_sum, sums, multiply, bases, scalars)
            clock.measure(f"{curve} sum 2^{power} {shape}", "us", 1000, whole, renew)


def _renew(scalars: LimbArray, make: Callable[[np.random.Generator, int], LimbArray], rng: np.random.Generator) -> None:
    scalars[:] = make(rng, len(scalars))


def _whole_sum(sums: Msm, multiply: Callable[..., object], bases: LimbArray, scalars: LimbArray) -> None:
    multiply(bases, sums.schedule(scalars))


def bench_curve(clock: Clock, kernels: KernelSet, rng: np.random.Generator) -> None:
    """Multiples of a fixed point, of given points, and the subgroup test."""
    curve = CurveArrays(kernels, ThreadTeam(1))
    n = 1 << 13
    scalars = uniform(rng, n)
    g2 = curve.fixed_base_g2(G2_GENERATOR, scalars[:512])
    few = scalars[:512]
    for name, count, call in (
        ("g1 multiple of a fixed point", n, lambda: curve.fixed_base_g1(G1_GENERATOR, scalars)),
        ("g2 multiple of a fixed point", n, lambda: curve.fixed_base_g2(G2_GENERATOR, scalars)),
        ("g1 scalar multiplication", 1, lambda: curve.multiply_sum_g1([G1_GENERATOR], [FR.modulus // 3])),
        ("g2 scalar multiplication", 1, lambda: curve.multiply_sum_g2([G2_GENERATOR], [FR.modulus // 3])),
        ("g2 scaled point of an array", 512, lambda: curve.scale_points_g2(g2, few)),
        ("g2 subgroup test", 512, lambda: curve.find_outside_subgroup(g2)),
    ):
        clock.measure(name, "us", 1000 * count, call, lambda: None)


def bench_rows(clock: Clock, kernels: KernelSet, rng: np.random.Generator) -> None:
    """A and B of a key times a witness: 2^17 terms in 2^16 rows of any length, wires near one another."""
    kernels.load(rows.GROUPS)
    n_rows, n_terms = 1 << 16, 1 << 17
    coefficients = np.zeros(n_terms, dtype=COEFFICIENT)
    coefficients["matrix"] = rng.integers(0, 2, n_terms)
    coefficients["constraint"] = np.sort(rng.integers(0, n_rows, n_terms))
    coefficients["signal"] = np.maximum(coefficients["constraint"] - rng.integers(0, 64, n_terms), 0)
    coefficients["value"] = uniform(rng, n_terms)
    key, witness = KeyRows.of(coefficients, n_vars=n_rows, domain_size=n_rows), uniform(rng, n_rows)
    evaluate = partial(rows.Rows(kernels, ThreadTeam(1)).evaluate_key, key, witness)
    clock.measure("coefficient of a key", "ns", n_terms, evaluate, partial(_renew, witness, uniform, rng))


def bench_transforms(clock: Clock, kernels: KernelSet, rng: np.random.Generator, largest: int) -> None:
    """Quotients of Groth16: six transforms, the coset, c = a*b and h. The driver's own work counts, too."""
    kernels.load(ntt.GROUPS)
    transforms = ntt.Ntt(kernels, ThreadTeam(1))
    for power in range(10, largest + 1, 2):
        a, b = (np.empty((1 << power, 4), dtype=np.uint64) for _ in range(2))
        call = partial(transforms.quotient, a, b)
        clock.measure(f"quotient 2^{power}", "us", 1000, call, partial(_renew_factors, a, b, rng))


def _renew_factors(a: LimbArray, b: LimbArray, rng: np.random.Generator) -> None:
    a[:], b[:] = uniform(rng, len(a)), uniform(rng, len(b))


def main() -> None:
    """Print a line for each figure, or with --json one object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", choices=("auto", "scalar", "ifma"), default="auto")
    parser.add_argument("--rounds", type=int, default=15, help="calls of each kind")
    parser.add_argument("--largest", type=int, default=16, help="power of two of the largest sum and quotient")
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    options = parser.parse_args()
    with load_backend(options.kernels, threads=1) as backend:
        family = backend.kind
    kernels = KernelSet(family, IFMA_GROUPS if family == "ifma" else SCALAR_GROUPS)
    start = time.thread_time_ns()
    kernels.load(GROUPS)
    clock = Clock(options.rounds)
    rng = np.random.default_rng(SEED)
    print(f"{'kernels: ' + family:44} {'least':>12} {'median':>12}", file=sys.stderr)
    compiled = {"name": "compile point kernels", "unit": "ms", "least": (time.thread_time_ns() - start) / 1e6}
    clock.figures.append(compiled)
    print(f"{compiled['name']:44} {compiled['least']:12.2f} {'':12} ms", file=sys.stderr)
    bench_field(clock, rng)
    curve = CurveArrays(kernels, ThreadTeam(1))
    scalars = uniform(rng, 1 << options.largest)
    points = {
        "g1": curve.fixed_base_g1(G1_GENERATOR, scalars),
        "g2": curve.fixed_base_g2(G2_GENERATOR, scalars),
    }
    for name, array in points.items():
        bench_additions(clock, kernels, rng, name, array)
    bench_curve(clock, kernels, rng)
    bench_rows(clock, kernels, rng)
    bench_transforms(clock, kernels, rng, options.largest)
    for name, array in points.items():
        bench_sums(clock, kernels, rng, name, array, options.largest)
    if options.json:
        cpu, _ = cpu_identity()
        print(json.dumps({"kernels": family, "cpu": cpu, "rounds": options.rounds, "figures": clock.figures}, indent=1))


if __name__ == "__main__":
    main()
