"""What would help: settings first, which cost nothing, then memory, then processor and disk.

Every piece of advice is another machine for which the whole catalogue is judged again, so what it unlocks is found and
not claimed. Where nothing is unlocked it is given only for a setting that is plainly against proving.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_size
from zkcompanion.hardware import steps
from zkcompanion.hardware.facts import MachineFacts
from zkcompanion.hardware.verdicts import Confidence, Tier, Verdict, better
from zkcompanion.hardware.whatif import WhatIf

Kind = Literal["setting", "memory", "processor", "disk", "prover"]
#: In this order, whatever they unlock.
_ORDER: Mapping[Kind, int] = {"setting": 0, "prover": 1, "memory": 2, "processor": 3, "disk": 3}
#: What it takes to follow advice: what it unlocks is divided by this.
_EFFORT: Mapping[Kind, float] = {"setting": 1, "prover": 1, "disk": 2, "memory": 3, "processor": 5}

#: Sizes that memory is sold in, and how many of the next ones are looked at.
_SOLD_BYTES, _NEXT_SIZES = tuple(1 << power for power in range(32, 41)), 2
#: Of all memory, what the system itself keeps when all else is closed; programs that hold less are not worth closing.
_SYSTEM_SHARE, _WORTH_CLOSING = 0.15, 1 << 30
#: A container may have so much of the machine that its limit changes nothing.
_NEARLY_ALL = 0.9
#: Fewer open files than the cache and a key need, and fewer maps than Linux gives by default.
_FEW_FILES, _FEW_MAPS = 256, 65_530
#: Verdicts with which something can be done.
_FITS = ("easily", "well", "barely")
#: A processor that is so much faster is worth naming where it unlocks nothing.
_WORTH_BUYING = 1.15


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of the catalogue on some machine: verdict, and likely seconds where they are known."""

    verdict: Verdict
    seconds: float | None = None
    #: made by our prover, so that its seconds tell what the machine does for us
    own: bool = False
    #: the prover that needs a graphics card for it
    gpu_prover: str | None = None
    name: Message | None = None
    #: id of a row that does the same in another way
    instead: str | None = None


#: All rows by their ids, on these facts with these changes.
Judge = Callable[[MachineFacts, WhatIf | None], Mapping[str, Judged]]


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that would help, sorted by effect for effort. `unlocks`: ids of workloads whose verdict gets better.

    `kind` "setting" costs nothing and comes first. `how`: what to do, in steps a person can follow.
    """

    id: str
    kind: Kind
    title: Message
    effect: Message
    how: Message
    unlocks: tuple[str, ...]
    confidence: Confidence


def advise(facts: MachineFacts, judge: Judge) -> tuple[Advice, ...]:
    """All that would help on this machine, the best first."""
    now = judge(facts, None)
    found = [*_settings(facts, now, judge), *_memory(facts, now, judge), *_processor(facts, now, judge)]
    found += [*_disk(facts, now, judge), *_graphics(now), *_another_prover(now)]
    return tuple(sorted(found, key=lambda one: (_ORDER[one.kind], -len(one.unlocks) / _EFFORT[one.kind])))


def unlocked(before: Mapping[str, Judged], after: Mapping[str, Judged]) -> tuple[str, ...]:
    """Ids of those whose verdict got better, in the order of the catalogue."""
    return tuple(name for name, one in after.items() if better(one.verdict.tier, before[name].verdict.tier))


def faster_by(before: Mapping[str, Judged], after: Mapping[str, Judged]) -> float | None:
    """How many times as fast our proofs are that take longest, in the middle; None where no time is known."""
    pairs = [
        (one.seconds, after[name].seconds or 0.0)
        for name, one in before.items()
        if one.own and one.seconds and after[name].seconds
    ]
    longest = sorted(pairs, reverse=True)[: max(1, len(pairs) // 3)]
    return statistics.median(old / new for old, new in longest) if longest else None


def _settings(facts: MachineFacts, now: Mapping[str, Judged], judge: Judge) -> Iterator[Advice]:
    yield from _closing(facts, now, judge)
    yield from _container(facts, now, judge)
    power, limits = facts.power, facts.limits
    full_speed = msg("Proofs run at the full speed of the processor; how much that is, a new measurement tells.")
    if power.saving:
        yield Advice(
            "power-plan", "setting", msg("Switch power saving off"), full_speed, steps.power_plan(facts), (), "none"
        )
    if power.plugged is False:
        how = msg("Connect the charger while proofs are made.")
        yield Advice("plug-in", "setting", msg("Plug the computer in"), full_speed, how, (), "none")
    if limits.open_files is not None and limits.open_files < _FEW_FILES:
        effect = msg("No more errors of too many open files; only {count} are allowed now.", count=limits.open_files)
        title, how = msg("Allow more open files"), msg("Run: ulimit -n 4096, then start this program from there.")
        yield Advice("open-files", "setting", title, effect, how, (), "estimated")
    if limits.memory_maps is not None and limits.memory_maps < _FEW_MAPS:
        effect = msg(
            "Large keys and compiled circuits can be mapped; only {count} maps are allowed now.",
            count=limits.memory_maps,
        )
        how = msg("As root, run: sysctl vm.max_map_count=65530. In /etc/sysctl.d it stays so.")
        yield Advice("memory-maps", "setting", msg("Allow more memory maps"), effect, how, (), "estimated")


def _closing(facts: MachineFacts, now: Mapping[str, Judged], judge: Judge) -> Iterator[Advice]:
    total, free = facts.usable_memory_bytes, facts.free_memory_bytes
    if total is None or free is None:
        return
    most = max(free, round((1 - _SYSTEM_SHARE) * total))
    memory = replace(facts.memory, available_bytes=max(most, facts.memory.available_bytes or 0))
    limits = replace(facts.limits, memory_used_bytes=min(facts.limits.memory_used_bytes or 0, total - most))
    opened = unlocked(now, judge(replace(facts, memory=memory, limits=limits), None))
    if most - free < _WORTH_CLOSING and not opened:
        return
    effect = msg(
        "Up to {most} would be free instead of {free}, as far as other programs are closed.",
        most=format_size(most),
        free=format_size(free),
    )
    title = msg("Close programs that use much memory")
    yield Advice("close-programs", "setting", title, effect, steps.close_programs(facts), opened, "estimated")


def _container(facts: MachineFacts, now: Mapping[str, Judged], judge: Judge) -> Iterator[Advice]:
    limits, total, logical = facts.limits, facts.memory.total_bytes, facts.processor.logical_cores
    if limits.memory_bytes is not None and total is not None and limits.memory_bytes < _NEARLY_ALL * total:
        lifted = replace(facts, limits=replace(limits, memory_bytes=None, memory_used_bytes=None))
        effect = msg(
            "The machine has {total} of memory, of which this container may use {limit}.",
            total=format_size(total),
            limit=format_size(limits.memory_bytes),
        )
        opened = unlocked(now, judge(lifted, None))
        title = msg("Give the container more memory")
        yield Advice("container-memory", "setting", title, effect, steps.container_memory(facts), opened, "estimated")
    usable = facts.usable_cores
    if usable is not None and logical is not None and usable < logical:
        lifted = replace(facts, limits=replace(limits, cpus=None, usable_cores=None))
        after = judge(lifted, None)
        effect = msg(
            "The machine has {logical} cores, of which this program may use {usable}.", logical=logical, usable=usable
        )
        title = msg("Let the program use more cores")
        opened = unlocked(now, after)
        yield Advice("container-cores", "setting", title, effect, steps.container_cores(facts), opened, "estimated")


def _another_prover(now: Mapping[str, Judged]) -> Iterator[Advice]:
    """Native instead of in a browser, ours instead of a virtual machine, smaller pieces."""
    found = [
        (name, one, other)
        for name, one in now.items()
        if one.instead is not None
        and (other := now.get(one.instead)) is not None
        and other.verdict.tier in _FITS
        and better(other.verdict.tier, one.verdict.tier)
        and worth(one.verdict.tier)
    ]
    if not found:
        return
    _, one, other = found[0]
    effect = msg_n(
        "For {n} workload another prover or smaller pieces do as much with less: {other} in place of {one}.",
        "For {n} workloads another prover or smaller pieces do as much with less, such as {other} in place of {one}.",
        n=len(found),
        other=other.name or "",
        one=one.name or "",
    )
    how = msg("The details of each workload in the catalogue name its prover; ours is this program.")
    names = tuple(name for name, _, _ in found)
    yield Advice("another-prover", "prover", msg("Choose another prover"), effect, how, names, "estimated")


def _memory(facts: MachineFacts, now: Mapping[str, Judged], judge: Judge) -> Iterator[Advice]:
    total = facts.usable_memory_bytes
    if total is None:
        return
    # 15.6 GiB are sold as 16
    larger = [size for size in _SOLD_BYTES if size > 1.1 * total]
    told: set[str] = set()
    for size in larger[:_NEXT_SIZES]:
        opened = unlocked(now, judge(facts, WhatIf(memory_bytes=size)))
        if set(opened) <= told:
            continue
        told.update(opened)
        effect = msg(
            "{size} of memory instead of {total}: keys and proofs of larger circuits fit.",
            size=format_size(size),
            total=format_size(total),
        )
        title = msg("More memory: {size} in all", size=format_size(size))
        name = f"memory-{size >> 30}"
        yield Advice(name, "memory", title, effect, steps.more_memory(facts), opened, "estimated")


def _processor(facts: MachineFacts, now: Mapping[str, Judged], judge: Judge) -> Iterator[Advice]:
    cores, logical = facts.usable_cores, facts.processor.logical_cores
    # where the machine has more than the program may use, that comes first
    if cores is not None and (logical is None or cores >= logical):
        after = judge(facts, WhatIf(cores=2 * cores))
        title = msg("A processor with twice as many cores: {cores}", cores=2 * cores)
        yield from _faster("cores", title, now, after)
    if facts.family == "scalar":
        after = judge(facts, WhatIf(family="ifma"))
        yield from _faster("vectors", msg("A processor with AVX-512 IFMA"), now, after)


def _faster(name: str, title: Message, now: Mapping[str, Judged], after: Mapping[str, Judged]) -> Iterator[Advice]:
    times, opened = faster_by(now, after), unlocked(now, after)
    if times is None or times < _WORTH_BUYING:
        if not opened:
            return
        effect = msg("What it unlocks are others' provers; what our own proofs gain by it, a measurement tells.")
    else:
        share = round(100 / times)
        effect = msg("Large proofs would take about {share} % of the time that they take now.", share=share)
    how = msg("This is for the next computer; nothing has to be changed in this program.")
    yield Advice(name, "processor", title, effect, how, opened, "estimated")


def _disk(facts: MachineFacts, now: Mapping[str, Judged], judge: Judge) -> Iterator[Advice]:
    disk = facts.disk
    if any(one.verdict.binding == "disk" for one in now.values()) and disk.total_bytes is not None:
        emptier = replace(disk, free_bytes=max(disk.free_bytes or 0, round(_NEARLY_ALL * disk.total_bytes)))
        opened = unlocked(now, judge(replace(facts, disk=emptier), None))
        if opened:
            free = format_size(disk.free_bytes or 0)
            effect = msg("{free} are free now; keys of large circuits take more.", free=free)
            title = msg("Free room on the disk")
            yield Advice("free-disk", "setting", title, effect, steps.free_disk(facts), opened, "estimated")
    if disk.kind == "hard disk":
        effect = msg("Keys are read from the disk before a proof; a solid-state drive reads them many times as fast.")
        how = msg("Move this program's folder to a solid-state drive, or fit one.")
        yield Advice("solid-state", "disk", msg("A solid-state drive"), effect, how, (), "none")


def _graphics(now: Mapping[str, Judged]) -> Iterator[Advice]:
    provers = ", ".join(sorted({one.gpu_prover for one in now.values() if one.gpu_prover is not None}))
    missing = tuple(name for name, one in now.items() if one.gpu_prover and one.verdict.binding == "gpu")
    if not missing:
        return
    effect = msg(
        "{provers} would use it. Our own prover runs on the processor, and would not be faster.", provers=provers
    )
    how = msg("Only where you mean to run those provers; their own pages say which cards they take.")
    yield Advice("graphics-card", "processor", msg("A graphics card"), effect, how, missing, "scaled")


def worth(tier: Tier) -> bool:
    """Whether there is anything to wish for beyond this verdict."""
    return tier not in ("easily", "unknown")
