"""Whether a run fits into what can be had now: the proof made whole, the key that is made for it, and that key on disk.

Where it is far from the bounds nothing but sizes of files is looked at.
"""

from __future__ import annotations

from pathlib import Path

from zkcompanion.app.budgeting import CircuitNeeds, exact_key_bytes, largest_key_bytes, making_bytes, whole_bytes
from zkcompanion.app.memory import resident_bytes
from zkcompanion.app.room import Shortage, disk_shortage, may_be_short
from zkcompanion.proving.backend import Backend


def proof_shortage(room_bytes: int, zkey: Path, files: CircuitNeeds, backend: Backend) -> Shortage | None:
    """Where the proof needs more than `room_bytes` and what this process holds: both figures so. Raises: FileError."""
    if not may_be_short(room_bytes, zkey, files.r1cs, files.sym, files.wasm):
        return None
    needed = whole_bytes(zkey, files, threads=backend.threads, kernels=backend.kind)
    return _short(needed, room_bytes)


def making_shortage(room_bytes: int, r1cs: Path, backend: Backend) -> Shortage | None:
    """The same of making a development key. Raises: FileError."""
    if not may_be_short(room_bytes, r1cs):
        return None
    return _short(making_bytes(r1cs, threads=backend.threads, base_bytes=resident_bytes()), room_bytes)


def key_shortage(r1cs: Path, folder: Path) -> Shortage | None:
    """The same of that key on the disk of a folder. Raises: FileError."""
    if disk_shortage(largest_key_bytes(r1cs), folder) is None:
        return None
    return disk_shortage(exact_key_bytes(r1cs), folder)


def _short(needed_bytes: int, room_bytes: int) -> Shortage | None:
    room = room_bytes + resident_bytes()
    return None if needed_bytes <= room else Shortage(needed_bytes, room)
