"""Files that are read, standard input where the name is a dash, or what another process handed over."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.formats.mapped import read_bounded
from zkcompanion.proving.formats.wtns import WTNS, parse_wtns, read_wtns
from zkcompanion.proving.witness.inputs import MAX_BYTES, CircuitInputs, parse_inputs

STANDARD_INPUT = Path("-")
_SHOWN = "<standard input>"
_GIVEN = "<inputs>"
_STEP_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class GivenInputs:
    """Inputs that lie in no file: a JSON object, secret."""

    data: bytes = field(repr=False)


def read_inputs_from(path: Path | GivenInputs) -> CircuitInputs:
    """A circuit's inputs. Raises: FileError, InputError."""
    if isinstance(path, GivenInputs):
        return parse_inputs(path.data, file=_GIVEN)
    if path == STANDARD_INPUT:
        return parse_inputs(_read_standard_input(MAX_BYTES), file=_SHOWN)
    return parse_inputs(read_bounded(path, max_bytes=MAX_BYTES), file=str(path))


def read_witness_from(path: Path, *, n_wires: int, evenly: bool = False) -> LimbArray:
    """A witness for `n_wires` wires, plain uint64[n_wires, 4]; `evenly` as in `read_wtns`. Raises: FileError."""
    if path == STANDARD_INPUT:
        data = _read_standard_input(WTNS.max_bytes, begins_with=WTNS.magic)
        return parse_wtns(data, file=_SHOWN, n_wires=n_wires, evenly=evenly)[0]
    return read_wtns(path, n_wires=n_wires, evenly=evenly)


def _read_standard_input(max_bytes: int, *, begins_with: bytes = b"") -> bytes:
    """All that comes in; no more than the start where that is wrong, so that the parser can say so at once."""
    data = bytearray()
    try:
        # a step at a time: one read of the whole limit would ask for that much memory
        while part := sys.stdin.buffer.read(min(_STEP_BYTES, max_bytes + 1 - len(data))):
            data += part
            if not data.startswith(begins_with):
                break
    except (OSError, AttributeError) as error:
        raise FileError(msg("Standard input cannot be read."), file=_SHOWN) from error
    if len(data) > max_bytes:
        raise FileError(msg("More than {max_bytes} bytes came in.", max_bytes=max_bytes), file=_SHOWN)
    return bytes(data)
