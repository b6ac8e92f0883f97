from pathlib import Path

import pytest

from zkcompanion.app.circuit_files import CircuitFiles, circuit_name, find_circuit
from zkcompanion.base.errors import FileError, UsageError


@pytest.fixture
def folder(tmp_path):
    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("circuit_final.zkey", "circuit"),
        ("circuit_0001.zkey", "circuit"),
        ("age.zkey", "age"),
        ("age_development.zkey", "age"),
        ("sha256.zkey", "sha256"),
        ("final.zkey", "final"),
    ],
)
def test_a_circuits_name_is_that_of_its_key_without_the_usual_endings(key, name):
    assert circuit_name(Path(key)) == name


def test_a_folder_as_circom_leaves_it_is_a_circuit(folder):
    root = folder(
        "age.r1cs", "age.sym", "age_js/age.wasm", "age_js/witness_calculator.js", "age_final.zkey", "input.json"
    )
    found = find_circuit(root)
    assert found.name == "age"
    assert found.zkey == root / "age_final.zkey"
    assert found.r1cs == root / "age.r1cs"
    assert found.wasm == root / "age_js" / "age.wasm"
    assert found.sym == root / "age.sym"
    assert found.input == root / "input.json"
    assert found.witness is None


def test_a_circuit_called_circuit_is_shown_by_its_folders_name(folder):
    root = folder("circuit.zkey", "witness.wtns")
    assert find_circuit(root).name == root.name
    assert find_circuit(root).witness == root / "witness.wtns"


def test_a_key_is_found_with_what_lies_beside_it(folder):
    root = folder("a.zkey", "a.wtns", "a.r1cs", "b.zkey", "b.wtns", "b_js/b.wasm")
    found = find_circuit(root / "b.zkey")
    assert (found.zkey, found.witness, found.wasm, found.r1cs) == (
        root / "b.zkey",
        root / "b.wtns",
        root / "b_js" / "b.wasm",
        root / "a.r1cs",  # the only one there; wires are counted when it is read
    )


def test_the_key_that_was_named_is_taken_even_where_others_are_newer(folder):
    root = folder("a_0001.zkey", "a_final.zkey")
    assert find_circuit(root / "a_0001.zkey").zkey == root / "a_0001.zkey"


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("a.r1cs", "a_0000.zkey", "a_0001.zkey", "a_final.zkey"), "a_final.zkey"),
        (("a.r1cs", "a.zkey", "a_0000.zkey"), "a.zkey"),
        (("a.r1cs", "a_0003.zkey"), "a_0003.zkey"),
        (("a.r1cs",), None),
    ],
)
def test_of_several_keys_the_final_one_counts(folder, names, key):
    root = folder(*names)
    assert find_circuit(root).zkey == (None if key is None else root / key)
    assert find_circuit(root / "a.r1cs").zkey == (None if key is None else root / key)


def test_a_file_that_is_named_like_circoms_folder_is_none(folder):
    root = folder("a.zkey", "notes_js", "a.wasm")
    assert find_circuit(root).wasm == root / "a.wasm"


def test_several_keys_without_a_final_one_are_a_question(folder):
    root = folder("a_0000.zkey", "a_0001.zkey")
    with pytest.raises(UsageError, match=r"a_0000\.zkey, a_0001\.zkey"):
        find_circuit(root)


def test_several_circuits_in_a_folder_are_a_question(folder):
    root = folder(*(f"c{i}.zkey" for i in range(7)))
    with pytest.raises(UsageError, match=r"holds several: .*, \.\.\."):
        find_circuit(root)


def test_of_several_witnesses_that_belong_to_nobody_none_is_taken(folder):
    root = folder("a.zkey", "x.wtns", "y.wtns")
    assert find_circuit(root).witness is None


def test_an_empty_folder_is_no_circuit(folder):
    with pytest.raises(UsageError, match="holds no circuit"):
        find_circuit(folder())


def test_a_source_has_to_be_compiled_first(folder):
    root = folder("age.circom")
    with pytest.raises(UsageError) as caught:
        find_circuit(root / "age.circom")
    assert "circom" in str(caught.value.hint)


def test_other_files_are_no_circuit(folder):
    root = folder("notes.txt")
    with pytest.raises(UsageError, match="no circuit that can be proved"):
        find_circuit(root / "notes.txt")


def test_what_is_not_there_is_a_bad_file(tmp_path):
    with pytest.raises(FileError, match="no such file or folder"):
        find_circuit(tmp_path / "missing.zkey")


def test_a_folder_that_cannot_be_read_is_a_bad_file(folder, monkeypatch):
    root = folder("a.zkey")

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FileError, match="cannot be read: Permission denied"):
        find_circuit(root)


def test_the_size_of_a_circuit_is_that_of_key_and_constraints(tmp_path):
    for name, size in (("a.zkey", 5), ("a.r1cs", 7), ("a.wasm", 11)):
        (tmp_path / name).write_bytes(bytes(size))
    assert find_circuit(tmp_path).size_bytes == 12
    assert CircuitFiles("a").size_bytes == 0
    assert CircuitFiles("a", zkey=tmp_path / "gone", r1cs=tmp_path / "a.r1cs").size_bytes == 7
