"""Another machine than the one at hand."""

from zkcompanion.hardware.facts import Limits, MachineFacts, Memory, Processor
from zkcompanion.hardware.whatif import WhatIf, imagined

GIB = 1 << 30
FACTS = MachineFacts(
    Processor(
        architecture="x86_64", physical_cores=4, logical_cores=8, performance_cores=4, features=frozenset({"avx2"})
    ),
    Memory(total_bytes=16 * GIB, available_bytes=10 * GIB),
    limits=Limits(cpus=2.0, usable_cores=8, memory_bytes=8 * GIB, memory_used_bytes=3 * GIB),
)


def test_nothing_changed_is_the_same_machine():
    assert imagined(FACTS, None) is FACTS
    assert imagined(FACTS, WhatIf()) is FACTS


def test_with_other_memory_what_programs_hold_is_held_there_too():
    # 8 GiB are allowed, of which 5 are free: 3 are held
    found = imagined(FACTS, WhatIf(memory_bytes=32 * GIB))
    assert (found.usable_memory_bytes, found.free_memory_bytes) == (32 * GIB, 29 * GIB)
    assert imagined(FACTS, WhatIf(memory_bytes=2 * GIB)).free_memory_bytes == 0
    unknown = imagined(MachineFacts(), WhatIf(memory_bytes=2 * GIB))
    assert unknown.free_memory_bytes == 2 * GIB


def test_with_other_cores_no_quota_is_left():
    assert FACTS.usable_cores == 2
    found = imagined(FACTS, WhatIf(cores=6))
    assert (found.usable_cores, found.processor.performance_cores) == (6, None)


def test_families_of_kernels():
    assert FACTS.family == "scalar"
    ifma = imagined(FACTS, WhatIf(family="ifma"))
    assert ifma.family == "ifma"
    assert imagined(ifma, WhatIf(family="scalar")).family == "scalar"
    assert imagined(FACTS, WhatIf(family="reference")).family == "reference"
    assert imagined(MachineFacts(), WhatIf(family="ifma")).family == "ifma"


def test_no_more_is_free_than_there_is_whatever_a_system_tells():
    odd = MachineFacts(memory=Memory(total_bytes=4 * GIB, available_bytes=6 * GIB))
    assert odd.free_memory_bytes == 4 * GIB
    assert imagined(odd, WhatIf(memory_bytes=0)).free_memory_bytes == 0
