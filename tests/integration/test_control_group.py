"""A program that runs under a real quota and memory limit knows both, and plans by them."""

import json
import subprocess
import sys

import pytest

from tests.support.groups import control_group

pytestmark = [pytest.mark.integration, pytest.mark.beside, pytest.mark.skipif(sys.platform != "linux", reason="Linux")]

LIMIT = 2 << 30

PROGRAM = """
import json
from pathlib import Path
from zkcompanion.app.memory import usable_bytes
from zkcompanion.app.pool_rules import rules_of
from zkcompanion.app.settings import Settings
from zkcompanion.engine.load import LoadMeter
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.hardware.detect import detect
held = bytearray(64 << 20)
held[::4096] = b"x" * len(held[::4096])
rules, facts = rules_of(Settings()), detect(Path("/"))
print(json.dumps({
    "limits": [facts.limits.cpus, facts.limits.memory_bytes, facts.limits.memory_used_bytes],
    "facts": [facts.usable_cores, facts.usable_memory_bytes, facts.free_memory_bytes],
    "plan": [rules.policy.machine.cores, rules.policy.machine.memory_bytes, rules.at_work, rules.size.most],
    "load": LoadMeter(SYSTEM_CLOCK).sample([]).memory_total_bytes,
}))
"""


def test_threads_workers_and_budget_follow_the_control_group():
    with control_group("memory") as memory, control_group("cpu") as processor:
        memory.limit_memory(LIMIT)
        processor.limit_processor(150_000)
        command = memory.inside(processor.inside([sys.executable, "-c", PROGRAM]))
        told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    cpus, limit, used = told["limits"]
    assert (cpus, limit) == (1.5, LIMIT)
    assert 64 << 20 < used < 1 << 30
    assert told["facts"][:2] == [1, LIMIT]
    assert told["facts"][2] == pytest.approx(LIMIT - used, abs=64 << 20)
    assert told["plan"] == [1, LIMIT // 2, 1, 2], "one core, and half of little memory"
    assert told["load"] == LIMIT
