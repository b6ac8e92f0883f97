"""Signal names (`.sym`): one line `label,wire,component,name` for each signal of a circuit, printable ASCII.

The wire is -1 where the compiler removed the signal; several signals may share a wire. Label 0 and wire 0, the constant
one, have no line. Source: circom 2.2.3. Large circuits have millions of lines, so NumPy checks the file and reads its
numbers, and a name is cut out of the bytes only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.proving.formats.mapped import StrPath, read_bounded

MAX_BYTES = 2 << 30
#: A number of the file has at most so many digits, so that it fits 63 bits.
_MAX_DIGITS = 18
_FOUR_FIELDS = "four fields (label, wire, component, name)"
#: Bytes searched in one step.
_CHUNK = 1 << 20

Octets = npt.NDArray[np.uint8]
Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One line; `wire` is -1 where the signal has none."""

    label: int
    wire: int
    component: int
    name: str


class SignalNames:
    """The lines of a `.sym` file: `labels`, `wires` (-1: none) and `components`, int64[n] each, in file order.

    `name_spans` int64[n, 2] is where names stand in the file, `by_wire` int64[n] the lines sorted by wire.

    Names are found by wire. The file must have been checked; see `parse_sym`.
    """

    def __init__(
        self,
        data: bytes,
        name_spans: Index,
        labels: Index,
        wires: Index,
        components: Index,
        by_wire: Index | None = None,
    ) -> None:
        self._data = data
        self.name_spans = name_spans
        self.labels = labels
        self.wires = wires
        self.components = components
        self.by_wire = np.argsort(wires, kind="stable") if by_wire is None else by_wire
        self._sorted_wires = wires[self.by_wire]

    def __len__(self) -> int:
        return len(self.labels)

    def line(self, index: int) -> SignalLine:
        """The line with this index."""
        start, end = self.name_spans[index]
        name = self._data[start:end].decode("ascii")
        return SignalLine(int(self.labels[index]), int(self.wires[index]), int(self.components[index]), name)

    def lines(self) -> Iterator[SignalLine]:
        """All lines in file order."""
        return map(self.line, range(len(self)))

    def names(self, wire: int) -> tuple[str, ...]:
        """All names of a wire in file order; empty where it has none, as wire 0 and what is not there."""
        first, end = np.searchsorted(self._sorted_wires, [wire, wire + 1])
        return tuple(self.line(int(index)).name for index in self.by_wire[first:end])

    def shown_name(self, wire: int) -> str:
        """A name for messages: the first of the wire's names, `one` for wire 0, or its number."""
        names = self.names(wire)
        if names:
            return names[0]
        return "one" if wire == 0 else f"wire {wire}"


def read_sym(path: StrPath) -> SignalNames:
    """Read and check a `.sym`.

    Raises: FileError.
    """
    return parse_sym(read_bounded(path, max_bytes=MAX_BYTES), file=str(path))


def parse_sym(data: bytes, *, file: str) -> SignalNames:
    """As `read_sym`, from memory; `file` is the name for messages."""
    octets = np.frombuffer(data, dtype=np.uint8)
    last = data.rfind(b"\n") + 1
    if last != len(data):
        raise FileError(msg("The last line should end with a line feed; the file is cut off."), file=file, offset=last)
    _refuse_unprintable(octets, file)
    # before memory is taken for every line and comma: a file of nothing but line feeds has a million to the megabyte
    if data.count(b",") != 3 * data.count(b"\n"):
        _refuse_first_line_of_other_fields(data, file)
    ends = _positions(octets, b"\n")
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1] + 1
    commas = _positions(octets, b",")
    per_line = np.diff(np.searchsorted(commas, ends), prepend=0)
    _refuse_lines(per_line != 3, starts, file, _FOUR_FIELDS)
    first, second, third = commas.reshape(-1, 3).T
    _refuse_lines(ends == third + 1, starts, file, "a name at the end")
    labels = _numbers(octets, starts, first, file)
    removed = _is_minus_one(octets, first + 1, second)
    # a removed wire is read as the 1 of its -1
    wires = _numbers(octets, first + 1 + removed, second, file)
    wires[removed] = -1
    components = _numbers(octets, second + 1, third, file)
    return SignalNames(data, np.stack([third + 1, ends], axis=1), labels, wires, components)


def _positions(octets: Octets, character: bytes) -> Index:
    """Where a character stands; in steps, so that the mask stays small."""
    found = [np.flatnonzero(octets[i : i + _CHUNK] == character[0]) + i for i in range(0, len(octets), _CHUNK)]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _refuse_unprintable(octets: Octets, file: str) -> None:
    for start in range(0, len(octets), _CHUNK):
        part = octets[start : start + _CHUNK]
        # wraps below the space, so one comparison finds both sides
        strange = np.flatnonzero(((part - np.uint8(0x20)) > 0x5E) & (part != 0x0A))
        if len(strange):
            raise FileError(
                msg("Names are printable ASCII; here is a byte {value}.", value=part[strange[0]]),
                file=file,
                offset=start + int(strange[0]),
            )


def _refuse_first_line_of_other_fields(data: bytes, file: str) -> None:
    """Some line has not three commas: say which is the first."""
    start, line = 0, 1
    while data.count(b",", start, end := data.index(b"\n", start)) == 3:
        start, line = end + 1, line + 1
    raise FileError(msg("Line {line} should have {what}.", line=line, what=_FOUR_FIELDS), file=file, offset=start)


def _refuse_lines(bad: npt.NDArray[np.bool_], starts: Index, file: str, what: str) -> None:
    if bad.any():
        index = int(np.argmax(bad))
        raise FileError(
            msg("Line {line} should have {what}.", line=index + 1, what=what), file=file, offset=int(starts[index])
        )


def _is_minus_one(octets: Octets, starts: Index, ends: Index) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (ends - starts == 2) & (octets[starts] == ord("-"))
    found &= octets[starts + 1] == ord("1")
    return found


def _numbers(octets: Octets, starts: Index, ends: Index, file: str) -> Index:
    """int64[n]: the canonical decimals between `starts` and `ends`, a digit of all lines in each step."""
    lengths = ends - starts
    # a field that is empty begins with its comma, which is no digit
    bad = (lengths > _MAX_DIGITS) | ((lengths > 1) & (octets[starts] == ord("0")))
    values = np.zeros_like(starts)
    for place in range(min(int(lengths.max(initial=1)), _MAX_DIGITS)):
        here = np.flatnonzero((lengths > place) | (place == 0))
        digits = octets[starts[here] + place] - np.uint8(ord("0"))
        bad[here] |= digits > 9
        values[here] = 10 * values[here] + digits
    _refuse_lines(bad, starts, file, "plain decimal numbers before the name; one of them begins here")
    return values


def write_sym(path: StrPath, lines: Iterable[SignalLine]) -> None:
    """Write a `.sym`; the lines of one that was read give the same bytes again.

    Raises: OSError.
    """

    def fill(stream: BinaryIO) -> None:
        for line in lines:
            stream.write(f"{line.label},{line.wire},{line.component},{line.name}\n".encode("ascii"))

    write_atomic(Path(path), fill)


def require_names_fit(names: SignalNames, n_labels: int, *, file: str) -> None:
    """FileError where the names in `file` are not those of a circuit with `n_labels` labels."""
    if len(names) != n_labels - 1:
        raise FileError(
            msg(
                "The file names {found} signals, but the circuit has {expected}; they do not belong together.",
                found=len(names),
                expected=n_labels - 1,
            ),
            file=file,
        )
