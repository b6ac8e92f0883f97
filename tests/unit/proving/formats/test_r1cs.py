import random
import struct

import numpy as np
import pytest

from tests.support.format_files import (
    CONSTRAINTS,
    combination,
    container,
    patched,
    r1cs,
    r1cs_sections,
    random_constraints,
    section_offset,
)
from zkcompanion.base.errors import FileError, UnsupportedFileError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.formats import r1cs as module
from zkcompanion.proving.formats.r1cs import (
    R1cs,
    R1csOutline,
    SparseRows,
    parse_r1cs,
    read_r1cs,
    read_r1cs_outline,
    write_r1cs,
)

GOOD = r1cs()
HEADER = section_offset(GOOD, 1)
BODY = section_offset(GOOD, 2)


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_r1cs(data, file="c.r1cs")
    return caught.value


def rows_of(matrix: SparseRows) -> list[list[tuple[int, int]]]:
    values = from_limbs(matrix.value)
    return [
        list(zip(matrix.wire[begin:end].tolist(), values[begin:end], strict=True))
        for begin, end in zip(matrix.row_ptr[:-1], matrix.row_ptr[1:], strict=True)
    ]


def test_terms_keep_their_order_and_repetitions():
    circuit = parse_r1cs(GOOD, file="")
    for index, matrix in enumerate((circuit.a, circuit.b, circuit.c)):
        assert rows_of(matrix) == [row[index] for row in CONSTRAINTS]
        assert matrix.n_rows == circuit.n_constraints == 3
        assert matrix.n_terms == sum(len(row[index]) for row in CONSTRAINTS)
        assert (matrix.row_ptr.dtype, matrix.wire.dtype, matrix.value.dtype) == (np.int64, np.uint32, np.uint64)
    assert (circuit.n_wires, circuit.n_outputs, circuit.n_public_inputs, circuit.n_private_inputs) == (8, 1, 1, 2)
    assert (circuit.n_public, circuit.n_labels) == (2, 9)
    assert circuit.wire_to_label.tolist() == list(range(8))


def test_the_outline_is_read_without_a_look_at_the_constraints(tmp_path):
    path, circuit = tmp_path / "c.r1cs", parse_r1cs(GOOD, file="")
    damaged = patched(GOOD, BODY, (1 << 31).to_bytes(4, "little"))
    path.write_bytes(damaged)
    terms = sum(matrix.n_terms for matrix in (circuit.a, circuit.b, circuit.c))
    assert read_r1cs_outline(path) == R1csOutline(8, 2, 3, terms, len(damaged))
    with pytest.raises(FileError):
        read_r1cs(path)
    path.write_bytes(patched(GOOD, HEADER + 60, (1 << 20).to_bytes(4, "little")))
    with pytest.raises(FileError, match="constraints do not fit"):
        read_r1cs_outline(path)


def test_what_was_read_is_written_the_same(tmp_path):
    path = tmp_path / "c.r1cs"
    body, header, labels = r1cs_sections()
    for sections in (
        [body, header, labels],
        [labels, (77, b"unknown"), header, body],
        [body, header, labels, (4, struct.pack("<I", 0)), (5, struct.pack("<I", 0))],
    ):
        data = container(b"r1cs", 1, sections)
        path.write_bytes(data)
        write_r1cs(path, read_r1cs(path))
        assert path.read_bytes() == data


@pytest.mark.parametrize("block_rows", [1, 2, 5, 1 << 15])
@pytest.mark.parametrize("count", [0, 1, 12])
def test_blocks_of_any_size_give_the_same(tmp_path, monkeypatch, block_rows, count):
    monkeypatch.setattr(module, "_BLOCK_ROWS", block_rows)
    data = r1cs(constraints=random_constraints(random.Random(count), count, 8, most_terms=4))
    path = tmp_path / "c.r1cs"
    path.write_bytes(data)
    circuit = read_r1cs(path)
    assert circuit.n_constraints == count
    write_r1cs(path, circuit)
    assert path.read_bytes() == data


def test_a_circuit_made_in_memory_is_written_in_circoms_order(tmp_path):
    one = SparseRows(np.array([0, 1]), np.array([1], dtype=np.uint32), to_limbs([1]))
    circuit = R1cs(3, 0, 1, 1, 3, one, one, one, np.arange(3, dtype=np.uint64))
    write_r1cs(tmp_path / "c.r1cs", circuit)
    constraints = [[[(1, 1)], [(1, 1)], [(1, 1)]]]
    expected = r1cs(constraints=constraints, n_wires=3, n_outputs=0, n_public=1, n_private=1, n_labels=3)
    assert (tmp_path / "c.r1cs").read_bytes() == expected


def test_a_combination_that_claims_too_many_terms_is_refused_where_it_begins():
    starts = []
    position = BODY
    for row in CONSTRAINTS:
        for terms in row:
            starts.append(position)
            position += len(combination(terms))
    for index, start in enumerate(starts):
        for count in (100, 2**31 - 1, 2**32 - 1):
            error = refused(patched(GOOD, start, struct.pack("<I", count)))
            assert error.section == "2 (constraints)"
            assert error.offset == start
            assert f"combination {'ABC'[index % 3]} of constraint {index // 3} claims {count} terms" in str(error)


def test_a_combination_with_fewer_terms_than_there_are_is_refused():
    # the words of the lost term are read as counts
    assert refused(patched(GOOD, BODY, struct.pack("<I", 1))).section == "2 (constraints)"


def test_the_last_combination_may_not_overrun_the_section():
    body = b"".join(combination(terms) for terms in ([], [], [(1, 1)]))[:-4]
    _, header, labels = r1cs_sections(constraints=[[[], [], []]])
    error = refused(container(b"r1cs", 1, [(2, body), header, labels]))
    assert "combination C of constraint 0 claims 1 terms" in str(error)


def test_bytes_after_the_last_constraint_are_refused():
    (_, body), header, labels = r1cs_sections()
    error = refused(container(b"r1cs", 1, [(2, body + bytes(4)), header, labels]))
    assert error.offset == 24 + len(body)
    assert "4 bytes follow" in str(error)
    # also where there is no constraint at all
    _, header, labels = r1cs_sections(constraints=[])
    assert "4 bytes follow" in str(refused(container(b"r1cs", 1, [(2, bytes(4)), header, labels])))


def test_a_count_of_constraints_that_cannot_fit_is_refused_before_anything_is_read():
    for count in (1000, 2**31 - 1, 2**32 - 1):
        error = refused(patched(GOOD, HEADER + 60, struct.pack("<I", count)))
        assert error.offset == BODY - 8
        assert f"{count} constraints do not fit" in str(error)
    (_, body), header, labels = r1cs_sections()
    assert "do not fit" in str(refused(container(b"r1cs", 1, [(2, body + b"x"), header, labels])))


def test_a_wire_beyond_the_last_is_refused_where_it_stands():
    # first constraint: count of A, then its second term
    offset = BODY + 4 + 36
    for wire in (8, 2**32 - 1):
        error = refused(patched(GOOD, offset, struct.pack("<I", wire)))
        assert error.offset == offset
        assert f"wire {wire}, but there are 8" in str(error)


def test_a_coefficient_not_below_the_prime_is_refused_where_it_stands():
    offset = BODY + 4 + 36 + 4
    error = refused(patched(GOOD, offset, FR.modulus.to_bytes(32, "little")))
    assert error.offset == offset
    assert "not below" in str(error)


def test_faults_in_later_blocks_are_found_where_they_stand(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_ROWS", 2)
    constraints = [[[(1, 1)], [], []] for _ in range(7)]
    data = r1cs(constraints=constraints)
    for row in range(7):
        offset = BODY + row * 48 + 4
        assert refused(patched(data, offset, struct.pack("<I", 9))).offset == offset


def test_more_public_signals_than_wires_are_refused():
    error = refused(r1cs(n_outputs=4, n_public=4, n_labels=100))
    assert error.offset == HEADER + 36
    assert "make 9 wires, but there are 8" in str(error)
    assert parse_r1cs(r1cs(n_outputs=4, n_public=3, n_labels=100), file="").n_public == 7


def test_private_inputs_without_a_wire_are_allowed_but_each_has_a_label():
    assert parse_r1cs(r1cs(n_private=50, n_labels=53), file="").n_private_inputs == 50
    error = refused(r1cs(n_private=50, n_labels=52))
    assert error.offset == HEADER + 36 + 16
    assert "make 53 labels, but there are 52" in str(error)


def test_a_label_beyond_the_last_is_refused():
    error = refused(r1cs(n_labels=7))
    assert error.section == "3 (labels)"
    assert error.offset == section_offset(GOOD, 3) + 7 * 8
    assert "label of wire 7" in str(error)


def test_labels_must_be_there_for_each_wire():
    body, header, (_, labels) = r1cs_sections()
    assert refused(container(b"r1cs", 1, [body, header])).section == "3 (labels)"
    assert refused(container(b"r1cs", 1, [body, header, (3, labels[8:])])).section == "3 (labels)"


def test_used_custom_gates_are_refused_by_name():
    gates = [(4, b"\1\0\0\0G\0\0\0\0\0"), (5, struct.pack("<IIIQQ", 1, 0, 2, 1, 2))]
    error = refused(container(b"r1cs", 1, [*r1cs_sections(), *gates]))
    assert isinstance(error, UnsupportedFileError)
    assert error.section == "5 (uses of custom gates)"
    assert "custom gates" in str(error)
    assert "PLONK" in str(error)


def test_a_broken_list_of_uses_is_refused():
    assert "ends after 2" in str(refused(container(b"r1cs", 1, [*r1cs_sections(), (5, bytes(2))])))
    assert "2 bytes follow" in str(refused(container(b"r1cs", 1, [*r1cs_sections(), (5, bytes(6))])))


def test_another_prime_is_refused():
    error = refused(patched(GOOD, HEADER + 4, (2**255 - 19).to_bytes(32, "little")))
    assert "no curve that this program knows" in str(error)


@pytest.mark.external
def test_circuits_of_other_tools_are_read_and_written_the_same(external_vectors, tmp_path):
    paths = sorted(external_vectors.rglob("*.r1cs"))
    assert len(paths) >= 4
    for path in paths:
        write_r1cs(tmp_path / "copy.r1cs", read_r1cs(path))
        assert (tmp_path / "copy.r1cs").read_bytes() == path.read_bytes()
