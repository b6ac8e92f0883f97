"""Can a machine do a piece of work: what it needs against what is there, in five tiers, and in words for a newcomer.

Every resource gives a tier of its own; the worst one decides and is named. A pool (memory, disk) is judged by the part
of it that the work takes, time by what people wait for. `docs/hardware.md` has the bands and why they are where they
are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zkcompanion.base.messages import Message
from zkcompanion.costs.band import Band
from zkcompanion.hardware.facts import MachineFacts, System
from zkcompanion.hardware.verdict_words import UNKNOWN, sentence_of, unknown_card, unknown_processor, unknown_sentence
from zkcompanion.hardware.whatif import ANOTHER

#: From best to worst; `unknown` where too little is known of the workload or of the machine.
Tier = Literal["easily", "well", "barely", "too large", "impossible", "unknown"]
TIERS: tuple[Tier, ...] = ("easily", "well", "barely", "too large", "impossible", "unknown")
Resource = Literal["memory", "time", "disk", "cores", "features", "gpu"]
#: How sure a verdict is: `measured` here by proofs of this circuit; `calibrated` by this machine's own speed;
#: `estimated` from its description alone; `scaled` from another machine's published figure; `none`.
Confidence = Literal["measured", "calibrated", "estimated", "scaled", "none"]

#: Up to so much of what is free a pool fits easily, well, barely.
EASILY_SHARE, WELL_SHARE, BARELY_SHARE = 0.60, 0.85, 0.98
#: Up to so many seconds a proof is made easily (one waits), well (one looks away), barely (one comes back later).
EASILY_S, WELL_S, BARELY_S = 10.0, 60.0, 1800.0
#: A requirement of installed memory is met by what is sold under that name: firmware and graphics keep some of it.
SOLD_AS = 1.08
#: With fewer cores than asked for it runs slower; with less than so large a part of them nobody waits.
_FEWEST_CORES = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """Can this machine do it. `binding`: what decides, and `margin` how much of it is left after the need, as a share
    of what there is (negative: so much is missing); None where nothing is known. `sentence` is for a newcomer.
    """

    tier: Tier
    binding: Resource | None
    margin: float | None
    confidence: Confidence
    sentence: Message


@dataclass(frozen=True, slots=True)
class Need:
    """What a piece of work asks of a machine; None where it is not known, empty where it does not matter.

    `memory`: bytes that are resident at the most, or with `memory_installed` what the source wants to be installed;
    with `memory_at_least` it is more than that, and nobody says how much more. `least_memory_bytes`: enough where it is
    made in slices. `blocked`: why no machine can do it.
    """

    prover: str
    memory: Band | None = None
    memory_installed: bool = False
    memory_at_least: bool = False
    least_memory_bytes: int | None = None
    seconds: Band | None = None
    disk_bytes: int | None = None
    cores: int | None = None
    gpu_memory_bytes: int | None = None
    architectures: tuple[str, ...] = ()
    systems: tuple[System, ...] = ()
    blocked: Message | None = None


#: What a resource says: its tier, itself, and the margin; the sentence is made for the one that decides.
_Part = tuple[Tier, Resource, float | None]


def judge(need: Need, facts: MachineFacts, confidence: Confidence) -> Verdict:
    """The verdict; never raises."""
    if need.blocked is not None:
        return Verdict("impossible", "memory", None, confidence, need.blocked)
    parts = [part for ask in _RESOURCES if (part := ask(need, facts)) is not None]
    worst = max(parts, key=_badness, default=None)
    if worst is None or _RANK[worst[0]] < _RANK["unknown"]:
        # what is not known could be what it fails by
        unknown = _unknown(need, facts)
        if unknown is not None or worst is None:
            return Verdict("unknown", None, None, "none", unknown or UNKNOWN)
    tier, resource, margin = worst
    if resource == "memory" and tier == "barely" and margin is not None and margin < 0:
        # all at once does not fit, slices do
        margin = 1 - (need.least_memory_bytes or 0) / max(facts.free_memory_bytes or 0, 1)
    return Verdict(tier, resource, margin, confidence, sentence_of(tier, resource, need, facts))


def pool_tier(share: float) -> Tier:
    """Of a pool of which a piece of work takes this share."""
    if share <= EASILY_SHARE:
        return "easily"
    if share <= WELL_SHARE:
        return "well"
    return "barely" if share <= BARELY_SHARE else "too large"


def time_tier(seconds: float) -> Tier:
    """Of so many seconds."""
    if seconds <= EASILY_S:
        return "easily"
    if seconds <= WELL_S:
        return "well"
    return "barely" if seconds <= BARELY_S else "too large"


def better(tier: Tier, than: Tier) -> bool:
    """Whether the first is a better answer; an answer is better than none where the work can be done."""
    return _RANK[tier] < _RANK[than]


#: No verdict stands between what fits and what does not.
_RANK = {"easily": 0, "well": 1, "barely": 2, "unknown": 3, "too large": 4, "impossible": 5}


def _badness(part: _Part) -> tuple[int, float]:
    tier, _, margin = part
    return _RANK[tier], -1.0 if margin is None else -margin


def _memory(need: Need, facts: MachineFacts) -> _Part | None:
    if need.memory is None:
        return None
    asked, total, free = need.memory.likely, facts.usable_memory_bytes, facts.free_memory_bytes
    if need.memory_installed:
        return None if total is None else _installed(asked / max(total * SOLD_AS, 1))
    in_slices = _fits_in_slices(need, facts, free)
    if total is not None and asked > total and not in_slices:
        return "impossible", "memory", 1 - asked / max(total, 1)
    if free is None:
        return None
    share = asked / max(free, 1)
    tier = pool_tier(share)
    # what may turn out not to fit fits barely, however likely that is
    tight = (tier == "too large" and in_slices) or (tier in ("easily", "well") and need.memory.high > free)
    return "barely" if tight else tier, "memory", 1 - share


def _installed(share: float) -> _Part:
    # the least that is asked for is all that is needed, so that it may be all that there is
    tier = pool_tier(share)
    return tier if share <= WELL_SHARE else "barely" if share <= 1 else "impossible", "memory", 1 - share


def _fits_in_slices(need: Need, facts: MachineFacts, free: int | None) -> bool:
    # pages of a key are given back on Linux alone (`proving/formats/mapped`)
    if need.least_memory_bytes is None or free is None or facts.platform.system != "linux":
        return False
    return need.least_memory_bytes <= BARELY_SHARE * free


def _time(need: Need, _facts: MachineFacts) -> _Part | None:
    if need.seconds is None:
        return None
    return time_tier(need.seconds.likely), "time", 1 - need.seconds.likely / BARELY_S


def _disk(need: Need, facts: MachineFacts) -> _Part | None:
    free, total = facts.disk.free_bytes, facts.disk.total_bytes
    if need.disk_bytes is None or free is None:
        return None
    share = need.disk_bytes / max(free, 1)
    tier: Tier = "impossible" if total is not None and need.disk_bytes > total else pool_tier(share)
    return tier, "disk", 1 - share


def _cores(need: Need, facts: MachineFacts) -> _Part | None:
    have = facts.usable_cores
    if need.cores is None or have is None:
        return None
    tier: Tier = "easily" if have >= need.cores else "barely" if have >= _FEWEST_CORES * need.cores else "too large"
    return tier, "cores", (have - need.cores) / have


def _gpu(need: Need, facts: MachineFacts) -> _Part | None:
    if need.gpu_memory_bytes is None or facts.gpus is None or _card(need, facts) is not False:
        return None
    largest = max((gpu.memory_bytes or 0 for gpu in facts.gpus), default=0)
    return "impossible", "gpu", 1 - need.gpu_memory_bytes / largest if largest else None


def _card(need: Need, facts: MachineFacts) -> bool | None:
    """Whether there is a graphics card with as much memory as is asked for; None where that is not known."""
    asked = need.gpu_memory_bytes
    if asked is None:
        return True
    sizes = [None] if facts.gpus is None else [gpu.memory_bytes for gpu in facts.gpus]
    if any(size is not None and size * SOLD_AS >= asked for size in sizes):
        return True
    return None if None in sizes else False


def _unknown(need: Need, facts: MachineFacts) -> Message | None:
    """What is not known and could decide, in words; None where that is nothing."""
    if _card(need, facts) is None:
        return unknown_card(need)
    kind_unknown = bool(need.architectures) and facts.processor.architecture is None
    if kind_unknown or (need.cores is not None and facts.usable_cores is None):
        return unknown_processor(need)
    return unknown_sentence(need, facts)


def _features(need: Need, facts: MachineFacts) -> _Part | None:
    architecture, system = facts.processor.architecture, facts.platform.system
    other_processor = bool(need.architectures) and architecture not in (None, ANOTHER, *need.architectures)
    other_system = bool(need.systems) and system not in ("other", *need.systems)
    return ("impossible", "features", None) if other_processor or other_system else None


_RESOURCES = (_features, _gpu, _cores, _disk, _memory, _time)
