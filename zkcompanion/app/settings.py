"""What the user chose for this run, whichever face asked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from zkcompanion.base.controlgroups import ControlGroups

KernelKind = Literal["auto", "ifma", "scalar", "reference"]
KERNEL_KINDS: tuple[KernelKind, ...] = get_args(KernelKind)

#: What a process keeps of the memory of large arrays where nobody says how much.
DEFAULT_BUFFER_BYTES = 1 << 30


def usable_cpus(root: Path = Path("/")) -> int:
    """Logical processors that proofs can keep busy: those that this process may run on, or a container's quota of them.

    `root` is where Linux's `/proc` and `/sys` lie.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = ControlGroups(root).cpus()
    return max(1, allowed if quota is None else min(allowed, int(quota)))


@dataclass(frozen=True, slots=True)
class Settings:
    """`threads`: cores that proofs may use. `kernels`: the family. Whether a key that anyone can forge for is accepted.

    `constant_work`: proofs whose work tells nothing of the witness, and that take longer for it. `min_workers` and
    `max_workers` bound the pool of workers, without its spare (0: as many as there are logical cores); `memory_bytes`
    is what its proofs may hold together (None: what is installed, or what a container may use, less a reserve).
    `buffer_bytes`: memory of large arrays that a process keeps for its next proof, 0 for none. `run_anyway`:
    have tried what is predicted not to fit.
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
