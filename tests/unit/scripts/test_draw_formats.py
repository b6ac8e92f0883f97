import json
import re
import struct
from xml.etree import ElementTree

import pytest

from tests.support.format_files import (
    CONSTRAINTS,
    NOTES,
    note,
    ptau_sections,
    r1cs_sections,
    wtns_sections,
    zkey_sections,
)
from tests.support.scripts import load_script
from zkcompanion.proving.formats.contributions import KEY_CONTRIBUTION_BYTES, PTAU_CONTRIBUTION_BYTES
from zkcompanion.proving.formats.proofjson import proof_to_json, verification_key_to_json
from zkcompanion.proving.formats.ptau import PTAU
from zkcompanion.proving.formats.r1cs import R1CS
from zkcompanion.proving.formats.wtns import WTNS
from zkcompanion.proving.formats.zkey import ZKEY
from zkcompanion.proving.groth16.types import Proof, VerificationKey

script = load_script("draw_formats")
PICTURES = {picture.name: picture for picture in script.load((script.FOLDER / "pictures.toml").read_text("utf-8"))}
TERMS = sum(len(terms) for row in CONSTRAINTS for terms in row)
#: container, sections of a hand-packed file, and the numbers that sizes are made of
BINARY = {
    "r1cs": (R1CS, r1cs_sections(), {"constraints": len(CONSTRAINTS), "terms": TERMS, "wires": 8}),
    "wtns": (WTNS, wtns_sections(count=5), {"wires": 5}),
    "zkey": (
        ZKEY,
        zkey_sections(n_vars=7, n_public=2, domain_size=16, n_coefficients=5),
        {"wires": 7, "public": 2, "domain": 16, "coefficients": 5},
    ),
    "ptau": (PTAU, ptau_sections(power=3), {"power": 3}),
}


def test_the_pictures_in_the_tree_are_what_the_script_draws():
    assert script.main(["--check"]) == 0


def test_a_changed_missing_or_left_over_picture_is_found(tmp_path, capsys):
    (tmp_path / "pictures.toml").write_text('[a]\nsummary = "A"\nbands = [{ title = "t", rows = ["x:4"] }]\n')
    assert script.main(["--check", "--folder", str(tmp_path)]) == 1
    assert script.main(["--folder", str(tmp_path)]) == 0
    assert script.main(["--check", "--folder", str(tmp_path)]) == 0
    (tmp_path / "a.svg").write_text((tmp_path / "a.svg").read_text().replace(">x<", ">y<"))
    (tmp_path / "b.svg").write_text("")
    assert script.main(["--check", "--folder", str(tmp_path)]) == 1
    assert re.findall(r"(\w\.svg) is not", capsys.readouterr().out) == ["a.svg", "a.svg", "b.svg"]


@pytest.mark.parametrize("name", BINARY)
def test_the_sections_of_a_picture_are_those_of_the_reader(name):
    container = BINARY[name][0]
    drawn = {band.number: band.title for band in PICTURES[name].bands if band.number is not None}
    assert drawn == container.titles
    start = PICTURES[name].bands[0]
    assert f'"{container.magic.decode()}"' in start.rows[0].cells[0][0]
    assert start.rows[0].cells[1][0] == f"version {container.versions[-1]}"


def calculated(size: str, numbers: dict[str, int]) -> int:
    return eval(size.replace("^", "**"), {"__builtins__": {}}, dict(numbers))  # noqa: S307 - text of our own tree


@pytest.mark.parametrize("name", BINARY)
def test_the_sizes_of_a_picture_are_those_of_a_file(name):
    _, sections, numbers = BINARY[name]
    payloads = dict(sections)
    checked = 0
    for band in PICTURES[name].bands:
        if band.number in payloads and "bytes" not in band.size:
            assert calculated(band.size, numbers) == len(payloads[band.number]), band
            checked += 1
        # fields of a section that has nothing repeated add up to its size
        if band.size.isdigit():
            fields = [size for row in band.rows for _, size in row.cells]
            assert sum(map(int, fields)) == int(band.size), band
    assert checked == len(payloads) - (name in {"zkey", "ptau"})


@pytest.mark.parametrize(
    ("name", "number", "empty", "least_bytes"),
    [("zkey", 10, 68, KEY_CONTRIBUTION_BYTES), ("ptau", 7, 4, PTAU_CONTRIBUTION_BYTES)],
)
def test_the_fields_of_a_contribution_add_up(name, number, empty, least_bytes):
    (band,) = (band for band in PICTURES[name].bands if band.number == number)
    assert band.size == f"{empty} bytes, and {least_bytes} or more for each contribution"
    fields = [int(size) for row in band.rows for cell, size in row.cells if size.isdigit() and cell[:2] != "2,"]
    assert sum(fields) == empty + least_bytes
    make = zkey_sections if name == "zkey" else ptau_sections
    assert len(dict(make(notes=[]))[number]) == empty
    assert len(dict(make(notes=[note()]))[number]) == empty + least_bytes
    # and with all three parameters
    parameters = struct.unpack_from("<I", NOTES[1], 4)[0]
    assert len(dict(make(notes=[NOTES[1]]))[number]) == empty + least_bytes + parameters


def test_the_entries_of_json_are_those_that_are_written():
    g1, g2 = (1, 2), ((1, 2), (3, 4))
    gt = [[[0, 0]] * 3] * 2
    written = {
        "proof.json": proof_to_json(Proof(g1, g2, g1)),
        "verification_key.json": verification_key_to_json(VerificationKey(0, g1, g2, g2, g2, (g1,)), gt),
    }
    for band in PICTURES["json"].bands:
        if band.title in written:
            drawn = [name for row in band.rows for name, _ in row.cells]
            assert drawn == list(json.loads(written[band.title]))


def test_every_picture_is_on_a_page_and_says_what_it_is():
    pages = "".join(path.read_text("utf-8") for path in script.FOLDER.glob("*.md"))
    for name, picture in PICTURES.items():
        assert f"({name}.svg)" in pages
        root = ElementTree.fromstring(script.draw(picture))
        namespace = "{http://www.w3.org/2000/svg}"
        assert root.find(f"{namespace}title").text == picture.summary
        assert root.get("role") == "img"


def test_a_row_that_is_too_long_is_refused():
    (picture,) = script.load(f'[a]\nsummary = "A"\nbands = [{{ title = "t", rows = ["{"x" * 200}:4"] }}]\n')
    with pytest.raises(ValueError, match="too long for the page"):
        script.draw(picture)
