"""The bundled circuits, loaded once for a test run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from zkcompanion.app.examples import Example, find_example
from zkcompanion.proving.formats.r1cs import R1cs, read_r1cs
from zkcompanion.proving.formats.sym import SignalNames, read_sym
from zkcompanion.proving.witness.calculator import WitnessCalculator, read_calculator


@dataclass(frozen=True)
class Circuit:
    example: Example
    r1cs: R1cs
    names: SignalNames
    calculator: WitnessCalculator
    #: wire of each signal that has one
    wires: dict[str, int]


@cache
def bundled(example_id: str) -> Circuit:
    example = find_example(example_id)
    names = read_sym(example.sym_path)
    wires = {names.line(i).name: int(names.wires[i]) for i in range(len(names)) if names.wires[i] >= 0}
    return Circuit(example, read_r1cs(example.r1cs_path), names, read_calculator(example.wasm_path), wires)
