import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bounds import bounded
from zkcompanion.base.errors import FileError
from zkcompanion.proving.formats import sym
from zkcompanion.proving.formats.sym import SignalLine, parse_sym, read_sym, require_names_fit, write_sym

GOOD = b"1,1,0,main.out\n2,2,0,main.a\n3,-1,0,main.b\n4,2,3,main.sub.x[0]\n5,10,3,main.sub.x[1]\n"


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_sym(data, file="c.sym")
    return caught.value


def test_names_are_found_by_wire_in_file_order():
    names = parse_sym(GOOD, file="")
    assert len(names) == 5
    assert names.names(1) == ("main.out",)
    assert names.names(2) == ("main.a", "main.sub.x[0]")
    assert names.names(10) == ("main.sub.x[1]",)
    assert names.names(0) == names.names(3) == names.names(2**40) == ()
    assert names.names(-1) == ("main.b",)
    assert names.labels.tolist() == [1, 2, 3, 4, 5]
    assert names.wires.tolist() == [1, 2, -1, 2, 10]
    assert names.components.tolist() == [0, 0, 0, 3, 3]
    assert names.line(3) == SignalLine(4, 2, 3, "main.sub.x[0]")


def test_a_wire_always_has_something_to_show():
    names = parse_sym(GOOD, file="")
    assert [names.shown_name(wire) for wire in (2, 0, 7)] == ["main.a", "one", "wire 7"]


def test_what_was_read_is_written_the_same(tmp_path):
    path = tmp_path / "c.sym"
    for data in (GOOD, b"", b"0,0,0, \n"):
        path.write_bytes(data)
        names = read_sym(path)
        write_sym(path, names.lines())
        assert path.read_bytes() == data


NUMBERS = st.integers(0, 10**18 - 1)
LINES = st.builds(
    SignalLine,
    NUMBERS,
    st.one_of(st.just(-1), NUMBERS),
    NUMBERS,
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters=","), min_size=1, max_size=9),
)


@given(st.lists(LINES, max_size=6))
def test_any_line_is_read_as_it_was_written(tmp_path_factory, lines):
    path = tmp_path_factory.getbasetemp() / "any.sym"
    write_sym(path, lines)
    assert list(read_sym(path).lines()) == lines


def test_searching_in_steps_finds_the_same(monkeypatch):
    whole = parse_sym(GOOD, file="")
    monkeypatch.setattr(sym, "_CHUNK", 3)
    in_steps = parse_sym(GOOD, file="")
    assert list(whole.lines()) == list(in_steps.lines())
    place = GOOD.index(b"main.sub")
    assert refused(GOOD[:place] + b"\x1b" + GOOD[place + 1 :]).offset == place


def test_a_file_cut_inside_a_line_is_refused_at_that_line():
    starts = [0, *np.flatnonzero(np.frombuffer(GOOD, "u1") == ord("\n")) + 1]
    for length in range(len(GOOD)):
        if length not in starts:
            assert refused(GOOD[:length]).offset == max(start for start in starts if start <= length)
        else:
            parse_sym(GOOD[:length], file="")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"", "four fields"),
        (b"1,1,0", "four fields"),
        (b"1,1,0,a,b", "four fields"),
        (b"1,1,0,", "a name"),
        (b",1,0,a", "plain decimal"),
        (b"1,,0,a", "plain decimal"),
        (b"1,1,,a", "plain decimal"),
        (b"01,1,0,a", "plain decimal"),
        (b"1,01,0,a", "plain decimal"),
        (b"1,1,00,a", "plain decimal"),
        (b"+1,1,0,a", "plain decimal"),
        (b"-1,1,0,a", "plain decimal"),
        (b"1,-2,0,a", "plain decimal"),
        (b"1,-11,0,a", "plain decimal"),
        (b"1,-01,0,a", "plain decimal"),
        (b"1,-,0,a", "plain decimal"),
        (b"1,1,-1,a", "plain decimal"),
        (b"1, 1,0,a", "plain decimal"),
        (b"1,1 ,0,a", "plain decimal"),
        (b"1,1_0,0,a", "plain decimal"),
        (b"1,0x1,0,a", "plain decimal"),
        (b"1000000000000000000,1,0,a", "plain decimal"),
        (b"1," + b"9" * 400 + b",0,a", "plain decimal"),
    ],
)
def test_a_broken_line_is_refused_with_its_number(line, what):
    error = refused(b"7,7,7,x\n" + line + b"\n8,8,8,y\n")
    assert "Line 2 should have" in str(error)
    assert what in str(error)
    assert 8 <= error.offset < 8 + len(line) + 1


@pytest.mark.parametrize("octet", [0, 9, 13, 0x1B, 0x1F, 0x7F, 0x80, 0xFF])
def test_control_characters_and_other_alphabets_are_refused(octet):
    error = refused(b"1,1,0,a" + bytes([octet]) + b"\n")
    assert error.offset == 7
    assert f"a byte {octet}" in str(error)


def test_names_of_another_circuit_are_refused():
    names = parse_sym(GOOD, file="")
    require_names_fit(names, 6, file="c.sym")
    with pytest.raises(FileError, match=r"c\.sym: The file names 5 signals, but the circuit has 4"):
        require_names_fit(names, 5, file="c.sym")


@pytest.mark.external
def test_names_of_other_tools_are_read_and_written_the_same(external_vectors, tmp_path):
    path = external_vectors / "snarkjs" / "groth16" / "circuit.sym"
    names = read_sym(path)
    assert names.names(2) == ("main.a",)
    write_sym(tmp_path / "copy.sym", names.lines())
    assert (tmp_path / "copy.sym").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("line", [b"", b",", b",,,,", b"1,1,1"])
def test_a_file_of_short_lines_is_refused_without_memory_for_each(line):
    data = (line + b"\n") * 1_000_000
    with bounded(seconds=2, mebibytes=10):
        error = refused(data)
    assert "Line 1 should have four fields" in str(error)


def test_the_first_line_of_other_fields_is_named_wherever_it_is():
    data = b"1,1,0,a\n" * 1000
    for line in (b"1,1,0", b"1,1,0,a,b"):
        error = refused(data + line + b"\n" + data)
        assert "Line 1001 should have four fields" in str(error)
        assert error.offset == len(data)
    # as many commas as there should be, in the wrong lines
    error = refused(data + b"1,1,0\n1,1,0,a,b\n" + data)
    assert "Line 1001 should have four fields" in str(error)
