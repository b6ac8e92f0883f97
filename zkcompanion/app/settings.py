"""What the user chose for this run, whichever face asked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Literal, get_args

KernelKind = Literal["auto", "ifma", "scalar", "reference"]
KERNEL_KINDS: tuple[KernelKind, ...] = get_args(KernelKind)

#: What a process keeps of the memory of large arrays where nobody says how much.
DEFAULT_BUFFER_BYTES = 1 << 30


def usable_cpus() -> int:
    """Logical processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """`threads`: cores that proofs may use. `kernels`: the family. Whether a key that anyone can forge for is accepted.

    `constant_work`: proofs whose work tells nothing of the witness, and that take longer for it. `min_workers` and
    `max_workers` bound the pool of workers, without its spare (0: as many as there are logical cores); `memory_bytes`
    is what its proofs may hold together (None: what is installed, less a reserve). `buffer_bytes`: memory of large
    arrays that a process keeps for its next proof, 0 for none. `run_anyway`: have tried what is predicted not to fit.
    """

    threads: int = field(default_factory=usable_cpus)
    kernels: KernelKind = "auto"
    allow_insecure_key: bool = False
    constant_work: bool = False
    min_workers: int = 2
    max_workers: int = 0
    memory_bytes: int | None = None
    buffer_bytes: int = DEFAULT_BUFFER_BYTES
    run_anyway: bool = False
