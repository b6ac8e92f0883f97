"""What other programs and the battery do to proofs, from values that were read anyway."""

import pytest

from zkcompanion.app.surroundings import Remembered, Surroundings

CORES = {"machine.core/0": 90.0, "machine.core/1": 30.0}


def around(values, *, proving=True, ours=0.0):
    machine = Remembered(lambda: values)
    machine.read()
    return Surroundings(machine, lambda: proving, lambda: ours).read()


def test_others_are_what_the_processor_did_beside_this_program():
    # 60 % of two cores are busy, and 80 % of one is ours
    assert around(CORES | {"machine.processor": 60.0}, ours=80.0) == {"proofs.others": 20.0}
    assert around(CORES | {"machine.processor": 60.0}, ours=130.0) == {"proofs.others": 0.0}


def test_while_no_proof_is_made_nothing_disturbs_one():
    values = CORES | {"machine.processor": 60.0, "machine.on_battery": 1.0}
    assert around(values, proving=False) == {"proofs.others": 0.0, "proofs.on_battery": 0.0}
    assert around(values, ours=0.0) == {"proofs.others": 60.0, "proofs.on_battery": 1.0}


@pytest.mark.parametrize(
    ("values", "ours"),
    [({}, 0.0), (CORES, 0.0), ({"machine.processor": 5.0}, 0.0), (CORES | {"machine.processor": 5.0}, None)],
)
def test_what_is_not_known_is_absent(values, ours):
    assert around(values, ours=ours) == {}


def test_a_source_that_fails_said_nothing():
    answers = [{"machine.on_battery": 1.0}]
    source = Remembered(answers.pop)
    assert source.read() == source.values == {"machine.on_battery": 1.0}
    with pytest.raises(IndexError):
        source.read()
    assert source.values == {}
