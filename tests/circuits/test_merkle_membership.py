"""The circuit says what it claims, and no witness that cheats satisfies it."""

import pytest

from tests.support.bent import broken, flat, follow, impossible, only, with_all
from tests.support.bundled_circuits import bundled
from tests.support.determined import determined
from tests.support.merkle_trees import merkle_path, node
from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.reference.poseidon import poseidon
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import inputs_from, read_inputs

R = FR.modulus
DEPTH = 20
SECRETS = [0, 1, R - 1, 2**253, *(7**80 + 11 * i for i in range(5))]
LEAVES = [poseidon([secret]) for secret in SECRETS]


@pytest.fixture(scope="module")
def circuit():
    return bundled("merkle-membership")


def values(member=5, position=None, leaves=LEAVES):
    root, elements, indices = merkle_path(leaves, member if position is None else position, DEPTH)
    return {"secret": SECRETS[member], "path_elements": elements, "path_indices": indices, "root": root}


def witness_of(circuit, given):
    return circuit.calculator.calculate(inputs_from(given, file="input.json"))


def refused(circuit, given):
    """No witness from the calculator, and none at all."""
    with pytest.raises(UnsatisfiedWitnessError):
        witness_of(circuit, given)
    assert impossible(circuit, flat(given))
    return True


def rejected(circuit, witness):
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        check_witness(circuit.r1cs, to_limbs(witness), circuit.names)
    return str(caught.value)


@pytest.fixture(scope="module")
def honest(circuit):
    return follow(circuit, flat(values()))


@pytest.mark.parametrize("member", range(len(SECRETS)))
def test_every_member_can_prove_it_for_the_same_root(circuit, member):
    given = values(member)
    witness = witness_of(circuit, given)
    check_witness(circuit.r1cs, witness)
    assert from_limbs(witness)[1] == given["root"] == values(0)["root"]


@pytest.mark.parametrize("position", [0, 1, 2**19, 2**20 - 1, 0b10110011100011110000])
def test_a_leaf_may_stand_anywhere(circuit, position):
    leaf, path = poseidon([3]), list(range(1, 1 + DEPTH))
    bits = [position >> i & 1 for i in range(DEPTH)]
    above = leaf
    for beside, bit in zip(path, bits, strict=True):
        above = node(beside, above) if bit else node(above, beside)
    check_witness(
        circuit.r1cs,
        witness_of(circuit, {"secret": 3, "path_elements": path, "path_indices": bits, "root": above}),
    )


def test_who_is_no_member_has_no_path(circuit):
    assert refused(circuit, values() | {"secret": 123456})
    assert refused(circuit, values(5) | {"secret": SECRETS[6]})


@pytest.mark.parametrize("level", [0, 1, 10, 19])
def test_a_wrong_path_element_or_index_is_refused(circuit, level):
    given = values()
    elements, indices = list(given["path_elements"]), list(given["path_indices"])
    elements[level] += 1
    assert refused(circuit, given | {"path_elements": elements})
    indices[level] = 1 - indices[level]
    assert refused(circuit, given | {"path_indices": indices})


@pytest.mark.parametrize("index", [2, R - 1, 2**64, pow(2, -1, R)])
def test_an_index_is_a_bit(circuit, index):
    for level in (0, 7, 19):
        indices = list(values()["path_indices"])
        indices[level] = index
        with pytest.raises(UnsatisfiedWitnessError, match="template MerkleRoot"):
            witness_of(circuit, values() | {"path_indices": indices})


def test_another_root_is_refused(circuit):
    for root in (0, values()["root"] + 1, LEAVES[5]):
        with pytest.raises(UnsatisfiedWitnessError, match="template MerkleMembership"):
            witness_of(circuit, values() | {"root": root})


def test_a_shorter_path_through_a_node_is_none(circuit):
    # a node of the tree as if it were a leaf: its "secret" would have to be its children
    given = values(4)
    above = node(LEAVES[4], LEAVES[5])
    shifted = [*given["path_elements"][1:], 0]
    for secret in (above, LEAVES[4], LEAVES[5]):
        assert refused(circuit, given | {"secret": secret, "path_elements": shifted})


def test_the_inputs_determine_every_wire(circuit, honest):
    given = {circuit.wires[name]: value for name, value in flat(values()).items() if name != "main.root"}
    assert determined(circuit.r1cs, given) == dict(enumerate(honest))
    assert honest == from_limbs(witness_of(circuit, values()))


# -- cheats: all constraints are followed but the one that is the last line of defence


def test_an_index_between_the_children_would_let_anyone_in(circuit):
    # left + right stays whatever the index is: with an element and an index that are no node and no bit, a stranger's
    # leaf gives the two children of a true node, and all that is above is a member's own path
    left, right = LEAVES[4], LEAVES[5]
    given = values(4)
    stranger = poseidon([123456])
    element = (left + right - stranger) % R
    index = (left - stranger) * pow(element - stranger, -1, R) % R
    cheat = given | {
        "secret": 123456,
        "path_elements": [element, *given["path_elements"][1:]],
        "path_indices": [index, *given["path_indices"][1:]],
    }
    witness = follow(circuit, flat(cheat), only(circuit, "main.path_indices[0]"))
    assert broken(circuit, witness) == [frozenset([circuit.wires["main.path_indices[0]"]])]
    assert "main.path_indices[0]" in rejected(circuit, witness)


def test_a_strangers_path_ends_at_another_root(circuit):
    witness = follow(circuit, flat(values() | {"secret": 123456}), with_all(circuit, "main.root"))
    [wires] = broken(circuit, witness)
    assert circuit.wires["main.root"] in wires
    assert "main.root" in rejected(circuit, witness)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("level", [0, 12, 19])
def test_the_children_of_a_node_are_the_path_and_what_stands_beside_it(circuit, honest, level, side):
    witness = list(honest)
    witness[circuit.wires[f"main.path.node[{level}].in[{side}]"]] += 1
    assert f"main.path.node[{level}].in[{side}]" in rejected(circuit, witness)


@pytest.mark.parametrize("step", ["square[1]", "fourth[40]", "fifth[80]", "written[3][1]", "written[6][0]"])
def test_no_step_of_a_hash_can_be_bent(circuit, honest, step):
    for level in (0, 11, 19):
        witness = list(honest)
        name = f"main.path.node[{level}].{step}"
        witness[circuit.wires[name]] = (witness[circuit.wires[name]] + 1) % R
        assert f"main.path.node[{level}]." in rejected(circuit, witness)


def test_another_secret_or_root_in_a_finished_witness_is_refused(circuit, honest):
    for name in ("main.secret", "main.root"):
        witness = list(honest)
        witness[circuit.wires[name]] += 1
        assert name in rejected(circuit, witness)


def test_the_bundled_input_is_consistent(circuit):
    found = {name: from_limbs(numbers) for name, numbers in read_inputs(circuit.example.input_path).signals.items()}
    above = poseidon(found["secret"])
    for beside, bit in zip(found["path_elements"], found["path_indices"], strict=True):
        above = node(beside, above) if bit else node(above, beside)
    assert found["root"] == [above]


def test_it_is_small(circuit):
    assert circuit.r1cs.n_constraints <= 5500
    assert circuit.r1cs.n_public == 1
