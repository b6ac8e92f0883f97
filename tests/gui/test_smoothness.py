"""The window stays smooth while proofs use every processor: a 10 ms timer in its thread, measured by the script."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def measure(home, seconds):
    script = ROOT / "scripts" / "measure_window.py"
    ran = subprocess.run(
        [sys.executable, str(script), "--only", "latency", "--seconds", str(seconds), "--json"],
        env=os.environ | {"ZKCOMPANION_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=seconds + 240,
        check=False,
    )
    assert ran.stdout.startswith("{"), ran.stderr
    found = json.loads(ran.stdout)["latency"]
    assert found["proofs"] > 0
    assert found["page_switches"] > 0
    return found


@pytest.mark.slow
def test_the_timer_keeps_its_time_while_all_processors_prove(home):
    # other programs may use this machine too: so some seconds have three tries, and what counts against the longest
    # is only what the thread itself did
    for _ in range(3):
        found = measure(home, 12)
        if found["p99_ms"] <= 50 and found["ran_max_ms"] <= 128:
            return
    pytest.fail(f"late in each of three measurements; the last one: {found}")


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_five_minutes_of_it_hold_both_floors(home):
    found = measure(home, 300)
    assert found["p99_ms"] <= 50, found
    assert found["max_ms"] <= 128, found
