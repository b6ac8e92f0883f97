"""What a run notes for the next worker: proofs that were made, warnings, and the kept phases of the one that runs."""

import os
import sys
from dataclasses import replace

import pytest

from tests.support.circuits import random_circuit
from zkcompanion.app.run_notes import RunNotes
from zkcompanion.app.views import ProofView
from zkcompanion.base.messages import msg
from zkcompanion.proving.groth16.checkpoints import NO_CHECKPOINTS, scratch_bytes
from zkcompanion.proving.phases import NULL_TRACE, Phase

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's")


@pytest.fixture(scope="module")
def zkey():
    return random_circuit(3, 6, n_public=2).key()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.zkey"
    path.write_bytes(b"key")
    return path


@pytest.fixture
def scratch():
    descriptor = os.memfd_create("")
    yield descriptor
    os.close(descriptor)


def proof(seconds):
    return ProofView(seconds, {"witness": seconds}, 100, verified=True, resumed=("load",))


def keep(notes, phase, value=None):
    notes.kept.once(phase, lambda: value, NULL_TRACE)


def test_the_next_worker_finds_proofs_and_warnings_and_goes_on_with_the_number(zkey, file, scratch):
    notes = RunNotes(scratch, zkey, file, 4)
    assert (notes.begin(), notes.proofs, notes.warnings, notes.complete) == (1, (), (), False)
    notes.warn((msg("a warning about {x}", x=1 << 70),))
    notes.warn((msg("a warning about {x}", x=1 << 70),))
    keep(notes, Phase.SUM_A, (1, 2))
    notes.made(proof(1.0))
    assert notes.begin() == 2
    notes.made(proof(2.0))
    notes.begin()
    keep(notes, Phase.SUM_A, (3, 4))
    found = RunNotes(scratch, zkey, file, 4)
    assert found.proofs == (proof(1.0), proof(2.0)) == notes.proofs
    assert found.warnings == notes.warnings
    assert found.begin() == 3
    assert found.kept.once(Phase.SUM_A, lambda: pytest.fail("it is kept"), NULL_TRACE) == (3, 4)
    found.made(proof(3.0))
    assert found.begin() == 4
    assert found.kept.missing(Phase.SUM_A) is Phase.SUM_A, "of another proof"
    assert RunNotes(scratch, zkey, file, 4).proofs == (proof(1.0), proof(2.0), proof(3.0))


def test_of_the_last_proof_the_phases_are_asked_for_again(zkey, file, scratch):
    notes = RunNotes(scratch, zkey, file, 2)
    for number in (1, 2):
        assert notes.begin() == number
        keep(notes, Phase.SUM_A, (number, number))
        notes.made(proof(float(number)))
    assert notes.complete
    found = RunNotes(scratch, zkey, file, 2)
    assert not found.complete
    assert found.begin() == 2
    assert found.kept.missing(Phase.SUM_A) is None
    assert len(RunNotes(scratch, zkey, file, 1).proofs) == 0


def test_another_key_or_another_file_in_its_place_begins_anew(zkey, file, scratch):
    RunNotes(scratch, zkey, file, 2).made(proof(1.0))
    assert len(RunNotes(scratch, zkey, file, 2).proofs) == 1
    assert RunNotes(scratch, replace(zkey, circuit_hash=b"\1" * 64), file, 2).proofs == ()
    file.write_bytes(b"another")
    assert RunNotes(scratch, zkey, file, 2).proofs == ()
    file.unlink()
    assert RunNotes(scratch, zkey, file, 2).proofs == ()


def test_what_is_noted_after_a_torn_record_takes_its_place(zkey, file, scratch):
    RunNotes(scratch, zkey, file, 9).made(proof(1.0))
    end = os.fstat(scratch).st_size
    RunNotes(scratch, zkey, file, 9).made(proof(2.0))
    os.ftruncate(scratch, end + 60)
    notes = RunNotes(scratch, zkey, file, 9)
    assert notes.proofs == (proof(1.0),)
    notes.made(proof(3.0))
    assert RunNotes(scratch, zkey, file, 9).proofs == (proof(1.0), proof(3.0))


def test_what_is_forgotten_is_gone_and_only_another_workers_is_said(zkey, file, scratch):
    notes = RunNotes(scratch, zkey, file, 1)
    notes.begin()
    keep(notes, Phase.CHECK)
    assert not notes.forget()
    assert notes.kept.missing(Phase.CHECK) is Phase.CHECK
    keep(notes, Phase.CHECK)
    found = RunNotes(scratch, zkey, file, 1)
    keep(found, Phase.CHECK)
    assert found.forget()
    assert found.kept.missing(Phase.CHECK) is Phase.CHECK
    assert not found.forget()


def test_without_memory_a_run_goes_as_always(zkey, file, tmp_path):
    notes = RunNotes(None, zkey, file, 2)
    assert notes.kept is NO_CHECKPOINTS
    for number in (1, 2):
        assert notes.begin() == number
        notes.warn((msg("w"),))
        notes.made(proof(1.0))
    assert notes.complete
    assert not notes.forget()
    assert notes.warnings == (msg("w"),)
    descriptor = os.open(file, os.O_RDONLY)  # not to be written
    try:
        full = RunNotes(descriptor, zkey, file, 2)
        full.made(proof(1.0))
        assert full.proofs == (proof(1.0),)
    finally:
        os.close(descriptor)


def test_nothing_is_written_in_front_of_the_kept_phases(zkey, file, scratch):
    RunNotes(scratch, zkey, file, 2).made(proof(1.0))
    before = scratch_bytes(zkey.n_vars, zkey.domain_size)
    assert os.pread(scratch, before, 0) == bytes(before)
