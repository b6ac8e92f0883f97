"""Small JSON files of our own: read whole or set aside, written whole or not at all.

A document is one JSON object with a `version`. A file that is none is renamed (`settings.damaged-1.json`), never
overwritten, so that what can be saved from it by hand is still there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.errors import FileError, error_of_system
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.regularfile import open_regular
from zkcompanion.base.strictjson import load_json

_LOG = get_logger(__name__)

#: Damaged files kept beside a document; the last one is replaced after that.
_KEPT_ASIDE = 9


@dataclass(frozen=True, slots=True)
class Document:
    """What was read: the object (empty where there was none), and what the user should know of it."""

    data: Mapping[str, object]
    notice: Message | None = None


def read_document(path: Path, *, max_bytes: int) -> Document:
    """The object in `path`. What is damaged or too large is set aside, and the notice says so. Never raises."""
    try:
        with open_regular(path, follow_links=True) as stream:
            content = stream.read(max_bytes + 1)
        data = load_json(content, file=str(path), max_bytes=max_bytes)
    except FileNotFoundError:
        return Document({})
    except (OSError, FileError, ValueError, RecursionError) as error:
        _LOG.warning("%s cannot be read (%s).", path.name, type(error).__name__)
        return Document({}, set_aside(path))
    if not isinstance(data, dict):
        _LOG.warning("%s is no object.", path.name)
        return Document({}, set_aside(path))
    return Document(data)


def set_aside(path: Path, *, beside: Iterable[str] = ()) -> Message:
    """Rename a damaged file, and before it what lies beside it (`beside`: what such files' names have more); the
    sentence for the user. Where even that fails the files stay as they are.
    """
    places = aside_files(path)
    aside = next((place for place in places if not place.exists()), places[-1])
    with contextlib.suppress(OSError):
        for suffix in beside:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
        path.replace(aside)
        return msg("{file} was damaged. It was set aside as {aside}.", file=path.name, aside=aside.name)
    return msg("{file} is damaged and could not be set aside.", file=path.name)


def aside_files(path: Path) -> list[Path]:
    """Where damaged forms of `path` may lie."""
    return [path.with_name(f"{path.stem}.damaged-{number}{path.suffix}") for number in range(1, _KEPT_ASIDE + 1)]


def write_document(path: Path, data: Mapping[str, object], *, indent: int | None = 1) -> None:
    """Put `data` in the place of what `path` held; on the disk when this returns.

    Raises: ResourceError for a full disk, FileError for whatever else the system refuses; `path` is then as it was.
    """
    try:
        write_atomic(path, json.dumps(data, allow_nan=False, indent=indent).encode() + b"\n")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise error_of_system(error, msg("The file cannot be written: {why}.", why=why), file=path.name) from error
