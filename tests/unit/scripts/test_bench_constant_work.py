"""The bench of constant work runs and says what it measured."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.kernels, pytest.mark.slow]


@pytest.mark.nightly
def test_a_short_run_gives_times_and_products_of_every_kind_of_witness():
    command = [sys.executable, ROOT / "scripts" / "bench_constant_work.py", "--rounds", "1", "--power", "10", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd="/")
    result = json.loads(run.stdout)
    for mode in ("plain", "constant work"):
        assert {"zeros", "bits", "full size"} <= set(result[mode])
        assert all(figure["ms"] > 0 for figure in result[mode].values())
    apart = {mode: figure["products"] for mode, figure in result["spread percent"].items()}
    assert apart["plain"] > 50
    assert apart["constant work"] < 1
