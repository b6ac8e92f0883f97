"""Where splitting one proof over two threads beats two proofs side by side, each in a process of its own.

    scripts/measure/splitting.py [POWER ...]

For each size the median seconds of a proof alone in one thread, alone in two, and beside another one, in interleaved
rounds. Other programs should be quiet: two threads and two processes both want both cores.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from zkcompanion.benchmarks.generated import generate_circuit
from zkcompanion.proving.backend import load_backend
from zkcompanion.proving.groth16.development import new_development_key
from zkcompanion.proving.groth16.prove import ProvingKey, prove

_POWERS = (8, 10, 11, 12, 13, 14, 15, 16, 17)
_ROUNDS = 7
#: Proofs of one round last at least so long.
_ROUND_S = 0.25


def _prover(connection: Connection, kind: str, power: int) -> None:
    """A process that proves so often, with so many threads, when it is told to, and answers with its seconds."""
    system, witness = generate_circuit(kind, power)
    backends = {threads: load_backend("auto", threads=threads) for threads in (1, 2)}
    key = ProvingKey.prepare(new_development_key(system, backends[2]))
    for backend in backends.values():
        prove(key, witness, backend)
    connection.send(None)
    while (order := connection.recv()) is not None:
        threads, times = order
        start_s = time.perf_counter()
        for _ in range(times):
            prove(key, witness, backends[threads])
        connection.send((time.perf_counter() - start_s) / times)


def measure_splitting(progress: Callable[[str], None], powers: tuple[int, ...] = _POWERS) -> list[dict[str, object]]:
    """For each size the seconds of a proof: alone in one thread, alone in two, and beside another one."""
    rows = []
    for power in powers:
        context = get_context("spawn")
        ends, processes = [], []
        for _ in range(2):
            ours, theirs = context.Pipe()
            processes.append(context.Process(target=_prover, args=(theirs, "mix", power), daemon=True))
            processes[-1].start()
            ends.append(ours)
        for end in ends:
            end.recv()

        def run(which: list[Connection], threads: int, times: int) -> float:
            for end in which:
                end.send((threads, times))
            seconds: list[float] = [end.recv() for end in which]
            return statistics.mean(seconds)

        times = max(2, round(_ROUND_S / run(ends[:1], 1, 2)))
        seen: dict[str, list[float]] = {"one": [], "two": [], "beside": []}
        for _ in range(_ROUNDS):
            seen["one"].append(run(ends[:1], 1, times))
            seen["two"].append(run(ends[:1], 2, times))
            seen["beside"].append(run(ends, 1, times))
        for end in ends:
            end.send(None)
        for process in processes:
            process.join()
        one, two, beside = (statistics.median(seen[name]) for name in ("one", "two", "beside"))
        row: dict[str, object] = {"power": power, "one_s": one, "two_s": two, "beside_s": beside}
        row |= {"speed_up": one / two, "split_over_beside": beside / (2 * two)}
        rows.append(row)
        progress(
            f"2^{power}: alone {1000 * one:.1f} ms, two threads {1000 * two:.1f} ms ({one / two:.2f}x), beside another"
            f" {1000 * beside:.1f} ms; two threads make {beside / (2 * two):.2f} of the proofs of two side by side"
        )
    return rows


if __name__ == "__main__":
    measure_splitting(print, tuple(int(word) for word in sys.argv[1:]) or _POWERS)
