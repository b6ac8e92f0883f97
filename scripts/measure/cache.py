"""The cache by real processes: what a second proof and a warmed one load, and what a change makes stale."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zkcompanion.proving.backend import load_backend

from .corpus import Sample, make
from .kills import ROOT

_LIMIT_S = 600.0
#: Domains from 2^14 to 2^17, with and without constraints beside the key.
CASES = (
    Sample("dense", 16382, system=False),
    Sample("dense", 65534, system=False),
    Sample("bits", 131070, system=False),
    Sample("dense", 65000),
    Sample("bits", 131000),
)
#: One with a calculator and names too.
WARMED = Sample("sha256-preimage", 0)
_KINDS = ("prepared-key", "prepared-system", "prepared-names", "witness-module")


def zkcompanion(home: Path, *words: object, before: str = "", package: Path = ROOT) -> dict[str, Any]:
    """The answer of one process; `before`: Python that it runs first, `package`: where the program lies."""
    code = f"import sys\n{before}\nfrom zkcompanion.cli.main import main\nsys.exit(main(sys.argv[1:]))"
    environment = os.environ | {"ZKCOMPANION_HOME": str(home), "PYTHONPATH": str(package)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *map(str, words), "--json", "--progress", "none"],
        env=environment,
        capture_output=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"zkcompanion {words[0]} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def used(home: Path) -> dict[str, Counter[str]]:
    """Hits and misses by kind, so far."""
    kinds = zkcompanion(home, "cache", "stats")["kinds"]
    return {kind["kind"]: Counter(hits=kind["hits"], misses=kind["misses"]) for kind in kinds}


def _prove(home: Path, files: Path) -> dict[str, Any]:
    return zkcompanion(home, "prove", files, "--out", home / "proof")


def _corpus(samples: Iterable[Sample], folder: Path) -> list[Path]:
    with load_backend("auto", threads=1) as backend:
        return [make(sample, folder, backend) for sample in samples]


# -- P1: a second proof loads what the first prepared ------------------------------------------------------------------


def load_phases(folder: Path, rounds: int = 5) -> list[dict[str, object]]:
    """For each case medians of the load phase, first and second, each in a process of its own, by turns."""
    home = folder / "cache-home"
    zkcompanion(home, "cache", "warm")
    rows: list[dict[str, object]] = []
    for sample, files in zip(CASES, _corpus(CASES, folder), strict=True):
        first, second = [], []
        for _ in range(rounds):
            for kind in _KINDS:
                zkcompanion(home, "cache", "clear", "--kind", kind)
            first.append(_prove(home, files)["load_seconds"])
            before = used(home)
            second.append(_prove(home, files)["load_seconds"])
            asked = used(home)["prepared-key"] - before["prepared-key"]
            if asked != Counter(hits=1):
                raise RuntimeError(f"{sample.name}: the second proof did not find its key ({dict(asked)})")
        ratio = statistics.median(first) / statistics.median(second)
        rows.append(
            {
                "circuit": sample.name,
                "constraints_beside": sample.system,
                "first": round(statistics.median(first), 5),
                "second": round(statistics.median(second), 5),
                "ratio": round(ratio, 2),
            }
        )
    return rows


# -- P2: what changed is not found -------------------------------------------------------------------------------------


def stale_uses(folder: Path) -> dict[str, bool]:
    """For each change whether an entry from before it was used; and `unchanged`, which must be used."""
    home = folder / "stale-home"
    shutil.rmtree(home, ignore_errors=True)
    (files,) = _corpus([Sample("dense", 1500)], folder)
    circuit = home / "circuit"
    home.mkdir(mode=0o700)
    shutil.copytree(files, circuit)
    zkcompanion(home, "cache", "warm", circuit, "--kernels", "scalar")
    proof = home / "proof"
    verify = ("groth16", "verify", proof / "verification_key.json", proof / "public.json", proof / "proof.json")

    def hits(kind: str, *words: object, before: str = "", package: Path = ROOT) -> bool:
        was = used(home)
        zkcompanion(home, *words, "--kernels", "scalar", before=before, package=package)
        return (used(home)[kind] - was[kind])["hits"] > 0

    prove = ("prove", circuit, "--out", proof)
    found = {"unchanged": hits("prepared-key", *prove) and hits("kernels", *verify)}
    version = "import zkcompanion; zkcompanion.__version__ = '0.0.0+another'"
    found["program version"] = hits("prepared-key", *prove, before=version)
    key = circuit / "circuit.zkey"
    was = key.stat()
    data = key.read_bytes()
    key.write_bytes(data)  # the very bytes, written again: the time of its status tells
    os.utime(key, ns=(was.st_atime_ns, was.st_mtime_ns))
    found["file content"] = hits("prepared-key", *prove)
    features = (
        "from zkcompanion.proving.kernels import jit; cpu, has = jit.cpu_identity();"
        " jit.cpu_identity = lambda: (cpu, has + ',-sse4a')"
    )
    found["CPU features"] = hits("kernels", *verify, before=features)
    package = home / "package"
    shutil.copytree(ROOT / "zkcompanion", package / "zkcompanion", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "resources", package / "resources")
    with (package / "zkcompanion" / "proving" / "kernels" / "ir.py").open("a", encoding="utf-8") as source:
        source.write("# another line\n")
    found["kernel source"] = hits("kernels", *verify, package=package)
    return found


# -- P3: a circuit that was warmed -------------------------------------------------------------------------------------


def warmed(folder: Path, rounds: int = 5) -> dict[str, float]:
    """Medians of start-up and loading: of a first proof, of one after `cache warm`, and of a second one."""
    home = folder / "cache-home"
    zkcompanion(home, "cache", "warm")
    (files,) = _corpus([WARMED], folder)
    times: dict[str, list[float]] = {"unprepared": [], "warmed": [], "second": []}
    for _ in range(rounds):
        for state in ("unprepared", "warmed"):
            for kind in _KINDS:
                zkcompanion(home, "cache", "clear", "--kind", kind)
            if state == "warmed":
                zkcompanion(home, "cache", "warm", files)
            times[state].append(_before_proving(_prove(home, files)))
        times["second"].append(_before_proving(_prove(home, files)))
    return {state: round(statistics.median(found), 5) for state, found in times.items()}


def _before_proving(answer: Mapping[str, Any]) -> float:
    return float(answer["startup_seconds"] + answer["load_seconds"])
