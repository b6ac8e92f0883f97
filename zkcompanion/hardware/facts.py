"""What is known of a computer. None means unknown, which is a value like any other; 0 means none.

Frozen, free of NumPy and of measuring: `detect` fills these for the computer at hand, tests and "what if" for others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

System = Literal["linux", "macos", "windows", "other"]
CacheKind = Literal["data", "instruction", "unified"]
DiskKind = Literal["ssd", "hard disk", "memory", "network"]
#: How a processor's vector features serve our kernels (`proving/kernels`): the family that `auto` would take.
Family = Literal["ifma", "scalar", "reference"]


@dataclass(frozen=True, slots=True)
class Cache:
    """One level of cache: `size_bytes` of each instance, `instances` of them in the machine."""

    level: int
    kind: CacheKind
    size_bytes: int
    instances: int | None = None


@dataclass(frozen=True, slots=True)
class Processor:
    """`features` by Linux's names (`avx512ifma`), None where the system does not tell; frequencies in hertz.

    `performance_cores` and `efficiency_cores` are physical; both None where all cores are alike or nothing is told.
    """

    model: str | None = None
    vendor: str | None = None
    architecture: str | None = None
    physical_cores: int | None = None
    logical_cores: int | None = None
    performance_cores: int | None = None
    efficiency_cores: int | None = None
    features: frozenset[str] | None = None
    caches: tuple[Cache, ...] = ()
    base_hz: float | None = None
    max_hz: float | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. `available_bytes`: what programs can have without swapping, as the system says it."""

    total_bytes: int | None = None
    available_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_free_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk that our data lies on. Speeds in bytes a second, measured by the calibration alone."""

    kind: DiskKind | None = None
    file_system: str | None = None
    total_bytes: int | None = None
    free_bytes: int | None = None
    read_bytes_per_s: float | None = None
    write_bytes_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor; our prover does not use it, others do."""

    name: str
    vendor: str | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Power:
    """`battery_percent` None and `has_battery` False: there is none. `saving`: the system saves power at present."""

    has_battery: bool | None = None
    battery_percent: float | None = None
    plugged: bool | None = None
    saving: bool | None = None
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What this process may use of the machine. `cpus`: a container's quota in cores, which may be a fraction.

    `container` and `virtual_machine` name what we run in ("docker", "kvm"), "" where it is known that we do not.
    """

    cpus: float | None = None
    usable_cores: int | None = None
    memory_bytes: int | None = None
    memory_used_bytes: int | None = None
    address_space_bytes: int | None = None
    open_files: int | None = None
    memory_maps: int | None = None
    container: str | None = None
    virtual_machine: str | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """Versions, as the system writes them."""

    system: System = "other"
    release: str | None = None
    name: str | None = None
    python: str | None = None
    c_library: str | None = None


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """A computer, as far as it is known."""

    processor: Processor = field(default_factory=Processor)
    memory: Memory = field(default_factory=Memory)
    disk: Disk = field(default_factory=Disk)
    gpus: tuple[Gpu, ...] | None = None
    power: Power = field(default_factory=Power)
    limits: Limits = field(default_factory=Limits)
    platform: Platform = field(default_factory=Platform)
    celsius: float | None = None

    @property
    def usable_memory_bytes(self) -> int | None:
        """What is installed, or what a container may use where that is less."""
        known = [size for size in (self.memory.total_bytes, self.limits.memory_bytes) if size is not None]
        return min(known) if known else None

    @property
    def free_memory_bytes(self) -> int | None:
        """What a proof could have now: available to programs, and left within a container's limit."""
        known = [] if self.memory.available_bytes is None else [self.memory.available_bytes]
        if self.limits.memory_bytes is not None:
            known.append(max(0, self.limits.memory_bytes - (self.limits.memory_used_bytes or 0)))
        if self.memory.total_bytes is not None and known:
            known.append(self.memory.total_bytes)  # whatever else a system tells, there is no more
        return min(known) if known else None

    @property
    def usable_cores(self) -> int | None:
        """Whole cores that proofs can keep busy: no more than the quota, at least one."""
        known: list[float] = [
            count
            for count in (self.limits.usable_cores or self.processor.logical_cores, self.limits.cpus)
            if count is not None
        ]
        return max(1, int(min(known))) if known else None

    @property
    def family(self) -> Family | None:
        """Kernels that this processor runs; None where its features are not known."""
        if self.processor.architecture not in ("x86_64", "amd64", "AMD64", "arm64", "aarch64", None):
            return "reference"
        if self.processor.features is None:
            return None
        return "ifma" if {"avx512ifma", "avx512vl"} <= self.processor.features else "scalar"
