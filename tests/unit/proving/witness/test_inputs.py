import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.bounds import bounded
from tests.support.bundled_circuits import bundled
from zkcompanion.base.errors import FileError, InputError, KnownError
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.sym import parse_sym
from zkcompanion.proving.witness.inputs import (
    MAX_BYTES,
    MAX_NAME_LENGTH,
    InputSignal,
    input_template,
    inputs_from,
    parse_inputs,
    read_inputs,
    shown_name,
)

SECRET = 987654321098765432109876543210


def values(inputs):
    return {name: from_limbs(limbs) for name, limbs in inputs.signals.items()}


def parsed(value):
    return values(parse_inputs(json.dumps(value).encode(), file="input.json"))


def refused(value, kind=InputError):
    with pytest.raises(kind) as caught:
        parse_inputs(value if isinstance(value, bytes) else json.dumps(value).encode(), file="input.json")
    shown = f"{caught.value} {caught.value.hint}"
    assert str(SECRET) not in shown
    return str(caught.value)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (5, 5),
        ("5", 5),
        ("0005", 5),
        ("0x1F", 31),
        (-1, FR.modulus - 1),
        ("-1", FR.modulus - 1),
        (FR.modulus, 0),
        (str(FR.modulus + 3), 3),
        (str(-FR.modulus - 3), FR.modulus - 3),
        (True, 1),
        (False, 0),
        ("0x" + "f" * 64, (2**256 - 1) % FR.modulus),
        (12345678901234567890123, 12345678901234567890123),
    ],
)
def test_numbers_are_taken_as_snarkjs_does_and_exactly(given_, expected):
    assert parsed({"a": given_}) == {"a": [expected]}


@pytest.mark.parametrize("inside", [0, 1, -1, FR.modulus - 1, 1 - FR.modulus, "0x10"])
def test_a_number_that_fits_the_field_is_not_reported_as_reduced(inside):
    assert inputs_from({"a": [inside]}, file="i").reduced == ()


@pytest.mark.parametrize("outside", [FR.modulus, -FR.modulus, str(2**256), "0x" + "f" * 64])
def test_a_number_that_does_not_fit_the_field_is_reported_by_its_signal(outside):
    assert inputs_from({"a": 1, "b": [1, outside]}, file="i").reduced == ("b",)


def test_arrays_are_flattened_row_major():
    assert parsed({"a": [[1, 2, 3], ["4", [5]], 6], "b": [], "c": [[]]}) == {"a": [1, 2, 3, 4, 5, 6], "b": [], "c": []}


def test_buses_become_dotted_names():
    bus = {
        "p": {"x": 2, "y": [3, 4]},
        "q": [{"x": 1, "y": [5, 6]}, {"x": 7, "y": [8, 9]}],
        "r": [[{"z": 1}], [{"z": 2}]],
    }
    assert parsed(bus) == {
        "p.x": [2],
        "p.y": [3, 4],
        "q[0].x": [1],
        "q[0].y": [5, 6],
        "q[1].x": [7],
        "q[1].y": [8, 9],
        "r[0][0].z": [1],
        "r[1][0].z": [2],
    }


@pytest.mark.parametrize(
    ("garbage", "what"),
    [
        (1.5, "a number with a point or an exponent"),
        (1e3, "a number with a point or an exponent"),
        (None, "null"),
        ("", "a text that is no number"),
        (" 5", "a text that is no number"),
        ("5\n", "a text that is no number"),
        ("+5", "a text that is no number"),
        ("1_000", "a text that is no number"),
        ("1e5", "a text that is no number"),
        ("-0x5", "a text that is no number"),
        ("0x", "a text that is no number"),
        ("0b1", "a text that is no number"),
        ("٣", "a text that is no number"),
        (f"{SECRET} coins", "a text that is no number"),
        ("9" * 161, "a text that is no number"),
    ],
)
def test_what_is_no_whole_number_is_refused_with_its_place(garbage, what):
    assert refused({"a": garbage}) == f"Input a is not a whole number: {what} stands there."
    assert refused({"a": [[1, 2], [3, garbage]]}) == f"Input a[1][1] is not a whole number: {what} stands there."


def test_an_object_among_numbers_is_refused():
    assert "Input a[1] is not a whole number: an object among numbers" in refused({"a": [1, {"x": 1}]})
    assert "Input a[1] is not a whole number: a text" in refused({"a": [{"x": 1}, "?"]})


def test_one_signal_by_two_names_is_refused():
    assert refused({"a.b": 1, "a": {"b": 2}}) == "Input a.b is given twice."


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[1]",
        b"5",
        b'{"a": 1',
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"a": ' + str(SECRET).encode() * 20 + b"}",
        b'{"a": ' + str(SECRET).encode() + b"x}",
        b"\xff",
    ],
)
def test_what_is_no_json_object_is_a_bad_file(data):
    assert refused(data, FileError).startswith("input.json")


def test_a_file_over_the_limit_is_refused(tmp_path):
    path = tmp_path / "input.json"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(FileError):
        read_inputs(path)
    with pytest.raises(FileError):
        read_inputs(tmp_path / "missing.json")
    path.write_text('{"a": 1}')
    assert values(read_inputs(path)) == {"a": [1]}


def test_the_representation_shows_names_and_sizes_only():
    inputs = inputs_from({"salt": SECRET, "path": [SECRET, 1], "\x1b[31m": 1}, file="i")
    assert repr(inputs) == "CircuitInputs(salt[1], path[2], '\\x1b[31m'[1])"
    assert inputs.n_values == 4


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a[1].b", "a[1].b"), ("x" * 81, "x" * 80 + "..."), ("\x1b", "'\\x1b'"), ("☃", "'\\u2603'"), ("", "")],
)
def test_names_are_shown_as_printable_ascii(name, shown):
    assert shown_name(name) == shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
@example({"": 1})
@example({"": {"": [1]}})
def test_any_json_gives_inputs_or_a_known_error(value):
    try:
        inputs = inputs_from(value, file="i")
    except KnownError:
        return
    for limbs in inputs.signals.values():
        assert all(number < FR.modulus for number in from_limbs(limbs))


@given(st.dictionaries(st.text("abc", min_size=1), st.lists(st.integers(0, FR.modulus - 1)), max_size=4))
def test_numbers_and_their_texts_mean_the_same(numbers):
    as_texts = {name: [hex(n) if n % 2 else str(n) for n in row] for name, row in numbers.items()}
    assert parsed(numbers) == parsed(as_texts) == numbers


# -- template


def test_the_template_lists_a_circuits_inputs_public_first():
    circuit = bundled("sha256-preimage")
    assert input_template(circuit.r1cs, circuit.names, file="circuit.sym") == (
        InputSignal("digest", (2,), public=True),
        InputSignal("preimage", (32,), public=False),
    )
    circuit = bundled("funds-above-threshold")
    signals = input_template(circuit.r1cs, circuit.names, file="circuit.sym")
    assert [(signal.name, signal.size, signal.public) for signal in signals] == [
        ("commitment", 1, True),
        ("threshold", 1, True),
        ("balance", 1, False),
        ("salt", 1, False),
    ]


class Counts:
    """What the template needs of an r1cs."""

    def __init__(self, outputs, public, private):
        self.n_outputs, self.n_public_inputs, self.n_private_inputs = outputs, public, private


def template(names, *counts):
    lines = "".join(f"{i + 1},-1,0,main.{name}\n" for i, name in enumerate(names)).encode()
    return input_template(Counts(*counts), parse_sym(lines, file="c.sym"), file="c.sym")


def test_dimensions_and_buses_are_understood():
    names = [
        "out",
        "p.x",
        "p.y[0]",
        "p.y[1]",
        "m[0][0]",
        "m[0][1]",
        "m[0][2]",
        "m[1][0]",
        "m[1][1]",
        "m[1][2]",
        "inner",
    ]
    assert template(names, 1, 3, 6) == (
        InputSignal("p.x", (), public=True),
        InputSignal("p.y", (2,), public=True),
        InputSignal("m", (2, 3), public=False),
    )
    assert template(["q[0].x", "q[1].x"], 0, 0, 2) == (
        InputSignal("q[0].x", (), public=False),
        InputSignal("q[1].x", (), public=False),
    )
    assert template([], 0, 0, 0) == ()


@pytest.mark.parametrize(
    "names",
    [
        ["a[0]", "a[2]"],
        ["a[1]", "a[0]"],
        ["a[0]", "a[0][1]"],
        ["a", "a"],
        ["a[999999999][999999999]", "b"],
        ["a[0]", "a[999999999]"],
    ],
)
def test_elements_out_of_order_are_refused(names):
    with pytest.raises(FileError, match=r"^c\.sym: The elements of input a "):
        template(names, 0, 0, 2)


def test_an_index_too_long_to_be_one_is_part_of_the_name():
    assert template(["a[" + "9" * 5000 + "]"], 0, 0, 1)[0].size == 1


def test_names_that_do_not_reach_all_inputs_are_refused():
    with pytest.raises(FileError, match="has 3 input values, but 2"):
        template(["a", "b"], 0, 1, 2)


def test_indices_without_end_are_read_once():
    with bounded(seconds=2):
        assert template(["a" + "[0]" * 50_000 + "x"], 0, 0, 1)[0].size == 1
        assert template(["a" + "[0]" * 50_000], 0, 0, 1)[0].size == 1
        with pytest.raises(FileError, match="not in order or not complete"):
            template(["a" + "[999999999]" * 20_000], 0, 0, 1)


def test_a_long_name_before_many_short_ones_does_not_multiply():
    # half a megabyte that stood for 6 GB of names
    fields = {str(i): 1 for i in range(30_000)}
    with bounded(mebibytes=20), pytest.raises(InputError, match="more than 1000 characters") as caught:
        parsed({"A" * 200_000: fields})
    assert len(str(caught.value)) < 200
    with bounded(mebibytes=60):
        assert len(inputs_from({"A" * (MAX_NAME_LENGTH - 6): fields}, file="i").signals) == 30_000


def test_the_longest_name_is_taken_and_the_next_is_not():
    assert list(inputs_from({"a" * MAX_NAME_LENGTH: 1}, file="i").signals) == ["a" * MAX_NAME_LENGTH]
    for name in ({"a" * (MAX_NAME_LENGTH + 1): 1}, {"a" * (MAX_NAME_LENGTH - 2): {"bcd": 1}}):
        with pytest.raises(InputError, match="more than 1000 characters"):
            parsed(name)


@pytest.mark.slow
def test_a_million_values_take_little_more_than_themselves():
    data = b'{"a":[' + b"0," * 1_000_000 + b"1]}"
    with bounded(seconds=10, mebibytes=80):
        inputs = parse_inputs(data, file="input.json")
    assert inputs.signals["a"].shape == (1_000_001, 4)
    assert inputs.signals["a"][-1].tolist() == [1, 0, 0, 0]


def test_a_value_in_a_names_place_is_not_shown():
    assert shown_name(str(FR.modulus)) == "[redacted]"
    assert shown_name(f"{FR.modulus:x}") == "[redacted]"
    assert shown_name("path[12].sha256_2") == "path[12].sha256_2"
