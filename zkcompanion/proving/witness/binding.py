"""Giving a calculator its inputs: sizes are compared before any value goes in, and what is wrong is named."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import wasmtime

from zkcompanion.base.errors import InputError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.formats.sym import SignalNames
from zkcompanion.proving.witness.guest import Guest
from zkcompanion.proving.witness.inputs import MAX_NAME_LENGTH, CircuitInputs, shown_name

_MAX_LISTED = 10
#: Lines of a `.sym` looked at to name inputs, which come first in it, and different names asked the calculator about.
_MAX_NAME_LINES = 200_000
_MAX_NAMES = 1000

#: circom's exception codes for inputs, and its words for them.
SIGNAL_NOT_FOUND, TOO_MANY_SIGNALS, ALREADY_SET, BEYOND_SIZE = 1, 2, 3, 6
INPUT_COMPLAINTS = {
    SIGNAL_NOT_FOUND: msg("Signal not found."),
    TOO_MANY_SIGNALS: msg("Too many signals set."),
    ALREADY_SET: msg("Signal already set."),
    BEYOND_SIZE: msg("Input signal array access exceeds the size."),
}


def signal_hash(name: str) -> tuple[int, int]:
    """64-bit FNV-1a of a signal's name: upper and lower half, as WebAssembly's signed i32."""
    value = 0xCBF29CE484222325
    for octet in name.encode("utf-8"):
        value = (value ^ octet) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    upper, lower = value >> 32, value & 0xFFFFFFFF
    return upper - (upper >> 31 << 32), lower - (lower >> 31 << 32)


def set_inputs(guest: Guest, inputs: CircuitInputs, names: SignalNames | None) -> None:
    """Set every input; setting the last runs the circuit.

    Raises: InputError (no such input, wrong number of values, missing inputs; `names` help to name those),
        wasmtime.Trap (anything else that stops the calculator).
    """
    circuit = _CircuitInputs(guest, names)
    for name, values in inputs.signals.items():
        size = circuit.size(name)
        if size is not None and size != len(values):
            raise circuit.wrong_size(name, size, len(values))
    if inputs.n_values < circuit.total:
        raise circuit.missing(inputs)
    for name, values in inputs.signals.items():
        try:
            guest.set_input(signal_hash(name), values)
        except wasmtime.Trap:
            # without sizes, as in early circom 2, this is where a wrong input shows
            code, _ = guest.exception() or (0, b"")
            if code not in INPUT_COMPLAINTS:
                raise
            raise InputError(
                msg(
                    "Input {signal} does not fit the circuit: {why}",
                    signal=shown_name(name),
                    why=INPUT_COMPLAINTS[code],
                ),
                hint=circuit.hint(),
            ) from None


class _CircuitInputs:
    """What a calculator and a `.sym` tell about the circuit's inputs."""

    def __init__(self, guest: Guest, names: SignalNames | None) -> None:
        self.total = guest.call("getInputSize")
        self._guest = guest
        self._names = names
        self._tells_sizes = guest.exports("getInputSignalSize")

    def size(self, name: str) -> int | None:
        """Number of values of an input, some number for a name that is none; None where the calculator cannot tell."""
        return self._guest.call("getInputSignalSize", *signal_hash(name)) if self._tells_sizes else None

    @cached_property
    def known(self) -> dict[str, int]:
        """Names and sizes of the inputs, as far as can be told; a bus counts as one. Only asked for to explain."""
        if self._names is None or not self._tells_sizes:
            return {}
        sizes: dict[str, int] = {}
        named = 0
        for index in range(min(len(self._names), _MAX_NAME_LINES)):
            name = _whole(self._names.line(index).name.removeprefix("main."))
            if len(name) <= MAX_NAME_LENGTH and name not in sizes:
                size = self.size(name) or 0
                sizes[name] = size if size <= self.total else 0
                named += sizes[name]
                if named >= self.total or len(sizes) >= _MAX_NAMES:
                    break
        return {name: size for name, size in sizes.items() if size}

    def hint(self) -> Message | None:
        """The inputs that the circuit has, where their names are known."""
        return msg("The circuit's inputs: {inputs}.", inputs=_listed(self.known)) if self.known else None

    def wrong_size(self, name: str, size: int, given: int) -> InputError:
        """`given` values for an input of `size`; or no such input at all."""
        if size == 0 or size > self.total or (self.known and _whole(name) not in self.known):
            return InputError(
                msg("The circuit has no input named {signal}.", signal=shown_name(name)), hint=self.hint()
            )
        return InputError(
            msg(
                "Input {signal} takes {expected} values, but {given} were given.",
                signal=shown_name(name),
                expected=size,
                given=given,
            )
        )

    def missing(self, inputs: CircuitInputs) -> InputError:
        """Fewer values than the circuit has inputs."""
        given: Counter[str] = Counter()
        for name, values in inputs.signals.items():
            given[_whole(name)] += len(values)
        absent = {name: size - given[name] for name, size in self.known.items() if given[name] < size}
        if absent:
            return InputError(msg("Values are missing for these inputs: {inputs}.", inputs=_listed(absent)))
        return InputError(
            msg(
                "The circuit takes {expected} input values, but {given} were given.",
                expected=self.total,
                given=inputs.n_values,
            )
        )


def _whole(name: str) -> str:
    """The input that an element or a bus's field belongs to."""
    return name.split(".", 1)[0].split("[", 1)[0]


def _listed(sizes: dict[str, int]) -> Message:
    """`salt, path[16]`: the first few, with their numbers of values."""
    shown = [shown_name(name) + (f"[{size}]" if size > 1 else "") for name, size in sizes.items()]
    names = ", ".join(shown[:_MAX_LISTED])
    if len(shown) <= _MAX_LISTED:
        return msg("{names}", names=names)
    return msg("{names} and {count} more", names=names, count=len(shown) - _MAX_LISTED)
