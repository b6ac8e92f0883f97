"""Another machine than the one at hand: the same facts with other memory, cores or vector features."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zkcompanion.hardware.facts import Family, MachineFacts, Processor

#: An architecture that no kernels are made for; whether others' provers run there is not asked.
ANOTHER = "another"
#: What the kernels ask of a processor (`MachineFacts.family`).
_IFMA = frozenset({"avx512ifma", "avx512vl"})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Another machine, as the sliders say it; None keeps what is there."""

    memory_bytes: int | None = None
    cores: int | None = None
    family: Family | None = None


def imagined(facts: MachineFacts, what_if: WhatIf | None) -> MachineFacts:
    """The machine as it would be. What programs hold at present they would hold there too."""
    if what_if is None:
        return facts
    if what_if.memory_bytes is not None:
        facts = _with_memory(facts, what_if.memory_bytes)
    if what_if.cores is not None:
        facts = replace(
            facts,
            processor=replace(
                facts.processor,
                physical_cores=what_if.cores,
                logical_cores=what_if.cores,
                performance_cores=None,
                efficiency_cores=None,
            ),
            limits=replace(facts.limits, cpus=None, usable_cores=None),
        )
    if what_if.family is not None:
        facts = replace(facts, processor=_with_family(facts.processor, what_if.family))
    return facts


def _with_memory(facts: MachineFacts, total: int) -> MachineFacts:
    before, free = facts.usable_memory_bytes, facts.free_memory_bytes
    held = 0 if before is None or free is None else before - free
    left = max(0, total - held)
    memory = replace(facts.memory, total_bytes=total, available_bytes=left)
    return replace(facts, memory=memory, limits=replace(facts.limits, memory_bytes=None, memory_used_bytes=None))


def _with_family(processor: Processor, family: Family) -> Processor:
    if family == "reference":
        return replace(processor, architecture=ANOTHER, features=frozenset())
    features = (processor.features or frozenset()) - _IFMA
    if family == "ifma":
        return replace(processor, architecture="x86_64", features=features | _IFMA)
    return replace(processor, features=features)
