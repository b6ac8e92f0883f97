"""What a verdict rests on, what it is called, and what a computer is made of, in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zkcompanion.app.hardware_views import Confidence, MachineFacts, Tier
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_size
from zkcompanion.ui.context import Tone


@dataclass(frozen=True, slots=True)
class Words:
    """`short` for a chip with `icon` in `tone`; `long` a sentence."""

    short: Message
    long: Message
    tone: Tone
    icon: str


BASIS: dict[Confidence, Words] = {
    "measured": Words(msg("Measured"), msg("From proofs that were made on this computer."), "good", "checked"),
    "calibrated": Words(
        msg("From measured speed"), msg("Worked out from what was measured on this computer."), "good", "checked"
    ),
    "estimated": Words(
        msg("Estimate"), msg("From what this computer says of itself; nothing was measured yet."), "info", "info"
    ),
    "scaled": Words(
        msg("Estimate"), msg("Scaled from figures that others published for their computers."), "info", "info"
    ),
    "none": Words(msg("Not known"), msg("Too little is known of this computer for an answer."), "caution", "help"),
}

TIERS: dict[Tier, Words] = {
    "easily": Words(msg("Easily"), msg("This computer does it easily."), "good", "state-done"),
    "well": Words(msg("Well"), msg("This computer does it well."), "good", "state-done"),
    "barely": Words(msg("Barely"), msg("This computer just about does it."), "caution", "caution"),
    "too large": Words(msg("Too large"), msg("This computer cannot do it as it is."), "bad", "state-stopped"),
    "impossible": Words(msg("Out of reach"), msg("This computer cannot do it."), "bad", "state-failed"),
    "unknown": Words(msg("Not known"), msg("Too little is known of it."), "info", "help"),
}

_ARITHMETIC = {
    "ifma": msg("AVX-512 IFMA, the fastest that there is here"),
    "scalar": msg("64-bit, without vector instructions"),
    "reference": msg("plain Python, very slow: only for small circuits"),
}


def machine_rows(facts: MachineFacts) -> Iterator[tuple[str, Message, Message]]:
    """(key, name, value) of what is known, the most telling first; what is not known has no row."""
    if facts.processor.model:
        yield "processor", msg("Processor"), Message("{model}", {"model": facts.processor.model})
    cores = facts.usable_cores
    if cores is not None:
        yield "cores", msg("Can be used by proofs"), msg_n("{n} core", "{n} cores", n=cores)
    if facts.family is not None:
        yield "arithmetic", msg("Arithmetic"), _ARITHMETIC[facts.family]
    total, free = facts.usable_memory_bytes, facts.free_memory_bytes
    if total is not None and free is not None:
        words = msg("{total}, {free} of it free", total=format_size(total), free=format_size(free))
        yield "memory", msg("Memory"), words
    elif total is not None:
        yield "memory", msg("Memory"), Message("{total}", {"total": format_size(total)})
    if facts.disk.free_bytes is not None:
        yield "disk", msg("Disk"), msg("{free} free", free=format_size(facts.disk.free_bytes))
    if facts.platform.name:
        yield "system", msg("System"), Message("{name}", {"name": facts.platform.name})
    inside = [name for name in (facts.limits.container, facts.limits.virtual_machine) if name]
    if inside:
        yield "inside", msg("Runs inside"), Message("{names}", {"names": ", ".join(inside)})
