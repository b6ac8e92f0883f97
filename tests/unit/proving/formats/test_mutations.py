"""Mutated files, thousands of them: a reader gives a value that writes the same bytes again, or a FileError."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.format_files import (
    container,
    ptau_sections,
    r1cs_sections,
    wtns_sections,
    zkey_sections,
)
from zkcompanion.base.errors import FileError
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.formats.identify import identify
from zkcompanion.proving.formats.proofjson import (
    proof_from_json,
    proof_to_json,
    public_from_json,
    public_to_json,
    verification_key_and_pairing_from_json,
    verification_key_to_json,
)
from zkcompanion.proving.formats.ptau import parse_ptau
from zkcompanion.proving.formats.r1cs import parse_r1cs, write_r1cs
from zkcompanion.proving.formats.sym import parse_sym, write_sym
from zkcompanion.proving.formats.wtns import parse_wtns, write_wtns
from zkcompanion.proving.formats.zkey import parse_zkey, write_zkey
from zkcompanion.proving.groth16.types import Proof, VerificationKey

MOST_BYTES = 64 << 20


def rewrite_wtns(data: bytes, path: Path) -> None:
    values, layout = parse_wtns(data, file="f")
    write_wtns(path, values, layout=layout)


def rewrite_r1cs(data: bytes, path: Path) -> None:
    write_r1cs(path, parse_r1cs(data, file="f"))


def rewrite_zkey(data: bytes, path: Path) -> None:
    write_zkey(path, parse_zkey(data, file="f"))


def rewrite_ptau(data: bytes, path: Path) -> None:
    # no writer: look at all points instead
    file = parse_ptau(data, file="f")
    for get in (file.lagrange_g1, file.lagrange_g2, file.lagrange_alpha_g1, file.lagrange_beta_g1):
        get(file.power)
    assert (
        len(file.tau_g1) == 2 * len(file.tau_g2) - 1 == 2 * len(file.alpha_tau_g1) - 1 == 2 * len(file.beta_tau_g1) - 1
    )
    path.write_bytes(data)


def rewrite_sym(data: bytes, path: Path) -> None:
    write_sym(path, parse_sym(data, file="f").lines())


BINARY = {
    "wtns": (b"wtns", 2, wtns_sections(), rewrite_wtns),
    "r1cs": (b"r1cs", 1, r1cs_sections(), rewrite_r1cs),
    "zkey": (b"zkey", 1, zkey_sections(), rewrite_zkey),
    "ptau": (b"ptau", 1, ptau_sections(), rewrite_ptau),
}
INTERESTING = [0, 1, 2, 4, 8, 28, 32, 64, 2**31 - 1, 2**32 - 1, 2**63, 2**64 - 1, FR.modulus, FP.modulus, 2**256 - 1]


def within_bounds(rewrite: Callable[[bytes, Path], None], data: bytes, path: Path) -> bool:
    """Whether the reader took `data`; then it also wrote it again."""
    refused = None
    tracemalloc.start()
    try:
        rewrite(data, path)
    except FileError as error:
        refused = str(error)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_BYTES
    if refused is None:
        assert path.read_bytes() == data
    else:
        check_sentence(refused)
    return refused is None


def check_sentence(text: str) -> None:
    assert text.startswith("f")
    assert text.isprintable()
    assert len(text) < 400


@st.composite
def overwritten(draw: st.DrawFn, data: bytes) -> bytes:
    """Some bytes replaced, cut out or put in, at any place, often where four-byte fields lie."""
    result = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(result)))
        place -= draw(st.sampled_from([0, place % 4]))
        width = draw(st.sampled_from([1, 4, 8, 32]))
        raw = draw(st.one_of(st.binary(min_size=width, max_size=width), st.sampled_from(INTERESTING)))
        new = raw if isinstance(raw, bytes) else (raw % (1 << 8 * width)).to_bytes(width, "little")
        action = draw(st.sampled_from(["replace", "replace", "replace", "insert", "cut"]))
        result[place : place if action == "insert" else place + width] = b"" if action == "cut" else new
    return bytes(result)


@st.composite
def rearranged(draw: st.DrawFn, magic: bytes, version: int, sections: list[tuple[int, bytes]]) -> bytes:
    """Sections in another order, doubled, dropped, renumbered, with their payload changed; lengths fit again."""
    found = list(draw(st.permutations(sections)))
    for _ in range(draw(st.integers(0, 2))):
        index = draw(st.integers(0, len(found) - 1))
        number, payload = found[index]
        match draw(st.sampled_from(["change", "change", "double", "drop", "renumber", "unknown"])):
            case "change":
                found[index] = (number, draw(overwritten(payload)))
            case "double":
                found.append((number, payload))
            case "drop" if len(found) > 1:
                del found[index]
            case "renumber":
                found[index] = (draw(st.integers(0, 20)), payload)
            case _:
                found.insert(index, (draw(st.integers(16, 2**32 - 1)), draw(st.binary(max_size=9))))
    return container(magic, version, found)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_overwritten_binary_files(tmp_path_factory, name, data):
    magic, version, sections, rewrite = BINARY[name]
    mutated = data.draw(overwritten(container(magic, version, sections)))
    within_bounds(rewrite, mutated, tmp_path_factory.getbasetemp() / name)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_rearranged_binary_files(tmp_path_factory, name, data):
    magic, version, sections, rewrite = BINARY[name]
    mutated = data.draw(rearranged(magic, version, sections))
    within_bounds(rewrite, mutated, tmp_path_factory.getbasetemp() / name)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.binary(max_size=200), framed=st.booleans())
def test_arbitrary_bytes_are_no_binary_file(tmp_path_factory, name, data, framed):
    magic, version, sections, rewrite = BINARY[name]
    if framed:
        data = container(magic, version, [(number, data) for number, _ in sections])
    assert not within_bounds(rewrite, data, tmp_path_factory.getbasetemp() / name)


@given(st.one_of(st.binary(max_size=60), overwritten(b"1,1,0,main.out\n2,2,0,main.a\n3,-1,0,main.b[0]\n")))
def test_mutated_names(tmp_path_factory, data):
    within_bounds(rewrite_sym, data, tmp_path_factory.getbasetemp() / "sym")


G1, G2 = (1, 2), ((3, 4), (5, 6))
GT = tuple(tuple((i, j) for j in range(3)) for i in range(2))
JSON = {
    "proof": (proof_from_json, proof_to_json, proof_to_json(Proof(G1, G2, None))),
    "public": (public_from_json, public_to_json, public_to_json((33, 0))),
    "key": (
        verification_key_and_pairing_from_json,
        lambda value: verification_key_to_json(*value),
        verification_key_to_json(VerificationKey(1, G1, G2, None, G2, (G1, None)), GT),
    ),
}
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.integers(0, FP.modulus + 2).map(str), st.sampled_from(["0", "1", str(FP.modulus - 1), "01", "-1", "1e3"]),
)  # fmt: skip
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@st.composite
def changed_json(draw: st.DrawFn, data: bytes) -> bytes:
    """The document with one value somewhere replaced, doubled or removed."""
    document = json.loads(data)
    place: object = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not (isinstance(inner, dict | list) and inner and draw(st.booleans())):
            break
        place = inner
    action = draw(st.sampled_from(["replace", "replace", "remove", "double"]))
    if action == "replace":
        place[key] = draw(ANY_JSON)
    elif action == "remove":
        del place[key]
    elif isinstance(place, list):
        place.insert(key, inner)
    return json.dumps(document).encode()


@pytest.mark.parametrize("name", JSON)
@given(data=st.data())
def test_mutated_json(name, data):
    read, write, good = JSON[name]
    mutated = data.draw(
        st.one_of(changed_json(good), overwritten(good), st.binary(max_size=50), ANY_JSON.map(json.dumps))
    )
    mutated = mutated.encode() if isinstance(mutated, str) else mutated
    refused = None
    try:
        value = read(mutated, file="f")
    except FileError as error:
        refused = str(error)
    if refused is None:
        # one meaning, one form
        assert read(write(value), file="f") == value
    else:
        check_sentence(refused)


@given(st.data())
def test_identify_gives_a_kind_or_a_file_error(data):
    magic, version, sections, _ = BINARY[data.draw(st.sampled_from(sorted(BINARY)))]
    good = container(magic, version, sections)
    mutated = data.draw(st.one_of(overwritten(good), st.binary(max_size=40), changed_json(JSON["key"][2])))
    refused = None
    try:
        assert identify(mutated, file="f").size_bytes == len(mutated)
    except FileError as error:
        refused = str(error)
    if refused is not None:
        check_sentence(refused)
