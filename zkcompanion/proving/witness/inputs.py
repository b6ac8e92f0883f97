"""A circuit's inputs: reading them from JSON, and knowing which ones a circuit has.

The JSON is an object of signal names, as snarkjs takes it: numbers, decimal or `0x` strings, booleans (0 and 1), arrays
of them nested as the signal's dimensions are (row-major), and objects for buses (their fields become `bus.field`).
A value at or above the field's prime r, or below 0, is taken mod r, as snarkjs does; `reduced` names the signals where
the number itself did not fit (its absolute value is r or more), so that a face can say so. What snarkjs reads by
rounding (numbers with a point or exponent) or by guessing (empty text, blanks) is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from zkcompanion.base.errors import FileError, InputError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.redaction import redact
from zkcompanion.base.strictjson import load_json
from zkcompanion.proving.fields import FR, LimbArray, to_limbs
from zkcompanion.proving.formats.mapped import StrPath, read_bounded
from zkcompanion.proving.formats.r1cs import R1cs
from zkcompanion.proving.formats.sym import SignalNames

MAX_BYTES = 64 << 20
#: Longest number taken as text, in characters; the same bound as for numbers in JSON.
MAX_NUMBER_LENGTH = 160
#: Longest name of a signal, the names of its bus and its indices included, in characters.
MAX_NAME_LENGTH = 1000

_DECIMAL = re.compile(r"-?[0-9]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_INDEX = re.compile(r"\[([0-9]{1,9})\]", re.ASCII)
#: Numbers turned into limbs in one step.
_BLOCK = 4096
_MAX_SHOWN_NAME = 80


@dataclass(frozen=True, eq=False, repr=False)
class CircuitInputs:
    """Values of input signals: plain uint64[n, 4], below r, row-major; secret, so neither shown nor compared."""

    signals: Mapping[str, LimbArray]
    #: signals with a number that did not fit the field and was taken mod r
    reduced: tuple[str, ...] = ()

    def __repr__(self) -> str:
        sizes = ", ".join(f"{shown_name(name)}[{len(values)}]" for name, values in self.signals.items())
        return f"CircuitInputs({sizes})"

    @property
    def n_values(self) -> int:
        """Number of values over all signals."""
        return sum(len(values) for values in self.signals.values())


def shown_name(name: str) -> str:
    """A name from a stranger's file as it may stand in a sentence: printable ASCII, at most 80 characters.

    Long numbers in it are left out: somebody's inputs may have a value in a name's place.
    """
    short = redact(name if len(name) <= _MAX_SHOWN_NAME else name[:_MAX_SHOWN_NAME] + "...")
    return short if short.isascii() and short.isprintable() else ascii(short)


def read_inputs(path: StrPath) -> CircuitInputs:
    """Read an input file of at most 64 MiB.

    Raises: FileError (missing, too large, not JSON), InputError (a value that is no whole number).
    """
    return parse_inputs(read_bounded(path, max_bytes=MAX_BYTES), file=str(path))


def parse_inputs(data: bytes, *, file: str) -> CircuitInputs:
    """As `read_inputs`, from memory; `file` is the name for messages."""
    return inputs_from(load_json(data, file=file, max_bytes=MAX_BYTES), file=file)


def inputs_from(value: object, *, file: str) -> CircuitInputs:
    """Inputs of an object that was parsed from JSON, or built like one.

    Raises: FileError (no object), InputError (a value that is no whole number, or two names for one signal).
    """
    if not isinstance(value, dict):
        raise FileError(msg("Inputs are a JSON object: the names of the signals, each with its value."), file=file)
    signals: dict[str, LimbArray] = {}
    reduced: list[str] = []
    for name, numbers in _signals("", value):
        if name in signals:
            raise InputError(msg("Input {signal} is given twice.", signal=shown_name(name)))
        if any(abs(number) >= FR.modulus for number in numbers):
            reduced.append(name)
        signals[name] = _limbs(numbers)
    return CircuitInputs(MappingProxyType(signals), tuple(reduced))


def _limbs(numbers: list[int]) -> LimbArray:
    """uint64[n, 4]: the numbers mod r."""
    values = np.empty((len(numbers), 4), dtype=np.uint64)
    for first in range(0, len(numbers), _BLOCK):
        values[first : first + _BLOCK] = to_limbs(number % FR.modulus for number in numbers[first : first + _BLOCK])
    return values


def _signals(name: str, value: object) -> Iterator[tuple[str, list[int]]]:
    """Name and values, flattened row-major, of each signal under `value`."""
    if len(name) > MAX_NAME_LENGTH:
        # a long name in front of many short ones would multiply
        raise InputError(
            msg(
                "The name of input {signal} has more than {limit} characters.",
                signal=shown_name(name),
                limit=MAX_NAME_LENGTH,
            )
        )
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _signals(f"{name}.{key}" if name else key, item)
    elif isinstance(value, list) and _holds_objects(value):
        for i, item in enumerate(value):
            yield from _signals(f"{name}[{i}]", item)
    else:
        numbers: list[int] = []
        _flatten(name, value, numbers)
        yield name, numbers


def _holds_objects(value: object) -> bool:
    """Whether an array, at whatever depth, begins with an object: an array of buses."""
    while isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, dict)


def _flatten(place: str, value: object, numbers: list[int]) -> None:
    if not isinstance(value, list):
        numbers.append(_whole_number(place, value))
        return
    for i, item in enumerate(value):
        number = _number(item)
        if number is None:
            _flatten(f"{place}[{i}]", item, numbers)
        else:
            numbers.append(number)


def _whole_number(place: str, value: object) -> int:
    number = _number(value)
    if number is None:
        raise InputError(
            msg(
                "Input {signal} is not a whole number: {what} stands there.",
                signal=shown_name(place),
                what=_kind(value),
            ),
            hint=msg(
                "Write whole numbers, or texts such as {decimal} or {hexadecimal}.", decimal='"12"', hexadecimal='"0xc"'
            ),
        )
    return number


def _number(value: object) -> int | None:
    if isinstance(value, int):  # booleans too
        return int(value)
    if isinstance(value, str) and len(value) <= MAX_NUMBER_LENGTH:
        if _DECIMAL.fullmatch(value):
            return int(value)
        if _HEXADECIMAL.fullmatch(value):
            return int(value, 16)
    return None


def _kind(value: object) -> Message:
    """What stands in place of a number, without showing it."""
    match value:
        case None:
            return msg("null")
        case float():
            return msg("a number with a point or an exponent")
        case dict():
            return msg("an object among numbers")
        case _:
            return msg("a text that is no number")


@dataclass(frozen=True, slots=True)
class InputSignal:
    """One input of a circuit; `dimensions` is empty for a single value."""

    name: str
    dimensions: tuple[int, ...]
    public: bool

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.dimensions)


def input_template(r1cs: R1cs, names: SignalNames, *, file: str) -> tuple[InputSignal, ...]:
    """The inputs of a circuit in the order of its labels, public ones first: what a form would ask for.

    A bus shows as its fields (`bus.field`). `file` is the name of the `.sym`.

    Raises: FileError where `names` do not name those inputs as `main.name[i][j]` in row-major order.
    """
    first = 1 + r1cs.n_outputs
    first_private = first + r1cs.n_public_inputs
    end = first_private + r1cs.n_private_inputs
    order = np.argsort(names.labels, kind="stable")
    low, high = np.searchsorted(names.labels[order], [first, end])
    found: dict[str, list[tuple[tuple[int, ...], bool]]] = {}
    for line in map(names.line, order[low:high].tolist()):
        base, indices = _split_name(line.name)
        found.setdefault(base, []).append((indices, line.label < first_private))
    signals = []
    for base, places in found.items():
        dimensions = tuple(index + 1 for index in places[-1][0])
        # the product first: the indices are a stranger's
        if math.prod(dimensions) != len(places) or [indices for indices, _ in places] != list(np.ndindex(dimensions)):
            raise FileError(
                msg("The elements of input {signal} are not in order or not complete.", signal=shown_name(base)),
                file=file,
            )
        signals.append(InputSignal(base, dimensions, public=places[0][1]))
    if sum(signal.size for signal in signals) != end - first:
        raise FileError(
            msg(
                "The circuit has {expected} input values, but {found} of them are named.",
                expected=end - first,
                found=sum(signal.size for signal in signals),
            ),
            file=file,
        )
    return tuple(signals)


def _split_name(name: str) -> tuple[str, tuple[int, ...]]:
    """`main.bus[1].x[2][3]` to `bus[1].x` and (2, 3)."""
    # from the end, and each character once: an expression that looks for its end from every place is quadratic
    end = len(name)
    indices: list[int] = []
    while found := _INDEX.fullmatch(name, max(0, name.rfind("[", 0, end)), end):
        indices.append(int(found[1]))
        end = found.start()
    return name[:end].removeprefix("main."), tuple(reversed(indices))
