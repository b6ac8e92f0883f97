"""What the user chose for this run, whichever face asked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Literal, get_args

KernelKind = Literal["auto", "ifma", "scalar", "reference"]
KERNEL_KINDS: tuple[KernelKind, ...] = get_args(KernelKind)


def usable_cpus() -> int:
    """Logical processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """`threads` of one proof, the family of kernels, and whether a key that anyone can forge for is accepted.

    `constant_work`: proofs whose work tells nothing of the witness, and that take longer for it.
    """

    threads: int = field(default_factory=usable_cpus)
    kernels: KernelKind = "auto"
    allow_insecure_key: bool = False
    constant_work: bool = False
