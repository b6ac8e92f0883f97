"""Rows on the collection of samples: how exactly they come, and what they cost; in the real window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .figures import Figure, Row

_ROOT = Path(__file__).resolve().parent.parent.parent
#: The short forms of the script are its own options.
_INTERVAL_S, _COST_S = 600, 60
_COLLECTOR = "tests/unit/monitoring/test_collector.py::"


def b16(folder: Path) -> Figure:
    """Ten minutes of samples while all processors prove and the page is open; missed too where a tick was."""
    found = _measured(folder, "interval", _INTERVAL_S)
    deviation, missed = float(found["deviation_p99_s"]), int(found["missed"])
    return Figure(
        deviation if not missed else max(deviation, 1.0),
        "seconds by which 99 % of the intervals between samples are not one second at the most",
        floor=0.1,
        goal=0.02,
        test=_COLLECTOR + "test_samples_are_of_whole_seconds_and_say_how_late_they_are",
        artefact=found,
    )


def p17(folder: Path) -> Figure:
    """What collecting and keeping costs with the window hidden."""
    found = _measured(folder, "cost", _COST_S)
    return Figure(
        float(found["cost_percent"]),
        "percent of one core for collection and store, window hidden",
        floor=2.0,
        goal=1.0,
        test=_COLLECTOR + "test_a_source_that_takes_longer_than_a_tick_costs_that_tick",
        artefact=found,
    )


def _measured(folder: Path, what: str, seconds: int) -> dict[str, Any]:
    """What the script says, in a process of its own, with the kernels of a home that is kept in `folder`."""
    home = os.environ.get("ZKCOMPANION_HOME", str(folder / "monitor-home"))
    done = subprocess.run(
        [sys.executable, str(_ROOT / "scripts/measure_collection.py"), "--only", what, "--seconds", str(seconds)],
        env=os.environ | {"ZKCOMPANION_HOME": home, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"measure_collection.py ended with {done.returncode}: {done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


MONITOR_ROWS: Mapping[str, Row] = {"B16": b16, "P17": p17}
