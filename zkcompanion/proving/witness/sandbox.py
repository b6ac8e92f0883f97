"""Compiling a circuit's WebAssembly, and running it where it can reach nothing.

No WASI, no files, no clock: the only imports are circom 2's four `runtime` functions, which `bridge` gives. Every run
has an engine, a store and instances of its own, so runs share nothing and a run that is stopped stops alone. Memory is
bounded by the store, time by the engine's epoch. Address space is not reserved ahead (wasmtime's default is 4 GiB for
each memory), so that a process under an address-space limit can run circuits; measured cost: 4 %.

Where the system forbids code made at run time, wasmtime's interpreter (Pulley) runs the same module, more slowly.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import wasmtime

from zkcompanion.base.errors import FileError, UnsupportedFileError
from zkcompanion.base.messages import msg
from zkcompanion.proving.witness.bridge import BRIDGE_WAT, HOST_FUNCTIONS
from zkcompanion.proving.witness.inputs import shown_name

_MAGIC = b"\0asm\1\0\0\0"
_CACHE_NAME = "witness-module"
_MAX_SHOWN_REASON = 200

#: Exports of a circom 2 calculator: parameters and results, all i32.
_EXPORTS: dict[str, tuple[int, int]] = {
    "getVersion": (0, 1),
    "init": (1, 0),
    "getRawPrime": (0, 0),
    "getFieldNumLen32": (0, 1),
    "getInputSize": (0, 1),
    "getWitnessSize": (0, 1),
    "setInputSignal": (3, 0),
    "getWitness": (1, 0),
    "readSharedRWMemory": (1, 1),
    "writeSharedRWMemory": (2, 0),
}
#: Exports that early releases of circom 2 lack.
_LATER_EXPORTS: dict[str, tuple[int, int]] = {"getInputSignalSize": (2, 1), "getMessageChar": (0, 1)}
_IMPORTS: dict[str, tuple[int, int]] = {name: (int(name == "exceptionHandler"), 0) for name in HOST_FUNCTIONS}


class ModuleCache(Protocol):
    """Where compiled modules lie between runs (`base.sealed.SealedStore`): machine code, so nothing unauthenticated."""

    def get(self, name: str, key: bytes, /) -> bytes | None:
        """What was put under this name and key, or None."""

    def put(self, name: str, key: bytes, data: bytes, /) -> bool:
        """Keep `data`; whether it was kept."""


@dataclass(frozen=True, slots=True)
class WitnessLimits:
    """What a calculator may use; `memory_size_bytes` bounds its linear memory and the witness, each for itself."""

    file_size_bytes: int = 64 << 20
    memory_size_bytes: int = 2 << 30
    time_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled calculator and its bridge, as wasmtime serialises them; `interpreted` without machine code."""

    guest: bytes
    bridge: bytes
    interpreted: bool

    def new_engine(self) -> wasmtime.Engine:
        """An engine for one run; its `increment_epoch` stops that run."""
        return wasmtime.Engine(_config(interpreted=self.interpreted))


def _config(*, interpreted: bool) -> wasmtime.Config:
    config = wasmtime.Config()
    if interpreted:
        config.target = "pulley64"
    config.epoch_interruption = True
    config.memory_reservation = 0
    config.memory_guard_size = 0
    config.memory_reservation_for_growth = 0
    # circom's output needs none of these
    config.wasm_threads = False
    config.wasm_memory64 = False
    config.wasm_multi_memory = False
    config.wasm_gc = False
    config.wasm_exceptions = False
    return config


def compile_program(
    wasm: bytes, *, file: str, limits: WitnessLimits, module_cache: ModuleCache | None = None, interpreted: bool = False
) -> Program:
    """Check and compile a calculator; `interpreted` asks for the interpreter even where machine code is allowed.

    Raises: FileError (too large, no WebAssembly, wrong imports or exports), UnsupportedFileError (circom 1).
    """
    if len(wasm) > limits.file_size_bytes:
        raise FileError(
            msg(
                "A witness calculator of {size_bytes} bytes is larger than the {limit_bytes} allowed.",
                size_bytes=len(wasm),
                limit_bytes=limits.file_size_bytes,
            ),
            file=file,
        )
    if not wasm.startswith(_MAGIC):
        raise FileError(msg("This is no WebAssembly module of version 1."), file=file, offset=0)
    key = hashlib.blake2b(wasm, digest_size=32, person=b"zkc.wasm.module").digest()
    data = module_cache.get(_CACHE_NAME, key) if module_cache is not None and not interpreted else None
    if data is not None:
        try:
            # made by another wasmtime or for another processor, it is refused here and compiled again
            module = wasmtime.Module.deserialize(wasmtime.Engine(_config(interpreted=False)), data)
            _require_interface(module, file)
            return Program(data, _bridge(False), interpreted=False)
        except wasmtime.WasmtimeError:
            pass
    program = _compile(wasm, file, interpreted)
    if module_cache is not None and not program.interpreted:
        module_cache.put(_CACHE_NAME, key, program.guest)
    return program


def _compile(wasm: bytes, file: str, interpreted: bool) -> Program:
    reason = ""
    # a module that gives no machine code may still give the interpreter's: a system may forbid code made at run time
    for attempt in (True,) if interpreted else (False, True):
        try:
            module = wasmtime.Module(wasmtime.Engine(_config(interpreted=attempt)), wasm)
        except wasmtime.WasmtimeError as error:
            reason = " ".join(str(error).split())[:_MAX_SHOWN_REASON]
        else:
            _require_interface(module, file)
            return Program(bytes(module.serialize()), _bridge(attempt), attempt)
    raise FileError(msg("WebAssembly that cannot be run: {why}.", why=ascii(reason)[1:-1]), file=file)


@cache
def _bridge(interpreted: bool) -> bytes:
    engine = wasmtime.Engine(_config(interpreted=interpreted))
    return bytes(wasmtime.Module(engine, bytes(wasmtime.wat2wasm(BRIDGE_WAT))).serialize())


def _require_interface(module: wasmtime.Module, file: str) -> None:
    imports = {(found.module, found.name or ""): found.type for found in module.imports}
    exports = {found.name: found.type for found in module.exports}
    if ("env", "memory") in imports and "getNVars" in exports:
        raise UnsupportedFileError(
            msg("The witness calculator was made by circom 1; only those of circom 2 are supported."),
            file=file,
            hint=msg("Compile the circuit with circom 2."),
        )
    for (module_name, name), kind in imports.items():
        if module_name != "runtime" or not _is_function(kind, _IMPORTS.get(name)):
            raise FileError(
                msg(
                    "The module asks for {wanted}, which no witness calculator of circom 2 needs.",
                    wanted=f"{shown_name(module_name)}.{shown_name(name)}",
                ),
                file=file,
            )
    for name, shape in (_EXPORTS | _LATER_EXPORTS).items():
        if name not in exports and name in _LATER_EXPORTS:
            continue
        if not _is_function(exports.get(name), shape):
            raise FileError(
                msg("The module has no function {name} of the right kind; it is no witness calculator.", name=name),
                file=file,
            )


def _is_function(kind: object, shape: tuple[int, int] | None) -> bool:
    if shape is None or not isinstance(kind, wasmtime.FuncType):
        return False
    i32 = wasmtime.ValType.i32()
    return kind.params == [i32] * shape[0] and kind.results == [i32] * shape[1]
