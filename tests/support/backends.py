"""Back ends for tests; kernels come from the store that `tests.support.kernels` fills."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving.backend import KernelBackend, ReferenceBackend, load_backend


def kernel_store() -> SealedStore:
    home = Path(os.environ["ZKCOMPANION_HOME"])
    return SealedStore(home / "test-kernels", home / "test-kernels.key")


@cache
def backend(kind: str = "scalar", threads: int = 2) -> KernelBackend | ReferenceBackend:
    """One for each kind and number of threads, shared by the whole run and never closed."""
    return load_backend(kind, threads=threads, store=kernel_store())
