"""Can a machine do a piece of work: what it needs against what is there, in five tiers, and in words for a newcomer.

Every resource gives a tier of its own; the worst one decides and is named. A pool (memory, disk) is judged by the part
of it that the work takes, time by what people wait for. `docs/hardware.md` has the bands and why they are where they
are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zkcompanion.base.estimates import band, rough_duration
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.costs.band import Band
from zkcompanion.hardware.facts import MachineFacts, System
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
#: From this factor on a band says less than its middle.
_WIDE = 2.0
#: A requirement of installed memory is met by what is sold under that name: firmware and graphics keep some of it.
_SOLD_AS = 1.08
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


@dataclass(frozen=True, slots=True)
class _Part:
    """What one resource says."""

    tier: Tier
    resource: Resource
    margin: float | None
    sentence: Message


def judge(need: Need, facts: MachineFacts, confidence: Confidence) -> Verdict:
    """The verdict; never raises."""
    if need.blocked is not None:
        return Verdict("impossible", "memory", None, confidence, need.blocked)
    parts = [*_features(need, facts), *_gpu(need, facts), *_cores(need, facts), *_disk(need, facts)]
    parts += [*_memory(need, facts), *_time(need, facts)]
    worst = max(parts, key=_badness, default=None)
    if worst is None or _RANK[worst.tier] < _RANK["unknown"]:
        # what is not known could be what it fails by
        unknown = _unknown(need, facts)
        if worst is None or unknown is not None:
            return Verdict("unknown", None, None, "none", unknown or _NOTHING_KNOWN)
    return Verdict(worst.tier, worst.resource, worst.margin, confidence, worst.sentence)


def pool_tier(share: float) -> Tier:
    """Of a pool of which a piece of work takes this share."""
    bands: tuple[tuple[float, Tier], ...] = (
        (EASILY_SHARE, "easily"),
        (WELL_SHARE, "well"),
        (BARELY_SHARE, "barely"),
    )
    return next((tier for most, tier in bands if share <= most), "too large")


def time_tier(seconds: float) -> Tier:
    """Of so many seconds."""
    bands: tuple[tuple[float, Tier], ...] = ((EASILY_S, "easily"), (WELL_S, "well"), (BARELY_S, "barely"))
    return next((tier for most, tier in bands if seconds <= most), "too large")


def rough_time(seconds: Band) -> Message:
    """A prediction of seconds; where its band is wide, the likely value first."""
    told = band(seconds.low, seconds.high)
    if seconds.high <= _WIDE * seconds.low:
        return told
    return msg("about {likely} ({band})", likely=rough_duration(seconds.likely), band=told)


def better(tier: Tier, than: Tier) -> bool:
    """Whether the first is a better answer; an answer is better than none where the work can be done."""
    return _RANK[tier] < _RANK[than]


#: No verdict stands between what fits and what does not.
_RANK = {"easily": 0, "well": 1, "barely": 2, "unknown": 3, "too large": 4, "impossible": 5}


def _badness(part: _Part) -> tuple[int, float]:
    return _RANK[part.tier], -1.0 if part.margin is None else -part.margin


def _memory(need: Need, facts: MachineFacts) -> Iterator[_Part]:
    if need.memory is None:
        return
    asked, total, free = need.memory.likely, facts.usable_memory_bytes, facts.free_memory_bytes
    if need.memory_installed:
        if total is not None:
            yield _installed(asked, total)
        return
    if total is not None and asked > total and not _fits_in_slices(need, facts):
        sentence = msg(
            "Not possible on this computer: it needs about {need}, and there are {total} of memory in all.",
            need=_size(asked),
            total=_size(total),
        )
        yield _Part("impossible", "memory", 1 - asked / max(total, 1), sentence)
        return
    if free is None:
        return
    tier = pool_tier(asked / max(free, 1))
    margin = 1 - asked / max(free, 1)
    if tier == "too large" and _fits_in_slices(need, facts):
        sentence = msg(
            "Fits in slices only: all at once it would take {need}, and {free} are free now. In slices {least} are "
            "enough; the proof is the same and takes longer.",
            need=_size(asked),
            free=_size(free),
            least=_size(need.least_memory_bytes or 0),
        )
        yield _Part("barely", "memory", margin, sentence)
        return
    yield _Part(tier, "memory", margin, _memory_words(tier, need, asked, free))


def _fits_in_slices(need: Need, facts: MachineFacts) -> bool:
    # pages of a key are given back on Linux alone (`proving/formats/mapped`)
    free = facts.free_memory_bytes
    if need.least_memory_bytes is None or free is None or facts.platform.system != "linux":
        return False
    return need.least_memory_bytes <= BARELY_SHARE * free


def _memory_words(tier: Tier, need: Need, asked: float, free: int) -> Message:
    time = None if need.seconds is None else rough_time(need.seconds)
    sizes = {"need": _size(asked), "free": _size(free)}
    if tier == "too large":
        return msg("Too large at present: it needs about {need}, and {free} are free now.", **sizes)
    if time is None:
        fits = msg("it needs about {need} of the {free} that are free now", **sizes)
    else:
        fits = msg("it needs about {need} of the {free} that are free now and takes {time}", **sizes, time=time)
    if tier == "easily":
        return msg("Fits easily: {fits}.", fits=fits)
    if tier == "well":
        return msg("Fits well: {fits}.", fits=fits)
    return msg("Fits barely: {fits}. Close other programs before you start.", fits=fits)


def _installed(asked: float, total: int) -> _Part:
    share = asked / max(total * _SOLD_AS, 1)
    sizes = {"need": _size(asked), "total": _size(total)}
    if share <= EASILY_SHARE:
        tier: Tier = "easily"
        sentence = msg("Fits easily: {need} of memory are asked for, and this computer has {total}.", **sizes)
    elif share <= WELL_SHARE:
        tier = "well"
        sentence = msg("Fits well: {need} of memory are asked for, and this computer has {total}.", **sizes)
    elif share <= 1:
        tier = "barely"
        sentence = msg("Fits barely: {need} of memory are the least that is asked for; here are {total}.", **sizes)
    else:
        tier = "impossible"
        sentence = msg(
            "Not possible on this computer: {need} of memory are the least that is asked for; here are {total}.",
            **sizes,
        )
    return _Part(tier, "memory", 1 - share, sentence)


def _time(need: Need, facts: MachineFacts) -> Iterator[_Part]:
    if need.seconds is None:
        return
    likely = need.seconds.likely
    tier, time = time_tier(likely), rough_time(need.seconds)
    margin = 1 - likely / BARELY_S
    free = facts.free_memory_bytes
    if need.memory is None or free is None:
        uses = msg("It takes {time}.", time=time)
    else:
        uses = msg(
            "It takes {time}, and about {need} of the {free} of memory that are free now.",
            time=time,
            need=_size(need.memory.likely),
            free=_size(free),
        )
    words = {
        "easily": msg("Fits easily. {uses}", uses=uses),
        "well": msg("Fits well, with a little patience. {uses}", uses=uses),
        "barely": msg("Fits, but is slow here. {uses}", uses=uses),
        "too large": msg("Too slow here to wait for. {uses}", uses=uses),
    }
    yield _Part(tier, "time", margin, words[tier])


def _disk(need: Need, facts: MachineFacts) -> Iterator[_Part]:
    free, total = facts.disk.free_bytes, facts.disk.total_bytes
    if need.disk_bytes is None or free is None:
        return
    sizes = {"need": _size(need.disk_bytes), "free": _size(free)}
    tier, margin = pool_tier(need.disk_bytes / max(free, 1)), 1 - need.disk_bytes / max(free, 1)
    fits = msg("its files take {need} of the {free} that are free on the disk", **sizes)
    if total is not None and need.disk_bytes > total:
        sentence = msg(
            "Not possible on this computer: its files take {need}, and the disk has {total}.",
            need=sizes["need"],
            total=_size(total),
        )
        yield _Part("impossible", "disk", margin, sentence)
    elif tier == "too large":
        sentence = msg("No room on the disk: its files take {need}, and {free} are free.", **sizes)
        yield _Part(tier, "disk", margin, sentence)
    else:
        words = {
            "easily": msg("Fits easily: {fits}.", fits=fits),
            "well": msg("Fits well: {fits}.", fits=fits),
            "barely": msg("Fits barely: {fits}.", fits=fits),
        }
        yield _Part(tier, "disk", margin, words[tier])


def _cores(need: Need, facts: MachineFacts) -> Iterator[_Part]:
    have = facts.usable_cores
    if need.cores is None or have is None:
        return
    numbers = {"prover": need.prover, "need": need.cores, "have": have}
    margin = (have - need.cores) / have
    if have >= need.cores:
        sentence = msg("Fits: {prover} asks for {need} cores, and this computer has {have}.", **numbers)
        yield _Part("easily", "cores", margin, sentence)
    elif have >= _FEWEST_CORES * need.cores:
        sentence = msg("Runs slowly: {prover} asks for {need} cores, and this computer has {have}.", **numbers)
        yield _Part("barely", "cores", margin, sentence)
    else:
        sentence = msg("Too large: {prover} asks for {need} cores, and this computer has {have}.", **numbers)
        yield _Part("too large", "cores", margin, sentence)


def _gpu(need: Need, facts: MachineFacts) -> Iterator[_Part]:
    if need.gpu_memory_bytes is None or facts.gpus is None:
        return
    sizes = {"need": _size(need.gpu_memory_bytes), "prover": need.prover}
    largest = max((gpu.memory_bytes or 0 for gpu in facts.gpus), default=0)
    if not facts.gpus:
        sentence = msg(
            "Not possible on this computer: {prover} needs a graphics card with {need} of memory of its own, and none "
            "was found. Our own prover needs none.",
            **sizes,
        )
        yield _Part("impossible", "gpu", None, sentence)
    elif largest and largest * _SOLD_AS < need.gpu_memory_bytes:
        sentence = msg(
            "Not possible on this computer: {prover} needs a graphics card with {need} of memory of its own; the "
            "largest here has {have}.",
            **sizes,
            have=_size(largest),
        )
        yield _Part("impossible", "gpu", 1 - need.gpu_memory_bytes / largest, sentence)


def _features(need: Need, facts: MachineFacts) -> Iterator[_Part]:
    architecture, system = facts.processor.architecture, facts.platform.system
    told = architecture not in (None, ANOTHER)
    if need.architectures and told and (architecture or "").lower() not in need.architectures:
        sentence = msg(
            "Not possible on this computer: {prover} runs on {wanted} processors alone, and this one is {have}.",
            prover=need.prover,
            wanted=", ".join(need.architectures),
            have=architecture or "",
        )
        yield _Part("impossible", "features", None, sentence)
    if need.systems and system != "other" and system not in need.systems:
        sentence = msg(
            "Not possible on this computer: {prover} runs on {wanted} alone.",
            prover=need.prover,
            wanted=", ".join(need.systems),
        )
        yield _Part("impossible", "features", None, sentence)


_NOTHING_KNOWN = msg("No verdict: no source that could be cited says what it needs.")


def _unknown(need: Need, facts: MachineFacts) -> Message | None:
    """What is not known and could decide, in words."""
    if need.gpu_memory_bytes is not None and facts.gpus is None:
        return msg(
            "No verdict: {prover} needs a graphics card with {need} of memory of its own, and whether there is one is "
            "not known.",
            prover=need.prover,
            need=_size(need.gpu_memory_bytes),
        )
    if need.memory is None:
        if need.seconds is None:
            return _NOTHING_KNOWN
        return msg(
            "No verdict: no source that could be cited says how much memory it takes. As far as the processor goes, it "
            "would take {time} here.",
            time=rough_time(need.seconds),
        )
    asked = _size(need.memory.likely)
    if need.memory_at_least:
        return msg("No verdict: it needs more than {need} of memory, and no source says how much more.", need=asked)
    pool = facts.usable_memory_bytes if need.memory_installed else facts.free_memory_bytes
    if pool is None:
        return msg(
            "No verdict: it needs about {need} of memory, and how much this computer has free is not known.", need=asked
        )
    return None


def _size(size_bytes: float) -> str:
    return format_size(round(size_bytes))
