"""Records in a file that only we can reach, for whoever goes on after a process was killed in the middle of anything.

A record is a head of 48 bytes (digest, length, mark) and its payload. Written is in this order: the mark is taken away,
then comes the payload, then digest and length, then the mark; whoever is killed on the way leaves a record that is not
there. The digest also covers what the record is `about`, so that one made for something else is not there either.

The digest is BLAKE2b of all bytes up to 64 KiB; of longer payloads it is that of the sums of rows of 512 words and of
their columns, modulo 2^64, which takes as long as reading them. Any flipped bit changes it, and so does whatever a
program overwrites by mistake; against somebody who forges it is worth nothing, and nobody else can reach the file.
Time and memory traffic depend on the length alone.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

#: digest and length, before the mark.
_HEAD = struct.Struct("<32sQ")
_MARK = b"complete"
HEAD_BYTES = _HEAD.size + len(_MARK)
_SUMMED_BYTES = 1 << 16
_ROW_BYTES = 4096
_STEP_BYTES = 1 << 18


def put_record(descriptor: int, offset: int, about: bytes, payload: Bytes) -> None:
    """Write a record of HEAD_BYTES + len(payload) bytes. Raises: OSError; then the record is not there."""
    mark = offset + _HEAD.size
    _write(descriptor, mark, bytes(len(_MARK)))
    digest = _Digest(about, len(payload))
    for start, part in _parts(payload):
        digest.update(part)
        _write(descriptor, offset + HEAD_BYTES + start, part.data)
    _write(descriptor, offset, _HEAD.pack(digest.value(), len(payload)))
    _write(descriptor, mark, _MARK)


def get_record(descriptor: int, offset: int, about: bytes, *, most_bytes: int) -> Bytes | None:
    """The payload of a record about this, in new memory; None where there is none, or a longer one, or a broken one."""
    try:
        head = os.pread(descriptor, HEAD_BYTES, offset)
        if len(head) < HEAD_BYTES or head[_HEAD.size :] != _MARK:
            return None
        expected, length = _HEAD.unpack_from(head)
        if length > most_bytes or offset + HEAD_BYTES + length > os.fstat(descriptor).st_size:
            return None
        payload = np.empty(length, dtype=np.uint8)
        digest = _Digest(about, length)
        for start, part in _parts(payload):
            if os.preadv(descriptor, [part.data], offset + HEAD_BYTES + start) != len(part):
                return None
            digest.update(part)
    except OSError:
        return None
    return payload if digest.value() == expected else None


def drop_record(descriptor: int, offset: int) -> None:
    """Take the mark of a record away. Raises: OSError."""
    if offset + HEAD_BYTES <= os.fstat(descriptor).st_size:
        _write(descriptor, offset + _HEAD.size, bytes(len(_MARK)))


class _Digest:
    """Of a payload that comes in parts of whole rows, the last one excepted."""

    def __init__(self, about: bytes, length: int) -> None:
        self._state = blake2b(len(about).to_bytes(8, "little") + about + length.to_bytes(8, "little"), digest_size=32)
        self._summed = length > _SUMMED_BYTES
        self._columns = np.zeros(_ROW_BYTES // 8, dtype=np.uint64)

    def update(self, part: Bytes) -> None:
        whole = len(part) // _ROW_BYTES * _ROW_BYTES if self._summed else 0
        if whole:
            rows = part[:whole].view(np.uint64).reshape(-1, _ROW_BYTES // 8)
            self._columns += rows.sum(axis=0, dtype=np.uint64)
            self._state.update(rows.sum(axis=1, dtype=np.uint64).data)
        self._state.update(part[whole:].data)

    def value(self) -> bytes:
        state = self._state.copy()
        state.update(self._columns.data)
        return state.digest()


def _parts(payload: Bytes) -> Iterator[tuple[int, Bytes]]:
    for start in range(0, len(payload), _STEP_BYTES):
        yield start, payload[start : start + _STEP_BYTES]


def _write(descriptor: int, offset: int, data: bytes | memoryview) -> None:
    if os.pwrite(descriptor, data, offset) != len(data):
        raise OSError("a part was not written")
