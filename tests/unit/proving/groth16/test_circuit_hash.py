"""The circuit's hash against an independent calculation on Python integers, and against what snarkjs printed."""

import hashlib

import pytest

from tests.support.backends import backend
from tests.support.known_ptau import Secrets, write_known_ptau
from tests.support.points import g1_point, g2_point
from zkcompanion.base.errors import FileError
from zkcompanion.benchmarks.generated import generate_circuit
from zkcompanion.proving.fields import FP, FR, from_limbs
from zkcompanion.proving.formats.ptau import read_ptau
from zkcompanion.proving.groth16 import circuit_hash as module
from zkcompanion.proving.groth16.circuit_hash import CircuitHash
from zkcompanion.proving.groth16.setup import new_key
from zkcompanion.proving.phases import NULL_TRACE
from zkcompanion.proving.points import g1_to_limbs, g2_to_limbs

KINDS = [pytest.param("scalar", marks=pytest.mark.kernels), "reference"]
#: 64 bytes, logarithm of the subtrahend, snarkjs 0.7.6's g1m_subAffine, g1m_batchToAffine and g1m_batchLEMtoU of them.
#: The first are the bytes behind section 2 of a file of power 15.
BEYOND = [
    (
        "0300000000004000000000002620bc02d1b5838e72017b493519ebdcdf1a81974726b8fb3b5096af4138571940614ca87d73b4afc4d802585a"
        "dd4360862fa052",
        1000003,
        "29de9e4bde643829d6c7e278a7adec008bf15930db2d0fdc7c051b9dc08359c42a3fcb530afc13cc0232893af1ed82886fb4ae789d81dd28b2"
        "930b45cfb343c6",
    ),
    (
        "edbf88465f03aded29ab14c256e7d85056791a384320c434956872d72c886bcb8fae166602d21cc1fb470c79d939013e6567a9042a44082bfe"
        "65d723cb622f4a",
        2000006,
        "03236ce903884bad38de07a153681bf8246885f7618df2bff187a2a1fe47e1b30434c4da173cd8ae6de6a89558e5168b7342feefd27dea3da3"
        "16706daf52f863",
    ),
    (
        "ff" * 64,
        3000009,
        "204d72e40ff8e392f2a2a9544a613d13f287c77cebbea1038b6d62e0e93c003e25c338e1df66cd880832d616f761e6fd8f0b0887a6fa88053f"
        "a173d28e6ab7e2",
    ),
    (
        bytes(range(64)).hex(),
        4000012,
        "305bd9ae9c503dc6af3630883d6b8e66728706400f57546e9111e8db52f046cb047e31b89a742c9a4584f89f692f8fb7b48aec654b46305284"
        "ed82a20d2b0ef5",
    ),
    (
        "00" * 31 + "f0" + "ff" * 31 + "01",
        5000015,
        "167c75daf86d1c473bf6b811517b69b055c45bf8a210d6c993ebbb78e1f19a5017ae2866cd914617287d5858bdcd8930958e6fdd7090fa83d9"
        "12485728d5715d",
    ),
]


class FakePtau:
    """Powers of tau = 3 in G1, and what follows them."""

    file = "fake.ptau"

    def __init__(self, power: int, after: bytes = b"") -> None:
        self.power = power
        self.after = after

    def points(self, number: int, first: int, count: int):
        assert number == 2
        assert first + count <= 2 * (1 << self.power) - 1
        return g1_to_limbs(g1_point(pow(3, i, FR.modulus)) for i in range(first, first + count))

    def bytes_after(self, number: int, count: int) -> bytes:
        assert number == 2
        return self.after[:count]


def accept(number, points, first):
    pass


def plain(point) -> bytes:
    return b"".join(c.to_bytes(32, "big") for c in point)


@pytest.mark.parametrize("kind", KINDS)
def test_points_and_counts_are_hashed_as_snarkjs_does(kind, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 2)
    a, b = [g1_point(5), None, g1_point(6)], [g2_point(7), None]
    digest = CircuitHash(backend(kind).fields, NULL_TRACE)
    digest.g1(a[0])
    digest.g2(b[0])
    digest.section(g1_to_limbs(a))
    digest.section(g2_to_limbs(b))
    x, y = b[0]
    g2 = b"".join(c.to_bytes(32, "big") for c in (x[1], x[0], y[1], y[0]))
    expected = plain(a[0]) + g2
    expected += bytes([0, 0, 0, 3]) + plain(a[0]) + bytes(64) + plain(a[2]) + bytes([0, 0, 0, 2]) + g2 + bytes(128)
    assert digest.digest() == hashlib.blake2b(expected).digest()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("power", "file_power", "chunk", "hashed"),
    [(3, 3, 8, 7), (3, 4, 8, 7), (3, 4, 4, 8), (3, 3, 4, 8)],
    ids=["one chunk", "one chunk, larger file", "one point too many", "one point beyond the section"],
)
def test_differences_of_powers(kind, power, file_power, chunk, hashed, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", chunk)
    beyond = bytes.fromhex(BEYOND[0][0])
    digest = CircuitHash(backend(kind).fields, NULL_TRACE)
    ptau = FakePtau(file_power, beyond)
    looked_at = []

    def check(number, points, first):
        looked_at.append((number, first, len(points)))

    digest.differences(ptau, power, backend(kind).curve.sum_segments_g1, check)
    n = 1 << power
    powers = [pow(3, i, FR.modulus) for i in range(2 * n)]
    points = [g1_point(powers[n + i] - powers[i]) for i in range(hashed)]
    if hashed == n and file_power == power:
        points[-1] = module._difference_beyond(ptau, n)
    expected = (n - 1).to_bytes(4, "big") + b"".join(map(plain, points))
    assert digest.digest() == hashlib.blake2b(expected).digest()
    assert {number for number, _, _ in looked_at} == {2}
    assert max(first + count for _, first, count in looked_at) == n + hashed - (file_power == power and hashed == n)


@pytest.mark.parametrize(("after", "logarithm", "expected"), BEYOND)
def test_the_point_beyond_the_section_is_that_of_snarkjs(after, logarithm, expected):
    class Ptau(FakePtau):
        def points(self, number, first, count):
            assert (first, count) == (7, 1)
            return g1_to_limbs([g1_point(logarithm)])

    assert plain(module._difference_beyond(Ptau(3, bytes.fromhex(after)), 8)).hex() == expected


def test_a_file_that_ends_too_early_is_refused():
    with pytest.raises(FileError, match=r"fake\.ptau, section 2"):
        module._difference_beyond(FakePtau(3, bytes(63)), 8)


@pytest.mark.parametrize("more", [0, FP.modulus, 1 << 255], ids=["equal", "equal mod p", "difference wraps to zero"])
def test_bytes_that_repeat_the_point_before_them_are_refused(more):
    ptau = FakePtau(3)
    x = from_limbs(ptau.points(2, 7, 1)[:, :4])[0]
    ptau.after = (x + more).to_bytes(32, "little") + bytes(32)
    with pytest.raises(FileError, match=r"fake\.ptau, section 2.* repeat a point"):
        module._difference_beyond(ptau, 8)


@pytest.mark.kernels
@pytest.mark.slow
def test_the_hash_of_a_large_circuit_is_that_of_snarkjs(tmp_path):
    """2^15: the first domain for which snarkjs hashes a point too many, here from behind the section."""
    kernels = backend("scalar")
    path = tmp_path / "power15.ptau"
    write_known_ptau(path, 15, kernels, Secrets())
    r1cs, _ = generate_circuit("bits", 15)
    with read_ptau(path) as ptau:
        key = new_key(r1cs, ptau, kernels)
    # printed by `snarkjs groth16 setup` 0.7.6 for the same files
    assert key.circuit_hash.hex() == (
        "bb255c1350fbc15cc382d0ccf517ac445cc5d9a23424856436dfdd6cf24f7ded"
        "9373990d29641a8d0f559859b0ff439976debf4aaf37df3ddbedf8e7fda364a6"
    )
