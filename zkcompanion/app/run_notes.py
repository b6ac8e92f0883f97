"""What a run of proofs notes for the worker that goes on with it, in the memory that the engine lends to a job.

First come the kept phases of the proof that runs (`proving/groth16/checkpoints`), then one record after another for
what is finished: each proof that was made, and warnings about the inputs. Without such memory nothing is noted.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zkcompanion.app.views import ProofView
from zkcompanion.base.messages import Message
from zkcompanion.proving.groth16.checkpoints import (
    NO_CHECKPOINTS,
    Checkpoints,
    KeptPhases,
    key_identity,
    scratch_bytes,
)
from zkcompanion.proving.records import HEAD_BYTES, get_record, put_record

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey

#: Largest record of what is finished; all of them go into one answer, which is not larger (`engine/wire`).
_MOST_BYTES = 80 << 20


@dataclass(frozen=True, slots=True)
class Finished:
    """One or the other: a proof that was made, or what is to be said of the inputs."""

    proof: ProofView | None = None
    warnings: tuple[Message, ...] = ()


class RunNotes:
    """Of one run; for one thread.

    Args:
        scratch: the descriptor of the memory, which stays open; None where there is none.
        zkey: the key, and the file that it comes from.
        repeat: proofs of the run.
    """

    def __init__(self, scratch: int | None, zkey: Groth16Zkey, file: Path, repeat: int) -> None:
        self._scratch = scratch
        identity = _file_identity(file)
        self._kept = None if scratch is None else KeptPhases(scratch, zkey, identity=identity)
        self._about = key_identity(zkey, identity)
        self._repeat = repeat
        self._records = 0
        self._end = scratch_bytes(zkey.n_vars, zkey.domain_size)
        self._warnings: tuple[Message, ...] = ()
        self._proofs: list[ProofView] = []
        for finished in self._read():
            self._warnings = finished.warnings or self._warnings
            if finished.proof is not None and not self.complete:
                self._proofs.append(finished.proof)
        if self.complete:
            # of the last one the proof itself is needed, and all its phases are kept
            self._proofs.pop()

    @property
    def proofs(self) -> tuple[ProofView, ...]:
        """Those that were made, by whichever worker; at the beginning always fewer than the run has."""
        return tuple(self._proofs)

    @property
    def complete(self) -> bool:
        """Whether all were made."""
        return len(self._proofs) == self._repeat

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What is to be said of the inputs."""
        return self._warnings

    @property
    def kept(self) -> Checkpoints:
        """What is kept of the proof that runs."""
        return NO_CHECKPOINTS if self._kept is None else self._kept

    def begin(self) -> int:
        """The next proof begins, or goes on; its number, from 1."""
        number = len(self._proofs) + 1
        if self._kept is not None:
            self._kept.begin(number)
        return number

    def forget(self) -> bool:
        """Have the proof that runs made anew; whether any of its phases came from another worker."""
        if self._kept is None:
            return False
        another = bool(self._kept.taken)
        self._kept.forget()
        return another

    def warn(self, warnings: tuple[Message, ...]) -> None:
        """Say this of the inputs."""
        if warnings != self._warnings:
            self._warnings = warnings
            self._write(Finished(warnings=warnings))

    def made(self, proof: ProofView) -> None:
        """The proof that runs is finished."""
        self._proofs.append(proof)
        self._write(Finished(proof))

    def _read(self) -> Iterator[Finished]:
        if self._scratch is None:
            return
        from zkcompanion.app.codec import decode  # the command line does without

        while True:
            data = get_record(self._scratch, self._end, self._about_record(), most_bytes=_MOST_BYTES)
            if data is None:
                return
            self._passed(len(data))
            yield decode(data.tobytes(), Finished)

    def _write(self, finished: Finished) -> None:
        if self._scratch is None:
            return
        from zkcompanion.app.codec import encode

        data = np.frombuffer(encode(finished), dtype=np.uint8)
        # what cannot be kept, for want of memory, is made again
        with contextlib.suppress(OSError):
            put_record(self._scratch, self._end, self._about_record(), data)
            self._passed(len(data))

    def _about_record(self) -> bytes:
        return self._about + struct.pack("<Q", self._records)

    def _passed(self, size: int) -> None:
        self._records += 1
        self._end += HEAD_BYTES + size


def _file_identity(file: Path) -> bytes:
    """What tells a file from another at the same place; empty where it is gone."""
    try:
        found = file.stat()
    except OSError:
        return b""
    return struct.pack("<4Q", found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
