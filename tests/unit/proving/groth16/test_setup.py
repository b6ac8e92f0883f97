"""Set-up from powers of tau: equal to snarkjs's files byte for byte, and to Groth16's equations at a known tau."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit, shapes
from tests.support.known_ptau import Secrets, write_known_ptau
from tests.support.points import twist_point_outside_subgroup
from tests.support.toygroth16 import toy_zkey
from zkcompanion.base.errors import Cancelled, ExitCode, FileError
from zkcompanion.proving.formats.ptau import parse_ptau, read_ptau
from zkcompanion.proving.formats.zkey import SETUP_LAYOUT, read_zkey
from zkcompanion.proving.groth16 import setup as module
from zkcompanion.proving.groth16.setup import new_key, required_power, setup
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g2_to_limbs

DATA = Path(__file__).resolve().parents[3] / "data" / "setup"
SHAPES = shapes()
#: Circuits of tests/data/setup/README.md.
COMMITTED = {"inside": (21, 24, 2), "full": (22, 60, 3)}
KINDS = [pytest.param("scalar", marks=pytest.mark.kernels), "reference"]
ARRAYS = ("ic", "points_a", "points_b1", "points_b2", "points_c", "points_h", "coefficients")


def committed(name: str):
    seed, n, n_public = COMMITTED[name]
    return random_circuit(seed, n, n_public=n_public).r1cs()


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Path:
    """A file of power 7 whose secrets are those of `Secrets`."""
    path = tmp_path_factory.mktemp("ptau") / "power7.ptau"
    write_known_ptau(path, 7, backend("scalar"))
    return path


@pytest.fixture(scope="module")
def known_bytes(known) -> bytes:
    return known.read_bytes()


@pytest.mark.parametrize("name", COMMITTED)
@pytest.mark.parametrize("kind", KINDS)
def test_the_key_is_that_of_snarkjs_byte_for_byte(tmp_path, name, kind):
    out = tmp_path / "made.zkey"
    with read_ptau(DATA / "power6.ptau") as ptau:
        circuit_hash = setup(out, committed(name), ptau, backend(kind))
    assert out.read_bytes() == (DATA / f"{name}.zkey").read_bytes()
    with read_zkey(out) as key:
        assert key.circuit_hash == circuit_hash
        assert key.layout.order == SETUP_LAYOUT.order
        assert key.contributions == ()


@pytest.mark.kernels
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_vs_the_equations_at_a_known_tau(known, name):
    circuit, s = SHAPES[name], Secrets()
    with read_ptau(known) as ptau:
        key = new_key(circuit.r1cs(), ptau, backend("scalar"))
    expected = toy_zkey(
        circuit.constraints, circuit.n_vars, circuit.n_public, tau=s.tau, alpha=s.alpha, beta=s.beta, delta=1
    )
    for array in ARRAYS:
        assert np.array_equal(getattr(key, array), getattr(expected, array)), array
    for field in ("n_vars", "n_public", "domain_size", "vk_alpha_1", "vk_beta_1", "vk_beta_2"):
        assert getattr(key, field) == getattr(expected, field), field
    assert (key.vk_gamma_2, key.vk_delta_1, key.vk_delta_2) == (G2_GENERATOR, G1_GENERATOR, G2_GENERATOR)


@pytest.mark.kernels
def test_the_number_of_threads_changes_nothing(known, monkeypatch):
    monkeypatch.setattr("zkcompanion.proving.weighted_sums.TILE_TERMS", 16)
    r1cs = random_circuit(5, 100, n_public=4).r1cs()
    with read_ptau(known) as ptau:
        one, two = (new_key(r1cs, ptau, backend("scalar", threads)) for threads in (1, 2))
    assert one.circuit_hash == two.circuit_hash
    for array in ARRAYS:
        assert np.array_equal(getattr(one, array), getattr(two, array))


@pytest.mark.kernels
def test_a_file_that_is_too_small_is_refused_with_the_power_that_is_needed(known, tmp_path):
    r1cs = random_circuit(6, 127, n_public=3).r1cs()
    with read_ptau(known) as ptau, pytest.raises(FileError) as refused:
        setup(tmp_path / "out.zkey", r1cs, ptau, backend("scalar"))
    assert str(refused.value) == (
        f"{known}: The circuit needs powers of tau up to 2^8 (for 127 constraints and 3 public signals); "
        "this file goes up to 2^7."
    )
    assert refused.value.file == str(known)
    assert refused.value.exit_code == ExitCode.BAD_FILE
    assert "power 8" in str(refused.value.hint)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.kernels
def test_a_file_that_is_not_prepared_is_refused(tmp_path):
    write_known_ptau(tmp_path / "raw.ptau", 3, backend("scalar"), prepared=False)
    with (
        read_ptau(tmp_path / "raw.ptau") as ptau,
        pytest.raises(FileError, match="not prepared for phase 2") as refused,
    ):
        required_power(random_circuit(6, 2).r1cs(), ptau)
    assert "prepare phase2" in str(refused.value.hint)


def section_offset(data: bytes, number: int) -> int:
    at = 12
    while int.from_bytes(data[at : at + 4], "little") != number:
        at += 12 + int.from_bytes(data[at + 4 : at + 12], "little")
    return at + 12


#: Section, point and what to call it, for a circuit of power 6 on a file of power 7.
USED = [
    (2, 0, "first power"),
    (2, 62, "last power that is subtracted"),
    (2, 126, "last power"),
    (4, 0, "alpha"),
    (5, 0, "beta in G1"),
    (6, 0, "beta in G2"),
    (12, 63, "first point of the base"),
    (12, 126, "last point of the base"),
    (12, 127 + 1, "a point of H"),
    (13, 63 + 5, "base in G2"),
    (14, 63 + 6, "alpha times the base"),
    (15, 126, "beta times the base"),
]


@pytest.mark.kernels
@pytest.mark.parametrize(("section", "point", "what"), USED, ids=[what for _, _, what in USED])
def test_a_point_off_its_curve_is_refused_where_it_is_used(known_bytes, section, point, what):
    data = bytearray(known_bytes)
    size = 128 if section in {3, 6, 13} else 64
    at = section_offset(known_bytes, section) + size * point
    data[at] ^= 1
    ptau = parse_ptau(bytes(data), file="damaged.ptau")
    place = rf"damaged\.ptau, section {section} \([a-zA-Z0-9 ]+\), byte {at}: Point {point} is not on the curve"
    with pytest.raises(FileError, match=place):
        new_key(random_circuit(7, 60, n_public=2).r1cs(), ptau, backend("scalar"))


@pytest.mark.kernels
def test_beta_outside_the_subgroup_is_refused(known_bytes):
    data = bytearray(known_bytes)
    at = section_offset(known_bytes, 6)
    data[at : at + 128] = g2_to_limbs([twist_point_outside_subgroup(random.Random(8))]).tobytes()
    with pytest.raises(FileError, match=r"bad\.ptau, section 6 .*: Beta is outside the subgroup"):
        new_key(random_circuit(7, 3).r1cs(), parse_ptau(bytes(data), file="bad.ptau"), backend("scalar"))


def test_the_largest_domain_takes_the_second_half_of_its_coset():
    class Points:
        def lagrange(self, number, power):
            assert (number, power) == (12, power)
            return np.arange(8)

    assert module._h_points(Points(), 5).tolist() == [1, 3, 5, 7]
    assert module._h_points(Points(), 28).tolist() == [4, 5, 6, 7]


class Recorder(Trace):
    """Counts; cancels at the `stop`-th question."""

    def __init__(self, stop: int | None = None) -> None:
        self.begun: list[tuple[Phase, int]] = []
        self.ended: list[Phase] = []
        self.advanced = 0
        self.asked = 0
        self.stop = stop

    def begin(self, phase, steps=0):
        self.begun.append((phase, steps))

    def advance(self, phase, steps=1):
        assert phase is Phase.SETUP
        self.advanced += steps

    def end(self, phase):
        self.ended.append(phase)

    def check(self):
        self.asked += 1
        if self.asked == self.stop:
            raise Cancelled


@pytest.mark.kernels
def test_progress_counts_the_steps_it_promised(known, tmp_path, monkeypatch):
    monkeypatch.setattr("zkcompanion.proving.weighted_sums.TILE_TERMS", 16)
    trace = Recorder()
    with read_ptau(known) as ptau:
        setup(tmp_path / "out.zkey", random_circuit(9, 60).r1cs(), ptau, backend("scalar"), trace=trace)
    ((phase, steps),) = trace.begun
    assert phase is Phase.SETUP
    assert trace.advanced == steps > 10
    assert trace.ended == [Phase.SETUP]


@pytest.mark.kernels
def test_it_can_be_cancelled_anywhere_and_leaves_nothing_behind(known, tmp_path):
    r1cs = random_circuit(9, 20).r1cs()
    complete = Recorder()
    with read_ptau(known) as ptau:
        new_key(r1cs, ptau, backend("scalar"), trace=complete)
        for stop in (*range(1, complete.asked + 1, 3), complete.asked + 1):
            with pytest.raises(Cancelled):
                setup(tmp_path / "out.zkey", r1cs, ptau, backend("scalar"), trace=Recorder(stop))
    assert list(tmp_path.iterdir()) == []
