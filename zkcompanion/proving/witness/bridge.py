"""The WebAssembly that stands between us and a circuit's witness calculator.

It gives the calculator the four functions that circom 2 imports, and moves inputs and witness in blocks: a call from
Python costs about 14 us, and reading one witness element takes nine calls, so a loop in Python would take seconds for
what is milliseconds here. It also means that no Python code runs inside the sandbox.

What calculators of circom 2 do (facts from circom_runtime 0.1.28, Apache-2.0, and from the output of circom 2.2.3):
numbers pass through a shared buffer of 32-bit words, lowest first, by `readSharedRWMemory(i)` and
`writeSharedRWMemory(i, word)`; a failed assertion calls `printErrorMessage` once for each template on the way,
innermost first, then `exceptionHandler(code)`; the text is fetched by `getMessageChar()` until it gives 0. Texts and
numbers of `log()` arrive through `writeBufferMessage` and `showSharedRWMemory`: they may be secrets and are dropped.
"""

from __future__ import annotations

#: Bytes kept of what `printErrorMessage` tells.
TEXT_SIZE_BYTES = 1 << 16
#: Field elements moved in one call.
BLOCK_ELEMENTS = 1 << 16
#: Where the block begins in the bridge's memory; the text comes before it.
BLOCK_OFFSET = TEXT_SIZE_BYTES
ELEMENT_SIZE_BYTES = 32

#: Exports of the calculator that the bridge calls, in the order of its table.
GUEST_FUNCTIONS = ("getMessageChar", "readSharedRWMemory", "writeSharedRWMemory", "setInputSignal", "getWitness")
#: What the calculator may import.
HOST_FUNCTIONS = ("exceptionHandler", "printErrorMessage", "writeBufferMessage", "showSharedRWMemory")
#: Value of the global `code` while `exceptionHandler` was not called.
NO_EXCEPTION = -(1 << 31)

_PAGES = (BLOCK_OFFSET + BLOCK_ELEMENTS * ELEMENT_SIZE_BYTES) // 65536

BRIDGE_WAT = f"""
(module
  (type $char (func (result i32)))
  (type $read (func (param i32) (result i32)))
  (type $write (func (param i32 i32)))
  (type $set (func (param i32 i32 i32)))
  (type $fetch (func (param i32)))
  (table (export "guest") {len(GUEST_FUNCTIONS)} {len(GUEST_FUNCTIONS)} funcref)
  (memory (export "memory") {_PAGES} {_PAGES})
  (global $code (export "code") (mut i32) (i32.const {NO_EXCEPTION}))
  (global $text_size (export "text_size") (mut i32) (i32.const 0))

  (func (export "exceptionHandler") (param $code i32)
    (global.set $code (local.get $code))
    unreachable)

  ;; Appends the message and a line feed; stops at a zero or when the text is full.
  (func (export "printErrorMessage") (local $char i32)
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (global.get $text_size) (i32.const {TEXT_SIZE_BYTES - 1})))
        (br_if $end (i32.eqz (local.tee $char (call_indirect (type $char) (i32.const 0)))))
        (i32.store8 (global.get $text_size) (local.get $char))
        (global.set $text_size (i32.add (global.get $text_size) (i32.const 1)))
        (br $next)))
    (if (i32.lt_u (global.get $text_size) (i32.const {TEXT_SIZE_BYTES}))
      (then
        (i32.store8 (global.get $text_size) (i32.const 10))
        (global.set $text_size (i32.add (global.get $text_size) (i32.const 1))))))

  (func (export "writeBufferMessage"))
  (func (export "showSharedRWMemory"))

  ;; Sets elements first .. first + count - 1 of the input with hash (msb, lsb) from the block.
  (func (export "set_inputs") (param $msb i32) (param $lsb i32) (param $first i32) (param $count i32)
    (local $i i32) (local $word i32) (local $from i32)
    (local.set $from (i32.const {BLOCK_OFFSET}))
    (block $end
      (loop $element
        (br_if $end (i32.ge_u (local.get $i) (local.get $count)))
        (local.set $word (i32.const 0))
        (loop $words
          (call_indirect (type $write) (local.get $word) (i32.load (local.get $from)) (i32.const 2))
          (local.set $from (i32.add (local.get $from) (i32.const 4)))
          (local.set $word (i32.add (local.get $word) (i32.const 1)))
          (br_if $words (i32.lt_u (local.get $word) (i32.const 8))))
        (call_indirect (type $set)
          (local.get $msb) (local.get $lsb) (i32.add (local.get $first) (local.get $i)) (i32.const 3))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $element))))

  ;; Copies wires first .. first + count - 1 of the witness to the block.
  (func (export "read_witness") (param $first i32) (param $count i32)
    (local $i i32) (local $word i32) (local $to i32)
    (local.set $to (i32.const {BLOCK_OFFSET}))
    (block $end
      (loop $element
        (br_if $end (i32.ge_u (local.get $i) (local.get $count)))
        (call_indirect (type $fetch) (i32.add (local.get $first) (local.get $i)) (i32.const 4))
        (local.set $word (i32.const 0))
        (loop $words
          (i32.store (local.get $to) (call_indirect (type $read) (local.get $word) (i32.const 1)))
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (local.set $word (i32.add (local.get $word) (i32.const 1)))
          (br_if $words (i32.lt_u (local.get $word) (i32.const 8))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $element))))
)
"""
