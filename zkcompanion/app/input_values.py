"""What people type into a circuit's form, and the JSON that it becomes; every value here is secret.

A value is a whole number, decimal or `0x`, kept as the text that was typed; values of an array stand in row-major
order. What is taken here is what `proving/witness/inputs` takes, and means the same. Messages name places and counts,
never a value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zkcompanion.app.job_views import InputFieldView
from zkcompanion.base.errors import FileError, InputError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.strictjson import load_json
from zkcompanion.base.units import format_count

#: r and the longest number, as in `proving/fields` and `proving/witness/inputs`; written out here because those load
#: NumPy, which the window does without until a chart is drawn. A test compares them.
MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617
MAX_NUMBER_LENGTH = 160
#: Most values of one input that a form takes; more come as a file.
MAX_FIELD_VALUES = 4096
#: Most of all inputs together.
MAX_FORM_VALUES = 8192
#: Most inputs that a form has fields for: each costs the window a millisecond or two, and nobody types more.
MAX_FORM_FIELDS = 60
#: Largest file of inputs that a form shows, in bytes.
MAX_FORM_BYTES = 1 << 20
#: Longest text that is looked at, in characters: each of the values at its longest, and what stands between them.
_MAX_TEXT = MAX_FIELD_VALUES * (MAX_NUMBER_LENGTH + 8)

_NUMBER = re.compile(r"-?[0-9]+|0x[0-9a-fA-F]+", re.ASCII)
#: What may yet become a number.
_BEGUN = re.compile(r"-|0x", re.ASCII)
_BROKEN = re.compile(r"[-+]?[0-9]*[.,][0-9]*([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", re.ASCII)
#: What JSON takes as a number, and every program reads without rounding.
_PLAIN = re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)
#: Not all of Unicode's blanks: what looks like one number with a thin space in it is not taken for two.
_BETWEEN = re.compile(r"[ \t\r\n,;]+")
_BLANKS = " \t\r\n"

A_NUMBER = msg("A whole number is expected, such as 12 or 0x1f.")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text cannot be used yet.

    `unfinished`: more typing may mend it, so it is nobody's mistake yet. `place`: which value, from 0, where it is one.
    """

    message: Message
    unfinished: bool = False
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What a text says: its values, complete where there is no `problem`; `count` of them were there.

    `note`: something to know that does not keep the values from being used.
    """

    values: tuple[str, ...] = field(default=(), repr=False)
    problem: Problem | None = None
    note: Message | None = None
    count: int = 0


def size_of(dimensions: Sequence[int]) -> int:
    """Number of values of an input."""
    return math.prod(dimensions)


def fits_a_form(fields: Iterable[InputFieldView]) -> bool:
    """Whether there are few enough inputs and values for people to type or see."""
    sizes = [size_of(one.dimensions) for one in fields]
    return len(sizes) <= MAX_FORM_FIELDS and max(sizes, default=0) <= MAX_FIELD_VALUES and sum(sizes) <= MAX_FORM_VALUES


def read_number(text: str) -> Typed:
    """One value, as it is typed into a line or a cell."""
    bare = _bare(text)
    if not bare:
        return Typed(problem=Problem(msg("Empty. A whole number is expected, such as 12 or 0x1f."), unfinished=True))
    problem = _number_problem(bare)
    if problem is not None:
        return Typed(problem=problem)
    return Typed((bare,), note=_note((bare,)), count=1)


def read_cells(cells: Sequence[str]) -> Typed:
    """Values that were typed one by one, into a grid."""
    found: list[str] = []
    first: Problem | None = None
    count = 0
    for place, text in enumerate(cells):
        cell = read_number(text)
        count += bool(_bare(text))
        found += cell.values
        if cell.problem is not None and (first is None or (first.unfinished and not cell.problem.unfinished)):
            first = Problem(cell.problem.message, cell.problem.unfinished, place)
    if first is not None:
        if count < len(cells) and first.unfinished:
            first = Problem(_too_few(count, len(cells)), True, first.place)
        return Typed(problem=first, count=count)
    return Typed(tuple(found), note=_note(found), count=count)


def read_array(text: str, dimensions: Sequence[int]) -> Typed:
    """Values of an array: numbers with blanks, commas or lines between them, or a JSON list, nested or not."""
    if len(text) > _MAX_TEXT:
        return Typed(problem=Problem(msg("The text is too long for a form; give the inputs as a file.")))
    bare = text.strip(_BLANKS)
    if bare.startswith("["):
        found = _from_json(bare, dimensions)
        if isinstance(found, Problem):
            return Typed(problem=found)
    else:
        found = [_bare(part) for part in _BETWEEN.split(bare) if part]
    expected = size_of(dimensions)
    for place, value in enumerate(found):
        problem = _number_problem(value)
        if problem is not None:
            # the last one is still being typed
            unfinished = problem.unfinished and place == len(found) - 1
            message = msg("Value {place}: {what}", place=format_count(place + 1), what=problem.message)
            return Typed(problem=Problem(message, unfinished, place), count=len(found))
    if len(found) < expected:
        return Typed(problem=Problem(_too_few(len(found), expected), unfinished=True), count=len(found))
    if len(found) > expected:
        message = msg(
            "{given} values are there, but {expected} are expected.",
            given=format_count(len(found)),
            expected=format_count(expected),
        )
        return Typed(problem=Problem(message, place=expected), count=len(found))
    return Typed(tuple(found), note=_note(found), count=len(found))


def shown_text(values: Sequence[str], dimensions: Sequence[int]) -> str:
    """Values as a field shows them: a number, numbers with commas, or rows of numbers as JSON."""
    if not dimensions:
        return values[0] if values else ""
    if len(dimensions) == 1:
        return ", ".join(values)
    return _rows(list(values), tuple(dimensions), 0)


def encode_inputs(fields: Iterable[InputFieldView], values: Mapping[str, Sequence[str]]) -> bytes:
    """The JSON object of inputs, as snarkjs takes it: numbers as texts, arrays nested as the dimensions are.

    Every field has its values in `values`, as many as its dimensions say.
    """
    made = {one.name: _nested(list(values[one.name]), tuple(one.dimensions)) for one in fields}
    return json.dumps(made, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def read_inputs(path: Path) -> bytes:
    """A file of inputs for a form. Raises: FileError (missing, no regular file, or larger than a form shows)."""
    from zkcompanion.proving.formats.mapped import read_bounded

    return read_bounded(path, max_bytes=MAX_FORM_BYTES)


def decode_inputs(data: bytes, fields: Iterable[InputFieldView], *, file: str) -> dict[str, tuple[str, ...]]:
    """The values of a JSON object of inputs, for the fields that it has; other names are left out.

    Raises: FileError (no JSON object, or too large for a form), InputError (a value that is no whole number, or a
        signal with more or fewer values than the circuit has).
    """
    value = load_json(data, file=file, max_bytes=MAX_FORM_BYTES)
    if not isinstance(value, dict):
        raise FileError(msg("Inputs are a JSON object: the names of the signals, each with its value."), file=file)
    known = {one.name: one for one in fields}
    found: dict[str, tuple[str, ...]] = {}
    for name, numbers in _signals("", value):
        if name not in known:
            continue
        if name in found:
            raise InputError(msg("Input {signal} is given twice.", signal=name))
        if numbers is None or any(_number_problem(number) is not None for number in numbers):
            raise InputError(msg("Input {signal} has a value that is not a whole number.", signal=name), hint=A_NUMBER)
        expected = size_of(known[name].dimensions)
        if len(numbers) != expected:
            raise InputError(
                msg(
                    "Input {signal} takes {expected} values, but {given} were given.",
                    signal=name,
                    expected=format_count(expected),
                    given=format_count(len(numbers)),
                )
            )
        found[name] = numbers
    return found


# -- numbers -----------------------------------------------------------------------------------------------------------


def _bare(text: str) -> str:
    """Without blanks around it, and without the quotes of a number copied out of JSON."""
    bare = text.strip(_BLANKS)
    return bare[1:-1] if len(bare) > 2 and bare[0] == bare[-1] == '"' else bare


def _number_problem(text: str) -> Problem | None:
    if len(text) > MAX_NUMBER_LENGTH:
        return Problem(msg("The number is longer than {most} characters.", most=MAX_NUMBER_LENGTH))
    if _NUMBER.fullmatch(text):
        return None
    if _BEGUN.fullmatch(text):
        return Problem(A_NUMBER, unfinished=True)
    if _BROKEN.fullmatch(text):
        return Problem(msg("A number with a point or an exponent stands there; whole numbers are expected."))
    if len([part for part in _BETWEEN.split(text) if part]) > 1:
        return Problem(msg("Several numbers stand there; one is expected."))
    return Problem(A_NUMBER)


def _note(values: Iterable[str]) -> Message | None:
    """Whether the circuit will see other numbers than those typed."""
    for value in values:
        number = int(value, 16) if value.startswith("0x") else int(value)
        if abs(number) >= MODULUS:
            return msg("Larger than the circuit's numbers can be: it sees the remainder after division by r.")
    return None


def _too_few(count: int, expected: int) -> Message:
    if count == 0:
        return msg_n(
            "Empty. {expected} value is expected.",
            "Empty. {expected} values are expected.",
            n=expected,
            expected=format_count(expected),
        )
    return msg("{count} of {expected} values are there.", count=format_count(count), expected=format_count(expected))


# -- arrays ------------------------------------------------------------------------------------------------------------


def _from_json(text: str, dimensions: Sequence[int]) -> list[str] | Problem:
    data = text.encode("utf-8", "surrogatepass")
    try:
        value = load_json(data, file="", max_bytes=8 * _MAX_TEXT)
    except FileError as error:
        if error.offset is None:
            return Problem(msg("This is not a JSON list of whole numbers."))
        if text.count("[") > text.count("]") and (error.offset >= len(data) or text.count('"') % 2):
            return Problem(msg("A closing bracket is missing."), unfinished=True)
        place = len(data[: error.offset].decode("utf-8", "replace"))
        return Problem(msg("This is not a JSON list: see character {place}.", place=format_count(place + 1)))
    found: list[str] = []
    if not isinstance(value, list) or not _flatten(value, found):
        return Problem(msg("Only whole numbers are expected in the list, as numbers or as texts."))
    # flat lists are taken for arrays of any shape; a nested one must have the right one, or rows would become columns
    nested = any(isinstance(item, list) for item in value)
    if nested and len(found) == size_of(dimensions) and not _has_shape(value, tuple(dimensions)):
        shape = " \N{MULTIPLICATION SIGN} ".join(map(str, dimensions))
        return Problem(msg("The brackets do not fit: an array of {shape} is expected.", shape=shape))
    return found


def _flatten(value: object, found: list[str]) -> bool:
    """Add the numbers of `value` to `found`, as texts; False where something else stands among them."""
    if isinstance(value, list):
        return all(_flatten(item, found) for item in value)
    if isinstance(value, int):  # booleans too
        found.append(str(int(value)))
        return True
    if isinstance(value, str):
        found.append(value)
        return True
    return False


def _has_shape(value: object, dimensions: tuple[int, ...]) -> bool:
    if not dimensions:
        return not isinstance(value, list)
    return (
        isinstance(value, list)
        and len(value) == dimensions[0]
        and all(_has_shape(item, dimensions[1:]) for item in value)
    )


def _nested(values: list[str], dimensions: tuple[int, ...]) -> object:
    if not dimensions:
        return values[0]
    if len(dimensions) == 1:
        return values
    step = size_of(dimensions[1:])
    return [_nested(values[i * step : (i + 1) * step], dimensions[1:]) for i in range(dimensions[0])]


def _rows(values: list[str], dimensions: tuple[int, ...], depth: int) -> str:
    if len(dimensions) == 1:
        return "[" + ", ".join(value if _PLAIN.fullmatch(value) else f'"{value}"' for value in values) + "]"
    step = size_of(dimensions[1:])
    inner = [_rows(values[i * step : (i + 1) * step], dimensions[1:], depth + 1) for i in range(dimensions[0])]
    indent = " " * (depth + 1)
    return "[" + f",\n{indent}".join(inner) + "]"


def _signals(name: str, value: object) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Name and values of each signal under `value`; None where something else than numbers stands there."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _signals(f"{name}.{key}" if name else key, item)
    elif isinstance(value, list) and _begins_with_object(value):
        for i, item in enumerate(value):
            yield from _signals(f"{name}[{i}]", item)
    else:
        found: list[str] = []
        yield name, tuple(found) if _flatten(value, found) else None


def _begins_with_object(value: object) -> bool:
    while isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, dict)
