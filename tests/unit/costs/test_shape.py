"""Shapes: the same from a key and from the constraints that it was made from, and what a calculator declares."""

from dataclasses import replace

import numpy as np
import pytest
import wasmtime

from tests.support import format_files
from tests.support.bundled_circuits import bundled
from zkcompanion.base.errors import FileError
from zkcompanion.benchmarks.builder import ONE, CircuitBuilder
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs import shape as shapes
from zkcompanion.costs.shape import (
    calculator_of,
    names_of,
    shape_of_both,
    shape_of_r1cs,
    shape_of_zkey,
    system_of,
)
from zkcompanion.proving.backend import ReferenceBackend
from zkcompanion.proving.formats.r1cs import read_r1cs, write_r1cs
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.development import write_development_key


@pytest.mark.parametrize(("kind", "constraints"), [("dense", 20), ("bits", 40), ("mix", 63)])
def test_a_key_and_its_constraints_have_the_same_shape(kind, constraints, tmp_path, monkeypatch):
    monkeypatch.setattr(shapes, "_CHUNK", 17)  # rows go over the edges of what is looked at in one step
    system, _ = generate_sized(kind, constraints)
    write_development_key(tmp_path / "k.zkey", system, ReferenceBackend())
    shape = shape_of_zkey(tmp_path / "k.zkey")
    of_system = shape_of_r1cs(system)
    assert shape == replace(of_system, small=None, small_a=0, small_b=0)
    assert shape_of_both(tmp_path / "k.zkey", system) == of_system
    # constraints that the key was not made from say nothing of it
    assert shape_of_both(tmp_path / "k.zkey", generate_sized(kind, 3)[0]) == shape
    assert shape.key_bytes == (tmp_path / "k.zkey").stat().st_size
    assert (shape.constraints, shape.wires, shape.public) == (constraints, system.n_wires, 1)
    with read_zkey(tmp_path / "k.zkey") as key:
        assert shape.domain == 1 << shape.power == key.domain_size
        assert shape.coefficients == len(key.coefficients)
        assert shape.most_coefficients == np.bincount(key.coefficients["matrix"]).max()
        # a point is infinity where its wire stands in no row
        assert shape.finite_a == key.points_a.any(axis=1).sum()
        assert shape.finite_b == key.points_b2.any(axis=1).sum()
        assert shape.points_c == len(key.points_c)


def test_wires_that_must_be_bits_are_counted_once_and_in_either_order():
    c = CircuitBuilder()
    first, second = c.bit(1), c.bit(0)
    c.constrain([(first, 1), (ONE, -1)], [(first, 1)], [])
    c.constrain([(second, 3), (ONE, -3)], [(second, 5)], [])
    free = c.wire(7)
    c.constrain([(free, 1)], [(first, 1), (ONE, -1)], [])  # says nothing of `free` being a bit
    c.constrain([(free, 1)], [(free, 1)], [(c.wire(49), 1)])
    c.constrain([(ONE, 1)], [(ONE, 1), (ONE, -1)], [])
    system, _ = c.finish()
    assert shape_of_r1cs(system).bits == 2


def test_a_key_without_coefficients_has_a_shape(tmp_path):
    (tmp_path / "k.zkey").write_bytes(format_files.zkey(n_coefficients=0))
    shape = shape_of_zkey(tmp_path / "k.zkey")
    assert (shape.constraints, shape.coefficients, shape.bits, shape.finite_a) == (0, 0, 0, 0)
    assert (shape.wires, shape.public, shape.domain) == (4, 1, 4)


def test_what_a_check_depends_on_is_counted(tmp_path):
    system, _ = generate_sized("mix", 50)
    write_r1cs(tmp_path / "c.r1cs", system)
    size = (tmp_path / "c.r1cs").stat().st_size
    seen = system_of(read_r1cs(tmp_path / "c.r1cs"), size)
    counts = [rows.n_terms for rows in (system.a, system.b, system.c)]
    assert (seen.constraints, seen.terms, seen.most_terms) == (50, sum(counts), max(counts))
    assert size == 12 * 50 + 36 * seen.terms + 8 * system.n_wires + 12 + 3 * 12 + 64


def test_names_are_counted():
    example = bundled("age-over-18").example
    names = names_of(example.sym_path)
    assert (names.lines, names.size_bytes) == (len(bundled("age-over-18").names), example.sym_path.stat().st_size)


@pytest.mark.parametrize("example_id", ["age-over-18", "sha256-preimage"])
def test_the_memory_of_a_calculator_is_what_wasmtime_finds(example_id):
    path = bundled(example_id).example.wasm_path
    module = wasmtime.Module(wasmtime.Engine(), path.read_bytes())
    (memory,) = [found.type for found in module.exports if isinstance(found.type, wasmtime.MemoryType)]
    found = calculator_of(path)
    assert found.memory_bytes == memory.limits.min << 16
    assert found.size_bytes == path.stat().st_size


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no module at all",
        b"\0asm\1\0\0\0",
        b"\0asm\1\0\0\0\1\2ab",  # sections, but no memory
        b"\0asm\1\0\0\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",  # a size without an end
        b"\0asm\1\0\0\0\1\x80",
    ],
)
def test_a_file_without_a_memory_is_refused(data, tmp_path):
    (tmp_path / "c.wasm").write_bytes(data)
    with pytest.raises(FileError, match="no WebAssembly module with a memory"):
        calculator_of(tmp_path / "c.wasm")
