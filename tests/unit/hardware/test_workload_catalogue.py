"""The catalogue of workloads: what is in the file, and what a file may not be."""

import json

import jsonschema
import pytest

from tests.support.cli import SCHEMAS
from zkcompanion.app.examples import list_examples
from zkcompanion.app.workload_answers import shape_of_own
from zkcompanion.base.errors import FileError
from zkcompanion.base.paths import resource_path
from zkcompanion.costs.shape import domain_of, shape_of_r1cs
from zkcompanion.hardware.catalogue import read_catalogue
from zkcompanion.proving.formats.r1cs import read_r1cs

PATH = resource_path("catalogue", "workloads.json")
DATA = PATH.read_bytes()
CATALOGUE = read_catalogue(DATA, file="workloads.json")
ROWS = {row.id: row for row in CATALOGUE.workloads}


def test_the_file_is_as_its_schema_says():
    jsonschema.validate(json.loads(DATA), json.loads((SCHEMAS / "workload-catalogue.json").read_text()))


def test_there_are_workloads_of_every_kind():
    assert len(ROWS) >= 45
    systems = " ".join(row.system for row in CATALOGUE.workloads)
    for wanted in ("Groth16", "UltraHonk", "Halo2", "Plonky2", "STARK", "Ligero", "Kimchi", "Boojum"):
        assert wanted in systems
    assert {row.group for row in CATALOGUE.workloads} == set(CATALOGUE.groups)


def test_every_figure_has_a_source_with_title_date_and_how_it_was_seen():
    figures = [figure for row in CATALOGUE.workloads for figure in row.figures]
    assert len(figures) > 100
    for figure in figures:
        assert figure.source.title
        assert figure.source.date
        # what we measured ourselves stands on no page
        assert (figure.source.url is None) == (figure.source.grade == "measured")
    assert {figure.source.grade for figure in figures} == {"read", "excerpt", "second-hand", "measured"}


def test_what_nobody_published_is_said_in_words():
    for name in ("semaphore-v4", "zkpassport", "self-passport", "ezkl", "mina-snark", "leo-app", "maci-proofs"):
        row = ROWS[name]
        assert (row.size, row.figures, row.own) == (None, (), None)
        assert str(row.missing).startswith("No sourced data yet")


def test_a_row_without_memory_or_time_says_that_it_is_missing():
    for row in CATALOGUE.workloads:
        if row.own is None and row.blocked is None:
            known = {figure.quantity for figure in row.figures}
            complete = "seconds" in known and known & {"memory", "installed"}
            # what nodes want is stated as requirements, so there is no time to miss
            assert complete or row.missing is not None or row.group in {"network", "identity"}, row.id


def test_figures_are_those_of_the_sources():
    """Copied by hand from the research notes, not from the file."""

    def value(name, quantity):
        return ROWS[name].figure(quantity).value

    assert value("sha256-1-kib", "seconds") == 2.39
    assert value("sha256-1-kib", "memory") == 617 * 2**20
    assert ROWS["sha256-1-kib"].size.count == 540_736
    assert value("keccak-2-kib", "key") == 1_340_000_000
    assert value("ecdsa-honk", "seconds") == 0.99
    assert value("keccak-risc-zero", "memory") == 3825 * 2**20
    assert value("longfellow-circuit", "memory") == 2078 * 2**20
    assert value("anon-aadhaar", "memory") == 1_400_000_000
    assert value("zksync-cpu", "cores") == 32
    assert value("sp1-cuda", "gpu memory") == 24 * 2**30
    assert value("triton-2-24", "memory") == round(395.8 * 2**30)
    assert ROWS["keyless"].own.coefficients == 4_203_190 + 3_251_286 + 2


def test_our_examples_are_in_it_with_the_shape_of_their_files():
    rows = {row.example: row for row in CATALOGUE.workloads if row.example is not None}
    assert set(rows) == {example.id for example in list_examples()}
    for example in list_examples():
        shape, said = shape_of_r1cs(read_r1cs(example.r1cs_path)), rows[example.id].own
        assert (said.constraints, said.wires, said.public) == (shape.constraints, shape.wires, shape.public)
        assert (said.coefficients, said.most_coefficients) == (shape.coefficients, shape.most_coefficients)
        assert (said.finite_a, said.finite_b, said.bits) == (shape.finite_a, shape.finite_b, shape.bits)
        assert rows[example.id].size.count == shape.constraints
        assert str(rows[example.id].name) == str(example.title)


def test_domains_are_those_that_the_sizes_give():
    for row in CATALOGUE.workloads:
        if row.own is not None:
            assert 1 << row.size.power == domain_of(row.own.constraints, row.own.public), row.id


@pytest.mark.parametrize("name", ["less-than-64", "poseidon-2", "poseidon-16", "mimc-sponge"])
def test_keys_of_compiled_circuits_are_predicted_to_the_byte(name):
    measured = next(figure for figure in ROWS[name].figures if figure.quantity == "key")
    assert measured.source.grade == "measured"
    assert shape_of_own(ROWS[name].own).key_bytes == measured.value


def test_keys_of_the_other_compiled_circuits_are_as_far_as_their_sizes_were_noted():
    for row in CATALOGUE.workloads:
        key = row.figure("key")
        if row.own is not None and row.own.wires is not None and key is not None and key.source.id == "compiled":
            assert shape_of_own(row.own).key_bytes == pytest.approx(key.value, rel=0.002)


PLAIN = {
    "schema": "urn:zkcompanion:schema:workload-catalogue:1",
    "version": "1.0.0",
    "date": "2026-11-27",
    "sources": {"s": {"title": "S", "url": "https://s.example/a", "date": "2026-11", "grade": "read"}},
    "machines": {"m": {"name": "M", "cores": 8}},
    "groups": {"g": {"title": "G"}},
    "workloads": [
        {
            "id": "w",
            "name": "W",
            "what": "Does w.",
            "group": "g",
            "system": "Groth16",
            "prover": "p",
            "source": "s",
            "figures": [{"quantity": "seconds", "value": 1.5, "machine": "m"}],
        }
    ],
}


def read(plain):
    return read_catalogue(json.dumps(plain).encode(), file="c.json")


def changed(**parts):
    plain = json.loads(json.dumps(PLAIN))
    plain["workloads"][0].update(parts)
    return plain


def test_a_small_catalogue_is_read():
    (row,) = read(PLAIN).workloads
    assert (row.figures[0].machine.cores, row.figures[0].source.url, row.source.undated) == (
        8,
        "https://s.example/a",
        False,
    )


FIGURE = {"quantity": "seconds", "value": 1}


@pytest.mark.parametrize(
    "plain",
    [
        [],
        {},
        PLAIN | {"schema": "urn:other"},
        PLAIN | {"version": "1"},
        PLAIN | {"date": "yesterday"},
        PLAIN | {"more": 1},
        PLAIN | {"workloads": {}},
        PLAIN | {"workloads": [1]},
        PLAIN | {"workloads": PLAIN["workloads"] * 2},
        PLAIN | {"workloads": PLAIN["workloads"] * 2000},
        PLAIN | {"groups": []},
        PLAIN | {"groups": {"G G": {"title": "G"}}},
        PLAIN | {"sources": {"s": {"title": "S", "url": "file:///etc", "date": "2026", "grade": "read"}}},
        PLAIN | {"sources": {"s": {"title": "S", "url": "https://s.example", "date": "2026", "grade": "known"}}},
        PLAIN | {"sources": {"s": {"title": "S", "url": "https://s.example", "grade": "read"}}},
        PLAIN | {"sources": {"s": {"title": "S", "date": "2026", "grade": "read", "undated": 1}}},
        PLAIN | {"sources": {"s": {"title": "S", "date": "2026", "grade": "read", "more": 1}}},
        PLAIN | {"machines": {"m": {"name": "M", "cores": 0}}},
        PLAIN | {"machines": {"m": {"name": "M", "cores": 1.5}}},
        changed(id="W W"),
        changed(name=""),
        changed(name="n" * 2000),
        changed(name=1),
        changed(group="h"),
        changed(source="t"),
        changed(source=None),
        changed(figures=[]),
        changed(figures={}),
        changed(figures=[FIGURE | {"quantity": "hours"}]),
        changed(figures=[FIGURE | {"value": -1}]),
        changed(figures=[FIGURE | {"value": True}]),
        changed(figures=[FIGURE | {"value": 1e300}]),
        changed(figures=[FIGURE | {"machine": "n"}]),
        changed(figures=[FIGURE | {"more": 1}]),
        changed(size={"counted": "feet", "count": 1}),
        changed(size={"counted": "rows", "count": 1, "more": 2}),
        changed(own={"constraints": 1}),
        changed(own={"constraints": 0, "public": 1}),
        changed(own={"constraints": 1, "public": 1, "more": 1}),
        changed(systems=["beos"]),
        changed(systems="linux"),
        changed(architectures=[1]),
        changed(instead="v"),
        changed(more=1),
    ],
)
def test_anything_else_is_refused(plain):
    with pytest.raises(FileError, match=r"catalogue|workloads"):
        read(plain)


def test_a_file_that_is_too_large_is_not_parsed():
    with pytest.raises(FileError, match="more than the"):
        read_catalogue(b" " * (1 << 20), file="c.json")
