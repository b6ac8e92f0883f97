"""The kernel bench runs and says what it measured."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.kernels, pytest.mark.slow]


@pytest.mark.nightly
def test_a_short_run_gives_every_figure():
    command = [sys.executable, ROOT / "scripts" / "bench_kernels.py", "--rounds", "1", "--largest", "10", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd="/")
    result = json.loads(run.stdout)
    assert result["kernels"] in ("scalar", "ifma")
    names = {figure["name"] for figure in result["figures"]}
    assert {
        "field mul latency",
        "g2 batched addition",
        "g1 sum 2^10 uniform",
        "g2 sum 2^10 bits",
        "quotient 2^10",
    } <= names
    assert all(figure["least"] > 0 for figure in result["figures"])
