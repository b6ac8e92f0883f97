"""Write what today's program keeps as files of `tests/upgrades/`, for programs to come to read.

    scripts/make_upgrade_fixtures.py

A file that is there is never written again: it is what a program of that time wrote. A schema with a new version gets
one more file, and `tests/upgrades/test_upgrades.py` a line that says what is in it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from zkcompanion.app.history import SCHEMA as HISTORY  # noqa: E402
from zkcompanion.app.history import History, ProofRecord  # noqa: E402
from zkcompanion.app.preferences import SCHEMA as SETTINGS  # noqa: E402
from zkcompanion.app.preferences import PreferenceStore  # noqa: E402
from zkcompanion.app.run_recorder import RunRecorder, leave_runs  # noqa: E402
from zkcompanion.base.atomicfile import write_atomic  # noqa: E402
from zkcompanion.base.clock import SYSTEM_CLOCK  # noqa: E402
from zkcompanion.base.events import EventBus  # noqa: E402
from zkcompanion.base.messages import msg  # noqa: E402
from zkcompanion.base.paths import AppDirs  # noqa: E402
from zkcompanion.monitoring.marks import Mark  # noqa: E402
from zkcompanion.monitoring.run_rows import SCHEMA as RUNS  # noqa: E402
from zkcompanion.monitoring.runs import PhaseSpan, ProofEvent, RunRecord  # noqa: E402
from zkcompanion.monitoring.samples import Sample  # noqa: E402
from zkcompanion.monitoring.series_rows import SCHEMA as MONITOR  # noqa: E402
from zkcompanion.monitoring.store import MonitorStore  # noqa: E402

FOLDER = ROOT / "tests" / "upgrades"


def settings(home: Path) -> Path:
    """Some choices, and what is remembered for a topic."""
    store = PreferenceStore(AppDirs(home), EventBus())
    store.change(theme="dark", threads=3, keep_history=True)
    store.remember("learn/groth16", "depth", 2)
    store.close()
    return AppDirs(home).config / SETTINGS.file_name


def history(home: Path) -> Path:
    """Three runs, of which the second was removed."""
    kept = History(AppDirs(home), EventBus())
    for outcome in ("verified", "failed", "cancelled"):
        kept.add(
            ProofRecord(
                id=0,
                unix_s=1_795_000_000.25,
                circuit="funds-above-threshold",
                title=msg("Funds above a threshold"),
                source="funds-above-threshold",
                fingerprint="3f" * 24,
                outcome=outcome,
                proofs=2,
                seconds=1.5,
                phases=(("witness", 0.25), ("sum-a", 1.0)),
                constraints=1347,
                kernels="ifma",
                threads=2,
                key="development",
                peak_rss_bytes=300 << 20,
            )
        )
    kept.remove(2)
    kept.close()
    return AppDirs(home).state / HISTORY.file_name


def monitor(home: Path) -> Path:
    """A sample each ten seconds for an hour, in blocks; ten minutes more in the tail; a mark."""
    kept = MonitorStore(lambda: AppDirs(home).state)
    begin_s = 1_795_694_400
    for second in range(0, 4200, 10):
        values = {"machine.processor": float(second % 70), "worker.memory/prover-1": 1e9 + 4096 * second}
        kept.add(Sample(begin_s + second + 0.25, float(second), values))
        if second == 3590:
            kept.pack()
    kept.add_mark(
        Mark("sleep", begin_s + 100.0, begin_s + 200.5, msg("The computer slept, or this program stood still."))
    )
    kept.close()
    return AppDirs(home).state / MONITOR.file_name


def runs(home: Path) -> Path:
    """A run with two proofs and their phases."""
    record = RunRecord(
        id=0,
        title=msg("Funds above a threshold"),
        fingerprint="3f" * 24,
        source="command",
        worker="prover",
        submitted_unix_s=1_795_000_000.0,
        begin_unix_s=1_795_000_000.5,
        end_unix_s=1_795_000_004.25,
        outcome="done",
        kernels="ifma",
        threads=2,
        deaths=1,
        proofs=(
            ProofEvent(1_795_000_002.0, 1.5, "verified"),
            ProofEvent(1_795_000_004.25, None, "verified", lost=1),
        ),
        phases=(PhaseSpan("witness", 1_795_000_001.0, 1_795_000_001.25, "prover"),),
    )
    leave_runs(AppDirs(home), (record,))
    recorder = RunRecorder(AppDirs(home), EventBus(), SYSTEM_CLOCK)
    recorder.take_in()
    recorder.close()
    return AppDirs(home).state / RUNS.file_name


MAKERS: Mapping[str, Callable[[Path], Path]] = {
    f"settings-{SETTINGS.version}.sqlite": settings,
    f"history-{HISTORY.version}.sqlite": history,
    f"runs-{RUNS.version}.sqlite": runs,
    f"monitor-{MONITOR.version}.sqlite": monitor,
}


def main() -> int:
    """Make what is missing."""
    for name, make in MAKERS.items():
        if not (FOLDER / name).exists():
            with tempfile.TemporaryDirectory() as folder:
                write_atomic(FOLDER / name, make(Path(folder)).read_bytes(), mode=0o644)
            print(f"{name}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
