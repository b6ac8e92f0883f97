"""What may not stand in a text that is shown or kept: numbers that could be a secret's, and places that name the user.

Values of witnesses and inputs are never written on purpose; this is the second lock, for a value that slipped into a
text. `redact` is for what is shown at once, `redact_kept` for what stays on the disk or goes into a report.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

#: 16 hexadecimal digits are 64 bits: enough to be a limb. 13 decimal digits: longer than a byte count of this decade.
#: Digits of any script count, and underscores between them do not, as Python reads both in a number.
_SECRET_LIKE = re.compile(r"0[xX][0-9a-fA-F_]{13,}|[0-9a-fA-F]{16,}|\d(?:_?\d){12,}")
_REPLACEMENT = "[redacted]"

#: In what is kept: a path from the root, with all that could still be part of it; a colon and a blank end it.
_PATH = re.compile(r"(?<![\w.\]~])(?:[A-Za-z]:[\\/]|\\\\|~?/)(?=[^\s/\\])(?:(?!: |\.$|\.\s*\n)[^\"'<>|\n])*")
#: A run of numbers, as a witness is printed; then one number of more than a few digits, in any of three bases.
_NUMBERS = re.compile(r"(?:[-+]?\b\d+(?:[,;]\s*|\s+)){3,}[-+]?\b\d+\b")
#: Inputs as Python or JSON prints them: numbers in quotation marks, numbers in brackets, and the value behind a name in
#: quotation marks. Short ones too: an age has two digits.
_PRINTED = re.compile(
    r"""(?P<quote>['"])[-+]?\d+(?P=quote)"""
    r"""|(?<=[\[(])\s*[-+]?\d+(?:\s*,\s*[-+]?\d+)+\s*,?(?=[\])])"""
    r"""|(?<=['"]:)\s*[-+]?\d+\b"""
)
_LONG = re.compile(
    r"0[xX][0-9a-fA-F_]{5,}|\b[0-9a-fA-F]{8,}\b|\d(?:_?\d){4,}"
    r"|(?<![\w+/=-])(?=[\w+/-]*[0-9])(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/-]{20,}={0,2}"
)

_ROOT = Path(__file__).resolve().parents[2]


def redact(text: str) -> str:
    """`text` with every long run of decimal or hexadecimal digits replaced."""
    return _SECRET_LIKE.sub(_REPLACEMENT, text)


def redact_kept(text: str) -> str:
    """`text` without paths, without numbers of more than four digits, and without numbers that are printed as inputs.

    Places in the program's own folder stay, from that folder on.
    """
    text = text.replace(f"{_ROOT}/", "").replace(f"{_ROOT}\\", "")
    text = _PRINTED.sub(_REPLACEMENT, _PATH.sub("[path]", redact(text)))
    return _LONG.sub(_REPLACEMENT, _NUMBERS.sub(_REPLACEMENT, text))


def frames(error: BaseException) -> Iterator[str]:
    """Where an error was raised, a line for each call: file, line, function and what stands there; no values."""
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {_place(frame.filename)}, line {frame.lineno}, in {frame.name}"
        if frame.line:
            yield f"    {frame.line}"


def _place(filename: str) -> str:
    """A module's file from its package on; a script of the user's is nobody's business."""
    path = Path(filename)
    for root in (_ROOT, *map(Path, reversed(sys.path)), Path(sys.base_prefix)):
        if root.is_absolute() and path.is_relative_to(root) and path.parent != root:
            return path.relative_to(root).as_posix()
    return "[path]" if path.is_absolute() else path.as_posix()
