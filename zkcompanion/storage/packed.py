"""Arrays and a few words about them as the bytes of one cache entry, to be used in place.

Size of the table, uint64 | table, JSON: `about` (what the caller wants) and `arrays` (name, dtype, shape) | the arrays
in that order. Every part begins at a multiple of 64 bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from math import prod
from typing import cast

import numpy as np
import numpy.typing as npt

from zkcompanion.base.sealed import Buffer

_SIZE = struct.Struct("<Q")
_ALIGN = 64


def pack(about: Mapping[str, object], arrays: Mapping[str, npt.NDArray[np.generic]]) -> list[Buffer]:
    """The parts of an entry; arrays are not copied where they are contiguous. `about` must be JSON."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    shapes = [(name, array.dtype.str, array.shape) for name, array in contiguous.items()]
    table = json.dumps({"about": about, "arrays": shapes}).encode("ascii")
    parts: list[Buffer] = [_SIZE.pack(len(table)) + table]
    at = len(parts[0])
    for array in contiguous.values():
        parts.append(bytes(-at % _ALIGN))
        parts.append(memoryview(cast("Buffer", array.reshape(-1).view(np.uint8))))
        at += len(parts[-2]) + array.nbytes
    return parts


def unpack(data: memoryview) -> tuple[dict[str, object], dict[str, npt.NDArray[np.generic]]]:
    """What `pack` was given, read-only. Raises: ValueError for anything else (a key of another version's, say)."""
    try:
        (size,) = _SIZE.unpack_from(data)
        table = json.loads(bytes(data[_SIZE.size : _SIZE.size + size]))
        about, shapes = table["about"], table["arrays"]
        at = _SIZE.size + size
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for name, kind, shape in shapes:
            at += -at % _ALIGN
            dtype, count = np.dtype(kind), prod(shape)
            arrays[name] = np.frombuffer(data, dtype, count, at).reshape(shape)
            at += count * dtype.itemsize
    except (struct.error, KeyError, TypeError) as error:
        raise ValueError("no packed arrays") from error
    return about, arrays
