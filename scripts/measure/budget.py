"""Peak memory and time: with a budget and without one, of a key that is made, and of the straightforward mode."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.proving.formats.r1cs import write_r1cs
from zkcompanion.proving.formats.wtns import write_wtns

_ROOT = Path(__file__).resolve().parents[2]
_STRAIGHTFORWARD = Path(__file__).with_name("straightforward.py")


def compare(folder: Path, kind: str, constraints: int) -> dict[str, object]:
    """Peaks of one proof in a process of its own: straightforward, by default, and within the least budget."""
    own = _circuit(folder, kind, constraints)
    files = (own / "k.zkey", own / "w.wtns")
    plain = _run([sys.executable, "-P", str(_STRAIGHTFORWARD), *map(str, files)], folder)
    usual = _prove(own, folder)
    within = _prove(own, folder, "--memory", _least(own, folder))
    peak = int(usual["peak_rss_bytes"])
    return {
        "circuit": f"{kind}, {constraints} constraints",
        "key_bytes": files[0].stat().st_size,
        "straightforward": plain,
        "usual": usual,
        "least_budget": within,
        "saved": 1 - peak / int(plain["peak_rss_bytes"]),
        "saved_within": 1 - int(within["peak_rss_bytes"]) / int(plain["peak_rss_bytes"]),
    }


def with_budget(folder: Path, constraints: int, memory: str, rounds: int = 3) -> dict[str, object]:
    """A key that is made within a budget, and its proofs with it and without, by turns."""
    own = _circuit(folder, "dense", constraints, memory)
    by_turns: dict[str, list[dict[str, Any]]] = {"with": [], "without": []}
    for _ in range(rounds):
        by_turns["with"].append(_prove(own, folder, "--memory", memory))
        by_turns["without"].append(_prove(own, folder))
    seconds = {name: statistics.median(run["seconds"] for run in runs) for name, runs in by_turns.items()}
    return {
        "constraints": constraints,
        "memory": memory,
        "peak_rss_bytes": max(int(run["peak_rss_bytes"]) for run in by_turns["with"]),
        "times": seconds["with"] / seconds["without"],
        "seconds": seconds,
        "key": json.loads((own / "setup.json").read_text()),
        "runs": by_turns,
    }


def _circuit(folder: Path, kind: str, constraints: int, memory: str | None = None) -> Path:
    """`c.r1cs`, `w.wtns`, `k.zkey` and what the command said of making it, made where they are not there."""
    own = folder / f"{kind}-{constraints}"
    if (own / "setup.json").is_file():
        return own
    own.mkdir(parents=True, exist_ok=True)
    system, witness = generate_sized(kind, constraints)
    write_r1cs(own / "c.r1cs", system)
    write_wtns(own / "w.wtns", witness)
    words = ["groth16", "setup", "--development", "c.r1cs", "k.zkey", "--json", "--progress", "none"]
    # the first of all compiles kernels, which is not counted
    _command([*words[:3], _small(own), "small.zkey"], own, folder)
    made = _command(words if memory is None else [*words, "--memory", memory], own, folder)
    kept = {name: made[name] for name in ("seconds", "peak_rss_bytes", "constraints", "wires", "domain_power")}
    (own / "setup.json").write_text(json.dumps(kept | {"memory": made.get("memory")}))
    _prove(own, folder)
    return own


def _least(own: Path, folder: Path) -> str:
    """The budget that a refusal names."""
    words = [sys.executable, "-P", "-m", "zkcompanion", "groth16", "prove", "k.zkey", "w.wtns", "--memory", "1M"]
    refused = subprocess.run(words, cwd=own, env=_environment(folder), capture_output=True, check=False, text=True)
    return refused.stderr.split("--memory ")[1].split(",")[0]


def _small(own: Path) -> str:
    write_r1cs(own / "small.r1cs", generate_sized("dense", 100)[0])
    return "small.r1cs"


def _prove(own: Path, folder: Path, *more: str) -> dict[str, Any]:
    """One proof in a process of its own."""
    words = ["groth16", "prove", "k.zkey", "w.wtns", "proof.json", "public.json", "--json", "--progress", "none"]
    answer = _command([*words, *more], own, folder)
    (proof,) = answer["proofs"]
    if not answer["verified"]:
        raise SystemExit("a proof that does not hold")
    mode = answer.get("memory", {}).get("mode")
    return {"peak_rss_bytes": proof["peak_rss_bytes"], "seconds": proof["seconds"], "mode": mode}


def _command(words: Sequence[str], own: Path, folder: Path) -> dict[str, Any]:
    return _run([sys.executable, "-P", "-m", "zkcompanion", *words], folder, own)


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"ZKCOMPANION_HOME": str(folder / "home"), "PYTHONPATH": str(_ROOT)}


def _run(command: Sequence[str], folder: Path, own: Path | None = None) -> dict[str, Any]:
    done = subprocess.run(command, cwd=own, env=_environment(folder), capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command} failed: {done.stderr.decode(errors='replace')}")
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith(b"{") else {}
    return answer
