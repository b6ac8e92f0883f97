"""The circuit says what it claims, and no witness that cheats satisfies it."""

import calendar
from datetime import date

import pytest

from tests.support.bent import broken, flat, follow, impossible, only, with_all
from tests.support.bundled_circuits import bundled
from tests.support.determined import determined
from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.reference.poseidon import poseidon
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import inputs_from, read_inputs

R = FR.modulus
SALT = 2**251 + 98765
BIRTH, TODAY = (2000, 5, 17), (2026, 11, 25)


@pytest.fixture(scope="module")
def circuit():
    return bundled("age-over-18")


def values(birth=BIRTH, today=TODAY, commitment=None):
    names = ("birth_year", "birth_month", "birth_day", "salt", "commitment", "today_year", "today_month", "today_day")
    commitment = poseidon([*birth, SALT]) if commitment is None else commitment
    return dict(zip(names, (*birth, SALT, commitment, *today), strict=True))


def witness_of(circuit, birth=BIRTH, today=TODAY, commitment=None):
    return circuit.calculator.calculate(inputs_from(values(birth, today, commitment), file="input.json"))


def accepted(circuit, birth, today, commitment=None):
    try:
        witness_of(circuit, birth, today, commitment)
    except UnsatisfiedWitnessError:
        return False
    return True


def rejected(circuit, witness):
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        check_witness(circuit.r1cs, to_limbs(witness), circuit.names)
    return str(caught.value)


@pytest.mark.parametrize(
    ("birth", "today"),
    [
        ((2008, 11, 25), (2026, 11, 25)),  # the birthday itself
        ((2008, 11, 24), (2026, 11, 25)),
        ((2008, 10, 31), (2026, 11, 1)),
        ((2007, 12, 31), (2026, 1, 1)),
        ((2008, 1, 1), (2026, 1, 1)),
        ((2008, 2, 29), (2026, 3, 1)),
        ((2008, 2, 29), (2028, 2, 29)),
        ((2002, 2, 28), (2020, 2, 28)),
        ((1901, 1, 1), (1919, 1, 1)),
        ((1901, 1, 1), (2099, 12, 31)),
        ((2081, 12, 31), (2099, 12, 31)),
        ((2000, 2, 29), (2018, 3, 1)),
    ],
)
def test_from_the_18th_birthday_on_it_holds(circuit, birth, today):
    witness = witness_of(circuit, birth, today)
    check_witness(circuit.r1cs, witness)
    assert from_limbs(witness)[1:5] == [poseidon([*birth, SALT]), *today]


@pytest.mark.parametrize(
    ("birth", "today"),
    [
        ((2008, 11, 26), (2026, 11, 25)),  # tomorrow
        ((2008, 12, 1), (2026, 11, 30)),
        ((2008, 12, 31), (2026, 1, 1)),
        ((2009, 1, 1), (2026, 12, 31)),
        ((2008, 2, 29), (2026, 2, 28)),
        ((2002, 2, 28), (2020, 2, 27)),
        ((2026, 11, 25), (2026, 11, 25)),
        ((2026, 11, 26), (2026, 11, 25)),  # not born yet
        ((2099, 12, 31), (1901, 1, 1)),
        ((1901, 1, 1), (1901, 1, 1)),
    ],
)
def test_before_it_nothing_satisfies_the_circuit(circuit, birth, today):
    with pytest.raises(UnsatisfiedWitnessError, match="template ToBits"):
        witness_of(circuit, birth, today)
    assert impossible(circuit, flat(values(birth, today)))


WRONG_DAYS = [
    *((2000, month, 5) for month in (0, 13, 15, 16, 99, R - 1, R - 12)),
    *((2000, 5, day) for day in (0, 32, 33, 99, R - 1, 2**64)),
    *((year, 5, 17) for year in (0, 1, 1900, 65535, 65536 + 2000, R - 1, R - 2000, 2**64 + 2000)),
    *((2000, month, 31) for month in (2, 4, 6, 9, 11)),
    (2000, 2, 30),
    (2001, 2, 29),
    (1999, 14, R - 170),  # as yyyymmdd the same number as 30 December
    (R - 1, 1, 20000101 + 10000),
]


@pytest.mark.parametrize("day", WRONG_DAYS)
def test_a_birth_date_that_is_no_day_is_refused(circuit, day):
    with pytest.raises(UnsatisfiedWitnessError):
        witness_of(circuit, birth=day)
    assert impossible(circuit, flat(values(birth=day)))


@pytest.mark.parametrize("day", [*WRONG_DAYS, (2100, 1, 1), (9999, 5, 5)])
def test_a_day_of_the_check_that_is_no_day_is_refused(circuit, day):
    with pytest.raises(UnsatisfiedWitnessError):
        witness_of(circuit, birth=(1901, 1, 1), today=day)
    assert impossible(circuit, flat(values(birth=(1901, 1, 1), today=day)))


def test_every_month_has_its_last_day_and_no_later_one(circuit):
    for year in (1920, 1999, 2000, 2026, 2096):
        for month in range(1, 13):
            last = calendar.monthrange(year, month)[1]
            assert accepted(circuit, (1901, 1, 1), (year, month, last))
            assert not accepted(circuit, (1901, 1, 1), (year, month, last + 1))


def test_29_february_is_a_day_in_leap_years_alone(circuit):
    for year in range(1919, 2100):
        assert accepted(circuit, (1901, 1, 1), (year, 2, 29)) == calendar.isleap(year)


def test_it_agrees_with_the_calendar_around_the_birthday(circuit):
    for birth in (date(1990, 3, 1), date(2004, 2, 29), date(2007, 12, 31)):
        turns = date(birth.year + 18, 3, 1) if birth == date(2004, 2, 29) else birth.replace(year=birth.year + 18)
        for offset in range(-33, 34):
            today = date.fromordinal(turns.toordinal() + offset)
            assert accepted(circuit, birth.timetuple()[:3], today.timetuple()[:3]) == (offset >= 0)


@pytest.mark.parametrize("changed", [(2000, 5, 18), (2000, 6, 17), (1999, 5, 17)])
def test_a_commitment_to_another_date_is_refused(circuit, changed):
    with pytest.raises(UnsatisfiedWitnessError, match="template AgeOver18"):
        witness_of(circuit, birth=changed, commitment=poseidon([*BIRTH, SALT]))


def test_the_inputs_determine_every_wire(circuit):
    for birth, today in ((BIRTH, TODAY), ((2008, 2, 29), (2028, 2, 29)), ((1901, 8, 31), (2099, 9, 30))):
        witness = from_limbs(witness_of(circuit, birth, today))
        private = {name: witness[circuit.wires[name]] for name in flat(values(birth, today))}
        del private["main.commitment"]
        given = {circuit.wires[name]: value for name, value in private.items()}
        assert determined(circuit.r1cs, given) == dict(enumerate(witness))


# -- cheats: all constraints are followed but the one that is the last line of defence


def sum_of(circuit, component):
    """The constraint that ties a number to its bits."""
    return with_all(circuit, *bits_of(circuit, component))


def bits_of(circuit, component, number=0):
    names = [name for name in circuit.wires if name.startswith(f"main.{component}.out[")]
    return {name: number >> i & 1 for i, name in enumerate(names)}


def test_bending_nothing_breaks_nothing(circuit):
    witness = follow(circuit, flat(values()))
    assert broken(circuit, witness) == []
    check_witness(circuit.r1cs, to_limbs(witness))


@pytest.mark.parametrize(
    ("changed", "component", "lie"),
    [
        ({"birth": (2010, 5, 17)}, "old_enough.difference", 2**25 - 7),
        ({"birth": (2008, 11, 26)}, "old_enough.difference", 0),
        ({"birth": (2000, 13, 17)}, "birth.month_to_12.difference", 0),
        ({"birth": (2000, 0, 17)}, "birth.month_from_1.difference", 15),
        ({"birth": (2000, 5, 0)}, "birth.day_from_1.difference", 31),
        ({"birth": (2000, 4, 31)}, "birth.day_to_last.difference", 0),
        ({"birth": (2001, 2, 29)}, "birth.day_to_last.difference", 1),
        ({"birth": (1900, 5, 17)}, "birth.since_1901", 255),
        ({"today": (2100, 5, 17)}, "today.until_2099", 0),
        ({"today": (2099, 2, 29)}, "today.day_to_last.difference", 0),
        ({"today": (2025, 14, 1)}, "today.month_to_12.difference", 3),
        ({"today": (2026, 11, 0)}, "today.day_from_1.difference", 0),
    ],
)
def test_each_range_alone_refuses_what_it_is_there_for(circuit, changed, component, lie):
    chosen = flat(values(**changed)) | bits_of(circuit, component, lie)
    witness = follow(circuit, chosen, sum_of(circuit, component))
    [wires] = broken(circuit, witness)
    assert sum_of(circuit, component)(wires)
    assert "does not hold" in rejected(circuit, witness)


def test_too_young_by_a_bit_that_is_none_is_refused(circuit):
    # the difference, close to the modulus, as one "bit"
    lie = "main.old_enough.difference.out[0]"
    bits = bits_of(circuit, "old_enough.difference")
    del bits[lie]
    witness = follow(circuit, flat(values(birth=(2020, 1, 1))) | bits, only(circuit, lie))
    assert witness[circuit.wires[lie]] == R + 20261125 - 180000 - 20200101
    assert broken(circuit, witness) == [frozenset([circuit.wires[lie]])]
    assert lie in rejected(circuit, witness)


def test_a_year_close_to_the_modulus_is_refused_by_both_ends(circuit):
    ends = ("birth.since_1901", "birth.until_2099")
    chosen = flat(values(birth=(R - 1, 5, 17))) | bits_of(circuit, ends[0]) | bits_of(circuit, ends[1])
    witness = follow(circuit, chosen, *(sum_of(circuit, end) for end in ends))
    assert len(broken(circuit, witness)) == 2
    assert "main.birth.since_1901.out[0]" in rejected(circuit, witness)


@pytest.mark.parametrize("signal", ["leap", "both", "even_below_8", "february", "missing", "days", "number"])
@pytest.mark.parametrize("side", ["birth", "today"])
def test_no_step_of_the_calendar_can_be_bent(circuit, side, signal):
    honest = follow(circuit, flat(values(birth=(2004, 2, 29), today=(2028, 2, 29))))
    wire = circuit.wires[f"main.{side}.{signal}"]
    for value in (honest[wire] + 1, R - 1, 5):
        witness = list(honest)
        witness[wire] = value
        assert f"main.{side}." in rejected(circuit, witness)


@pytest.mark.parametrize("name", ["salt", "birth_year", "birth_month", "birth_day", "commitment"])
def test_another_value_behind_the_commitment_is_refused(circuit, name):
    witness = follow(circuit, flat(values()))
    witness[circuit.wires[f"main.{name}"]] += 1
    assert f"main.{name}" in rejected(circuit, witness)


@pytest.mark.parametrize("name", ["today_year", "today_month", "today_day"])
def test_another_day_of_the_check_is_refused_in_a_finished_witness(circuit, name):
    witness = follow(circuit, flat(values()))
    witness[circuit.wires[f"main.{name}"]] -= 1
    assert f"main.{name}" in rejected(circuit, witness)


def test_the_bundled_input_is_consistent(circuit):
    found = {name: from_limbs(numbers)[0] for name, numbers in read_inputs(circuit.example.input_path).signals.items()}
    birth = [found[f"birth_{part}"] for part in ("year", "month", "day")]
    assert found["commitment"] == poseidon([*birth, found["salt"]])
    assert date(*birth).replace(year=birth[0] + 18) <= date(*(found[f"today_{p}"] for p in ("year", "month", "day")))


def test_it_is_small(circuit):
    # 512 with room for the public signals: one power of two less for every transform
    assert circuit.r1cs.n_constraints + circuit.r1cs.n_public + 1 <= 512
    assert circuit.r1cs.n_public == 4
