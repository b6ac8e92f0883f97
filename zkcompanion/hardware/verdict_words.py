"""Verdicts in words for a newcomer: what is needed, what is there, and what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcompanion.base.estimates import band, rough_duration
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.costs.band import Band
from zkcompanion.hardware.facts import MachineFacts

if TYPE_CHECKING:
    from zkcompanion.hardware.verdicts import Need, Resource, Tier

#: Where no source tells anything.
UNKNOWN = msg("No verdict: no source that could be cited says what it needs.")
#: From this factor on a band says less than its middle.
_WIDE = 2.0


def sentence_of(tier: Tier, resource: Resource, need: Need, facts: MachineFacts) -> Message:
    """Why the verdict is that, `resource` having decided."""
    match resource:
        case "time":
            return _time(tier, need, facts)
        case "disk":
            return _disk(tier, need, facts)
        case "cores":
            return _cores(tier, need, facts)
        case "gpu":
            return _gpu(need, facts)
        case "features":
            return _features(need, facts)
    return _installed(tier, need, facts) if need.memory_installed else _memory(tier, need, facts)


def rough_time(seconds: Band) -> Message:
    """A prediction of seconds; where its band is wide, the likely value first."""
    told = band(seconds.low, seconds.high)
    if seconds.high <= _WIDE * seconds.low:
        return told
    return msg("about {likely} ({band})", likely=rough_duration(seconds.likely), band=told)


def unknown_card(need: Need) -> Message:
    """Whether there is such a graphics card could decide."""
    return msg(
        "No verdict: {prover} needs a graphics card with {need} of memory of its own, and whether there is one is "
        "not known.",
        prover=need.prover,
        need=_size(need.gpu_memory_bytes or 0),
    )


def unknown_processor(need: Need) -> Message:
    """Its kind, or how many cores it has, could decide."""
    return msg(
        "No verdict: {prover} asks for a certain processor, and of the one in this computer too little is known.",
        prover=need.prover,
    )


def unknown_sentence(need: Need, facts: MachineFacts) -> Message | None:
    """What is not known of memory and could decide; None where that is nothing."""
    if need.memory is None:
        if need.seconds is None:
            return UNKNOWN
        return msg(
            "No verdict: no source that could be cited says how much memory it takes. As far as the processor goes, it "
            "would take {time} here.",
            time=rough_time(need.seconds),
        )
    asked = _size(need.memory.likely)
    if need.memory_at_least:
        return msg("No verdict: it needs more than {need} of memory, and no source says how much more.", need=asked)
    pool = facts.usable_memory_bytes if need.memory_installed else facts.free_memory_bytes
    if pool is not None:
        return None
    return msg(
        "No verdict: it needs about {need} of memory, and how much this computer has free is not known.", need=asked
    )


def _memory(tier: Tier, need: Need, facts: MachineFacts) -> Message:
    asked = need.memory.likely if need.memory is not None else 0
    total, free = facts.usable_memory_bytes or 0, facts.free_memory_bytes or 0
    if tier == "impossible":
        return msg(
            "Not possible on this computer: it needs about {need}, and there are {total} of memory in all.",
            need=_size(asked),
            total=_size(total),
        )
    sizes = {"need": _size(asked), "free": _size(free)}
    if tier == "too large":
        return msg("Too large at present: it needs about {need}, and {free} are free now.", **sizes)
    most = need.memory.high if need.memory is not None else 0
    if need.least_memory_bytes is not None:
        return msg(
            "Fits in slices only: all at once it would take {need}, and {free} are free now. In slices {least} are "
            "enough; the proof is the same and takes longer.",
            **sizes,
            least=_size(need.least_memory_bytes),
        )
    if need.seconds is None:
        fits = msg("it needs about {need} of the {free} that are free now", **sizes)
    else:
        time = rough_time(need.seconds)
        fits = msg("it needs about {need} of the {free} that are free now and takes {time}", **sizes, time=time)
    if tier == "barely" and most > free:
        return msg(
            "Fits barely: {fits}; it may need up to {most}. Close other programs before you start.",
            fits=fits,
            most=_size(most),
        )
    if tier == "barely":
        return msg("Fits barely: {fits}. Close other programs before you start.", fits=fits)
    return _fits(tier, fits)


def _fits(tier: Tier, fits: Message) -> Message:
    if tier == "easily":
        return msg("Fits easily: {fits}.", fits=fits)
    if tier == "well":
        return msg("Fits well: {fits}.", fits=fits)
    return msg("Fits barely: {fits}.", fits=fits)


def _installed(tier: Tier, need: Need, facts: MachineFacts) -> Message:
    asked = need.memory.likely if need.memory is not None else 0
    sizes = {"need": _size(asked), "total": _size(facts.usable_memory_bytes or 0)}
    if tier == "impossible":
        return msg(
            "Not possible on this computer: {need} of memory are the least that is asked for; here are {total}.",
            **sizes,
        )
    return _fits(tier, msg("{need} of memory are asked for, and this computer has {total}", **sizes))


def _time(tier: Tier, need: Need, facts: MachineFacts) -> Message:
    time = "" if need.seconds is None else rough_time(need.seconds)
    free = facts.free_memory_bytes
    if need.memory is None or free is None or need.memory.likely > free:
        uses = msg("It takes {time}.", time=time)
    else:
        uses = msg(
            "It takes {time}, and about {need} of the {free} of memory that are free now.",
            time=time,
            need=_size(need.memory.likely),
            free=_size(free),
        )
    if tier == "easily":
        return msg("Fits easily. {uses}", uses=uses)
    if tier == "well":
        return msg("Fits well, with a little patience. {uses}", uses=uses)
    if tier == "barely":
        return msg("Fits, but is slow here. {uses}", uses=uses)
    return msg("Too slow here to wait for. {uses}", uses=uses)


def _disk(tier: Tier, need: Need, facts: MachineFacts) -> Message:
    asked = _size(need.disk_bytes or 0)
    if tier == "impossible":
        return msg(
            "Not possible on this computer: its files take {need}, and the disk has {total}.",
            need=asked,
            total=_size(facts.disk.total_bytes or 0),
        )
    sizes = {"need": asked, "free": _size(facts.disk.free_bytes or 0)}
    if tier == "too large":
        return msg("No room on the disk: its files take {need}, and {free} are free.", **sizes)
    return _fits(tier, msg("its files take {need} of the {free} that are free on the disk", **sizes))


def _cores(tier: Tier, need: Need, facts: MachineFacts) -> Message:
    numbers = {"prover": need.prover, "need": need.cores, "have": facts.usable_cores}
    if tier == "easily":
        return msg("Fits: {prover} asks for {need} cores, and this computer has {have}.", **numbers)
    if tier == "barely":
        return msg("Runs slowly: {prover} asks for {need} cores, and this computer has {have}.", **numbers)
    return msg("Too large: {prover} asks for {need} cores, and this computer has {have}.", **numbers)


def _gpu(need: Need, facts: MachineFacts) -> Message:
    sizes = {"need": _size(need.gpu_memory_bytes or 0), "prover": need.prover}
    if not facts.gpus:
        return msg(
            "Not possible on this computer: {prover} needs a graphics card with {need} of memory of its own, and none "
            "was found. Our own prover needs none.",
            **sizes,
        )
    return msg(
        "Not possible on this computer: {prover} needs a graphics card with {need} of memory of its own; the largest "
        "here has {have}. Our own prover needs none.",
        **sizes,
        have=_size(max(gpu.memory_bytes or 0 for gpu in facts.gpus)),
    )


def _features(need: Need, facts: MachineFacts) -> Message:
    architecture = facts.processor.architecture
    if need.architectures and architecture is not None and architecture not in need.architectures:
        return msg(
            "Not possible on this computer: {prover} runs on {wanted} processors alone, and this one is {have}.",
            prover=need.prover,
            wanted=", ".join(need.architectures),
            have=architecture,
        )
    return msg(
        "Not possible on this computer: {prover} runs on {wanted} alone.",
        prover=need.prover,
        wanted=", ".join(need.systems),
    )


def _size(size_bytes: float) -> str:
    return format_size(round(size_bytes))
