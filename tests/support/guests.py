"""Witness calculators written by hand in WebAssembly text: a well-behaved one with a part exchanged.

The honest one has the input `x` of two values; its witness is 1, x[0], x[1]. Memory: the prime at 0, the shared buffer
at 64, the message at 128, the witness from 1024 on.
"""

from __future__ import annotations

import wasmtime

from zkcompanion.proving.fields import FR
from zkcompanion.proving.witness.binding import signal_hash

_UPPER, _LOWER = signal_hash("x")

#: Function name to its type and body.
FUNCTIONS: dict[str, str] = {
    "getVersion": "(result i32) (i32.const 2)",
    "init": "(param i32)",
    "getRawPrime": "(memory.copy (i32.const 64) (i32.const 0) (i32.const 32))",
    "getFieldNumLen32": "(result i32) (i32.const 8)",
    "getInputSize": "(result i32) (i32.const 2)",
    "getInputSignalSize": (
        f"(param i32 i32) (result i32) (select (i32.const 2) (i32.const 0) (i32.and"
        f" (i32.eq (local.get 0) (i32.const {_UPPER})) (i32.eq (local.get 1) (i32.const {_LOWER}))))"
    ),
    "getWitnessSize": "(result i32) (i32.const 3)",
    "setInputSignal": (
        "(param i32 i32 i32)"
        " (memory.copy (i32.add (i32.const 1056) (i32.shl (local.get 2) (i32.const 5))) (i32.const 64) (i32.const 32))"
    ),
    "getWitness": (
        "(param i32)"
        " (memory.copy (i32.const 64) (i32.add (i32.const 1024) (i32.shl (local.get 0) (i32.const 5))) (i32.const 32))"
    ),
    "readSharedRWMemory": (
        "(param i32) (result i32) (i32.load (i32.add (i32.const 64) (i32.shl (local.get 0) (i32.const 2))))"
    ),
    "writeSharedRWMemory": (
        "(param i32 i32) (i32.store (i32.add (i32.const 64) (i32.shl (local.get 0) (i32.const 2))) (local.get 1))"
    ),
    "getMessageChar": (
        "(result i32) (global.set $at (i32.add (global.get $at) (i32.const 1)))"
        " (i32.load8_u (i32.add (i32.const 127) (global.get $at)))"
    ),
}

#: Message, then exception: what circom's code does when an assertion fails. `{code}` is the exception's code.
COMPLAIN = "(call $printErrorMessage) (call $exceptionHandler (i32.const {code}))"
LOOP = "(loop $again (br $again))"


def guest(
    *,
    imports: str = "",
    extra: str = "",
    message: bytes = b"",
    prime: int = FR.modulus,
    memory: str = "1",
    left_out: tuple[str, ...] = (),
    **changed: str,
) -> bytes:
    """A calculator; `changed` replaces functions by name, `left_out` drops some, the rest goes where it says."""
    functions = {name: body for name, body in (FUNCTIONS | changed).items() if name not in left_out}
    exported = "\n".join(f'(func (export "{name}") {body})' for name, body in functions.items())
    return bytes(
        wasmtime.wat2wasm(
            f"""(module
            (import "runtime" "exceptionHandler" (func $exceptionHandler (param i32)))
            (import "runtime" "printErrorMessage" (func $printErrorMessage))
            (import "runtime" "writeBufferMessage" (func $writeBufferMessage))
            (import "runtime" "showSharedRWMemory" (func $showSharedRWMemory))
            {imports}
            (memory (export "memory") {memory})
            (global $at (mut i32) (i32.const 0))
            (data (i32.const 0) "{_escaped(prime.to_bytes(32, "little"))}")
            (data (i32.const 128) "{_escaped(message)}")
            (data (i32.const 1024) "\\01")
            {exported}
            {extra})"""
        )
    )


def _escaped(data: bytes) -> str:
    return "".join(f"\\{octet:02x}" for octet in data)
