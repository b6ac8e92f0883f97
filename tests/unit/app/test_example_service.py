"""The list of examples for faces: quick, and true to the circuits' files."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from zkcompanion.app import example_service
from zkcompanion.app.example_service import ExampleService
from zkcompanion.app.examples import find_example
from zkcompanion.base.errors import FileError
from zkcompanion.proving.formats.r1cs import read_r1cs


def test_sizes_from_the_header_are_those_of_the_whole_circuit():
    views = ExampleService().list()
    assert {view.id for view in views} >= {"funds-above-threshold", "sudoku"}
    for view in views:
        system = read_r1cs(find_example(view.id).r1cs_path)
        assert (view.constraints, view.public_signals) == (system.n_constraints, system.n_public)


def test_a_circuit_without_a_header_is_refused(tmp_path, monkeypatch):
    found = find_example("sudoku")
    shutil.copytree(found.folder, tmp_path / "sudoku")
    broken = replace(found, folder=tmp_path / "sudoku")
    data = bytearray(broken.r1cs_path.read_bytes())
    data[8:12] = b"\0\0\0\0"  # no sections at all
    broken.r1cs_path.write_bytes(data)
    monkeypatch.setattr(example_service, "list_examples", lambda: (broken,))
    with pytest.raises(FileError, match="header"):
        ExampleService().list()


def test_listing_them_and_reading_a_form_load_no_numpy():
    """A window that has just opened shows them; NumPy alone takes longer than a switch of pages may."""
    code = (
        "import sys\n"
        "from zkcompanion.app.example_service import ExampleService\n"
        "import zkcompanion.app.input_values\n"
        "assert ExampleService().list()\n"
        "assert 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
