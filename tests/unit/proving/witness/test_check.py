import itertools
import random

import numpy as np
import pytest

from tests.support.bundled_circuits import bundled
from zkcompanion.base.errors import Cancelled, UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.sym import parse_sym
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import read_inputs

R = FR.modulus


def rows(lists):
    """SparseRows of lists of (wire, value)."""
    terms = [term for row in lists for term in row]
    pointers = np.array([0, *itertools.accumulate(map(len, lists))], dtype=np.int64)
    values = to_limbs(value % R for _, value in terms) if terms else np.zeros((0, 4), dtype=np.uint64)
    return SparseRows(pointers, np.array([wire for wire, _ in terms], dtype=np.uint32), values)


def circuit(constraints, n_wires):
    a, b, c = (rows([constraint[k] for constraint in constraints]) for k in range(3))
    return R1cs(n_wires, 0, 0, 0, n_wires, a, b, c, np.arange(n_wires, dtype=np.uint64))


ONE = [(0, 1)]
#: x * x = y; y * 1 = z; 0 * 0 = z - y; x * 0 = 0; 1 * x = w
SMALL = circuit(
    [
        ([(1, 1)], [(1, 1)], [(2, 1)]),
        ([(2, 1)], ONE, [(3, 1)]),
        ([], [], [(3, 1), (2, -1)]),
        ([(1, 1)], [], []),
        (ONE, [(1, 1)], [(4, 1)]),
        ([(1, 2), (1, -1), (0, 3)], [(1, 1), (0, 1)], [(5, 1)]),
    ],
    6,
)
NAMES = parse_sym(b"1,1,0,main.x\n2,2,0,main.y\n3,3,0,main.z\n4,4,0,main.w\n5,5,0,main.v\n", file="c.sym")


def good(x):
    return [1, x, x * x % R, x * x % R, x, (x + 3) * (x + 1) % R]


def broken(values, names=NAMES, r1cs=SMALL):
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        check_witness(r1cs, to_limbs(values), names)
    with pytest.raises(UnsatisfiedWitnessError) as evenly:
        check_witness(r1cs, to_limbs(values), names, evenly=True)
    assert str(evenly.value) == str(caught.value)
    return caught.value


@pytest.mark.parametrize("x", [0, 1, 2, R - 1, 2**200 + 17])
def test_a_witness_that_satisfies_everything_passes(x):
    check_witness(SMALL, to_limbs(good(x)))
    check_witness(SMALL, to_limbs(good(x)), evenly=True)


def test_checked_evenly_every_witness_takes_the_same_products():
    def products(x, *, evenly):
        counts = []

        def multiply(a, b):
            counts.append(len(a))
            return to_limbs(i * j % R for i, j in zip(from_limbs(a), from_limbs(b), strict=True))

        check_witness(SMALL, to_limbs(good(x)), multiply=multiply, evenly=evenly)
        return counts

    values = (0, 1, 2, R - 1, 2**200 + 17)
    assert [products(x, evenly=True) for x in values] == [[6]] * 5
    assert len({str(products(x, evenly=False)) for x in values}) > 1


def test_an_empty_circuit_is_satisfied():
    check_witness(circuit([], 1), to_limbs([1]))


@pytest.mark.parametrize(
    ("wire", "sentence"),
    [
        (2, "Constraint 0 of 6 (counted from 0) does not hold: (main.x) * (main.x) is not (main.y)."),
        (3, "Constraint 1 of 6 (counted from 0) does not hold: (main.y) * (one) is not (main.z)."),
        (4, "Constraint 4 of 6 (counted from 0) does not hold: (one) * (main.x) is not (main.w)."),
        (5, "Constraint 5 of 6 (counted from 0) does not hold: (main.x, one) * (main.x, one) is not (main.v)."),
    ],
)
@pytest.mark.parametrize("x", [1, 123456789123456789])
def test_the_first_broken_constraint_is_named_with_its_signals(wire, sentence, x):
    values = good(x)
    values[wire] = (values[wire] + 1) % R
    error = broken(values)
    assert str(error) == sentence
    assert "one is the constant" in str(error.hint)
    assert "123456789" not in f"{error} {error.hint}"


def test_without_names_the_wires_are_numbered():
    error = broken([*good(3)[:5], 5], names=None)
    assert "(wire 1, one) * (wire 1, one) is not (wire 5)" in str(error)
    assert ".sym" in str(error.hint)


def test_a_broken_sum_is_told_as_one():
    linear = circuit([([], [], [(1, 1), (2, -1)])], 3)
    assert "the weighted sum of (main.x, main.y) is not 0" in str(broken([1, 5, 6], r1cs=linear))
    nothing = circuit([([(1, 1)], [(1, 1)], [])], 3)
    assert "(main.x) * (main.x) is not (0)" in str(broken([1, 5, 6], r1cs=nothing))
    assert "the weighted sum of (one) is not 0" in str(broken([1, 5], r1cs=circuit([([(1, 1)], [], ONE)], 2)))


def test_long_sums_are_cut():
    many = circuit([([], [], [(i, 1) for i in range(1, 12)])], 12)
    assert "wire 8 and 3 more) is not 0" in str(broken([1] * 12, None, many))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (good(5)[:5], "has 5 values, but the circuit has 6 wires"),
        ([*good(5), 1], "has 7 values, but the circuit has 6 wires"),
        ([0, *good(5)[1:]], "Wire 0"),
        ([2, *good(5)[1:]], "Wire 0"),
        ([1 + R, *good(5)[1:]], "value of wire 0 is not below"),
        ([*good(5)[:4], 5 + R, good(5)[5]], "value of wire 4 is not below"),
    ],
)
def test_what_is_no_witness_of_this_circuit_is_refused(values, words):
    assert words in str(broken(values))


def test_every_tampered_wire_of_a_real_circuit_is_found():
    circuit_ = bundled("funds-above-threshold")
    witness = circuit_.calculator.calculate(read_inputs(circuit_.example.input_path))
    check_witness(circuit_.r1cs, witness, circuit_.names)
    rng = random.Random(20)
    for wire in range(1, circuit_.r1cs.n_wires, 7):
        tampered = witness.copy()
        tampered[wire] = to_limbs([rng.randrange(R)])[0]
        with pytest.raises(UnsatisfiedWitnessError, match="Constraint"):
            check_witness(circuit_.r1cs, tampered, circuit_.names)


def test_the_first_is_the_first_whatever_kind_of_row_it_is():
    # a linear row, a row times a bit and a real product, each wrong, in every order
    kinds = [([], [], [(1, 1)]), (ONE, [(1, 1)], [(2, 1)]), ([(1, 1)], [(1, 1)], [(2, 1)]), ([(1, 1)], ONE, [(2, 1)])]
    holds = ([], [], [])
    for order in itertools.permutations(kinds):
        error = broken([1, 5, 6], r1cs=circuit([holds, *order], 3))
        assert "Constraint 1 of 5" in str(error)


def test_kernels_are_used_where_they_are_given():
    calls = []

    def evaluate(matrix, witness):
        calls.append("rows")
        values = from_limbs(witness)
        sums = []
        for start, end in itertools.pairwise(matrix.row_ptr.tolist()):
            coefficients = from_limbs(matrix.value[start:end])
            wires = matrix.wire[start:end].tolist()
            sums.append(sum(c * values[w] for c, w in zip(coefficients, wires, strict=True)) % R)
        return to_limbs(sums)

    def multiply(a, b):
        calls.append("multiply")
        return to_limbs(x * y % R for x, y in zip(from_limbs(a), from_limbs(b), strict=True))

    check_witness(SMALL, to_limbs(good(7)), evaluate_rows=evaluate, multiply=multiply)
    assert calls == ["rows"] * 3 + ["multiply"]
    with pytest.raises(UnsatisfiedWitnessError, match="Constraint 5"):
        check_witness(SMALL, to_limbs([*good(7)[:5], 0]), evaluate_rows=evaluate, multiply=multiply)


def test_progress_is_reported_and_a_cancel_is_heard():
    class Recorder(Trace):
        def __init__(self, questions):
            self.seen = []
            self.left = questions

        def begin(self, phase, steps=0):
            self.seen.append((phase, steps))

        def advance(self, phase, steps=1):
            self.seen.append(steps)

        def end(self, phase):
            self.seen.append("end")

        def check(self):
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    trace = Recorder(1000)
    check_witness(SMALL, to_limbs(good(5)), trace=trace)
    assert trace.seen == [(Phase.CHECK, 4), 1, 1, 1, 1, "end"]
    for questions in range(1000 - trace.left):
        with pytest.raises(Cancelled):
            check_witness(SMALL, to_limbs(good(5)), trace=Recorder(questions))


def test_a_long_name_is_shortened():
    names = parse_sym(b"1,1,0,main." + b"n" * 500_000 + b"\n", file="c.sym")
    shown = str(broken([1, 5, 24, 24, 5, 48], names))
    assert "main.nnnn" in shown
    assert len(shown) < 400
