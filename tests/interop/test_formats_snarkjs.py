"""What snarkjs 0.7.6 and circom2 write we read and write again byte for byte, and what we write they read."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from zkcompanion.base.errors import UnsupportedFileError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.formats.binfile import Layout
from zkcompanion.proving.formats.identify import FileType, identify_file
from zkcompanion.proving.formats.proofjson import (
    proof_to_json,
    public_to_json,
    read_proof,
    read_public,
    verification_key_and_pairing_from_json,
    verification_key_to_json,
)
from zkcompanion.proving.formats.ptau import read_ptau
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows, read_r1cs, write_r1cs
from zkcompanion.proving.formats.sym import read_sym, require_names_fit, write_sym
from zkcompanion.proving.formats.wtns import read_wtns, read_wtns_with_layout, require_witness_length, write_wtns
from zkcompanion.proving.formats.zkey import CONTRIBUTED_LAYOUT, SETUP_LAYOUT, read_zkey, write_zkey
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g1_from_limbs, g2_from_limbs
from zkcompanion.proving.reference.curve import G1, G2
from zkcompanion.proving.reference.pairing import gt_to_nested, pairing

pytestmark = [pytest.mark.node, pytest.mark.integration, pytest.mark.slow]

NODE_MODULES = Path(__file__).resolve().parent / "node_modules"
BEACON = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
NAME = "Zoë O'Neill"

CIRCUIT = """pragma circom 2.0.0;
template T(n) {
    signal input a; signal input b; signal input c[2]; signal input unused;
    signal output o; signal output o2; signal t[n]; signal same;
    t[0] <== a * b;
    for (var i = 1; i < n; i++) { t[i] <== t[i - 1] * (c[i % 2] - i * b + 3); }
    same <== t[0];
    o <== t[n - 1] + 7 * a;
    o2 <== a * same;
}
component main {public [b]} = T(5);
"""
NOTHING_PUBLIC = """pragma circom 2.0.0;
template T() { signal input a; signal input b; a * b === 12; }
component main = T();
"""
CUSTOM = """pragma circom 2.0.6;
pragma custom_templates;
template custom G() { signal input a; signal output o; o <-- a * a; }
template T() { signal input a; signal output o; component g = G(); g.a <== a; o <== %s; }
component main = T();
"""


class Peers:
    """snarkjs and circom2 in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / name

    def node(self, script: Path, *arguments: str) -> str:
        command = ["node", str(script), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def snarkjs(self, words: str, *arguments: str) -> str:
        output = self.node(NODE_MODULES / "snarkjs" / "build" / "cli.cjs", *words.split(), *arguments)
        assert "ERROR" not in output, output
        return output

    def circom(self, name: str, source: str, *options: str) -> None:
        self.path(f"{name}.circom").write_text(source)
        self.node(NODE_MODULES / "circom2" / "cli.js", f"{name}.circom", "--r1cs", "--sym", "--wasm", *options)


@pytest.fixture(scope="module")
def peers(tmp_path_factory) -> Peers:
    """A ceremony of power 4, and two circuits with key, witness and proof each, all made by the peers."""
    p = Peers(tmp_path_factory.mktemp("peers"))
    p.snarkjs("powersoftau new bn128 4 p0.ptau")
    p.snarkjs("powersoftau contribute p0.ptau p1.ptau -e=entropy", f"--name={NAME}")
    p.snarkjs(f"powersoftau beacon p1.ptau p2.ptau {BEACON} 10", "-n=last")
    p.snarkjs("powersoftau prepare phase2 p2.ptau p3.ptau")
    p.circom("main", CIRCUIT)
    p.circom("none", NOTHING_PUBLIC)
    inputs = {"main": {"a": 3, "b": 11, "c": [5, 6], "unused": 1}, "none": {"a": "3", "b": "4"}}
    for name, values in inputs.items():
        p.path(f"{name}.json").write_text(json.dumps(values))
        p.snarkjs(f"groth16 setup {name}.r1cs p3.ptau {name}0.zkey")
        p.snarkjs(f"zkey contribute {name}0.zkey {name}1.zkey -e=entropy", f"--name={NAME}")
        p.snarkjs(f"zkey beacon {name}1.zkey {name}2.zkey {BEACON} 10", "-n=last")
        p.snarkjs(f"zkey export verificationkey {name}2.zkey {name}_vk.json")
        p.snarkjs(f"wtns calculate {name}_js/{name}.wasm {name}.json {name}.wtns")
        p.snarkjs(f"groth16 prove {name}2.zkey {name}.wtns {name}_proof.json {name}_public.json")
    return p


def test_constraints_are_read_as_snarkjs_exports_them_and_written_the_same(peers):
    for name in ("main", "none"):
        circuit = read_r1cs(peers.path(f"{name}.r1cs"))
        write_r1cs(peers.path("copy.r1cs"), circuit)
        assert peers.path("copy.r1cs").read_bytes() == peers.path(f"{name}.r1cs").read_bytes()
        peers.snarkjs(f"r1cs export json {name}.r1cs {name}_r1cs.json")
        exported = json.loads(peers.path(f"{name}_r1cs.json").read_text())
        assert exported["nVars"] == circuit.n_wires
        assert (exported["nOutputs"], exported["nPubInputs"]) == (circuit.n_outputs, circuit.n_public_inputs)
        assert (exported["nPrvInputs"], exported["nLabels"]) == (circuit.n_private_inputs, circuit.n_labels)
        assert exported["map"] == circuit.wire_to_label.tolist()
        assert exported["constraints"] == rows_of(circuit)


def rows_of(circuit: R1cs) -> list[list[dict[str, str]]]:
    rows = []
    for row in range(circuit.n_constraints):
        rows.append([])
        for matrix in (circuit.a, circuit.b, circuit.c):
            part = slice(matrix.row_ptr[row], matrix.row_ptr[row + 1])
            values = map(str, from_limbs(matrix.value[part]))
            rows[-1].append(dict(zip(map(str, matrix.wire[part].tolist()), values, strict=True)))
    return rows


def test_snarkjs_reads_constraints_and_a_witness_made_here(peers):
    # w1 = w2 * w3, and (w2 - 3) * 1 = 0
    minus_three = FR.modulus - 3
    a = SparseRows(np.array([0, 1, 3]), np.array([2, 0, 2], dtype=np.uint32), to_limbs([1, minus_three, 1]))
    b = SparseRows(np.array([0, 1, 2]), np.array([3, 0], dtype=np.uint32), to_limbs([1, 1]))
    c = SparseRows(np.array([0, 1, 1]), np.array([1], dtype=np.uint32), to_limbs([1]))
    circuit = R1cs(4, 1, 1, 1, 4, a, b, c, np.arange(4, dtype=np.uint64))
    write_r1cs(peers.path("made.r1cs"), circuit)
    write_wtns(peers.path("made.wtns"), to_limbs([1, 21, 3, 7]))
    assert "# of Constraints: 2" in peers.snarkjs("r1cs info made.r1cs")
    assert "WITNESS IS CORRECT" in peers.snarkjs("wtns check made.r1cs made.wtns")
    peers.snarkjs("r1cs export json made.r1cs made.json")
    assert json.loads(peers.path("made.json").read_text())["constraints"] == rows_of(circuit)
    peers.snarkjs("wtns export json made.wtns made_wtns.json")
    assert json.loads(peers.path("made_wtns.json").read_text()) == ["1", "21", "3", "7"]
    # and a key for it
    peers.snarkjs("groth16 setup made.r1cs p3.ptau made.zkey")
    with read_zkey(peers.path("made.zkey")) as key:
        assert (key.n_vars, key.n_public, key.domain_size) == (4, 2, 8)
        assert len(key.coefficients) == 3 + 2 + 3


def test_a_witness_is_read_as_snarkjs_exports_it_and_written_the_same(peers):
    for name in ("main", "none"):
        values, layout = read_wtns_with_layout(peers.path(f"{name}.wtns"))
        write_wtns(peers.path("copy.wtns"), values, layout=layout)
        assert peers.path("copy.wtns").read_bytes() == peers.path(f"{name}.wtns").read_bytes()
        peers.snarkjs(f"wtns export json {name}.wtns {name}_wtns.json")
        assert json.loads(peers.path(f"{name}_wtns.json").read_text()) == [str(v) for v in from_limbs(values)]
        with read_zkey(peers.path(f"{name}2.zkey")) as key:
            require_witness_length(values, key.n_vars, file="")


def test_names_belong_to_their_circuit_and_are_written_the_same(peers):
    names = read_sym(peers.path("main.sym"))
    circuit = read_r1cs(peers.path("main.r1cs"))
    require_names_fit(names, circuit.n_labels, file="main.sym")
    assert names.names(1) == ("main.o",)
    # a signal equal to another has no wire of its own, and one that is not used has none at all
    assert {"main.same", "main.unused"} <= set(names.names(-1))
    write_sym(peers.path("copy.sym"), names.lines())
    assert peers.path("copy.sym").read_bytes() == peers.path("main.sym").read_bytes()


@pytest.mark.parametrize("name", ["main0", "main1", "main2", "none0", "none2"])
def test_keys_are_written_the_same(peers, name):
    with read_zkey(peers.path(f"{name}.zkey")) as key:
        write_zkey(peers.path("copy.zkey"), key)
        expected = SETUP_LAYOUT if name.endswith("0") else CONTRIBUTED_LAYOUT
        assert key.layout == expected
        notes = [contribution.note for contribution in key.contributions]
    assert peers.path("copy.zkey").read_bytes() == peers.path(f"{name}.zkey").read_bytes()
    assert [note.shown_name for note in notes] == [NAME, "last"][: int(name[-1])]
    if name.endswith("2"):
        assert (notes[1].kind, notes[1].iterations_exp, notes[1].beacon_hash.hex()) == (1, 10, BEACON)


@pytest.mark.parametrize("name", ["main", "none"])
def test_a_verification_key_written_here_is_the_one_that_snarkjs_exports(peers, name):
    data = peers.path(f"{name}_vk.json").read_bytes()
    with read_zkey(peers.path(f"{name}2.zkey")) as zkey:
        key = zkey.verification_key()
    value = gt_to_nested(pairing(key.vk_alpha_1, key.vk_beta_2))
    assert verification_key_to_json(key, value) == data
    found, gt = verification_key_and_pairing_from_json(data, file="")
    assert found == key
    assert verification_key_to_json(found, gt) == data


@pytest.mark.parametrize("name", ["main", "none"])
def test_proofs_and_public_signals_are_written_the_same(peers, name):
    data = peers.path(f"{name}_proof.json").read_bytes()
    proof = read_proof(peers.path(f"{name}_proof.json"))
    assert proof_to_json(proof) == data
    assert G1.is_on_curve(proof.pi_a)
    assert G2.is_on_curve(proof.pi_b)
    public = read_public(peers.path(f"{name}_public.json"))
    assert public_to_json(public) == peers.path(f"{name}_public.json").read_bytes()
    values = from_limbs(read_wtns(peers.path(f"{name}.wtns")))
    assert public == tuple(values[1 : 1 + len(public)])


def test_snarkjs_takes_keys_and_proofs_written_here(peers):
    # the same key with its sections in an order that snarkjs never writes, and one that nobody knows between them
    with read_zkey(peers.path("main2.zkey")) as key:
        order = Layout(1, (10, 7, 99, 5, 6, 9, 8, 3, 4, 2, 1), {99: b"odd"})
        write_zkey(peers.path("turned.zkey"), dataclasses.replace(key, layout=order, source=None))
        vk = key.verification_key()
    peers.path("turned_vk.json").write_bytes(verification_key_to_json(vk))
    assert "ZKey Ok!" in peers.snarkjs("zkey verify main.r1cs p3.ptau turned.zkey")
    peers.snarkjs("groth16 prove turned.zkey main.wtns turned_proof.json turned_public.json")
    proof = read_proof(peers.path("turned_proof.json"))
    public = read_public(peers.path("turned_public.json"))
    peers.path("our_proof.json").write_bytes(proof_to_json(proof))
    peers.path("our_public.json").write_bytes(public_to_json(public))
    assert "OK!" in peers.snarkjs("groth16 verify turned_vk.json our_public.json our_proof.json")


def test_a_ceremony_is_read_in_all_its_stages(peers):
    names = []
    for stage in range(4):
        with read_ptau(peers.path(f"p{stage}.ptau")) as ptau:
            assert (ptau.power, ptau.ceremony_power, ptau.prepared) == (4, 4, stage == 3)
            names.append([contribution.note.shown_name for contribution in ptau.contributions])
            assert g1_from_limbs(ptau.tau_g1)[0] == G1_GENERATOR
            assert g2_from_limbs(ptau.tau_g2)[0] == G2_GENERATOR
            assert len(ptau.tau_g1) == 31
            if ptau.contributions:
                last = ptau.contributions[-1]
                assert last.tau_g1 == g1_from_limbs(ptau.tau_g1)[1]
                assert last.tau_g2 == g2_from_limbs(ptau.tau_g2)[1]
                assert last.alpha_g1 == g1_from_limbs(ptau.alpha_tau_g1)[0]
                assert last.beta_g1 == g1_from_limbs(ptau.beta_tau_g1)[0]
                assert [last.beta_g2] == g2_from_limbs(ptau.beta_g2)
    assert names == [[], [NAME], [NAME, "last"], [NAME, "last"]]


def total(group: G1 | G2, points: list) -> object:
    result = None
    for point in points:
        result = group.add(result, point)
    return result


@pytest.mark.parametrize("power", range(6))
def test_lagrange_points_add_up_to_the_constant(peers, power):
    # the Lagrange polynomials of a domain add up to one
    with read_ptau(peers.path("p3.ptau")) as ptau:
        assert total(G1, g1_from_limbs(ptau.lagrange_g1(power))) == G1_GENERATOR
        if power <= ptau.power:
            assert total(G2, g2_from_limbs(ptau.lagrange_g2(power))) == G2_GENERATOR
            alpha, beta = (g1_from_limbs(array[:1]) for array in (ptau.alpha_tau_g1, ptau.beta_tau_g1))
            assert [total(G1, g1_from_limbs(ptau.lagrange_alpha_g1(power)))] == alpha
            assert [total(G1, g1_from_limbs(ptau.lagrange_beta_g1(power)))] == beta


def test_a_truncated_ceremony_is_read(peers):
    peers.snarkjs("powersoftau truncate p3.ptau")
    with read_ptau(peers.path("p3.ptau")) as whole, read_ptau(peers.path("p3_02.ptau")) as part:
        assert (part.power, part.ceremony_power, part.prepared) == (2, 4, True)
        assert np.array_equal(part.lagrange_g1(3), whole.lagrange_g1(3))
        assert np.array_equal(part.tau_g2, whole.tau_g2[:4])


def test_custom_gates_are_refused_where_they_are_used(peers):
    peers.circom("used", CUSTOM % "g.o")
    with pytest.raises(UnsupportedFileError, match="custom gates"):
        read_r1cs(peers.path("used.r1cs"))
    peers.circom("unused", "\n".join(CUSTOM.splitlines()[:3]) + NOTHING_PUBLIC.split(";", 1)[1])
    circuit = read_r1cs(peers.path("unused.r1cs"))
    assert set(circuit.layout.raw) == {4, 5}
    write_r1cs(peers.path("copy.r1cs"), circuit)
    assert peers.path("copy.r1cs").read_bytes() == peers.path("unused.r1cs").read_bytes()


@pytest.mark.parametrize(
    ("option", "name"),
    [("bls12381", "bls12-381"), ("bls12377", "bls12-377"), ("goldilocks",) * 2, ("grumpkin",) * 2, ("pallas",) * 2,
     ("vesta",) * 2, ("secq256r1",) * 2],
)  # fmt: skip
def test_circuits_over_other_primes_are_refused_by_name(peers, option, name):
    peers.circom("other", NOTHING_PUBLIC, "--prime", option)
    with pytest.raises(UnsupportedFileError, match=f"is for {name};"):
        read_r1cs(peers.path("other.r1cs"))
    assert identify_file(peers.path("other.r1cs")).curve == name


def test_files_of_other_schemes_and_curves_are_refused_by_name(peers):
    peers.snarkjs("plonk setup main.r1cs p3.ptau plonk.zkey")
    with pytest.raises(UnsupportedFileError, match="key for plonk"):
        read_zkey(peers.path("plonk.zkey"))
    assert identify_file(peers.path("plonk.zkey")).scheme == "plonk"
    peers.snarkjs("powersoftau new bls12381 1 bls.ptau")
    with pytest.raises(UnsupportedFileError, match="is for bls12-381"):
        read_ptau(peers.path("bls.ptau"))
    found = identify_file(peers.path("bls.ptau"))
    assert (found.type, found.curve) == (FileType.PTAU, "bls12-381")
