#!/usr/bin/env python3
"""Warm proofs of ours against whole processes of snarkjs, on circuits made on the spot, in interleaved rounds.

    scripts/bench_prover.py [--kinds dense bits mix] [--powers 12 13 14 15 16 17] [--rounds 3] [--threads N]
                            [--kernels auto] [--json]

A round proves once with each prover on the same `.zkey` and `.wtns`, so that both meet the same moods of the machine.
Ours is warm as the design defines it: reading the witness, proving and verifying count; start-up and loading the key
do not and are given apart. snarkjs is `snarkjs groth16 prove`, the whole process. Every proof of ours is verified in
the figure; at the end snarkjs verifies our last proof and we verify theirs. A proof that does not hold stops the run.
The time of a round is the wall clock's; ratios are taken round by round, and medians are given.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from zkcompanion.app.timing import RecordingTrace  # noqa: E402  the checkout's own package, wherever this is run from
from zkcompanion.base.paths import AppDirs  # noqa: E402
from zkcompanion.base.sealed import SealedStore  # noqa: E402
from zkcompanion.benchmarks.generated import KINDS, generate_circuit  # noqa: E402
from zkcompanion.proving.backend import KINDS as KERNELS  # noqa: E402
from zkcompanion.proving.backend import PROVING, VERIFYING, Backend, load_backend  # noqa: E402
from zkcompanion.proving.formats.proofjson import (  # noqa: E402
    proof_from_json,
    proof_to_json,
    public_from_json,
    public_to_json,
    verification_key_to_json,
)
from zkcompanion.proving.formats.r1cs import write_r1cs  # noqa: E402
from zkcompanion.proving.formats.wtns import read_wtns, write_wtns  # noqa: E402
from zkcompanion.proving.formats.zkey import read_zkey  # noqa: E402
from zkcompanion.proving.groth16.development import write_development_key  # noqa: E402
from zkcompanion.proving.groth16.prove import ProvingKey, prove  # noqa: E402
from zkcompanion.proving.groth16.types import Proof  # noqa: E402
from zkcompanion.proving.groth16.verify import prepare_zkey, verify_prepared  # noqa: E402

SNARKJS = ROOT / "tests" / "interop" / "node_modules" / ".bin" / "snarkjs"


@dataclass(frozen=True)
class Row:
    """One circuit, measured. Seconds are medians over the rounds unless the name says otherwise."""

    kind: str
    power: int
    constraints: int
    wires: int
    circuit_blake2b: str
    key_bytes: int
    setup_seconds: float
    load_seconds: float
    ours_seconds: float
    ours_all_seconds: tuple[float, ...]
    phases: dict[str, float]
    snarkjs_seconds: float | None
    snarkjs_all_seconds: tuple[float, ...]
    ratio: float | None


def _run(command: Sequence[str | Path]) -> float:
    """Wall seconds of a whole process that must succeed."""
    start = time.perf_counter()
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return seconds


def measure(kind: str, power: int, backend: Backend, folder: Path, *, rounds: int, peer: bool) -> Row:
    """Make the circuit, its witness and a development key in `folder`, then prove in rounds."""
    files = {name: folder / name for name in ("c.r1cs", "w.wtns", "k.zkey", "vk.json")}
    r1cs, witness = generate_circuit(kind, power)
    write_r1cs(files["c.r1cs"], r1cs)
    write_wtns(files["w.wtns"], witness)
    start = time.perf_counter()
    write_development_key(files["k.zkey"], r1cs, backend)
    setup_seconds = time.perf_counter() - start
    start = time.perf_counter()
    with read_zkey(files["k.zkey"]) as zkey:
        key = ProvingKey.prepare(zkey)
        prepared = prepare_zkey(zkey, backend.pairing)
        load_seconds = time.perf_counter() - start
        alpha_beta = backend.pairing.pairing(prepared.key.vk_alpha_1, prepared.key.vk_beta_2)
        files["vk.json"].write_bytes(verification_key_to_json(prepared.key, alpha_beta))
        ours: list[float] = []
        theirs: list[float] = []
        phases: list[dict[str, float]] = []

        def prove_once() -> tuple[Proof, tuple[int, ...], dict[str, float], float]:
            trace = RecordingTrace()
            start = time.perf_counter()
            proof, public = prove(key, read_wtns(files["w.wtns"]), backend, trace=trace)
            verify_prepared(prepared, public, proof, pairing=backend.pairing)
            return proof, public, trace.lap(), time.perf_counter() - start

        proof, public, _, _ = prove_once()  # warms caches up and is not counted
        for _ in range(rounds):
            proof, public, times, seconds = prove_once()
            ours.append(seconds)
            phases.append(times)
            if peer:
                outputs = folder / "their-proof.json", folder / "their-public.json"
                theirs.append(_run([SNARKJS, "groth16", "prove", files["k.zkey"], files["w.wtns"], *outputs]))
        if peer:
            (folder / "proof.json").write_bytes(proof_to_json(proof))
            (folder / "public.json").write_bytes(public_to_json(public))
            _run([SNARKJS, "groth16", "verify", files["vk.json"], folder / "public.json", folder / "proof.json"])
            their_public = public_from_json((folder / "their-public.json").read_bytes(), file="their-public.json")
            their_proof = proof_from_json((folder / "their-proof.json").read_bytes(), file="their-proof.json")
            verify_prepared(prepared, their_public, their_proof, pairing=backend.pairing)
        return Row(
            kind=kind,
            power=power,
            constraints=r1cs.n_constraints,
            wires=r1cs.n_wires,
            circuit_blake2b=hashlib.blake2b(files["c.r1cs"].read_bytes(), digest_size=16).hexdigest(),
            key_bytes=files["k.zkey"].stat().st_size,
            setup_seconds=setup_seconds,
            load_seconds=load_seconds,
            ours_seconds=statistics.median(ours),
            ours_all_seconds=tuple(ours),
            phases={name: statistics.median(p[name] for p in phases) for name in phases[0]},
            snarkjs_seconds=statistics.median(theirs) if theirs else None,
            snarkjs_all_seconds=tuple(theirs),
            ratio=statistics.median(t / o for t, o in zip(theirs, ours, strict=True)) if theirs else None,
        )


def main() -> int:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=tuple(KINDS), default=tuple(KINDS))
    parser.add_argument("--powers", nargs="+", type=int, default=[12, 13, 14, 15, 16, 17], help="log2 of the domain")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--kernels", choices=KERNELS, default="auto")
    parser.add_argument("--without-snarkjs", action="store_true", help="ours alone")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    peer = not options.without_snarkjs
    if peer and not SNARKJS.exists():
        raise SystemExit("snarkjs is not there: scripts/run_regression_tests.sh installs it; or --without-snarkjs")
    dirs = AppDirs()
    store = SealedStore(dirs.cache / "code", dirs.data / "seal.key")
    rows: list[Row] = []
    with load_backend(options.kernels, threads=options.threads, store=store) as backend:
        backend.load([*PROVING, *VERIFYING])
        for power in options.powers:
            for kind in options.kinds:
                with tempfile.TemporaryDirectory(prefix="zkc-bench-") as folder:
                    row = measure(kind, power, backend, Path(folder), rounds=options.rounds, peer=peer)
                rows.append(row)
                _print_row(row, sys.stderr if options.json else sys.stdout)
        machine: dict[str, Any] = {
            "system": platform.system(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "threads": backend.threads,
            "kernels": backend.kind,
            "rounds": options.rounds,
        }
    if options.json:
        print(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2))
    return 0


def _print_row(row: Row, stream: Any) -> None:
    peer = f"  snarkjs {row.snarkjs_seconds:7.2f} s  ratio {row.ratio:5.1f}" if row.ratio is not None else ""
    print(
        f"{row.kind:5} 2^{row.power:<2} {row.constraints:7} constraints  {row.circuit_blake2b[:12]}"
        f"  ours {row.ours_seconds:7.3f} s{peer}",
        file=stream,
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
