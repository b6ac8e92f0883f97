#!/usr/bin/env python3
"""How much the time of a proof tells of its witness, without and with --constant-work, and what the latter costs.

    scripts/bench_constant_work.py [--power 14] [--rounds 15] [--kernels auto|ifma|scalar] [--json]

One key, and witnesses of one kind of value each; they do not satisfy the circuit, which the prover does not look at.
Each round proves all kinds in another order, in one thread; the figures are medians of processor time and the additions
of points that the five sums are made of. `spread` is how far apart the kinds are, in percent of the slowest.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parent
sys.path[:0] = [str(SCRIPTS.parent), str(SCRIPTS)]  # the checkout's own package, wherever this is run from

from proverbench import machine  # noqa: E402

from zkcompanion.benchmarks.generated import generate_circuit  # noqa: E402
from zkcompanion.proving.backend import MASKING, PROVING, Backend, load_backend  # noqa: E402
from zkcompanion.proving.fields import FR, LimbArray, to_limbs  # noqa: E402
from zkcompanion.proving.formats.zkey import read_zkey  # noqa: E402
from zkcompanion.proving.groth16.development import write_development_key  # noqa: E402
from zkcompanion.proving.groth16.prove import ProvingKey, prove  # noqa: E402
from zkcompanion.proving.groth16.workmask import WorkMask  # noqa: E402
from zkcompanion.proving.phases import Phase, Trace  # noqa: E402

SEED = 20260101
R = FR.modulus
RANDOM = random.Random(SEED)
#: Kinds of value, and one of each.
KINDS: Mapping[str, Callable[[], int]] = {
    "zeros": lambda: 0,
    "ones": lambda: 1,
    "bits": lambda: RANDOM.getrandbits(1),
    "bytes": lambda: RANDOM.getrandbits(8),
    "64 bits": lambda: RANDOM.getrandbits(64),
    "full size": lambda: RANDOM.randrange(R),
}


class Products(Trace):
    """Adds up the field multiplications that the phases of sums report."""

    def __init__(self) -> None:
        self.total = 0

    def work(self, phase: Phase, count: Callable[[], int]) -> None:
        """See `Trace`."""
        if phase.value.startswith("sum-"):
            self.total += count()


def measure(key: ProvingKey, backend: Backend, mask: WorkMask | None, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each kind, and the field multiplications of its sums."""
    witnesses = {name: _witness(key, value) for name, value in KINDS.items()}
    times: dict[str, list[float]] = {name: [] for name in KINDS}
    for _ in range(rounds):
        for name in RANDOM.sample(list(KINDS), len(KINDS)):
            start = time.process_time()
            prove(key, witnesses[name], backend, mask=mask)
            times[name].append(time.process_time() - start)
    figures = {}
    for name, witness in witnesses.items():
        products = Products()
        prove(key, witness, backend, mask=mask, trace=products)
        figures[name] = {"ms": 1e3 * statistics.median(times[name]), "products": products.total}
    return figures


def _witness(key: ProvingKey, value: Callable[[], int]) -> LimbArray:
    return to_limbs([1, *(value() for _ in range(key.zkey.n_vars - 1))])


def spread(figures: Mapping[str, Mapping[str, float]], what: str) -> float:
    """How far apart the kinds are, in percent of the slowest."""
    values = [figure[what] for figure in figures.values()]
    return 100 * (max(values) - min(values)) / max(values)


def main() -> int:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", choices=("auto", "ifma", "scalar"), default="auto")
    parser.add_argument("--power", type=int, default=14, help="log2 of the domain")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="zkc-bench-") as folder,
        load_backend(options.kernels, threads=1) as backend,
    ):
        backend.load((*PROVING, *MASKING))
        path = Path(folder) / "k.zkey"
        write_development_key(path, generate_circuit("mix", options.power)[0], backend)
        with read_zkey(path) as zkey:
            key = ProvingKey.prepare(zkey)
            start = time.process_time()
            mask = key.work_mask(backend)
            mask_ms = 1e3 * (time.process_time() - start)
            plain = measure(key, backend, None, options.rounds)
            masked = measure(key, backend, mask, options.rounds)
            mask.close()
    result: dict[str, Any] = {
        "machine": machine.describe(),
        "kernels": backend.kind,
        "power": options.power,
        "rounds": options.rounds,
        "making the mask ms": mask_ms,
        "plain": plain,
        "constant work": masked,
        "spread percent": {
            name: {what: spread(figures, what) for what in ("ms", "products")}
            for name, figures in (("plain", plain), ("constant work", masked))
        },
    }
    if options.json:
        print(json.dumps(result, indent=2))
        return 0
    print(f"2^{options.power}, {backend.kind} kernels, one thread, processor time; mask made in {mask_ms:.1f} ms")
    print(f"{'witness':12} {'plain':>10} {'constant work':>15} {'products':>12} {'constant work':>15}")
    for name in KINDS:
        times = f"{plain[name]['ms']:7.1f} ms {masked[name]['ms']:12.1f} ms"
        print(f"{name:12} {times} {plain[name]['products']:12,} {masked[name]['products']:15,}")
    apart = [spread(figures, what) for what in ("ms", "products") for figures in (plain, masked)]
    print(f"{'spread':12} {apart[0]:8.2f} % {apart[1]:13.2f} % {apart[2]:10.2f} % {apart[3]:13.2f} %")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
