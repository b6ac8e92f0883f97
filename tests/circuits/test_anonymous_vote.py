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
SECRETS = [5**100 + i for i in range(6)]
LEAVES = [poseidon([secret]) for secret in SECRETS]
ELECTION = 20261125


@pytest.fixture(scope="module")
def circuit():
    return bundled("anonymous-vote")


def values(member=2, election=ELECTION, vote=1, leaves=LEAVES):
    root, elements, indices = merkle_path(leaves, leaves.index(LEAVES[member]), DEPTH)
    return {
        "secret": SECRETS[member],
        "path_elements": elements,
        "path_indices": indices,
        "root": root,
        "election": election,
        "nullifier": poseidon([SECRETS[member], election]),
        "vote": vote,
    }


def witness_of(circuit, given):
    return circuit.calculator.calculate(inputs_from(given, file="input.json"))


def public(circuit, given):
    """Root, election, nullifier and vote of a witness that holds."""
    witness = witness_of(circuit, given)
    check_witness(circuit.r1cs, witness)
    return from_limbs(witness)[1:5]


def rejected(circuit, witness):
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        check_witness(circuit.r1cs, to_limbs(witness), circuit.names)
    return str(caught.value)


@pytest.fixture(scope="module")
def honest(circuit):
    return follow(circuit, flat(values()))


@pytest.mark.parametrize("vote", [0, 1])
@pytest.mark.parametrize("member", range(len(SECRETS)))
def test_every_member_can_vote_either_way(circuit, member, vote):
    given = values(member, vote=vote)
    assert public(circuit, given) == [given["root"], ELECTION, given["nullifier"], vote]


def test_both_votes_of_one_member_have_the_same_nullifier(circuit):
    yes, no = public(circuit, values(vote=1)), public(circuit, values(vote=0))
    assert yes[2] == no[2]
    # also where the group has grown in between
    later = public(circuit, values(leaves=[*LEAVES, poseidon([99])]))
    assert later[0] != yes[0]
    assert later[2] == yes[2]


def test_nullifiers_differ_between_elections_and_between_members(circuit):
    found = [public(circuit, values(member, election))[2] for member in range(3) for election in (0, ELECTION, R - 1)]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("vote", [2, 3, R - 1, 2**64, pow(2, -1, R)])
def test_a_vote_is_0_or_1(circuit, honest, vote):
    with pytest.raises(UnsatisfiedWitnessError, match="template AnonymousVote"):
        witness_of(circuit, values() | {"vote": vote})
    witness = list(honest)
    witness[circuit.wires["main.vote"]] = vote
    assert broken(circuit, witness) == [frozenset([circuit.wires["main.vote"]])]
    assert "main.vote" in rejected(circuit, witness)


def test_a_nullifier_of_ones_choice_is_refused(circuit, honest):
    theirs = values(3)["nullifier"]
    for nullifier in (0, theirs, poseidon([SECRETS[2], ELECTION + 1])):
        with pytest.raises(UnsatisfiedWitnessError, match="template AnonymousVote"):
            witness_of(circuit, values() | {"nullifier": nullifier})
        witness = list(honest)
        witness[circuit.wires["main.nullifier"]] = nullifier
        [wires] = broken(circuit, witness)
        assert circuit.wires["main.nullifier"] in wires
        assert "main.nullifier" in rejected(circuit, witness)
    assert impossible(circuit, flat(values() | {"nullifier": theirs}))


def test_a_secret_plus_the_prime_is_the_same_secret(circuit):
    given = values()
    aliased = given | {"secret": given["secret"] + R, "election": given["election"] + R}
    assert public(circuit, aliased) == public(circuit, given)


def test_a_nullifier_plus_the_prime_is_no_witness(circuit, honest):
    witness = list(honest)
    witness[circuit.wires["main.nullifier"]] += R
    with pytest.raises(UnsatisfiedWitnessError, match="not below the field's prime"):
        check_witness(circuit.r1cs, to_limbs(witness), circuit.names)


def test_who_is_no_member_cannot_vote(circuit):
    stranger = values() | {"secret": 42, "nullifier": poseidon([42, ELECTION])}
    with pytest.raises(UnsatisfiedWitnessError, match="template AnonymousVote"):
        witness_of(circuit, stranger)
    witness = follow(circuit, flat(stranger), with_all(circuit, "main.root"))
    assert len(broken(circuit, witness)) == 1
    assert "main.root" in rejected(circuit, witness)


def test_one_secret_cannot_stand_in_the_tree_and_another_in_the_nullifier(circuit, honest):
    # the secret's wire is one and the same: whichever half follows another one, the other half breaks
    theirs = follow(circuit, flat(values() | values(3)))
    for part in ("main.once.", "main.leaf."):
        witness = list(honest)
        for name, wire in circuit.wires.items():
            if name.startswith(part) and name != f"{part}in[0]":
                witness[wire] = theirs[wire]
        assert witness != honest
        assert part in rejected(circuit, witness)


@pytest.mark.parametrize("index", [2, R - 1, pow(2, -1, R)])
def test_an_index_is_a_bit(circuit, index):
    indices = [*values()["path_indices"][:-1], index]
    with pytest.raises(UnsatisfiedWitnessError, match="template MerkleRoot"):
        witness_of(circuit, values() | {"path_indices": indices})


def test_an_index_between_the_children_would_let_anyone_vote(circuit):
    given, stranger = values(2), poseidon([42])
    left, right = LEAVES[2], LEAVES[3]
    element = (left + right - stranger) % R
    index = (left - stranger) * pow(element - stranger, -1, R) % R
    cheat = given | {
        "secret": 42,
        "nullifier": poseidon([42, ELECTION]),
        "path_elements": [element, *given["path_elements"][1:]],
        "path_indices": [index, *given["path_indices"][1:]],
    }
    witness = follow(circuit, flat(cheat), only(circuit, "main.path_indices[0]"))
    assert broken(circuit, witness) == [frozenset([circuit.wires["main.path_indices[0]"]])]
    assert "main.path_indices[0]" in rejected(circuit, witness)


@pytest.mark.parametrize("name", ["root", "election", "nullifier", "vote"])
def test_every_public_signal_is_tied_to_the_proof(circuit, honest, name):
    witness = list(honest)
    wire = circuit.wires[f"main.{name}"]
    # for the vote there is another value that holds: the other vote is another witness, and another proof
    witness[wire] = 7 if name == "vote" else witness[wire] + 1
    assert f"main.{name}" in rejected(circuit, witness)
    assert any(wire in rows.wire for rows in (circuit.r1cs.a, circuit.r1cs.b, circuit.r1cs.c))


def test_the_inputs_determine_every_wire(circuit, honest):
    free = {name: value for name, value in flat(values()).items() if name not in {"main.root", "main.nullifier"}}
    given = {circuit.wires[name]: value for name, value in free.items()}
    assert determined(circuit.r1cs, given) == dict(enumerate(honest))
    assert honest == from_limbs(witness_of(circuit, values()))


def test_the_bundled_input_is_consistent(circuit):
    found = {name: from_limbs(numbers) for name, numbers in read_inputs(circuit.example.input_path).signals.items()}
    above = poseidon(found["secret"])
    for beside, bit in zip(found["path_elements"], found["path_indices"], strict=True):
        above = node(beside, above) if bit else node(above, beside)
    assert found["root"] == [above]
    assert found["nullifier"] == [poseidon([*found["secret"], *found["election"]])]


def test_it_is_small(circuit):
    assert circuit.r1cs.n_constraints <= 5800
    assert circuit.r1cs.n_public == 4
