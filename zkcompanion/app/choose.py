"""From what a user names (an example, a folder, a key) to what is proved."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from zkcompanion.app.circuit_files import CircuitFiles, find_circuit
from zkcompanion.app.examples import list_examples
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.messages import msg

FileRole = Literal["zkey", "wasm", "r1cs", "sym", "witness", "input"]


def choose(
    circuit: str, chosen: Mapping[FileRole, Path], *, out: Path | None, repeat: int, write: bool = True
) -> ProvingRequest:
    """What to prove.

    Arguments:
        circuit: an example's id, or the path of a folder, a `.zkey` or an `.r1cs`; an id counts before a path.
        chosen: files that the user named; they count before those found beside the circuit.
        out: the folder for the three files; None for `NAME_proof` in the current folder.
        repeat: how many proofs.
        write: whether anything is written at all.

    Raises: UsageError, FileError.
    """
    found = find_files(circuit, chosen)
    if "input" in chosen:
        found = replace(found, witness=None)
    elif "witness" in chosen:
        found = replace(found, input=None)
    if found.zkey is None and found.r1cs is None:
        raise UsageError(msg("{circuit} has neither a .zkey nor an .r1cs.", circuit=circuit))
    inputs, witness = witness_source(found, circuit)
    folder = out if out is not None else Path(f"{found.name}_proof")
    return ProvingRequest(
        name=found.name,
        zkey=found.zkey,
        witness=witness,
        inputs=inputs,
        wasm=found.wasm,
        r1cs=found.r1cs,
        sym=found.sym,
        proof_file=folder / "proof.json" if write else None,
        public_file=folder / "public.json" if write else None,
        verification_key_file=folder / "verification_key.json" if write else None,
        repeat=repeat,
    )


def find_files(circuit: str, chosen: Mapping[FileRole, Path]) -> CircuitFiles:
    """The files of a circuit; `circuit` and `chosen` as for `choose`. Raises: UsageError, FileError."""
    return _replaced(_find(circuit), chosen)


def _replaced(found: CircuitFiles, chosen: Mapping[FileRole, Path]) -> CircuitFiles:
    return CircuitFiles(
        name=found.name,
        zkey=chosen.get("zkey", found.zkey),
        r1cs=chosen.get("r1cs", found.r1cs),
        wasm=chosen.get("wasm", found.wasm),
        sym=chosen.get("sym", found.sym),
        witness=chosen.get("witness", found.witness),
        input=chosen.get("input", found.input),
    )


def _find(circuit: str) -> CircuitFiles:
    examples = {example.id: example for example in list_examples()}
    if circuit in examples:
        return examples[circuit].files
    path = Path(circuit)
    is_path = path.suffix or os.sep in circuit or (os.altsep is not None and os.altsep in circuit) or path.exists()
    if is_path:
        return find_circuit(path)
    raise UsageError(
        msg("{circuit} is no example's name, and there is no such file or folder.", circuit=circuit),
        hint=msg("Examples: {ids}.", ids=", ".join(examples)),
    )


def witness_source(found: CircuitFiles, circuit: str) -> tuple[Path | None, Path | None]:
    """Inputs or witness: inputs where they can be used, for then the witness is sure to be theirs.

    Raises: FileError (no `.wasm` for the inputs), UsageError (neither).
    """
    if found.input is not None and found.wasm is not None:
        return found.input, None
    if found.witness is not None:
        return None, found.witness
    if found.input is not None:
        raise FileError(
            msg("There are inputs, but no .wasm to calculate the witness with."),
            file=circuit,
            hint=msg("Compile the circuit with --wasm, or name the file: --wasm F."),
        )
    raise UsageError(
        msg("{circuit} has no inputs and no witness.", circuit=circuit),
        hint=msg("Give the inputs as JSON (--input F) or a witness (--witness F)."),
    )
