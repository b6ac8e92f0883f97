"""The bundled circuits' generated files are what their sources give."""

import pytest

from tests.support.scripts import load_script

constants = load_script("generate_poseidon_constants")
circuits = load_script("compile_circuits")

MAX_BYTES = 5_000_000


def test_the_poseidon_constants_are_what_the_script_writes():
    assert constants.TARGET.read_text(encoding="utf-8") == constants.render()


@pytest.mark.node
def test_the_compiled_circuits_are_what_the_compiler_writes(capsys):
    assert circuits.main(["--check"]) == 0
    assert capsys.readouterr().out.count("unchanged") == 3 * len(circuits.circuit_ids())


@pytest.mark.node
def test_a_circuit_that_is_not_what_the_compiler_writes_is_found(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "circuit.circom").write_text(
        "pragma circom 2.1.0;\ntemplate T() { signal input a; signal output b; b <== a * a; }\ncomponent main = T();\n"
    )
    monkeypatch.setattr(circuits, "CIRCUITS", tmp_path)
    assert circuits.main(["--check"]) == 1
    assert circuits.main([]) == 0
    assert circuits.main(["--check", "tiny"]) == 0
    wasm = folder / "circuit.wasm"
    wasm.write_bytes(wasm.read_bytes() + b"\0")
    assert circuits.main(["--check"]) == 1
    assert "tiny/circuit.wasm: differs" in capsys.readouterr().out
    (folder / "circuit.circom").write_text("pragma circom 2.1.0;\ntemplate T( {}\n")
    with pytest.raises(RuntimeError, match="does not compile"):
        circuits.main([])


def test_a_missing_compiler_is_said_plainly(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        circuits.main(["--circom2", str(tmp_path / "cli.js")])
    assert caught.value.code == 2
    assert "no compiler at" in capsys.readouterr().err


def test_every_file_of_a_circuit_is_there_and_small_enough_to_ship():
    for circuit_id in circuits.circuit_ids():
        for name in (*circuits.OUTPUTS, "circuit.circom", "input.json", "example.json"):
            path = circuits.CIRCUITS / circuit_id / name
            assert 0 < path.stat().st_size <= MAX_BYTES, path.name
