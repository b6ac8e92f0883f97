from pathlib import Path

import pytest

from zkcompanion.app.choose import choose
from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.paths import resource_path

FUNDS = resource_path("circuits", "funds-above-threshold")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")

    return make


def chosen(circuit, **files):
    return choose(circuit, {role: Path(name) for role, name in files.items()}, out=None, repeat=1)


def test_an_example_has_all_it_needs(folder):
    request = chosen("funds-above-threshold")
    assert (request.name, request.zkey, request.witness) == ("funds-above-threshold", None, None)
    assert request.inputs == FUNDS / "input.json"
    assert request.r1cs == FUNDS / "circuit.r1cs"
    assert request.proof_file == Path("funds-above-threshold_proof/proof.json")


def test_an_examples_name_counts_before_a_folder_of_that_name(folder):
    folder("funds-above-threshold/a.zkey", "funds-above-threshold/a.wtns")
    assert chosen("funds-above-threshold").zkey is None
    assert chosen("./funds-above-threshold").zkey == Path("funds-above-threshold/a.zkey")


def test_what_the_user_names_counts_before_what_lies_beside(folder):
    folder("c/a.zkey", "c/a.wtns", "c/a.wasm", "c/input.json", "x.wtns", "x.json", "x.r1cs", "x.zkey")
    assert chosen("c").inputs == Path("c/input.json")
    assert (chosen("c", witness="x.wtns").witness, chosen("c", witness="x.wtns").inputs) == (Path("x.wtns"), None)
    assert (chosen("c", input="x.json").witness, chosen("c", input="x.json").inputs) == (None, Path("x.json"))
    assert chosen("c", r1cs="x.r1cs", zkey="x.zkey").r1cs == Path("x.r1cs")
    assert chosen("c", zkey="x.zkey").zkey == Path("x.zkey")


def test_inputs_count_before_a_witness_where_they_can_be_used(folder):
    folder("c/a.zkey", "c/a.wtns", "c/input.json")
    assert chosen("c").witness == Path("c/a.wtns")


def test_a_key_by_its_name(folder):
    folder("a_final.zkey", "witness.wtns")
    request = chosen("a_final.zkey")
    assert (request.name, request.zkey, request.witness) == ("a", Path("a_final.zkey"), Path("witness.wtns"))
    assert request.proof_file == Path("a_proof/proof.json")


def test_files_go_where_the_user_wants_or_nowhere(folder):
    folder("a.zkey", "a.wtns")
    assert choose("a.zkey", {}, out=Path("x"), repeat=2).public_file == Path("x/public.json")
    assert choose("a.zkey", {}, out=None, repeat=2, write=False).targets == {}


def test_neither_a_name_nor_a_path(folder):
    with pytest.raises(UsageError, match="no example's name"):
        chosen("nonsense")


@pytest.mark.parametrize("path", ["./nonsense", "nonsense.zkey", "a/b"])
def test_a_path_that_is_not_there_is_a_bad_file(folder, path):
    with pytest.raises(FileError, match="no such file"):
        chosen(path)


def test_a_circuit_with_nothing_to_prove(folder):
    folder("a.zkey")
    with pytest.raises(UsageError, match="no inputs and no witness"):
        chosen("a.zkey")


def test_inputs_without_a_program_for_them(folder):
    folder("a.zkey", "input.json")
    with pytest.raises(FileError, match=r"no \.wasm"):
        chosen("a.zkey")
