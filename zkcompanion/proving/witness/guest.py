"""One run of a calculator: its instance and the bridge's, and the calls between Python and them."""

from __future__ import annotations

from typing import Any

import numpy as np
import wasmtime

from zkcompanion.proving.buffers import Buffers
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.witness.bridge import (
    BLOCK_ELEMENTS,
    BLOCK_OFFSET,
    ELEMENT_SIZE_BYTES,
    GUEST_FUNCTIONS,
    NO_EXCEPTION,
)
from zkcompanion.proving.witness.sandbox import Program


class OverMemoryError(Exception):
    """The module asks for more memory than the store allows."""


class Guest:
    """A calculator in a fresh store. Close it: that frees all that the run held.

    Every method may raise `wasmtime.Trap`; `exception` then says whether the calculator gave a reason.
    """

    def __init__(self, engine: wasmtime.Engine, program: Program, *, memory_size_bytes: int) -> None:
        self._store = wasmtime.Store(engine)
        self._store.set_limits(memory_size=memory_size_bytes, table_elements=1 << 20, instances=2, tables=2, memories=2)
        # the next increment of the engine's epoch stops whatever runs
        self._store.set_epoch_deadline(1)
        bridge = wasmtime.Module.deserialize(engine, program.bridge)
        self._module = wasmtime.Module.deserialize(engine, program.guest)
        self._bridge: dict[str, Any] = dict(wasmtime.Instance(self._store, bridge, []).exports(self._store))
        self._exports: dict[str, Any] = {}

    def start(self) -> None:
        """Instantiate the calculator, which runs its start function where it has one, and connect the bridge.

        Raises: OverMemoryError.
        """
        imports = [self._bridge[str(found.name)] for found in self._module.imports]
        try:
            instance = wasmtime.Instance(self._store, self._module, imports)
        except wasmtime.WasmtimeError:
            # imports and their types were checked before, so only the store's limits are left
            raise OverMemoryError from None
        self._exports = dict(instance.exports(self._store))
        table = self._bridge["guest"]
        for index, name in enumerate(GUEST_FUNCTIONS):
            if name in self._exports:
                table.set(self._store, index, self._exports[name])

    def close(self) -> None:
        """Free the instances and their memories."""
        self._store.close()

    def call(self, name: str, *arguments: int) -> int:
        """Call an export of the calculator; its result as an unsigned 32-bit number (0 where it has none)."""
        result = self._exports[name](self._store, *arguments)
        return (result or 0) & 0xFFFFFFFF

    def exports(self, name: str) -> bool:
        """Whether the calculator has this function."""
        return name in self._exports

    def number(self, n_words: int) -> int:
        """The number in the shared buffer, of `n_words` words of 32 bits."""
        return sum(self.call("readSharedRWMemory", i) << 32 * i for i in range(n_words))

    def set_input(self, signal: tuple[int, int], values: LimbArray) -> None:
        """Set all elements, plain uint64[n, 4], of the input with this hash."""
        memory = self._bridge["memory"]
        function = self._bridge["set_inputs"]
        for first in range(0, len(values), BLOCK_ELEMENTS):
            block = np.ascontiguousarray(values[first : first + BLOCK_ELEMENTS], dtype="<u8")
            memory.write(self._store, bytearray(block), BLOCK_OFFSET)
            function(self._store, *signal, first, len(block))

    def witness(self, n_wires: int, buffers: Buffers) -> LimbArray:
        """The whole witness, uint64[n_wires, 4], as the calculator gives it."""
        memory = self._bridge["memory"]
        function = self._bridge["read_witness"]
        values: LimbArray = buffers.empty((n_wires, 4))
        for first in range(0, n_wires, BLOCK_ELEMENTS):
            count = min(BLOCK_ELEMENTS, n_wires - first)
            function(self._store, first, count)
            block = memory.read(self._store, BLOCK_OFFSET, BLOCK_OFFSET + count * ELEMENT_SIZE_BYTES)
            values[first : first + count] = np.frombuffer(block, dtype="<u8").reshape(-1, 4)
        return values

    def exception(self) -> tuple[int, bytes] | None:
        """Code and text of the calculator's own complaint, or None where it made none."""
        code = self._bridge["code"].value(self._store)
        if code == NO_EXCEPTION:
            return None
        size = self._bridge["text_size"].value(self._store)
        return code, bytes(self._bridge["memory"].read(self._store, 0, size))
