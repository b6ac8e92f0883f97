"""`zkcompanion prove` and the Python interface, on the bundled examples and on circuits in folders."""

import json
import re

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.circuits import random_circuit
from tests.support.cli import ROOT, home_with_kernels, run

pytestmark = [pytest.mark.integration, pytest.mark.kernels, pytest.mark.beside]

EXAMPLES = ("funds-above-threshold", "sha256-preimage", "age-over-18", "merkle-membership", "sudoku", "anonymous-vote")
FUNDS = ROOT / "resources" / "circuits" / "funds-above-threshold"


@pytest.fixture(scope="module", autouse=True)
def compiled(tmp_path_factory):
    """Kernels are compiled once, outside of every clock."""
    assert run("self-test", cwd=tmp_path_factory.mktemp("warm")).code == 0


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit", circuit=random_circuit(3, 20, n_public=2))


@pytest.fixture
def new_home(tmp_path):
    return home_with_kernels(tmp_path / "home")


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_proved_key_included_and_anyone_can_check_it(example, tmp_path, new_home):
    done = run("prove", example, "--json", cwd=tmp_path, ZKCOMPANION_HOME=str(new_home))
    assert done.code == 0, done.err
    data = done.data
    assert (data["circuit"], data["verified"], data["key"]) == (example, True, "development")
    assert data["witness_checked"] is True
    assert data["setup_seconds"] > 0
    parts = (data["startup_seconds"], data["load_seconds"], data["setup_seconds"], data["proofs"][0]["seconds"])
    assert sum(parts) < 5
    files = data["files"]
    verdict = run("g16v", files["verification_key"], files["public"], files["proof"], "--json", cwd=tmp_path)
    assert verdict.code == 0
    assert verdict.data["verified"] is True


def test_an_examples_key_is_made_once_private_and_labelled(tmp_path, new_home):
    home = {"ZKCOMPANION_HOME": str(new_home)}
    first = run("prove", EXAMPLES[0], "--json", "--out", "a", cwd=tmp_path, **home)
    again = run("prove", EXAMPLES[0], "--json", "--out", "b", cwd=tmp_path, **home)
    assert first.data["setup_seconds"] > 0
    assert again.data["setup_seconds"] == 0
    (key,) = (new_home / "data" / "keys").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.name.endswith("_development.zkey")
    one, other = tmp_path / "a", tmp_path / "b"
    assert (one / "verification_key.json").read_bytes() == (other / "verification_key.json").read_bytes()
    assert (one / "proof.json").read_bytes() != (other / "proof.json").read_bytes()


def test_the_object_of_a_proof_says_what_the_contract_says(tmp_path):
    data = run(
        "prove", EXAMPLES[0], "--repeat", "3", "--threads", "1", "--kernels", "scalar", "--json", cwd=tmp_path
    ).data
    assert {"proofs", "verified", "kernels", "threads", "key"} <= data.keys()
    assert (data["threads"], data["kernels"], len(data["proofs"])) == (1, "scalar", 3)
    for proof in data["proofs"]:
        assert proof["verified"] is True
        assert 0.5 * proof["seconds"] < sum(proof["phases"].values()) <= proof["seconds"]
        assert {"witness", "check", "sum-h", "assemble", "verify"} <= proof["phases"].keys()
        assert proof["peak_rss_bytes"] > 10 << 20
        assert "profile" not in proof
    assert "multiplication_seconds" not in data


@pytest.mark.parametrize("command", [("groth16", "prove", "small.zkey", "small.wtns"), ("prove", ".")], ids=" ".join)
def test_constant_work_stands_in_the_object_and_on_the_card(command, folder):
    plain, even = (run(*command, *more, "--json", cwd=folder.path) for more in ((), ("--constant-work",)))
    assert (plain.data["constant_work"], even.data["constant_work"]) == (False, True)
    assert even.data["proofs"][0]["phases"].keys() == plain.data["proofs"][0]["phases"].keys()
    assert even.err == ""
    assert "the same for every witness of this circuit" in run(*command, "--constant-work", cwd=folder.path).out


def test_a_profile_stands_in_the_object_and_in_a_table_for_people(folder, tmp_path):
    words = ("groth16", "prove", folder.zkey, folder.witness, "p.json", "s.json", "--profile", "--kernels", "scalar")
    data = run(*words, "--json", cwd=tmp_path).data
    (proof,) = data["proofs"]
    assert proof["profile"]["phases"].keys() == proof["phases"].keys()
    assert proof["profile"]["phases"]["sum-b2"]["field_multiplications"] > 1000
    assert 1e-10 < data["multiplication_seconds"] < 1e-6
    shown = run(*words, cwd=tmp_path)
    assert "profile" not in shown.out
    table = [line.split() for line in shown.err.splitlines()]
    assert ["phase", "time", "multiplications", "of", "the", "limit", "memory"] in table
    assert next(row for row in table if row[0] == "verify")[-4:-2] == ["-", "-"]
    assert next(row for row in table if row[0] == "sum-h")[-3] == "%"
    assert next(row for row in table if row[0] == "sum-h")[-1] == "MiB"


def test_a_profile_says_what_holds_how_much_memory(folder, tmp_path):
    words = (
        "groth16",
        "prove",
        folder.zkey,
        folder.witness,
        "p.json",
        "s.json",
        "--kernels",
        "scalar",
        "--repeat",
        "3",
    )
    data = run(*words, "--profile", "--json", "--buffer-pool", "8M", cwd=tmp_path).data
    accounts = data["accounts"]
    assert accounts["buffers"]["limit_bytes"] == 8 << 20
    assert accounts["components"]["base"] > 10 << 20
    assert accounts["components"]["kernels"] > 10_000
    assert accounts["components"]["circuits"] > 0
    assert len(accounts["garbage_collection"]["collections"]) == 3
    assert 0 <= accounts["garbage_collection"]["share"] < 0.01, "the floor of P24"
    for proof in data["proofs"]:
        for part in proof["profile"]["phases"].values():
            assert 10 << 20 < part["end_rss_bytes"] <= part["peak_rss_bytes"] <= proof["peak_rss_bytes"]
    shown = run(*words, "--profile", "--buffer-pool", "0", cwd=tmp_path).err
    assert "Where the memory is: " in shown
    assert "Collecting garbage took " in shown
    assert "accounts" not in run(*words, "--json", cwd=tmp_path).data


def test_two_threads_are_said_to_be_two(tmp_path):
    assert run("prove", EXAMPLES[0], "--threads", "2", "--json", cwd=tmp_path).data["threads"] == 2


def test_for_people_the_result_is_sentences_and_the_hint_is_no_part_of_it(tmp_path):
    done = run("prove", EXAMPLES[0], cwd=tmp_path)
    assert done.out.startswith("funds-above-threshold: the proof is made and verified.\n")
    assert "development" in done.out
    assert done.err.startswith("Anyone can check it: zkcompanion groth16 verify ")
    assert run("prove", EXAMPLES[0], "--quiet", cwd=tmp_path).err == ""


def test_inputs_of_ones_own_from_a_file_and_from_standard_input(tmp_path):
    inputs = json.loads((FUNDS / "input.json").read_text())
    inputs["threshold"] = "184250"
    (tmp_path / "mine.json").write_text(json.dumps(inputs))
    data = run("prove", EXAMPLES[0], "--input", "mine.json", "--json", cwd=tmp_path).data
    public = json.loads((tmp_path / data["files"]["public"]).read_text())
    assert public == [inputs["commitment"], "184250"]
    stdin = (tmp_path / "mine.json").read_bytes()
    done = run("prove", EXAMPLES[0], "--input", "-", "--repeat", "1", "--out", "b", "--json", cwd=tmp_path, stdin=stdin)
    assert done.code == 0
    assert (tmp_path / "b" / "public.json").read_bytes() == (tmp_path / data["files"]["public"]).read_bytes()


def test_inputs_that_the_circuit_refuses_end_with_its_template_and_line(tmp_path):
    inputs = json.loads((FUNDS / "input.json").read_text())
    inputs["threshold"] = "184251"
    done = run("prove", EXAMPLES[0], "--input", "-", "--json", cwd=tmp_path, stdin=json.dumps(inputs).encode())
    assert done.code == 1
    assert done.data["code"] == "unsatisfied-witness"
    assert re.search(r"in template \w+, line \d+", done.data["message"])
    assert "184250" not in done.out + done.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_a_key_and_a_witness_is_a_circuit(folder, tmp_path):
    data = run("prove", folder.path, "--json", "--out", tmp_path / "out", cwd=tmp_path).data
    assert (data["circuit"], data["key"], data["witness_checked"], data["constraints"]) == ("small", "ok", True, 20)


def test_a_key_with_what_lies_beside_it_is_a_circuit(folder, tmp_path):
    folder.r1cs.unlink()
    data = run("prove", folder.zkey, "--json", "--out", tmp_path / "out", cwd=tmp_path).data
    assert (data["witness_checked"], data["constraints"]) == (False, 20)


def test_files_that_lie_elsewhere_are_named(folder, tmp_path):
    for name, path in (("w", folder.witness), ("c", folder.r1cs)):
        (tmp_path / name).mkdir()
        path.rename(tmp_path / name / path.name)
    words = ("--witness", "w/small.wtns", "--r1cs", "c/small.r1cs")
    assert run("prove", folder.zkey, *words, "--json", cwd=tmp_path).data["witness_checked"] is True
    assert run("prove", "c", "--zkey", folder.zkey, "--witness", "w/small.wtns", "--json", cwd=tmp_path).code == 0


def test_python_integers_alone_make_the_same_kind_of_proof(folder, tmp_path):
    done = run("prove", folder.path, "--kernels", "reference", "--json", "--out", tmp_path / "out", cwd=tmp_path)
    assert (done.data["kernels"], done.data["threads"]) == ("reference", 1)
    assert run("verify", "verification_key.json", cwd=tmp_path / "out").code == 0


def test_under_an_insecure_key_prove_warns_and_verify_refuses(tmp_path):
    folder = make_folder(tmp_path / "circuit", delta=1)
    done = run("prove", folder.path, "--json", "--quiet", "--out", "out", cwd=tmp_path)
    assert done.code == 0
    assert done.data["key"] == "insecure"
    assert len(done.data["warnings"]) == 1
    assert done.err.startswith("warning: ")
    verdict = run("verify", "--json", cwd=tmp_path / "out")
    assert verdict.code == 1
    assert (verdict.data["verified"], verdict.data["key"]) == (False, "insecure")
    assert verdict.data["reason"] == "delta-equals-gamma"
    assert run("verify", "--allow-insecure-key", cwd=tmp_path / "out").code == 0


def test_what_is_no_circuit_is_said_in_one_sentence(tmp_path):
    done = run("prove", "nonsense", cwd=tmp_path)
    assert done.code == 2
    assert done.err == (
        "error: What was asked for does not fit together\n"
        "  nonsense is no example's name, and there is no such file or folder.\n"
        "hint: Examples: age-over-18, anonymous-vote, funds-above-threshold, merkle-membership, sha256-preimage, "
        "sudoku.\n"
    )
    assert done.out == ""


def test_a_circuit_without_inputs_and_one_without_a_program_for_them_say_so(folder, tmp_path):
    folder.witness.unlink()
    assert run("prove", folder.path, cwd=tmp_path).code == 2
    (folder.path / "input.json").write_text("{}")
    done = run("prove", folder.path, "--json", cwd=tmp_path)
    assert done.code == 3
    assert "--wasm" in done.data["hint"]
    assert run("prove", folder.path, "--input", "a", "--witness", "b", cwd=tmp_path).code == 2


def test_a_folder_as_circom_leaves_it_gets_a_development_key(tmp_path):
    circuit = tmp_path / "funds"
    (circuit / "funds_js").mkdir(parents=True)
    for name, target in (("r1cs", "funds.r1cs"), ("sym", "funds.sym"), ("wasm", "funds_js/funds.wasm")):
        (circuit / target).write_bytes((FUNDS / f"circuit.{name}").read_bytes())
    (circuit / "input.json").write_bytes((FUNDS / "input.json").read_bytes())
    data = run("prove", "funds", "--json", cwd=tmp_path).data
    assert (data["circuit"], data["key"]) == ("funds", "development")
    written = {path.name for path in (tmp_path / "funds_proof").iterdir()}
    assert written == {"proof.json", "public.json", "verification_key.json"}


def test_the_python_interface_does_the_same(tmp_path, monkeypatch):
    import zkcompanion

    monkeypatch.chdir(tmp_path)
    made = zkcompanion.prove(EXAMPLES[0], out="out", repeat=2)
    assert (made.verified, len(made.proofs), made.key.state) == (True, 2, "development")
    verdict = zkcompanion.verify("out/verification_key.json", "out/public.json", "out/proof.json")
    assert verdict.verified
    kept = zkcompanion.prove(EXAMPLES[0])
    assert kept.files == {}
    assert json.loads(kept.public_json) == [str(value) for value in kept.public_signals]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
