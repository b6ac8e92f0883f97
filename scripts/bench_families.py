#!/usr/bin/env python3
"""How much faster each family of kernels makes a proof than the next one, by processor time of one thread.

    scripts/bench_families.py [--rounds N] [--json]

Both families prove the same circuit in turn, in one process; the ratio is the median of the rounds' ratios. Other work
on the machine shares caches and clock with it, but its time does not count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from proverbench.circuits import Case, make_case  # noqa: E402

from zkcompanion.base.errors import CompanionError  # noqa: E402
from zkcompanion.base.paths import AppDirs  # noqa: E402
from zkcompanion.base.sealed import SealedStore  # noqa: E402
from zkcompanion.proving.backend import PROVING, VERIFYING, Backend, load_backend  # noqa: E402
from zkcompanion.proving.formats.wtns import read_wtns  # noqa: E402
from zkcompanion.proving.formats.zkey import read_zkey  # noqa: E402
from zkcompanion.proving.groth16.prove import ProvingKey, prove  # noqa: E402

#: The faster family, the slower one, and the domain: the reference takes a minute for what the others do at once.
PAIRS: tuple[tuple[str, str, int], ...] = (("ifma", "scalar", 15), ("scalar", "reference", 7))


def _ratios(case: Case, fast: Backend, slow: Backend, rounds: int) -> list[float]:
    """Of the processor time of the slower family to that of the faster, round by round."""
    found = []
    witness = read_wtns(case.witness)
    with read_zkey(case.zkey) as zkey:
        key = ProvingKey.prepare(zkey)
        for number in range(rounds + 1):
            seconds = []
            for backend in (fast, slow):
                start = time.thread_time()
                prove(key, witness, backend)
                seconds.append(time.thread_time() - start)
            if number:  # the first one warms both up
                found.append(seconds[1] / seconds[0])
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    dirs = AppDirs()
    store = SealedStore(dirs.cache / "code", dirs.data / "seal.key")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="zkc-families-") as name:
        maker = load_backend("scalar", threads=1, store=store)
        for fast_name, slow_name, power in PAIRS:
            try:
                fast, slow = (load_backend(kind, threads=1, store=store) for kind in (fast_name, slow_name))
            except CompanionError as error:
                print(f"{fast_name}: {error}", file=sys.stderr)
                continue
            for backend in (fast, slow, maker):
                backend.load((*PROVING, *VERIFYING))
            for kind in ("dense", "bits"):
                ratios = _ratios(make_case(kind, power, maker, Path(name)), fast, slow, given.rounds)
                row: dict[str, Any] = {"fast": fast_name, "slow": slow_name, "kind": kind, "power": power}
                rows.append(row | {"ratio": statistics.median(ratios), "rounds": ratios})
            fast.close()
            slow.close()
        maker.close()
    if given.json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            least, most = min(row["rounds"]), max(row["rounds"])
            print(
                f"{row['fast']} against {row['slow']}, {row['kind']} 2^{row['power']}:"
                f" {row['ratio']:.2f} times ({least:.2f} to {most:.2f})"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
