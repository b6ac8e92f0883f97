"""The row of what was measured, kept over time."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from . import series
from .figures import Figure, Row

#: Seconds that a question over 90 days of all series may take, share of a core for keeping them.
_ASKED_S, _SHARE = 1.0, 0.005


def p18(folder: Path) -> Figure:
    """30 series for a year on the disk; what asking and keeping cost, and what a kill loses."""

    def made(name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"p18-{name}-", dir=folder))

    with series.year(made("year")) as store:
        asked = {
            "90_days_90_points": series.asked(store, 90, 90),
            "90_days_1000_points": series.asked(store, 90, 1000),
            "7_days_1000_points_8_series": series.asked(store, 7, 1000, 8),
            "3_hours_1000_points_4_series": series.asked(store, 0.125, 1000, 4),
        }
    size_bytes = store.size()
    with series.year(made("noise"), series.WORST) as noise:
        pass
    losses = series.sample_kills(made("kills"), 50)
    kept = series.kept(made("kept"))
    return Figure(
        round(size_bytes / 1e6, 1) if not losses.faults else 1e9,
        "MB on the disk for 30 series over a year (missed as well where a kill loses more than ten seconds)",
        floor=300,
        goal=60,
        test="tests/unit/monitoring/test_store.py::test_every_width_and_every_stretch_says_what_a_list_says",
        artefact={
            "asked_s": {name: round(value, 3) for name, value in asked.items()},
            "asked_goal_s": _ASKED_S,
            "kept": {name: round(value, 6) for name, value in kept.items()},
            "kept_goal_share": _SHARE,
            "noise_alone_mb": round(noise.size() / 1e6, 1),
            "kills": asdict(losses),
        },
    )


SERIES_ROWS: Mapping[str, Row] = {"P18": p18}
