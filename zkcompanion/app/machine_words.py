"""What is known of a computer, in words: one row for each thing, and what it means for proofs made here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zkcompanion.app.hardware_views import Cache, Disk, Gpu, Limits, MachineFacts, Memory, Platform, Power, Processor
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_size
from zkcompanion.reports.quantities import digits

UNKNOWN = msg("not told by this system")

#: As people write them, in this order; the rest of some hundred features says nothing about proofs.
_FEATURES = {
    "adx": "ADX",
    "bmi2": "BMI2",
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512ifma": "AVX-512 IFMA",
    "avx_ifma": "AVX-IFMA",
    "asimd": "NEON",
    "sve": "SVE",
}
_MEANING = {
    "ifma": msg("The fastest arithmetic of this program: eight products of large numbers at a time (AVX-512 IFMA)."),
    "scalar": msg("Proofs use scalar arithmetic, one product at a time: AVX-512 IFMA would make them faster."),
    "reference": msg("This program has no compiled arithmetic for this kind of processor, so proofs are very slow."),
}
_DISKS = {
    "ssd": msg("SSD"),
    "hard disk": msg("hard disk"),
    "memory": msg("in memory"),
    "network": msg("network drive"),
}
_SYSTEMS = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}
_CACHES = {"data": msg("data"), "instruction": msg("instructions"), "unified": msg("shared")}
#: More open files than this are as good as any number.
_COUNTLESS = 1 << 31


@dataclass(frozen=True, slots=True)
class FactRow:
    """`value` is what the system tells, `meaning` what follows for proofs; `known`: whether it tells anything."""

    id: str
    name: Message
    value: Message
    meaning: Message | None = None
    known: bool = True


def machine_rows(facts: MachineFacts) -> tuple[FactRow, ...]:
    """All that there is to say, what decides about proofs first."""
    processor = facts.processor
    return (
        _row("processor", msg("Processor"), _plain(processor.model), _speed(processor)),
        _row("cores", msg("Cores"), _cores(processor), _usable(facts)),
        _row("features", msg("Vector features"), _features(processor), _feature_meaning(facts)),
        _row("memory", msg("Memory"), _memory(facts.memory)),
        _row("swap", msg("Swap"), _swap(facts.memory)),
        _row("caches", msg("Caches"), _caches(processor.caches)),
        _row("disk", msg("Disk"), _disk(facts.disk), _disk_speed(facts.disk)),
        _row("gpu", msg("Graphics"), _gpus(facts.gpus), _gpu_meaning(facts.gpus)),
        _row("power", msg("Power"), *_power(facts.power)),
        *_heat(facts.celsius),
        _row("limits", msg("Limits"), _limits(facts.limits)),
        _row("inside", msg("Runs in"), _inside(facts.limits)),
        _row("system", msg("System"), _system(facts.platform), _versions(facts.platform)),
    )


def machine_name(facts: MachineFacts) -> Message:
    """What the card is headed by."""
    if facts.processor.model:
        return Message("{model}", {"model": facts.processor.model})
    if facts.processor.architecture:
        return msg("A computer of the kind {kind}", kind=facts.processor.architecture)
    return msg("A computer of unknown kind")


def key_facts(facts: MachineFacts) -> Message:
    """Cores and memory in one line, as far as they are known."""
    found = []
    if (cores := facts.usable_cores) is not None:
        found.append(msg_n("{n} core for proofs", "{n} cores for proofs", n=cores))
    if (memory := facts.usable_memory_bytes) is not None:
        found.append(msg("{size} of memory", size=format_size(memory)))
    if (free := facts.free_memory_bytes) is not None:
        found.append(msg("{size} of it free", size=format_size(free)))
    return _joined(found) or UNKNOWN


def _row(key: str, name: Message, value: Message | None, meaning: Message | None = None) -> FactRow:
    return FactRow(key, name, UNKNOWN if value is None else value, meaning, known=value is not None)


def _plain(text: str | None) -> Message | None:
    return Message("{text}", {"text": text}) if text else None


def _joined(parts: Iterable[Message | None]) -> Message | None:
    """Parts with commas between them; None where there are none."""
    made: Message | None = None
    for part in parts:
        if part is not None:
            made = part if made is None else Message("{first}, {second}", {"first": made, "second": part})
    return made


def _speed(processor: Processor) -> Message | None:
    if processor.max_hz is not None:
        return msg("up to {speed} GHz", speed=digits(processor.max_hz / 1e9))
    return msg("{speed} GHz", speed=digits(processor.base_hz / 1e9)) if processor.base_hz is not None else None


def _cores(processor: Processor) -> Message | None:
    physical, logical = processor.physical_cores, processor.logical_cores
    fast, slow = processor.performance_cores, processor.efficiency_cores
    parts: list[Message | None] = []
    if fast is not None and slow is not None:
        parts += [
            msg_n("{n} performance core", "{n} performance cores", n=fast),
            msg_n("{n} efficiency core", "{n} efficiency cores", n=slow),
        ]
    elif physical is not None:
        parts.append(msg_n("{n} core", "{n} cores", n=physical))
    if logical is not None and logical != physical:
        parts.append(msg_n("{n} thread", "{n} threads", n=logical))
    return _joined(parts)


def _usable(facts: MachineFacts) -> Message | None:
    usable, all_of_them = facts.usable_cores, facts.processor.logical_cores
    if usable is None or usable == all_of_them:
        return None
    return msg_n("Proofs may use {n} of them.", "Proofs may use {n} of them.", n=usable)


def _features(processor: Processor) -> Message | None:
    if processor.features is None:
        return None
    named = [name for key, name in _FEATURES.items() if key in processor.features]
    return _plain(", ".join(named)) if named else msg("none that matter here")


def _feature_meaning(facts: MachineFacts) -> Message | None:
    return _MEANING[facts.family] if facts.family is not None else None


def _memory(memory: Memory) -> Message | None:
    total = msg("{size} installed", size=format_size(memory.total_bytes)) if memory.total_bytes is not None else None
    free = None
    if memory.available_bytes is not None:
        free = msg("{size} free", size=format_size(memory.available_bytes))
    return _joined((total, free))


def _swap(memory: Memory) -> Message | None:
    if memory.swap_total_bytes is None:
        return None
    if memory.swap_total_bytes == 0:
        return msg("none")
    total = format_size(memory.swap_total_bytes)
    if memory.swap_free_bytes is None:
        return Message("{size}", {"size": total})
    return msg("{free} of {total} free", free=format_size(memory.swap_free_bytes), total=total)


def _caches(caches: tuple[Cache, ...]) -> Message | None:
    return _joined(map(_cache, sorted(caches, key=lambda one: (one.level, one.kind))))


def _cache(cache: Cache) -> Message:
    size = format_size(cache.size_bytes)
    if cache.instances is not None and cache.instances > 1:
        size = f"{cache.instances} \N{MULTIPLICATION SIGN} {size}"
    if cache.level == 1:
        return msg("L{level} {kind} {size}", level=cache.level, kind=_CACHES[cache.kind], size=size)
    return Message("L{level} {size}", {"level": cache.level, "size": size})


def _disk(disk: Disk) -> Message | None:
    kind = _DISKS[disk.kind] if disk.kind is not None else None
    space = None
    if disk.free_bytes is not None and disk.total_bytes is not None:
        space = msg("{free} of {total} free", free=format_size(disk.free_bytes), total=format_size(disk.total_bytes))
    elif disk.free_bytes is not None:
        space = msg("{size} free", size=format_size(disk.free_bytes))
    return _joined((kind, space, _plain(disk.file_system)))


def _disk_speed(disk: Disk) -> Message | None:
    if disk.read_bytes_per_s is None or disk.write_bytes_per_s is None:
        return None
    return msg(
        "Reads {read}/s and writes {write}/s, as measured.",
        read=format_size(round(disk.read_bytes_per_s)),
        write=format_size(round(disk.write_bytes_per_s)),
    )


def _gpus(gpus: tuple[Gpu, ...] | None) -> Message | None:
    if gpus is None:
        return None
    return _joined(map(_gpu, gpus)) or msg("none found")


def _gpu(gpu: Gpu) -> Message:
    if gpu.memory_bytes is None:
        return Message("{name}", {"name": gpu.name})
    return msg("{name} with {size}", name=gpu.name, size=format_size(gpu.memory_bytes))


def _gpu_meaning(gpus: tuple[Gpu, ...] | None) -> Message | None:
    """Which prover would use it: ours does not."""
    if gpus is None:
        return msg("Proofs here run on the processor, so nothing depends on it.")
    if not gpus:
        return msg("Proofs here run on the processor, so none is missed.")
    told = " ".join(f"{gpu.vendor or ''} {gpu.name}" for gpu in gpus).casefold()
    if "nvidia" in told:
        return msg(
            "Proofs here run on the processor and leave it idle. ICICLE-Snark would use it for circuits of circom, "
            "RISC Zero for its own (CUDA)."
        )
    if "apple" in told:
        return msg("Proofs here run on the processor and leave it idle. RISC Zero would use it for its own (Metal).")
    return msg("Proofs here run on the processor and leave it idle. We know of no prover for circom that would use it.")


def _power(power: Power) -> tuple[Message | None, Message | None]:
    """What it runs on, and what that means."""
    parts: list[Message | None] = []
    if power.has_battery is False:
        parts.append(msg("no battery"))
    elif power.battery_percent is not None:
        parts.append(msg("battery at {percent} %", percent=round(power.battery_percent)))
    elif power.has_battery:
        parts.append(msg("has a battery"))
    if power.has_battery and power.plugged is not None:
        parts.append(msg("plugged in") if power.plugged else msg("not plugged in"))
    if power.plan:
        parts.append(msg("power plan {plan}", plan=power.plan))
    meaning = None
    if power.saving:
        parts.append(msg("saves power"))
        meaning = msg("While it saves power, proofs take longer.")
    elif power.has_battery and power.plugged is False:
        meaning = msg("On battery many computers slow down; plug it in for long proofs.")
    return _joined(parts), meaning


def _heat(celsius: float | None) -> tuple[FactRow, ...]:
    """No row where nothing is told, as in most virtual machines."""
    if celsius is None:
        return ()
    return (FactRow("heat", msg("Temperature"), msg("{degrees} °C", degrees=round(celsius))),)


def _limits(limits: Limits) -> Message | None:
    parts: list[Message | None] = []
    if limits.cpus is not None:
        parts.append(msg("processor time of {count} cores", count=digits(limits.cpus)))
    if limits.memory_bytes is not None:
        parts.append(msg("{size} of memory", size=format_size(limits.memory_bytes)))
    if limits.address_space_bytes is not None:
        parts.append(msg("{size} of address space", size=format_size(limits.address_space_bytes)))
    if limits.open_files is not None and limits.open_files < _COUNTLESS:
        parts.append(msg("{count} open files", count=format_count(limits.open_files)))
    if limits.memory_maps is not None and limits.memory_maps < _COUNTLESS:
        parts.append(msg("{count} memory maps", count=format_count(limits.memory_maps)))
    return _joined(parts)


def _inside(limits: Limits) -> Message | None:
    parts: list[Message | None] = []
    if limits.container:
        parts.append(msg("a container ({kind})", kind=limits.container))
    if limits.virtual_machine == "virtual machine":  # of a kind that nothing tells
        parts.append(msg("a virtual machine"))
    elif limits.virtual_machine:
        parts.append(msg("a virtual machine ({kind})", kind=limits.virtual_machine))
    if not parts and limits.container == "" and limits.virtual_machine == "":
        parts.append(msg("no container and no virtual machine"))
    return _joined(parts)


def _system(platform: Platform) -> Message | None:
    if platform.name:
        return _plain(platform.name)
    name = _SYSTEMS.get(platform.system)
    if name is None:
        return _plain(platform.release)
    return _plain(f"{name} {platform.release}" if platform.release else name)


def _versions(platform: Platform) -> Message | None:
    kernel = platform.release if platform.name else None
    parts = (
        msg("kernel {version}", version=kernel) if kernel else None,
        msg("Python {version}", version=platform.python) if platform.python else None,
        msg("C library {version}", version=platform.c_library) if platform.c_library else None,
    )
    return _joined(parts)
