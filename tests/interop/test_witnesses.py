"""snarkjs and we calculate the same witnesses, byte for byte, and accept each other's."""

import subprocess

import pytest

from tests.conftest import NODE_MODULES
from tests.support.bundled_circuits import bundled
from zkcompanion.app.examples import list_examples
from zkcompanion.proving.formats.wtns import read_wtns, write_wtns
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import read_inputs

pytestmark = pytest.mark.node

SNARKJS = NODE_MODULES / "snarkjs" / "cli.js"


def snarkjs(*arguments):
    command = ["node", str(SNARKJS), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("example_id", [example.id for example in list_examples()])
def test_witnesses_are_the_same_bytes(example_id, tmp_path):
    circuit = bundled(example_id)
    theirs, ours = tmp_path / "theirs.wtns", tmp_path / "ours.wtns"
    snarkjs("wtns", "calculate", circuit.example.wasm_path, circuit.example.input_path, theirs)
    write_wtns(ours, circuit.calculator.calculate(read_inputs(circuit.example.input_path)))
    assert ours.read_bytes() == theirs.read_bytes()
    check_witness(circuit.r1cs, read_wtns(theirs))
    assert "WITNESS IS CORRECT" in snarkjs("wtns", "check", circuit.example.r1cs_path, ours)
