"""Witnesses from the WebAssembly that circom 2 makes of a circuit, run by wasmtime in a sandbox (see `sandbox`).

An input is found by the 64-bit FNV-1a hash of its name, in two halves; arrays are set element by element, row-major.
Setting the last input runs the circuit. Sources: circom_runtime 0.1.28 (Apache-2.0), the output of circom 2.2.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import wasmtime

from zkcompanion.base.errors import (
    FileError,
    KnownError,
    ResourceError,
    UnsatisfiedWitnessError,
    UnsupportedFileError,
)
from zkcompanion.base.messages import msg
from zkcompanion.proving.buffers import NO_BUFFERS, Buffers
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.elements import SCALAR_PRIMES, first_not_below
from zkcompanion.proving.formats.mapped import StrPath, read_bounded
from zkcompanion.proving.formats.sym import SignalNames
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.witness.binding import INPUT_COMPLAINTS, set_inputs
from zkcompanion.proving.witness.bridge import ELEMENT_SIZE_BYTES
from zkcompanion.proving.witness.guest import Guest, OverMemoryError
from zkcompanion.proving.witness.inputs import CircuitInputs
from zkcompanion.proving.witness.sandbox import ModuleCache, Program, WitnessLimits, compile_program
from zkcompanion.proving.witness.watch import OverTimeError, run_watched

T = TypeVar("T")

DEFAULT_LIMITS = WitnessLimits()

#: BN254's elements are eight words of 32 bits; no field that circom knows has more than this.
_N32, _MAX_N32 = 8, 16
_MAX_TEMPLATES = 8
#: Lines of a failure's text looked at; each costs a search through the module.
_MAX_LINES = 32
#: A line of circom's error text: template, number of its instance, line in its source file.
_PLACE = re.compile(rb"Error in template ([A-Za-z_$][A-Za-z0-9_$]{0,199})_[0-9]{1,9} line: ([0-9]{1,9})")

_NOT_ENOUGH_MEMORY = 5
#: circom's exception codes for what the circuit itself refuses.
_FAILURES = {
    4: msg("An assertion of the circuit does not hold for these inputs."),
    7: msg("The circuit reads an array outside its bounds for these inputs."),
}


def read_calculator(
    path: StrPath,
    *,
    limits: WitnessLimits = DEFAULT_LIMITS,
    module_cache: ModuleCache | None = None,
    trace: Trace = NULL_TRACE,
) -> WitnessCalculator:
    """The calculator of a circuit's `.wasm`; errors as in `WitnessCalculator`."""
    wasm = read_bounded(path, max_bytes=limits.file_size_bytes)
    return WitnessCalculator(wasm, file=str(path), limits=limits, module_cache=module_cache, trace=trace)


class WitnessCalculator:
    """A compiled witness calculator; may be used from several threads, every run is separate.

    Arguments:
        wasm: the module; compiled here, which for a file of some megabytes takes seconds.
        file: its name, for messages.
        limits: of file, memory and time, for compiling and for each run.
        module_cache: keeps compiled modules; must be authenticated (`base.sealed.SealedStore`).
        trace: can stop the compilation; no phase is reported.
        interpreted: make no machine code even where the system allows it.

    Raises: FileError (no such module, wrong imports or exports), UnsupportedFileError (circom 1), ResourceError (time),
        whatever `trace.check` raises.
    """

    def __init__(
        self,
        wasm: bytes,
        *,
        file: str,
        limits: WitnessLimits = DEFAULT_LIMITS,
        module_cache: ModuleCache | None = None,
        trace: Trace = NULL_TRACE,
        interpreted: bool = False,
    ) -> None:
        self.file = file
        self.limits = limits
        self._wasm = wasm

        def work() -> Program:
            return compile_program(wasm, file=file, limits=limits, module_cache=module_cache, interpreted=interpreted)

        self._program = self._watched(work, trace, None)

    @property
    def interpreted(self) -> bool:
        """Whether the circuit runs in wasmtime's interpreter, as on a system that forbids code made at run time."""
        return self._program.interpreted

    def calculate(
        self,
        inputs: CircuitInputs,
        trace: Trace = NULL_TRACE,
        *,
        names: SignalNames | None = None,
        n_wires: int | None = None,
        buffers: Buffers = NO_BUFFERS,
    ) -> LimbArray:
        """The witness: plain uint64[n_wires, 4], every value below r, wire 0 is 1.

        Arguments:
            inputs: a value for every element of every input.
            trace: phase `witness`; its `check` stops the run within 0.2 s.
            names: of the circuit's `.sym`, to name the inputs that are missing.
            n_wires: of the circuit, where that is known; compared before memory is taken for the witness.
            buffers: where that memory comes from.

        Raises: InputError (unknown, missing or wrongly sized inputs), UnsatisfiedWitnessError (an assertion of the
            circuit fails; names template and line), UnsupportedFileError (another field or version), FileError (the
            module misbehaves), ResourceError (memory or time), whatever `trace.check` raises. No message holds a value.
        """
        with trace.phase(Phase.WITNESS):
            engine = self._program.new_engine()

            def work() -> LimbArray:
                return self._run(engine, inputs, names, n_wires, buffers)

            return self._watched(work, trace, engine.increment_epoch)

    def _watched(self, work: Callable[[], T], trace: Trace, interrupt: Callable[[], None] | None) -> T:
        try:
            return run_watched(work, trace, limit_s=self.limits.time_s, interrupt=interrupt)
        except OverTimeError:
            raise ResourceError(
                msg(
                    "{file}: the witness calculator did not end within {limit_s} s and was stopped.",
                    file=self.file,
                    limit_s=f"{self.limits.time_s:g}",
                )
            ) from None

    def _run(
        self,
        engine: wasmtime.Engine,
        inputs: CircuitInputs,
        names: SignalNames | None,
        n_wires: int | None,
        buffers: Buffers,
    ) -> LimbArray:
        guest = Guest(engine, self._program, memory_size_bytes=self.limits.memory_size_bytes)
        try:
            try:
                guest.start()
                self._require_field(guest)
                guest.call("init", 0)
                set_inputs(guest, inputs, names)
                witness = self._read_witness(guest, n_wires, buffers)
            except wasmtime.Trap as trap:
                # a frame of wasmtime knows the trap, which knows the frames: they would wait for a collection, and so
                # would the values in them
                trap.__traceback__ = None
                reason = guest.exception()
                raise (self._stopped(trap) if reason is None else self._complaint(*reason)) from None
            except OverMemoryError:
                raise self._over_memory() from None
        finally:
            guest.close()
        return witness

    # -- steps of a run ------------------------------------------------------------------------------------------------

    def _require_field(self, guest: Guest) -> None:
        version = guest.call("getVersion")
        if version != 2:
            raise UnsupportedFileError(
                msg(
                    "The witness calculator was made by circom {version}; only circom 2 is supported.", version=version
                ),
                file=self.file,
            )
        n32 = guest.call("getFieldNumLen32")
        guest.call("getRawPrime")
        prime = guest.number(n32) if n32 <= _MAX_N32 else 0
        if prime != FR.modulus or n32 != _N32:
            curve = SCALAR_PRIMES.get(prime)
            if curve is None or curve == "bn254":
                what = msg("The circuit was compiled for an unknown field, of {bits} bits.", bits=32 * n32)
            else:
                what = msg("The circuit was compiled for the curve {curve}; only bn254 is supported.", curve=curve)
            raise UnsupportedFileError(what, file=self.file)

    def _read_witness(self, guest: Guest, n_wires: int | None, buffers: Buffers) -> LimbArray:
        found = guest.call("getWitnessSize")
        if n_wires is not None and found != n_wires:
            raise FileError(
                msg(
                    "The witness calculator gives {found} values, but the circuit has {expected} wires; they do not "
                    "belong together.",
                    found=found,
                    expected=n_wires,
                ),
                file=self.file,
            )
        if found * ELEMENT_SIZE_BYTES > self.limits.memory_size_bytes:
            raise self._over_memory()
        witness = guest.witness(found, buffers)
        if found == 0 or witness[0].tolist() != [1, 0, 0, 0] or first_not_below(witness, FR.modulus) is not None:
            raise FileError(
                msg("The witness calculator gives no witness: wire 0 is not 1, or a value is not below the prime."),
                file=self.file,
            )
        return witness

    # -- what went wrong -----------------------------------------------------------------------------------------------

    def _over_memory(self) -> ResourceError:
        return ResourceError(
            msg(
                "{file}: the witness calculator needs more memory than the {limit_bytes} bytes allowed.",
                file=self.file,
                limit_bytes=self.limits.memory_size_bytes,
            ),
            hint=msg("Allow more memory."),
        )

    def _stopped(self, trap: wasmtime.Trap) -> FileError:
        """A trap without a word from the calculator; also what an interrupted run ends with, unseen."""
        code = trap.trap_code
        why = code.name.lower().replace("_", " ") if code is not None else "unknown"
        return FileError(msg("The witness calculator broke down: {why}.", why=why), file=self.file)

    def _complaint(self, code: int, text: bytes) -> KnownError:
        """The calculator called its exception handler; the text is a stranger's and may hold anything."""
        if code == _NOT_ENOUGH_MEMORY:
            return self._over_memory()
        if code not in _FAILURES:
            return FileError(
                msg("The witness calculator gave up: {why}", why=INPUT_COMPLAINTS.get(code, msg("Unknown error."))),
                file=self.file,
            )
        places = self._places(text)
        if not places:
            return UnsatisfiedWitnessError(msg("{what}", what=_FAILURES[code]))
        template, line = places[0]
        chain = " > ".join(f"{name}:{number}" for name, number in reversed(places))
        return UnsatisfiedWitnessError(
            msg(
                "{what} It is in template {template}, line {line}.", what=_FAILURES[code], template=template, line=line
            ),
            hint=msg("Templates and lines on the way there: {chain}.", chain=chain) if len(places) > 1 else None,
        )

    def _places(self, text: bytes) -> list[tuple[str, int]]:
        """Template and line of each call on the way to the failure, innermost first.

        A template's name counts only if the module holds it as a constant: it is no text made of input values.
        """
        places = []
        for line in text.split(b"\n", _MAX_LINES)[:_MAX_LINES]:
            match = _PLACE.fullmatch(line)
            if match and b"Error in template %b_" % match[1] in self._wasm:
                places.append((match[1].decode("ascii"), int(match[2])))
        return places[:_MAX_TEMPLATES]
