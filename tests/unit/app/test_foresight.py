"""What a run will ask of the machine: from its circuit's shape, from earlier runs, else from the size of its files."""

from dataclasses import replace
from pathlib import Path

import pytest

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.examples import find_example
from zkcompanion.app.foresight import Foresight, MeasuredCircuit, measure_circuit
from zkcompanion.app.job_views import ExpectationView, ProofOrder
from zkcompanion.app.prediction_errors import Foretold
from zkcompanion.app.views import KeyView, ProofView, ProvingView
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.costs.band import Band
from zkcompanion.costs.constants import MEMORY
from zkcompanion.costs.making import making_peak
from zkcompanion.costs.memory import Run
from zkcompanion.costs.shape import System
from zkcompanion.engine.schedule.jobs import Priority


class History:
    """Knows what a test says, by threads."""

    def __init__(self, known=None):
        self.known = known or {}

    def expectation(self, _fingerprint, *, kernels, threads):
        return self.known.get(threads)


NONE = CircuitFiles("none")


def order(files=NONE, **more):
    return ProofOrder(files, msg("C"), "f", **more)


def claim(foresight, order, **more):
    asked = {"kernels": "scalar", "threads": 2} | more
    return foresight.claim(3, order, Priority.BATCH, **asked)


def result(**phases):
    proofs = (ProofView(1.0, phases, 100, verified=True),) if phases else ()
    return ProvingView(
        "c", True, proofs, KeyView("ok"), "scalar", 1, False, 3, 4, (), True, 0.0, 0.0, 0.0, b"", b"[]", b""
    )


@pytest.fixture(scope="module")
def measured():
    return measure_circuit(find_example("funds-above-threshold").files)


def test_a_circuit_that_was_looked_at_has_needs(measured):
    foresight = Foresight(History())
    assert not foresight.knows("f")
    foresight.keep("f", measured)
    assert foresight.knows("f")
    found = claim(foresight, order())
    assert (found.id, found.priority, found.seconds) == (3, Priority.BATCH, None)
    assert found.work > 100_000
    assert 90 << 20 < found.memory_bytes < 400 << 20
    assert {claim(foresight, order(), kernels=kernels).work for kernels in (None, "ifma", "reference")}


def test_what_a_run_took_tells_of_the_next_one(measured):
    foresight = Foresight(History())
    foresight.keep("f", measured)
    foresight.learn("f", result(witness=0.5, constraints=1.5))
    foresight.learn("f", result())
    foresight.learn("unknown", result(witness=0.5))
    assert claim(foresight, order(repeat=3)).seconds.likely == pytest.approx(6.0)


def test_earlier_runs_of_the_same_circuit_count_more():
    one = ExpectationView(1.0, 3.0, 2)
    assert claim(Foresight(History({1: one})), order(repeat=2)).seconds.likely == 4.0
    two = claim(Foresight(History({2: one})), order()).seconds
    assert 2 < two.likely < 4, "on one thread it takes longer than it took on two"
    assert claim(Foresight(History({2: one})), order(), kernels=None).seconds is None


def test_a_circuit_that_nobody_looked_at_is_judged_by_the_size_of_its_files(tmp_path):
    key = tmp_path / "c.zkey"
    key.write_bytes(bytes(1 << 20))
    foresight = Foresight(History())
    assert claim(foresight, order(CircuitFiles("c", zkey=key))).memory_bytes == (150 << 20) + (2 << 20)
    assert claim(foresight, order(CircuitFiles("c", r1cs=key))).work == 4 << 20
    assert claim(foresight, order(CircuitFiles("c", zkey=Path("none.zkey")))).work == 0
    assert claim(foresight, order()).work == 0


def test_shapes_from_keys_and_from_constraints(tmp_path):
    from tests.support.circuit_folder import make_folder

    folder = make_folder(tmp_path / "small")
    by_key = measure_circuit(CircuitFiles("small", zkey=folder.zkey))
    assert (by_key.run.makes_key, by_key.run.system, by_key.shape.constraints > 0) == (False, None, True)
    with pytest.raises(UsageError, match="neither"):
        measure_circuit(CircuitFiles("x"))


def test_what_does_not_fit_whole_is_ordered_in_slices(measured):
    foresight = Foresight(History())
    large = replace(measured.shape, wires=1 << 20, domain=1 << 20, key_bytes=500 << 20)
    with_key = MeasuredCircuit(large, Run(threads=1))
    foresight.keep("f", with_key)
    asked = claim(foresight, order())
    most = {"kernels": "scalar", "threads": 2}
    assert foresight.within(order(), asked, asked.memory_bytes, **most) == (order(), asked)
    smaller = next(
        budget
        for budget in range(90 << 20, asked.memory_bytes, 1 << 23)
        if foresight.within(order(), asked, budget, **most)[0].memory_bytes is not None
    )
    streamed, claimed = foresight.within(order(), asked, smaller, **most)
    assert streamed.memory_bytes == smaller
    assert claimed.memory_bytes <= smaller
    assert (claimed.work, claimed.id) == (asked.work, asked.id)
    # not even so
    assert foresight.within(order(), asked, 1000, **most) == (order(), asked)
    # of a circuit that was not looked at, the worker will see
    unseen, claimed = Foresight(History()).within(order(), asked, smaller, **most)
    assert (unseen.memory_bytes, claimed.memory_bytes) == (smaller, smaller)
    unseen, _ = Foresight(History()).within(order(memory_bytes=1000), asked, smaller, **most)
    assert unseen.memory_bytes == 1000


def test_a_key_that_is_made_first_must_fit_too(measured):
    foresight = Foresight(History())
    large = replace(measured.shape, wires=1 << 20, domain=1 << 20, key_bytes=500 << 20)
    system = System(1 << 20, 9 << 20, 4 << 20, 340 << 20)
    most = {"kernels": "scalar", "threads": 2}
    making = making_peak(1 << 20, 1 << 20, system, threads=2, base_bytes=MEMORY.base["scalar"])
    for makes_key, below, found in ((False, 1, making - 1), (True, 1, None), (True, 0, making)):
        foresight.keep("f", MeasuredCircuit(large, Run(threads=1, system=system, makes_key=makes_key)))
        asked = replace(claim(foresight, order()), memory_bytes=2 << 30)
        ordered, claimed = foresight.within(order(), asked, making - below, **most)
        assert ordered.memory_bytes == found
        assert claimed.memory_bytes <= (2 << 30 if found is None else found)


class Predictions:
    """Says the same of every circuit."""

    def __init__(self, *, calibrated):
        self.calibrated = calibrated
        self.asked = []

    def foretell(self, circuit, fingerprint, kernels, threads):
        self.asked.append((circuit, fingerprint, kernels, threads))
        return Foretold(Band(1.0, 2.0, 3.0), 100, "7", 1.9, self.calibrated)


def test_before_the_first_proof_the_calibration_tells(measured):
    foresight = Foresight(History(), Predictions(calibrated=True))
    assert claim(foresight, order()).seconds is None  # nobody looked at it
    assert foresight.foretold("f", "ifma", 2) is None
    foresight.keep("f", measured)
    assert claim(foresight, order(repeat=2)).seconds == Band(2.0, 4.0, 6.0)
    assert foresight.foretold("f", "ifma", 0).model == "7"
    assert foresight._predictions.asked[-1] == (measured, "f", "ifma", 1)
    # what this window saw counts more
    foresight.learn("f", result(witness=0.5, constraints=1.5))
    assert claim(foresight, order()).seconds.likely == 2.0
    guess = Foresight(History(), Predictions(calibrated=False))
    guess.keep("f", measured)
    assert claim(guess, order()).seconds is None  # a guess plans nothing
    assert Foresight(History()).foretold("f", "ifma", 1) is None
