"""The circuit says what it claims, and no witness that cheats satisfies it."""

import itertools
import math
import random
import re

import pytest

from tests.support.bent import broken, flat, follow, impossible, only, with_all
from tests.support.bundled_circuits import bundled
from tests.support.determined import determined
from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import inputs_from, read_inputs

R = FR.modulus
RANDOM = random.Random(81)
EMPTY = [[0] * 9 for _ in range(9)]
ALL = sum(16**value for value in range(1, 10))


@pytest.fixture(scope="module")
def circuit():
    return bundled("sudoku")


def shuffled(lines):
    """Nine lines in an order that keeps bands of three together."""
    return [3 * band + line for band in RANDOM.sample(range(3), 3) for line in RANDOM.sample(range(3), lines // 3)]


def solved():
    rows, columns, digits = shuffled(9), shuffled(9), RANDOM.sample(range(1, 10), 9)
    return [[digits[(3 * (row % 3) + row // 3 + column) % 9] for column in columns] for row in rows]


SOLVED = solved()


def with_cells(grid, cells):
    grid = [list(row) for row in grid]
    for (row, column), value in cells.items():
        grid[row][column] = value
    return grid


def swapped(one, other):
    return with_cells(SOLVED, {one: SOLVED[other[0]][other[1]], other: SOLVED[one[0]][one[1]]})


def values(solution=SOLVED, puzzle=EMPTY):
    return {"puzzle": puzzle, "solution": solution}


def witness_of(circuit, solution=SOLVED, puzzle=EMPTY):
    return circuit.calculator.calculate(inputs_from(values(solution, puzzle), file="input.json"))


def rejected(circuit, witness):
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        check_witness(circuit.r1cs, to_limbs(witness), circuit.names)
    return str(caught.value)


def powers(circuit, cells):
    return frozenset(circuit.wires[f"main.power[{row}][{column}].out"] for row, column in cells)


def groups(circuit):
    """Wires of the powers of each group, by its name."""
    found = {}
    for n in range(9):
        found["row", n] = powers(circuit, [(n, i) for i in range(9)])
        found["column", n] = powers(circuit, [(i, n) for i in range(9)])
        found["box", n] = powers(circuit, [(3 * (n // 3) + i // 3, 3 * (n % 3) + i % 3) for i in range(9)])
    return found


@pytest.fixture(scope="module")
def wrong_groups(circuit):
    """Names the groups that are wrong in a grid of 1 to 9, where all constraints but their sums are followed."""
    sums = groups(circuit)
    # what stands in a cell's wires, for each value: those of nine grids with that value everywhere
    same = {
        value: follow(circuit, flat(values([[value] * 9] * 9)), lambda wires: wires in sums.values())
        for value in range(1, 10)
    }
    cell_of = {
        wire: tuple(map(int, re.search(r"\[(\d)\]\[(\d)\]", name).groups()))
        for name, wire in circuit.wires.items()
        if not name.startswith("main.puzzle")
    }

    def found(solution):
        witness = list(same[1])
        for wire, (row, column) in cell_of.items():
            witness[wire] = same[solution[row][column]][wire]
        refused = broken(circuit, witness)
        names = {name for name, wires in sums.items() if wires in refused}
        assert len(names) == len(refused)
        if names:
            assert ".out" in rejected(circuit, witness)
        return names

    return found


@pytest.mark.parametrize("n_clues", [0, 1, 17, 30, 80, 81])
def test_a_solution_holds_with_any_number_of_clues(circuit, n_clues):
    for _ in range(3):
        solution = solved()
        cells = RANDOM.sample(list(itertools.product(range(9), repeat=2)), n_clues)
        puzzle = with_cells(EMPTY, {(row, column): solution[row][column] for row, column in cells})
        witness = witness_of(circuit, solution, puzzle)
        check_witness(circuit.r1cs, witness)
        assert from_limbs(witness)[1:82] == [clue for row in puzzle for clue in row]


def test_a_clue_that_the_solution_does_not_keep_is_refused(circuit):
    for row, column in itertools.product((0, 4, 8), repeat=2):
        other = SOLVED[row][column] % 9 + 1
        puzzle = with_cells(EMPTY, {(row, column): other})
        with pytest.raises(UnsatisfiedWitnessError, match="template Sudoku"):
            witness_of(circuit, SOLVED, puzzle)
        signals = f"main.puzzle[{row}][{column}]", f"main.solution[{row}][{column}]"
        witness = follow(circuit, flat(values(SOLVED, puzzle)), only(circuit, *signals))
        assert broken(circuit, witness) == [frozenset(circuit.wires[name] for name in signals)]
        assert signals[0] in rejected(circuit, witness)


@pytest.mark.parametrize("clue", [10, 16, R - 1, 2**64, R - 9])
def test_a_clue_out_of_range_is_refused(circuit, clue):
    puzzle = with_cells(EMPTY, {(3, 7): clue})
    with pytest.raises(UnsatisfiedWitnessError, match="template Sudoku"):
        witness_of(circuit, SOLVED, puzzle)
    assert impossible(circuit, flat(values(SOLVED, puzzle)))


@pytest.mark.parametrize("value", [0, 10, 11, 15, 16, 17, 255, R - 1, R - 8, 2**64 + 1])
def test_a_cell_holds_1_to_9(circuit, value):
    for solution in (with_cells(SOLVED, {(2, 6): value}), [[value] * 9] * 9):
        with pytest.raises(UnsatisfiedWitnessError, match=r"template (ToBits|PowerOf16)"):
            witness_of(circuit, solution)
        assert impossible(circuit, flat(values(solution)))


@pytest.mark.parametrize("value", range(1, 10))
def test_nine_times_the_same_is_no_solution(circuit, wrong_groups, value):
    assert wrong_groups([[value] * 9] * 9) == set(groups(circuit))


def test_every_group_needs_each_value_once(circuit, wrong_groups):
    assert wrong_groups(SOLVED) == set()
    # two cells of a column and a box change places: their rows are wrong, and nothing else
    for row, column in itertools.product(range(9), (0, 5)):
        other = 3 * (row // 3) + (row + 1) % 3
        assert wrong_groups(swapped((row, column), (other, column))) == {("row", row), ("row", other)}
        assert wrong_groups(swapped((column, row), (column, other))) == {("column", row), ("column", other)}
    # whole rows of different bands change places: only boxes can be wrong
    for one, other in ((0, 3), (4, 8), (2, 6)):
        rows = list(SOLVED)
        rows[one], rows[other] = rows[other], rows[one]
        found = wrong_groups(rows)
        assert found == {("box", 3 * (row // 3) + i) for row in (one, other) for i in range(3)}
        with pytest.raises(UnsatisfiedWitnessError, match="template Sudoku"):
            witness_of(circuit, rows)


def test_a_single_wrong_cell_breaks_its_row_its_column_and_its_box(wrong_groups):
    for row, column in itertools.product(range(9), repeat=2):
        solution = with_cells(SOLVED, {(row, column): SOLVED[row][column] % 9 + 1})
        box = 3 * (row // 3) + column // 3
        assert wrong_groups(solution) == {("row", row), ("column", column), ("box", box)}


def test_sums_and_products_of_a_solution_are_not_enough(circuit, wrong_groups):
    # 1..9 and 1, 2, 4, 4, 4, 5, 7, 9, 9 have the same sum and the same product
    same = (1, 2, 4, 4, 4, 5, 7, 9, 9)
    assert (sum(same), math.prod(same)) == (45, math.factorial(9))
    cyclic = [[same[(i + 3 * j + j // 3) % 9] for i in range(9)] for j in range(9)]
    assert {kind for kind, _ in wrong_groups(cyclic)} == {"row", "column", "box"}
    with pytest.raises(UnsatisfiedWitnessError, match="template Sudoku"):
        witness_of(circuit, cyclic)


def test_nine_powers_of_16_add_up_so_in_one_way_only():
    found = [values for values in itertools.combinations_with_replacement(range(1, 10), 9) if _adds_up(values)]
    assert found == [tuple(range(1, 10))]
    assert 9 * 16**9 < 2**40 < R


def _adds_up(values):
    return sum(16**value for value in values) == ALL


def test_the_inputs_determine_every_wire(circuit):
    solution = solved()
    puzzle = with_cells(EMPTY, {(i, i): solution[i][i] for i in range(9)})
    witness = from_limbs(witness_of(circuit, solution, puzzle))
    given = {circuit.wires[name]: value for name, value in flat(values(solution, puzzle)).items()}
    assert determined(circuit.r1cs, given) == dict(enumerate(witness))


# -- cheats: all constraints are followed but the one that is the last line of defence


def bits(number, cell="[2][6]"):
    return {f"main.power{cell}.bits.out[{i}]": number >> i & 1 for i in range(4)}


def test_a_power_stands_for_no_other_value(circuit):
    # the cell says 10 or 0, its bits what would be right there
    right = SOLVED[2][6]
    for value in (0, 10, right % 9 + 1, R - 1):
        lie = bits(right - 1)
        chosen = flat(values(with_cells(SOLVED, {(2, 6): value}))) | lie
        witness = follow(circuit, chosen, with_all(circuit, *lie))
        assert len(broken(circuit, witness)) == 1
        assert "main.power[2][6].bits.out[0]" in rejected(circuit, witness)


def test_above_8_there_is_no_other_bit(circuit):
    # a cell of 10 to 16 with its own bits; even without the rule no group would add up
    names = [f"main.power[2][6].bits.out[{i}]" for i in range(4)]
    for value in range(10, 17):
        sums = groups(circuit)
        chosen = flat(values(with_cells(SOLVED, {(2, 6): value})))
        rule = only(circuit, *names)
        witness = follow(circuit, chosen, rule, lambda wires, sums=sums: wires in sums.values())
        found = broken(circuit, witness)
        assert any(rule(wires) for wires in found)
        assert len(found) == 4
        assert "main.power[2][6].bits.out[3]" in rejected(circuit, witness)


def test_a_bit_that_is_none_cannot_make_the_power_that_is_missing(circuit):
    # a cell that should hold 5 has another number, and its lowest "bit" is bent until the power is 16^5 all the same
    row, column = next((row, line.index(5)) for row, line in enumerate(SOLVED))
    lie = f"main.power[{row}][{column}].bits.out[0]"
    lowest = (16**4 - 1) // 15
    chosen = flat(values(with_cells(SOLVED, {(row, column): 1 + lowest}))) | bits(0, f"[{row}][{column}]")
    witness = follow(circuit, chosen | {lie: lowest}, only(circuit, lie))
    assert broken(circuit, witness) == [frozenset([circuit.wires[lie]])]
    assert lie in rejected(circuit, witness)


@pytest.mark.parametrize("signal", ["out", "two_bits", "three_bits", "bits.out[0]", "bits.out[3]"])
def test_no_step_of_a_cell_can_be_bent(circuit, signal):
    honest = follow(circuit, flat(values()))
    for cell in ("[0][0]", "[4][4]", "[8][3]"):
        wire = circuit.wires[f"main.power{cell}.{signal}"]
        for value in (honest[wire] + 1, 2**70, R - 1):
            witness = list(honest)
            witness[wire] = value
            assert any(wire in wires for wires in broken(circuit, witness))
            assert "does not hold" in rejected(circuit, witness)


def test_the_bundled_puzzle_has_one_solution_and_it_is_the_bundled_one(circuit):
    found = {name: from_limbs(numbers) for name, numbers in read_inputs(circuit.example.input_path).signals.items()}
    assert list(_solutions(found["puzzle"])) == [found["solution"]]


def _solutions(cells):
    """All solutions of 81 cells, 0 for an empty one."""
    choices = {i: set(range(1, 10)) - {cells[j] for j in _SEEN[i]} for i in range(81) if cells[i] == 0}
    if not choices:
        yield list(cells)
        return
    cell = min(choices, key=lambda i: len(choices[i]))
    for value in sorted(choices[cell]):
        yield from _solutions([*cells[:cell], value, *cells[cell + 1 :]])


def _group_of(i):
    row, column = divmod(i, 9)
    return row, column, 3 * (row // 3) + column // 3


_SEEN = {
    i: [j for j in range(81) if j != i and any(a == b for a, b in zip(_group_of(i), _group_of(j), strict=True))]
    for i in range(81)
}


def test_it_is_small(circuit):
    # 1024 with room for the puzzle: one power of two less for every transform
    assert circuit.r1cs.n_constraints + circuit.r1cs.n_public + 1 <= 1024
    assert circuit.r1cs.n_public == 81
