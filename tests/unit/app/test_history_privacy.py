"""A proof is made of secrets; nothing of them, nor of what it says, is in the history or in a report of faults."""

from types import SimpleNamespace

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.diagnostics import Diagnostics
from zkcompanion.app.history import History
from zkcompanion.app.job_endings import record_of
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.events import EventBus
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.fields import FR


def forms(value):
    """How a field element could be written down by accident; a part is a leak too."""
    for number in (value, FR.to_mont(value)):
        yield from (str(number), f"{number:x}", f"{number:X}", str(number)[:20], str(number)[-20:])


def found_in(text, values):
    return [value for value in values if any(form in text for form in forms(value))]


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    """A folder with a proved circuit, and what the window would keep of the run."""
    home = tmp_path_factory.mktemp("private")
    folder = make_folder(home / "circuit", seed=11)
    with reference_app(home / "home") as app:
        request = ProvingRequest("small", folder.zkey, witness=folder.witness, r1cs=folder.r1cs)
        view = app.proving.prove(request, RecordingTrace())
    files = CircuitFiles(name="small", zkey=folder.zkey, r1cs=folder.r1cs, witness=folder.witness)
    order = ProofOrder(files, msg("{name}", name="small"), fingerprint="00" * 24)
    sizes = {"needed_bytes": 2, "room_bytes": 1, "overridden": False}
    return SimpleNamespace(order=order, result=view, state="done", error=None, **sizes), folder.circuit


def long_values(circuit, view):
    values = dict.fromkeys((*circuit.witness, *view.public_signals))
    return [value for value in values if value.bit_length() > 64]


def test_a_run_leaves_times_and_sizes_and_no_value(tmp_path, proved):
    record, circuit = proved
    values = long_values(circuit, record.result)
    assert len(values) > 4
    history = History(AppDirs(tmp_path), EventBus())
    kept = history.add(record_of(record, Settings(threads=1), None, 1_795_000_000.0))
    history.close()
    text = (tmp_path / "state" / "history.sqlite").read_bytes().decode(errors="replace")
    assert found_in(text + repr(kept), values) == []
    assert kept.seconds is not None
    for proof_value in (record.result.proof_json, record.result.public_json):
        assert proof_value.decode() not in text


def test_a_fault_in_the_middle_of_a_proof_leaves_no_value_in_its_report(tmp_path, proved):
    record, circuit = proved
    values = long_values(circuit, record.result)
    diagnostics = Diagnostics(AppDirs(tmp_path))
    try:
        for value in values:
            get_logger("zkcompanion.test").error("value %s of %r", value, [f"{value:x}"])
            try:
                raise ValueError(value, circuit.witness)
            except ValueError as error:
                diagnostics.record(error, "prove")
        text = diagnostics.report() + "".join(
            path.read_text() for path in tmp_path.rglob("*") if path.is_file() and path.suffix == ".txt"
        )
    finally:
        diagnostics.close()
    assert "ValueError" in text
    assert found_in(text, values) == []


def test_the_search_can_fail(proved):
    record, circuit = proved
    values = long_values(circuit, record.result)
    assert found_in(f"x{values[0]}y", values) == [values[0]]
    assert found_in(f"{FR.to_mont(values[1]):x}", values) == [values[1]]
