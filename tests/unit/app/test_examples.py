import pytest

from tests.support.bundled_circuits import bundled
from zkcompanion.app.examples import find_example, list_examples
from zkcompanion.base.errors import UsageError
from zkcompanion.base.strictjson import load_json
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import input_template, read_inputs


def test_six_examples_come_with_the_program():
    assert [example.id for example in list_examples()] == [
        "age-over-18",
        "anonymous-vote",
        "funds-above-threshold",
        "merkle-membership",
        "sha256-preimage",
        "sudoku",
    ]


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.id)
def test_an_example_has_its_files_and_its_sentences(example):
    paths = (example.circuit_path, example.r1cs_path, example.wasm_path, example.sym_path, example.input_path)
    assert all(path.is_file() for path in paths)
    assert len(example.summary) == 3
    assert example.reveals
    assert example.hides
    assert example.sources
    sentences = [*example.summary, *example.reveals, *example.hides, *(signal.note for signal in example.signals)]
    for sentence in map(str, sentences):
        assert sentence.endswith(".")
        assert "!" not in sentence
        assert "{" not in sentence
    assert str(example.title)
    written = load_json((example.folder / "example.json").read_bytes(), file="example.json", max_bytes=1 << 16)
    assert written["id"] == example.id == example.folder.name


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.id)
def test_an_examples_signals_are_those_of_its_circuit(example):
    circuit = bundled(example.id)
    told = {signal.name: signal.public for signal in example.signals}
    found = input_template(circuit.r1cs, circuit.names, file="circuit.sym")
    assert told == {signal.name: signal.public for signal in found}
    assert set(read_inputs(example.input_path).signals) == set(told)


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.id)
def test_an_examples_input_satisfies_its_circuit(example):
    circuit = bundled(example.id)
    check_witness(circuit.r1cs, circuit.calculator.calculate(read_inputs(example.input_path)), circuit.names)


def test_an_example_is_found_by_its_id():
    assert find_example("sha256-preimage").title == bundled("sha256-preimage").example.title


@pytest.mark.parametrize("wrong", ["sha256", "", "../circuits", "☃"])
def test_an_unknown_example_is_refused_with_a_list(wrong):
    with pytest.raises(UsageError) as caught:
        find_example(wrong)
    assert str(caught.value).isascii()
    assert "funds-above-threshold, merkle-membership, sha256-preimage" in str(caught.value.hint)
