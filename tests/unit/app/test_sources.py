"""Standard input in place of a file."""

import io
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.support.bounds import bounded
from tests.support.format_files import wtns
from zkcompanion.app import sources
from zkcompanion.app.sources import STANDARD_INPUT, GivenInputs, read_inputs_from, read_witness_from
from zkcompanion.base.errors import FileError
from zkcompanion.proving.formats.wtns import parse_wtns

WITNESS = wtns()
N_WIRES = len(parse_wtns(WITNESS, file="")[0])


class Endless(io.RawIOBase):
    """What `/dev/zero` is."""

    def readable(self):
        return True

    def readinto(self, buffer):
        return len(buffer)


@pytest.fixture
def standard_input(monkeypatch):
    def put(stream):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))

    return put


def test_a_witness_and_inputs_are_read_from_standard_input(standard_input):
    standard_input(io.BytesIO(WITNESS))
    assert (read_witness_from(STANDARD_INPUT, n_wires=N_WIRES) == parse_wtns(WITNESS, file="")[0]).all()
    standard_input(io.BytesIO(b'{"a": 1}'))
    assert list(read_inputs_from(STANDARD_INPUT).signals) == ["a"]


def test_what_comes_in_steps_is_put_together(standard_input, monkeypatch):
    monkeypatch.setattr(sources, "_STEP_BYTES", 5)
    standard_input(io.BytesIO(WITNESS))
    assert (read_witness_from(STANDARD_INPUT, n_wires=N_WIRES) == parse_wtns(WITNESS, file="")[0]).all()


def test_what_is_no_witness_is_refused_at_once_however_long_it_is(standard_input):
    standard_input(io.BufferedReader(Endless()))
    with bounded(seconds=1, mebibytes=10), pytest.raises(FileError, match="first four bytes should be 'wtns'"):
        read_witness_from(STANDARD_INPUT, n_wires=N_WIRES)


def test_inputs_without_end_are_refused_at_the_limit(standard_input, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 5 << 20)
    standard_input(io.BufferedReader(Endless()))
    with bounded(mebibytes=30), pytest.raises(FileError, match="More than 5242880 bytes came in"):
        read_inputs_from(STANDARD_INPUT)


def test_the_limit_is_exact(standard_input, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 8)
    standard_input(io.BytesIO(b'{"a": 1}'))
    assert list(read_inputs_from(STANDARD_INPUT).signals) == ["a"]
    standard_input(io.BytesIO(b'{"a": 1} '))
    with pytest.raises(FileError, match="More than 8 bytes"):
        read_inputs_from(STANDARD_INPUT)


def test_a_closed_standard_input_is_a_bad_file(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(FileError, match="cannot be read"):
        read_inputs_from(STANDARD_INPUT)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on address space")
def test_a_small_witness_does_not_ask_for_the_memory_of_the_largest():
    # a computer with less memory than the limit on witness files refuses one allocation of that size
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)); "
        f"from zkcompanion.app.sources import *; read_witness_from(STANDARD_INPUT, n_wires={N_WIRES}); print('read')"
    )
    done = subprocess.run([sys.executable, "-c", code], input=WITNESS, capture_output=True, check=True)
    assert done.stdout == b"read\n"


def test_inputs_that_were_handed_over_are_read_and_not_shown():
    given = GivenInputs(b'{"a": 7}')
    assert read_inputs_from(given).n_values == 1
    assert "7" not in repr(given)
    with pytest.raises(FileError, match="<inputs>"):
        read_inputs_from(GivenInputs(b"{"))
