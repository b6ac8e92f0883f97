"""What a worker and its host say to each other: frozen messages, msgpack, one version on both sides.

A message is its number and its fields; bodies are bytes that this package does not look into. Nothing is ever pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from zkcompanion.base.errors import BugError
from zkcompanion.base.messages import msg

#: Changes with every change of a message; both sides come from one installation, so there is no older one to talk to.
PROTOCOL: Final = 2
#: Largest body, in bytes: inputs have at most 64 MiB (`proving/witness/inputs`), views far less.
MAX_BODY_BYTES: Final = 80 << 20
#: Largest message: a body and what is around it.
MAX_BYTES: Final = MAX_BODY_BYTES + (1 << 12)


@dataclass(frozen=True, slots=True)
class Start:
    """Host: do this. `body` may be secret.

    `threads` and `mode` say how (`child.Task`). `scratch`: a descriptor follows (`scratch.send_scratch`).
    """

    job: int
    kind: str
    body: bytes = field(repr=False)
    threads: int = 1
    mode: str = ""
    scratch: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Host: stop this job; nothing where it is over."""

    job: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Host: end the process at once, whatever it does."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Worker: up and listening. `token` begins the names of its temporary files (`base/atomicfile`)."""

    pid: int
    protocol: int
    token: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Worker: how far a job is."""

    job: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """Worker: the answer."""

    job: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """Worker: the error, a job that heard its cancel included."""

    job: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Beat:
    """Worker: still there."""


FromHost = Start | Cancel | Stop
FromWorker = Ready | Progress | Done | Failed | Beat

_FROM_HOST: tuple[type[FromHost], ...] = (Start, Cancel, Stop)
_FROM_WORKER: tuple[type[FromWorker], ...] = (Ready, Progress, Done, Failed, Beat)
_NUMBERS = {kind: number for number, kind in enumerate((*_FROM_HOST, *_FROM_WORKER))}
_KINDS = dict(enumerate((*_FROM_HOST, *_FROM_WORKER)))
_ENCODER = msgspec.msgpack.Encoder()
_ENVELOPE = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])


def encode(message: FromHost | FromWorker) -> bytearray:
    """As bytes of our own, which may be zeroed once they are sent."""
    data = bytearray()
    _ENCODER.encode_into((_NUMBERS[type(message)], message), data)
    return data


def from_host(data: bytes) -> FromHost:
    """What the worker hears. Raises: BugError for anything else."""
    message = _decode(data)
    if not isinstance(message, _FROM_HOST):
        raise _refused()
    return message


def from_worker(data: bytes) -> FromWorker:
    """What the host hears. Raises: BugError for anything else."""
    message = _decode(data)
    if not isinstance(message, _FROM_WORKER):
        raise _refused()
    return message


def _decode(data: bytes) -> FromHost | FromWorker | None:
    try:
        number, fields = _ENVELOPE.decode(data)
        kind = _KINDS.get(number)
        return None if kind is None else msgspec.msgpack.decode(fields, type=kind)
    except msgspec.MsgspecError:
        return None


def _refused() -> BugError:
    return BugError(msg("A message between the window and its worker cannot be read."))
