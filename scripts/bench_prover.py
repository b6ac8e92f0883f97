#!/usr/bin/env python3
"""How fast the prover is: the rows of docs/performance.md, and our proofs beside other provers' on generated circuits.

    scripts/bench_prover.py --row 1 2 7 [--json]       rows of the table, with value, floor and goal
    scripts/bench_prover.py [--kinds dense bits mix] [--powers 12 13 14 15 16 17] [--json]
                                                       each circuit on its own against every peer that is there
Peers: snarkjs (of the tests' node_modules), rapidsnark (`--rapidsnark PROGRAM` or on the PATH), groth16py
(`--groth16py PYTHON`, an interpreter that has it). A row whose peer is not there is marked as not measured.

A round proves once with each prover on the same `.zkey` and `.wtns`, so that both meet the same moods of the machine;
ratios are taken round by round, and medians are given. Ours is warm as the design defines it: reading the witness,
proving and verifying count; start-up and loading the key do not (row 6 is the cold one). Theirs is the whole process.
Every proof is verified, theirs too, and one that does not hold stops the run. Times are the wall clock's; processor
times stand beside them, because other programs disturb those less. `--quiet SHARE` makes rounds again in which other
programs used more than that share of the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parent
sys.path[:0] = [str(SCRIPTS.parent), str(SCRIPTS)]  # the checkout's own package, wherever this is run from

from proverbench import kernel_rows, limit_row, machine, memory_row, proof_rows  # noqa: E402
from proverbench.bench import Bench, NotThere, Options  # noqa: E402
from proverbench.provers import Prover, Warm  # noqa: E402
from proverbench.rounds import Measured, Patience  # noqa: E402
from proverbench.table import Row  # noqa: E402

from zkcompanion.benchmarks.generated import KINDS  # noqa: E402
from zkcompanion.proving.backend import KINDS as KERNELS  # noqa: E402

ROWS: Mapping[int, Callable[[Bench], Row]] = {
    1: proof_rows.row_1,
    2: proof_rows.row_2,
    3: proof_rows.row_3,
    4: proof_rows.row_4,
    5: proof_rows.row_5,
    6: proof_rows.row_6,
    7: kernel_rows.row_7,
    8: kernel_rows.row_8,
    9: limit_row.row_9,
    10: memory_row.row_10,
    11: proof_rows.row_11,
}


def measure_row(bench: Bench, number: int) -> Row:
    """One row; a peer or processor feature that is not there makes it one that was not measured."""
    try:
        return ROWS[number](bench)
    except NotThere as error:
        title = (ROWS[number].__doc__ or "").strip()
        return Row(number, title, "", reason=str(error))


def measure_circuits(bench: Bench, kinds: list[str], powers: tuple[int, ...]) -> list[Measured]:
    """Each circuit against the peers that read its files."""
    peers: list[Prover] = []
    for peer in (bench.snarkjs, bench.rapidsnark):
        try:
            peers.append(peer())
        except NotThere as error:
            bench.note(str(error))
    ours = Warm(bench.backend())
    result = []
    for power in powers:
        for kind in kinds:
            result.append(bench.measure(bench.case(kind, power), [ours, *peers]))
            print(_circuit_line(result[-1]), file=sys.stderr, flush=True)
    return result


def _circuit_line(m: Measured) -> str:
    case = m.case
    line = f"{case.kind:5} 2^{case.power:<2} {case.constraints:7} constraints  {case.circuit_blake2b[:12]}"
    line += f"  ours {m.seconds(0):7.3f} s"
    for i, name in enumerate(m.names[1:], 1):
        line += f"  {name} {m.seconds(i):7.2f} s, {m.ratio(i):5.1f} times"
    return line


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", nargs="+", type=int, choices=tuple(ROWS), metavar="N", help="rows of the table")
    parser.add_argument("--kinds", nargs="+", choices=tuple(KINDS), default=list(KINDS))
    parser.add_argument("--powers", nargs="+", type=int, help="log2 of the domains (default: the row's own)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="ours and theirs")
    parser.add_argument("--kernels", choices=KERNELS, default="auto")
    parser.add_argument("--rapidsnark", type=Path, metavar="PROGRAM")
    parser.add_argument("--groth16py", type=Path, metavar="PYTHON")
    parser.add_argument("--snarkjs", type=Path, metavar="PROGRAM")
    parser.add_argument("--quiet", type=float, metavar="SHARE", help="make disturbed rounds again")
    parser.add_argument("--patience", type=float, default=60.0, metavar="SECONDS", help="longest wait for quiet")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep circuits and keys there for the next run")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> int:
    """Parse, measure, print."""
    given = _options()
    options = Options(
        threads=given.threads,
        rounds=given.rounds,
        kernels=given.kernels,
        powers=tuple(given.powers) if given.powers else None,
        patience=replace(Patience(), quiet_share=given.quiet, wait_s=given.patience),
        rapidsnark=given.rapidsnark,
        groth16py=given.groth16py,
        snarkjs=given.snarkjs,
    )
    with ExitStack() as stack:
        folder = given.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zkc-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        bench = stack.enter_context(Bench(options, folder))
        result: dict[str, Any] = {
            "machine": machine.describe(),
            "threads": options.threads,
            "kernels": bench.backend().kind,
            "rounds": options.rounds,
        }
        if given.row:
            rows = [measure_row(bench, number) for number in given.row]
            result["rows"] = [row.data() for row in rows]
            lines = [line for row in rows for line in row.lines()]
        else:
            powers = options.powers or (12, 13, 14, 15, 16, 17)
            circuits = measure_circuits(bench, given.kinds, powers)
            result["circuits"] = [m.data() for m in circuits]
            lines = [_circuit_line(m) for m in circuits]
    print(json.dumps(result, indent=2) if given.json else "\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
