"""Circuits compiled on the spot: the templates beyond the examples, against Python and circomlibjs."""

import datetime
import hashlib
import itertools
import json
import random
import subprocess

import pytest

from tests.conftest import NODE_MODULES, ROOT
from tests.support.merkle_trees import merkle_path
from tests.support.scripts import load_script
from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.r1cs import parse_r1cs
from zkcompanion.proving.formats.sym import parse_sym
from zkcompanion.proving.reference.poseidon import poseidon
from zkcompanion.proving.witness.calculator import WitnessCalculator
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import InputSignal, input_template, inputs_from

pytestmark = pytest.mark.node

RANDOM = random.Random(5)
scripts = load_script("compile_circuits")


def compiled(source):
    files = scripts.compile_circuit("made.circom", scripts.CIRCOM2, {"made.circom": source})
    calculator = WitnessCalculator(files["circuit.wasm"], file="made.wasm")
    return (
        calculator,
        parse_r1cs(files["circuit.r1cs"], file="made.r1cs"),
        parse_sym(files["circuit.sym"], file="made.sym"),
    )


def circomlibjs(rows):
    program = (
        "const { buildPoseidon } = require('circomlibjs');"
        "buildPoseidon().then(p => { const rows = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(rows.map(r => p.F.toString(p(r))))); process.exit(0); });"
    )
    done = subprocess.run(
        ["node", "-e", program],
        input=json.dumps([[str(v) for v in row] for row in rows]),
        cwd=NODE_MODULES.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(text) for text in json.loads(done.stdout)]


def test_poseidon_in_python_equals_circomlibjs():
    rows = [[RANDOM.randrange(FR.modulus) for _ in range(n)] for n in range(1, 7) for _ in range(3)]
    rows += [[0], [0, 0, 0], [FR.modulus - 1] * 4]
    assert circomlibjs(rows) == [poseidon(row) for row in rows]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_poseidon_template_equals_python(n):
    source = f'pragma circom 2.1.0;\ninclude "lib/poseidon.circom";\ncomponent main = Poseidon({n});\n'
    calculator, r1cs, _ = compiled(source)
    for row in ([0] * n, list(range(1, n + 1)), [RANDOM.randrange(FR.modulus) for _ in range(n)]):
        witness = calculator.calculate(inputs_from({"in": row}, file="i"))
        assert from_limbs(witness[1:2]) == [poseidon(row)]
        check_witness(r1cs, witness)


def test_the_merkle_template_finds_the_root_from_every_leaf():
    source = 'pragma circom 2.1.0;\ninclude "lib/merkle.circom";\ncomponent main = MerkleRoot(3);\n'
    calculator, r1cs, _ = compiled(source)
    leaves = [RANDOM.randrange(FR.modulus) for _ in range(8)]
    level = leaves
    while len(level) > 1:
        level = [poseidon(level[i : i + 2]) for i in range(0, len(level), 2)]
    for position, leaf in enumerate(leaves):
        root, elements, indices = merkle_path(leaves, position, 3)
        witness = calculator.calculate(inputs_from({"leaf": leaf, "elements": elements, "indices": indices}, file="i"))
        assert from_limbs(witness[1:2]) == [root] == level
        check_witness(r1cs, witness)


def test_the_calendar_template_takes_just_the_days_of_the_calendar():
    source = 'pragma circom 2.1.0;\ninclude "lib/dates.circom";\ncomponent main = CalendarDate();\n'
    calculator, r1cs, _ = compiled(source)
    for year, month, day in itertools.product((1901, 1904, 2000, 2099), range(14), (0, 1, 28, 29, 30, 31, 32)):
        inputs = inputs_from({"year": year, "month": month, "day": day}, file="i")
        try:
            datetime.date(year, month, day)
        except ValueError:
            with pytest.raises(UnsatisfiedWitnessError):
                calculator.calculate(inputs)
            continue
        witness = calculator.calculate(inputs)
        assert from_limbs(witness[1:2]) == [10000 * year + 100 * month + day]
        check_witness(r1cs, witness)


@pytest.mark.parametrize("n", [1, 55])
def test_the_sha256_template_takes_every_length_of_one_block(n):
    source = f'pragma circom 2.1.0;\ninclude "lib/sha256.circom";\ncomponent main = Sha256Bytes({n});\n'
    calculator, r1cs, _ = compiled(source)
    message = RANDOM.randbytes(n)
    witness = calculator.calculate(inputs_from({"message": list(message)}, file="i"))
    # outputs: eight words, each lowest bit first
    bits = from_limbs(witness[1:257])
    words = [sum(bits[32 * word + i] << i for i in range(32)) for word in range(8)]
    assert b"".join(word.to_bytes(4, "big") for word in words) == hashlib.sha256(message).digest()
    check_witness(r1cs, witness)


def test_buses_nested_arrays_and_assertions_of_a_real_compiler_are_understood():
    source = """pragma circom 2.2.0;
bus Point() { signal x; signal y[2]; }
template Inner() { signal input in; signal output out; log("secret", in); assert(in != 13); out <== in * in; }
template Main() {
    input Point() p[2];
    signal input m[2][3];
    signal output out;
    out <== Inner()(p[0].x + p[1].y[1] * m[1][2]);
}
component main {public [m]} = Main();
"""
    calculator, r1cs, names = compiled(source)
    points = [{"x": 1, "y": [2, 3]}, {"x": 4, "y": [5, 6]}]
    nested = inputs_from({"p": points, "m": [[1, 2, 3], [4, 5, 7]]}, file="i")
    flat = inputs_from({"p": [1, 2, 3, 4, 5, 6], "m": [1, 2, 3, 4, 5, 7]}, file="i")
    for inputs in (nested, flat):
        witness = calculator.calculate(inputs, names=names)
        assert from_limbs(witness[1:2]) == [43 * 43]
        check_witness(r1cs, witness, names)
    assert input_template(r1cs, names, file="made.sym")[0] == InputSignal("m", (2, 3), public=True)
    with pytest.raises(UnsatisfiedWitnessError, match=r"template Inner, line 3\.") as caught:
        calculator.calculate(inputs_from({"p": [1, 2, 3, 4, 5, 6], "m": [1, 2, 3, 4, 5, 2]}, file="i"))
    assert str(caught.value.hint).endswith("Main:8 > Inner:3.")


def test_sources_of_ours_need_no_circomlib():
    for path in (ROOT / "resources" / "circuits").rglob("*.circom"):
        text = path.read_text(encoding="utf-8")
        assert "circomlib/" not in text
        assert "SPDX-License-Identifier: Apache-2.0" in text.splitlines()[0]
