import io
import sys
from pathlib import Path

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.errors import Cancelled, FileError, InputError
from zkcompanion.base.paths import resource_path
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.wtns import read_wtns

FUNDS = resource_path("circuits", "funds-above-threshold")


@pytest.fixture
def service(tmp_path):
    with reference_app(tmp_path / "home") as app:
        yield app.witness


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit")


def test_a_witness_is_calculated_and_private(service, tmp_path):
    path = tmp_path / "new" / "w.wtns"
    view = service.calculate(FUNDS / "circuit.wasm", FUNDS / "input.json", path, RecordingTrace())
    assert (view.file, view.wires, view.warnings) == (str(path), len(read_wtns(path)), ())
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_calculator_is_compiled_once(service, tmp_path):
    for _ in range(2):
        service.calculate(FUNDS / "circuit.wasm", FUNDS / "input.json", tmp_path / "w.wtns", RecordingTrace())
    assert len(list((tmp_path / "home" / "cache" / "code").glob("*.sealed"))) == 1


def test_inputs_that_do_not_fit_leave_no_witness(service, tmp_path):
    (tmp_path / "input.json").write_text('{"balance": 1}')
    with pytest.raises(InputError):
        service.calculate(FUNDS / "circuit.wasm", tmp_path / "input.json", tmp_path / "w.wtns", RecordingTrace())
    assert not (tmp_path / "w.wtns").exists()


def test_cancelled_no_witness_is_left(service, tmp_path):
    trace = RecordingTrace(listener=lambda event: event.phase == "witness" and trace.cancel.set())
    with pytest.raises(Cancelled):
        service.calculate(FUNDS / "circuit.wasm", FUNDS / "input.json", tmp_path / "w.wtns", trace)
    assert not (tmp_path / "w.wtns").exists()


def test_a_witness_that_satisfies_all_constraints(service, folder):
    view = service.check(folder.r1cs, folder.witness, None, RecordingTrace())
    assert (view.satisfied, view.constraints, view.wires, view.hint) == (True, 9, folder.circuit.n_vars, None)
    assert str(view.message) == "The witness satisfies all 9 constraints."


def test_a_witness_that_breaks_one_is_an_answer_and_no_error(service, folder):
    values = list(folder.circuit.witness)
    values[-1] = (values[-1] + 1) % FR.modulus
    folder.write_witness(values)
    view = service.check(folder.r1cs, folder.witness, None, RecordingTrace())
    assert view.satisfied is False
    assert str(view.message).startswith("Constraint ")
    assert view.hint is not None


def test_names_of_another_circuit_are_refused(service, folder):
    with pytest.raises(FileError, match=r"circuit\.sym"):
        service.check(folder.r1cs, folder.witness, FUNDS / "circuit.sym", RecordingTrace())


def standard_input(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_inputs_and_witnesses_come_from_standard_input(service, folder, tmp_path, monkeypatch):
    standard_input(monkeypatch, (FUNDS / "input.json").read_bytes())
    service.calculate(FUNDS / "circuit.wasm", Path("-"), tmp_path / "w.wtns", RecordingTrace())
    standard_input(monkeypatch, folder.witness.read_bytes())
    assert service.check(folder.r1cs, Path("-"), None, RecordingTrace()).satisfied


def test_what_is_wrong_with_standard_input_is_said_of_it(service, folder, tmp_path, monkeypatch):
    standard_input(monkeypatch, b"wtns")
    with pytest.raises(FileError) as caught:
        service.check(folder.r1cs, Path("-"), None, RecordingTrace())
    assert caught.value.file == "<standard input>"
    standard_input(monkeypatch, b" " * ((64 << 20) + 1))
    with pytest.raises(FileError, match="More than 67108864 bytes"):
        service.calculate(FUNDS / "circuit.wasm", Path("-"), tmp_path / "w.wtns", RecordingTrace())
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(FileError, match="cannot be read"):
        service.check(folder.r1cs, Path("-"), None, RecordingTrace())
