"""The commands that snarkjs has too, as a circom user's script calls them: with default names, and by short names."""

import json
import shutil

import pytest

from tests.support.cli import ROOT, run

pytestmark = [pytest.mark.integration, pytest.mark.kernels, pytest.mark.beside]

FUNDS = ROOT / "resources" / "circuits" / "funds-above-threshold"


@pytest.fixture
def work(tmp_path):
    """A folder as a script finds it: circuit.r1cs, circuit.sym, circuit.wasm, input.json."""
    for name in ("circuit.r1cs", "circuit.sym", "circuit.wasm", "input.json"):
        shutil.copy(FUNDS / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def keyed(work):
    assert run("groth16", "setup", "--development", "circuit.r1cs", "circuit_final.zkey", cwd=work).code == 0
    return work


def test_a_whole_script_runs_on_default_names(keyed):
    for words in (["wc"], ["wchk"], ["g16p"], ["zkev"], ["zkey", "export", "verificationkey", "circuit_final.zkey"]):
        done = run(*words, cwd=keyed)
        assert done.code == 0, done.err
    shutil.move(keyed / "circuit_vk.json", keyed / "verification_key.json")
    assert run("g16v", cwd=keyed).out == "OK: The proof is valid for these public signals.\n"
    assert run("g16f", "-v", cwd=keyed).code == 0
    assert run("verify", cwd=keyed).code == 0
    made = {"witness.wtns", "proof.json", "public.json", "verification_key.json", "circuit_final.zkey"}
    given = {"circuit.r1cs", "circuit.sym", "circuit.wasm", "input.json"}
    assert {path.name for path in keyed.iterdir()} == made | given


def test_a_whole_script_runs_with_every_name_given(work):
    steps = [
        "groth16 setup --development circuit.r1cs a.zkey",
        "wtns calculate circuit.wasm input.json a.wtns",
        "wtns check circuit.r1cs a.wtns",
        "groth16 prove a.zkey a.wtns new/proof.json new/public.json --r1cs circuit.r1cs --sym circuit.sym",
        "zkey export verificationkey a.zkey new/vk.json",
        "groth16 verify new/vk.json new/public.json new/proof.json",
        "groth16 fullprove input.json circuit.wasm a.zkey b.json c.json",
        "groth16 verify new/vk.json c.json b.json",
    ]
    for step in steps:
        done = run(*step.split(), "--json", cwd=work)
        assert done.code == 0, f"{step}: {done.err}"
        assert done.data["schema"].startswith("urn:zkcompanion:schema:")
    assert (work / "new" / "public.json").read_bytes() == (work / "c.json").read_bytes()


def test_a_development_key_is_labelled_wherever_it_is_met(keyed):
    made = run("groth16", "setup", "--development", "--json", cwd=keyed).data
    assert (made["file"], made["key"]) == ("circuit_development.zkey", "development")
    assert made["domain_power"] == run("ri", "--json", cwd=keyed).data["domain_power"]
    assert run("g16f", "--json", cwd=keyed).data["key"] == "development"
    assert run("zkev", "--json", cwd=keyed).data["key"] == "development"
    assert "development" in run("zkev", cwd=keyed).out
    assert b"zkcompanion development key" in (keyed / "circuit_development.zkey").read_bytes()


def test_a_proof_for_other_signals_is_refused_with_one(keyed):
    for words in (["g16f"], ["zkev"]):
        assert run(*words, cwd=keyed).code == 0
    public = json.loads((keyed / "public.json").read_text())
    (keyed / "public.json").write_text(json.dumps([public[1], public[0]]))
    done = run("g16v", "circuit_vk.json", "--json", cwd=keyed)
    assert done.code == 1
    assert (done.data["verified"], done.data["reason"]) == (False, "pairing")
    assert run("g16v", "circuit_vk.json", cwd=keyed).out.startswith("REFUSED: ")


def test_a_witness_that_breaks_a_constraint_is_named_by_check_and_by_prove(keyed):
    assert run("wc", cwd=keyed).code == 0
    data = bytearray((keyed / "witness.wtns").read_bytes())
    data[-32] ^= 1
    (keyed / "witness.wtns").write_bytes(data)
    found = run("wtns", "check", "--json", cwd=keyed)
    assert found.code == 1
    assert found.data["satisfied"] is False
    assert found.data["message"].startswith("Constraint ")
    assert "main." in found.data["message"]
    proved = run("g16p", "--r1cs", "circuit.r1cs", "--sym", "circuit.sym", "--json", cwd=keyed)
    assert (proved.code, proved.data["message"]) == (1, found.data["message"])
    blind = run("g16p", "--json", cwd=keyed)
    assert (blind.code, blind.data["code"]) == (1, "unsatisfied-witness")
    assert not (keyed / "proof.json").exists()


def test_a_witness_from_standard_input(keyed):
    assert run("wc", cwd=keyed).code == 0
    stdin = (keyed / "witness.wtns").read_bytes()
    assert run("wchk", "circuit.r1cs", "-", cwd=keyed, stdin=stdin).code == 0
    assert run("g16p", "circuit_final.zkey", "-", "--repeat", "2", cwd=keyed, stdin=stdin).code == 0


def test_a_witness_is_for_its_owner_only(work):
    assert run("wc", cwd=work).code == 0
    assert (work / "witness.wtns").stat().st_mode & 0o777 == 0o600


def test_wrong_inputs_name_the_signal_and_no_value(work):
    inputs = json.loads((work / "input.json").read_text())
    secret = inputs.pop("balance")
    (work / "input.json").write_text(json.dumps({**inputs, "balnce": secret}))
    done = run("wc", "--json", cwd=work)
    assert (done.code, done.data["code"]) == (2, "input")
    assert "balnce" in done.data["message"]
    assert secret not in done.out + done.err


def test_a_number_beyond_the_field_is_reduced_as_in_snarkjs_and_warned_of(work):
    inputs = json.loads((work / "input.json").read_text())
    modulus = 21888242871839275222246405745257275088548364400416034343698204186575808495617
    (work / "input.json").write_text(json.dumps({**inputs, "salt": str(int(inputs["salt"]) + modulus)}))
    done = run("wc", "--json", cwd=work)
    assert done.code == 0
    assert "salt" in done.data["warnings"][0]


@pytest.mark.parametrize(
    ("words", "kind"),
    [(["file", "info", "circuit.r1cs"], "r1cs"), (["fi", "input.json"], "json"), (["FI", "circuit.wasm"], "wasm")],
)
def test_files_say_what_they_are(work, words, kind):
    assert run(*words, "--json", cwd=work).data["type"] == kind
    assert run(*words, cwd=work).code == 0


def test_a_key_says_its_sections(keyed):
    data = run("fi", "circuit_final.zkey", "--json", cwd=keyed).data
    assert (data["scheme"], data["curve"]) == ("groth16", "bn254")
    assert {section["number"] for section in data["sections"]} == set(range(1, 11))
    assert "points H" in run("fi", "circuit_final.zkey", cwd=keyed).out


def test_the_size_of_a_circuit(work):
    data = run("r1cs", "info", "--json", cwd=work).data
    assert (data["private_inputs"], data["public_inputs"], data["outputs"]) == (2, 2, 0)
    assert "Constraints:" in run("info", cwd=work).out


def test_examples_and_version_are_objects_too(tmp_path):
    listed = run("examples", "--json", cwd=tmp_path).data["examples"]
    assert [example["id"] for example in listed] == [
        "age-over-18",
        "anonymous-vote",
        "funds-above-threshold",
        "merkle-membership",
        "sha256-preimage",
        "sudoku",
    ]
    assert run("--version", "--json", cwd=tmp_path).data["name"] == "zkcompanion"
    assert run("self-test", "--json", cwd=tmp_path).data["passed"] is True


@pytest.mark.external
def test_a_key_and_witness_of_rapidsnark_give_a_proof_that_its_own_key_verifies(external_vectors, tmp_path):
    files = external_vectors / "rapidsnark"
    assert run("g16p", files / "circuit_final.zkey", files / "witness.wtns", cwd=tmp_path).code == 0
    assert run("g16v", files / "verification_key.json", cwd=tmp_path).code == 0
    assert run("zkev", files / "circuit_final.zkey", cwd=tmp_path).code == 0
    theirs = json.loads((files / "verification_key.json").read_text())
    assert json.loads((tmp_path / "circuit_vk.json").read_text()) == theirs


@pytest.mark.external
@pytest.mark.parametrize(
    ("folder", "file", "scheme"),
    [
        ("plonk_circuit", "circuit.zkey", "plonk"),
        ("fflonk", "circuit.zkey", "fflonk"),
        ("circuit2", "circuit.zkey", "plonk"),
    ],
)
def test_keys_of_other_schemes_are_refused_by_name(external_vectors, tmp_path, folder, file, scheme):
    key = external_vectors / "snarkjs" / folder / file
    done = run("g16p", key, external_vectors / "snarkjs" / folder / "witness.wtns", "--json", cwd=tmp_path)
    assert (done.code, done.data["code"]) == (3, "unsupported-file")
    assert scheme in done.data["message"]
    assert run("fi", key, "--json", cwd=tmp_path).data["scheme"] == scheme
