"""Proofs in slices: the same proof for every cut, pages given back, and a key that is read sparingly."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit, shapes
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.mapped import GIVES_BACK, MappedFile
from zkcompanion.proving.formats.zkey import read_zkey, write_zkey
from zkcompanion.proving.groth16.development import write_development_key
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.slices import StreamPlan
from zkcompanion.proving.groth16.streaming import SparingTrace
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.scalar_order import ScalarOrder

pytestmark = pytest.mark.kernels
BLINDING = (FR.modulus - 5, 3**90 % FR.modulus)
SHAPES = shapes()


class Told(Trace):
    """Notes what was announced and what came, and may stop at a phase."""

    def __init__(self, stop: Phase | None = None) -> None:
        self.stop, self.open = stop, []
        self.begun, self.announced, self.done, self.worked = [], {}, {}, {}

    def begin(self, phase, steps=0):
        self.open.append(phase)
        self.begun.append(phase)
        self.announced[phase] = self.announced.get(phase, 0) + steps

    def advance(self, phase, steps=1):
        self.done[phase] = self.done.get(phase, 0) + steps

    def end(self, phase):
        assert self.open.pop() is phase

    def work(self, phase, count):
        self.worked[phase] = self.worked.get(phase, 0) + count()

    def check(self):
        if self.stop in self.open:
            raise Cancelled


@pytest.fixture
def key(tmp_path):
    """A circuit, and the path of a key for it."""

    def make(circuit):
        write_development_key(tmp_path / "k.zkey", circuit.r1cs(), backend("scalar"))
        return tmp_path / "k.zkey"

    return make


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kind", ["scalar", "reference"])
def test_every_shape_gives_the_same_proof_in_slices_of_every_length(key, name, kind):
    circuit = SHAPES[name]
    computes = backend(kind)
    path = key(circuit)
    with read_zkey(path) as zkey:
        expected = prove(ProvingKey.prepare(zkey), circuit.limbs, computes, blinding=BLINDING)
    with read_zkey(path, sparing=True) as zkey:
        prepared = ProvingKey.prepare_sparingly(zkey)
        for wires, points in {(1, 1), (2, 3), (zkey.n_public + 1, 2), (zkey.n_vars, zkey.domain_size), (10**6, 10**6)}:
            plan = StreamPlan(wires, points)
            assert prove(prepared, circuit.limbs, computes, plan=plan, blinding=BLINDING) == expected
        assert prepared.rows is None


def test_phases_steps_and_work_are_told_as_of_any_proof(key):
    circuit = random_circuit(5, 30, n_public=2)
    with read_zkey(key(circuit), sparing=True) as zkey:
        trace = Told()
        plan = StreamPlan(10, 8)
        prove(ProvingKey.prepare_sparingly(zkey, trace=trace), circuit.limbs, backend("scalar"), plan=plan, trace=trace)
        slices = {Phase.SUM_A: -(-zkey.n_vars // 10), Phase.SUM_H: zkey.domain_size // 8}
    for phase, count in slices.items():
        assert trace.announced[phase] == trace.done[phase] == count
    order = list(dict.fromkeys(trace.begun))
    assert order == [phase for phase in Phase if phase in order]
    assert set(trace.worked) >= {Phase.CONSTRAINTS, Phase.TRANSFORMS, Phase.SUM_A, Phase.SUM_B2, Phase.SUM_H}
    for phase in (Phase.CONSTRAINTS, Phase.SUM_A, Phase.SUM_B2, Phase.SUM_H):
        stopped = Told(phase)
        with read_zkey(key(circuit), sparing=True) as zkey, pytest.raises(Cancelled):
            prove(ProvingKey.prepare_sparingly(zkey), circuit.limbs, backend("scalar"), plan=plan, trace=stopped)


def test_a_plan_goes_without_a_mask_and_a_key_without_rows_with_a_plan(key):
    circuit = random_circuit(5, 6)
    with read_zkey(key(circuit)) as zkey:
        prepared = ProvingKey.prepare_sparingly(zkey)
        with pytest.raises(ValueError, match="plan"):
            prove(prepared, circuit.limbs, backend("scalar"))
        with prepared.work_mask(backend("scalar")) as mask, pytest.raises(ValueError, match="plan"):
            prove(prepared, circuit.limbs, backend("scalar"), mask=mask, plan=StreamPlan(4, 4))


def test_an_order_between_two_scalars_is_that_of_a_slice():
    classes = np.array([2, 0, 1, 0, 2, 2, 1, 0], dtype=np.uint8)
    whole = ScalarOrder.by_class(classes, 4)
    for first in range(8):
        for end in range(first, 9):
            part, expected = whole.between(first, end), ScalarOrder.by_class(classes[first:end], 4)
            assert part.cuts == expected.cuts
            assert part.indices.tolist() == expected.indices.tolist()


def _file_pages_kb(path):
    """Resident pages of a mapped file, from the map of this process."""
    inside, pages = False, 0
    with Path("/proc/self/smaps").open() as lines:
        for line in lines:
            if "-" in line.split(" ", 1)[0] and ":" not in line.split(" ", 1)[0]:
                inside = line.rstrip().endswith(str(path))
            elif inside and line.startswith("Rss:"):
                pages += int(line.split()[1])
    return pages


@pytest.mark.skipif(not GIVES_BACK, reason="pages are given back on Linux")
def test_pages_of_a_sparing_map_leave_and_come_back(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(bytes(range(256)) * (1 << 14))
    with MappedFile(path, max_bytes=1 << 30, sparing=True) as mapped:
        view = np.frombuffer(mapped.data, dtype=np.uint8)
        assert int(view.sum()) == 127.5 * (1 << 22)
        assert _file_pages_kb(path) == 4096
        mapped.give_back()
        assert _file_pages_kb(path) == 0
        assert int(view.sum()) == 127.5 * (1 << 22)
        assert isinstance(mapped.data, mmap.mmap)
        del view
    mapped.give_back()
    with MappedFile(path, max_bytes=1 << 30) as plain:
        assert plain.data[5] == 5
        plain.give_back()
        assert _file_pages_kb(path) > 0
    (tmp_path / "empty").write_bytes(b"")
    with MappedFile(tmp_path / "empty", max_bytes=1, sparing=True) as empty:
        empty.give_back()


def test_a_key_in_memory_has_nothing_to_give_back(key, tmp_path):
    circuit = random_circuit(5, 6)
    with read_zkey(key(circuit), sparing=True) as zkey:
        count = zkey.n_constraints
        assert count == len(circuit.constraints)
        write_zkey(tmp_path / "again.zkey", zkey)
    zkey.give_back()
    assert (tmp_path / "again.zkey").read_bytes() == (tmp_path / "k.zkey").read_bytes()


def test_what_a_sparing_trace_is_told_of_work_is_passed_on():
    class Key:
        def give_back(self):
            raise AssertionError("work reads nothing")

    told = Told()
    SparingTrace(told, Key()).work(Phase.CONSTRAINTS, lambda: 12)
    assert told.worked
