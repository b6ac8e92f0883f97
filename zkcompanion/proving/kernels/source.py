"""What the generator of kernels is made of: its digest tells one version of the kernels from another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources

#: package -> its modules that emitted code is made of or takes constants from (None: all of them)
_SOURCES: Mapping[str, tuple[str, ...] | None] = {
    "zkcompanion.proving.kernels": None,
    "zkcompanion.proving": ("fields", "points"),
    "zkcompanion.proving.reference": ("curve", "fp2", "tower"),
}


@cache
def source_digest() -> bytes:
    """Hash of every source file that emitted code depends on; 32 bytes. Loads neither NumPy nor LLVM."""
    digest = hashlib.blake2b(digest_size=32)
    for package, modules in _SOURCES.items():
        for entry in sorted(resources.files(package).iterdir(), key=lambda e: e.name):
            name, _, kind = entry.name.partition(".")
            if kind in {"py", "pyc"} and (modules is None or name in modules):
                data = entry.read_bytes()
                digest.update(f"{entry.name}:{len(data)}:".encode())
                digest.update(data)
    return digest.digest()
