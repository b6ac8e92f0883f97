"""The start-up bench runs and says what it measured."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.kernels, pytest.mark.slow]


@pytest.mark.nightly
def test_a_short_run_gives_every_figure():
    home = os.environ["ZKCOMPANION_HOME"]
    short = ("--rounds", "1", "--compile-rounds", "0", "--power", "10", "--json", "--home", home)
    command = [sys.executable, ROOT / "scripts" / "bench_startup.py", *short]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd="/")
    figures = {figure["name"]: figure for figure in json.loads(run.stdout)["figures"]}
    parts = [figures[f"small key: {part}"] for part in ("to the first phase", "to the proof", "the whole command")]
    for time in ("cpu_s", "wall_s"):
        assert 0 < parts[0][time] < parts[1][time] < parts[2][time]
    assert figures["kernels from the cache"]["goal_s"] == 0.05
    assert {"interpreter alone", "scripts/zkcompanion adds", "key: map and check", "key: sort into rows"} <= set(
        figures
    )
