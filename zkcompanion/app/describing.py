"""A circuit's files as the window shows them before anything is proved, and an order made of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import islice
from pathlib import Path

from zkcompanion.app.choose import witness_source
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.examples import Example, find_example
from zkcompanion.app.input_values import MAX_FORM_FIELDS
from zkcompanion.app.job_views import CircuitView, InputFieldView, ProofOrder
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.sources import GivenInputs
from zkcompanion.app.witness_service import read_names
from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.formats.identify import identify_file
from zkcompanion.proving.formats.mapped import MappedFile, read_bounded
from zkcompanion.proving.formats.r1cs import R1CS, R1cs, read_r1cs
from zkcompanion.proving.formats.zkey import ZKEY, read_zkey
from zkcompanion.proving.witness.inputs import MAX_BYTES, input_template

_DIGEST_BYTES = 24
_KEY_HEADER = 2


def describe_example(example_id: str) -> CircuitView:
    """A bundled circuit. Raises: UsageError where there is none of this name."""
    example = find_example(example_id)
    view = describe_circuit(example.files)
    return replace(
        view,
        title=example.title,
        fields=tuple(_labelled(field, example) for field in view.fields),
        example_values=read_bounded(example.input_path, max_bytes=MAX_BYTES),
        example_id=example.id,
    )


def describe_circuit(files: CircuitFiles) -> CircuitView:
    """Size, form and what is missing. Raises: FileError (a file that is not what its place says)."""
    fields: tuple[InputFieldView, ...] = ()
    constraints = wires = public = None
    if files.r1cs is not None:
        system = read_r1cs(files.r1cs)
        constraints, wires, public = system.n_constraints, system.n_wires, system.n_public
        fields = _fields(files.sym, system)
    elif files.zkey is not None:
        with read_zkey(files.zkey) as zkey:
            wires, public = zkey.n_vars, zkey.n_public
            constraints = zkey.n_constraints
    return CircuitView(
        files=files,
        title=msg("{name}", name=files.name),
        fingerprint=fingerprint_of(files.r1cs, files.zkey),
        constraints=constraints,
        wires=wires,
        public_signals=public,
        fields=fields,
        needs_key=files.zkey is None,
        missing=tuple(_missing(files, has_form=bool(fields))),
    )


def fingerprint_of(r1cs: Path | None, zkey: Path | None) -> str:
    """By what runs of the same circuit are known: a hash of its constraints, else of its key's header.

    Raises: FileError.
    """
    if r1cs is not None:
        return _digest(r1cs, 0, None)
    if zkey is not None:
        header = next(one for one in identify_file(zkey).sections if one.number == _KEY_HEADER)
        return _digest(zkey, header.offset, header.offset + header.size_bytes)
    return ""


def request_for(order: ProofOrder) -> ProvingRequest:
    """What the proving service is asked. Raises: UsageError, FileError for what is missing."""
    files = order.circuit
    if files.zkey is None and files.r1cs is None:
        raise UsageError(msg("{circuit} has neither a .zkey nor an .r1cs.", circuit=files.name))
    inputs: Path | GivenInputs | None
    if order.inputs is None:
        inputs, witness = witness_source(files, files.name)
    else:
        inputs, witness = GivenInputs(order.inputs), None
        if files.wasm is None:
            raise FileError(
                msg("There are inputs, but no .wasm to calculate the witness with."),
                file=files.name,
                hint=msg("Compile the circuit with --wasm, and add the file."),
            )
    return ProvingRequest(
        name=files.name,
        zkey=files.zkey,
        witness=witness,
        inputs=inputs,
        wasm=files.wasm,
        r1cs=files.r1cs,
        sym=files.sym,
        repeat=order.repeat,
        profile=order.profile,
        memory_bytes=order.memory_bytes,
        run_anyway=order.run_anyway,
    )


def _fields(sym: Path | None, system: R1cs) -> tuple[InputFieldView, ...]:
    """The form, where the names of the signals are there and are those of a circuit's inputs.

    Of more than a form has, only so many as show that: a stranger's circuit may have a million.
    """
    names = read_names(sym, system)
    if names is None:
        return ()
    try:
        signals = input_template(system, names, file=str(sym))
    except FileError:
        return ()  # inputs can still come as a file
    return tuple(
        InputFieldView(signal.name, signal.dimensions, signal.public) for signal in islice(signals, MAX_FORM_FIELDS + 1)
    )


def _labelled(field: InputFieldView, example: Example) -> InputFieldView:
    signal = next((signal for signal in example.signals if signal.name == field.name), None)
    return field if signal is None else replace(field, label=signal.label, note=signal.note)


def _missing(files: CircuitFiles, *, has_form: bool) -> list[Message]:
    found = []
    if files.zkey is None and files.r1cs is None:
        found.append(msg("A key (.zkey), or the constraints (.r1cs) to make a development key from."))
    if files.wasm is None and files.witness is None:
        found.append(msg("The witness program (.wasm), or a finished witness (.wtns)."))
    elif files.witness is None and files.input is None and not has_form:
        found.append(msg("The inputs as a JSON file: without .r1cs and .sym the names of the inputs are not known."))
    return found


def _digest(path: Path, first: int, end: int | None) -> str:
    # a constraint system is read whole anyway, and so is the header of a key
    with MappedFile(path, max_bytes=max(R1CS.max_bytes, ZKEY.max_bytes)) as mapped:
        return hashlib.blake2b(mapped.data[first:end], digest_size=_DIGEST_BYTES).hexdigest()
