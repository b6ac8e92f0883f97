"""Rows about the page "Monitor" in the real window: B17, what it costs, and whether it grows; and P20."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .figures import Figure, Row

_SCRIPT = Path(__file__).resolve().parent.parent / "measure_monitor.py"
#: Names one environment variable; set to 1, the page is left open for an hour.
LONG = "ZKC_NIGHTLY"
_SAMPLES_S, _COST_S, _SHORT_S, _HOUR_S = 310, 60, 300, 3600
_ALERTS = 1000


def _run(folder: Path, what: str, seconds: int, *more: str) -> dict[str, Any]:
    home = folder / "monitor-home"
    home.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [sys.executable, str(_SCRIPT), "--only", what, "--seconds", str(seconds), *more],
        env=os.environ | {"ZKCOMPANION_HOME": os.environ.get("ZKCOMPANION_HOME", str(home))},
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds + 900,
        check=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def b17(folder: Path) -> Figure:
    """From a sample to its pixels in all four charts, all processors proving; a sample that is not drawn is a miss."""
    found = _run(folder, "pixels", _SAMPLES_S)
    missed = found["not_drawn"] or found["samples"] < 300
    return Figure(
        float("inf") if missed else found["p99_s"],
        "seconds from a sample to the pixels of all four charts, 99th percentile of 300, all processors proving",
        floor=0.5,
        goal=0.15,
        test="tests/gui/test_monitor_live.py::test_a_sample_is_drawn_in_all_four_charts",
        artefact=found,
    )


def page_cost(folder: Path) -> Figure:
    """What this process takes while the page with four charts is in sight, all processors proving."""
    found = _run(folder, "cost", _COST_S)
    return Figure(
        found["page_open"]["process_percent"],
        "percent of one core for the whole window's process with the page open (hidden: see artefact)",
        floor=15.0,
        goal=8.0,
        test="tests/gui/test_monitor_live.py::test_nothing_is_drawn_where_it_is_not_in_sight",
        artefact=found,
    )


def page_growth(folder: Path) -> Figure:
    """How much more the process holds after an hour with the page open; five minutes, extrapolated, by default."""
    found = _run(folder, "memory", _HOUR_S if os.environ.get(LONG) == "1" else _SHORT_S)
    return Figure(
        round(found["grown_per_hour_bytes"] / (1 << 20), 2),
        f"MiB in an hour with the page open while proving ({'extrapolated' if found['extrapolated'] else 'measured'})",
        floor=5.0,
        goal=1.0,
        test="tests/gui/test_monitor_live.py::test_samples_make_no_new_items_and_the_table_keeps_its_size",
        artefact=found,
    )


def p20(folder: Path) -> Figure:
    """From the sample in which a condition has held for its duration to the painted notice, all processors proving."""
    found = _run(folder, "alerts", 0, "--events", str(_ALERTS))
    missed = found["alerts"] < _ALERTS
    return Figure(
        float("inf") if missed else found["p99_s"],
        "seconds from the sample to the alert's painted notice, 99th percentile of 1,000, all processors proving",
        floor=1.0,
        goal=0.2,
        test="tests/gui/test_alerts.py::test_an_alert_is_told_counted_and_taken_back_and_leaves_the_keyboard_alone",
        artefact=found,
    )


MONITOR_WINDOW_ROWS: Mapping[str, Row] = {"B17": b17, "B17-cost": page_cost, "B17-growth": page_growth, "P20": p20}
