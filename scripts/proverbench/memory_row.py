"""Row 10: the most memory that a proof's process holds beside the pages of the mapped key."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from proverbench.bench import Bench
from proverbench.circuits import Case
from proverbench.table import Part, Row

#: 0.4 KB for each constraint and 120 MB.
_PER_CONSTRAINT_BYTES = 400
_FIXED_BYTES = 120_000_000
_HEADER = re.compile(r"^[0-9a-f]+-[0-9a-f]+ ")
_POLL_S = 0.005


def _resident(pid: int, key: str) -> tuple[int, int] | None:
    """(resident bytes, those of them that map the key) of a process; None once it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps").read_text(errors="replace")
    except OSError:
        return None
    total = of_key = 0
    is_key = False
    for line in text.splitlines():
        if _HEADER.match(line):
            is_key = line.endswith(key)
        elif line.startswith("Rss:"):
            size = int(line.split()[1]) * 1024
            total += size
            of_key += size if is_key else 0
    return (total, of_key) if total else None


def _peak(pid: int) -> int:
    """VmHWM in bytes, 0 where the process has ended."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it ends within a few milliseconds."""
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _measure(bench: Bench, case: Case) -> dict[str, object]:
    """One run of the command line, looked at every few milliseconds.

    Between two looks the process may hold more. The system keeps the peak of everything; less the whole key that is a
    lower bound too, so the larger of both counts.
    """
    proof, public = case.folder / "memory-proof.json", case.folder / "memory-public.json"
    words = [sys.executable, "-m", "zkcompanion", "groth16", "prove", case.zkey, case.witness, proof, public]
    words += ["--threads", str(bench.options.threads), "--kernels", bench.options.kernels, "--progress", "none"]
    seen = peak = looks = 0
    with subprocess.Popen([str(w) for w in words], stdout=subprocess.DEVNULL) as process:
        while not _ended(process):
            peak = max(peak, _peak(process.pid))
            now = _resident(process.pid, str(case.zkey))
            if now is not None:
                seen = max(seen, now[0] - now[1])
                looks += 1
    if process.returncode != 0:
        raise SystemExit(f"the proof of {case.name} failed")
    case.verify_files(proof, public)
    key_bytes = case.zkey.stat().st_size
    beyond = max(seen, peak - key_bytes)
    allowed = _FIXED_BYTES + _PER_CONSTRAINT_BYTES * case.constraints
    return {
        "kind": case.kind,
        "power": case.power,
        "constraints": case.constraints,
        "key_bytes": key_bytes,
        "peak_bytes": peak,
        "beyond_key_bytes": beyond,
        "seen_beyond_key_bytes": seen,
        "looks": looks,
        "allowed_bytes": allowed,
        "share": beyond / allowed,
    }


def row_10(bench: Bench) -> Row:
    """The worst over sizes and kinds, as a share of what is allowed."""
    detail = [
        _measure(bench, bench.case(kind, power)) for kind in ("dense", "bits") for power in bench.powers((14, 17, 18))
    ]
    worst = max(float(str(d["share"])) for d in detail)
    how = (
        "the command line, resident pages that do not map the key, as a share of 0.4 KB per constraint + 120 MB;"
        " the worst over sizes and kinds"
    )
    part = Part("", worst, 1.0, 0.5, "of it", least=True)
    return Row(10, "peak memory beyond the mapped key", how, [part], detail)
