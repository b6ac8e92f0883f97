"""Compiled kernels for tests: each group is compiled once for a run, or taken from the store of ZKC_TEST_HOME."""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path

import pytest

from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving.fields import FP, FieldParams
from zkcompanion.proving.kernels.jit import (
    IFMA_GROUPS,
    SCALAR_GROUPS,
    KernelGroup,
    KernelSet,
    compile_group,
    cpu_has_ifma,
)

FAMILIES = {"scalar": SCALAR_GROUPS, "ifma": IFMA_GROUPS}
ifma_missing = pytest.mark.skipif(not cpu_has_ifma(), reason="this CPU has no AVX-512 IFMA")


@cache
def _whole(family: str) -> KernelSet:
    home = Path(os.environ["ZKCOMPANION_HOME"])
    return KernelSet(family, FAMILIES[family], store=SealedStore(home / "test-kernels", home / "test-kernels.key"))


def family_kernels(family: str, *groups: str) -> KernelSet:
    """A family with these groups loaded; one set for the whole run."""
    kernels = _whole(family)
    kernels.load(groups)
    return kernels


def scalar_kernels(*groups: str) -> KernelSet:
    """The scalar family with these groups loaded."""
    return family_kernels("scalar", *groups)


@cache
def compiled(module_name: str):
    """Functions of a module of test kernels (`SPECS`), by name; they live as long as the run."""
    group = KernelGroup(module_name.rpartition(".")[2], compile_group(module_name, "test"))
    _alive.append(group)
    return group.functions


_alive: list[KernelGroup] = []


def shaped_integers(rng: random.Random, n: int, field: FieldParams = FP, bits: int = 256) -> list[int]:
    """n values below the modulus: edges, then in turn uniform, of high weight, and of long runs of zeros and ones."""
    p = field.modulus
    edges = [0, 1, p - 1, p - 2, field.r, field.r2, (1 << 254) - 1, (1 << 192) - 1, (1 << 64) - 1, p >> 1]
    values = [e % p for e in edges[:n]]
    while len(values) < n:
        kind = len(values) % 3
        if kind == 0:
            value = rng.randrange(p)
        elif kind == 1:
            value = rng.getrandbits(bits) | rng.getrandbits(bits) | rng.getrandbits(bits)
        else:
            value, left, bit = 0, bits, rng.getrandbits(1)
            while left > 0:
                run = min(left, rng.randrange(1, 70))
                value = value << run | ((1 << run) - 1 if bit else 0)
                left, bit = left - run, bit ^ 1
        values.append(value % p)
    return values


@cache
def portable_kernels(group: str) -> KernelSet:
    """A group of the vector family for any CPU: `ntt` or `rows`."""
    modules = {"ntt": "tests.support.portable_lanes", "rows": "tests.support.portable_rows"}
    kernels = KernelSet("portable", {group: modules[group]})
    kernels.load()
    return kernels
