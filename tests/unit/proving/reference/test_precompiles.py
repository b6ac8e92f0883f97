"""EIP-196 and EIP-197 on the reference: go-ethereum's vectors, and cases of our own with those that must be refused."""

import json
from pathlib import Path

import pytest

from zkcompanion.proving.reference.curve import G1, G2
from zkcompanion.proving.reference.pairing import pairing_product_is_one

OWN_CASES = json.loads((Path(__file__).resolve().parents[3] / "data" / "bn254_cases.json").read_text())["cases"]


class Refused(Exception):
    """The reason word of a refused input."""


def words(data: bytes, n: int):
    """n big-endian 32-byte integers; missing bytes are zero, as the precompiles for add and multiply have it."""
    padded = data.ljust(32 * n, b"\0")
    return [int.from_bytes(padded[32 * i : 32 * i + 32], "big") for i in range(n)]


def canonical(values):
    if any(v >= 21888242871839275222246405745257275088696311157297823662689037894645226208583 for v in values):
        raise Refused("not-canonical")


def read_g1(values):
    canonical(values)
    point = None if values == [0, 0] else tuple(values)
    if not G1.is_on_curve(point):
        raise Refused("not-on-curve")
    return point


def read_g2(values):
    canonical(values)
    x1, x0, y1, y0 = values
    point = None if not any(values) else ((x0, x1), (y0, y1))
    if not G2.is_on_curve(point):
        raise Refused("not-on-curve")
    if not G2.in_subgroup(point):
        raise Refused("not-in-subgroup")
    return point


def write_g1(point) -> bytes:
    return b"".join(v.to_bytes(32, "big") for v in point or (0, 0))


def run(operation: str, data: bytes) -> bytes:
    if operation == "add":
        v = words(data, 4)
        return write_g1(G1.add(read_g1(v[:2]), read_g1(v[2:])))
    if operation == "multiply":
        v = words(data, 3)
        return write_g1(G1.multiply(read_g1(v[:2]), v[2]))
    if len(data) % 192:
        raise Refused("wrong-length")
    v = words(data, len(data) // 32)
    pairs = [(read_g1(v[i : i + 2]), read_g2(v[i + 2 : i + 6])) for i in range(0, len(v), 6)]
    return int(pairing_product_is_one(pairs)).to_bytes(32, "big")


@pytest.mark.parametrize("case", OWN_CASES, ids=lambda c: f"{c['operation']}: {c['name']}")
def test_own_cases(case):
    data = bytes.fromhex(case["input"])
    if case["expected"] is None:
        with pytest.raises(Refused) as refusal:
            run(case["operation"], data)
        assert [str(refusal.value)] == case["flags"]
    else:
        assert run(case["operation"], data).hex() == case["expected"]


@pytest.mark.external
@pytest.mark.parametrize(
    ("file", "operation"), [("bn256Add", "add"), ("bn256ScalarMul", "multiply"), ("bn256Pairing", "pairing")]
)
def test_vectors_of_go_ethereum(external_vectors, file, operation):
    cases = json.loads((external_vectors / "precompiles" / f"{file}.json").read_text())
    assert cases
    for case in cases:
        assert run(operation, bytes.fromhex(case["Input"])).hex() == case["Expected"], case["Name"]
