"""Orders and views to bytes and back, checked against their types; and errors, which are rebuilt as what they were.

Sentences keep their parameters (a path as text, a number beyond 64 bits as it is); file names that are no Unicode cross
in paths as they are, and in texts with their odd bytes spelt out.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

import msgspec

from zkcompanion.app.error_views import ErrorView, companion_error, error_view
from zkcompanion.app.views import ProvingView
from zkcompanion.base import errors
from zkcompanion.base.errors import BugError, Cancelled, CompanionError, ExitCode, FileError, InvalidProofError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.taxonomy import TAXONOMY

T = TypeVar("T")

_WORD_BITS = 64


def encode(value: object) -> bytearray:
    """A frozen dataclass of `job_views` or `views`, or a tuple of such, as bytes of our own."""
    data = bytearray()
    try:
        _ENCODER.encode_into(_packed(value), data)
    except UnicodeEncodeError:
        data.clear()
        _ENCODER.encode_into(_packed(_printable(value)), data)
    return data


def decode(data: bytes, kind: type[T]) -> T:
    """Raises: BugError where `data` is no such thing."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.msgpack.Decoder(kind, dec_hook=_from_wire)
    try:
        found = decoder.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        # without its text, which may hold a value
        raise BugError(msg("A message of kind {kind} cannot be read.", kind=kind.__name__)) from type(error)()
    return cast("T", _unpacked(found))


# -- what msgpack has no word for


def _to_wire(value: object) -> object:
    """Paths, the parameters of sentences, and what those may hold."""
    if isinstance(value, Path):
        return os.fsencode(value)
    if isinstance(value, MappingProxyType):
        return {name: _parameter(item) for name, item in value.items()}
    raise TypeError(type(value).__name__)


def _parameter(value: object) -> object:
    if isinstance(value, Message):
        params = {name: _parameter(item) for name, item in value.params.items()}
        return {"template": value.template, "params": params, "plural": value.plural}
    if value is None or isinstance(value, str | bool | float):
        return value
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # asked, not known
    except TypeError:
        return str(value)
    return number if number.bit_length() < _WORD_BITS else {"number": str(number)}


def _from_wire(kind: type, value: Any) -> object:
    if kind is Path:
        return Path(os.fsdecode(value))
    if kind is object and isinstance(value, dict):
        if "number" in value:
            return int(value["number"])
        params = {name: _from_wire(object, item) for name, item in value["params"].items()}
        return Message(value["template"], MappingProxyType(params), value["plural"])
    return value


def _packed(value: object) -> object:
    """Public signals have 254 bits; they stand in the JSON beside them too."""
    return replace(value, public_signals=()) if isinstance(value, ProvingView) else value


def _unpacked(value: object) -> object:
    if not isinstance(value, ProvingView):
        return value
    from zkcompanion.proving.formats.proofjson import public_from_json

    return replace(value, public_signals=public_from_json(value.public_json, file="public.json"))


def _printable(value: Any) -> Any:
    """The same with every text in Unicode."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, tuple):
        return tuple(map(_printable, value))
    if isinstance(value, Mapping):
        shown = {_printable(name): _printable(item) for name, item in value.items()}
        return MappingProxyType(shown) if isinstance(value, MappingProxyType) else shown
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _printable(getattr(value, field.name)) for field in fields(value)})
    return value


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_to_wire)
_DECODERS: dict[type, msgspec.msgpack.Decoder[Any]] = {}


# -- errors


@dataclass(frozen=True, slots=True)
class Failure:
    """An error on its way. `kind`: its class in `base/errors`, or the nearest one there that it descends from.

    `description`: frames of what a report is written about, no values.
    """

    kind: str
    view: ErrorView
    file: str | None = None
    section: str | None = None
    offset: int | None = None
    description: str | None = None


_KINDS = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CompanionError)
}


def failure_of(error: CompanionError, *, description: str | None = None) -> Failure:
    """`error` with all that it knows; with a `description` a report is written about it."""
    view = error_view(error)
    kind = next(one.__name__ for one in type(error).__mro__ if one.__module__ == errors.__name__)
    if isinstance(error, FileError):
        return Failure(kind, view, error.file, error.section, error.offset, description)
    return Failure(kind, view, description=description)


def told_failure(error: BaseException) -> bytes:
    """Any exception in bytes, as a worker tells it: what the user can act on as it is, anything else as a fault of
    ours, with its places in the program and without its text.
    """
    shown = companion_error(error)
    if shown.exit_code is not ExitCode.BUG:
        return bytes(encode(failure_of(shown)))
    from zkcompanion.app.bugreport import describe

    return bytes(encode(failure_of(shown, description=describe(error))))


def error_of(failure: Failure) -> CompanionError:
    """The error again: of the same class where that stands in `base/errors`, with the same code and sentence."""
    kind = _KINDS.get(failure.kind, BugError)
    if kind is Cancelled:
        return Cancelled()
    # the sentence is whole already, and the classes' own constructors would build it anew
    error = kind.__new__(kind)
    CompanionError.__init__(error, failure.view.message, hint=failure.view.hint)
    if kind.__name__ == failure.kind and failure.view.code != kind.code and failure.view.code in TAXONOMY:
        error.code = failure.view.code
    if isinstance(error, FileError):
        error.file, error.section, error.offset = failure.file or "", failure.section, failure.offset
    if isinstance(error, InvalidProofError):
        error.reason = failure.view.reason or ""
    return error
