"""The size of a key from its constraints alone, to the byte: without contributions, and with their records."""

from dataclasses import replace

import pytest

from tests.support.backends import backend
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.examples import list_examples
from zkcompanion.app.prediction_service import PredictionService
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs.shape import key_bytes_of
from zkcompanion.hardware.facts import MachineFacts
from zkcompanion.proving.backend import ReferenceBackend
from zkcompanion.proving.formats.contributions import BEACON, PERSON, Note
from zkcompanion.proving.formats.r1cs import read_r1cs, write_r1cs
from zkcompanion.proving.formats.zkey import read_zkey, read_zkey_outline, write_zkey
from zkcompanion.proving.groth16.development import write_development_key

PREDICTIONS = PredictionService(lambda: (), MachineFacts)


def with_records(source, target, notes):
    """The same key with other contributions; what is in them counts for no size."""
    with read_zkey(source) as key:
        record = key.contributions[0]
        key.contributions = tuple(replace(record, note=note) for note in notes)
        write_zkey(target, key)
    return target.stat().st_size


NOTES = (
    (),
    (Note(PERSON),),
    (Note(PERSON, b"A"), Note(PERSON, bytes(255)), Note(BEACON, b"last", 10, bytes(32))),
)


@pytest.mark.parametrize("kind", ["dense", "bits", "mix"])
@pytest.mark.parametrize("constraints", [2, 30, 31, 63])
def test_of_generated_circuits(kind, constraints, tmp_path):
    system, _ = generate_sized(kind, constraints)
    write_r1cs(tmp_path / "c.r1cs", system)
    write_development_key(tmp_path / "c.zkey", system, ReferenceBackend())
    without = PREDICTIONS.predict_files(CircuitFiles("c", r1cs=tmp_path / "c.r1cs"))
    assert (without.key_exact, without.key_record_bytes) == (True, 0)
    for notes in NOTES:
        size = with_records(tmp_path / "c.zkey", tmp_path / "other.zkey", notes)
        said = PREDICTIONS.predict_files(CircuitFiles("c", zkey=tmp_path / "other.zkey"))
        assert said.key_bytes == size == without.key_bytes + said.key_record_bytes
        assert (said.power, said.wires, said.public) == (without.power, without.wires, without.public)


@pytest.mark.kernels
@pytest.mark.parametrize("example", [one.id for one in list_examples()])
def test_of_the_bundled_examples(example, tmp_path):
    files = next(one.files for one in list_examples() if one.id == example)
    system = read_r1cs(files.r1cs)
    write_development_key(tmp_path / "c.zkey", system, backend("auto"))
    without = PREDICTIONS.predict_files(CircuitFiles("c", r1cs=files.r1cs))
    size = with_records(tmp_path / "c.zkey", tmp_path / "other.zkey", ())
    assert size == without.key_bytes
    both = PREDICTIONS.predict_files(CircuitFiles("c", zkey=tmp_path / "c.zkey", r1cs=files.r1cs))
    assert both.key_bytes == (tmp_path / "c.zkey").stat().st_size == size + both.key_record_bytes


@pytest.mark.external
def test_of_a_key_that_rapidsnark_comes_with(external_vectors):
    path = external_vectors / "rapidsnark" / "circuit_final.zkey"
    key = read_zkey_outline(path)
    assert key.record_bytes > 0
    of_system = key_bytes_of(key.n_vars, key.domain_size, len(key.coefficients))
    assert of_system + key.record_bytes == path.stat().st_size
    said = PREDICTIONS.predict_files(CircuitFiles("c", zkey=path))
    assert (said.key_bytes, said.key_record_bytes) == (path.stat().st_size, key.record_bytes)
