"""How fast memory and disk are: copies of large arrays, and a file written and read past the system's cache."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zkcompanion.base.clock import Clock
from zkcompanion.proving.phases import Trace

#: Of the arrays that are copied, beyond what caches hold; of a block of the file, and of the whole file at the most.
_ARRAY_BYTES, _BLOCK_BYTES, _FILE_BYTES = 32 << 20, 2 << 20, 128 << 20
_COPIES = 5


@dataclass(frozen=True, slots=True)
class MachineSpeeds:
    """Bytes a second: read and written memory on one core and on all, and the disk's, None where it cannot be told."""

    memory_one: float
    memory_all: float
    disk_write: float | None
    disk_read: float | None


def measure_memory(threads: int, clock: Clock, trace: Trace) -> tuple[float, float]:
    """Bytes a second that one core, and all of them, read and write as they copy."""
    pairs = [(np.ones(_ARRAY_BYTES, np.uint8), np.zeros(_ARRAY_BYTES, np.uint8)) for _ in range(threads)]

    def copy(index: int) -> None:
        source, target = pairs[index]
        np.copyto(target, source)

    def speed(count: int, copies: object) -> float:
        seconds = []
        for _ in range(_COPIES):
            trace.check()
            begun_s = clock.monotonic_s()
            copies(count)  # type: ignore[operator]
            seconds.append(clock.monotonic_s() - begun_s)
        return 2 * _ARRAY_BYTES * count / statistics.median(seconds)

    with ThreadPoolExecutor(threads) as team:
        return speed(1, lambda _: copy(0)), speed(threads, lambda count: list(team.map(copy, range(count))))


def measure_disk(folder: Path, clock: Clock, trace: Trace, *, seconds: float) -> tuple[float | None, float | None]:
    """Bytes a second written to a file in `folder` and read from it, in about so many seconds each; None where the
    system refuses. The file is gone afterwards.
    """
    path = folder / "disk"
    buffer = mmap.mmap(-1, _BLOCK_BYTES)  # at a page's start, as a direct write wants it
    buffer.write(hashlib.shake_256(b"disk").digest(_BLOCK_BYTES))  # nothing that a disk could make shorter
    try:
        written, write_s = _write(path, buffer, clock, trace, seconds)
        read, read_s = _read(path, buffer, clock, trace, seconds)
    except OSError:
        return None, None
    finally:
        buffer.close()
        with contextlib.suppress(OSError):
            path.unlink()
    return written / write_s, read / read_s


def _open(path: Path, flags: int) -> int:
    """Past the system's cache where it can be."""
    flags |= getattr(os, "O_BINARY", 0)
    direct = getattr(os, "O_DIRECT", 0)
    with contextlib.suppress(OSError):
        return os.open(path, flags | direct, 0o600)
    return os.open(path, flags, 0o600)


def _write(path: Path, buffer: mmap.mmap, clock: Clock, trace: Trace, seconds: float) -> tuple[int, float]:
    descriptor = _open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC)
    try:
        begun_s, written = clock.monotonic_s(), 0
        while written < _FILE_BYTES and (not written or clock.monotonic_s() - begun_s < seconds):
            trace.check()
            written += os.write(descriptor, buffer)
            os.fsync(descriptor)
        took_s = clock.monotonic_s() - begun_s
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    return written, took_s


def _read(path: Path, buffer: mmap.mmap, clock: Clock, trace: Trace, seconds: float) -> tuple[int, float]:
    descriptor = _open(path, os.O_RDONLY)
    try:
        begun_s, read = clock.monotonic_s(), 0
        with open(descriptor, "rb", buffering=0, closefd=False) as stream:
            while (found := stream.readinto(buffer)) and (clock.monotonic_s() - begun_s < seconds):
                trace.check()
                read += found
        return max(read, 1), max(clock.monotonic_s() - begun_s, 1e-9)
    finally:
        os.close(descriptor)
