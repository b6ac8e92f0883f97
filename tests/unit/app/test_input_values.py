"""The form of a circuit's inputs: whatever is typed means what the witness calculation reads, or is refused."""

import json
import os

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zkcompanion.app.example_service import ExampleService
from zkcompanion.app.examples import list_examples
from zkcompanion.app.input_values import (
    MAX_FIELD_VALUES,
    MAX_FORM_BYTES,
    MAX_FORM_FIELDS,
    MAX_NUMBER_LENGTH,
    MODULUS,
    decode_inputs,
    encode_inputs,
    fits_a_form,
    read_array,
    read_cells,
    read_inputs,
    read_number,
    shown_text,
    size_of,
)
from zkcompanion.app.job_views import InputFieldView
from zkcompanion.base.errors import FileError, InputError
from zkcompanion.proving.fields import FR
from zkcompanion.proving.witness import inputs
from zkcompanion.proving.witness.inputs import inputs_from, parse_inputs

NUMBERS = st.one_of(
    st.integers(-(10**40), 10**80).map(str),
    st.integers(0, 1 << 256).map(hex),
    st.integers(0, 99).map(lambda n: f"00{n}"),
    st.sampled_from(["0", "-0", "0xFf", str(FR.modulus), str(-FR.modulus), "9" * 160, "9" * 161, "0x" + "f" * 158]),
)
#: Near misses of numbers, and anything else.
TEXTS = st.one_of(
    NUMBERS,
    st.text(alphabet='0123456789abcdefx-+.,;eE[]" \t\n_', max_size=24),
    st.text(max_size=12),
)
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3)


def value_of(text):
    return int(text, 16) if text.startswith("0x") else int(text)


def read_back(field, values):
    data = encode_inputs([field], {field.name: values})
    return parse_inputs(data, file="form").signals[field.name]


def limbs(numbers):
    return inputs_from({"x": list(numbers)}, file="x").signals["x"]


def test_the_bounds_are_those_of_the_witness_calculation():
    assert (FR.modulus, inputs.MAX_NUMBER_LENGTH) == (MODULUS, MAX_NUMBER_LENGTH)


@given(TEXTS)
@example("0x")
@example("1_000")
@example("٣")
@example("1\u20090")
def test_a_line_means_what_the_witness_reads_or_is_refused(text):
    typed = read_number(text)
    if typed.problem is not None:
        assert typed.values == ()
        with pytest.raises(InputError):
            inputs_from({"x": text.strip(" \t\r\n")}, file="x")
        return
    field = InputFieldView("x", (), public=False)
    assert (read_back(field, typed.values) == limbs([value_of(text.strip(' \t\r\n"'))])).all()


@given(st.lists(NUMBERS, min_size=1, max_size=30), SHAPES, st.sampled_from([" ", ",", ", ", "\n", ";\t", " ,, "]))
def test_numbers_with_anything_between_them_are_an_array(numbers, shape, between):
    typed = read_array(between.join(numbers), shape)
    if any(len(number) > 160 for number in numbers):
        assert typed.problem is not None
    elif len(numbers) != size_of(shape):
        assert typed.problem is not None
        assert typed.problem.unfinished == (len(numbers) < size_of(shape))
    else:
        field = InputFieldView("x", tuple(shape), public=False)
        assert (read_back(field, typed.values) == limbs(map(value_of, numbers))).all()


@given(TEXTS, SHAPES)
@example("[1, 2", (2,))
@example("[1, [2]]", (2,))
@example("[true, false]", (2,))
@example('["0x1", 2]', (2,))
@example("[1.0, 2]", (2,))
@example("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1", (1,))
def test_an_array_means_what_the_witness_reads_or_is_refused(text, shape):
    typed = read_array(text, shape)
    if typed.problem is not None:
        assert typed.values == ()
        return
    assert len(typed.values) == size_of(shape)
    field = InputFieldView("x", tuple(shape), public=False)
    read = read_back(field, typed.values)
    assert (read == limbs(map(value_of, typed.values))).all()
    if text.strip(" \t\r\n").startswith("["):
        assert (read == inputs_from({"x": json.loads(text)}, file="x").signals["x"]).all()


@given(st.data(), SHAPES)
def test_what_a_field_shows_is_read_the_same(data, shape):
    size = size_of(shape)
    values = data.draw(st.lists(NUMBERS.filter(lambda n: len(n) <= 160), min_size=size, max_size=size))
    assert read_array(shown_text(values, shape), shape).values == tuple(values)
    assert read_cells(values).values == tuple(values)


def test_a_nested_list_must_have_the_shape_of_the_input():
    assert read_array("[[1, 2, 3], [4, 5, 6]]", (2, 3)).values == ("1", "2", "3", "4", "5", "6")
    assert read_array("[1, 2, 3, 4, 5, 6]", (2, 3)).problem is None
    turned = read_array("[[1, 2], [3, 4], [5, 6]]", (2, 3)).problem
    assert "2 \N{MULTIPLICATION SIGN} 3" in str(turned.message)
    assert read_array("[[1], [2, 3], [4, 5, 6]]", (3, 2)).problem is not None


@pytest.mark.parametrize("text", ["", "  ", "-", "0x", "[1, 2", "1", "1,", "1 0x"])
def test_what_more_typing_may_mend_is_not_called_wrong(text):
    assert read_array(text, (2,)).problem.unfinished


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 2 3", "3 values"),
        ("1 x", "Value 2"),
        ("[1, 2}", "character 6"),
        ("[1, 1.5]", "whole numbers"),
        ("[1, 2] 3", "character 8"),
        ("[" + "9" * 500 + ", 1]", "not a JSON list"),
        ("1.5 2", "point"),
    ],
)
def test_what_is_wrong_is_said(text, says):
    problem = read_array(text, (2,)).problem
    assert says in str(problem.message)
    assert not problem.unfinished


def test_problems_never_hold_a_value():
    secret = "8675309x"
    for typed in (read_number(secret), read_array(f"1 {secret}", (2,)), read_cells(["1", secret])):
        assert "8675309" not in str(typed.problem)
        assert "8675309" not in repr(typed)


@pytest.mark.parametrize(
    ("text", "says"), [("1.5", "point"), ("1,5", "point"), ("1e3", "exponent"), ("1 2", "Several"), ("abc", "whole")]
)
def test_a_line_says_what_is_wrong(text, says):
    assert says in str(read_number(text).problem.message)


def test_quotes_of_a_number_copied_from_json_are_taken_off():
    assert read_number(' "0x1f" ').values == ("0x1f",)
    assert read_number('""').problem is not None


def test_numbers_beyond_the_field_are_taken_with_a_note():
    assert read_number(str(FR.modulus)).note is not None
    assert read_number(str(FR.modulus - 1)).note is None
    assert read_array(f"1 0x{FR.modulus:x}", (2,)).note is not None


def test_cells_name_the_first_mistake_before_what_is_empty():
    assert read_cells(["", "x", "1"]).problem.place == 1
    typed = read_cells(["1", "", "3", ""])
    assert (typed.problem.place, typed.count) == (1, 2)
    assert "2 of 4" in str(typed.problem.message)
    assert "Empty" in str(read_cells(["", ""]).problem.message)


def test_too_much_text_is_not_even_looked_at():
    assert read_array("1 " * 400_000, (MAX_FIELD_VALUES,)).problem is not None


def test_small_circuits_fit_a_form_and_large_ones_do_not():
    assert fits_a_form(())
    assert fits_a_form([InputFieldView("x", (64, 64), public=False)])
    assert not fits_a_form([InputFieldView("x", (64, 65), public=False)])
    assert not fits_a_form([InputFieldView(name, (4096,), public=False) for name in "abc"])
    many = [InputFieldView(str(number), (), public=False) for number in range(MAX_FORM_FIELDS + 1)]
    assert not fits_a_form(many)
    assert fits_a_form(many[1:])


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.id)
def test_examples_go_through_the_form_unchanged(example):
    data = example.input_path.read_bytes()
    values = json.loads(data)
    fields = [
        InputFieldView(signal.name, np.shape(values[signal.name]), signal.public)
        for view in ExampleService().list()
        if view.id == example.id
        for signal in view.signals
    ]
    shown = decode_inputs(data, fields, file="input.json")
    typed = {
        one.name: read_array(shown_text(shown[one.name], one.dimensions), one.dimensions).values
        if one.dimensions
        else read_number(shown_text(shown[one.name], ())).values
        for one in fields
    }
    ours, theirs = parse_inputs(encode_inputs(fields, typed), file="form"), parse_inputs(data, file="input.json")
    assert set(ours.signals) == set(theirs.signals)
    assert all((ours.signals[name] == theirs.signals[name]).all() for name in theirs.signals)


def test_buses_and_what_the_circuit_does_not_have():
    fields = [InputFieldView("p.x", (), public=False), InputFieldView("q[1].y", (2,), public=False)]
    data = b'{"p": {"x": "7", "z": 1}, "q": [{"y": [1, 2]}, {"y": [true, 4]}], "other": 5}'
    found = decode_inputs(data, fields, file="input.json")
    assert found == {"p.x": ("7",), "q[1].y": ("1", "4")}
    assert set(parse_inputs(encode_inputs(fields, found), file="form").signals) == {"p.x", "q[1].y"}


def test_a_file_that_is_no_set_of_inputs_is_refused():
    field = InputFieldView("x", (2,), public=False)
    with pytest.raises(InputError, match="takes 2 values, but 3"):
        decode_inputs(b'{"x": [1, 2, 3]}', [field], file="input.json")
    for bad in (b'{"x": [1, null]}', b'{"x": [1, "1.5"]}', b'{"x": [1, {"y": 2}]}', b'{"x": ""}'):
        with pytest.raises(InputError, match="not a whole number"):
            decode_inputs(bad, [field], file="input.json")
        with pytest.raises(InputError):
            parse_inputs(bad, file="input.json")
    twice = [InputFieldView("p.x", (), public=False)]
    with pytest.raises(InputError, match="twice"):
        decode_inputs(b'{"p": {"x": 1}, "p.x": 1}', twice, file="input.json")
    with pytest.raises(FileError, match="JSON object"):
        decode_inputs(b"[1, 2]", [field], file="input.json")
    with pytest.raises(FileError, match="more than"):
        decode_inputs(b" " * (MAX_FORM_BYTES + 1), [field], file="input.json")


def test_three_dimensions_show_as_nested_rows():
    values = [str(n) for n in range(8)]
    assert json.loads(shown_text(values, (2, 2, 2))) == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert shown_text(["0x1", "007", "12"], (1, 3)) == '[["0x1", "007", 12]]'
    assert shown_text([], ()) == ""


def test_a_file_of_inputs_is_read_as_it_stands(tmp_path):
    path = tmp_path / "input.json"
    path.write_bytes(b'{"a": "1"}')
    assert read_inputs(path) == b'{"a": "1"}'


def test_a_file_that_a_form_cannot_show_is_refused_before_it_is_read(tmp_path):
    large = tmp_path / "large.json"
    with large.open("wb") as stream:
        stream.truncate(MAX_FORM_BYTES + 1)
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    for path in (tmp_path / "gone.json", tmp_path, large, pipe):
        with pytest.raises(FileError):
            read_inputs(path)
