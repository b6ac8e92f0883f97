"""JSON from strangers: one meaning or none.

The standard parser takes the last of two equal keys, NaN, numbers of any length and any depth it can stand. A file that
another program would read otherwise is refused here, with the byte offset where one is known and never with a value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.redaction import redact

#: Deepest nesting taken. Circuit inputs are arrays of few dimensions; proofs nest two deep.
MAX_DEPTH = 32
#: Longest integer taken, in digits: more than 512 bits, twice what any field here needs.
MAX_INTEGER_DIGITS = 160
#: Most of each character taken, in texts too: a list takes 60 bytes of memory for two of the file, a name 100 for five.
MOST: Mapping[bytes, int] = {b"[": 1 << 20, b"{": 1 << 20, b":": 1 << 17, b",": 1 << 22}

#: Everything up to the next bracket that is in no text, or to the end: it matches wherever it is tried, so that the
#: search is linear.
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{}]|\Z)', re.DOTALL)
_MAX_SHOWN_NAME = 40


class _RefusedError(ValueError):
    """Carries the sentence out of the parser's call-backs."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def load_json(data: bytes, *, file: str, max_bytes: int) -> object:
    """Parse `data`, refusing what has no single meaning.

    Arguments:
        data: the whole file, UTF-8 without byte-order mark.
        file: its name, for the error.
        max_bytes: the size limit; nothing is parsed above it.

    Returns: dict (str keys), list, str, int, float, bool or None.
    Raises: FileError for a size above `max_bytes`, bytes that are not UTF-8, text that is not JSON, a key given twice,
        NaN or an infinity, more than MAX_DEPTH levels, more brackets, names or values than MOST allows, an integer of
        more than MAX_INTEGER_DIGITS digits, or half a surrogate pair. Neither it nor its context holds any value of the
        file.
    """
    if len(data) > max_bytes:
        raise FileError(
            msg("{size_bytes} bytes are more than the {max_bytes} allowed.", size_bytes=len(data), max_bytes=max_bytes),
            file=file,
        )
    value, refused, offset = _parse(data)
    if refused is not None:
        # raised outside every handler: a JSONDecodeError holds the whole document, which may be a secret input
        raise FileError(refused, file=file, offset=offset)
    return value


def _parse(data: bytes) -> tuple[object, Message | None, int | None]:
    """Value, or what is refused and at which byte."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, msg("the text is not UTF-8."), error.start
    for character, most in MOST.items():
        if data.count(character) > most:
            return (
                None,
                msg('more than {most} times the character "{shown}".', most=most, shown=character.decode()),
                None,
            )
    offset = _too_deep_at(data)
    if offset is not None:
        return None, msg("more than {depth} levels of brackets.", depth=MAX_DEPTH), offset
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_int=_bounded_integer,
            parse_float=_finite_float,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        return None, msg("this is not JSON ({why}).", why=error.msg), len(text[: error.pos].encode("utf-8"))
    except _RefusedError as error:
        return None, error.message, None
    if "\\u" in text and not _encodes(value):
        return None, msg("half of a surrogate pair in a text."), None
    return value, None, None


def _too_deep_at(data: bytes) -> int | None:
    """Offset of the bracket that goes beyond MAX_DEPTH, strings left out; the parser itself would recurse that far."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return None
    depth = 0
    for match in _TO_BRACKET.finditer(data):
        bracket = match[1]
        depth += 1 if bracket in {b"[", b"{"} else -1
        if depth > MAX_DEPTH:
            return match.start(1)
        if depth < 0:  # the end, or what the parser refuses in a moment
            return None
    return None


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise _RefusedError(msg("the name {name} is given twice.", name=_shown(key)))
        result[key] = value
    return result


def _shown(name: str) -> str:
    """A name as it may stand in a sentence: short and printable, and no number (a value put in a name's place)."""
    short = name if len(name) <= _MAX_SHOWN_NAME else name[:_MAX_SHOWN_NAME] + "..."
    return ascii(redact(short))


def _bounded_integer(text: str) -> int:
    if len(text) > MAX_INTEGER_DIGITS:
        raise _RefusedError(msg("a number of {digits} digits.", digits=len(text.lstrip("-"))))
    return int(text)


def _finite_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(msg("a number too large to be read."))
    return value


def _no_constant(name: str) -> object:
    raise _RefusedError(msg("{name} is not a JSON number.", name=name))


def _encodes(value: object) -> bool:
    """Whether every text in `value` is sound Unicode."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
