"""A proof that goes on in another process: the same proof, bit for bit, and no phase gone through twice."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit
from tests.support.kernels import ifma_missing
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.backend import MASKING, PROVING
from zkcompanion.proving.groth16 import checkpoints
from zkcompanion.proving.groth16 import prove as module
from zkcompanion.proving.groth16.checkpoints import (
    KEPT,
    NO_CHECKPOINTS,
    KeptPhases,
    key_identity,
    scratch_bytes,
)
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.records import drop_record

pytestmark = [
    pytest.mark.kernels,
    pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's"),
]
BLINDING = (0x1234567 << 220, 98765)
KINDS = ["scalar", "reference", pytest.param("ifma", marks=ifma_missing)]
#: Phases of `prove`; one that is kept here ends in a record.
PHASES = (
    Phase.CONSTRAINTS,
    Phase.TRANSFORMS,
    Phase.SUM_A,
    Phase.SUM_B1,
    Phase.SUM_B2,
    Phase.SUM_C,
    Phase.SUM_H,
    Phase.ASSEMBLE,
)


class Watch(Trace):
    """Notes what is gone through and what is taken over; `stop`: the phase before which the process ends."""

    def __init__(self, stop: Phase | None = None) -> None:
        self.stop = stop
        self.begun: list[Phase] = []
        self.taken: list[Phase] = []

    def begin(self, phase: Phase, steps: int = 0) -> None:
        if phase is self.stop:
            raise Cancelled
        if self.begun[-1:] != [phase]:
            self.begun.append(phase)

    def resumed(self, phase: Phase) -> None:
        self.taken.append(phase)


@pytest.fixture(scope="module")
def circuit():
    return random_circuit(9, 12, n_public=2)


@pytest.fixture(scope="module")
def key(circuit):
    return ProvingKey.prepare(circuit.key())


@pytest.fixture(scope="module")
def expected(circuit, key):
    return prove(key, circuit.limbs, backend(), blinding=BLINDING)


@pytest.fixture
def scratch():
    descriptor = os.memfd_create("")
    yield descriptor
    os.close(descriptor)


def attempt(circuit, key, kept, kind="scalar", stop=None, mask=False, blinding=BLINDING):
    """What a process makes of it, and what it went through; None where it ended before."""
    backend(kind).load((*PROVING, *MASKING))
    watch = Watch(stop)
    made = key.work_mask(backend(kind)) if mask else None
    try:
        return prove(key, circuit.limbs, backend(kind), trace=watch, mask=made, blinding=blinding, kept=kept), watch
    except Cancelled:
        return None, watch


@pytest.mark.parametrize("mask", [False, True], ids=["plain", "masked"])
@pytest.mark.parametrize("then", KINDS)
@pytest.mark.parametrize("first", KINDS)
def test_from_every_checkpoint_the_proof_is_that_of_one_process(circuit, key, expected, scratch, first, then, mask):
    for stop in PHASES:
        os.ftruncate(scratch, 0)
        lost, before = attempt(circuit, key, KeptPhases(scratch, key.zkey), first, stop, mask)
        assert lost is None
        kept = KeptPhases(scratch, key.zkey)
        made, after = attempt(circuit, key, kept, then, None, mask)
        assert made == expected, stop
        # the rows are made again where the transforms were not done
        done = list(PHASES[: PHASES.index(stop)]) if stop is not Phase.TRANSFORMS else []
        assert after.taken == list(kept.taken) == done, stop
        assert after.begun == list(PHASES[len(done) :]), stop
        assert before.begun == list(PHASES[: PHASES.index(stop)])


def test_a_proof_may_lose_a_process_in_every_phase(circuit, key, expected, scratch):
    for stop in PHASES[2:]:
        lost, watch = attempt(circuit, key, KeptPhases(scratch, key.zkey), stop=stop)
        assert lost is None
        assert len(watch.begun) == (2 if stop is PHASES[2] else 1)
    assert attempt(circuit, key, KeptPhases(scratch, key.zkey))[0] == expected


def test_a_proof_that_was_assembled_is_taken_as_it_is(circuit, key, scratch, monkeypatch):
    made, _ = attempt(circuit, key, KeptPhases(scratch, key.zkey), blinding=None)
    monkeypatch.setattr(module.secrets, "randbelow", lambda _: pytest.fail("blinding is drawn once for a proof"))
    again, watch = attempt(circuit, key, KeptPhases(scratch, key.zkey), blinding=None)
    assert again == made
    assert watch.begun == []
    assert watch.taken == list(PHASES)


def test_blinding_is_not_kept(circuit, key, scratch, monkeypatch):
    drawn = []
    monkeypatch.setattr(module.secrets, "randbelow", lambda bound: drawn.append(bound * 3 // 4) or drawn[-1])
    attempt(circuit, key, KeptPhases(scratch, key.zkey), blinding=None)
    data = os.pread(scratch, 1 << 20, 0)
    assert len(drawn) == 2
    assert not any(value.to_bytes(32, order) in data for value in drawn for order in ("little", "big"))


@pytest.mark.parametrize("kind", KINDS)
def test_witness_and_check_are_kept_too(circuit, key, scratch, kind):
    asked = []

    def calculate():
        asked.append("witness")
        return circuit.limbs

    for _ in range(2):
        kept, watch = KeptPhases(scratch, key.zkey), Watch()
        witness = kept.once(Phase.WITNESS, calculate, watch)
        assert kept.once(Phase.CHECK, lambda: asked.append("check"), watch) is None
        assert np.array_equal(witness, circuit.limbs)
        assert prove(key, witness, backend(kind), blinding=BLINDING)[1] == circuit.public
    assert asked == ["witness", "check"]
    assert watch.taken == [Phase.WITNESS, Phase.CHECK]


def test_points_at_infinity_are_kept(key, scratch):
    for kept in (KeptPhases(scratch, key.zkey), KeptPhases(scratch, key.zkey)):
        for phase in (Phase.SUM_A, Phase.SUM_B2):
            assert kept.once(phase, lambda: None, NULL_TRACE) is None
    assert kept.taken == (Phase.SUM_A, Phase.SUM_B2)
    assert kept.missing(Phase.SUM_A, Phase.SUM_B2) is None
    assert kept.missing(Phase.SUM_A, Phase.SUM_C, Phase.SUM_H) is Phase.SUM_C


def others_of(key):
    zkey = key.zkey
    other_ic = zkey.ic.copy()
    other_ic[-1], other_ic[0] = zkey.ic[0], zkey.ic[-1]
    return {
        "delta": replace(zkey, vk_delta_1=zkey.vk_alpha_1),
        "gamma": replace(zkey, vk_gamma_2=zkey.vk_beta_2),
        "infinite delta": replace(zkey, vk_delta_2=None),
        "public points": replace(zkey, ic=other_ic),
        "circuit": replace(zkey, circuit_hash=bytes(63) + b"\1"),
    }


def test_what_was_kept_for_another_key_file_or_proof_is_not_taken(circuit, key, scratch):
    attempt(circuit, key, KeptPhases(scratch, key.zkey, identity=b"file"))
    found = {name: KeptPhases(scratch, zkey, identity=b"file") for name, zkey in others_of(key).items()}
    found["file"] = KeptPhases(scratch, key.zkey, identity=b"elif")
    found["proof"] = KeptPhases(scratch, key.zkey, identity=b"file")
    found["proof"].begin(2)
    for name, kept in found.items():
        for phase in KEPT[2:]:
            assert kept.missing(phase) is phase, (name, phase)
    kept = KeptPhases(scratch, key.zkey, identity=b"file")
    assert kept.missing(*KEPT[2:]) is None
    kept.begin(1)
    assert kept.missing(*KEPT[2:]) is None
    assert len({key_identity(zkey) for zkey in (*others_of(key).values(), key.zkey)}) == 6


def test_another_version_is_not_taken(circuit, key, scratch, monkeypatch):
    attempt(circuit, key, KeptPhases(scratch, key.zkey))
    monkeypatch.setattr(checkpoints, "VERSION", 2)
    kept = KeptPhases(scratch, key.zkey)
    assert all(kept.missing(phase) is phase for phase in KEPT)


def test_what_is_forgotten_is_made_again(circuit, key, expected, scratch):
    kept = KeptPhases(scratch, key.zkey)
    kept.forget()
    assert os.fstat(scratch).st_size == 0
    attempt(circuit, key, kept, blinding=(1, 2))
    attempt(circuit, key, kept, blinding=(1, 2))
    assert kept.taken == PHASES
    kept.forget()
    assert kept.taken == ()
    made, watch = attempt(circuit, key, kept)
    assert made == expected
    assert watch.taken == []


def test_records_lie_where_the_layout_says_and_damage_makes_a_phase_unfinished(circuit, key, expected, scratch):
    attempt(circuit, key, KeptPhases(scratch, key.zkey))
    assert os.fstat(scratch).st_size <= scratch_bytes(key.zkey.n_vars, key.zkey.domain_size)
    whole = os.pread(scratch, 1 << 20, 0)
    rng = random.Random(3)
    for _ in range(300):
        damaged = bytearray(whole)
        kind = rng.randrange(3)
        at = rng.randrange(len(whole))
        if kind == 0:
            damaged[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del damaged[at:]
        else:
            damaged[at : at + 100] = rng.randbytes(len(damaged[at : at + 100]))
        os.ftruncate(scratch, 0)
        os.pwrite(scratch, damaged, 0)
        assert attempt(circuit, key, KeptPhases(scratch, key.zkey))[0] == expected


@pytest.mark.parametrize("mask", [False, True], ids=["plain", "masked"])
def test_a_single_phase_that_is_damaged_is_gone_through_again(circuit, key, expected, scratch, mask):
    for phase in PHASES[2:-1]:
        kept = KeptPhases(scratch, key.zkey)
        attempt(circuit, key, kept, mask=mask)
        for damaged in (phase, Phase.ASSEMBLE):
            drop_record(scratch, kept._offsets[damaged])
        made, watch = attempt(circuit, key, KeptPhases(scratch, key.zkey), mask=mask)
        assert made == expected
        assert watch.begun == [phase, Phase.ASSEMBLE]


def test_without_memory_nothing_is_kept_and_the_proof_is_made(circuit, key, expected, tmp_path):
    path = tmp_path / "file"
    path.touch()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        for _ in range(2):
            kept = KeptPhases(descriptor, key.zkey)
            made, watch = attempt(circuit, key, kept)
            assert made == expected
            assert watch.taken == []
        kept.forget()
    finally:
        os.close(descriptor)


def test_what_has_another_size_than_the_key_says_is_not_kept(circuit, key, scratch):
    kept = KeptPhases(scratch, key.zkey)
    kept.once(Phase.WITNESS, lambda: circuit.limbs[1:], NULL_TRACE)
    assert kept.missing(Phase.WITNESS) is Phase.WITNESS
    assert os.fstat(scratch).st_size == 0


def test_nothing_is_kept_unless_asked():
    made = []
    for _ in range(2):
        NO_CHECKPOINTS.once(Phase.SUM_A, lambda: made.append(1), NULL_TRACE)
    assert made == [1, 1]
    assert NO_CHECKPOINTS.taken == ()
    assert NO_CHECKPOINTS.missing(Phase.SUM_A, Phase.SUM_B1) is Phase.SUM_A
